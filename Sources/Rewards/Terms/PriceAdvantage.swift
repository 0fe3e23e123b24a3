public import ComponentKit

/// Price advantage of what was traded on this bar, less a charge on the square of its size.
///
/// qlib rewards the execution of one order: the advantage in basis points of the price paid over the order's average market price, times the share
/// of the order done, less kappa times the sum of squared shares. Mapped to the spot market the traded share is v = direction - position (units of a full position)
/// and the market price compared with is the close after the step: bought at 1 and worth 1 + r later is an advantage of r/(1 + r).
public enum PriceAdvantage: CatalogueTerm {
    public static let card = Card(
        name: "pa_minus_quadratic_volume", kind: "reward term",
        summary: "Price advantage over the next close of what was traded, less a quadratic charge on its size.",
        formula: "10000 * v * next_return/(1 + next_return) - kappa * v^2, v = direction - position", unit: "basis points",
        parameters: [
            .init("kappa", "charge on the squared change", unit: "basis points", default: 100, in: 0...1_000_000),
        ],
        source: "qlib, PAPenaltyReward (penalty 100), mapped from order execution to positions",
        facts: [
            ("accrual", "bar (0 where the position stays)"),
            ("provenance", "path, uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let kappa = literal(parameters.number("kappa"))
        return .expression(
            value: "10000 * (direction - position) * next_return / (1 + next_return) - \(kappa) * abs(direction - position) * abs(direction - position)")
    }
}
