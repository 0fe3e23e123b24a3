/// A closed interval `[low, high]`, written to JSON as a list of two.
public struct Interval: Sendable, Equatable, Codable {
    public var low: Double
    public var high: Double

    public init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        low = try list.decode(Double.self)
        high = try list.decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(low)
        try list.encode(high)
    }

    public func contains(_ x: Double) -> Bool { low <= x && x <= high }
}

/// A number with its 95% interval, or the reason why there is none.
public struct Estimate: Sendable, Equatable {
    public var value: Double?
    public var interval95: Interval?
    /// Why `value` (or the interval) is missing; empty otherwise.
    public var reason: String

    public init(_ value: Double?, _ interval95: Interval? = nil, reason: String = "") {
        self.value = value
        self.interval95 = interval95
        self.reason = reason
    }
}

/// What one action is paid per bar in one regime, on average over the regime's bars.
public struct ActionValue: Sendable {
    public var action: String
    /// Mean total reward a bar (reward units); the sum of the four parts below.
    public var expected: Double
    public var interval95: Interval
    public var guaranteed: Double
    public var path: Double
    public var uncertain: Double
    public var shaping: Double
    /// Weighted mean contribution of every term, in the order of the reward file. Shadow terms (weight 0) are absent.
    public var terms: [(id: String, value: Double)]
}

/// A paired difference between two actions on the same bars.
public struct Contrast: Sendable {
    /// `LONG-HOLD`, `SHORT-HOLD`, `TRADE-HOLD` (the last at zero edge, on the better side).
    public var name: String
    public var estimate: Double
    public var interval95: Interval
    /// Band that holds for all regimes and contrasts of the reward at once (max-|t| over the same draws).
    public var simultaneous95: Interval
    /// Share of bootstrap replicates whose sign is opposite to the estimate's.
    public var probabilityWrongSign: Double
}

/// Everything the analysis says about one regime.
public struct RegimeValue: Sendable {
    public var regime: String
    public var bars: Int
    /// Share of the split's bars.
    public var share: Double
    /// Number of uninterrupted runs of the regime; few runs make intervals rough.
    public var runs: Int
    /// In the environment's action order.
    public var actions: [ActionValue]
    public var contrasts: [Contrast]

    /// P: guaranteed (and path) pay of HOLD minus that of the better trade.
    public var guaranteePremium: Double
    /// V(p) = `uncertainAtHalf + uncertainSlope * (p - 1/2)`: uncertain pay of trading at hit rate p, minus that of HOLD.
    public var uncertainAtHalf: Double
    public var uncertainSlope: Double
    /// Hit rate at which V(p) = P. May lie outside [0, 1].
    public var breakEvenHitRate: Estimate
    /// Out-of-fold hit rate of the model fitted on the features; its interval allows for the fitting (`EdgeJackknife`).
    public var observedHitRate: Estimate
    /// `HOLD`, `TRADE` or `TIE`: the better of the two when every future and its mirror image weigh the same.
    public var zeroEdgeGreedy: String
    /// TRADE minus HOLD at zero edge.
    public var zeroEdgeGap: Estimate
    /// Share of bars on which each action is best under the out-of-fold prediction; action order.
    public var learnableGreedy: [(action: String, share: Double)]
    /// The same for someone who knows the next bar.
    public var clairvoyantGreedy: [(action: String, share: Double)]
    /// Bars of this regime that a two-sigma decision on the zero-edge gap needs, autocorrelation included.
    public var barsToDecide: Estimate
    /// The same for independent bars: (2 sd / gap)^2.
    public var barsToDecideIndependent: Double?
    /// Mean reward a bar of someone who always trades and flips a coin for the side.
    public var coinFlip: Double
    /// One sentence with the numbers that make it and the assumption it rests on.
    public var sentence: String
    /// Options only: share of minutes on which each action is best at zero edge, by what is known at the decision.
    public var zeroEdgeShares: [(action: String, share: Double)] = []
    /// Options only: HOLD, TRIM, EXIT in the trades of the reference path, over so many of its minutes.
    public var inTrade: [ActionValue] = []
    public var inTradeContrasts: [Contrast] = []
    public var inTradeBars = 0
}

/// How one term was classified, and how that was proved.
public struct TermReport: Sendable {
    public var id: String
    public var weight: Double
    public var accrual: String
    /// The kinds of pay its parts are, e.g. `[guaranteed, uncertain]` for a mixed sum.
    public var provenance: [String]
    public var formula: String
    /// Result of re-scoring on resampled futures: "unchanged" for parts that ignore the future, "moved" for uncertain ones.
    public var resampling: String
    /// Share of (bar, action) pairs on which the term is not zero.
    public var activity: Double
}

/// What the analysis says about one reward.
public struct RewardValue: Sendable {
    public var name: String
    public var file: String
    public var about: String
    /// SHA-256 of the reward file.
    public var hash: String
    public var terms: [TermReport]
    public var regimes: [RegimeValue]
    /// Mean over all bars of `coinFlip`.
    public var coinFlipPerBar: Double
    public var coinFlipInterval95: Interval
    /// `hold_collapse`, `always_trade`, `one_sided`, `mixed`, `undecided`, at zero edge.
    public var verdictClass: String
    public var learnableEdgeClass: String
    public var sentence: String
    public var notes: [String]
    /// Mean block length of the stationary bootstrap, bars.
    public var blockLength: Double
    /// What other weights would pay; nil where it was not asked for.
    package var weightPay: WeightPay? = nil
    /// The forecast mix under other weights; nil where none was fitted.
    package var mixEmulator: MixEmulator? = nil
}

/// How predictable the next return was from the features: the edge in units of the return's standard deviation.
public struct EdgeEstimate: Sendable {
    /// Correlation between the best linear predictor and the next return over its true scale (population), free of the bias of having been fitted and of the
    /// noise of the forecast scale, and its 95% interval.
    public var population: Estimate
    /// Correlation that cross-fitted predictions reached out of fold with the return over its forecast scale; the interval allows for the fitting.
    public var outOfFold: Estimate
    /// Per regime, in regime order.
    public var regimes: [(regime: String, population: Estimate)]
}

/// One row of the discount table.
public struct DiscountRow: Sendable {
    public var bars: Int
    /// Value now of 1 paid after `bars` bars.
    public var presentValue: Double
    /// Value now of 1 paid on every bar up to and including that one.
    public var annuity: Double
}

/// The whole result of `assay ev`, as tables, figures, JSON and the page read it.
public struct ExpectedValueReport: Sendable {
    public var rewards: [RewardValue]
    public var edge: EdgeEstimate?
    public var gamma: Double
    public var discount: [DiscountRow]
    /// Description of the bars: source, symbol, dates, counts; display order.
    public var data: [(label: String, value: String)]
    /// Every parameter that the numbers depend on, after defaults; display order.
    public var parameters: [(label: String, value: String)]
    public var actionNames: [String]
    public var regimeNames: [String]
    public var replicates: Int
    public var bars: Int
    /// For the regime strip: closes and labels of the analysed bars, thinned to at most a few thousand points.
    public var strip: [(time: Int64, close: Double, regime: UInt8)]
    /// The command line that reproduces the report.
    public var command: String
}
