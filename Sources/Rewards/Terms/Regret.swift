public import ComponentKit

/// What the step earned less what the best of the three positions would have earned, costs counted for all three alike.
///
/// Never positive. The best is the same whatever was done, so in any one state the three actions stand as far apart as their net returns do:
/// between actions regret prefers nothing that net return does not.
public enum Regret: CatalogueTerm {
    public static let card = Card(
        name: "regret", kind: "reward term",
        summary: "Net return of the step less that of the best of short, flat and long, known afterwards.",
        formula: "direction*next_return - k*abs(direction - position) - max over d in {-1, 0, 1} of (d*next_return - k*abs(d - position)), k = basis_points/10000", unit: "fraction of equity, never positive",
        parameters: [
            .init("basis_points", "cost of one unit of change, for the action taken and for the alternatives", unit: "basis points", default: 10, in: 0...1_000),
        ],
        source: "regret as in Savage 1951, \"The theory of statistical decision\"; REWARD-ANALYSIS C3",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path, uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let k = fraction(basisPoints: parameters.number("basis_points"))
        let best = "max(-\(k) * abs(position), max(next_return - \(k) * abs(1 - position), -next_return - \(k) * abs(1 + position)))"
        return .expression(value: "direction * next_return - \(k) * abs(direction - position) - \(best)")
    }
}
