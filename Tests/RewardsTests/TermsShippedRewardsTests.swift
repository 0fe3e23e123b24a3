import ComponentKit
import Expressions
import Foundation
import Rewards
import TestSupport
import Testing
import TradingTypes

/// The reward files for the spot market that ship with the product.
@Suite struct TermsShippedRewardsTests {
    static let files = ["btc-s1", "btc-s2", "btc-s3", "freqai-example", "starter", "volatility-normalised"]

    private func load(_ name: String, _ choices: [String: String] = [:]) throws -> RewardDesign {
        try RewardDesign(file: packageRoot + "/rewards/\(name).yaml", scope: termScope, gamma: 0.99, choices: choices)
    }

    @Test(arguments: files) func loadsUnderEveryReading(file: String) throws {
        let design = try load(file)
        #expect(design.name == file && !design.about.isEmpty && design.environment == .spot)
        for choice in design.switches {
            #expect(choice.chosen == choice.defaultOption && !choice.about.isEmpty)
            for option in choice.options {
                let other = try load(file, [choice.id: option])
                #expect(other.terms.map(\.id) == design.terms.map(\.id))
                #expect(other.switches.first { $0.id == choice.id }?.chosen == option)
            }
        }
    }

    /// Each starts with a comment: intent, source, outcome.
    @Test(arguments: files) func saysWhatItIsFor(file: String) throws {
        let text = try String(contentsOfFile: packageRoot + "/rewards/\(file).yaml", encoding: .utf8)
        for heading in ["# Intent: ", "# Source: ", "# Outcome:"] { #expect(text.contains(heading), "\(file) lacks '\(heading)'") }
    }

    /// Total pay of one row, less the base return `weight * direction * r`.
    private func bonuses(_ design: RewardDesign, base: Double, regime: Regime, direction: Double, r: Double, position: Double = 0, trend: Double = 1) -> Double {
        let row = outcomes([
            "direction": [direction], "next_return": [r], "regime": [Double(regime.rawValue)], "position": [position], "trend": [trend],
        ])
        return RewardStack(design).ledger(row).reduce(0) { $0 + $1[0] } - base * direction * r
    }

    /// REWARD-ANALYSIS E.2, set 2, in the order LOW, TREND, HIGH, CRISIS. HOLD: 0.05, 0, 0.08, 0.10. A right trade pays -0.02, a wrong one
    /// -0.02 - 0.05; both 0.03 less in HIGH and CRISIS. A return below a quarter of the volatility (0.01) adds 0.03 to HOLD.
    @Test func secondSetByHand() throws {
        let design = try load("btc-s2")
        let hold = [0.05, 0, 0.08, 0.10], right = [-0.02, -0.02, -0.05, -0.05], wrong = [-0.07, -0.07, -0.10, -0.10]
        for (g, regime) in Regime.allCases.enumerated() {
            #expect(abs(bonuses(design, base: 100, regime: regime, direction: 0, r: 0.01) - hold[g]) < 1e-12)
            #expect(abs(bonuses(design, base: 100, regime: regime, direction: 0, r: -0.002) - hold[g] - 0.03) < 1e-12)
            #expect(abs(bonuses(design, base: 100, regime: regime, direction: -1, r: -0.01) - right[g]) < 1e-12)
            #expect(abs(bonuses(design, base: 100, regime: regime, direction: 1, r: -0.01) - wrong[g]) < 1e-12)
        }
    }

    /// REWARD-ANALYSIS E.2, set 3: HOLD 0, -0.04, 0.02, 0.03; a trade at hit rate p pays -0.04 + 0.11p in LOW and HIGH, -0.02 + 0.17p in TREND,
    /// -0.06 + 0.11p in CRISIS, so wrong is the value at p = 0 and right that at p = 1.
    @Test func thirdSetByHand() throws {
        let design = try load("btc-s3")
        let hold = [0, -0.04, 0.02, 0.03], wrong = [-0.04, -0.02, -0.04, -0.06], right = [0.07, 0.15, 0.07, 0.05]
        for (g, regime) in Regime.allCases.enumerated() {
            #expect(abs(bonuses(design, base: 200, regime: regime, direction: 0, r: 0.01) - hold[g]) < 1e-12)
            #expect(abs(bonuses(design, base: 200, regime: regime, direction: -1, r: 0.01) - wrong[g]) < 1e-12)
            #expect(abs(bonuses(design, base: 200, regime: regime, direction: 1, r: 0.01) - right[g]) < 1e-12)
        }
    }

    /// Cost on change: keeping a position is free, closing one costs (c * 1[a != q]).
    @Test(arguments: [("btc-s2", 100.0, 0.02), ("btc-s3", 200, 0.01)]) func costOnChange(file: String, base: Double, cost: Double) throws {
        let bar = try load(file), change = try load(file, ["cost_accrual": "change"])
        func difference(_ direction: Double, _ position: Double) -> Double {
            bonuses(change, base: base, regime: .lowVolatility, direction: direction, r: 0.01, position: position)
                - bonuses(bar, base: base, regime: .lowVolatility, direction: direction, r: 0.01, position: position)
        }
        #expect(abs(difference(1, 1) - cost) < 1e-12)
        #expect(abs(difference(1, 0)) < 1e-12)
        #expect(abs(difference(-1, 1)) < 1e-12)
        #expect(abs(difference(0, 1) + cost) < 1e-12)
        #expect(abs(difference(0, 0)) < 1e-12)
    }

    /// The trend reading pays the direction of the trend whatever comes of it, and is then guaranteed pay.
    @Test func trendReading() throws {
        let trend = try load("btc-s3", ["trend_bonus": "trend"])
        let k = try #require(trend.terms.firstIndex { $0.id == "correct_trend_trade" })
        #expect(RewardStack(trend).provenance(of: k) == [.guaranteed])
        // wrong but with the trend: -0.02 + 0.06; right but against it: 0.15 - 0.06
        #expect(abs(bonuses(trend, base: 200, regime: .trending, direction: 1, r: -0.01) - 0.04) < 1e-12)
        #expect(abs(bonuses(trend, base: 200, regime: .trending, direction: -1, r: -0.01) - 0.09) < 1e-12)
        #expect(abs(bonuses(trend, base: 200, regime: .trending, direction: 1, r: 0.01, trend: -1) - 0.09) < 1e-12)
    }

    /// The current-bar reading of "near zero" is guaranteed pay, the next-bar reading uncertain.
    @Test func nearZeroReadings() throws {
        for (option, expected) in [("next_bar", Provenance.uncertain), ("current_bar", .guaranteed)] {
            let design = try load("btc-s2", ["near_zero": option])
            let k = try #require(design.terms.firstIndex { $0.id == "hold_near_zero" })
            #expect(RewardStack(design).provenance(of: k) == [expected])
        }
    }

    /// Long to short and back in a trend under both 'change' readings: 0.02 - 0.01 a bar for certain (E.5).
    @Test func churnFarmOfTheThirdSet() throws {
        let design = try load("btc-s3", ["cost_accrual": "change", "activity_accrual": "change"])
        let flip = bonuses(design, base: 200, regime: .trending, direction: -1, r: 0, position: 1)
        #expect(abs(flip - 0.01) < 1e-12)
    }

    /// No guaranteed pay at all in the design without bonuses.
    @Test func volatilityNormalisedPaysNothingForCertain() throws {
        let stack = RewardStack(try load("volatility-normalised"))
        #expect(stack.provenance(of: 0) == [.uncertain] && stack.provenance(of: 1) == [.path])
        // 0.02 / 0.01 less 10 basis points on two units over 0.01: 2 - 0.2
        let row = outcomes(["direction": [1], "position": [-1], "next_return": [0.02]])
        #expect(abs(stack.ledger(row).reduce(0) { $0 + $1[0] } - 1.8) < 1e-12)
    }
}
