public import ComponentKit

/// Return of a position sized so that it would have a fixed volatility a year, less the cost of changing it.
///
/// `volatility_24h` is a deviation per bar; times sqrt(bars_per_year) it is a yearly one. It is kept above `volatility_floor`.
/// The paper also scales the position inside the cost; here the cost is on the change of direction alone.
public enum VolatilityScaledReturn: CatalogueTerm {
    public static let card = Card(
        name: "vol_scaled_return", kind: "reward term",
        summary: "Return scaled to a target volatility, less basis points on each change of direction.",
        formula: "target / (volatility_24h * sqrt(bars_per_year)) * direction*next_return - basis_points/10000 * abs(direction - position)", unit: "fraction of equity at the target volatility",
        parameters: [
            .init("target", "volatility the scaled position would have", unit: "fraction a year", default: 0.10, in: 0.001...10),
            .init("basis_points", "cost of one unit of change in direction", unit: "basis points", default: 1, in: 0...1_000),
            .init("bars_per_year", "bars in a year: 8760 for hourly bars of a market that never closes", unit: "bars", default: 8_760, in: 1...10_000_000),
            .init("volatility_floor", "smallest volatility used as a divisor", unit: "fraction per bar", default: 0.0001, in: 0.0000001...0.1),
        ],
        source: "Zhang, Zohren and Roberts 2020, \"Deep reinforcement learning for trading\", arXiv 1911.10107; cost simplified",
        facts: [
            ("accrual", "bar (the cost only where the direction changes)"),
            ("provenance", "path, uncertain"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let perBar = parameters.number("target") / parameters.number("bars_per_year").squareRoot()
        let floor = literal(parameters.number("volatility_floor"))
        let cost = fraction(basisPoints: parameters.number("basis_points"))
        return .expression(
            value: "\(literal(perBar)) * direction * next_return / max(volatility_24h, \(floor)) - \(cost) * abs(direction - position)")
    }
}
