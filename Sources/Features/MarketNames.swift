internal import NumericKernels
public import TradingTypes

/// Columns that reward expressions read beside the features, always of the recorded closes. Each as long as the bars, NaN until defined.
///
/// - `volatility_24h`: sample standard deviation of the last 24 simple returns c[t]/c[t-1] - 1, from row 24. Bars, not hours:
///   on hourly bars the two agree.
/// - `trend`: sign of EMA20 - EMA50, TA-Lib's seeding: -1, 0 or 1, from row 49.
public func computeMarketNames(_ bars: BarSeries) -> [String: [Double]] {
    let simple = mapLagged(bars.close, lag: 1, from: 1) { $0 / $1 - 1 }
    let means = exponentialMeans(bars.close, MeanSeed(20), MeanSeed(50), MeanSeed(50))
    return [
        "volatility_24h": RollingWindow.deviation(simple, window: 24, from: 1),
        "trend": mapRows(means.0, means.1, from: 49) { $0 > $1 ? 1 : ($0 < $1 ? -1 : 0) },
    ]
}
