package import ComponentKit
internal import Expressions
internal import Intraday
package import OptionsEnvironment
internal import TradingTypes

/// A script on the options market. History functions see nothing before the day's first regular minute.
package final class OptionsTeacher: Sendable {
    package let program: TeacherProgram
    package let market: OptionsMarket
    package let rules: EpisodeRules
    private let names: [PathName]
    // The market's tables laid out flat: a step reads them without counting references.
    private let tick: Double
    /// Entry of the contract tables less row of the market, and side, of each contract.
    private let offsets: [Int]
    private let isCall: [Bool]
    private nonisolated(unsafe) let quotes, features: UnsafeMutablePointer<Float>

    /// A name of the agent's path, ready to be looked up.
    private enum PathName: Sendable {
        case own(OwnName)
        case feature(ContractFeature)
        case bid, ask, strike

        init?(_ name: String) {
            switch name {
            case "bid": self = .bid
            case "ask": self = .ask
            case "strike": self = .strike
            default:
                if let own = OwnName(rawValue: name) {
                    self = .own(own)
                } else if let feature = ContractFeature.allCases.first(where: { $0.name == name }) {
                    self = .feature(feature)
                } else {
                    return nil
                }
            }
        }
    }

    private enum OwnName: String, Sendable {
        case position, flat, contracts, can_buy, can_trim, entry_premium, premium_change, unrealized, peak_premium, peak_change, off_peak, stop_dist
        case minutes_in_trade, minutes_flat, sold_fraction, tiers_paid, best_sale, trades, drawdown
    }

    /// Throws `InputIssues` for a script of another environment, without an entry, or that reads what the market lacks.
    package init(_ script: TeacherScript, _ market: OptionsMarket, rules: EpisodeRules = EpisodeRules()) throws(InputIssues) {
        try script.requireTeacher(for: .options)
        self.market = market
        self.rules = rules
        tick = market.tick
        offsets = market.contracts.map { $0.firstEntry - $0.firstRow }
        isCall = market.contracts.map { $0.right == .call }
        quotes = market.quotes.all.base
        features = market.contractFeatures.all.base
        let flat = (0..<market.rowCount).map { row in
            var state = AgentState()
            state.row = Int32(row)
            return state
        }
        program = try TeacherProgram(
            script, rows: market.rowCount, segments: market.days.map(\.rows), minutes: market.sourceRows.map { Double(market.source.time[$0]) / 60 }
        ) { name in market.column(name).map { .values($0) } ?? market.stateColumns(flat, names: [name])[name] }
        var names: [PathName] = [], issues: [InputIssue] = []
        for name in program.path.pathNames {
            if let known = PathName(name) {
                names.append(known)
            } else {
                issues.append(InputIssue(code: "no_column", file: script.file, message: "the script reads '\(name)', which this market does not have"))
            }
        }
        if !issues.isEmpty { throw InputIssues(issues) }
        self.names = names
    }

    @inline(__always)
    package func view(_ state: AgentState, mask: UInt32) -> AgentView {
        if state.contract < 0 { return AgentView(row: Int(state.row), side: 0, mask: mask, gain: 0, units: 0) }
        let q = quote(Int(state.contract), Int(state.row))
        return AgentView(
            row: Int(state.row), side: isCall[Int(state.contract)] ? 1 : 2, mask: mask, gain: (q.bid + q.ask) / 2 / (state.entryTicks * tick) - 1, units: Int(state.held))
    }

    /// Bid and ask of a contract, dollars.
    @inline(__always)
    private func quote(_ contract: Int, _ row: Int) -> (bid: Double, ask: Double) {
        let e = 2 * (offsets[contract] + row)
        return (Double(quotes[e]) * tick, Double(quotes[e + 1]) * tick)
    }

    /// Writes the values of `program.path.pathNames`.
    @inline(__always)
    package func fill(_ s: AgentState, mask: UInt32, _ slots: inout [Double]) {
        for (i, name) in names.enumerated() { slots[i] = value(name, s, mask) }
    }

    /// Writes the values of `names`, for explanations; NaN for a name that is not the agent's.
    package func fill(_ s: AgentState, mask: UInt32, names: [String], _ slots: inout [Double]) {
        for (i, name) in names.enumerated() { slots[i] = PathName(name).map { value($0, s, mask) } ?? .nan }
    }

    private func value(_ name: PathName, _ s: AgentState, _ mask: UInt32) -> Double {
        let row = Int(s.row)
        switch name {
        case .feature(let feature): return Double(features[(offsets[shown(s)] + row) * ContractFeature.count + feature.rawValue])
        case .bid: return quote(shown(s), row).bid
        case .ask: return quote(shown(s), row).ask
        case .strike: return market.contracts[shown(s)].strike
        case .own(let own): return value(own, s, mask)
        }
    }

    /// The contract in hand, or the call that would be bought.
    private func shown(_ s: AgentState) -> Int { Int(s.contract < 0 ? market.callContract[Int(s.row)] : s.contract) }

    private func value(_ name: OwnName, _ s: AgentState, _ mask: UInt32) -> Double {
        let isFlat = s.contract < 0
        switch name {
        case .flat: return isFlat ? 1 : 0
        case .contracts: return Double(s.held)
        case .can_buy: return mask & (OptionAction.buyCall.bit | OptionAction.buyPut.bit) != 0 ? 1 : 0
        case .can_trim: return mask & OptionAction.trim.bit != 0 ? 1 : 0
        case .entry_premium: return s.entryTicks * market.tick
        case .peak_premium: return s.peakTicksTwice / 2 * market.tick
        case .minutes_flat: return isFlat ? Double(s.row - s.sinceRow) : 0
        case .tiers_paid: return Double(s.tiersPaid)
        case .best_sale: return s.bestSale
        case .trades: return Double(s.trades)
        case .drawdown: return s.equityPeak - s.equity
        default: break
        }
        if isFlat { return 0 }
        let q = quote(Int(s.contract), Int(s.row)), middle = (q.bid + q.ask) / 2, paid = s.entryTicks * tick
        switch name {
        case .position: return isCall[Int(s.contract)] ? 1 : -1
        case .premium_change: return middle / paid - 1
        case .unrealized: return q.bid / paid - 1
        case .peak_change: return s.peakTicksTwice / 2 * market.tick / paid - 1
        case .off_peak: return 1 - middle / (s.peakTicksTwice / 2 * market.tick)
        case .stop_dist: return (middle - paid * (1 - market.configuration.stop)) / middle
        case .minutes_in_trade: return Double(s.row - s.sinceRow)
        case .sold_fraction: return 1 - Double(s.held) / Double(s.bought)
        default: return 0
        }
    }

    /// Plays one day from `start` on, to its end, and gives the state it ended in. Every step, with the state before it, is kept in `steps`, which is emptied first.
    @discardableResult
    package func play(
        from start: AgentState, _ machine: inout TeacherMachine, seed: UInt64, episode: UInt64, into result: inout TeacherEpisode, steps: inout [RecordedStep]
    ) -> AgentState {
        steps.removeAll(keepingCapacity: true)
        return play(from: start, &machine, seed: seed, episode: episode, into: &result) { before, _, _, facts, _ in steps.append(RecordedStep(before: before, facts: facts)) }
    }

    /// Plays one day from `start` on, to its end, and gives the state it ended in. `onStep` sees every step: the state before it, its mask, the decision, its facts.
    @discardableResult
    @inline(__always)
    package func play(
        from start: AgentState, _ machine: inout TeacherMachine, seed: UInt64, episode: UInt64, into result: inout TeacherEpisode,
        onStep: (AgentState, UInt32, TeacherDecision, StepFacts, TradeDynamics) -> Void = { _, _, _, _, _ in }
    ) -> AgentState {
        result.begin(Int(start.row))
        machine.begin(seed: seed, episode: episode)
        return market.withDynamics(rules) { dynamics in
            var state = start, isScripted = true
            while state.row < state.lastRow {
                let mask = dynamics.mask(state), before = state
                let decision = machine.decide(view(state, mask: mask)) { fill(before, mask: mask, &$0) }
                result.add(decision, mask: mask, isFlat: before.contract < 0)
                let facts = dynamics.step(&state, decision.action)
                // An order may wait for its fill, so what counts is the decision that asked for it.
                if before.contract < 0, decision.action == 1 || decision.action == 2 { isScripted = decision.action == decision.label }
                if facts.closed {
                    result.trades.append(facts.tradeReturn)
                    result.isScripted.append(isScripted)
                }
                onStep(before, mask, decision, facts, dynamics)
                result.isTerminated = facts.episode == 1
            }
            return state
        }
    }
}
