import Foundation
import MarketData
import TestSupport
import Testing
import TradingTypes

/// 2020-01-01T00:00:00Z and the hour after it.
private let t0: Int64 = 1_577_836_800
private let hours: [Int64] = [t0, t0 + 3600, t0 + 7200]

struct FormatCase: CustomTestStringConvertible, Sendable {
    let id: String
    let text: String
    var symbol = "TEST"
    var volume: [Double] = [10, 20, 30]
    var layout = "header"
    var testDescription: String { id }
}

/// The same three hourly bars (open 1, 2, 3; high 5; low 0.5; close 2, 3, 4) in the forms that vendors write.
private let formats = [
    FormatCase(id: "plain", text: "time,open,high,low,close,volume\n2020-01-01 00:00:00,1,5,.5,2,10\n2020-01-01 01:00:00,2,5,.5,3,20\n2020-01-01 02:00:00,3,5,.5,4,30\n"),
    FormatCase(id: "binance with header", text: "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n1577836800000,1,5,.5,2,10,1577840399999,1,1,1,1,0\n1577840400000,2,5,.5,3,20,1577843999999,1,1,1,1,0\n1577844000000,3,5,.5,4,30,1577847599999,1,1,1,1,0\n"),
    FormatCase(id: "binance without header", text: "1577836800000,1,5,.5,2,10,1577840399999,1,1,1,1,0\n1577840400000,2,5,.5,3,20,1577843999999,1,1,1,1,0\n1577844000000,3,5,.5,4,30,1577847599999,1,1,1,1,0\n", layout: "klines without header"),
    FormatCase(id: "binance 2025, microseconds", text: "1577836800000000,1,5,.5,2,10,1577840399999999,1,1,1,1,0\n1577840400000000,2,5,.5,3,20,1577843999999999,1,1,1,1,0\n1577844000000000,3,5,.5,4,30,1577847599999999,1,1,1,1,0\n", layout: "klines without header"),
    FormatCase(id: "cryptodatadownload", text: "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n1577844000,2020-01-01 02:00:00,BTC/USD,3,5,.5,4,30,1\n1577840400,2020-01-01 01:00:00,BTC/USD,2,5,.5,3,20,1\n1577836800,2020-01-01 00:00:00,BTC/USD,1,5,.5,2,10,1\n", symbol: "BTC/USD"),
    FormatCase(id: "cryptodatadownload, hours as 05-PM", text: "Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD\n2020-01-01 12-AM,BTCUSD,1,5,.5,2,10,1\n2020-01-01 01-AM,BTCUSD,2,5,.5,3,20,1\n2020-01-01 02-AM,BTCUSD,3,5,.5,4,30,1\n", symbol: "BTCUSD"),
    FormatCase(id: "yahoo hourly", text: "Datetime,Open,High,Low,Close,Adj Close,Volume\n2020-01-01 00:00:00+00:00,1,5,.5,2,9,10\n2020-01-01 01:00:00+00:00,2,5,.5,3,9,20\n2020-01-01 02:00:00+00:00,3,5,.5,4,9,30\n"),
    FormatCase(id: "yfinance, three header lines", text: "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDatetime,,,,,\n2020-01-01 00:00:00+00:00,2,5,.5,1,10\n2020-01-01 01:00:00+00:00,3,5,.5,2,20\n2020-01-01 02:00:00+00:00,4,5,.5,3,30\n", symbol: "SPY", layout: "header of three lines"),
    FormatCase(id: "alpaca", text: "symbol,timestamp,open,high,low,close,volume,trade_count,vwap\nAAPL,2020-01-01T00:00:00Z,1,5,.5,2,10,1,1\nAAPL,2020-01-01T01:00:00Z,2,5,.5,3,20,1,1\nAAPL,2020-01-01T02:00:00Z,3,5,.5,4,30,1,1\n", symbol: "AAPL"),
    FormatCase(id: "alpaca short names, nanoseconds", text: "t,o,h,l,c,v,n,vw\n1577836800000000000,1,5,.5,2,10,1,1\n1577840400000000000,2,5,.5,3,20,1,1\n1577844000000000000,3,5,.5,4,30,1,1\n"),
    FormatCase(id: "polygon flat file", text: "ticker,volume,open,close,high,low,window_start,transactions\nA,10,1,2,5,.5,1577836800000000000,1\nA,20,2,3,5,.5,1577840400000000000,1\nA,30,3,4,5,.5,1577844000000000000,1\n", symbol: "A"),
    FormatCase(id: "kaggle bitcoin", text: "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume\n1577836800.0,x,BTC,1,5,.5,2,10\n1577840400.0,x,BTC,2,5,.5,3,20\n1577844000.0,x,BTC,3,5,.5,4,30\n", symbol: "BTC"),
    FormatCase(id: "date and time apart, semicolons", text: "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>\n20200101;000000;1;5;.5;2;10\n20200101;010000;2;5;.5;3;20\n20200101;020000;3;5;.5;4;30\n"),
    FormatCase(id: "tabs, dots in dates", text: "Time\tOpen\tHigh\tLow\tClose\tVolume\n2020.01.01 00:00\t1\t5\t.5\t2\t10\n2020.01.01 01:00\t2\t5\t.5\t3\t20\n2020.01.01 02:00\t3\t5\t.5\t4\t30"),
    FormatCase(id: "alphavantage, CRLF, BOM", text: "\u{FEFF}timestamp,1. open,2. high,3. low,4. close,5. volume\r\n2020-01-01T00:00:00.000Z,1,5,.5,2,10\r\n2020-01-01T01:00:00.000Z,2,5,.5,3,20\r\n2020-01-01T02:00:00.000Z,3,5,.5,4,30\r\n"),
    FormatCase(id: "quoted, thousands separators", text: "\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\n\"2020-01-01 00:00\",\"1.0\",\"5\",\"0.5\",\"2\",\"10\"\n\"2020-01-01 01:00\",\"2\",\"5\",\"0.5\",\"3\",\"20\"\n\"2020-01-01 02:00\",\"3\",\"$5\",\"0.5\",\"4\",\"30\"\n"),
    FormatCase(id: "offsets, comments, blank lines, pandas index", text: "# exported\n\n,open,high,low,close,volume\n2020-01-01T02:00:00+02:00,1,5,.5,2,10\n\n2020-01-01T03:00:00+02:00,2,5,.5,3,20\n2020-01-01T04:00:00+0200,3,5,.5,4,30\n"),
    FormatCase(id: "no volume, carriage returns only", text: "DATE,OPEN,HIGH,LOW,CLOSE\r2020-01-01 00:00,1,5,.5,2\r2020-01-01 01:00,2,5,.5,3\r2020-01-01 02:00,3,5,.5,4\r", volume: [0, 0, 0]),
]

@Suite struct FormatTests {
    @Test(arguments: formats) func readsTheForm(_ form: FormatCase) throws {
        let bars = try load(form.text)
        #expect(bars.series.time == hours)
        #expect(bars.series.open == [1, 2, 3])
        #expect(bars.series.high == [5, 5, 5])
        #expect(bars.series.low == [0.5, 0.5, 0.5])
        #expect(bars.series.close == [2, 3, 4])
        #expect(bars.series.volume == form.volume)
        #expect(bars.series.symbol == form.symbol)
        #expect(bars.manifest.layout == form.layout)
    }

    @Test(arguments: formats) func readsTheFormCompressed(_ form: FormatCase) throws {
        let bars = try load(try gzip(Array(form.text.utf8)), name: "TEST.csv.gz")
        #expect(bars.series.time == hours)
        #expect(bars.manifest.layout == "gzip, " + form.layout)
    }

    @Test func gzipMembersAreJoined() throws {
        let rows = hourlyRows(48).joined(separator: "\n") + "\n"
        let bytes = try gzip(Array(hourlyHeader.utf8)) + gzip(Array(rows.utf8))
        let bars = try load(bytes, name: "X.csv.gz")
        #expect(bars.series.count == 48)
        #expect(bars.manifest.oddity("gzip_trailing_bytes") == nil)
        let padded = try load(bytes + [0, 0, 0, 0], name: "X.csv.gz")
        #expect(padded.manifest.oddity("gzip_trailing_bytes") == nil)
        let garbage = try load(bytes + Array("oops".utf8), name: "X.csv.gz")
        #expect(garbage.series == bars.series)
        #expect(garbage.manifest.oddity("gzip_trailing_bytes")?.count == 4)
    }

    @Test func aSymbolCanBeChosen() throws {
        let text = "symbol,time,open,high,low,close,volume\nA,2020-01-01 00:00,1,2,1,2,1\nB,2020-01-01 00:00,7,8,7,8,1\nA,2020-01-01 01:00,2,3,2,3,1\nB,2020-01-01 01:00,8,9,8,9,1\n"
        let b = try load(text, options: LoadOptions(symbol: "b"))
        #expect(b.series.close == [8, 9])
        #expect(try issues(text).map(\.code) == ["several_symbols"])
        #expect(try issues(text, options: LoadOptions(symbol: "C")).map(\.code) == ["symbol"])
    }

    // New York is 5 hours behind UTC in winter and 4 in summer; 2024-03-10 02:00 EST becomes 03:00 EDT, that is 07:00Z; 2024-11-03 02:00 EDT
    // becomes 01:00 EST, 06:00Z. In 2006 summer time ran from 2 April to 29 October. (tz database, northamerica, US rules.)
    @Test(arguments: [
        ("2024-03-10 01:59", "2024-03-10T06:59Z"), ("2024-03-10 03:00", "2024-03-10T07:00Z"), ("2024-11-03 00:59", "2024-11-03T04:59Z"), ("2024-11-03 02:00", "2024-11-03T07:00Z"),
        ("2006-04-01 12:00", "2006-04-01T17:00Z"), ("2006-04-02 12:00", "2006-04-02T16:00Z"), ("2006-10-29 12:00", "2006-10-29T17:00Z"), ("2006-10-28 12:00", "2006-10-28T16:00Z"),
    ])
    func easternTime(_ stamp: String, _ utc: String) throws {
        let bars = try load("time,open,high,low,close\n\(stamp),1,1,1,1\n", options: LoadOptions(timeZone: "US/Eastern"))
        #expect(bars.manifest.tableRows.first { $0.label == "range" }?.value == "\(utc) to \(utc)")
        #expect(bars.manifest.timeZone == "US Eastern")
    }

    @Test func aZoneOptionMoves() throws {
        let text = hourlyHeader + hourlyRows(30).joined(separator: "\n")
        let plain = try load(text), moved = try load(text, options: LoadOptions(timeZone: "+02:00"))
        #expect(plain.series.time[0] - moved.series.time[0] == 7200)
        #expect(try issues(text, options: LoadOptions(timeZone: "US/Estern")).first?.note == "did you mean 'US/Eastern'?")
    }

    @Test func stampsAtTheEndOfTheBarAreShifted() throws {
        // Two sessions of 390 minutes, 09:31 to 16:00, no zone written.
        var text = "time,open,high,low,close,volume\n"
        for day in [6, 7] {
            for m in 571...960 { text += String(format: "2020-01-%02d %02d:%02d,10,11,9,10,5\n", day, m / 60, m % 60) }
        }
        let bars = try load(text)
        #expect(bars.manifest.stampConvention.hasPrefix("end"))
        #expect(bars.manifest.timeZone == "US Eastern")
        #expect(bars.series.time[0] == 1_578_321_000)  // 2020-01-06 09:30 EST = 14:30Z
        #expect(bars.manifest.oddity("gap") == nil)
    }
}
