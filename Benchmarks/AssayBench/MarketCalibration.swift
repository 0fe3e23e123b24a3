import Features
import Foundation
import MarketData
import Regimes
import TradingTypes

/// What the calibration of the synthetic hourly market compares: fifteen numbers of a series of hourly bars and of its regimes.
struct CalibrationNumbers: Sendable {
    static let names = [
        "sd, %", "kurtosis", "acf |r| 1", "acf |r| 24", "acf |r| 168", "share LOW_VOL", "share TRENDING", "share HIGH_VOL", "share CRISIS", "hours LOW_VOL",
        "hours TRENDING", "hours HIGH_VOL", "hours CRISIS", "Parkinson over sd", "corr ln volume, ln |r|",
    ]
    /// Binance BTC/USDT, 2020-01-01 to 2024-12-31, 43,816 bars (docs/synthetic-market.md).
    static let real = [0.7042, 55.9, 0.290, 0.169, 0.130, 44.4, 25.8, 18.2, 11.6, 33.1, 19.8, 17.1, 27.0, 1.08, 0.37]
    /// Largest distance allowed: 20% of sd and kurtosis, .05 of an autocorrelation, 2 points of a share, 25% of a duration; the last two are for
    /// information.
    static let allowed: [Double] = real.enumerated().map { i, x in
        switch i {
        case 0...1: 0.2 * x
        case 2...4: 0.05
        case 5...8: 2
        case 9...12: 0.25 * x
        default: Double.infinity
        }
    }

    var values: [Double] = []

    /// - Parameter rows: the bars judged; earlier ones warm up the detector.
    init(_ series: BarSeries, rows: Range<Int>) throws {
        let r = rows.dropFirst().map { log(series.close[$0] / series.close[$0 - 1]) }
        let n = Double(r.count), mean = r.reduce(0, +) / n
        let m2 = r.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let m4 = r.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / n
        let size = r.map(abs), typical = size.reduce(0, +) / n
        let d = size.map { $0 - typical }, variance = d.reduce(0) { $0 + $1 * $1 } / n
        let memory = [1, 24, 168].map { lag in zip(d.dropFirst(lag), d).reduce(0) { $0 + $1.0 * $1.1 } / (n - Double(lag)) / variance }
        let none = FeatureSource(FeatureTable(names: [], columns: [], warmUp: 0))  // this detector reads bars only
        let regimes = RegimeSummary(try BalancedDetector().label(series, none, fittedOn: rows), rows: rows)
        let ranges = rows.reduce(0.0) { $0 + pow(log(series.high[$1] / series.low[$1]), 2) } / Double(rows.count)
        let moved = zip(rows.dropFirst(), r).filter { $1 != 0 && series.volume[$0] > 0 }
        values = [100 * m2.squareRoot(), m4 / (m2 * m2)] + memory + regimes.shares.map { 100 * $0 } + regimes.meanDuration
            + [(ranges / (4 * log(2.0)) / m2).squareRoot(), correlation(moved.map { log(series.volume[$0.0]) }, moved.map { log(abs($0.1)) })]
    }

    static func synthetic(_ market: SyntheticMarket) throws -> CalibrationNumbers {
        let series = market.generate()
        return try CalibrationNumbers(series, rows: SyntheticMarket.warmUpBars..<series.count - 1)
    }

    /// Distances from the real market in units of what is allowed; inside where at most 1.
    var distances: [Double] { zip(zip(values, Self.real), Self.allowed).map { ($0.0 - $0.1) / $1 } }
}

/// Pearson correlation.
func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(x.count), mx = x.reduce(0, +) / n, my = y.reduce(0, +) / n
    var xy = 0.0, xx = 0.0, yy = 0.0
    for (a, b) in zip(x, y) {
        xy += (a - mx) * (b - my)
        xx += (a - mx) * (a - mx)
        yy += (b - my) * (b - my)
    }
    return xy / (xx * yy).squareRoot()
}

/// Table of the calibration over a range of seeds.
func printCalibration(seeds: ClosedRange<UInt64>) throws {
    let numbers = try seeds.map { try CalibrationNumbers.synthetic(SyntheticMarket(seed: $0)) }
    func text(_ x: Double) -> String { String(format: x < 2 ? "%.3f" : "%.1f", x) }
    print("| | real | allowed | seed \(seeds.lowerBound) | mean | lowest | highest | inside |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for (k, name) in CalibrationNumbers.names.enumerated() {
        let column = numbers.map { $0.values[k] }
        let inside = numbers.count { abs($0.distances[k]) <= 1 }
        let cells = [
            name, text(CalibrationNumbers.real[k]), CalibrationNumbers.allowed[k].isFinite ? "+-" + text(CalibrationNumbers.allowed[k]) : "", text(column[0]), text(column.reduce(0, +) / Double(column.count)),
            text(column.min() ?? .nan), text(column.max() ?? .nan), CalibrationNumbers.allowed[k].isFinite ? "\(inside) of \(column.count)" : "",
        ]
        print("| " + cells.joined(separator: " | ") + " |")
    }
    print("all at once: \(numbers.count { $0.distances.allSatisfy { abs($0) <= 1 } }) of \(numbers.count)")
}
