public import ComponentKit

/// Sortino ratio of the agent's net returns over the newest `window` steps, this one included.
///
/// (mean - target) / max(downside deviation, floor), where the downside deviation is the square root of the mean over all `window` returns of
/// min(R - target, 0)^2. 0 until the episode has had `window` steps. Windows below 10 are refused, for the reason given at `SharpeWindow`.
public struct SortinoWindow: CatalogueTerm, StatefulTerm {
    public static let card = Card(
        name: "sortino_window", kind: "reward term",
        summary: "Sortino ratio of the net returns of a window that ends with this step.",
        formula: "(mean(R) - target) / max(sqrt(mean(min(R - target, 0)^2)), floor) over the newest window returns; 0 before the window is full",
        unit: "Sortino ratio per bar",
        parameters: [
            .init("window", "number of returns; below 10 the ratio explodes", unit: "bars", default: 30, in: 10...10_000),
            .init("target", "return below which a step counts as a loss", unit: "fraction per bar", default: 0, in: -1...1),
            .init("floor", "smallest downside deviation used as a divisor", unit: "fraction per bar", default: 0.0001, in: 0.0000001...0.1),
        ],
        source: "tensortrade, RiskAdjustedReturns ('sortino'); Sortino and Price 1994",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("memory", "the window is empty at the start of each episode; it must be in the observation for the reward to be Markov"),
        ])

    public let window: Int
    public let target: Double
    public let floor: Double

    public struct Memory: Sendable { var returns: RollingPairs }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let term = SortinoWindow(
            window: max(10, parameters.window("window")), target: parameters.number("target"), floor: parameters.number("floor"))
        return .stateful(StatefulScorer(term), .uncertain)
    }

    public init(window: Int, target: Double, floor: Double) {
        self.window = window
        self.target = target
        self.floor = floor
    }

    public func start() -> Memory { Memory(returns: RollingPairs(capacity: window)) }

    public func pay(_ memory: Memory, _ step: StepOutcome) -> Double {
        guard memory.returns.isReady else { return 0 }
        let (excess, loss) = pair(step), n = Double(window)
        let mean = (memory.returns.sums.0 + excess) / n
        let downside = max(0, (memory.returns.sums.1 + loss) / n).squareRoot()
        return mean / max(downside, floor)
    }

    public func advance(_ memory: inout Memory, _ step: StepOutcome) { memory.returns.append(pair(step)) }

    /// Return above the target, and its square where it is negative.
    private func pair(_ step: StepOutcome) -> (Double, Double) {
        let excess = step.strategyReturn - target
        return (excess, excess < 0 ? excess * excess : 0)
    }
}
