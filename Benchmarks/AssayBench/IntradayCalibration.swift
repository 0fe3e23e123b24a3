import Foundation
import Intraday
import MarketData
import TradingTypes

/// Table of the calibration: real files where they are, synthetic markets over a range of seeds.
func printIntradayCalibration(seeds: ClosedRange<UInt64>, days: Int) throws {
    let folder = "../shared/data/intraday/"
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
    line("corr SPY, large caps together (real: one week)", largeCapCorrelation(week), largeCapCorrelation)
    line("pre-market volume share (real: 2025-07)", preMarketNumbers(extended).volumeShare) { preMarketNumbers($0).volumeShare }
    line("pre-market over regular minute sd (real: 2025-07, bad ticks out)", preMarketNumbers(extended).volatility) { preMarketNumbers($0).volatility }
    for g in 0..<4 {
        line("share \(Regime.names[g]), % (real: SPY 2025-26)", 100 * regimeShares(second)[g]) { 100 * regimeShares($0)[g] }
    }
}
