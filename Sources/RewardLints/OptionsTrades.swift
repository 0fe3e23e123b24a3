internal import AbstractMDP
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import Rewards
internal import TradingTypes

/// What trades are paid beyond holding flat for as many minutes, by the regime of their entry.
struct OptionsTrades {
    /// As prices came, and at zero edge, [G][trades].
    private(set) var gaps, fair: [[Double]]
    /// Mean minutes of a trade.
    private(set) var length = 1.0

    init(_ stack: RewardStack, _ market: OptionsMarket, _ trajectory: OptionsTrajectory, holding: OptionsTrajectory, rules: EpisodeRules) {
        func pay(_ trajectory: OptionsTrajectory) -> (came: [Double], mirror: [Double]) {
            let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
            return (stack.unshapedPay(tried: columns, taken: columns), stack.unshapedPay(tried: mirrored(columns, market, trajectory), taken: columns))
        }
        let regimes = Regime.names.count
        var idle = [Double](repeating: 0, count: regimes), minutes = idle
        for (step, x) in zip(holding.steps, pay(holding).came) where x.isFinite {
            idle[Int(market.regimes[Int(step.before.row)])] += x
            minutes[Int(market.regimes[Int(step.before.row)])] += 1
        }
        for g in 0..<regimes { idle[g] /= max(1, minutes[g]) }
        gaps = Array(repeating: [], count: regimes)
        fair = gaps
        let (came, mirror) = pay(trajectory)
        var steps = 0, gap = 0.0, even = 0.0, entered: Int?, total = (trades: 0, steps: 0)
        for (t, step) in trajectory.steps.enumerated() {
            let g = Int(market.regimes[Int(step.before.row)])
            if step.facts.bought { (entered, steps, gap, even) = (g, 0, 0, 0) }
            guard let regime = entered else { continue }
            steps += 1
            gap += came[t] - idle[g]
            even += 0.5 * (came[t] + mirror[t]) - idle[g]
            guard step.facts.closed else { continue }
            if gap.isFinite, even.isFinite {
                gaps[regime].append(gap)
                fair[regime].append(even)
                total = (total.trades + 1, total.steps + steps)
            }
            entered = nil
        }
        if total.trades > 0 { length = Double(total.steps) / Double(total.trades) }
    }
}
