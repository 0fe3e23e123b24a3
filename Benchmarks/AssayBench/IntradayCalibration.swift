import Foundation
import Intraday
import MarketData
import TradingTypes

/// What the calibration of the synthetic intraday market compares, of one symbol's regular minutes: distribution and memory of returns, shape of
/// the day, nights, volume.
struct IntradayNumbers: Sendable {
    /// Name and half width of what is allowed, as a share of the real value (`relative`) or in its own units.
    static let lines: [(name: String, allowed: Double, isRelative: Bool)] = [
        ("sd of a minute, bp", 0.25, true), ("kurtosis", 0.5, true), ("kurtosis, day and hour divided out", 0.3, true), ("acf |r| 1", 0.06, false),
        ("acf |r| 5", 0.06, false), ("acf |r| 30", 0.06, false), ("acf |r| 390", 0.07, false), ("acf r 1", 0.05, false), ("volatility first 5 min / mean", 0.25, true),
        ("volatility 10:30-12:30", 0.15, true), ("volatility 13:30-15:00", 0.15, true), ("volatility last 5 min", 0.4, true), ("sd of ln day volatility", 0.35, true),
        ("gap sd, %", 0.35, true), ("open to close sd, %", 0.3, true), ("volume first 5 min / mean", 0.35, true), ("volume 12:00-13:30", 0.25, true),
        ("volume last 5 min", 0.35, true), ("range over sd", 0.2, true), ("corr ln volume, ln |r|", 0.12, false),
    ]

    var values: [Double] = []

    init(_ market: IntradayMarket, symbol: String) {
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
                let x = m == 0 ? log(market.close[t] / market.open[t]) : log(market.close[t] / market.close[t - 1])
                own.append(x)
                square[m] += x * x
                absolute[m] += abs(x)
                if v > 0 { volume[m] += market.volume[t] / v }
                ranges += log(market.high[t] / market.low[t])
                if x != 0, market.volume[t] > 0 {
                    lnVolume.append(log(market.volume[t]))
                    lnSize.append(log(abs(x)))
                }
            }
            r += own
            volumes.append(v)
            dayVolatility.append(0.5 * log(own.reduce(0) { $0 + $1 * $1 }))
            gaps.append(log(market.open[rows[0]] / day.previousClose))
            moves.append(log(market.close[rows[389]] / market.open[rows[0]]))
        }
        let n = Double(days.count)
        for (i, x) in r.enumerated() { adjusted.append(x / (absolute[i % 390] / n) / exp(dayVolatility[i / 390])) }
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
        market.days[market.symbols[symbol].days].filter { !$0.isWarmUp }.flatMap { day in day.regular.dropFirst().map { log(closes[$0] / closes[$0 - 1]) } }
    }
}

/// Correlations of minutes of the first symbol with companions, where both moved.
func minuteCorrelation(_ market: IntradayMarket, _ a: String, _ b: String) -> Double {
    guard let x = market.companions[a], let y = market.companions[b] else { return .nan }
    let pairs = zip(IntradayNumbers.returns(market, x), IntradayNumbers.returns(market, y)).filter { $0.isFinite && $1.isFinite }
    return correlation(pairs.map(\.0), pairs.map(\.1))
}

/// Volume of the pre-market over that of the regular session, and standard deviation of its minutes over the regular ones.
func preMarketNumbers(_ market: IntradayMarket) -> (volumeShare: Double, volatility: Double) {
    var shares: [Double] = [], outside = 0.0, outsideCount = 0.0, inside = 0.0, insideCount = 0.0
    for day in market.days[market.symbols[0].days] where !day.preMarket.isEmpty {
        shares.append(day.preMarket.reduce(0.0) { $0 + market.volume[$1] } / day.regular.reduce(0.0) { $0 + market.volume[$1] })
        for t in day.preMarket.dropFirst() where market.isRecorded[t] {
            let r = log(market.close[t] / market.close[t - 1])
            outside += r * r
            outsideCount += 1
        }
        for t in day.regular.dropFirst() {
            let r = log(market.close[t] / market.close[t - 1])
            inside += r * r
            insideCount += 1
        }
    }
    return (shares.reduce(0, +) / Double(max(1, shares.count)), (outside / outsideCount / (inside / insideCount)).squareRoot())
}

/// Table of the calibration: real files where they are, synthetic markets over a range of seeds.
func printIntradayCalibration(seeds: ClosedRange<UInt64>, days: Int) throws {
    let folder = "/work/shared/data/intraday/"
    func file(_ entries: [(String, String)]) throws -> IntradayMarket {
        try IntradaySource.parse(entries.map { "\($0): \(folder)\($1)" }.joined(separator: ", ")).load().market
    }
    let first = try file([("SPY", "1m/spy_1m_2024-03_2024-12.csv.gz")])
    let second = try file([("SPY", "1m/spy_1m_2025-09_2026-03.csv.gz"), ("QQQ", "1m/qqq_1m_2025-09_2026-03.csv.gz"), ("NVDA", "1m/nvda_1m_2025-09_2026-03.csv.gz")])
    let caps = ["AAPL", "AMZN", "GOOG", "META", "MSFT", "NVDA", "TSLA"]
    let week = try file((["SPY", "QQQ"] + caps).map { ($0, "week_2026-03/\($0.lowercased())_1m_2026-03.csv.gz") })
    let extended = try file([("SPY", "1m_extended/spy_1m_ext_2025-07.csv.gz")])
    let markets = try seeds.map { try IntradaySource.parse("synthetic:intraday,seed=\($0),days=\(days)").load().market }
    let real = [IntradayNumbers(first, symbol: "SPY").values, IntradayNumbers(second, symbol: "SPY").values, IntradayNumbers(second, symbol: "QQQ").values]
    let made = ["SPY", "QQQ"].map { name in markets.map { IntradayNumbers($0, symbol: name).values } }
    func text(_ x: Double) -> String { String(format: abs(x) < 10 ? "%.3f" : "%.1f", x) }
    func span(_ column: [Double]) -> [String] { [text(column.reduce(0, +) / Double(column.count)), text(column.min() ?? .nan), text(column.max() ?? .nan)] }
    print("seeds \(seeds.lowerBound) to \(seeds.upperBound), \(days) days each\n")
    print("| SPY | real 2024 | real 2025-26 | allowed around their mean | mean | lowest | highest | inside | QQQ real | QQQ mean |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (k, line) in IntradayNumbers.lines.enumerated() {
        let middle = (real[0][k] + real[1][k]) / 2, width = line.isRelative ? line.allowed * abs(middle) : line.allowed
        let column = made[0].map { $0[k] }
        let cells = [line.name, text(real[0][k]), text(real[1][k]), "+-" + text(width)] + span(column) + ["\(column.count { abs($0 - middle) <= width }) of \(column.count)", text(real[2][k])]
        print("| " + (cells + [text(made[1].map { $0[k] }.reduce(0, +) / Double(markets.count))]).joined(separator: " | ") + " |")
    }
    print("\n| | real | mean | lowest | highest |\n| --- | --- | --- | --- | --- |")
    func line(_ name: String, _ real: Double, _ of: (IntradayMarket) -> Double) { print("| \(name) | \(text(real)) | " + span(markets.map(of)).joined(separator: " | ") + " |") }
    line("corr SPY QQQ", minuteCorrelation(second, "SPY", "QQQ")) { minuteCorrelation($0, "SPY", "QQQ") }
    for name in caps { line("corr SPY \(name) (real: one week)", minuteCorrelation(week, "SPY", name)) { minuteCorrelation($0, "SPY", name) } }
    func capsCorrelation(_ market: IntradayMarket) -> Double {
        let pairs = market.days[market.symbols[0].days].flatMap { day in day.regular.dropFirst().map { (log(market.close[$0] / market.close[$0 - 1]), market.largeCapReturn[$0]) } }.filter { $0.1.isFinite }
        return correlation(pairs.map(\.0), pairs.map(\.1))
    }
    line("corr SPY, large caps together (real: one week)", capsCorrelation(week), capsCorrelation)
    line("pre-market volume share (real: 2025-07)", preMarketNumbers(extended).volumeShare) { preMarketNumbers($0).volumeShare }
    line("pre-market over regular minute sd (real: 2025-07, bad ticks out)", preMarketNumbers(extended).volatility) { preMarketNumbers($0).volatility }
    for g in 0..<4 {
        func share(_ m: IntradayMarket) -> Double {
            let rows = m.days[m.symbols[0].days].filter { !$0.isWarmUp }.flatMap { Array($0.regular) }
            return 100 * Double(rows.count { m.regime[$0] == UInt8(g) }) / Double(rows.count)
        }
        line("share \(Regime.names[g]), % (real: SPY 2025-26)", share(second), share)
    }
}

private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
private func deviation(_ x: [Double]) -> Double {
    let m = mean(x)
    return (x.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(x.count)).squareRoot()
}
private func kurtosis(_ x: [Double]) -> Double {
    let m = mean(x), s = deviation(x)
    return x.reduce(0) { $0 + pow(($1 - m) / s, 4) } / Double(x.count)
}
private func memory(_ x: [Double], _ lag: Int) -> Double {
    let m = mean(x)
    return zip(x.dropFirst(lag), x).reduce(0) { $0 + ($1.0 - m) * ($1.1 - m) } / x.reduce(0) { $0 + ($1 - m) * ($1 - m) }
}
