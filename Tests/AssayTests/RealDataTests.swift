import Foundation
import TestSupport
import Testing

/// The real hourly file and every other bars file of `../shared/data`. Each test ends early where the folder is absent.
@Suite struct RealDataTests {
    private static let hourly = "crypto/btcusdt_1h_binance_spot.csv.gz"
    private static let dates = ["--from", "2020-01-01", "--to", "2025-01-01"]
    /// Shares of the case study.
    private static let shares = [0.453, 0.262, 0.169, 0.115]

    private static let shared = Task { () -> ProgramRun? in
        guard let bars = sharedData(hourly) else { return nil }
        return try await runAssay(["ev", "rewards/btc-s1.yaml", "rewards/btc-s2.yaml", "rewards/btc-s3.yaml", "--bars", bars] + dates + ["--json"])
    }

    private func document() async throws -> JSONView? {
        guard let run = try await Self.shared.value else { return nil }
        #expect(run.code == 0, "\(run.summary)")
        return try JSONView(run.output)
    }

    /// 43,815 hours are in the file for the five years; 60% of them, the last without a next return.
    @Test func barsAndShares() async throws {
        guard let root = try await document() else { return }
        #expect(root["bars"].int == 26_289)
        for (regime, share) in zip(root["rewards"][0]["regimes"].items, Self.shares) {
            #expect(abs(try #require(regime["share"].double) - share) < 0.02, "\(regime["regime"].string ?? "")")
        }
    }

    struct Decision: CustomTestStringConvertible, Sendable {
        let index: Int, name: String, greedy: [String], verdict: String
        var testDescription: String { name }
    }

    static let decisions = [
        Decision(index: 0, name: "btc-s1", greedy: ["TIE", "TIE", "TIE", "TIE"], verdict: "always_trade"),
        Decision(index: 1, name: "btc-s2", greedy: ["HOLD", "HOLD", "HOLD", "HOLD"], verdict: "hold_collapse"),
        Decision(index: 2, name: "btc-s3", greedy: ["TRADE", "TRADE", "HOLD", "HOLD"], verdict: "mixed"),
    ]

    @Test(arguments: decisions) func greedyAtZeroEdge(_ decision: Decision) async throws {
        guard let root = try await document() else { return }
        let reward = root["rewards"][decision.index]
        #expect(reward["name"].string == decision.name)
        #expect(reward["regimes"].items.map { $0["greedy"]["zero_edge"].string ?? "" } == decision.greedy)
        #expect(reward["verdict"]["class"].string == decision.verdict)
        for regime in reward["regimes"].items where regime["break_even_hit_rate"].exists && !regime["break_even_hit_rate"].isNull {
            let estimate = try #require(regime["break_even_hit_rate"]["estimate"].double)
            let interval = regime["break_even_hit_rate"]["interval95"].doubles
            #expect(interval.count == 2 && interval[0] <= estimate && estimate <= interval[1], "\(decision.name) \(regime["regime"].string ?? "")")
        }
    }

    @Test func regimesVerb() async throws {
        guard let bars = sharedData(Self.hourly) else { return }
        let run = try await assay(list: ["regimes", "--bars", bars] + Self.dates + ["--json"])
        let regimes = try JSONView(run.output)["regimes"]
        #expect(regimes["names"].items.compactMap(\.string) == ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
        for (share, target) in zip(regimes["shares"].doubles, Self.shares) { #expect(abs(share - target) < 0.02) }
        #expect(regimes["transitions"].items.allSatisfy { abs($0.doubles.reduce(0, +) - 1) < 1e-9 })
        #expect(regimes["agreement"]["detector"].string == "hmm")
        let kappa = try #require(regimes["agreement"]["kappa"].double)
        #expect((-1...1).contains(kappa))
    }

    static let files: [String] = ["crypto", "intraday", "index", "vol"].flatMap { folder -> [String] in
        let root = packageRoot + "/../shared/data/" + folder
        return ((try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []).filter { $0.hasSuffix(".csv.gz") }.sorted().map { folder + "/" + $0 }
    }

    @Test(arguments: files) func everyFileLoads(_ file: String) async throws {
        guard let path = sharedData(file) else { return }
        let run = try await assay("data", path, "--json")
        let manifest = try JSONView(run.output)["manifest"]
        #expect(try #require(manifest["rows"].int) > 500)
        #expect(manifest["sha256"].string?.count == 64)
        #expect(run.errors.isEmpty)
    }

    @Test func theFeedSwitchIsReported() async throws {
        guard let path = sharedData("intraday/5m/spy_5m_2025-05_2026-03.csv.gz") else { return }
        let run = try await assay("data", path)
        let line = try #require(run.out.split(separator: "\n").first { $0.hasPrefix("feed_switch") })
        #expect(line.contains("policy: kept"))
        #expect(line.contains("2026-03-10"))
        #expect(run.out.contains("symbol ") && run.out.contains("SPY"))
        let strict = try await assay("data", path, "--strict", exits: 65)
        #expect(strict.err.contains("error: feed_switch: 1"))
    }
}
