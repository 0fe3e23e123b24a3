/// Everything that the environment knows of one agent before a decision. A value: copying it is a snapshot.
///
/// Money is counted in ticks a share (the smallest step of prices), as whole numbers in `Double`, so that it adds up without rounding; fractions are of the
/// premium paid for the trade, which is `entryTicks` times the contracts bought.
public struct AgentState: Sendable, Equatable {
    /// Row of the market at whose close the decision is taken.
    public var row: Int32 = 0
    /// First row of the episode, and its last: no decision is taken there.
    public var firstRow: Int32 = 0
    public var lastRow: Int32 = 0
    /// Contract in hand, -1 while flat.
    public var contract: Int32 = -1
    /// Contracts in hand, and bought at the entry.
    public var held: Int32 = 0
    public var bought: Int32 = 0
    /// Row of the fill that opened the trade; while flat, the row at which the agent went flat or the episode began.
    public var sinceRow: Int32 = 0
    /// Trades completed in the episode.
    public var trades: Int32 = 0
    /// Tiers reached by sales of this trade.
    public var tiersPaid: Int32 = 0
    /// An order that waits: its action (0 none), its contract, and the decisions until it is filled.
    public var orderAction: UInt8 = 0
    public var orderWait: UInt8 = 0
    public var orderContract: Int32 = -1
    /// Price paid, and highest middle price since (doubled, so that it is whole), in ticks.
    public var entryTicks: Double = 0
    /// Fee paid for each share at the entry, in ticks.
    public var entryFeeTicks: Double = 0
    public var peakTicksTwice: Double = 0
    /// Highest profit at which contracts of this trade were sold, fraction; `noSale` where none were.
    public var bestSale: Double = 0
    public var hasSold: Bool = false
    /// Net profit of this trade so far, marked at the middle price, fraction of the premium paid.
    public var tradeProfit: Double = 0
    /// Sum of all trades' net profits in the episode, and its highest value.
    public var equity: Double = 0
    public var equityPeak: Double = 0

    public init() {}

    public var isFlat: Bool { contract < 0 }
}

/// What one step did: the facts that rewards judge. Fractions are of the premium paid for the trade.
public struct StepFacts: Sendable, Equatable {
    /// Chosen and executed action. Executed is HOLD where the choice was not allowed or waits for its fill, and EXIT where force closed a trade that the action let run.
    public var chosen: UInt8 = 0
    public var executed: UInt8 = 0
    /// The action bought or sold something. Contracts were bought; the trade ended, and how (`TradeEnding`).
    public var acted = false
    public var bought = false
    public var closed = false
    public var ending: UInt8 = 0
    /// What the episode did: 0 goes on, 1 terminated (the day is over), 2 truncated (we stopped watching).
    public var episode: UInt8 = 0
    /// Contract in hand after the fill, -1 when flat then.
    public var contractAfterFill: Int32 = -1
    /// Net profit of the step, marked at the middle price.
    public var netProfit: Double = 0
    /// Fees and half-spreads of the step's fills; fees alone.
    public var cost: Double = 0
    public var fees: Double = 0
    /// Share of the trade's contracts sold; mean price of the sales over the price paid, less 1; their net profit.
    public var sold: Double = 0
    public var saleReturn: Double = 0
    public var realized: Double = 0
    /// Net profit of the whole trade in the step that ends it.
    public var tradeReturn: Double = 0

    public init() {}

    public var isForced: Bool { closed && ending != TradeEnding.exit.rawValue }
}
