/// One of the ten series of the synthetic intraday market.
package struct SyntheticSymbol: Sendable, Equatable {
    package let name: String
    /// First price.
    package let price: Double
    /// Standard deviation of the one-minute return over that of the index.
    package let volatility: Double
    /// Share of its standardised return that is the index's, and the technology factor's; the rest is its own. Squares sum to 1 at most.
    package let onMarket: Double, onTechnology: Double
    /// Mean shares a regular minute; 0 for an index.
    package let volume: Double

    package init(_ name: String, price: Double, volatility: Double, onMarket: Double, onTechnology: Double, volume: Double) {
        self.name = name
        self.price = price
        self.volatility = volatility
        self.onMarket = onMarket
        self.onTechnology = onTechnology
        self.volume = volume
    }
}

/// Every number of the synthetic intraday market, in one place. Calibrated against one-minute bars of SPY and QQQ from 2024 to 2026 (see
/// docs/intraday-market.md, which says how); times in minutes unless said otherwise, deviations in units of log volatility.
package struct SyntheticIntradayParameters: Sendable, Equatable {
    // Volatility of the index: a minute's deviation = scale * curve(minute) * exp(x), x = level of the day's regime + slow (days) + hour + minute parts.
    package var scale = 2.62e-4
    /// Levels of LOW_VOL, TRENDING, HIGH_VOL, CRISIS; days that each lasts on average; probabilities of the next one.
    package var regimeLevel = [-0.38, -0.06, 0.30, 0.80]
    package var regimeDays = [9.0, 6.0, 5.0, 4.0]
    package var regimeNext = [[0, 0.6, 0.35, 0.05], [0.5, 0, 0.4, 0.1], [0.4, 0.35, 0, 0.25], [0.15, 0.15, 0.7, 0]]
    /// Autocorrelation from one day to the next and deviation of the slow part.
    package var slowKeep = 0.60, slowDeviation = 0.17
    package var hourTime = 75.0, hourDeviation = 0.22
    package var minuteTime = 6.0, minuteDeviation = 0.22
    package var ceiling = 1.7

    /// Deviation over the day: minutes since the open and factor; straight lines between. The last 30 minutes count back from the close.
    package var curve: [(minute: Double, factor: Double)] = [
        (0, 2.10), (1, 1.75), (3, 1.55), (10, 1.38), (22, 1.32), (45, 1.28), (90, 1.05), (180, 0.91), (270, 0.86), (330, 0.86), (360, 0.87),
    ]
    package var closing: [(left: Double, factor: Double)] = [(30, 0.87), (20, 0.95), (10, 1.08), (2, 1.02), (1, 1.65), (0, 2.0)]
    /// Volume over the day likewise, in units of the mean minute.
    package var volumeCurve: [(minute: Double, factor: Double)] = [
        (0, 4.6), (1, 2.2), (3, 1.85), (10, 1.5), (22, 1.3), (45, 1.1), (90, 0.88), (180, 0.67), (270, 0.69), (330, 0.85), (360, 1.05),
    ]
    package var volumeClosing: [(left: Double, factor: Double)] = [(30, 1.05), (20, 1.5), (12, 2.2), (6, 3.3), (2, 5.2), (1, 12), (0, 19)]

    // The night: one jump from 16:00 to 04:00, then the pre-market's own minutes. Both in units of the day's deviation (390 minutes at curve 1).
    package var nightDeviation = 0.70
    package var nightWideShare = 0.12, nightWideFactor = 2.0
    /// Deviation of a pre-market minute over a regular one, by half hour from 04:00.
    package var preMarketVolatility = [0.62, 0.53, 0.48, 0.46, 0.48, 0.50, 0.54, 0.54, 0.62, 0.66, 0.66]
    /// Share of the regular session's volume in each half hour of the pre-market.
    package var preMarketVolume = [0.0006, 0.0004, 0.0003, 0.0003, 0.0003, 0.0006, 0.0014, 0.0016, 0.0038, 0.0051, 0.0062]

    // Shape of a return: a normal clipped at 4, mixed over two widths that all symbols share.
    package var wideShare = 0.04, wideFactor = 1.8
    package var bridgeFactor = 0.95

    // Volume: day level, minute noise, response to volatility and to the size of the return.
    package var volumeDayDeviation = 0.22, volumeDayKeep = 0.6
    package var volumeNoiseTime = 4.0, volumeNoiseDeviation = 0.36
    package var volumeOnVolatility = 0.45, volumeOnSize = 0.17

    // Volatility index, 30 days ahead and over all hours: level, response to the slow volatility, to the index's own return (leverage), noise.
    package var indexLevel = 2.90, indexOnVolatility = 0.55, indexOnReturn = -8.0, indexKeep = 0.85, indexNoise = 0.015
    // Same-day implied volatility over what the model itself expects of the rest of the day: premium, response to the day's return, noise.
    package var impliedPremium = 0.07, impliedOnReturn = -4.0, impliedNoiseTime = 45.0, impliedNoise = 0.04

    // Planted days: gap, pullback as a share of the gap, minutes of each part, size of what follows in units of the day's deviation.
    package var setupGap = 0.0045...0.0085, setupPullback = 0.30...0.45, setupTrend = 0.9...1.6

    package var symbols: [SyntheticSymbol] = [
        SyntheticSymbol("SPX", price: 4_770, volatility: 1, onMarket: 1, onTechnology: 0, volume: 0),
        SyntheticSymbol("SPY", price: 475, volatility: 1, onMarket: 0.998, onTechnology: 0, volume: 150_000),
        SyntheticSymbol("QQQ", price: 408, volatility: 1.34, onMarket: 0.925, onTechnology: 0.31, volume: 105_000),
        SyntheticSymbol("AAPL", price: 186, volatility: 1.75, onMarket: 0.61, onTechnology: 0.14, volume: 130_000),
        SyntheticSymbol("AMZN", price: 150, volatility: 2.0, onMarket: 0.68, onTechnology: 0.22, volume: 110_000),
        SyntheticSymbol("GOOG", price: 140, volatility: 2.05, onMarket: 0.58, onTechnology: 0.22, volume: 55_000),
        SyntheticSymbol("META", price: 347, volatility: 2.1, onMarket: 0.59, onTechnology: 0.24, volume: 38_000),
        SyntheticSymbol("MSFT", price: 371, volatility: 1.6, onMarket: 0.62, onTechnology: 0.23, volume: 55_000),
        SyntheticSymbol("NVDA", price: 482, volatility: 2.6, onMarket: 0.71, onTechnology: 0.30, volume: 420_000),
        SyntheticSymbol("TSLA", price: 248, volatility: 3.0, onMarket: 0.71, onTechnology: 0.20, volume: 250_000),
    ]

    /// k(e) at e = -0.5, -0.4, ..., 0.5: the divisor of log(c_t / c_{t-6}) / (sd24 sqrt 6) that brings the signal to unit variance.
    package var signalDeviation = [0.6027, 0.6643, 0.7350, 0.8161, 0.9094, 1.0172, 1.1429, 1.2908, 1.4658, 1.6737, 1.9261]

    package func signalDeviation(edge: Double) -> Double {
        let x = (min(max(edge, -0.5), 0.5) + 0.5) * 10
        let i = min(Int(x), 9)
        return signalDeviation[i] + (x - Double(i)) * (signalDeviation[i + 1] - signalDeviation[i])
    }

    /// Factor of the deviation in every minute of a session of `minutes`.
    package func volatilityCurve(minutes: Int) -> [Double] {
        sessionCurve(curve.map { ($0.minute, $0.factor) }, closing.map { ($0.left, $0.factor) }, minutes)
    }

    package func volumeCurve(minutes: Int) -> [Double] {
        sessionCurve(volumeCurve.map { ($0.minute, $0.factor) }, volumeClosing.map { ($0.left, $0.factor) }, minutes)
    }

    package static func == (a: Self, b: Self) -> Bool { String(describing: a) == String(describing: b) }
    package init() {}
}

/// Knots from the open, and for the last half hour from the close, joined by straight lines, one value a minute.
private func sessionCurve(_ opening: [(Double, Double)], _ closing: [(Double, Double)], _ minutes: Int) -> [Double] {
    let fromClose = closing.reversed().map { ($0.0, $0.1) }
    return (0..<minutes).map { m in
        let left = Double(minutes - 1 - m)
        return left < 30 ? interpolated(left, fromClose) : interpolated(Double(m), opening)
    }
}

/// On the straight lines through `knots` (first entries rising), the end values outside.
private func interpolated(_ x: Double, _ knots: [(Double, Double)]) -> Double {
    guard let after = knots.firstIndex(where: { $0.0 >= x }) else { return knots[knots.count - 1].1 }
    guard after > 0 else { return knots[0].1 }
    let (a, b) = (knots[after - 1], knots[after])
    return a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0)
}
