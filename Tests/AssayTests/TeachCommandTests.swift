import Foundation
import TestSupport
import Testing

/// `assay teach`: demonstrations and their report, explanations, faults and their exit codes.
@Suite struct TeachCommandTests {
    private func document(_ run: ProgramRun) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    }

    @Test func theReportHasItsFixedKeys() async throws {
        let folder = NSTemporaryDirectory() + "teach-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let line = ["teach", "donchian-breakout", "--bars", "synthetic:btc-hourly,bars=6000", "--episodes", "5", "--episode-bars", "100", "--json"]
        let run = try await assay(list: line + ["--out", folder])
        let report = try document(run)
        for key in ["episodes", "steps", "round_trips", "expectancy", "actions", "return", "always_hold_return"] { #expect(report[key] != nil, "\(key) is missing") }
        #expect(report["episodes"] as? Int == 5 && report["steps"] as? Int == 500)
        let shares = try #require(report["actions"] as? [String: Double])
        #expect(Set(shares.keys) == ["HOLD", "LONG", "SHORT"] && abs(shares.values.reduce(0, +) - 1) < 1e-12)
        for file in ["observations.npy", "actions.npy", "trajectories.npz", "report.json"] { #expect(FileManager.default.fileExists(atPath: folder + "/" + file), "\(file)") }
        // The same again gives the same, and will not be written over what is there.
        let again = try await assay(list: line)
        #expect(again.output == run.output)
        try await assay(list: line + ["--out", folder], exits: 65)
        try await assay(list: line + ["--out", folder, "--force"])
        let other = try await assay(list: line + ["--seed", "2"])
        #expect(other.output != run.output)
    }

    @Test func optionsAreTaughtByTheDay() async throws {
        let run = try await assay(
            "teach", "gap-pullback-reclaim", "--bars", "synthetic:intraday,days=6,setups=1,symbols=SPY", "--split", "all", "--episodes", "6", "--no-noise", "--json")
        let report = try document(run)
        #expect(report["episodes"] as? Int == 6)
        #expect((report["round_trips"] as? Int ?? 0) > 0)
        #expect(Set((report["actions"] as? [String: Double] ?? [:]).keys) == ["HOLD", "BUY_CALL", "BUY_PUT", "TRIM", "EXIT"])
    }

    @Test func anExplanationSaysWhatFiredAndWhyTheRestDidNot() async throws {
        let folder = NSTemporaryDirectory() + "teach-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bars = "synthetic:intraday,days=6,setups=1,symbols=SPY"
        let run = try await assay("teach", "gap-pullback-reclaim", "--bars", bars, "--explain", "2024-01-03", "--out", folder)
        #expect(run.out.contains("step gap fired") && run.out.contains("gap_pct >= 0.003 (gap_pct "))
        #expect(run.out.contains("no step pullback: 'pullback"))
        for file in ["teacher-day.tsv", "teacher-day.gp", "teacher-day.svg", "teacher-day.png"] { #expect(FileManager.default.fileExists(atPath: folder + "/" + file), "\(file)") }
        let missing = try await assay("teach", "gap-pullback-reclaim", "--bars", bars, "--explain", "2024-02-31", exits: 65)
        #expect(missing.err.contains("no trading day '2024-02-31'") && missing.err.contains("days run from SPY "))
    }

    /// Recorded for an experiment, demonstrations are cloned by it as they are; and both sides of one invalidation have their own line.
    @Test func demonstrationsForAnExperiment() async throws {
        let folder = NSTemporaryDirectory() + "teach-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bars = ["--bars", "synthetic:intraday,days=10,setups=0.5,setups.down=0.5,symbols=SPY"]
        let run = try await assay(list: ["teach", "gap-scalps", "--experiment", "experiments/scalp-cloned.yaml"] + bars + ["--episodes", "8", "--out", folder])
        #expect(run.out.contains("under scalp-audited the teacher earns"))
        #expect(run.out.contains("lose_vwap (BUY_CALL)") && run.out.contains("lose_vwap (BUY_PUT)"))
        try await assay(list: ["clone", "experiments/scalp-cloned.yaml", "--demos", folder, "--set", "data.bars='\(bars[1])'", "--set", "cloning.epochs=1", "--out", folder + "-clone"])
        try? FileManager.default.removeItem(atPath: folder + "-clone")
        let wrong = try await assay("teach", "donchian-breakout", "--experiment", "experiments/scalp-cloned.yaml", exits: 65)
        #expect(wrong.err.contains("the script is written for 'spot', the experiment scalp-cloned for 'options'"))
    }

    @Test func faultsHaveTheirExitCodes() async throws {
        let missing = try await assay("teach", "donchian-breakot", exits: 66)
        #expect(missing.err.contains("did you mean 'donchian-breakout'?"))
        let part = try await assay("teach", "ladder", "--bars", "synthetic:intraday,days=3,symbols=SPY", exits: 65)
        #expect(part.err.contains("the script has no entry, so it never trades"))
        let wrong = try await assay("teach", "donchian-breakout", "--bars", "synthetic:intraday", exits: 65)
        #expect(wrong.err.contains("the script is written for 'spot'"))
        try await assay("teach", "donchian-breakout", "--episodes", "0", exits: 64)
    }

    @Test func shippedScriptsAreListedAndExplained() async throws {
        let list = try await assay("list", "teachers")
        for name in ["gap-pullback-reclaim", "vwap-reclaim", "opening-range-breakout", "cup-and-handle", "trend-pullback", "donchian-breakout", "moving-average-trend", "ladder"] {
            #expect(list.out.contains("\n" + name), "\(name)")
        }
        let card = try await assay("explain", "gap-pullback-reclaim")
        #expect(card.out.contains("reclaim: crosses_above(close, vwap) (within 30 min)") && card.out.contains("+30%: sell 33.3% of what is left"))
    }
}
