package import OptionsEnvironment
internal import Rewards
package import TradingTypes

/// What a reward pays on the steps of a trajectory, term by term and by kind of pay.
struct OptionPay {
    /// Total, [T].
    var total: [Double]
    /// Total when the future was the mirror image of what it was (`mirrored`), [T].
    var mirroredTotal: [Double]
    /// By kind, in the order of `Provenance.allCases` (guaranteed, path, uncertain, shaping), [4][T].
    var kinds: [[Double]]
    /// Weighted, [K][T].
    var terms: [[Double]]
    /// Share of the steps on which each term's unweighted pay is not zero, [K].
    var activity: [Double]

    /// Guaranteed and path pay, [T].
    var certain: [Double] { zip(kinds[0], kinds[1]).map { $0 + $1 } }

    /// Total at zero edge: the future and its mirror image weigh the same.
    var zeroEdge: [Double] { zip(total, mirroredTotal).map { 0.5 * ($0 + $1) } }

    init(_ stack: RewardStack, _ market: OptionsMarket, _ trajectory: OptionsTrajectory, rules: EpisodeRules) {
        let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
        // A reward that reads nothing of the future's direction is paid the same in the mirror.
        let hasMirror = !stack.names.isDisjoint(with: ["net_profit", "next_premium_return"])
        let reflected = hasMirror ? mirrored(columns, market, trajectory) : columns
        let n = columns.count, weights = stack.design.terms.map(\.weight), order = Provenance.allCases
        let zeros = [Double](repeating: 0, count: n)
        var total = zeros, mirror = zeros, kinds = order.map { _ in zeros }, terms: [[Double]] = [], activity: [Double] = []
        for k in weights.indices {
            var own = zeros, unweighted = zeros
            for part in stack.parts(of: k, tried: columns, taken: columns) {
                let kind = order.firstIndex(of: part.provenance) ?? 0
                for t in 0..<n {
                    let pay = part.pay[t]
                    unweighted[t] += pay
                    own[t] += weights[k] * pay
                    kinds[kind][t] += weights[k] * pay
                }
            }
            if hasMirror { for part in stack.parts(of: k, tried: reflected, taken: reflected) { for t in 0..<n { mirror[t] += weights[k] * part.pay[t] } } }
            for t in 0..<n { total[t] += own[t] }
            terms.append(own)
            activity.append(Double(unweighted.count { $0 != 0 }) / Double(max(1, n)))
        }
        self.total = total
        mirroredTotal = hasMirror ? mirror : total
        self.kinds = kinds
        self.terms = terms
        self.activity = activity
    }
}

/// The outcomes had the underlying moved the other way in the step's minute: what delta says of the premium's move changes its sign, what is left of it (theta, gamma, a change of implied
/// volatility) stays. At the volatilities that came this is exact up to the third order in the move, a few millionths of the premium in a minute; a smile moves that of a fixed strike with the
/// price, which makes about a fifteenth of the move's effect and cancels where minutes rise and fall alike. A stop that closed the trade closes it in the mirror too, at the same price.
package func mirrored(_ outcomes: OutcomeColumns, _ market: OptionsMarket, _ trajectory: OptionsTrajectory) -> OutcomeColumns {
    guard let close = market.column("close") else { return outcomes }
    var mirror = outcomes
    func shift(_ step: RecordedStep, _ scale: (_ paid: Double, _ middle: Double, _ share: Double) -> Double) -> Double {
        let contract = Int(step.facts.contractAfterFill), row = Int(step.before.row)
        guard contract >= 0 else { return 0 }
        let quote = market.quote(contract, row: row)
        let paid = step.facts.bought ? quote.ask : step.before.entryTicks * market.tick
        let held = step.facts.bought ? 1 : Double(step.before.held) / Double(max(1, step.before.bought))
        // What TRIM sold is no longer exposed; what force sold was, until then.
        let sold = step.facts.executed == OptionAction.trim.rawValue && !step.facts.closed ? step.facts.sold : 0
        return 2 * market.feature(.delta, of: contract, row: row) * (close[row + 1] - close[row]) * scale(paid, 0.5 * (quote.bid + quote.ask), held - sold)
    }
    if let column = outcomes.columns["net_profit"] {
        mirror.columns["net_profit"] = .values(trajectory.steps.indices.map { t in column[t] - shift(trajectory.steps[t]) { paid, _, share in share / paid } })
    }
    if let column = outcomes.columns["next_premium_return"] {
        mirror.columns["next_premium_return"] = .values(trajectory.steps.indices.map { t in column[t] - shift(trajectory.steps[t]) { _, middle, _ in 1 / middle } })
    }
    return mirror
}
