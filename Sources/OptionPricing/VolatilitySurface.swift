internal import RealModule

/// How variance is spread over time: most of it while the exchange is open, more near the open and the close, a little on days off.
///
/// A whole trading day (the night before it and its session) counts 1.
public struct VarianceClock: Sendable, Equatable {
    /// Share of a trading day's variance that falls into its session; the rest is the night's.
    public var sessionShare: Double
    /// Variance of a day without trading (weekend, holiday), in trading days.
    public var dayOff: Double
    /// Depth of the U over the session: the weight of its minutes is `1 + depth ((2u - 1)^2 - 1/3)`, u in [0, 1]; 0 is flat, 1.5 the deepest that stays positive.
    public var depth: Double

    public init(sessionShare: Double = 0.6, dayOff: Double = 0.1, depth: Double = 0.9) {
        precondition((0.01...1).contains(sessionShare) && dayOff >= 0 && (0...1.49).contains(depth), "variance clock: session \(sessionShare), day off \(dayOff), depth \(depth)")
        self.sessionShare = sessionShare
        self.dayOff = dayOff
        self.depth = depth
    }

    /// Share of a session's variance that lies ahead when the share `u` of its minutes has passed; 1 at 0, 0 at 1.
    public func ahead(_ u: Double) -> Double {
        let v = 2 * u - 1
        return 1 - (u + depth * ((v * v * v + 1) / 6 - u / 3))
    }

    /// Trading days of variance until expiry: the rest of the session, then `sessions` whole trading days and `daysOff` days without trading.
    ///
    /// - Parameter floor: what is left in the last minute at least, as a share of the session.
    public func tradingDays(elapsed u: Double, sessions: Int, daysOff: Int) -> Double {
        sessionShare * max(ahead(min(1, max(0, u))), 1.0 / 390) + Double(sessions) + dayOff * Double(daysOff)
    }
}

/// Implied volatility of any strike and expiry from one level, to the minute.
///
/// **Level** L: annualised volatility over trading time (252 days), from the volatility index, `L = indexRatio VIX / 100`, or from realised volatility.
/// **Term structure**: total variance to expiry is `L^2 D / 252`, D the trading days of variance ahead by `VarianceClock`, so premiums decay fast in the session,
/// fastest near its ends, and little overnight. **Smile**: with `x = ln(K / F) / sqrt(total variance)` the volatility is multiplied by
/// `1 + skew(T) x + curvature x^2` (x cut at +-5, the factor at 0.4 and 3), `skew(T) = skew min(1, T / 25 days)^0.4`. Quoted volatilities are ACT/365, as for
/// `BlackScholes`: the conversion from trading time makes them rise in the last hours of an option, as real ones do.
///
/// Defaults are fitted by eye to chains of SPY and SPX of 2015, 2021, 2023 and 2026; `docs/options.md` says how well they fit.
public struct VolatilitySurface: Sendable, Equatable {
    public var clock: VarianceClock
    /// Level per unit of the volatility index: at-the-money volatility is lower than the index, which weighs the wings.
    public var indexRatio: Double
    /// Slope of the smile at expiries of 25 days and more, per standard deviation of moneyness.
    public var skew: Double
    /// Curvature of the smile, per squared standard deviation.
    public var curvature: Double

    public init(clock: VarianceClock = VarianceClock(), indexRatio: Double = 0.78, skew: Double = -0.32, curvature: Double = 0.03) {
        self.clock = clock
        self.indexRatio = indexRatio
        self.skew = skew
        self.curvature = curvature
    }

    /// ACT/365 volatility of a strike. `days`: trading days of variance ahead; `years`: ACT/365 time; `forward`: of the underlying at expiry.
    public func volatility(level: Double, days: Double, years: Double, strike: Double, forward: Double) -> Double {
        let total = level * (days / 252).squareRoot()
        let x = min(5, max(-5, Double.log(strike / forward) / total))
        let slope = skew * termFactor(years)
        let factor = min(3, max(0.4, 1 + slope * x + curvature * x * x))
        return total / years.squareRoot() * factor
    }

    /// `min(1, T / 25 days)^0.4`.
    func termFactor(_ years: Double) -> Double {
        let share = years * 365 / 25
        return share >= 1 ? 1 : Double.pow(share, 0.4)
    }
}

/// Bid and ask around a model price.
///
/// `spread = base S + proportional mid`, then the bid rounded down and the ask up to a tick, at least one tick apart; the bid never below 0.
public struct SpreadModel: Sendable, Equatable {
    /// Part that grows with the underlying's price, per unit of it.
    public var base: Double
    /// Part that grows with the premium.
    public var proportional: Double
    /// Smallest step of prices.
    public var tick: Double

    public init(base: Double = 2e-5, proportional: Double = 0.01, tick: Double = 0.01) {
        precondition(base >= 0 && proportional >= 0 && tick > 0, "spread: base \(base), proportional \(proportional), tick \(tick)")
        self.base = base
        self.proportional = proportional
        self.tick = tick
    }

    /// Quotes around `price`, on the grid of ticks.
    public func quote(price: Double, spot: Double) -> (bid: Double, ask: Double) {
        let half = (base * spot + proportional * price) / 2
        // A hair inside, so that a price on the grid stays there.
        let low = ((price - half) / tick + 1e-9).rounded(.down), high = ((price + half) / tick - 1e-9).rounded(.up)
        let bid = max(0, low)
        return (bid * tick, max(high, bid + 1) * tick)
    }
}
