/// One agent in one episode of the options environment, step by step: for teachers, tests and replays. A value; copying it branches the episode.
public struct OptionsSession: Sendable {
    public let market: OptionsMarket
    public let rules: EpisodeRules
    public private(set) var state: AgentState

    /// An episode from the first decision of a day, or from `firstRow`, to the day's last row or `minutes` later. `day` indexes `market.days`.
    public init(_ market: OptionsMarket, day: Int, firstRow: Int? = nil, minutes: Int? = nil, rules: EpisodeRules = EpisodeRules()) {
        self.market = market
        self.rules = rules
        state = AgentState(market, firstRow: firstRow ?? market.days[day].rows.lowerBound, minutes: minutes)
        precondition(market.days[day].rows.contains(Int(state.firstRow)), "row \(state.firstRow) does not belong to day \(day), \(market.days[day].rows)")
    }

    /// Goes on from a state of this market.
    public init(_ market: OptionsMarket, state: AgentState, rules: EpisodeRules = EpisodeRules()) {
        self.market = market
        self.rules = rules
        self.state = state
    }

    /// Whether the episode is over: no further step may be taken.
    public var isOver: Bool { state.row >= state.lastRow }
    /// Allowed actions, one bit each (`OptionAction.bit`).
    public var mask: UInt32 { market.withDynamics(rules) { $0.mask(state) } }

    /// Takes one step. An action that is not allowed is executed as HOLD.
    @discardableResult
    public mutating func step(_ action: OptionAction) -> StepFacts {
        precondition(!isOver, "the episode ended at row \(state.lastRow)")
        var next = state
        let facts = market.withDynamics(rules) { $0.step(&next, action.rawValue) }
        state = next
        return facts
    }
}

extension AgentState {
    /// The start of an episode: flat at `firstRow`, watched until the day's last row or for `minutes` minutes.
    public init(_ market: OptionsMarket, firstRow: Int, minutes: Int? = nil) {
        self.init()
        let day = market.days[Int(market.dayOfRow[firstRow])]
        let end = day.rows.upperBound - 1
        precondition(firstRow < end, "row \(firstRow) is the day's last: no decision is taken there")
        precondition((minutes ?? 1) >= 1, "an episode of \(minutes ?? 0) minutes")
        row = Int32(firstRow)
        self.firstRow = row
        sinceRow = row
        lastRow = Int32(min(end, firstRow + (minutes ?? end)))
    }

    /// All fields as words, and back: what a checkpoint keeps.
    public var words: [Int64] {
        [
            Int64(row), Int64(firstRow), Int64(lastRow), Int64(contract), Int64(held), Int64(bought), Int64(sinceRow), Int64(trades), Int64(tiersPaid),
            Int64(orderAction), Int64(orderWait), Int64(orderContract), hasSold ? 1 : 0,
        ] + [entryTicks, entryFeeTicks, peakTicksTwice, bestSale, tradeProfit, equity, equityPeak].map { Int64(bitPattern: $0.bitPattern) }
    }

    public static let wordCount = 20

    public init(words w: ArraySlice<Int64>) {
        precondition(w.count == Self.wordCount, "\(w.count) words for an agent's state, expected \(Self.wordCount)")
        self.init()
        let w = Array(w)
        (row, firstRow, lastRow, contract) = (Int32(w[0]), Int32(w[1]), Int32(w[2]), Int32(w[3]))
        (held, bought, sinceRow, trades, tiersPaid) = (Int32(w[4]), Int32(w[5]), Int32(w[6]), Int32(w[7]), Int32(w[8]))
        (orderAction, orderWait, orderContract, hasSold) = (UInt8(w[9]), UInt8(w[10]), Int32(w[11]), w[12] == 1)
        func double(_ i: Int) -> Double { Double(bitPattern: UInt64(bitPattern: w[i])) }
        (entryTicks, entryFeeTicks, peakTicksTwice, bestSale) = (double(13), double(14), double(15), double(16))
        (tradeProfit, equity, equityPeak) = (double(17), double(18), double(19))
    }
}
