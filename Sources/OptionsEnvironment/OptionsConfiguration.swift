public import OptionPricing

/// Which contract a BUY buys.
public enum StrikeRule: Sendable, Equatable {
    /// The listed strike whose delta's size is nearest to this, in (0, 1); 0.5 is at the money.
    case delta(Double)
    /// The listed strike nearest to the underlying's price times `1 + m` for calls, `1 - m` for puts: above 0 is out of the money.
    case moneyness(Double)
}

/// Where the level of implied volatility comes from.
public enum LevelSource: String, Sendable, CaseIterable {
    /// The first of: the market's own implied volatility, the volatility index, realised volatility.
    case automatic = "auto"
    /// The volatility index (VIX); rows before its first value fall back to realised volatility.
    case index = "vix"
    /// Realised volatility of the last five sessions' minutes, times 1.1.
    case realized
}

/// Settings of the options environment that its price tables depend on.
public struct OptionsConfiguration: Sendable, Equatable {
    /// Trading days from the trade to the contract's expiry; 0 expires the same day.
    public var daysToExpiry: Int
    public var strike: StrikeRule
    /// Distance of listed strikes; nil: 1 below a price of 1,000, 5 from there on.
    public var strikeStep: Double?
    public var level: LevelSource
    public var surface: VolatilitySurface
    public var spread: SpreadModel
    /// Continuous rates, per year.
    public var rate: Double
    public var dividendYield: Double
    /// Contracts bought at an entry, 1 or more.
    public var contracts: Int
    /// Share of the contracts in hand that TRIM sells, rounded to whole contracts, at least one and never the last.
    public var trimFraction: Double
    /// Loss of the middle price against the price paid at which the seatbelt stop sells everything, in (0, 1]; 1 switches it off.
    public var stop: Double
    /// Dollars a contract and fill.
    public var feePerContract: Double
    /// Minutes between the decision and its fill, 0 to 10; while an order waits, only HOLD is allowed.
    public var fillDelay: Int
    /// No BUY in this many last minutes of the session.
    public var noEntryMinutes: Int
    /// Profits, against the price paid, whose sales count as paid tiers; rising.
    public var tiers: [Double]

    /// Shares of the underlying that one contract stands for.
    public static let multiplier = 100.0

    public init(
        daysToExpiry: Int = 1, strike: StrikeRule = .delta(0.5), strikeStep: Double? = nil, level: LevelSource = .automatic,
        surface: VolatilitySurface = VolatilitySurface(), spread: SpreadModel = SpreadModel(), rate: Double = 0.04, dividendYield: Double = 0.013,
        contracts: Int = 6, trimFraction: Double = 1.0 / 3, stop: Double = 0.15, feePerContract: Double = 0.65, fillDelay: Int = 0, noEntryMinutes: Int = 0,
        tiers: [Double] = [0.3, 0.5, 0.7]
    ) {
        precondition(daysToExpiry >= 0 && contracts >= 1 && (0...10).contains(fillDelay) && noEntryMinutes >= 0, "options configuration: expiry \(daysToExpiry), contracts \(contracts), delay \(fillDelay)")
        precondition(trimFraction > 0 && trimFraction < 1 && stop > 0 && stop <= 1 && feePerContract >= 0 && tiers == tiers.sorted(), "options configuration: trim \(trimFraction), stop \(stop), fee \(feePerContract), tiers \(tiers)")
        self.daysToExpiry = daysToExpiry
        self.strike = strike
        self.strikeStep = strikeStep
        self.level = level
        self.surface = surface
        self.spread = spread
        self.rate = rate
        self.dividendYield = dividendYield
        self.contracts = contracts
        self.trimFraction = trimFraction
        self.stop = stop
        self.feePerContract = feePerContract
        self.fillDelay = fillDelay
        self.noEntryMinutes = noEntryMinutes
        self.tiers = tiers
    }

    /// Contracts that TRIM sells of `held` (2 or more).
    public func trimmed(of held: Int) -> Int { min(held - 1, max(1, Int((trimFraction * Double(held)).rounded()))) }
}
