public import ComponentKit

/// Charges the step for deepening the drawdown of the agent's equity.
///
/// A loss L > 0 of the step (cost - direction*next_return) moves equity from (1 - d) to (1 - d)(1 - L) of its peak, so the drawdown d
/// grows by (1 - d) * L; a gain never deepens it. The charges of an episode add up to lambda times all deepenings; an old loss is charged once, not on every bar.
public enum DrawdownPenalty: CatalogueTerm {
    public static let card = Card(
        name: "drawdown_penalty", kind: "reward term",
        summary: "Charges lambda times the deepening of the drawdown in this step, never its level.",
        formula: "-lambda * (1 - drawdown) * max(0, cost - direction*next_return) = -lambda * max(0, drawdown(next) - drawdown)", unit: "fraction of peak equity",
        parameters: [
            .init("lambda", "charge per unit of drawdown added", default: 0.5, in: 0...1_000),
        ],
        source: "REWARD-ANALYSIS C3, increment form",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(value: "-\(literal(parameters.number("lambda"))) * (1 - drawdown) * max(0, cost - direction * next_return)")
    }
}
