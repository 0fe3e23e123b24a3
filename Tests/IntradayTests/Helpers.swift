import Foundation
import Intraday
import MarketData
import TestSupport
import TradingTypes

/// A small synthetic market, generated once: 20 warm-up days and 12 more of SPY, QQQ and SPX.
let smallMarket: LoadedIntraday = {
    do { return try IntradaySource.parse("synthetic:intraday,seed=5,days=12").load() } catch { preconditionFailure("\(error)") }
}()
let smallFeatures = computeIntradayFeatures(smallMarket.market)

/// Ids of all intraday features, for parameterised tests.
let allIntradayFeatures = IntradayFeatureCatalog.sets["all"] ?? []

/// Writes a text to a file of its own in the temporary folder and gives its path.
func temporaryFile(_ name: String, _ text: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-intraday-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent(name).path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
}

/// A series of one-minute bars from closes (and opens, where given), a cent of wick on either side.
func minuteBars(_ symbol: String, time: [Int64], close: [Double], open: [Double]? = nil, volume: [Double]? = nil, wick: Double = 0.01) -> BarSeries {
    let open = open ?? close.indices.map { close[max(0, $0 - 1)] }
    return BarSeries(
        symbol: symbol, barDurationSeconds: 60, time: time, open: open, high: zip(open, close).map { max($0, $1) + wick },
        low: zip(open, close).map { min($0, $1) - wick }, close: close, volume: volume ?? [Double](repeating: 1_000, count: close.count))
}

/// UTC seconds of the regular minutes of a date such as `2024-03-08`.
func regularTimes(_ date: Int, minutes: Int = 390) -> [Int64] {
    let start = NewYorkSession.utc(date: date, minute: NewYorkSession.openMinute)
    return (0..<minutes).map { start + Int64($0) * 60 }
}

/// A market of one symbol with companions, from series.
func market(_ series: [BarSeries], traded: [String], vix: BarSeries? = nil, days: Int? = nil) -> IntradayMarket {
    IntradayAssembler(
        argument: "test", series: Dictionary(uniqueKeysWithValues: series.map { ($0.symbol, $0) }), traded: traded, volatilityIndex: vix, implied: nil, quotes: [:], lastDays: days
    ).assemble().market
}

/// The same market with `change` made to a copy of its columns.
func altered(_ m: IntradayMarket, _ change: (inout [String: [Double]]) -> Void) -> IntradayMarket {
    var columns = [
        "open": m.open, "high": m.high, "low": m.low, "close": m.close, "volume": m.volume, "vix": m.volatilityIndex, "caps": m.largeCapReturn, "index": m.indexReturn,
    ]
    change(&columns)
    return IntradayMarket(
        name: m.name, symbols: m.symbols, days: m.days, time: m.time, open: columns["open"]!, high: columns["high"]!, low: columns["low"]!, close: columns["close"]!,
        volume: columns["volume"]!, isRecorded: m.isRecorded, minutesSinceOpen: m.minutesSinceOpen, minutesToClose: m.minutesToClose, volatilityIndex: columns["vix"]!,
        impliedVolatility: m.impliedVolatility, companions: m.companions, largeCapReturn: columns["caps"]!, indexReturn: columns["index"]!, regime: m.regime)
}

/// 2024-03-08, a Friday before daylight saving.
let friday = 19_790

func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
