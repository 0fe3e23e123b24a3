public import ComponentKit

/// Charges an action that FreqAI calls invalid: entering while in a position.
///
/// In the spot market that is a reversal without going flat first. Where HOLD keeps the position, asking again for the
/// position already held is invalid in the same sense: set `repeats` to 1 to charge it too.
public enum InvalidAction: CatalogueTerm {
    public static let card = Card(
        name: "invalid_action", kind: "reward term",
        summary: "Charges entering while a position is open.",
        formula: "-penalty where position != 0 and action != HOLD and (direction != position or repeats = 1)", unit: "reward units",
        parameters: [
            .init("penalty", "charge of one invalid action", default: 2, in: 0...1_000),
            .init("repeats", "1 also charges asking for the position already held (for markets where HOLD keeps it)", default: 0, in: 0...1),
        ],
        source: "freqtrade documentation, FreqAI reinforcement learning, example reward (-2)",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path"),
            ("better", "an action mask: a forbidden action that cannot be chosen needs no charge"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let repeats = parameters.whole("repeats") == 1
        return .expression(
            value: "-\(literal(parameters.number("penalty")))",
            when: "position != 0 and action != HOLD\(repeats ? "" : " and direction != position")")
    }
}
