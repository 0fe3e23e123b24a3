import Foundation
import TestSupport
import Testing

/// Bars that cannot be read: a message with file, line and remedy, and an exit code; never a crash.
@Suite struct BrokenBarsTests {
    struct Broken: CustomTestStringConvertible, Sendable {
        let name: String, bytes: Data, message: String
        var code: Int32 = 65
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ message: String) { self.init(name, Data(text.utf8), message) }
        init(_ name: String, _ bytes: Data, _ message: String) { (self.name, self.bytes, self.message) = (name, bytes, message) }
    }

    private static let good = "2020-01-01 00:00,1,2,1,2,5\n"

    /// The first 20 bytes of what `gzip -n` makes of a kilobyte of text: header and the start of a deflate block.
    private static let truncatedGzip = Data([
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xED, 0xC1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x82, 0x20, 0xFF,
    ])

    static let cases = [
        Broken("0-bytes.csv", "", "0-bytes.csv: error: is empty (0 bytes)\nhelp: is the download complete?\n"),
        Broken("header-only.csv", barHeader, "header-only.csv: error: has a header but no rows"),
        Broken("text.csv", barHeader + good + "2020-01-01 01:00,1,2,abc,2,5\n", "text.csv:3:22: error: 'abc' is not a number (low)"),
        Broken("columns.csv", "time,open,hihg,low,close\n2020-01-01,1,2,1,2\n", "columns.csv:1:1: error: no column for high"),
        Broken("binary.csv", Data((0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 7) }), "binary.csv:1:1: error: is binary, not text"),
        Broken("truncated.csv.gz", truncatedGzip, "truncated.csv.gz"),
        Broken("not-gzip.csv.gz", "\u{1F}\u{8B}" + barHeader, "not-gzip.csv.gz"),
        Broken("page.csv", "<!DOCTYPE html><html>not found</html>", "page.csv:1:1: error: is a web page or XML, not CSV"),
        Broken("infinite.csv", barHeader + "2020-01-01 01:00,1,inf,1,2,5\n", "infinite.csv:2:20: error: 'inf' is not a number (high)"),
        Broken("not-a-time.csv", barHeader + "yesterday,1,2,1,2,5\n", "not-a-time.csv:2:1: error: 'yesterday' is not a time"),
        Broken("ragged.csv", barHeader + good + "2020-01-01 01:00,1,2\n", "ragged.csv:3:20: error: the row has 3 fields, the header 6"),
        Broken(
            "disorder.csv",
            barHeader + (0..<48).map { String(format: "2020-01-%02d %02d:00,1,2,1,2,5", 1 + ($0 * 29 % 48) / 24, ($0 * 29 % 48) % 24) }.joined(separator: "\n"),
            "disorder.csv:"),
    ]

    @Test(arguments: cases) func isExplained(_ broken: Broken) async throws {
        let folder = try Workspace()
        try folder.write(broken.name, broken.bytes)
        let run = try await assay("data", broken.name, in: folder, exits: broken.code)
        #expect(run.err.hasPrefix(broken.message), "\(run.err)")
        #expect(run.err.contains("error: "))
        #expect(run.err.contains("\nhelp: "), "a remedy is missing: \(run.err)")
        #expect(run.output.isEmpty)
        // The same file through the analysis: the same code, before anything is computed.
        let analysis = try await assay("ev", packageRoot + "/rewards/btc-s1.yaml", "--bars", broken.name, in: folder, exits: broken.code)
        #expect(analysis.err == run.err)
    }

    /// The middle of a real gzip stream is missing: cut at several places, by the gzip program, and never a crash.
    @Test(arguments: [0.05, 0.5, 0.9, 0.999]) func cutGzip(_ share: Double) async throws {
        let folder = try Workspace()
        let plain = try folder.write("bars.csv", hourlyBars(500))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-n", plain]
        try process.run()
        process.waitUntilExit()
        let whole = try #require(FileManager.default.contents(atPath: plain + ".gz"))
        try folder.write("cut.csv.gz", whole.prefix(Int(Double(whole.count) * share)))
        let run = try await assay("data", "cut.csv.gz", in: folder, exits: 65)
        #expect(run.err.hasPrefix("cut.csv.gz"))
        #expect(run.err.contains("\nhelp: "))
    }

    /// Too few bars for features and regimes is an explanation too.
    @Test(arguments: [1, 2, 30, 300]) func tooFewBars(_ count: Int) async throws {
        let folder = try Workspace()
        try folder.write("few.csv", hourlyBars(count))
        let run = try await runAssay(["ev", packageRoot + "/rewards/btc-s3.yaml", "--bars", "few.csv"], in: folder.path)
        #expect(run.hasEnded, "\(run.summary)")
        #expect([0, 65].contains(run.code), "\(run.summary)")
        if run.code == 65 { #expect(run.err.contains("error: ") && run.err.contains("few.csv"), "\(run.err)") }
    }

    @Test func aWindowWithoutBars() async throws {
        let folder = try Workspace()
        try folder.write("bars.csv", hourlyBars(4_000))
        let run = try await assay("ev", packageRoot + "/rewards/btc-s1.yaml", "--bars", "bars.csv", "--from", "2030-01-01", in: folder, exits: 65)
        #expect(run.err.contains("bars.csv"))
        #expect(run.err.contains("help: "))
    }
}
