public import ComponentKit

/// The example reward of FreqAI's documentation, mapped to the spot actions. Kept as a fixture that analysis must flag: it pays an agent
/// to enter and leave every other bar.
///
/// Entering from flat pays `entry`, more when RSI is below 40; staying flat costs `idle`; keeping a position costs its age over `max_bars`; leaving it
/// pays 100 times the profit, times 1.5 up to the age `max_bars` and 0.5 after it, times `win_factor` when the profit beats `profit_aim`.
/// FreqAI leaves a position by an exit action; here that is HOLD (going flat) or a reversal, which pays the exit but no entry. The documented -2
/// for invalid actions is the term `invalid_action`. FreqAI reads RSI(10) of the bar before, this term RSI(14) of the bar.
public enum FreqAIExample: CatalogueTerm {
    public static let card = Card(
        name: "freqai_example", kind: "reward term",
        summary: "The documented FreqAI example reward: a fixture that must be flagged as farmable, not a design.",
        formula: "flat: entry * (40/RSI if RSI < 40 else 1) on entering, -idle on staying; in a trade: -age/max_bars on staying, realized * 100 * (1.5 if age <= max_bars else 0.5) * (win_factor if realized > profit_aim else 1) on leaving", unit: "reward units",
        parameters: [
            .init("entry", "pay for entering", default: 25, in: 0...1_000),
            .init("idle", "charge for staying flat", default: 1, in: 0...1_000),
            .init("max_bars", "age at which a trade counts as late", unit: "bars", default: 300, in: 1...1_000_000),
            .init("profit_aim", "profit above which the exit is multiplied", unit: "fraction", default: 0.025, in: 0...10),
            .init("win_factor", "multiplier of an exit above the aim", default: 2, in: 0...1_000),
        ],
        source: "freqtrade documentation, FreqAI reinforcement learning, \"Creating a custom reward function\"",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path, uncertain"),
            ("warning", "farmable: one entry pays for a trade that loses 16.7%"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let maxBars = literal(parameters.number("max_bars"))
        let rsi = "(50 + 50 * \(TermFeature.rsi))"
        let entry = "\(literal(parameters.number("entry"))) * if(\(rsi) < 40, 40 / max(\(rsi), 1), 1)"
        let late = "if(bars_in_position <= \(maxBars), 1.5, 0.5)"
        let win = "if(realized > \(literal(parameters.number("profit_aim"))), \(literal(parameters.number("win_factor"))), 1)"
        return .expression(
            value: """
                if(position == 0 and direction != 0, \(entry), 0) \
                - if(position == 0 and direction == 0, \(literal(parameters.number("idle"))), 0) \
                - if(position != 0 and direction == position, bars_in_position / \(maxBars), 0) \
                + if(position != 0 and direction != position, 100 * realized * \(late) * \(win), 0)
                """)
    }
}
