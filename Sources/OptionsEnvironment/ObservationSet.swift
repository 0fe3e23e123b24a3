/// Which columns the policy sees. State columns and the mask are always among them.
public struct ObservationSet: Sendable, Equatable {
    public let name: String
    /// Features of the underlying by name; those that the market lacks are left out.
    public let market: [String]
    /// Features of the contract in hand, while flat of the call that would be bought. The first `putCount` are shown of the put that would be bought too, 0 in a trade.
    public let contract: [ContractFeature]
    public let putCount: Int

    public init(name: String, market: [String], contract: [ContractFeature], putCount: Int) {
        precondition(putCount <= contract.count, "\(putCount) of \(contract.count) contract features for the put")
        self.name = name
        self.market = market
        self.contract = contract
        self.putCount = putCount
    }

    /// All of REWARD-ANALYSIS D1 that has no price level in it.
    public static let full = ObservationSet(
        name: "scalp-full",
        market: [
            "ema_diff", "vwap_dist", "rsi_scaled", "macd_hist", "trend_slope", "body_ratio", "wick_ratio", "upper_rej", "lower_rej", "pullback", "breakout",
            "breakdown", "consolidation", "cup_handle", "atr_scaled", "atr_slope", "vix_delta", "gap_pct", "pm_high_dist", "pm_low_dist", "mag7_corr",
            "spx_corr", "spx_beta", "setup_score", "setup_score_put", "minutes_to_close",
        ],
        contract: [
            .midChange, .midChange5, .spread, .relativeMove, .stability, .delta, .gamma, .theta, .vega, .volatilityChange, .thetaShare, .impliedVolatility,
        ], putCount: 5)

    /// What the audit's model saw: momentum, candles, volatility and greeks, without premium behaviour, context, or the setup score that its reward pays for.
    public static let audited = ObservationSet(
        name: "scalp-audited",
        market: [
            "ema_diff", "vwap_dist", "rsi_scaled", "macd_hist", "trend_slope", "body_ratio", "wick_ratio", "pullback", "breakout", "atr_scaled", "vix_delta",
        ],
        contract: [.delta, .gamma, .theta, .vega], putCount: 0)

    public static let all = [full, audited]
}

/// The part of the observation that is the agent's own, in the order of its columns.
public enum StateFeature: Int, Sendable, CaseIterable {
    case position, contracts, premiumChange, unrealized, peakChange, offPeak, stopDistance, minutesInTrade, minutesFlat, tiersPaid, mayBuyCall, mayBuyPut,
        mayTrim, mayExit

    public var name: String {
        [
            "position", "contracts", "premium_change", "unrealized", "peak_change", "off_peak", "stop_dist", "minutes_in_trade", "minutes_flat", "tiers_paid",
            "may_buy_call", "may_buy_put", "may_trim", "may_exit",
        ][rawValue]
    }

    /// What the value is divided by, so that it is of order 1: the lot, 15% of profit, half an hour, the number of tiers.
    public static let profitScale: Float = 0.15
    public static let minuteScale: Float = 30
    /// Scaled values are cut at plus and minus this.
    public static let limit: Float = 10
}
