import Environments
import Expressions
import RewardAnalysis
import Rewards
import Testing
import TradingTypes

/// What the page says of other weights is what the analysis says of a file that has them.
@Suite struct WeightPayTests {
    static let settings = ExpectedValueSettings(replicates: 200, seed: 1, threads: 2, gamma: 0.99)

    private func weighted(_ pay: WeightPay.Regime, _ w: [Double], _ kinds: Range<Int>, _ action: Int) -> Double {
        var sum = 0.0
        for k in w.indices { for kind in kinds { sum += w[k] * pay.parts[k][kind][action] } }
        return sum
    }

    private func dot(_ w: [Double], _ row: [Double]) -> Double { zip(w, row).reduce(0) { $0 + $1.0 * $1.1 } }

    @Test(arguments: ["btc-s1", "btc-s2", "btc-s3", "volatility-normalised", "starter"]) func meansUnderOtherWeights(_ name: String) throws {
        let market = WorkedMarket.make(), design = try WorkedMarket.reward(name)
        let pay = WeightPay(RewardStack(design), market, blockLength: 24, threads: 2)
        // As written, and with every weight changed by a factor of its own.
        var changes: [[String: Double]] = [[:], [:]]
        for (k, term) in design.terms.enumerated() {
            let factor: Double = 0.3 + 0.45 * Double(k)
            changes[1][term.id] = term.weight * (k % 3 == 2 ? -factor : factor)
        }
        for change in changes {
            let other = design.reweighted(change), w = other.terms.map(\.weight)
            let value = analyseReward(other, market, edge: nil, Self.settings)
            for (g, regime) in value.regimes.enumerated() {
                let p = pay.regimes[g], scale = w.reduce(0) { $0 + abs($1) }
                func near(_ x: Double, _ y: Double) -> Bool { abs(x - y) <= 1e-15 * max(1, scale) * 20 }
                for (a, action) in regime.actions.enumerated() {
                    #expect(near(weighted(p, w, 0..<4, a), action.expected), "\(name) \(regime.regime) \(action.action)")
                    #expect(near(weighted(p, w, 0..<1, a), action.guaranteed) && near(weighted(p, w, 1..<2, a), action.path))
                    #expect(near(weighted(p, w, 2..<3, a), action.uncertain) && near(weighted(p, w, 3..<4, a), action.shaping))
                }
                func certain(_ a: Int) -> Double { weighted(p, w, 0..<2, a) }
                func doubtful(_ a: Int) -> Double { weighted(p, w, 2..<4, a) }
                func zero(_ a: Int) -> Double { certain(a) + 0.5 * (doubtful(a) + dot(w, p.mirrored.map { $0[a] })) }
                #expect(near(max(zero(1), zero(2)) - zero(0), regime.zeroEdgeGap.value ?? .nan))
                #expect(near(certain(0) - max(certain(1), certain(2)), regime.guaranteePremium))
                let z = certain(2) > certain(1) + 1e-15 ? 2 : 1
                let right = dot(w, p.right), wrong = dot(w, p.wrong)
                if let even = regime.breakEvenHitRate.value {
                    let numerator: Double = certain(0) - certain(z) + doubtful(0) - wrong
                    #expect(abs(numerator / (right - wrong) - even) < 1e-9, "\(name) \(regime.regime)")
                }
            }
        }
    }

    /// Shadow terms are measured like any other: their weight is what a slider moves.
    @Test func shadowTermsAreThere() throws {
        let text = "schema: 1\nname: t\nenvironment: spot\nterms:\n  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: shadow\n    weight: 0\n    when: action == HOLD\n"
        let design = try RewardDesign(file: "t.yaml", text: text, scope: WorkedMarket.scope, gamma: 0.99)
        let pay = WeightPay(RewardStack(design), WorkedMarket.make(), blockLength: 24, threads: 1)
        for regime in pay.regimes {
            let variance = try #require(regime.covariances[.hold]?[1][1])
            #expect(regime.parts[1][0] == [1, 0, 0] && variance < 1e-20)
        }
    }

    /// Every size comes up and then down: sums over blocks of two bars do not vary but by the size, so the profit's standard error is that of independent blocks.
    @Test func standardErrorsAreThoseOfBlocks() throws {
        let market = WorkedMarket.make(), design = try WorkedMarket.reward("btc-s1")
        let one = WeightPay(RewardStack(design), market, blockLength: 1, threads: 1), pairs = WeightPay(RewardStack(design), market, blockLength: 2, threads: 2)
        for g in 0..<4 {
            // Blocks of one bar: population variance over n. Mean square of the return is sigma^2, the mean 0.
            let n = Double(market.regimeCounts[g]), sigma = WorkedMarket.sigma[g]
            let variance = try #require(one.regimes[g].covariances[.long]?[0][0])
            #expect(abs(variance / (sigma * sigma / n) - 1) < 1e-9)
            let paired = try #require(pairs.regimes[g].covariances[.long]?[0][0])
            #expect(paired < 1e-9 * variance)
        }
    }
}
