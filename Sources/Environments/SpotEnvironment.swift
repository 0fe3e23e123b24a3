public import TradingTypes

/// Settings of the spot environment.
public struct SpotConfiguration: Sendable, Equatable {
    public enum Hold: String, Sendable, CaseIterable { case flat, keep }
    public enum Fill: String, Sendable, CaseIterable { case close, nextOpen = "next_open" }

    /// Fee on every unit of position changed, basis points of the notional.
    public var feeBasisPoints: Double
    /// Slippage on every unit of position changed, basis points.
    public var slippageBasisPoints: Double
    /// HOLD goes flat (default), or keeps the position.
    public var hold: Hold
    /// Fill at the close at which the action is chosen, or at the next bar's open (one bar later than the features).
    public var fill: Fill
    /// Paid by longs to shorts every eight hours when positive, basis points.
    public var fundingBasisPointsPer8h: Double
    /// Paid by shorts, basis points a year.
    public var borrowBasisPointsPerYear: Double

    public init(
        feeBasisPoints: Double = 0, slippageBasisPoints: Double = 0, hold: Hold = .flat, fill: Fill = .close,
        fundingBasisPointsPer8h: Double = 0, borrowBasisPointsPerYear: Double = 0
    ) {
        self.feeBasisPoints = feeBasisPoints
        self.slippageBasisPoints = slippageBasisPoints
        self.hold = hold
        self.fill = fill
        self.fundingBasisPointsPer8h = fundingBasisPointsPer8h
        self.borrowBasisPointsPerYear = borrowBasisPointsPerYear
    }
}

/// The spot market as the agent meets it: actions HOLD, LONG, SHORT, chosen at the close of bar t and held over the next bar.
///
/// Prices do not react to the agent, so what each action would have led to is known for every bar at once.
public struct SpotEnvironment: Sendable {
    public let bars: BarSeries
    public let configuration: SpotConfiguration
    /// Simple return of the bar held after the decision at bar t, [T]; NaN where the data end.
    /// `close[t+1]/close[t] - 1`, or `open[t+2]/open[t+1] - 1` with fills at the next open.
    public let nextReturn: [Double]

    public init(_ bars: BarSeries, _ configuration: SpotConfiguration = SpotConfiguration()) {
        self.bars = bars
        self.configuration = configuration
        let n = bars.count
        var returns = [Double](repeating: .nan, count: n)
        switch configuration.fill {
        case .close:
            let close = bars.close
            for t in 0..<max(0, n - 1) { returns[t] = close[t + 1] / close[t] - 1 }
        case .nextOpen:
            let open = bars.open
            for t in 0..<max(0, n - 2) { returns[t] = open[t + 2] / open[t + 1] - 1 }
        }
        nextReturn = returns
    }

    /// Number of rows at the start of the series whose next return is known: T-1, or T-2 with fills at the next open.
    public var usableRows: Int { max(0, bars.count - (configuration.fill == .close ? 1 : 2)) }

    /// Fees, slippage and carry of one bar that starts with `held` and holds `target`, as a fraction of equity.
    package func cost(from held: Double, to target: Double) -> Double { CostModel(self).cost(from: held, to: target) }
}

/// The agent's own state before each bar of a run, as it results from a sequence of actions.
public struct SpotPath: Sendable {
    /// Position before the decision: -1, 0, +1.
    public private(set) var position: [Double]
    /// Bars since the position was opened (1 on the first bar after the one that opened it), 0 when flat.
    public private(set) var barsInPosition: [Double]
    /// Bars since the agent went flat, 0 in a position.
    public private(set) var barsFlat: [Double]
    /// Profit of the open position since its entry, fraction.
    public private(set) var unrealized: [Double]
    /// Drop of the agent's equity from its running peak, positive fraction.
    public private(set) var drawdown: [Double]
    /// Directions actually taken.
    public private(set) var taken: [Double]
    /// The bars of the environment that the rows stand for.
    public let rows: Range<Int>

    /// Walks `actions` (one code a bar of `rows`) through the environment. Equity starts at 1, the path flat.
    public init(_ environment: SpotEnvironment, rows: Range<Int>, actions: [UInt8]) {
        precondition(actions.count == rows.count, "actions \(actions.count), bars \(rows.count): expected one action a bar")
        let n = rows.count
        self.rows = rows
        position = [Double](repeating: 0, count: n)
        barsInPosition = position
        barsFlat = position
        unrealized = position
        drawdown = position
        taken = position
        var agent = SpotAgent(environment)
        for i in 0..<n {
            position[i] = agent.position
            barsInPosition[i] = agent.barsInPosition
            barsFlat[i] = agent.barsFlat
            unrealized[i] = agent.unrealized
            drawdown[i] = agent.drawdown
            taken[i] = agent.step(SpotAction(rawValue: actions[i]) ?? .hold, environment.nextReturn[rows.lowerBound + i])
        }
    }
}

/// One agent's state on the spot market before a decision, one step at a time: what `SpotPath` walks.
package struct SpotAgent: Sendable {
    package private(set) var position = 0.0, barsInPosition = 0.0, barsFlat = 0.0, unrealized = 0.0
    package private(set) var equity = 1.0
    private var peak = 1.0
    private let keeps: Bool
    private let costs: CostModel

    /// Flat, with equity 1.
    package init(_ environment: SpotEnvironment) {
        keeps = environment.configuration.hold == .keep
        costs = CostModel(environment)
    }

    package var drawdown: Double { 1 - equity / peak }

    /// Everything that changes, for a checkpoint.
    package var words: [Double] {
        get { [position, barsInPosition, barsFlat, unrealized, equity, peak] }
        set {
            (position, barsInPosition, barsFlat) = (newValue[0], newValue[1], newValue[2])
            (unrealized, equity, peak) = (newValue[3], newValue[4], newValue[5])
        }
    }

    /// Takes `action` and holds what it asks for over a bar of return `r` (NaN counts as 0). Gives the direction held.
    package mutating func step(_ action: SpotAction, _ r: Double) -> Double {
        let target = keeps && action == .hold ? position : action.direction
        let gain = target * (r.isNaN ? 0 : r)
        equity *= 1 + gain - costs.cost(from: position, to: target)
        peak = max(peak, equity)
        if target == position {
            unrealized = target == 0 ? 0 : (1 + unrealized) * (1 + gain) - 1
            barsInPosition = target == 0 ? 0 : barsInPosition + 1
            barsFlat = target == 0 ? barsFlat + 1 : 0
        } else {
            unrealized = gain
            barsInPosition = target == 0 ? 0 : 1
            barsFlat = target == 0 ? 1 : 0
        }
        position = target
        return target
    }
}

/// Costs of one bar as a fraction of equity.
struct CostModel {
    let perUnit: Double
    let longCarry: Double
    let shortCarry: Double

    init(_ environment: SpotEnvironment) {
        let c = environment.configuration
        let seconds = Double(environment.bars.barDurationSeconds)
        perUnit = (c.feeBasisPoints + c.slippageBasisPoints) / 10_000
        let funding = c.fundingBasisPointsPer8h / 10_000 * seconds / (8 * 3_600)
        longCarry = funding
        shortCarry = -funding + c.borrowBasisPointsPerYear / 10_000 * seconds / (365 * 86_400)
    }

    /// Fees and slippage on the change, plus funding and borrow on what is held afterwards.
    func cost(from held: Double, to target: Double) -> Double {
        abs(target - held) * perUnit + (target > 0 ? target * longCarry : -target * shortCarry)
    }
}
