import ComponentKit
import Foundation
import Intraday
import MarketData
import TestSupport
import Testing
import TradingTypes

@Suite struct IntradayLoadingTests {
    /// A CSV of regular minutes of two sessions (Eastern, bar start), price a line from 100; `edit` may change the rows.
    static func csv(_ edit: (inout [String]) -> Void = { _ in }) -> String {
        var rows: [String] = []
        for (d, date) in ["2024-03-07", "2024-03-08", "2024-03-11"].enumerated() {
            for m in 0..<390 {
                let minute = 570 + m
                let p = 100 + Double(d) + 0.001 * Double(m)
                rows.append(String(format: "%@ %02d:%02d:00,%.3f,%.3f,%.3f,%.3f,1000", date, minute / 60, minute % 60, p, p + 0.02, p - 0.02, p + 0.001))
            }
        }
        edit(&rows)
        return "datetime,open,high,low,close,volume\n" + rows.joined(separator: "\n") + "\n"
    }

    @Test func missingMinutesTakeTheLastClose() throws {
        let path = try temporaryFile("spy.csv", Self.csv { rows in
            rows.remove(at: 390 + 100)
            rows.remove(at: 390)  // the second session's first minute
        })
        let loaded = try IntradaySource.parse("SPY: \(path)").load()
        let m = loaded.market, day = m.days[1]
        #expect(m.days.count == 3 && day.regular.count == 390)
        #expect(!m.isRecorded[day.regular.lowerBound] && m.close[day.regular.lowerBound] == day.previousClose && m.volume[day.regular.lowerBound] == 0)
        let gap = day.regular.lowerBound + 100
        #expect(!m.isRecorded[gap] && m.high[gap] == m.close[gap - 1] && m.open[gap] == m.close[gap - 1] && m.isRecorded[gap + 1])
        #expect(loaded.manifest.parts[0].oddities.first { $0.name == "filled_minute" }?.count == 2)
        #expect(m.days.map(\.isWarmUp) == [true, false, false])
        #expect(abs(day.previousClose - 100.390) < 1e-9)
        #expect(throws: InputIssues.self) { try IntradaySource.parse("SPY: \(path)").load(strict: true) }
    }

    @Test func aMissingSessionStartsANewStretch() throws {
        let path = try temporaryFile("spy.csv", Self.csv { $0.removeSubrange(390..<780) })
        let m = try IntradaySource.parse("SPY: \(path)").load().market
        #expect(m.days.count == 2 && m.days[1].previousClose.isNaN && m.days.allSatisfy { $0.isWarmUp })
        let ema = try #require(computeIntradayFeatures(m, names: ["ema_9"])["ema_9"])
        #expect(ema[m.days[1].regular.lowerBound + 7].isNaN && ema[m.days[1].regular.lowerBound + 8].isFinite)
    }

    @Test func stampsOfEveryKindMeetOnOneGrid() throws {
        // The same minutes: Eastern bar starts oldest first, bar ends newest first, and UTC bar starts with another order of columns.
        let start = try temporaryFile("spy.csv", Self.csv())
        let body = Self.csv().split(separator: "\n").dropFirst()
        let ends = body.reversed().map { line -> String in
            let f = line.split(separator: ",").map(String.init)
            let clock = f[0].split(separator: " ")[1].split(separator: ":").map { Int($0)! }
            let minute = clock[0] * 60 + clock[1] + 1
            return String(format: "%@ %02d:%02d:00,", String(f[0].prefix(10)), minute / 60, minute % 60) + f[1...].joined(separator: ",")
        }
        let end = try temporaryFile("qqq.csv", "datetime,open,high,low,close,volume\n" + ends.joined(separator: "\n"))
        let utc = body.map { line -> String in
            let f = line.split(separator: ",").map(String.init)
            let clock = f[0].split(separator: " ")[1].split(separator: ":").map { Int($0)! }
            let shift = f[0].hasPrefix("2024-03-11") ? 240 : 300
            let minute = clock[0] * 60 + clock[1] + shift
            return String(format: "%@ %02d:%02d:00+00:00,", String(f[0].prefix(10)), minute / 60, minute % 60) + [f[4], f[2], f[3], f[1], f[5]].joined(separator: ",")
        }
        let other = try temporaryFile("aapl.csv", "Datetime,Close,High,Low,Open,Volume\n" + utc.joined(separator: "\n"))
        let m = try IntradaySource.parse("SPY: \(start), QQQ: \(end), AAPL: \(other)").load().market
        #expect(m.symbols.map(\.name) == ["SPY", "QQQ"])
        let spy = m.symbols[0].rows, qqq = m.symbols[1].rows
        #expect(Array(m.time[spy]) == Array(m.time[qqq]) && Array(m.close[spy]) == Array(m.close[qqq]) && Array(m.open[spy]) == Array(m.open[qqq]))
        #expect(Array(try #require(m.companions["AAPL"])[spy]) == Array(m.close[spy]))
        #expect(m.largeCapReturn[spy].allSatisfy { !$0.isNaN })
        let row = m.days[1].regular.lowerBound + 7
        #expect(abs(m.largeCapReturn[row] - log(m.close[row] / m.close[row - 1])) < 1e-12)
        #expect(abs(m.largeCapReturn[m.days[1].regular.lowerBound] - log(m.close[row - 7] / m.open[row - 7])) < 1e-12)
    }

    @Test func aDailyVixIsKnownTheNextDay() throws {
        let path = try temporaryFile("spy.csv", Self.csv())
        let vix = try temporaryFile("vix.csv", "DATE,OPEN,HIGH,LOW,CLOSE\n2024-03-05,13,13,13,13\n2024-03-06,14,14,14,14\n2024-03-07,15,15,15,15\n2024-03-08,16,16,16,16\n2024-03-11,17,17,17,17\n")
        let m = try IntradaySource.parse("SPY: \(path), VIX: \(vix)").load().market
        #expect(m.days.map { m.volatilityIndex[$0.regular.lowerBound] } == [14, 15, 16])
        #expect(m.days.map { m.volatilityIndex[$0.regular.upperBound - 1] } == [14, 15, 16])
        let day = try #require(computeIntradayFeatures(m, names: ["vix_day"])["vix_day"])
        #expect(day[m.days[1].regular.lowerBound] == 1)
    }

    @Test func anHourlyVixIsKnownAtTheEndOfItsHour() throws {
        let path = try temporaryFile("spy.csv", Self.csv())
        var text = "Datetime,Open,High,Low,Close,Volume\n"
        for (d, date) in ["2024-03-07", "2024-03-08", "2024-03-11"].enumerated() {
            for hour in 3..<16 { text += String(format: "%@ %02d:00:00%@,1,99,1,%d,0\n", date, hour, date == "2024-03-11" ? "-05:00" : "-06:00", 10 * d + hour) }
        }
        let vix = try temporaryFile("vix.csv", text)
        let m = try IntradaySource.parse("SPY: \(path), VIX: \(vix)").load().market
        let open = m.days[1].regular.lowerBound
        // 09:30 New York is 08:30 Central: the bar of 07:00 ended at 08:00. The bar of 08:00 ends at 09:00 Central, the close of row 29.
        #expect(m.volatilityIndex[open] == 17 && m.volatilityIndex[open + 28] == 17 && m.volatilityIndex[open + 29] == 18)
    }

    @Test func badTicksOfThePreMarketAreLeftOut() throws {
        var lines: [String] = []
        for m in 0..<330 {
            let minute = 240 + m
            var high = 100.03, close = 100.0
            if m == 100 { high = 125 }  // a wick of 25%
            if m == 150 { close = 103 }  // a close that is back at once
            if m >= 200 {  // news: 2% up, and it stays
                close = 102
                high = 102.03
            }
            lines.append(String(format: "2024-03-08 %02d:%02d:00,%.2f,%.2f,%.2f,%.2f,10", minute / 60, minute % 60, close, max(high, close), close - 0.02, close))
        }
        let path = try temporaryFile("spy.csv", Self.csv { $0.insert(contentsOf: lines, at: 390) })
        let loaded = try IntradaySource.parse("SPY: \(path)").load()
        let m = loaded.market, day = m.days[1]
        #expect(day.preMarket.count == 330)
        #expect(!m.isRecorded[day.preMarket.lowerBound + 100] && !m.isRecorded[day.preMarket.lowerBound + 150])
        #expect(m.isRecorded[day.preMarket.lowerBound + 101] && m.isRecorded[day.preMarket.lowerBound + 203])
        let high = try #require(computeIntradayFeatures(m, names: ["pm_high"])["pm_high"])
        #expect(abs(high[day.regular.lowerBound] - 102.03) < 1e-9)
        let bad = try #require(loaded.manifest.parts[0].oddities.first { $0.name == "bad_tick" }?.count)
        #expect((4...5).contains(bad))
    }

    @Test func theLastDaysWithWarmUp() throws {
        guard let spy = sharedData("intraday/1m/spy_1m_2025-09_2026-03.csv.gz") else { return }
        let m = try IntradaySource.parse("SPY: \(spy), days=60").load().market
        #expect(m.tradingDays.count == 60 && m.days.count == 80)
        #expect(m.days.last?.dateText == "2026-03-19")
        let split = m.split()
        #expect(split.train.count == 36 && split.validation.count == 12 && split.test.count == 12)
        #expect(split.train.last! < split.validation.first!)
        var part = try IntradaySource.parse("SPY: \(spy), days=60")
        part.from = m.days[split.test[0]].date
        part.to = m.days[split.test[5]].date
        #expect(try part.load().market.tradingDays == Array(split.test[0..<5]))
    }

    @Test func argumentsAndFilesAreChecked() throws {
        let five = try temporaryFile("spy.csv", "datetime,open,high,low,close,volume\n" + (0..<78).map { String(format: "2024-03-08 %02d:%02d:00,1,1.1,0.9,1,5", (570 + 5 * $0) / 60, (570 + 5 * $0) % 60) }.joined(separator: "\n"))
        for (text, code) in [
            ("SPY: \(five)", "bar_length"), ("SPY: a.csv, SPY: b.csv", "duplicate"), ("SPY: a.csv, dais=3", "unknown_parameter"), ("VIX: a.csv, days=4", "symbols"),
            ("SPY: a.csv, trade=QQQ", "symbols"), ("SPY: ", "syntax"), ("SPY: a.csv, days=x", "range"),
        ] {
            #expect { try IntradaySource.parse(text).load() } throws: { ($0 as? InputIssues)?.issues.first?.code == code }
        }
        #expect(throws: InputMissing.self) { try IntradaySource.parse("SPY: /nowhere/spy.csv").load() }
        let broken = try temporaryFile("spy.csv", Self.csv { $0[5] = "2024-03-07 09:35:00,abc,1,1,1,1" })
        let fault = #expect(throws: InputIssues.self) { try IntradaySource.parse("SPY: \(broken)").load() }
        #expect(fault?.issues.first?.line == 7 && fault?.issues.first?.file == broken)
        #expect(!IntradaySource.isIntraday("prices.csv.gz") && !IntradaySource.isIntraday("synthetic:btc-hourly") && IntradaySource.isIntraday("SPY: a.csv"))
        #expect(IntradaySource.isIntraday("synthetic:intraday,seed=2") && !IntradaySource.isIntraday("/data/with: colon.csv"))
    }

    /// Every intraday file of the shared data, in the role it can play: one-minute files are traded, slower ones accompany SPY.
    @Test(arguments: [
        "SPY: 1m/spy_1m_2024-03_2024-12.csv.gz, VIX: ../vol/vix_daily_cboe.csv.gz", "SPY: 1m/spy_1m_2025-09_2026-03.csv.gz, QQQ: 1m/qqq_1m_2025-09_2026-03.csv.gz, NVDA: 1m/nvda_1m_2025-09_2026-03.csv.gz, META: 1m/meta_1m_2025-09_2026-03.csv.gz, VIX: ../vol/vix_60m_2023-11_2026-08.csv.gz, SPX: ../index/spx_60m.csv.gz, trade=SPY+QQQ+NVDA+META",
        "SPY: 1m_consolidated/spy_1m_2025-11_2025-12.csv.gz, QQQ: 1m_consolidated/qqq_1m_2025-11_2025-12.csv.gz, SMH: 1m_consolidated/smh_1m_2025-11_2025-12.csv.gz, VIX: ../vol/vix1d_daily.csv.gz",
        "SPY: 1m/spy_1m_2025-09_2026-03.csv.gz, QQQ: 5m/qqq_5m_2025-05_2026-03.csv.gz, AAPL: 5m/aapl_5m_2025-05_2026-03.csv.gz, AMZN: 5m/amzn_5m_2025-05_2026-03.csv.gz, GOOG: 5m/goog_5m_2025-05_2026-03.csv.gz, META: 5m/meta_5m_2025-05_2026-03.csv.gz, MSFT: 5m/msft_5m_2025-05_2026-03.csv.gz, NVDA: 5m/nvda_5m_2025-05_2026-03.csv.gz, TSLA: 5m/tsla_5m_2025-05_2026-03.csv.gz, trade=SPY",
        "SPY: 1m_extended/spy_1m_ext_2025-07.csv.gz, SPX: ../index/spx_60m.csv.gz, ES: ../index/es_60m_2024-03_2026-08.csv.gz",
        "SPY: 1m_lean/spy_1m_trades_lean.csv.gz, SPX: 1m_lean/spx_1m_lean.csv.gz, SPY options: ../options/spy_option_quotes_1m_2023-08-03.csv.gz, SPX options: ../options/spxw_option_quotes_1m_2021-01-04_07.csv.gz",
        "SPY: week_2019-02/spy_1m_2019-02-11_15.csv.gz, QQQ: week_2019-02/qqq_1m_2019-02-11_15.csv.gz, AAPL: week_2019-02/aapl_1m_2019-02-11_15.csv.gz, AMZN: week_2019-02/amzn_1m_2019-02-11_15.csv.gz, MSFT: week_2019-02/msft_1m_2019-02-11_15.csv.gz, TSLA: week_2019-02/tsla_1m_2019-02-11_15.csv.gz, VXXB: week_2019-02/vxxb_1m_2019-02-11_15.csv.gz, VIX: week_2019-02/vix_1m_2019-02-11_15.csv.gz",
        "SPY: week_2026-03/spy_1m_2026-03.csv.gz, QQQ: week_2026-03/qqq_1m_2026-03.csv.gz, AAPL: week_2026-03/aapl_1m_2026-03.csv.gz, AMZN: week_2026-03/amzn_1m_2026-03.csv.gz, GOOG: week_2026-03/goog_1m_2026-03.csv.gz, META: week_2026-03/meta_1m_2026-03.csv.gz, MSFT: week_2026-03/msft_1m_2026-03.csv.gz, NVDA: week_2026-03/nvda_1m_2026-03.csv.gz, TSLA: week_2026-03/tsla_1m_2026-03.csv.gz",
    ])
    func sharedFilesRun(_ argument: String) throws {
        guard let folder = sharedData("intraday") else { return }
        let full = argument.replacingOccurrences(of: ": ", with: ": \(folder)/")
        let loaded = try IntradaySource.parse(full).load()
        let m = loaded.market
        #expect(!m.tradingDays.isEmpty)
        let features = computeIntradayFeatures(m)
        for (name, column) in zip(features.names, features.columns) {
            let finite = m.tradingDays.allSatisfy { m.days[$0].regular.allSatisfy { column[$0].isFinite } }
            #expect(finite, "\(name)")
        }
        let sane = m.close.indices.allSatisfy { m.low[$0] <= m.close[$0] && m.close[$0] <= m.high[$0] && m.low[$0] > 0 }
        #expect(sane)
        if argument.contains("week_2026-03") {
            let corr = try #require(features["mag7_corr"])
            let shared = m.days[m.symbols[0].days].filter { !$0.isWarmUp }.prefix(3).flatMap { Array($0.regular) }
            #expect(mean(shared.map { corr[$0] }) > 0.7)
        }
        if argument.contains("spx_60m"), argument.contains("QQQ") {
            // Hourly SPX has no minutes: SPY stands in for QQQ.
            let corr = try #require(features["spx_corr"])
            #expect(mean(m.tradingDays.filter { m.symbols[m.days[$0].symbol].name == "QQQ" }.flatMap { m.days[$0].regular.map { corr[$0] } }) > 0.8)
        }
        if argument.contains("1m_lean") {
            let quotes = try #require(m.symbols.first { $0.name == "SPY" }?.quotes)
            #expect(quotes.series.count == 4)
        }
    }
}

@Suite struct OptionQuotesTests {
    @Test func quotesAreKnownAtTheirRowsClose() throws {
        guard let path = sharedData("options/spxw_option_quotes_1m_2021-01-04_07.csv.gz") else { return }
        let loaded = try loadOptionQuotes(path)
        // First line of the file: 2021-01-04 09:30:00 C 3700, bid close 64.9, ask close 67.9; the next 64.3 and 66.0.
        let date = NewYorkSession.tradingDay(from: 18_631)
        #expect(NewYorkSession.dateText(date) == "2021-01-04")
        let contract = OptionContract(root: "SPXW", expiry: date, strike: 3_700, isCall: true)
        let series = try #require(loaded.quotes[contract])
        let open = NewYorkSession.utc(date: date, minute: 570)
        #expect(series.quote(atRowStarting: open)?.bid == 64.9 && series.quote(atRowStarting: open)?.ask == 67.9)
        #expect(series.quote(atRowStarting: open + 60)?.bid == 64.3)
        #expect(series.quote(atRowStarting: open - 60) == nil)
        #expect(loaded.oddities.first { $0.name == "crossed_quote" }?.count ?? 0 <= 8)
        #expect(contract.description == "SPXW 2021-01-04 3700 call")
        #expect(loaded.rows == 15_727)
    }

    @Test func staleQuotesAreNone() {
        let contract = OptionContract(root: "SPY", expiry: friday, strike: 500, isCall: false)
        let series = OptionQuoteSeries(contract: contract, time: [1_000, 1_060], bid: [1, 2], ask: [1.1, 2.1])
        #expect(series.quote(atRowStarting: 1_360)?.bid == 2)
        #expect(series.quote(atRowStarting: 1_361) == nil)
        #expect(series.quote(atRowStarting: 1_059)?.bid == 1)
        #expect(series.quote(atRowStarting: 999) == nil)
    }

    @Test func faultsNameFileAndLine() throws {
        let path = try temporaryFile("q.csv", "time,expiry,strike,right,bid,ask\n2024-03-08 09:30:00,20240308,500,C,1.0,1.1\n2024-03-08 09:31:00,20240308,-5,C,1.0,1.1\n2024-03-08 09:32:00,20240308,500,X,1,2\n")
        let fault = #expect(throws: InputIssues.self) { try loadOptionQuotes(path) }
        #expect(fault?.issues.map(\.line) == [3, 4] && fault?.issues.map(\.code) == ["strike", "right"])
        guard let chain = sharedData("options/spy_chain_yahoo_2026-07-17.csv.gz") else { return }
        let columns = #expect(throws: InputIssues.self) { try loadOptionQuotes(chain) }
        #expect(columns?.issues.first?.code == "columns")
    }
}
