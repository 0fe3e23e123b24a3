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

    /// A bonus for one side: that side is greedy, by the whole of it, and a trader who tosses for the side has half.
    @Test(arguments: [1, 2]) func oneSide(_ side: Int) throws {
        let name = ["HOLD", "BUY_CALL", "BUY_PUT"][side], value = try judge("  - id: side\n    weight: 0.1\n    when: action == \(name)\n")
        for r in value.regimes where r.bars > 0 {
            #expect(r.zeroEdgeGreedy == name && abs((r.zeroEdgeGap.value ?? 0) - 0.1) < 1e-12 && abs(r.coinFlip - 0.05) < 1e-12 && abs(r.guaranteePremium + 0.1) < 1e-12)
            #expect(r.zeroEdgeShares.map(\.share) == (0..<3).map { $0 == side ? 1.0 : 0 })
        }
        #expect(abs(value.coinFlipPerBar - 0.05) < 1e-12)
    }

    /// A bonus for both that the profit of a minute does not outweigh: at zero edge no minute favours a side. The minutes it takes to tell follow from the interval's own width: n (2 error / gap)^2, an
    /// error being about half of the interval over 1.96.
    @Test func bothSides() throws {
        let value = try judge("  - id: both\n    weight: 0.05\n    when: action in [BUY_CALL, BUY_PUT]\n  - id: profit\n    weight: 0.1\n    value: net_profit\n")
        for r in value.regimes where r.bars > 500 {
            #expect(r.zeroEdgeShares.map(\.share) == [0, 0.5, 0.5], "\(r.zeroEdgeShares)")
            let gap = try #require(r.zeroEdgeGap.value), interval = try #require(r.zeroEdgeGap.interval95), needed = try #require(r.barsToDecide.value)
            let error = (interval.high - interval.low) / 2 / 1.96, expected = Double(r.bars) * (2 * error / gap) * (2 * error / gap)
            #expect(needed / expected > 0.5 && needed / expected < 2, "\(needed), about \(expected)")
        }
    }

    /// What the page says of other weights is what the analysis says of a file that has them.
    @Test func otherWeights() throws {
        func design(_ bonus: Double, _ profit: Double) throws -> RewardDesign {
            let text = "schema: 1\nname: x\nenvironment: options\nterms:\n  - id: entry\n    weight: \(bonus)\n    when: action in [BUY_CALL, BUY_PUT]\n  - id: profit\n    weight: \(profit)\n    value: net_profit\n"
            return try RewardDesign(file: "x.yaml", text: text, scope: .options(regimeNames: Regime.names), gamma: 0.92)
        }
        let report = analyseOptionRewards(
            [try design(1, 1)], on: Self.market, days: Array(Self.market.days.indices), split: "all", data: [], ExpectedValueSettings(replicates: 100, gamma: 0.92), command: "", forOtherWeights: true)
        let pay = try #require(report.rewards[0].weightPay)
        for (bonus, profit) in [(0.02, 1.0), (0.3, -2)] {
            let w = [bonus, profit], value = try judge(design(bonus, profit))
            for (r, p) in zip(value.regimes, pay.regimes) where r.bars > 0 {
                func sum(_ kinds: Range<Int>, _ a: Int) -> Double { (0..<2).reduce(0) { total, k in total + w[k] * kinds.reduce(0) { $0 + p.parts[k][$1][a] } } }
                func zero(_ a: Int) -> Double { sum(0..<2, a) + 0.5 * (sum(2..<4, a) + w[0] * p.mirrored[0][a] + w[1] * p.mirrored[1][a]) }
                for a in 0..<3 { #expect(abs(sum(0..<4, a) - r.actions[a].expected) < 1e-12) }
                #expect(abs(max(zero(1), zero(2)) - zero(0) - (r.zeroEdgeGap.value ?? .nan)) < 1e-12, "\(r.regime)")
            }
        }
    }

    /// What a sale is paid for its profit is told beside what it is paid for being one.
    @Test func salesAreToldBeyondTheirOwnPay() throws {
        let value = try judge("  - id: gain\n    weight: 1\n    value: sale_return\n  - id: exit\n    weight: 0.05\n    when: action == EXIT\n")
        let sales = try #require(value.notes.first { $0.hasPrefix("A whole position") }, "\(value.notes)")
        #expect(sales.contains("20% 0.2, 30% 0.3, 50% 0.5, 70% 0.7, 100% 1, 200% 2. So ten sales at 20% are paid 2, one at 200% 2"), "\(sales)")
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
