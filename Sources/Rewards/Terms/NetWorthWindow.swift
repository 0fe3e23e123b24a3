public import ComponentKit
internal import RealModule

/// Growth of the agent's equity over the newest `bars` steps of the episode, this one included: V_t / V_(t-k) - 1.
///
/// In the first k - 1 steps of an episode it is the growth since the episode's start. With k = 1 it is the net return of the step.
/// With k > 1 every return is paid k times, as it passes through the window: the pay of a step then depends on k - 1 earlier
/// actions, and a lucky entry goes on paying an agent that has gone flat. A step that loses everything counts as a growth of 0.000001.
public struct NetWorthWindow: CatalogueTerm, StatefulTerm {
    public static let card = Card(
        name: "net_worth_window", kind: "reward term",
        summary: "Growth of the agent's equity over a window that ends with this step.",
        formula: "V_t / V_(t-k) - 1, with V_t = V_(t-1) * (1 + direction*next_return - cost)", unit: "fraction of equity",
        parameters: [.init("bars", "length k of the window", unit: "bars", default: 1, in: 1...10_000)],
        source: "tensortrade, SimpleProfit (window_size)",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("warning", "k > 1 double counts: every return is paid k times"),
            ("memory", "the window is empty at the start of each episode; for k > 1 it must be in the observation for the reward to be Markov"),
        ])

    public let bars: Int

    public struct Memory: Sendable { var logGrowth: RollingPairs }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        .stateful(StatefulScorer(NetWorthWindow(bars: max(1, parameters.whole("bars")))), .uncertain)
    }

    public init(bars: Int) { self.bars = bars }
    public func start() -> Memory { Memory(logGrowth: RollingPairs(capacity: bars)) }

    public func pay(_ memory: Memory, _ step: StepOutcome) -> Double {
        .expMinusOne(memory.logGrowth.sums.0 + Self.logGrowth(step))
    }

    public func advance(_ memory: inout Memory, _ step: StepOutcome) { memory.logGrowth.append((Self.logGrowth(step), 0)) }

    private static func logGrowth(_ step: StepOutcome) -> Double { .log(onePlus: max(step.strategyReturn, -0.999_999)) }
}
