public import ComponentKit

/// Charges a position that is kept, the more the older it is.
///
/// `power` 1 is a straight ramp, above 1 it is lenient at first. At `max_bars` the charge is `lambda`; it keeps growing after that.
public enum TimeInTradeRamp: CatalogueTerm {
    public static let card = Card(
        name: "time_in_trade_ramp", kind: "reward term",
        summary: "Charges every bar on which a position is kept, growing with its age.",
        formula: "-lambda * (bars_in_position / max_bars)^power where a position is kept", unit: "reward units",
        parameters: [
            .init("lambda", "charge at the age max_bars", default: 1, in: 0...1_000),
            .init("max_bars", "age at which the charge is lambda", unit: "bars", default: 300, in: 1...1_000_000),
            .init("power", "shape of the ramp", default: 1, in: 0.25...8),
        ],
        source: "FreqAI documentation (ramp a penalty with duration); REWARD-ANALYSIS C3",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path"),
            ("needs in the observation", "bars_in_position"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let power = parameters.number("power")
        let age = "bars_in_position / \(literal(parameters.number("max_bars")))"
        // x^p as exp(p ln x); an age of 0 is replaced inside the logarithm and paid nothing.
        let ramp = power == 1 ? "\(age)" : "if(bars_in_position > 0, exp(\(literal(power)) * log(max(\(age), 0.000000001))), 0)"
        return .expression(
            value: "-\(literal(parameters.number("lambda"))) * (\(ramp))", when: "direction != 0 and direction == position")
    }
}
