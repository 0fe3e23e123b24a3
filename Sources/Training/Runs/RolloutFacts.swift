package import MaskablePPO
internal import NumericKernels
internal import Policies
package import TradingTypes

/// What one roll-out shows besides its reward: the mix, the noise of the advantages, the gap of HOLD over trading.
package struct RolloutFacts: Sendable {
    /// Of all decisions; on options of those taken flat, where a BUY is allowed.
    package var mix: ActionMix
    /// Standard deviation of the raw advantages (sigma_A), and of those of trading steps (sigma_T).
    package var advantageDeviation = 0.0
    package var tradeAdvantageDeviation = 0.0
    /// Variance of the returns: near 0, the explained variance means nothing.
    package var returnVariance = 0.0
    /// Mean advantage of HOLD minus that of trading, regimes weighted by their bars; nil when one of them never occurred.
    package var holdGap: (estimate: Double, standardError: Double)?

    package init(_ rollout: Rollout, kind: EnvironmentKind = .spot) {
        mix = ActionMix(actions: kind.actionNames)
        let buys: UInt32 = kind == .options ? 0b110 : 0
        var advantage = Sums(), trade = Sums(), returns = Sums()
        let regimes = mix.regimes.count
        var held = [Sums](repeating: Sums(), count: regimes), traded = held
        for i in 0..<rollout.count {
            let regime = Int(rollout.regimes[i]), action = Int(rollout.actions[i]), a = Double(rollout.advantages[i])
            advantage.add(a)
            returns.add(Double(rollout.returns[i]))
            // In a trade HOLD means something else, and nothing is bought.
            if buys != 0, rollout.masks[i] & buys == 0 { continue }
            mix.add(action, regime: regime)
            if action == 0 { held[regime].add(a) } else {
                traded[regime].add(a)
                trade.add(a)
            }
        }
        advantageDeviation = advantage.variance.squareRoot()
        tradeAdvantageDeviation = trade.variance.squareRoot()
        returnVariance = returns.variance
        var gap = 0.0, variance = 0.0, weight = 0.0
        for g in 0..<regimes where held[g].count > 1 && traded[g].count > 1 {
            let bars = held[g].count + traded[g].count
            gap += bars * (held[g].mean - traded[g].mean)
            variance += bars * bars * (held[g].variance / held[g].count + traded[g].variance / traded[g].count)
            weight += bars
        }
        if weight > 0 { holdGap = (gap / weight, variance.squareRoot() / weight) }
    }

    /// x = d / (c sigma_T): above .94 no mixture of HOLD and trading is stable under PPO with normalised advantages.
    package func x(entropyCoefficient: Double) -> (estimate: Double, standardError: Double)? {
        guard let gap = holdGap, entropyCoefficient > 0, tradeAdvantageDeviation > 0 else { return nil }
        let unit = entropyCoefficient * tradeAdvantageDeviation
        return (gap.estimate / unit, gap.standardError / unit)
    }

    private struct Sums {
        var count = 0.0, sum = 0.0, squares = 0.0
        mutating func add(_ x: Double) {
            count += 1
            sum += x
            squares += x * x
        }
        var mean: Double { count > 0 ? sum / count : 0 }
        var variance: Double { count > 1 ? max(0, squares / count - mean * mean) * count / (count - 1) : 0 }
    }
}
