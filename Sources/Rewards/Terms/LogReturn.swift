public import ComponentKit

/// Logarithmic return of the agent's equity over the step, after costs.
///
/// The growth is kept above 0.000001, so a step that loses everything pays ln(0.000001) = -13.8 instead of minus infinity.
public enum LogReturn: CatalogueTerm {
    public static let card = Card(
        name: "log_return", kind: "reward term",
        summary: "Logarithm of the growth of the agent's equity over the step, after costs.",
        formula: "ln(max(1 + direction*next_return - cost, 0.000001))", unit: "log return",
        parameters: [],
        source: "Gym-Trading-Env, its default reward; the same quantity as ln(V_t / V_(t-1))",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(value: "log(max(1 + direction * next_return - cost, 0.000001))")
    }
}
