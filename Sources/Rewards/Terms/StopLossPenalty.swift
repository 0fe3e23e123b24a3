public import ComponentKit

/// Charges keeping a position whose loss has passed a threshold, by how far it has.
///
/// FinRL charges the shares held before the step whatever is done with them, compares with 0.9 of the average buying price, and divides the reward by the
/// index of the step. Here only a position that is kept is charged, so that closing it is what avoids the charge; nothing is divided by the step index.
public enum StopLossPenalty: CatalogueTerm {
    public static let card = Card(
        name: "stop_loss_penalty", kind: "reward term",
        summary: "Charges keeping a position whose unrealised loss is beyond a threshold.",
        formula: "-max(0, -unrealized - threshold) where the position is kept", unit: "fraction of the entry value",
        parameters: [
            .init("threshold", "loss that is tolerated", unit: "fraction", default: 0.1, in: 0...1),
        ],
        source: "FinRL, StockTradingEnvStopLoss (stoploss_penalty 0.9), without its division by the step index",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path"),
            ("differs from FinRL", "only a kept position is charged; not divided by the step index"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        return .expression(
            value: "-max(0, -unrealized - \(literal(parameters.number("threshold"))))", when: "position != 0 and direction == position")
    }
}
