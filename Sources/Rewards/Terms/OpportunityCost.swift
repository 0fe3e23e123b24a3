public import ComponentKit

/// Charges a flat agent for the move it missed, less what trading it would have cost.
///
/// It is paid only while flat, so it always pushes towards trading, however unpredictable the market is: `regret` is the even-handed form.
public enum OpportunityCost: CatalogueTerm {
    public static let card = Card(
        name: "opportunity_cost", kind: "reward term",
        summary: "Charges a flat agent for the absolute return it missed beyond the cost of trading.",
        formula: "-lambda * max(0, abs(next_return) - basis_points/10000) where direction = 0", unit: "fraction of equity",
        parameters: [
            .init("lambda", "share of the missed move that is charged", default: 0.05, in: 0...1_000),
            .init("basis_points", "cost that a trade would have paid", unit: "basis points", default: 10, in: 0...1_000),
        ],
        source: "REWARD-ANALYSIS C3, generalising the missed-opportunity term of the option-scalping case",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("one-sided", "charges HOLD only; trades at zero edge look better by its mean"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let cost = fraction(basisPoints: parameters.number("basis_points"))
        return .expression(
            value: "-\(literal(parameters.number("lambda"))) * max(0, abs(next_return) - \(cost))", when: "direction == 0")
    }
}
