public import TradingTypes

/// What the policy sees, as far as names of the expression language go.
public struct ObservedNames: Sendable {
    /// Name of the observation, for messages ("the features btc-44 and the regime").
    public let title: String
    /// Columns of the observation.
    public let columns: Set<String>
    private let covers: [String: Set<String>]

    /// - Parameter columns: names of the observation's columns.
    public init(title: String, columns: some Sequence<String>, environment: EnvironmentKind) {
        self.title = title
        self.columns = Set(columns)
        covers = environment == .spot ? Self.spot : Self.options
    }

    /// Whether a decision-time name can be read off the observation: it is a column, or one of the columns that tell it is.
    public func tells(_ name: String) -> Bool {
        if Self.always.contains(name) || columns.contains(name) { return true }
        return covers[name].map { !columns.isDisjoint(with: $0) } ?? false
    }

    /// Whether it can be read off as it is.
    func shows(_ name: String) -> Bool {
        Self.always.contains(name) || columns.contains(name) || name == "regime" && tells("regime") || Self.same[name].map { columns.contains($0) } ?? false
    }

    /// The action is the policy's own; what follows from it and the position needs the position.
    private static let always: Set<String> = ["action", "direction"]

    /// Columns that are a name's number under another name, shifted, scaled or cut at most.
    private static let same: [String: String] = [
        "rsi_14": "rsi_scaled", "flat": "position", "can_trim": "may_trim", "can_buy": "may_buy_call", "bars_in_position": "minutes_in_trade", "bars_flat": "minutes_flat",
        "minutes_since_open": "minutes_to_close", "changed": "position",
    ]

    private static let spot: [String: Set<String>] = [
        "regime": ["regime_LOW_VOL", "regime"],
        "volatility_24h": ["volatility_z", "atr_14"],
        "trend": ["ema_20_50"],
        "hour": ["hour_sin", "hour_cos"],
        "changed": ["position"],
    ]

    private static let options: [String: Set<String>] = [
        "regime": ["regime_LOW_VOL", "regime"],
        "rsi_14": ["rsi_scaled"], "ema_diff_raw": ["ema_diff"], "minutes_since_open": ["minutes_to_close"], "vwap": ["vwap_dist"], "ema_9": ["ema_diff"], "ema_20": ["ema_diff"],
        "swing_high": ["breakout"], "swing_low": ["breakdown"], "pullback_put": ["pullback"], "prev_high": ["breakout"], "prev_low": ["breakdown"], "close": ["vwap_dist"],
        "high": ["wick_ratio"], "low": ["wick_ratio"], "open": ["body_ratio"], "atr_14": ["atr_scaled"],
        "flat": ["position"], "changed": ["position"], "can_buy": ["may_buy_call"], "can_trim": ["may_trim"], "sold_fraction": ["contracts"], "best_sale": ["tiers_paid"],
        "bars_in_position": ["minutes_in_trade"], "bars_flat": ["minutes_flat"], "entry_premium": ["premium_change"], "peak_premium": ["peak_change"],
    ]
}
