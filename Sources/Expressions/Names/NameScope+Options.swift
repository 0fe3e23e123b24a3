internal import TradingTypes

extension NameScope {
    /// The names that an expression for the options environment may read: the underlying's bars and clock, the features of REWARD-ANALYSIS D1 by
    /// their ids, the option contract, the action, the agent's own path, and the outcomes of the step.
    ///
    /// Contract names without a prefix speak of the contract in hand, and while flat of the call that BUY_CALL would buy; `call_` and `put_` speak of the
    /// call and the put that would be bought at this bar, whatever is in hand. A feature whose id equals a built-in name is the built-in name.
    public static func options(
        features: [(name: String, unit: String, summary: String)] = [], regimeNames: [String]
    ) -> NameScope {
        let builtIn = OptionNames.market(regimeNames) + OptionNames.contract + OptionNames.own + OptionNames.outcomes
        let taken = Set(builtIn.map(\.name))
        let extra = features.filter { !taken.contains($0.name) }.map { OptionNames.known($0.name, $0.unit, $0.summary) }
        return NameScope(
            environment: .options, names: OptionNames.market(regimeNames) + extra + OptionNames.contract + OptionNames.own + OptionNames.outcomes,
            regimeNames: regimeNames)
    }

    /// What a rule that picks days for a stage of a curriculum may read (`draw: days:`): facts of a whole day, known to the one who draws, never to the
    /// policy.
    public static func optionDays(regimeNames: [String]) -> NameScope {
        NameScope(
            environment: .options,
            names: [
                OptionNames.known("setup_score_max", "count", "Highest setup score of the day, of calls or puts."),
                OptionNames.known("gap_pct", "fraction", "Opening gap: first regular price over the previous regular close, less 1."),
                OptionNames.known("day_return", "fraction", "Last close of the regular session over its open, less 1."),
                OptionNames.known("day_range", "fraction", "Highest less lowest price of the regular session, over its open."),
                OptionNames.known("day_volatility", "fraction a minute", "Standard deviation of the day's 1-minute log returns."),
                OptionNames.known("vix", "points", "Volatility index at the open."),
            ], regimeNames: regimeNames)
    }
}

/// The parts of the options scope.
private enum OptionNames {
    static func known(_ name: String, _ unit: String, _ summary: String, type: ValueType = .number, action: Bool = false) -> NameInfo {
        NameInfo(name: name, type: type, unit: unit, time: .decision, readsAction: action, summary: summary)
    }

    static func path(_ name: String, _ unit: String, _ summary: String, type: ValueType = .number, action: Bool = false) -> NameInfo {
        NameInfo(name: name, type: type, unit: unit, time: .decision, readsPath: true, readsAction: action, summary: summary)
    }

    static func outcome(_ name: String, _ unit: String, _ summary: String, type: ValueType = .number) -> NameInfo {
        NameInfo(name: name, type: type, unit: unit, time: .outcome, readsPath: true, readsAction: true, summary: summary)
    }

    /// What does not depend on the agent, [T].
    static func market(_ regimeNames: [String]) -> [NameInfo] {
        [
            // Bars and clock
            known("open", "price", "First price of the minute that has just closed."),
            known("high", "price", "Highest price of the minute that has just closed."),
            known("low", "price", "Lowest price of the minute that has just closed."),
            known("close", "price", "Last price of the minute that has just closed."),
            known("volume", "shares", "Quantity traded in the minute that has just closed."),
            known("prev_high", "price", "Highest price of the minute before."),
            known("prev_low", "price", "Lowest price of the minute before."),
            known("prev_close", "price", "Last price of the minute before."),
            known("minutes_since_open", "minutes", "Minutes of the regular session that have passed (09:30 New York time is 0)."),
            known("minutes_to_close", "minutes", "Minutes until the regular session ends."),
            known("regime", "", "The market regime of the minute: \(regimeNames.joined(separator: ", ")).", type: .regime),
            // Levels
            known("vwap", "price", "Volume-weighted average price of the regular session so far, of (high + low + close) / 3."),
            known("ema_9", "price", "Exponential moving average of the close over 9 minutes."),
            known("ema_20", "price", "Exponential moving average of the close over 20 minutes."),
            known("atr_14", "price", "Average true range over 14 minutes (Wilder)."),
            known("day_open", "price", "First price of the regular session."),
            known("day_high", "price", "Highest price of the regular session so far."),
            known("day_low", "price", "Lowest price of the regular session so far."),
            known("previous_close", "price", "Last price of the previous regular session."),
            known("pm_high", "price", "Highest pre-market price, 04:00 to 09:29."),
            known("pm_low", "price", "Lowest pre-market price, 04:00 to 09:29."),
            known("or_high", "price", "Highest price of the session's first 15 minutes; until they are over, of those so far."),
            known("or_low", "price", "Lowest price of the session's first 15 minutes; until they are over, of those so far."),
            known("swing_high", "price", "Last confirmed swing high."),
            known("swing_low", "price", "Last confirmed swing low."),
            known("bars_above_vwap", "bars", "Minutes in a row, before this one, that closed above the average price."),
            known("bars_below_vwap", "bars", "Minutes in a row, before this one, that closed below the average price."),
            // Momentum
            known("ema_diff", "ATR", "(EMA9 - EMA20) / ATR14."),
            known("ema_diff_raw", "price", "EMA9 - EMA20."),
            known("vwap_dist", "ATR", "(close - VWAP) / ATR14."),
            known("rsi_14", "0 to 100", "Relative strength index over 14 minutes."),
            known("rsi_scaled", "-1 to 1", "(RSI14 - 50) / 50."),
            known("macd_hist", "ATR", "(MACD - signal) / ATR14."),
            known("trend_slope", "deviations", "Slope of the log close over 20 minutes x 20 / (volatility x sqrt 20)."),
            // Structure
            known("body_ratio", "0 to 1", "Size of the candle's body over its range."),
            known("wick_ratio", "0 to 1", "Both wicks over the candle's range."),
            known("upper_rej", "0 to 1", "Rejection at the top: upper wick over range where above one half, scaled by range / ATR14 up to 1."),
            known("lower_rej", "0 to 1", "Rejection at the bottom: the mirror image of upper_rej."),
            known("pullback", "0 to 1", "(highest high of 20 minutes - close) / (their range)."),
            known("pullback_put", "0 to 1", "(close - lowest low of 20 minutes) / (their range): the mirror image."),
            known("breakout", "ATR", "(close - highest high of the 20 minutes before) / ATR14, within 3."),
            known("breakdown", "ATR", "(lowest low of the 20 minutes before - close) / ATR14, within 3: the mirror image."),
            known("consolidation", "0 to 1", "1 - range of 20 minutes / (1.5 ATR14 sqrt 20), at least 0."),
            known("choppiness", "0 to 100", "Choppiness index over 14 minutes."),
            known("cup_handle", "0 to 1", "How much the last hour or so looks like a cup with a handle."),
            // Volatility
            known("atr_scaled", "fraction", "ATR14 / close."),
            known("atr_slope", "log ratio", "ln(ATR14 / ATR14 five minutes ago)."),
            known("vix", "points", "Volatility index."),
            known("vix_delta", "points", "Change of the volatility index over 30 minutes."),
            // Context
            known("gap_pct", "fraction", "Opening gap: first regular price over the previous regular close, less 1."),
            known("pm_high_dist", "ATR", "(close - pre-market high) / ATR14."),
            known("pm_low_dist", "ATR", "(close - pre-market low) / ATR14."),
            known("mag7_corr", "-1 to 1", "Correlation over 60 minutes of 1-minute log returns with the mean of seven large companies."),
            known("spx_corr", "-1 to 1", "The same with the S&P 500 index."),
            known("spx_beta", "ratio", "Covariance with the S&P 500 index over its variance, over 60 minutes."),
            known("setup_score", "0 to 6", "How many hold for a call: EMA9 > EMA20, close > VWAP, MACD histogram > 0, 45 < RSI < 75, breakout > 0, no upper rejection."),
            known("setup_score_put", "0 to 6", "The mirror image for a put."),
        ]
    }

    /// Quantities of one contract: id, unit, what it is.
    private static let quantities: [(id: String, unit: String, text: String)] = [
        ("premium", "price", "Middle of bid and ask"),
        ("bid", "price", "Price at which it can be sold now"),
        ("ask", "price", "Price at which it can be bought now"),
        ("strike", "price", "Strike price"),
        ("minutes_to_expiry", "minutes", "Minutes until 16:00 New York time of the day of expiry"),
        ("iv", "fraction a year", "Implied volatility of the middle price"),
        ("delta", "ratio", "Change of the premium per unit of the underlying; below 0 for a put"),
        ("gamma", "1 / price", "Change of delta per unit of the underlying"),
        ("theta", "price a year", "Change of the premium per year that passes"),
        ("vega", "price per 1.00", "Change of the premium per 1.00 of implied volatility"),
        ("iv_pct", "fraction", "Implied volatility over that of five minutes ago, less 1"),
        ("mid_change", "log ratio", "ln(middle price / that of the minute before)"),
        ("mid_change_5", "log ratio", "ln(middle price / that of five minutes ago)"),
        ("premium_stability", "0 to 1", "1 / (1 + premium's noise over 10 minutes / the part that delta explains)"),
        ("spread_frac", "fraction", "(ask - bid) / middle price"),
        ("delta_rel_move", "ratio", "Move of the premium over five minutes / what delta says of the underlying's move, within 3; 1 moves as delta says"),
        ("theta_share", "fraction a minute", "What a minute's passing takes from the premium, as a share of it; below 0"),
    ]

    static let contract: [NameInfo] =
        quantities.map { path($0.id, $0.unit, "\($0.text), of the contract in hand; while flat, of the call that would be bought.") }
        + quantities.map { known("call_\($0.id)", $0.unit, "\($0.text), of the call that BUY_CALL would buy at this minute.") }
        + quantities.map { known("put_\($0.id)", $0.unit, "\($0.text), of the put that BUY_PUT would buy at this minute.") }

    static let own: [NameInfo] = [
        known("action", "", "The action chosen at this minute: \(EnvironmentKind.options.actionNames.joined(separator: ", ")).", type: .action, action: true),
        known("direction", "sign", "+1 for BUY_CALL, -1 for BUY_PUT, 0 otherwise.", action: true),
        path("position", "sign", "Before the action: +1 a call in hand, -1 a put, 0 flat."),
        path("flat", "", "True when nothing is in hand.", type: .boolean),
        path("contracts", "contracts", "Contracts in hand before the action; 0 while flat."),
        path("changed", "", "True when the action, as far as it is allowed, buys or sells.", type: .boolean, action: true),
        path("can_buy", "", "True when BUY_CALL and BUY_PUT are allowed.", type: .boolean),
        path("can_trim", "", "True when TRIM is allowed.", type: .boolean),
        path("entry_premium", "price", "Price paid for one contract of the trade; 0 while flat."),
        path("premium_change", "fraction", "Middle price over the price paid, less 1; 0 while flat."),
        path("unrealized", "fraction", "Bid over the price paid, less 1: what selling now would bring before fees; 0 while flat."),
        path("peak_premium", "price", "Highest middle price since the entry; 0 while flat."),
        path("peak_change", "fraction", "Highest middle price since the entry over the price paid, less 1; 0 while flat."),
        path("off_peak", "fraction", "How far the middle price stands below its highest since the entry, positive; 0 while flat."),
        path("stop_dist", "fraction", "(middle price - price of the seatbelt stop) / middle price; 0 while flat."),
        path("minutes_in_trade", "minutes", "Minutes since the trade was entered; 0 while flat."),
        path("minutes_flat", "minutes", "Minutes since the agent went flat or the episode began; 0 in a trade."),
        path("sold_fraction", "fraction", "Share of the contracts bought that were sold before this action; 0 while flat."),
        path("tiers_paid", "count", "How many of the profit tiers 30%, 50%, 70% earlier sales of this trade reached; 0 while flat."),
        path("best_sale", "fraction", "Highest profit at which contracts of this trade were sold so far; 0 where none were."),
        path("trades", "count", "Trades completed so far in the episode."),
        path("drawdown", "fraction", "How far the episode's equity, in entry premiums, stands below its highest value so far, positive."),
    ]

    static let outcomes: [NameInfo] = [
        outcome("next_premium_return", "fraction", "Middle price after the step over that before it, less 1, of the contract in hand after the fill; 0 when flat then."),
        outcome("net_profit", "fraction of the premium paid", "Profit of the step after fees and spread, marked at the middle price: adds up to the trade's net profit over what was paid for it."),
        outcome("cost", "fraction of the premium paid", "Fees and half-spreads of this step's fills."),
        outcome("fees", "fraction of the premium paid", "Fees of this step's fills alone."),
        outcome("sold", "fraction", "Share of the trade's contracts sold in this step, by TRIM, EXIT or force."),
        outcome("sale_return", "fraction", "Price of the sale over the price paid, less 1; 0 where nothing was sold."),
        outcome("realized", "fraction of the premium paid", "Net profit realised by this step's sales: their share of it, fees of buying and selling taken off."),
        outcome("trade_return", "fraction of the premium paid", "Net profit of the whole trade, in the step that ends it; otherwise 0."),
        outcome("executed_action", "", "What was really done: the chosen action, HOLD where it was not allowed or not filled, EXIT where force closed the trade.", type: .action),
        outcome("bought", "", "True when contracts were bought in this step.", type: .boolean),
        outcome("closed", "", "True when the trade ended in this step.", type: .boolean),
        outcome("forced_exit", "", "True when the trade was closed by force in this step.", type: .boolean),
        outcome("stopped_out", "", "True when the seatbelt stop closed the trade in this step.", type: .boolean),
        outcome("day_closed", "", "True when the close of the day, or of the episode, closed the trade in this step.", type: .boolean),
    ]
}
