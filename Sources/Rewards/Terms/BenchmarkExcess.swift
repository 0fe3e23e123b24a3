public import ComponentKit

/// Net return of the agent less that of a constant position in the same market.
///
/// The benchmark's part does not depend on the action, so it leaves the order of the actions in any one state as it was: it removes the pay for
/// having been in a rising market, and with it a large part of the noise in returns to go.
public enum BenchmarkExcess: CatalogueTerm {
    public static let card = Card(
        name: "benchmark_excess", kind: "reward term",
        summary: "Net return of the step less the return of a constant position (1 is buy and hold).",
        formula: "direction*next_return - cost - benchmark*next_return", unit: "fraction of equity",
        parameters: [
            .init("benchmark", "the position compared with", unit: "fraction of equity", default: 1, in: -1...1),
        ],
        source: "REWARD-ANALYSIS C3 (the FinRL-Meta discussion of agents paid for a rising market)",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(value: "direction * next_return - cost - \(literal(parameters.number("benchmark"))) * next_return")
    }
}
