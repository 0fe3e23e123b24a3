import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct OddityTests {
    private func table(_ edit: (inout [String]) -> Void, rows: Int = 240) throws -> LoadedBars {
        var lines = hourlyRows(rows)
        edit(&lines)
        return try load(hourlyHeader + lines.joined(separator: "\n") + "\n")
    }

    @Test func aCleanFileHasNone() throws {
        let bars = try table { _ in }
        #expect(bars.manifest.oddities.isEmpty)
        #expect(bars.manifest.calendar == "continuous")
        #expect(bars.series.count == 240)
    }

    @Test func duplicates() throws {
        let bars = try table { lines in
            lines.insert(lines[10], at: 11)  // line 13 of the file: identical
            lines.insert(lines[51].dropLast(2) + "11", at: 52)  // row 50, now at 51, has volume 10: the later row says 11
        }
        #expect(bars.series.count == 240)
        #expect(bars.manifest.oddity("duplicate")?.count == 1)
        #expect(bars.manifest.oddity("duplicate")?.examples.first?.line == 13)
        #expect(bars.manifest.oddity("duplicate_conflict")?.count == 1)
        #expect(bars.series.volume[50] == 11)
    }

    @Test func gapsAreCountedAndKept() throws {
        // Rows 20...22 and 100 left out: two gaps, four bars, the longest from 2020-01-01T20:00Z.
        let bars = try table { lines in
            lines.remove(at: 100)
            lines.removeSubrange(20...22)
        }
        let gap = try #require(bars.manifest.oddity("gap"))
        #expect(gap.count == 2)
        #expect(gap.detail == "4 bars missing, longest 3 from 2020-01-01T20:00Z")
        #expect(bars.series.count == 236)
    }

    @Test func newestFirstIsReversed() throws {
        let forward = try table { _ in }, backward = try table { $0.reverse() }
        #expect(forward.series == backward.series)
        #expect(backward.manifest.order == "newest first (reversed)")
    }

    @Test func fewRowsOutOfOrderAreSorted() throws {
        let forward = try table { _ in }, swapped = try table { $0.swapAt(30, 31) }
        #expect(forward.series == swapped.series)
        #expect(swapped.manifest.oddity("out_of_order")?.count == 1)
    }

    @Test func impossiblePrices() throws {
        let bars = try table { lines in
            lines[5] = "2020-01-01 05:00:00,105,104,103,104,1"  // open above high
            lines[6] = "2020-01-01 06:00:00,100,99,101,100,1"  // low above high
            lines[7] = "2020-01-01 07:00:00,100,101,-1,100,1"
            lines[8] = "2020-01-01 08:00:00,0,101,99,100,1"
            lines[9] = "2020-01-01 09:00:00,null,null,null,null,null"
        }
        #expect(bars.manifest.oddity("ohlc_inconsistent")?.count == 2)
        #expect(bars.manifest.oddity("non_positive_price")?.count == 2)
        #expect(bars.manifest.oddity("missing_price")?.count == 1)
        #expect(bars.series.count == 237)
        #expect(bars.series.high[5] == 105)
        #expect((bars.series.high[6], bars.series.low[6]) == (101, 99))
    }

    @Test func flatAndEmptyBars() throws {
        let bars = try table { lines in
            lines[50] = "2020-01-03 02:00:00,100,100,100,100,0"
            lines[239] = "2020-01-10 23:00:00,100,100,100,100,0"
        }
        #expect(bars.manifest.oddity("zero_volume")?.count == 2)
        #expect(bars.manifest.oddity("flat")?.count == 2)
        #expect(bars.manifest.oddity("placeholder_last_bar")?.count == 1)
    }

    @Test func strictMakesErrors() throws {
        var lines = hourlyRows(48)
        lines.remove(at: 20)
        let text = hourlyHeader + lines.joined(separator: "\n")
        #expect(try load(text).manifest.oddity("gap")?.count == 1)
        let found = try issues(text, strict: true)
        #expect(found.map(\.code) == ["gap"])
        #expect(found.first?.help == "without --strict the policy is: kept")
    }

    @Test func plantedBadTicksAreFound() throws {
        // A wave of +-3% a bar at most with ranges near 1 to 4; three spikes of 60% and more that are gone on the next bar.
        let bars = try table { lines in
            lines[60] = "2020-01-03 12:00:00,104,190,104,105,10"  // high only
            lines[120] = "2020-01-06 00:00:00,101,102,20,102,10"  // low only
            lines[180] = "2020-01-08 12:00:00,105,500,104,500,10"  // close too
        }
        let ticks = try #require(bars.manifest.oddity("bad_tick"))
        #expect(ticks.count == 3)
        #expect(ticks.examples.map(\.line) == [62, 122, 182])
        #expect(bars.series.close[180] == 500)
    }

    @Test func badTicksOfTheExtendedFile() throws {
        guard let path = sharedData("intraday/1m_extended/spy_1m_ext_2025-07.csv.gz") else { return }
        let bars = try loadBars(path)
        let ticks = try #require(bars.manifest.oddity("bad_tick"))
        #expect(ticks.count >= 56)  // README: 56 bars with a range above 2%, and smaller ones
        #expect(ticks.detail.contains("2025-07-21T21:11Z"))  // the worst, 17:11 Eastern
    }

    @Test(arguments: ["crypto/btcusdt_1h_binance_spot.csv.gz", "crypto/btcusd_1h_gymtradingenv.csv.gz", "intraday/5m/tsla_5m_2025-05_2026-03.csv.gz", "intraday/1m/spy_1m_2025-09_2026-03.csv.gz", "index/es_60m_2024-03_2026-08.csv.gz"])
    func realMovesAreNotBadTicks(_ file: String) throws {
        guard let path = sharedData(file) else { return }
        #expect(try loadBars(path).manifest.oddity("bad_tick") == nil)
    }

    @Test func feedSwitches() throws {
        guard let minute = sharedData("intraday/1m/spy_1m_2025-09_2026-03.csv.gz"), let five = sharedData("intraday/5m/spy_5m_2025-05_2026-03.csv.gz") else { return }
        let times = try loadBars(minute).manifest.oddity("feed_switch")?.examples.map { $0.description.prefix { $0 != "T" }.suffix(10) }
        #expect(times == ["2026-01-22", "2026-03-09", "2026-03-12"])
        let days = try loadBars(five).manifest.oddity("feed_switch")?.examples.map { $0.description.prefix { $0 != "T" }.suffix(10) }
        #expect(days == ["2026-03-10"])
    }

    @Test func gapsOfTheHourlyFile() throws {
        guard let path = sharedData("crypto/btcusdt_1h_binance_spot.csv.gz") else { return }
        let m = try loadBars(path).manifest
        #expect(m.oddity("gap")?.count == 25)
        #expect(m.oddity("gap")?.detail.hasPrefix("88 bars missing") == true)
        #expect(m.oddity("zero_volume")?.count == 3)
        #expect(m.oddity("feed_switch") == nil)
    }

    @Test func sessionsOfTheMinuteFiles() throws {
        guard let spy = sharedData("intraday/1m/spy_1m_2025-09_2026-03.csv.gz"), let meta = sharedData("intraday/1m/meta_1m_2025-09_2026-03.csv.gz") else { return }
        let m = try loadBars(spy).manifest
        #expect(m.oddity("gap")?.detail.hasPrefix("71 bars") == true)
        #expect(m.oddity("half_day")?.count == 2)
        #expect(m.oddity("missing_session") == nil)
        #expect(try loadBars(meta).manifest.oddity("missing_session")?.count == 3)
    }

    @Test func theInconsistentDaysOfVIX() throws {
        guard let path = sharedData("vol/vix_daily_cboe.csv.gz") else { return }
        let m = try loadBars(path).manifest
        #expect(m.oddity("ohlc_inconsistent")?.count == 47)
        #expect(m.oddity("flat")?.count == 506)
        #expect(m.oddity("no_volume") != nil)
    }
}
