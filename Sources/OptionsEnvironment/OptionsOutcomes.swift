internal import OptionPricing
public import TradingTypes

/// Steps in the order in which a reward judges them: episode after episode, each in time order.
///
/// An episode may be unfinished (its last step is simply the newest) and, for rewards without a memory, may lack its beginning.
public struct OptionsTrajectory: Sendable {
    public private(set) var steps: [RecordedStep] = []
    /// First step of each episode (or part of one).
    public private(set) var starts: [Int] = []
    /// State after each episode's last step.
    public private(set) var finals: [AgentState] = []

    public init() {}

    /// Appends one episode's steps; `after` is the state behind the last. Nothing is appended for no steps.
    public mutating func append(_ episode: ArraySlice<RecordedStep>, after: AgentState) {
        guard !episode.isEmpty else { return }
        starts.append(steps.count)
        finals.append(after)
        steps += episode
    }

    /// Plays `actions` from a session's present state on, as far as the episode goes.
    public init(_ session: OptionsSession, actions: [OptionAction]) {
        self.init()
        var session = session, played: [RecordedStep] = []
        for action in actions where !session.isOver {
            let before = session.state
            played.append(RecordedStep(before: before, facts: session.step(action)))
        }
        append(played[...], after: session.state)
    }

    /// State after every step, [T].
    func after() -> [AgentState] {
        var states = (0..<steps.count).map { steps[min($0 + 1, steps.count - 1)].before }
        for (i, final) in finals.enumerated() { states[(i + 1 < starts.count ? starts[i + 1] : steps.count) - 1] = final }
        return states
    }
}

extension OptionsMarket {
    /// The columns among `names` for the steps of a trajectory: everything that `NameScope.options` lists and this market has. Other names are left out.
    ///
    /// `needsNext` adds the state after each step, which potentials read; where the day ended it is worth nothing (`terminated`). T steps; O(T) a name.
    public func outcomes(of trajectory: OptionsTrajectory, names: Set<String>, rules: EpisodeRules = EpisodeRules(), needsNext: Bool = false) -> OutcomeColumns {
        let steps = trajectory.steps
        let states = steps.map(\.before)
        // Terms that accrue only where a position is opened or closed look at these.
        var columns = stateColumns(states, names: names.union(["position"]), rules)
        for name in names.union(["bought", "closed", "changed", "direction"]) {
            if let column = factColumn(name, steps) { columns[name] = .values(column) }
        }
        var next: [String: Column] = [:], terminated: Column = .constant(0)
        if needsNext {
            next = stateColumns(trajectory.after(), names: names, rules)
            terminated = .values(steps.map { $0.facts.episode == 1 ? 1 : 0 })
        }
        return OutcomeColumns(
            count: steps.count, action: nil, columns: columns, next: next, episodeStarts: trajectory.starts.isEmpty ? [0] : trajectory.starts,
            terminated: terminated)
    }

    /// Columns that are known at the decision: of the underlying, the contracts and the agent's state. They do not depend on the action.
    public func stateColumns(_ states: [AgentState], names: Set<String>, _ rules: EpisodeRules = EpisodeRules()) -> [String: Column] {
        var columns: [String: Column] = [:]
        for name in names {
            if let whole = column(name) {
                columns[name] = .values(states.map { whole[Int($0.row)] })
            } else if let quantity = ContractQuantity(name) {
                columns[name] = .values(states.map { value(quantity, $0) })
            } else if let own = StateName(rawValue: name) {
                columns[name] = .values(withDynamics(rules) { dynamics in states.map { value(own, $0, dynamics) } })
            }
        }
        return columns
    }

    /// A quantity of a contract, with whose it is.
    private struct ContractQuantity {
        enum Owner { case shown, call, put }
        enum Kind { case bid, ask, strike, feature(ContractFeature) }
        let owner: Owner
        let kind: Kind

        init?(_ name: String) {
            var id = name[...]
            if name.hasPrefix("call_") {
                owner = .call
                id = name.dropFirst(5)
            } else if name.hasPrefix("put_") {
                owner = .put
                id = name.dropFirst(4)
            } else {
                owner = .shown
            }
            switch id {
            case "bid": kind = .bid
            case "ask": kind = .ask
            case "strike": kind = .strike
            default:
                guard let feature = ContractFeature.allCases.first(where: { $0.name == id }) else { return nil }
                kind = .feature(feature)
            }
        }
    }

    private func value(_ q: ContractQuantity, _ s: AgentState) -> Double {
        let row = Int(s.row)
        let contract: Int
        switch q.owner {
        case .shown: contract = Int(s.isFlat ? callContract[row] : s.contract)
        case .call: contract = Int(callContract[row])
        case .put: contract = Int(putContract[row])
        }
        switch q.kind {
        case .bid: return quote(contract, row: row).bid
        case .ask: return quote(contract, row: row).ask
        case .strike: return contracts[contract].strike
        case .feature(let f): return feature(f, of: contract, row: row)
        }
    }

    /// Names of the agent's own state.
    private enum StateName: String {
        case position, flat, contracts, can_buy, can_trim, entry_premium, premium_change, unrealized, peak_premium, peak_change, off_peak, stop_dist
        case minutes_in_trade, minutes_flat, sold_fraction, tiers_paid, best_sale, trades, drawdown
    }

    private func value(_ name: StateName, _ s: AgentState, _ dynamics: TradeDynamics) -> Double {
        let isFlat = s.isFlat
        func inTrade(_ x: (_ bid: Double, _ middle: Double) -> Double) -> Double {
            if isFlat { return 0 }
            let q = dynamics.quote(s.contract, s.row)
            return x(q.bid, q.middleTwice / 2)
        }
        switch name {
        case .position: return isFlat ? 0 : contracts[Int(s.contract)].right.sign
        case .flat: return isFlat ? 1 : 0
        case .contracts: return Double(s.held)
        case .can_buy: return dynamics.mask(s) & (OptionAction.buyCall.bit | OptionAction.buyPut.bit) != 0 ? 1 : 0
        case .can_trim: return dynamics.mask(s) & OptionAction.trim.bit != 0 ? 1 : 0
        case .entry_premium: return s.entryTicks * tick
        case .premium_change: return inTrade { $1 / s.entryTicks - 1 }
        case .unrealized: return inTrade { bid, _ in bid / s.entryTicks - 1 }
        case .peak_premium: return s.peakTicksTwice / 2 * tick
        case .peak_change: return isFlat ? 0 : s.peakTicksTwice / 2 / s.entryTicks - 1
        case .off_peak: return inTrade { 1 - 2 * $1 / s.peakTicksTwice }
        case .stop_dist: return inTrade { ($1 - s.entryTicks * (1 - configuration.stop)) / $1 }
        case .minutes_in_trade: return isFlat ? 0 : Double(s.row - s.sinceRow)
        case .minutes_flat: return isFlat ? Double(s.row - s.sinceRow) : 0
        case .sold_fraction: return isFlat ? 0 : 1 - Double(s.held) / Double(s.bought)
        case .tiers_paid: return Double(s.tiersPaid)
        case .best_sale: return s.bestSale
        case .trades: return Double(s.trades)
        case .drawdown: return s.equityPeak - s.equity
        }
    }

    /// What the steps did.
    private func factColumn(_ name: String, _ steps: [RecordedStep]) -> [Double]? {
        func number(_ x: (StepFacts) -> Double) -> [Double] { steps.map { x($0.facts) } }
        func truth(_ x: (StepFacts) -> Bool) -> [Double] { steps.map { x($0.facts) ? 1 : 0 } }
        switch name {
        case "action": return number { Double($0.chosen) }
        case "direction": return number { OptionAction(rawValue: $0.chosen)?.direction ?? 0 }
        case "executed_action": return number { Double($0.executed) }
        // Force sells too, but that is no choice: what the action does is known when it is chosen.
        case "changed": return truth { $0.acted }
        case "net_profit": return number { $0.netProfit }
        case "cost": return number { $0.cost }
        case "fees": return number { $0.fees }
        case "sold": return number { $0.sold }
        case "sale_return": return number { $0.saleReturn }
        case "realized": return number { $0.realized }
        case "trade_return": return number { $0.tradeReturn }
        case "bought": return truth { $0.bought }
        case "closed": return truth { $0.closed }
        case "forced_exit": return truth { $0.isForced }
        case "stopped_out": return truth { $0.closed && $0.ending == TradeEnding.stop.rawValue }
        case "day_closed": return truth { $0.closed && $0.ending == TradeEnding.close.rawValue }
        case "next_premium_return":
            return steps.map { step in
                let contract = Int(step.facts.contractAfterFill), row = Int(step.before.row)
                guard contract >= 0 else { return 0 }
                func middle(_ row: Int) -> Double {
                    let e = 2 * contracts[contract].entry(row)
                    return Double(quotes[e] + quotes[e + 1])
                }
                return middle(row + 1) / middle(row) - 1
            }
        default: return nil
        }
    }
}
