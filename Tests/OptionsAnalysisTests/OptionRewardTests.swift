import Expressions
import Foundation
import Intraday
import OptionsAnalysis
import OptionsEnvironment
import RewardAnalysis
import Rewards
import Testing
import TradingTypes

/// What the analysis says of rewards whose answers are known, on the synthetic intraday market.
@Suite struct OptionRewardTests {
    private static let market: OptionsMarket = {
        // The argument is a constant.
        let loaded = try! IntradaySource.parse("synthetic:intraday,days=12,seed=3").load()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        return OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }))
    }()

    private static let rewards = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/rewards/"

    private func judge(_ terms: String, gamma: Double = 0.92) throws -> RewardValue {
        let text = "schema: 1\nname: x\nenvironment: options\nabout: test\nterms:\n" + terms
        let design = try RewardDesign(file: "x.yaml", text: text, scope: .options(regimeNames: Regime.names), gamma: gamma)
        return try judge(design, gamma: gamma)
    }

    private func judge(_ design: RewardDesign, gamma: Double = 0.92) throws -> RewardValue {
        let report = analyseOptionRewards(
            [design], on: Self.market, days: Array(Self.market.days.indices), split: "all", data: [], ExpectedValueSettings(replicates: 300, gamma: gamma), command: "")
        return try #require(report.rewards.first)
    }

    private let buying = "  - id: buy_frequency\n    weight: 0.02\n    when: action in [BUY_CALL, BUY_PUT]\n"

    /// REWARD-ANALYSIS E.5: a bonus of .02 for BUY pays .01 a step of BUY, EXIT, repeat, whatever the market; friction above 2% would stop it.
    @Test func aBonusForBuyingIsAFarm() throws {
        let value = try judge(buying)
        let note = try #require(value.notes.first { $0.hasPrefix("BUY, EXIT, repeat") })
        #expect(note.contains("is paid +0.0100 a step for certain, against 0 for holding: buy_frequency +0.0100. No friction stops it"))
        #expect(note.contains("with net profit at a weight of 1, friction above 2% would"))
        for r in value.regimes where r.bars > 0 {
            #expect(abs(r.actions[1].guaranteed - 0.02) < 1e-12 && r.actions[0].expected == 0 && r.actions[1].uncertain == 0)
            #expect(abs((r.zeroEdgeGap.value ?? 0) - 0.02) < 1e-12)
        }
    }

    /// With profit in the reward at weight w the same bonus is stopped by friction above 2% / w.
    @Test(arguments: [(1, "2%", "always_trade"), (10, "0.2%", "hold_collapse")]) func frictionStopsIt(_ weight: Int, _ friction: String, _ verdict: String) throws {
        let value = try judge(buying + "  - id: profit\n    weight: \(weight)\n    value: net_profit\n")
        let note = try #require(value.notes.first { $0.hasPrefix("BUY, EXIT, repeat") })
        #expect(note.contains("friction stops it from \(friction) of the premium a round trip on"))
        #expect(value.verdictClass == verdict)
        // At zero edge a purchase is paid its bonus less half a round trip's cost, but for theta and gamma of a minute.
        let costs = try #require(note.firstMatch(of: /a round trip costs ([0-9.]+)%/)).1
        let expected = 0.02 - Double(weight) * (Double(costs) ?? 0) / 200
        let all = value.regimes.filter { $0.bars > 0 }, bars = all.reduce(0) { $0 + $1.bars }
        let gap = all.reduce(0.0) { $0 + ($1.zeroEdgeGap.value ?? 0) * Double($1.bars) } / Double(bars)
        #expect(abs(gap - expected) < 0.004 * Double(weight), "gap \(gap), bonus less half the cost \(expected)")
    }

    /// The mirror image takes the direction out: buying calls in a market that only rises is worth no more than its costs at zero edge.
    @Test func zeroEdgeKnowsNoDirection() throws {
        let value = try judge("  - id: profit\n    weight: 1\n    value: net_profit\n")
        for r in value.regimes where r.bars > 500 {
            let gap = try #require(r.zeroEdgeGap.value)
            #expect(gap < 0 && r.zeroEdgeGreedy == "HOLD", "\(r.regime): \(gap)")
            #expect(r.actions[1].expected != r.actions[2].expected)
        }
    }

    /// The audit's files: tiers, the term that cannot fire, the discount. REWARD-ANALYSIS facts 10 and 11.
    @Test func theListedTerms() throws {
        let design = try RewardDesign(
            file: "scalp-listed.yaml", text: String(contentsOfFile: Self.rewards + "scalp-listed.yaml", encoding: .utf8),
            scope: .options(regimeNames: Regime.names), gamma: 0.92)
        let value = try judge(design)
        let sales = try #require(value.notes.first { $0.hasPrefix("A whole position") })
        #expect(sales.contains("20% 0.3, 30% 0.5, 50% 0.7, 70% 1, 100% 1.2, 200% 2. So ten sales at 20% are paid 3, one at 200% 2"))
        let later = try #require(value.notes.first { $0.hasPrefix("Discounted") })
        #expect(later.contains("0.286 / 0.082 / 0.00672") && later.contains("a sale at 30% is worth 0.143 / 0.041 / 0.00336"))
        let never = try #require(value.notes.first { $0.contains("never fired") })
        #expect(never.contains("'big_drawdown' (weight -0.3)") && never.contains("the stop at -15% sells first"))
        #expect(value.verdictClass != "hold_collapse")
        #expect(value.terms.allSatisfy { !$0.resampling.hasPrefix("BROKEN") })
        #expect(value.terms.first { $0.id == "good_buy" }?.provenance == ["guaranteed"])
        #expect(value.terms.first { $0.id == "scalp_tier" }?.provenance == ["uncertain"])
        #expect(value.terms.first { $0.id == "slow_exit" }?.provenance == ["path"])
    }

    @Test(arguments: ["scalp-listed", "scalp-audited", "scalp-proposed", "scalp-proposed-strong", "scalp-profit"]) func theShippedFilesAreSound(_ name: String) throws {
        let design = try RewardDesign(file: Self.rewards + "\(name).yaml", scope: .options(regimeNames: Regime.names), gamma: 0.92)
        #expect(design.name == name && design.environment == .options)
    }
}
