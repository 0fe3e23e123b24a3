internal import NumericKernels
internal import OptionsEnvironment
internal import TradingTypes

/// Decisions on an options market, each tried with every action that its state allows: the rows over which rewards are judged.
///
/// Prices do not react to the agent, so a copy of the state shows what each action would have led to.
/// - *Flat*: every minute at which buying is allowed, met flat; HOLD, BUY_CALL, BUY_PUT.
/// - *In a trade*: the minutes that a random trader spends in trades; HOLD, TRIM, EXIT. At each minute it enters with probability 1/10, a call or a put, and
///   leaves with probability 1/15, so that its trades last a quarter of an hour unless the stop or the day ends them.
/// - *Cycles*: BUY at a minute, EXIT at the next, at every minute that has both; calls and puts in turn.
struct OptionDecisions {
    /// Single steps by action, one for each decision, in time order.
    let flat: [OptionsTrajectory]
    let inTrade: [OptionsTrajectory]
    /// Two steps each.
    let cycles: OptionsTrajectory
    /// Rows of the market of each flat, and each other, decision.
    let flatRows, tradeRows: [Int]
    static let flatActions: [OptionAction] = [.hold, .buyCall, .buyPut]
    static let tradeActions: [OptionAction] = [.hold, .trim, .exit]

    init(_ market: OptionsMarket, days: [Int], rules: EpisodeRules, seed: UInt64) {
        var flat = Self.flatActions.map { _ in OptionsTrajectory() }, inTrade = Self.tradeActions.map { _ in OptionsTrajectory() }
        var cycles = OptionsTrajectory(), flatRows: [Int] = [], tradeRows: [Int] = []
        market.withDynamics(rules) { dynamics in
            func try_(_ state: AgentState, _ action: OptionAction, _ trajectory: inout OptionsTrajectory) {
                var after = state
                let facts = dynamics.step(&after, action.rawValue)
                trajectory.append([RecordedStep(before: state, facts: facts)][...], after: after)
            }
            for day in days.sorted() {
                let rows = market.days[day].rows
                guard rows.count > 2 else { continue }
                var random = RandomStream(seed: seed, purpose: "random option trader", index: UInt64(day))
                var trader = AgentState(market, firstRow: rows.lowerBound)
                for row in rows.lowerBound..<rows.upperBound - 1 {
                    var idle = AgentState(market, firstRow: rows.lowerBound)
                    idle.row = Int32(row)
                    let mask = dynamics.mask(idle)
                    if Self.flatActions.allSatisfy({ mask & $0.bit != 0 }) {
                        for (k, action) in Self.flatActions.enumerated() { try_(idle, action, &flat[k]) }
                        flatRows.append(row)
                        if row + 2 < rows.upperBound {
                            var state = idle
                            let entry = row % 2 == 0 ? OptionAction.buyCall : .buyPut
                            let bought = RecordedStep(before: idle, facts: dynamics.step(&state, entry.rawValue)), second = state
                            let sold = RecordedStep(before: second, facts: dynamics.step(&state, OptionAction.exit.rawValue))
                            cycles.append([bought, sold][...], after: state)
                        }
                    }
                    if !trader.isFlat, Self.tradeActions.allSatisfy({ dynamics.mask(trader) & $0.bit != 0 }) {
                        for (k, action) in Self.tradeActions.enumerated() { try_(trader, action, &inTrade[k]) }
                        tradeRows.append(row)
                    }
                    let draw = random.uniform(), side = random.uniform()
                    var choice = OptionAction.hold
                    if trader.isFlat, draw < 1.0 / 10 { choice = side < 0.5 ? .buyCall : .buyPut }
                    if !trader.isFlat, draw < 1.0 / 15 { choice = .exit }
                    _ = dynamics.step(&trader, choice.rawValue)
                }
            }
        }
        self.flat = flat
        self.inTrade = inTrade
        self.cycles = cycles
        self.flatRows = flatRows
        self.tradeRows = tradeRows
    }
}
