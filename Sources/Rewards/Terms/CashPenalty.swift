public import ComponentKit

/// Charges holding less cash than a share of equity.
///
/// All of the equity is in the position when direction is 1 or -1, so the penalty is `proportion` in a position and 0 when flat.
/// FinRL divides the whole reward by the index of the step, which makes the same deed pay less the later it is done; that division is left out.
public enum CashPenalty: CatalogueTerm {
    public static let card = Card(
        name: "cash_penalty", kind: "reward term",
        summary: "Charges the shortfall of cash below a share of equity.",
        formula: "-max(0, proportion - (1 - abs(direction)))", unit: "fraction of equity",
        parameters: [
            .init("proportion", "share of equity to keep in cash", unit: "fraction", default: 0.1, in: 0...1),
        ],
        source: "FinRL, StockTradingEnvCashpenalty, without its division by the step index",
        facts: [
            ("accrual", "bar"),
            ("provenance", "guaranteed"),
            ("differs from FinRL", "not divided by the step index"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(value: "-max(0, \(literal(parameters.number("proportion"))) - (1 - abs(direction)))")
    }
}
