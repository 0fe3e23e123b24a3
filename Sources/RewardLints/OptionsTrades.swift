internal import AbstractMDP
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import Rewards
internal import TradingTypes

/// What trades are paid beyond holding flat for as many minutes, by the regime of their entry.
struct OptionsTrades {
    /// As prices came, at zero edge, and the certain part of it, [G][trades].
    private(set) var gaps, fair, certain: [[Double]]
    /// Mean minutes of a trade.
    private(set) var length = 1.0

    init(_ stack: RewardStack, _ market: OptionsMarket, _ trajectory: OptionsTrajectory, holding: OptionsTrajectory, rules: EpisodeRules) {
        func pay(_ trajectory: OptionsTrajectory) -> (came: [Double], mirror: [Double]) {
            let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
            return (stack.unshapedPay(tried: columns, taken: columns), stack.unshapedPay(tried: mirrored(columns, market, trajectory), taken: columns))
        }
        func surely(_ trajectory: OptionsTrajectory) -> [Double] {
            let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
            var pay = [Double](repeating: 0, count: columns.count)
            for (k, term) in stack.design.terms.enumerated() where term.weight != 0 {
                for part in stack.parts(of: k, tried: columns, taken: columns) where part.provenance == .guaranteed || part.provenance == .path {
                    for t in pay.indices { pay[t] += term.weight * part.pay[t] }
                }
            }
            return pay
        }
        let regimes = Regime.names.count
        /// Mean pay of a minute of holding, by regime.
        func idling(_ pay: [Double]) -> [Double] {
            var sum = [Double](repeating: 0, count: regimes), minutes = sum
            for (step, x) in zip(holding.steps, pay) where x.isFinite {
                sum[Int(market.regimes[Int(step.before.row)])] += x
                minutes[Int(market.regimes[Int(step.before.row)])] += 1
            }
            return zip(sum, minutes).map { $0 / max(1, $1) }
        }
        let idle = idling(pay(holding).came), sure = surely(trajectory), idleSure = idling(surely(holding))
        gaps = Array(repeating: [], count: regimes)
        fair = gaps
        certain = gaps
        let (came, mirror) = pay(trajectory)
        var steps = 0, gap = 0.0, even = 0.0, known = 0.0, entered: Int?, total = (trades: 0, steps: 0)
        for (t, step) in trajectory.steps.enumerated() {
            let g = Int(market.regimes[Int(step.before.row)])
            if step.facts.bought { (entered, steps, gap, even, known) = (g, 0, 0, 0, 0) }
            guard let regime = entered else { continue }
            steps += 1
            gap += came[t] - idle[g]
            even += 0.5 * (came[t] + mirror[t]) - idle[g]
            known += sure[t] - idleSure[g]
            guard step.facts.closed else { continue }
            if gap.isFinite, even.isFinite, known.isFinite {
                gaps[regime].append(gap)
                fair[regime].append(even)
                certain[regime].append(known)
                total = (total.trades + 1, total.steps + steps)
            }
            entered = nil
        }
        if total.trades > 0 { length = Double(total.steps) / Double(total.trades) }
    }
}
