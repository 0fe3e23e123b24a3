internal import RealModule

/// What the calibration of the synthetic intraday market compares, of one symbol's regular minutes: distribution and memory of returns, shape of
/// the day, nights, volume.
package struct IntradayNumbers: Sendable {
    /// Name and half width of what is allowed, as a share of the real value (`relative`) or in its own units.
    package static let lines: [(name: String, allowed: Double, isRelative: Bool)] = [
        ("sd of a minute, bp", 0.25, true), ("kurtosis", 0.5, true), ("kurtosis, day and hour divided out", 0.3, true), ("acf abs(r) 1", 0.06, false),
        ("acf abs(r) 5", 0.06, false), ("acf abs(r) 30", 0.06, false), ("acf abs(r) 390", 0.07, false), ("acf r 1", 0.05, false), ("volatility first 5 min / mean", 0.25, true),
        ("volatility 10:30-12:30", 0.15, true), ("volatility 13:30-15:00", 0.15, true), ("volatility last 5 min", 0.4, true), ("sd of ln day volatility", 0.35, true),
        ("gap sd, %", 0.35, true), ("open to close sd, %", 0.3, true), ("volume first 5 min / mean", 0.35, true), ("volume 12:00-13:30", 0.25, true),
        ("volume last 5 min", 0.35, true), ("range over sd", 0.2, true), ("corr ln volume, ln abs(r)", 0.12, false),
    ]

    package private(set) var values: [Double] = []

    package init(_ market: IntradayMarket, symbol: String) {
        guard let s = market.symbols.first(where: { $0.name == symbol }) else { return }
        let days = market.days[s.days].filter { !$0.isWarmUp && !$0.isHalfDay }
        var r: [Double] = [], size: [Double] = [], adjusted: [Double] = [], volumes: [Double] = [], dayVolatility: [Double] = [], gaps: [Double] = [], moves: [Double] = []
        var ranges = 0.0, lnVolume: [Double] = [], lnSize: [Double] = []
        var square = [Double](repeating: 0, count: 390), absolute = square, volume = square
        for day in days {
            let rows = Array(day.regular)
            let v = rows.reduce(0.0) { $0 + market.volume[$1] } / 390
            var own: [Double] = []
            for (m, t) in rows.enumerated() {
                let x = m == 0 ? Double.log(market.close[t] / market.open[t]) : Double.log(market.close[t] / market.close[t - 1])
                own.append(x)
                square[m] += x * x
                absolute[m] += abs(x)
                if v > 0 { volume[m] += market.volume[t] / v }
                ranges += Double.log(market.high[t] / market.low[t])
                if x != 0, market.volume[t] > 0 {
                    lnVolume.append(Double.log(market.volume[t]))
                    lnSize.append(Double.log(abs(x)))
                }
            }
            r += own
            volumes.append(v)
            dayVolatility.append(0.5 * Double.log(own.reduce(0) { $0 + $1 * $1 }))
            gaps.append(Double.log(market.open[rows[0]] / day.previousClose))
            moves.append(Double.log(market.close[rows[389]] / market.open[rows[0]]))
        }
        let n = Double(days.count)
        for (i, x) in r.enumerated() { adjusted.append(x / (absolute[i % 390] / n) / Double.exp(dayVolatility[i / 390])) }
        size = r.map(abs)
        let overall = (square.reduce(0, +) / n / 390).squareRoot()
        func volatility(_ range: Range<Int>) -> Double { (square[range].reduce(0, +) / n / Double(range.count)).squareRoot() / overall }
        func volumeShare(_ range: Range<Int>) -> Double { volume[range].reduce(0, +) / n / Double(range.count) }
        values = [
            1e4 * deviation(r), kurtosis(r), kurtosis(adjusted), memory(size, 1), memory(size, 5), memory(size, 30), memory(size, 390), memory(r, 1),
            volatility(0..<5), volatility(60..<180), volatility(240..<330), volatility(385..<390), deviation(dayVolatility), 100 * deviation(gaps), 100 * deviation(moves),
            volumeShare(0..<5), volumeShare(150..<240), volumeShare(385..<390), ranges / Double(r.count) / overall, correlation(lnVolume, lnSize),
        ]
    }

    static func returns(_ market: IntradayMarket, _ closes: [Double], symbol: Int = 0) -> [Double] {
        market.days[market.symbols[symbol].days].filter { !$0.isWarmUp }.flatMap { day in day.regular.dropFirst().map { Double.log(closes[$0] / closes[$0 - 1]) } }
    }
}

/// Correlations of minutes of the first symbol with companions, where both moved.
package func minuteCorrelation(_ market: IntradayMarket, _ a: String, _ b: String) -> Double {
    guard let x = market.companions[a], let y = market.companions[b] else { return .nan }
    let pairs = zip(IntradayNumbers.returns(market, x), IntradayNumbers.returns(market, y)).filter { $0.isFinite && $1.isFinite }
    return correlation(pairs.map(\.0), pairs.map(\.1))
}

/// Volume of the pre-market over that of the regular session, and standard deviation of its minutes over the regular ones.
package func preMarketNumbers(_ market: IntradayMarket) -> (volumeShare: Double, volatility: Double) {
    var shares: [Double] = [], outside = 0.0, outsideCount = 0.0, inside = 0.0, insideCount = 0.0
    for day in market.days[market.symbols[0].days] where !day.preMarket.isEmpty {
        shares.append(day.preMarket.reduce(0.0) { $0 + market.volume[$1] } / day.regular.reduce(0.0) { $0 + market.volume[$1] })
        for t in day.preMarket.dropFirst() where market.isRecorded[t] {
            let r = Double.log(market.close[t] / market.close[t - 1])
            outside += r * r
            outsideCount += 1
        }
        for t in day.regular.dropFirst() {
            let r = Double.log(market.close[t] / market.close[t - 1])
            inside += r * r
            insideCount += 1
        }
    }
    return (shares.reduce(0, +) / Double(max(1, shares.count)), (outside / outsideCount / (inside / insideCount)).squareRoot())
}

/// Correlation of minutes of the first symbol with the equal-weighted large caps.
package func largeCapCorrelation(_ market: IntradayMarket) -> Double {
    let pairs = market.days[market.symbols[0].days].flatMap { day in day.regular.dropFirst().map { (Double.log(market.close[$0] / market.close[$0 - 1]), market.largeCapReturn[$0]) } }
        .filter { $0.1.isFinite }
    return correlation(pairs.map(\.0), pairs.map(\.1))
}

/// Shares of the regimes over the regular minutes of the first symbol's trading days, in the order of `Regime`.
package func regimeShares(_ market: IntradayMarket, symbol: Int = 0) -> [Double] {
    var counts = [Double](repeating: 0, count: 4), total = 0.0
    for day in market.days[market.symbols[symbol].days] where !day.isWarmUp {
        for row in day.regular {
            counts[Int(market.regime[row])] += 1
            total += 1
        }
    }
    return counts.map { $0 / max(1, total) }
}

private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
private func deviation(_ x: [Double]) -> Double {
    let m = mean(x)
    return (x.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(x.count)).squareRoot()
}
private func kurtosis(_ x: [Double]) -> Double {
    let m = mean(x), s = deviation(x)
    return x.reduce(0) { $0 + (($1 - m) / s) * (($1 - m) / s) * (($1 - m) / s) * (($1 - m) / s) } / Double(x.count)
}
private func memory(_ x: [Double], _ lag: Int) -> Double {
    let m = mean(x)
    return zip(x.dropFirst(lag), x).reduce(0) { $0 + ($1.0 - m) * ($1.1 - m) } / x.reduce(0) { $0 + ($1 - m) * ($1 - m) }
}

/// Pearson correlation.
package func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let mx = mean(x), my = mean(y)
    var xy = 0.0, xx = 0.0, yy = 0.0
    for (a, b) in zip(x, y) {
        xy += (a - mx) * (b - my)
        xx += (a - mx) * (a - mx)
        yy += (b - my) * (b - my)
    }
    return xy / (xx * yy).squareRoot()
}
