import Rewards
import Testing

/// A reward file with other weights keeps everything else as it is written.
@Suite struct WeightedTextTests {
    static let file = """
        # Résumé of a design → with é and 𝔸 before the numbers, and 0.02 in a comment
        schema: 1
        name: test
        environment: spot
        switches:
          - id: reading
            default: plain
            options:
              - id: plain
              - id: dear
                set:
                  cost:
                    weight: -0.5   # dear
        terms:
          - id: base
            weight: 2e2        # profit
            value: direction * next_return
          - {id: é-idle, weight: -4%, when: "action == HOLD"}   # 0.02
          - id: cost
            when: action != HOLD
            weight: -0.010

        """

    @Test func onlyTheWeightsChange() throws {
        let found = try #require(try design(Self.file).weightedText)
        #expect(found.terms == [0, 1, 2] && found.written == ["2e2", "-4%", "-0.010"])
        #expect(found.text([:]) == Self.file)
        let changed = found.text([1: -0.25, 2: 3])
        #expect(changed == Self.file.replacing("-4%", with: "-0.25").replacing("-0.010", with: "3.0"))
        let again = try design(changed)
        #expect(again.terms.map(\.weight) == [200, -0.25, 3])
    }

    /// The option that was chosen is the one that is rewritten.
    @Test func theChosenReadingsWeight() throws {
        let found = try #require(try design(Self.file, choices: ["reading": "dear"]).weightedText)
        #expect(found.terms == [2, 0, 1] && found.written[0] == "-0.5")
        #expect(found.text([2: -1]) == Self.file.replacing("-0.5 ", with: "-1.0 "))
    }

    @Test func windowsLinesStay() throws {
        let text = Self.file.replacing("\n", with: "\r\n")
        let found = try #require(try design(text).weightedText)
        #expect(found.text([:]) == text && found.written[2] == "-0.010")
    }

    /// Two terms that share one number through an anchor cannot be told apart in the text.
    @Test func sharedWeightsAreRefused() throws {
        let text = """
            schema: 1
            name: test
            environment: spot
            terms:
              - id: a
                weight: &w 0.5
                value: direction * next_return
              - id: b
                weight: *w
                when: action == HOLD

            """
        let shared = try design(text)
        #expect(shared.terms.map(\.weight) == [0.5, 0.5])
        #expect(shared.weightedText == nil)
    }
}
