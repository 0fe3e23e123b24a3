public import ComponentKit

/// Mean-variance penalty of one step: -lambda/2 * (direction * next_return)^2.
public enum VariancePenalty: CatalogueTerm {
    public static let card = Card(
        name: "variance_penalty", kind: "reward term", summary: "Charges half of lambda times the squared return of the step.",
        formula: "-lambda/2 * (direction*next_return)^2", unit: "fraction squared",
        parameters: [.init("lambda", "risk aversion", default: 2, in: 0...1_000)],
        source: "Markowitz 1952; REWARD-ANALYSIS C3", facts: [("accrual", "bar"), ("provenance", "uncertain")])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        .expression(value: "-\(parameters.number("lambda") / 2) * (direction * next_return) * (direction * next_return)")
    }
}
