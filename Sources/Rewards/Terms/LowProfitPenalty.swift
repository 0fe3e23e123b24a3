public import ComponentKit

/// Charges closing a position for less than an aimed-at profit, by the shortfall.
///
/// FinRL asks for 1.2 times the average buying price (a profit-to-loss ratio of 2 over its 10% stop) and divides the reward by the index of the step;
/// that division is left out. Losses are charged too, and more than small gains: holding on is what avoids the charge.
public enum LowProfitPenalty: CatalogueTerm {
    public static let card = Card(
        name: "low_profit_penalty", kind: "reward term",
        summary: "Charges closing a position below a profit aim, by the shortfall.",
        formula: "-max(0, aim - realized) where a position is closed or reversed", unit: "fraction of the entry value",
        parameters: [
            .init("aim", "profit below which closing is charged", unit: "fraction", default: 0.2, in: 0...10),
        ],
        source: "FinRL, StockTradingEnvStopLoss (profit_loss_ratio 2, stoploss_penalty 0.9), without its division by the step index",
        facts: [
            ("accrual", "close"),
            ("provenance", "uncertain"),
            ("differs from FinRL", "not divided by the step index"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(
            value: "-max(0, \(literal(parameters.number("aim"))) - realized)", when: "position != 0 and direction != position")
    }
}
