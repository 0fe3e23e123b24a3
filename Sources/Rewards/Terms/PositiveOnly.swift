public import ComponentKit

/// Pays an expression where it is positive and nothing where it is negative. A leak, there for tests of the lints.
///
/// Of pure noise with deviation s it pays 0.4 s a bar on average, so an agent is paid for taking risk without any skill.
public enum PositiveOnly: CatalogueTerm {
    public static let card = Card(
        name: "positive_only", kind: "reward term",
        summary: "Keeps the gains of an expression and drops its losses: pays for noise.",
        formula: "max(0, of)", unit: "unit of the expression",
        parameters: [],
        source: "REWARD-ANALYSIS C3 and E.5 (convexity leaks): a mistake found in the wild, not a design",
        facts: [
            ("accrual", "bar"),
            ("provenance", "that of the expression"),
            ("expression parameter", "of: a number"),
            ("warning", "turns symmetric noise into pay for trading"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        guard parameters.expression("of", .number) != nil, let text = parameters.value("of")?.scalarText else { return nil }
        return .expression(value: "max(0, \(text))")
    }
}
