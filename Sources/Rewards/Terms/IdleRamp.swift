public import ComponentKit

/// Charges a flat agent that stays flat, growing with the bars it has been flat after a free warm-up, up to a cap.
public enum IdleRamp: CatalogueTerm {
    public static let card = Card(
        name: "idle_ramp", kind: "reward term",
        summary: "Charges staying flat, growing with the number of flat bars after a warm-up.",
        formula: "-lambda * min(cap_bars, max(0, bars_flat - warm_bars)) where direction = 0", unit: "reward units",
        parameters: [
            .init("lambda", "charge per bar beyond the warm-up", default: 0.001, in: 0...1_000),
            .init("warm_bars", "flat bars that are free", unit: "bars", default: 10, in: 0...1_000_000),
            .init("cap_bars", "bars beyond the warm-up after which the charge stops growing", unit: "bars", default: 100, in: 0...1_000_000),
        ],
        source: "public tests of idle penalties in FreqAI strategies; REWARD-ANALYSIS C3",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path"),
            ("needs in the observation", "bars_flat"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let beyond = "max(0, bars_flat - \(literal(parameters.number("warm_bars"))))"
        return .expression(
            value: "-\(literal(parameters.number("lambda"))) * min(\(literal(parameters.number("cap_bars"))), \(beyond))", when: "direction == 0")
    }
}
