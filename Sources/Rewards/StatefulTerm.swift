public import TradingTypes

/// One step as a term with a memory sees it.
public struct StepOutcome: Sendable {
    public var nextReturn: Double
    /// Position held over the step: -1, 0, +1.
    public var direction: Double
    /// Position before the decision.
    public var position: Double
    /// Fees, slippage and carry of the step, fraction of equity.
    public var cost: Double
    public var realized: Double
    public var unrealized: Double
    public var barsInPosition: Double
    public var barsFlat: Double
    public var drawdown: Double
    public var isLast: Bool
    /// Net profit of the step where the environment records it itself (options: fraction of the premium paid).
    public var netProfit: Double?

    /// Simple return of the agent's equity over the step, after costs.
    public var strategyReturn: Double { netProfit ?? direction * nextReturn - cost }
}

/// A term whose pay depends on a memory of the episode so far. Design and memory are apart: the design is immutable, the memory starts anew at each episode's first step.
public protocol StatefulTerm: Sendable {
    associatedtype Memory: Sendable
    /// The memory at the first step of an episode.
    func start() -> Memory
    /// What `step` is paid, given the memory before it.
    func pay(_ memory: Memory, _ step: StepOutcome) -> Double
    /// The memory after `step`.
    func advance(_ memory: inout Memory, _ step: StepOutcome)
}

/// Scores whole runs of bars with a memory. `StatefulScorer` implements it for every `StatefulTerm`; terms whose memory reads named columns implement it themselves.
public protocol StatefulScoring: Sendable {
    /// The columns that scoring reads; by default those of a `StepOutcome`.
    var names: Set<String> { get }
    /// Pay of `tried` on each row, when the memory before each row comes from the steps really taken, [T].
    func score(tried: OutcomeColumns, taken: OutcomeColumns) -> [Double]
}

extension StatefulScoring {
    public var names: Set<String> { StepColumns.names }
}

public struct StatefulScorer<Term: StatefulTerm>: StatefulScoring {
    public let term: Term
    public init(_ term: Term) { self.term = term }

    public func score(tried: OutcomeColumns, taken: OutcomeColumns) -> [Double] {
        precondition(tried.count == taken.count, "tried \(tried.count) rows, taken \(taken.count)")
        let triedSteps = StepColumns(tried), takenSteps = StepColumns(taken)
        var pay = [Double](repeating: 0, count: tried.count)
        var memory = term.start()
        var starts = taken.episodeStarts[...]
        for row in 0..<tried.count {
            if row == starts.first {
                memory = term.start()
                starts.removeFirst()
            }
            let isLast = row + 1 == (starts.first ?? tried.count)
            pay[row] = term.pay(memory, triedSteps.step(row, isLast: isLast))
            term.advance(&memory, takenSteps.step(row, isLast: isLast))
        }
        return pay
    }
}

/// The columns a `StepOutcome` is made of, looked up once.
public struct StepColumns: Sendable {
    public static let names: Set<String> = [
        "next_return", "direction", "position", "cost", "realized", "unrealized", "bars_in_position", "bars_flat", "drawdown", "net_profit",
    ]

    private let nextReturn, direction, position, cost, realized, unrealized, barsInPosition, barsFlat, drawdown: Column
    private let netProfit: Column?

    public init(_ outcomes: OutcomeColumns) {
        func column(_ name: String) -> Column { outcomes.columns[name] ?? .constant(0) }
        nextReturn = column("next_return")
        direction = column("direction")
        position = column("position")
        cost = column("cost")
        realized = column("realized")
        unrealized = column("unrealized")
        barsInPosition = column("bars_in_position")
        barsFlat = column("bars_flat")
        drawdown = column("drawdown")
        netProfit = outcomes.columns["net_profit"]
    }

    public func step(_ row: Int, isLast: Bool) -> StepOutcome {
        StepOutcome(
            nextReturn: nextReturn[row], direction: direction[row], position: position[row], cost: cost[row], realized: realized[row],
            unrealized: unrealized[row], barsInPosition: barsInPosition[row], barsFlat: barsFlat[row], drawdown: drawdown[row], isLast: isLast,
            netProfit: netProfit?[row])
    }
}
