import Environments
import Expressions
import Features
import MarketData
import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies
import Regimes
import Rewards
import TestSupport
import TradingTypes
import Training

/// 2,500 bars of the synthetic hourly market, prepared once.
let smallMarket: PreparedMarket = {
    do { return try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,bars=2500,seed=3"))) } catch { fatalError("\(error)") }
}()

let spotScope = NameScope.spot(
    features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)

/// A shipped reward.
func shippedReward(_ name: String, choices: [String: String] = [:]) throws -> RewardDesign {
    try RewardDesign(file: "\(packageRoot)/rewards/\(name).yaml", scope: spotScope, gamma: 0.99, choices: choices)
}

/// A reward of the given `terms:` lines.
func reward(_ terms: String) throws -> RewardDesign {
    let lines = terms.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    return try RewardDesign(
        file: "test.yaml", text: "schema: 1\nname: test\nenvironment: spot\nterms:\n\(lines)\n", scope: spotScope, gamma: 0.99)
}

/// What an environment did over several roll-outs: one list an environment, in time order.
struct Played {
    var rows: [[Int]], isFirst: [[Bool]], actions: [[UInt8]], rewards: [[Float]]
    var foreseen: [ForeseenObservations] = []

    /// Plays roll-outs of the given lengths with actions drawn from `random`.
    init(_ environment: SpotVectorEnvironment, rollouts: [Int], _ random: inout RandomStream) {
        let N = environment.environments
        rows = Array(repeating: [], count: N)
        isFirst = Array(repeating: [], count: N)
        actions = isFirst.map { _ in [] }
        rewards = isFirst.map { _ in [] }
        for steps in rollouts {
            let seen = environment.foresee(steps: steps)
            let chosen = (0..<steps * N).map { _ in UInt8(random.below(3)) }
            var paid = [Float](repeating: .nan, count: steps * N)
            environment.play(chosen, steps: steps, rewards: &paid)
            for i in 0..<steps * N {
                rows[i % N].append(Int(seen.rows[i]))
                isFirst[i % N].append(seen.isFirst[i])
                actions[i % N].append(chosen[i])
                rewards[i % N].append(paid[i])
            }
            foreseen.append(seen)
        }
    }

    /// Finished episodes of environment `n`, as ranges of its steps.
    func finished(_ n: Int) -> [Range<Int>] {
        let starts = isFirst[n].indices.filter { isFirst[n][$0] }
        return zip(starts, starts.dropFirst()).map { $0..<$1 }
    }
}
