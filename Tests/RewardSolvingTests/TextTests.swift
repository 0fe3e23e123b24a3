import ComponentKit
import RewardSolving
import TestSupport
import Testing

@Suite struct TextTests {
    let reward = """
        # Intent: keep me
        schema: 1
        name: r
        about: old words
        environment: spot
        terms:
          - id: a   # a remark
            weight: 0.08  # was 0.05
            when: action != HOLD
          - {id: b, weight: -1, value: close}

          - weight: 10%
            id: c
            value: >-
              close
              + open

        # the end

        """

    @Test func weightsChangeAndNothingElse() throws {
        var text = RewardText(file: "r.yaml", text: reward)
        try text.setWeight("a", to: 0.123456)
        try text.setWeight("b", to: 3)
        try text.setWeight("c", to: -0.00001)
        #expect(text.text == reward.replacing("0.08  #", with: "0.1235  #").replacing("weight: -1", with: "weight: 3").replacing("10%", with: "-1e-05"))
        #expect(throws: InputIssues.self) { try text.setWeight("d", to: 1) }
    }

    @Test func termsAreAddedAtTheEndOfTheList() throws {
        var text = RewardText(file: "r.yaml", text: reward)
        try text.add(id: "d", weight: 0.5, when: "regime == CRISIS")
        #expect(text.text == reward.replacing("      + open\n", with: "      + open\n  - id: d\n    weight: 0.5\n    when: regime == CRISIS\n"))
        #expect(try text.termIDs() == ["a", "b", "c", "d"])
    }

    @Test func newNamesAndRemarks() throws {
        var text = RewardText(file: "r.yaml", text: reward)
        try text.rename("solved", about: "new words")
        text.explain(["Solved by: x", "two\nlines"])
        #expect(text.text.hasPrefix("# Solved by: x\n# two\\nlines\n# Intent: keep me\nschema: 1\nname: solved\nabout: new words\n"))
    }

    @Test func numbersAreShort() {
        #expect([0, 1, -0.5, 0.123456, 12345.6, 1e-7].map(rounded) == [0, 1, -0.5, 0.1235, 12350, 1e-7])
        #expect([0.3, 1.5, -2, 0.04, 120].map(text) == ["0.3", "1.5", "-2", "0.04", "120"])
    }
}

@Suite struct TargetTests {
    @Test func theShippedTargetIsTheCases() throws {
        let target = try SolveTarget(file: packageRoot + "/rewards/targets/btc.yaml")
        #expect(target.bands.map(\.regime) == [0, 1, 2, 3] && target.bands.allSatisfy { $0.action == 0 })
        #expect(target.bands.map(\.share) == [0.4...0.6, 0.2...0.4, 0.6...0.7, 0.7...0.8])
        #expect(target.movesEntropy && target.forbidsFarms && target.movesLearningRate && target.additions == [.holdBonus, .tradeCost] && target.hitRates == [0.5] && target.coinFlipAtMost == nil)
    }

    @Test func everyFaultAtItsPlace() throws {
        let text = """
            schema: 1
            bands:
              CRISS:
                HOLD: [70%, 80%]
              CRISIS:
                HOLD: [80%, 70%]
                LNG: [10%, 20%]
              LOW_VOL:
                HOLD: [0, 50%]
            move: trade_cost
            add: [hold_bonos]
            hit_rates: [1.5]
            bouns:
              a: [0, 1]

            """
        let issues = try #require(throws: InputIssues.self) { try SolveTarget(file: "t.yaml", text: text) }
        for text in ["t.yaml:3:3", "did you mean 'CRISIS'?", "t.yaml:6:", "two numbers, the lower first", "t.yaml:7:5", "'LNG' is no action of the spot market", "did you mean 'LONG'?", "t.yaml:9:", "within 1% and 99%", "'move' must be a list", "did you mean 'hold_bonus'?", "numbers from 0 to 1", "did you mean 'bounds'?"] {
            #expect(issues.description.contains(text), "\(text) in \(issues.description)")
        }
        let none = try #require(throws: InputIssues.self) { try SolveTarget(file: "t.yaml", text: "schema: 1\n") }
        #expect(none.description.contains("bands"))
    }

    /// By hand. Two bands leave the third action something; three make 100%, each as far up in its band as the others.
    @Test func bandsOfOneRegimeFitTogether() throws {
        func target(_ bands: String) throws -> SolveTarget { try SolveTarget(file: "t.yaml", text: "schema: 1\nbands:\n  CRISIS:\n" + bands) }
        let two = try target("    SHORT: [10%, 20%]\n    HOLD: [40%, 60%]\n")
        #expect(two.bands.map(\.action) == [0, 2] && two.bands.map(\.actionName) == ["HOLD", "SHORT"] && two.regimes == [3])
        #expect(abs(two.bands[0].centre - 0.5) < 1e-12 && abs(two.bands[1].centre - 0.15) < 1e-12)
        // Lows make 60%, highs 120%: two thirds up, to .4667, .2667 and .2667.
        let three = try target("    HOLD: [30%, 55%]\n    LONG: [15%, 32.5%]\n    SHORT: [15%, 32.5%]\n")
        #expect(abs(three.bands.reduce(0) { $0 + $1.centre } - 1) < 1e-12)
        #expect(zip(three.bands, [0.3 + 0.25 * 2 / 3, 0.15 + 0.175 * 2 / 3, 0.15 + 0.175 * 2 / 3]).allSatisfy { abs($0.centre - $1) < 1e-12 })
        // Middles of 80% and 40% do not leave room: lowered together until 3% are left.
        let crowded = try target("    HOLD: [70%, 90%]\n    LONG: [5%, 75%]\n")
        #expect(abs(crowded.bands.reduce(0) { $0 + $1.centre } - 0.97) < 1e-12)
        for (bands, text) in [
            ("    HOLD: [70%, 80%]\n    LONG: [40%, 50%]\n", "the bands of CRISIS cannot hold together: at least HOLD 70.0% and LONG 40.0% make 110.0% of its bars"),
            ("    HOLD: [70%, 80%]\n    SHORT: [29.5%, 50%]\n", "the third action needs a share too"),
            ("    HOLD: [10%, 20%]\n    LONG: [10%, 20%]\n    SHORT: [10%, 20%]\n", "at most HOLD 20.0% and LONG 20.0% and SHORT 20.0% make only 60.0% of its bars"),
        ] {
            let issues = try #require(throws: InputIssues.self) { try target(bands) }
            #expect(issues.description.contains(text) && issues.description.contains("t.yaml:4"), "\(issues.description)")
        }
    }
}
