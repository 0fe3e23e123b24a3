import ComponentKit
import Foundation
import MarketData
import NumericKernels
import TestSupport
import Testing

struct BrokenCase: CustomTestStringConvertible, Sendable {
    let id: String
    let bytes: [UInt8]
    let code: String
    let line: Int
    var column = 0
    let words: String

    init(_ id: String, _ text: String, _ code: String, line: Int, column: Int = 0, _ words: String) {
        self.init(id, bytes: Array(text.utf8), code, line: line, column: column, words)
    }

    init(_ id: String, bytes: [UInt8], _ code: String, line: Int, column: Int = 0, _ words: String) {
        (self.id, self.bytes, self.code, self.line, self.column, self.words) = (id, bytes, code, line, column, words)
    }

    var testDescription: String { id }
}

private let good = "2020-01-01 00:00,1,2,1,2,5\n"

private let broken = [
    BrokenCase("0 bytes", "", "empty", line: 0, "is empty (0 bytes)"),
    BrokenCase("header only", hourlyHeader, "no_rows", line: 0, "has a header but no rows"),
    BrokenCase("text in a number", hourlyHeader + good + "2020-01-01 01:00,1,2,abc,2,5\n", "number", line: 3, column: 22, "'abc' is not a number (low)"),
    BrokenCase("infinite price", hourlyHeader + "2020-01-01 01:00,1,inf,1,2,5\n", "number", line: 2, column: 20, "'inf' is not a number (high)"),
    BrokenCase("negative volume", hourlyHeader + "2020-01-01 01:00,1,2,1,2,-5\n", "volume", line: 2, column: 26, "the volume is negative"),
    BrokenCase("column missing", "time,open,hihg,low,close\n2020-01-01,1,2,1,2\n", "missing_column", line: 1, column: 1, "no column for high; found: 'time', 'open', 'hihg', 'low', 'close'"),
    BrokenCase("not a time", hourlyHeader + "yesterday,1,2,1,2,5\n", "time", line: 2, column: 1, "'yesterday' is not a time"),
    BrokenCase("American date", hourlyHeader + "01/31/2020 05:00,1,2,1,2,5\n", "time", line: 2, column: 1, "'01/31/2020 05:00' is not a time"),
    BrokenCase("no such day", hourlyHeader + "2021-02-29,1,2,1,2,5\n", "time", line: 2, column: 1, "'2021-02-29' is not a time"),
    BrokenCase("index instead of time", hourlyHeader + "0,1,2,1,2,5\n1,1,2,1,2,5\n", "time", line: 2, column: 1, "'0' is not a time"),
    BrokenCase("ragged row", hourlyHeader + good + "2020-01-01 01:00,1,2\n", "ragged_row", line: 3, column: 20, "the row has 3 fields, the header 6"),
    BrokenCase("decimal commas", hourlyHeader + "2020-01-01 01:00,1,5,2,5,1,5,2,5,5\n", "ragged_row", line: 2, column: 28, "the row has 10 fields, the header 6"),
    BrokenCase("NUL byte", hourlyHeader + good + "2020-01-01 01:00,1,2\0,1,2,5\n", "binary", line: 3, column: 1, "the row holds a NUL byte, which is not text"),
    BrokenCase("open quote", hourlyHeader + "2020-01-01 01:00,\"1,2,1,2,5\n", "quote", line: 2, column: 19, "a quoted field does not end on its line"),
    BrokenCase("huge line", hourlyHeader + good + "2020-01-01 01:00," + String(repeating: "1", count: 70_000) + ",1,1,1,1\n", "long_line", line: 3, column: 1, "the line is 70025 bytes long"),
    BrokenCase("prose", "Hello there.\nNothing to see.\n", "no_columns", line: 1, column: 1, "is not a table of bars: the first lines have fewer than four columns"),
    BrokenCase("zip", "PK\u{3}\u{4}abc", "binary", line: 1, column: 1, "is a zip archive or a spreadsheet (.zip, .xlsx), not CSV text"),
    BrokenCase("parquet", "PAR1abc", "binary", line: 1, column: 1, "is a Parquet file, not CSV text"),
    BrokenCase("json", "{\"t\": 1}", "json", line: 1, column: 1, "is JSON, not CSV"),
    BrokenCase("web page", "<!DOCTYPE html><html>not found</html>", "html", line: 1, column: 1, "is a web page or XML, not CSV"),
    BrokenCase("binary", bytes: (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 7) }, "binary", line: 1, column: 1, "is binary, not text"),
    BrokenCase("UTF-16", bytes: [0xFF, 0xFE, 0x74, 0, 0x69, 0], "binary", line: 1, column: 1, "is UTF-16 text"),
    BrokenCase(
        "mixed zones", hourlyHeader + "2020-01-01 00:00,1,2,1,2,5\n2020-01-01 01:00Z,1,2,1,2,5\n", "mixed_zones", line: 3,
        "some stamps carry a zone (1 rows), others do not (1 rows)"),
    BrokenCase("option chain", "strike,expiry,type,bid,ask,spot\n630.0,2026-07-20,call,1,2,750\n", "options_chain", line: 1, column: 1, "holds an option chain (columns 'strike', 'expiry', 'type', 'bid', 'ask', 'spot'), not bars"),
]

@Suite struct BrokenFileTests {
    @Test(arguments: broken) func isNamed(_ file: BrokenCase) throws {
        let found = try issues(file.bytes)
        let first = try #require(found.first)
        #expect(first.code == file.code)
        #expect(first.line == file.line)
        #expect(first.column == file.column)
        #expect(first.message == file.words)
        #expect(first.help != nil)
        #expect(first.file?.hasSuffix("TEST.csv") == true)
    }

    @Test func timesThatNeitherRiseNorFall() throws {
        let rows = hourlyRows(48)
        let zigzag = (0..<24).flatMap { [rows[$0], rows[47 - $0]] }
        let first = try #require(try issues(hourlyHeader + zigzag.joined(separator: "\n")).first)
        #expect(first.code == "time_order")
        #expect(first.line > 1)
        #expect(first.message.hasPrefix("the times neither rise nor fall"))
    }

    @Test func missingColumnsGetASuggestion() throws {
        let first = try #require(try issues("time,open,hihg,low,close\n2020-01-01,1,2,1,2\n").first)
        #expect(first.note == "did you mean 'hihg' to be 'high'?")
    }

    @Test func severalFaultsAtOnceTwentyAtMost() throws {
        let rows = (0..<50).map { "2020-01-01 \($0 / 60):\($0 < 10 ? "0" : "")\($0),1,x\($0),1,2,5" }
        let found = try issues(hourlyHeader + rows.joined(separator: "\n"))
        #expect(found.count == 21)
        #expect(found.prefix(20).map(\.line) == Array(2...21))
        #expect(found.last?.message == "and 30 more rows that cannot be read")
    }

    @Test func damagedGzip() throws {
        let text = hourlyHeader + hourlyRows(700).joined(separator: "\n")
        let whole = try gzip(Array(text.utf8))
        let cut = try #require(try issues(Array(whole.prefix(whole.count / 2)), name: "A.csv.gz").first)
        #expect(cut.code == "gzip_truncated")
        #expect(cut.message.hasPrefix("the gzip data end too early"))
        let noTrailer = try #require(try issues(Array(whole.dropLast(3)), name: "A.csv.gz").first)
        #expect(noTrailer.code == "gzip_truncated")
        var flipped = whole
        flipped[whole.count - 6] ^= 0x40  // the stored checksum
        let bad = try #require(try issues(flipped, name: "A.csv.gz").first)
        #expect(bad.code == "gzip_corrupt")
        #expect(try issues([0x1F, 0x8B], name: "A.csv.gz").first?.code == "gzip_truncated")
    }

    @Test(arguments: [("/nonexistent/x.csv", "missing"), ("/tmp", "directory"), ("-", "stdin"), ("", "missing"), ("/dev/null", "not_a_file"), ("a\0b", "missing")])
    func whatIsNotAFile(_ path: String, _ code: String) throws {
        do {
            _ = try loadBars(path)
            Issue.record("loaded")
        } catch let error as InputMissing {
            #expect(error.issue.code == code)
            #expect(error.issue.help != nil)
        }
    }

    @Test func aMisspeltFileGetsASuggestion() throws {
        let path = try temporaryFile(hourlyHeader, name: "bitcoin.csv")
        defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
        do {
            _ = try loadBars(path.replacing("bitcoin", with: "bitcion"))
            Issue.record("loaded")
        } catch let error as InputMissing { #expect(error.issue.help == "did you mean '\(path)'?") }
    }

    @Test(arguments: ["options/spxw_option_quotes_1m_2021-01-04_07.csv.gz", "options/spy_option_quotes_1m_2023-08-03.csv.gz", "options/spx_chain_eod_greeks_2015-12-22_23.csv.gz", "options/spy_chain_eod_greeks_2015-01-05.csv.gz", "options/spy_chain_yahoo_2026-07-17.csv.gz"])
    func optionChainsAreRefused(_ file: String) throws {
        guard let path = sharedData(file) else { return }
        do {
            _ = try loadBars(path)
            Issue.record("loaded")
        } catch let error as InputIssues { #expect(error.issues.map(\.code) == ["options_chain"]) }
    }

    @Test(arguments: ["rl_logs/sb3_ppo_portfolio_monitor/monitor.csv", "rl_logs/dqn_forex/seed_7/training_log_20251018_143010.txt", "rl_logs/dqn_forex/confirm_seed_42/episode_metrics.json"])
    func otherFilesAreRefused(_ file: String) throws {
        guard let path = sharedData(file) else { return }
        #expect(throws: InputIssues.self) { _ = try loadBars(path) }
    }

    /// 2,000 files damaged at random: each either loads or throws an issue with a message and a remedy. Nothing traps.
    @Test func damagedFilesNeverCrash() throws {
        var rng = RandomStream(seed: 2024, purpose: "fuzz")
        let plain = Array((hourlyHeader + hourlyRows(60).joined(separator: "\r\n") + "\n").utf8)
        let seeds = [plain, Array(("1577836800000,1,5,.5,2,10,1577840399999,1,1,1,1,0\n1577840400000,2,5,.5,3,20,1577843999999,1,1,1,1,0\n").utf8), try gzip(plain)]
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-fuzz-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("F.csv").path
        let spice = Array("\0\n\r\",;\t-+.eE:ZT/0123456789nNaA\u{FEFF}".utf8)
        var loaded = 0, refused = 0
        for k in 0..<2000 {
            var bytes = seeds[k % seeds.count]
            for _ in 0..<Int(1 + rng.below(6)) {
                let at = Int(rng.below(UInt64(bytes.count)))
                switch rng.below(6) {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: rng.next())
                case 1: bytes[at] = spice[Int(rng.below(UInt64(spice.count)))]
                case 2: bytes.remove(at: at)
                case 3: bytes.insert(spice[Int(rng.below(UInt64(spice.count)))], at: at)
                case 4: bytes.removeSubrange(at..<min(bytes.count, at + Int(rng.below(200))))
                default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 40)], at: Int(rng.below(UInt64(bytes.count))))
                }
                if bytes.isEmpty { bytes = [10] }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let bars = try loadBars(path)
                let s = bars.series
                #expect(s.count > 0 && zip(s.time, s.time.dropFirst()).allSatisfy { $0 < $1 } && s.low.allSatisfy { $0 > 0 })
                loaded += 1
            } catch let error as InputIssues {
                #expect(!error.issues.isEmpty && error.issues.allSatisfy { !$0.message.isEmpty && $0.help != nil })
                refused += 1
            }
        }
        print("fuzz: \(loaded) loaded, \(refused) refused")
        #expect(loaded > 50 && refused > 50)
    }
}
