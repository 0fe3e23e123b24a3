internal import ComponentKit
internal import NumericKernels
package import OptionsEnvironment
internal import RewardAnalysis
package import Rewards
internal import TradingTypes

/// What an option reward pays beyond single steps: for buying and selling over and over, for sales at a profit, and what it never pays.
struct OptionStories {
    let stack: RewardStack
    let market: OptionsMarket
    let decisions: OptionDecisions
    /// Pay of the flat decisions, by action.
    let flat: [OptionPay]
    let rules: EpisodeRules
    let gamma: Double

    /// Mean pay a step of BUY, EXIT, repeat.
    typealias Cycle = OptionCycle

    func cycle() -> Cycle {
        let trajectory = decisions.cycles
        guard !trajectory.steps.isEmpty else { return Cycle() }
        let pay = OptionPay(stack, market, trajectory, rules: rules), idle = flat[0]
        func mean(_ pay: OptionPay, certain: Bool) -> Double {
            let pick: [Provenance] = certain ? [.guaranteed, .path] : [.uncertain, .shaping]
            return pick.reduce(0) { $0 + NumericKernels.mean(pay.kinds[Provenance.allCases.firstIndex(of: $1) ?? 0]) }
        }
        var cycle = Cycle()
        cycle.certain = mean(pay, certain: true)
        cycle.uncertain = NumericKernels.mean(pay.zeroEdge) - cycle.certain
        cycle.holding = mean(idle, certain: true)
        cycle.friction = 2 * NumericKernels.mean(trajectory.steps.map(\.facts.cost))
        cycle.profitWeight = slope(of: "net_profit")
        cycle.terms = zip(stack.design.terms, pay.terms).map { ($0.id, NumericKernels.mean($1)) }
        return cycle
    }

    /// Change of the total pay when an outcome column grows by one unit, on the cycles' steps.
    private func slope(of name: String) -> Double {
        guard stack.names.contains(name) else { return 0 }
        let columns = market.outcomes(of: decisions.cycles, names: stack.names, rules: rules, needsNext: stack.needsNext)
        guard let column = columns.columns[name] else { return 0 }
        var moved = columns
        let step = 1e-3
        moved.columns[name] = .values((0..<columns.count).map { column[$0] + step })
        func total(_ columns: OutcomeColumns) -> Double { stack.ledger(columns).reduce(0) { $0 + $1.reduce(0, +) } / Double(max(1, columns.count)) }
        return (total(moved) - total(columns)) / step
    }

    /// What selling everything by EXIT is paid at a profit of `returns`, beyond what it is paid at none. The trade's whole profit is taken to be paid in that step,
    /// which adds up to the same.
    func payOfSales(at returns: [Double]) -> [Double] {
        guard let step = decisions.inTrade[2].steps.first else { return [] }
        var trajectory = OptionsTrajectory()
        for _ in 0...returns.count { trajectory.append([step][...], after: decisions.inTrade[2].finals[0]) }
        var columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
        let levels = [0] + returns
        for name in ["sale_return", "realized", "trade_return", "net_profit", "premium_change", "unrealized", "peak_change"] where columns.columns[name] != nil {
            columns.columns[name] = .values(levels)
        }
        for (name, value) in [("sold", 1.0), ("closed", 1), ("best_sale", 0), ("sold_fraction", 0), ("minutes_in_trade", 10)] where columns.columns[name] != nil {
            columns.columns[name] = .constant(value)
        }
        let ledger = stack.ledger(columns)
        let totals = levels.indices.map { t in ledger.reduce(0) { $0 + $1[t] } }
        return totals.dropFirst().map { $0 - totals[0] }
    }

    func notes(neverFired: [RewardTerm], tried: Int) -> [String] {
        var notes: [String] = []
        let cycle = cycle()
        if cycle.certain > cycle.holding + 1e-12 {
            let paying = zip(cycle.terms, stack.design.terms).filter { $0.0.pay > 0 && $0.1.isCertain(in: stack) }.map(\.0).sorted { $0.pay > $1.pay }
            var text = "BUY, EXIT, repeat is paid \(signed(cycle.certain)) a step for certain, against \(signed(cycle.holding)) for holding"
            text += paying.isEmpty ? "." : ": \(paying.map { "\($0.id) \(signed($0.pay))" }.joined(separator: ", "))."
            if let breakEven = cycle.breakEven {
                text += " Profit is in the reward (\(shortNumber(cycle.profitWeight)) per unit of the premium), so friction stops it from \(points(breakEven)) of the premium a round trip on; here a round trip costs \(points(cycle.friction))"
                text += cycle.friction > breakEven ? ", and the cycle loses \(signed(cycle.certain + cycle.uncertain)) a step." : ", so the cycle is paid more than holding: a farm, \(signed(cycle.certain + cycle.uncertain)) a step."
                if cycle.profitWeight != 1 { text += " At a weight of 1 it would take \(points(2 * (cycle.certain - cycle.holding)))\(alone(paying))." }
            } else {
                text += " No friction stops it: nothing in this reward reads profit or cost (a round trip costs \(points(cycle.friction)) of the premium; with net profit at a weight of 1, friction above \(points(2 * (cycle.certain - cycle.holding))) would\(alone(paying)))."
            }
            notes.append(text)
        }
        let levels = [0.2, 0.3, 0.5, 0.7, 1.0, 2.0], paid = payOfSales(at: levels)
        if let last = paid.last, last > 0 {
            let list = zip(levels, paid).map { "\(points($0)) \(shortNumber(rounded($1)))" }.joined(separator: ", ")
            notes.append("A whole position sold at a profit is paid: \(list). So ten sales at 20% are paid \(shortNumber(rounded(10 * paid[0]))), one at 200% \(shortNumber(rounded(last))), for the same profit.")
            let later = [15, 30, 60].map { k in (k, (0..<k).reduce(1.0) { power, _ in power * gamma }) }
            notes.append(
                "Discounted at gamma \(shortNumber(gamma)), what comes in 15 / 30 / 60 minutes counts \(later.map { shortNumber(rounded($0.1)) }.joined(separator: " / ")) of itself: a sale at 30% is worth \(later.map { shortNumber(rounded($0.1 * paid[1])) }.joined(separator: " / ")) at the entry\(entryBonus().map { ", where BUY itself is paid \(shortNumber(rounded($0)))" } ?? "").")
        }
        for term in neverFired {
            var text = "'\(term.id)' (weight \(shortNumber(term.weight))) never fired in \(grouped(Double(tried))) tried steps: \(term.formula)."
            if case .expression(let expression) = term.body, expression.names.contains("premium_change") {
                let states = decisions.inTrade[0].steps.map(\.before)
                if case .values(let values)? = market.stateColumns(states, names: ["premium_change"], rules)["premium_change"], let lowest = values.min() {
                    text += " The lowest premium_change at a decision was \(shortNumber((1e4 * lowest).rounded() / 100))%: the stop at \(points(-market.configuration.stop)) sells first."
                }
            }
            notes.append(text)
        }
        if stack.isStateful { notes.append("Terms with a memory are judged on single steps here, each with a fresh memory.") }
        return notes
    }

    /// Certain pay of BUY beyond HOLD, over all flat minutes.
    private func entryBonus() -> Double? {
        func certain(_ k: Int) -> Double {
            NumericKernels.mean(flat[k].certain)
        }
        let bonus = max(certain(1), certain(2)) - certain(0)
        return bonus > 0 ? bonus : nil
    }

    /// Friction that stops what a term pays on its own, for those that pay in every cycle.
    private func alone(_ terms: [(id: String, pay: Double)]) -> String {
        terms.isEmpty ? "" : " (" + terms.map { "\($0.id) alone: \(points(2 * $0.pay))" }.joined(separator: ", ") + ")"
    }

    private func points(_ share: Double) -> String { "\(shortNumber(rounded(100 * share)))%" }

    /// To three significant digits, for sentences.
    private func rounded(_ x: Double) -> Double {
        guard x != 0, x.isFinite else { return x }
        var scale = 1.0
        while abs(x) * scale < 100 { scale *= 10 }
        while abs(x) * scale >= 1_000 { scale /= 10 }
        return (x * scale).rounded() / scale
    }
}

extension RewardTerm {
    /// Whether all that the term pays is known when the action is chosen.
    fileprivate func isCertain(in stack: RewardStack) -> Bool {
        guard let k = stack.design.terms.firstIndex(where: { $0.id == id }) else { return false }
        return stack.provenance(of: k).allSatisfy { $0 == .guaranteed || $0 == .path }
    }
}

/// BUY, EXIT, repeat at every minute that has both, calls and puts in turn: mean pay a step.
package struct OptionCycle: Sendable {
    /// Certain pay (guaranteed and path) a step.
    package var certain = 0.0
    /// Uncertain pay a step at zero edge.
    package var uncertain = 0.0
    /// Certain pay a step of holding flat instead.
    package var holding = 0.0
    /// Cost of a round trip, fraction of the premium paid.
    package var friction = 0.0
    /// Pay per unit of net profit.
    package var profitWeight = 0.0
    /// What each term pays a step, certain and not, at the prices as they came.
    package var terms: [(id: String, pay: Double)] = []
    /// Friction of a round trip above which the cycle is paid less than holding; nil where no friction enters the reward.
    package var breakEven: Double? { profitWeight > 0 ? 2 * (certain - holding) / profitWeight : nil }
}

/// What buying and selling at the next minute is paid on some days of a market.
package func optionCycle(_ stack: RewardStack, _ market: OptionsMarket, days: [Int], rules: EpisodeRules, seed: UInt64, gamma: Double) -> OptionCycle {
    let decisions = OptionDecisions(market, days: days, rules: rules, seed: seed)
    let flat = decisions.flat.map { OptionPay(stack, market, $0, rules: rules) }
    return OptionStories(stack: stack, market: market, decisions: decisions, flat: flat, rules: rules, gamma: gamma).cycle()
}
