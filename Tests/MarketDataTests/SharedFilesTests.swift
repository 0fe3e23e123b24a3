import Foundation
import MarketData
import Testing
import TestSupport

/// What the README beside the data says about a file.
struct SharedFile: CustomTestStringConvertible, Sendable {
    let path: String
    let rows: Int
    let symbol: String
    let seconds: Int
    let first: String
    let last: String
    var zone = "US Eastern"
    var stamps = "start"
    var order = "oldest first"
    var calendar = "US sessions"
    var testDescription: String { path }
}

private let crypto = [
    SharedFile(path: "crypto/btcusdt_1h_binance_spot.csv.gz", rows: 62_482, symbol: "BTCUSDT", seconds: 3600, first: "2018-02-09T16:00Z", last: "2025-03-31T17:00Z", zone: "UTC", calendar: "continuous"),
    SharedFile(path: "crypto/btcusd_1h_gymtradingenv.csv.gz", rows: 33_259, symbol: "BTC/USD", seconds: 3600, first: "2018-05-15T06:00Z", last: "2022-03-01T00:00Z", zone: "UTC", order: "newest first (reversed)", calendar: "continuous"),
]

private let minutes = [
    SharedFile(path: "intraday/1m/spy_1m_2025-09_2026-03.csv.gz", rows: 49_885, symbol: "SPY", seconds: 60, first: "2025-09-15T13:30Z", last: "2026-03-19T19:59Z"),
    SharedFile(path: "intraday/1m/qqq_1m_2025-09_2026-03.csv.gz", rows: 49_616, symbol: "QQQ", seconds: 60, first: "2025-09-15T13:30Z", last: "2026-03-19T19:59Z"),
    SharedFile(path: "intraday/1m/nvda_1m_2025-09_2026-03.csv.gz", rows: 49_947, symbol: "NVDA", seconds: 60, first: "2025-09-15T13:30Z", last: "2026-03-19T19:59Z"),
    SharedFile(path: "intraday/1m/meta_1m_2025-09_2026-03.csv.gz", rows: 14_040, symbol: "META", seconds: 60, first: "2026-01-22T14:30Z", last: "2026-03-18T19:59Z"),
    SharedFile(path: "intraday/1m/spy_1m_2024-03_2024-12.csv.gz", rows: 75_707, symbol: "SPY", seconds: 60, first: "2024-03-26T13:30Z", last: "2024-12-31T21:00Z", zone: "UTC"),
    SharedFile(path: "intraday/1m_consolidated/spy_1m_2025-11_2025-12.csv.gz", rows: 11_149, symbol: "SPY", seconds: 60, first: "2025-11-06T14:30Z", last: "2025-12-18T14:48Z", zone: "UTC-05:00"),
    SharedFile(path: "intraday/1m_consolidated/qqq_1m_2025-11_2025-12.csv.gz", rows: 11_147, symbol: "QQQ", seconds: 60, first: "2025-11-06T14:30Z", last: "2025-12-18T14:46Z", zone: "UTC-05:00"),
    SharedFile(path: "intraday/1m_consolidated/smh_1m_2025-11_2025-12.csv.gz", rows: 11_150, symbol: "SMH", seconds: 60, first: "2025-11-06T14:30Z", last: "2025-12-18T14:49Z", zone: "UTC-05:00"),
    SharedFile(path: "intraday/1m_extended/spy_1m_ext_2025-07.csv.gz", rows: 19_953, symbol: "SPY", seconds: 60, first: "2025-07-01T08:00Z", last: "2025-07-31T00:00Z"),
    SharedFile(path: "intraday/1m_lean/spy_1m_trades_lean.csv.gz", rows: 5_786, symbol: "SPY", seconds: 60, first: "2013-10-04T08:06Z", last: "2023-08-03T23:59Z"),
    SharedFile(path: "intraday/1m_lean/spy_1m_quotes_lean.csv.gz", rows: 6_373, symbol: "SPY", seconds: 60, first: "2013-10-04T08:00Z", last: "2023-08-04T00:00Z"),
    SharedFile(path: "intraday/1m_lean/spx_1m_lean.csv.gz", rows: 1_812, symbol: "SPX", seconds: 60, first: "2021-01-04T14:30Z", last: "2023-07-03T16:59Z"),
]

private let fiveMinutes = [("spy", 17_463, "14:30"), ("qqq", 18_258, "14:30"), ("aapl", 16_400, "14:30"), ("amzn", 16_302, "14:30"), ("goog", 16_375, "14:30"), ("msft", 16_524, "14:30"), ("nvda", 16_989, "14:35"), ("tsla", 16_776, "14:35")].map {
    SharedFile(path: "intraday/5m/\($0.0)_5m_2025-05_2026-03.csv.gz", rows: $0.1, symbol: $0.0.uppercased(), seconds: 300, first: "2025-05-12T13:30Z", last: "2026-03-12T\($0.2)Z")
} + [SharedFile(path: "intraday/5m/meta_5m_2025-05_2026-03.csv.gz", rows: 16_038, symbol: "META", seconds: 300, first: "2025-05-12T13:30Z", last: "2026-03-09T19:55Z")]

// Stamped at the end of the bar in the file, 09:31 to 16:00 Eastern (UTC-5), so 14:30Z to 20:59Z after the shift.
private let week2019 = [("spy", 1_949), ("qqq", 1_947), ("aapl", 1_947), ("amzn", 1_943), ("msft", 1_947), ("tsla", 1_945), ("vxxb", 1_948)].map {
    SharedFile(path: "intraday/week_2019-02/\($0.0)_1m_2019-02-11_15.csv.gz", rows: $0.1 + 1, symbol: $0.0.uppercased(), seconds: 60, first: "2019-02-11T14:30Z", last: "2019-02-15T20:59Z", stamps: "end", order: "newest first (reversed)")
} + [SharedFile(path: "intraday/week_2019-02/vix_1m_2019-02-11_15.csv.gz", rows: 1_923, symbol: "VIX", seconds: 60, first: "2019-02-11T14:31Z", last: "2019-02-15T20:59Z", stamps: "end", order: "newest first (reversed)")]

private let week2026 = ["aapl", "amzn", "goog", "meta", "msft", "nvda", "tsla"].map {
    SharedFile(path: "intraday/week_2026-03/\($0)_1m_2026-03.csv.gz", rows: 2_728, symbol: $0.uppercased(), seconds: 60, first: "2026-03-19T13:30Z", last: "2026-03-27T19:59Z", zone: "UTC")
} + [
    SharedFile(path: "intraday/week_2026-03/spy_1m_2026-03.csv.gz", rows: 2_427, symbol: "SPY", seconds: 60, first: "2026-03-23T13:30Z", last: "2026-03-31T14:58Z", zone: "UTC"),
    SharedFile(path: "intraday/week_2026-03/qqq_1m_2026-03.csv.gz", rows: 2_428, symbol: "QQQ", seconds: 60, first: "2026-03-23T13:30Z", last: "2026-03-31T14:59Z", zone: "UTC"),
]

private let slower = [
    SharedFile(path: "vol/vix_daily_cboe.csv.gz", rows: 9_235, symbol: "VIX", seconds: 86_400, first: "1990-01-02T00:00Z", last: "2026-07-23T00:00Z", zone: "trading date", calendar: "daily"),
    SharedFile(path: "vol/vix_60m_2023-11_2026-08.csv.gz", rows: 9_932, symbol: "VIX", seconds: 3600, first: "2023-11-06T09:00Z", last: "2026-08-21T14:00Z", zone: "UTC offsets -06:00 and -05:00", calendar: "sessions"),
    SharedFile(path: "vol/vix1d_daily.csv.gz", rows: 812, symbol: "VIX1D", seconds: 86_400, first: "2023-04-24T00:00Z", last: "2026-08-17T00:00Z", zone: "trading date", calendar: "daily"),
    SharedFile(path: "index/es_60m_2024-03_2026-08.csv.gz", rows: 13_698, symbol: "ES", seconds: 3600, first: "2024-03-31T22:00Z", last: "2026-08-21T15:00Z", zone: "UTC offsets -05:00 and -04:00", calendar: "sessions"),
    SharedFile(path: "index/spx_60m.csv.gz", rows: 5_068, symbol: "SPX", seconds: 3600, first: "2023-09-25T13:30Z", last: "2026-08-21T14:30Z", zone: "UTC offsets -05:00 and -04:00"),
    SharedFile(path: "index/spx_5m_2026-05_2026-08.csv.gz", rows: 4_677, symbol: "SPX", seconds: 300, first: "2026-05-21T13:30Z", last: "2026-08-17T19:45Z", zone: "UTC-04:00"),
]

let sharedFiles = crypto + minutes + fiveMinutes + week2019 + week2026 + slower

@Suite struct SharedFilesTests {
    @Test(arguments: sharedFiles)
    func loads(_ file: SharedFile) throws {
        guard let path = sharedData(file.path) else { return }
        let bars = try BarSource.parse(path).load(strict: false)
        let m = bars.manifest
        #expect(bars.series.count == file.rows)
        #expect(m.rows == file.rows)
        #expect(bars.series.symbol == file.symbol)
        #expect(m.barDurationSeconds == file.seconds)
        let rows = Dictionary(uniqueKeysWithValues: m.tableRows.filter { $0.label != "note" }.map { ($0.label, $0.value) })
        #expect(rows["range"] == "\(file.first) to \(file.last)")
        #expect(m.timeZone == file.zone)
        #expect(m.stampConvention.hasPrefix(file.stamps))
        #expect(m.order == file.order)
        #expect(m.calendar == file.calendar)
        #expect(m.sha256.count == 64)
        let s = bars.series
        #expect(zip(s.time, s.time.dropFirst()).allSatisfy { $0 < $1 })
        #expect((0..<s.count).allSatisfy { s.low[$0] <= min(s.open[$0], s.close[$0]) && s.high[$0] >= max(s.open[$0], s.close[$0]) && s.low[$0] > 0 && s.volume[$0] >= 0 })
        if ProcessInfo.processInfo.environment["SHOW_MANIFESTS"] != nil {
            print(m.tableRows.map { "  \($0.label): \($0.value)" }.joined(separator: "\n"))
        }
    }

    @Test func everyBarsFileIsListed() throws {
        guard let root = sharedData("crypto") else { return }
        let base = (root as NSString).deletingLastPathComponent
        var found: Set<String> = []
        for folder in ["crypto", "intraday", "index", "vol"] {
            for name in try FileManager.default.subpathsOfDirectory(atPath: base + "/" + folder) where name.hasSuffix(".gz") { found.insert(folder + "/" + name) }
        }
        #expect(found == Set(sharedFiles.map(\.path)))
    }
}
