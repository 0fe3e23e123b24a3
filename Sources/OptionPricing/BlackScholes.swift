internal import RealModule

/// The right that an option gives: to buy or to sell the underlying at the strike.
public enum OptionRight: UInt8, Sendable, CaseIterable {
    case call, put

    /// +1 for a call, -1 for a put.
    public var sign: Double { self == .call ? 1 : -1 }
}

/// Price and sensitivities of one option.
public struct OptionValue: Sendable, Equatable {
    /// In the underlying's currency, for one unit of it.
    public var price: Double
    /// Change of the price per unit of the underlying; in [-1, 1].
    public var delta: Double
    /// Change of delta per unit of the underlying.
    public var gamma: Double
    /// Change of the price per year that passes (per day: divide by 365).
    public var theta: Double
    /// Change of the price per 1.00 of volatility (per point: divide by 100).
    public var vega: Double

    public init(price: Double, delta: Double, gamma: Double, theta: Double, vega: Double) {
        self.price = price
        self.delta = delta
        self.gamma = gamma
        self.theta = theta
        self.vega = vega
    }
}

/// European options on an underlying with a continuous dividend yield (Black and Scholes 1973, Merton 1973).
///
/// Time is ACT/365 years; rates and volatility are per year. Nothing is rounded: below one minute, `OptionTime` has floored the time already.
public enum BlackScholes {
    /// Prices without the sensitivities; spot, strike > 0, years > 0, volatility >= 0.
    ///
    /// `price = w (S e^(-qT) N(w d1) - K e^(-rT) N(w d2))`, w = +1 for calls, -1 for puts,
    /// `d1 = ln(F/K) / (s sqrt T) + s sqrt T / 2`, `d2 = d1 - s sqrt T`. With volatility 0: the discounted gain at the forward price.
    public static func price(_ right: OptionRight, spot: Double, strike: Double, years: Double, volatility: Double, rate: Double = 0, dividendYield: Double = 0) -> Double {
        let terms = Terms(spot, strike, years, volatility, rate, dividendYield), w = right.sign
        guard terms.deviation > 0 else { return max(0, w * (terms.presentSpot - terms.presentStrike)) }
        return max(0, w * (terms.presentSpot * normal(w * terms.d1) - terms.presentStrike * normal(w * terms.d2)))
    }

    /// Price, delta, gamma, theta and vega; spot, strike, years and volatility > 0.
    public static func value(_ right: OptionRight, spot: Double, strike: Double, years: Double, volatility: Double, rate: Double = 0, dividendYield: Double = 0) -> OptionValue {
        precondition(spot > 0 && strike > 0 && years > 0 && volatility > 0, "spot \(spot), strike \(strike), years \(years), volatility \(volatility) must be positive")
        let t = Terms(spot, strike, years, volatility, rate, dividendYield), w = right.sign
        let n1 = normal(w * t.d1), n2 = normal(w * t.d2), density = Double.exp(-0.5 * t.d1 * t.d1) * 0.398_942_280_401_432_7
        let root = years.squareRoot()
        return OptionValue(
            price: max(0, w * (t.presentSpot * n1 - t.presentStrike * n2)), delta: w * t.presentSpot / spot * n1,
            gamma: t.presentSpot / spot * density / (spot * t.deviation),
            theta: -t.presentSpot * density * volatility / (2 * root) + w * (dividendYield * t.presentSpot * n1 - rate * t.presentStrike * n2),
            vega: t.presentSpot * density * root)
    }

    /// The values that no price of a European option can leave without an arbitrage: [discounted gain at the forward, discounted spot or strike].
    public static func bounds(_ right: OptionRight, spot: Double, strike: Double, years: Double, rate: Double = 0, dividendYield: Double = 0) -> ClosedRange<Double> {
        let s = spot * Double.exp(-dividendYield * years), k = strike * Double.exp(-rate * years)
        return right == .call ? max(0, s - k)...s : max(0, k - s)...k
    }

    /// What price and sensitivities share.
    private struct Terms {
        let presentSpot, presentStrike, deviation, d1, d2: Double

        init(_ spot: Double, _ strike: Double, _ years: Double, _ volatility: Double, _ rate: Double, _ dividendYield: Double) {
            presentSpot = spot * (dividendYield == 0 ? 1 : Double.exp(-dividendYield * years))
            presentStrike = strike * (rate == 0 ? 1 : Double.exp(-rate * years))
            deviation = volatility * years.squareRoot()
            d1 = Double.log(presentSpot / presentStrike) / deviation + deviation / 2
            d2 = d1 - deviation
        }
    }

    /// Standard normal distribution function, full relative precision in the lower tail.
    private static func normal(_ x: Double) -> Double { 0.5 * Double.erfc(-x * 0.707_106_781_186_547_6) }
}

/// Time to expiry.
public enum OptionTime {
    /// Minutes of an ACT/365 year.
    public static let minutesPerYear = 525_600.0

    /// ACT/365 years of `minutes` to 16:00 New York time of the day of expiry; less than a minute counts as one.
    public static func years(minutes: Double) -> Double { max(1, minutes) / minutesPerYear }
}
