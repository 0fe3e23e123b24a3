import Foundation
import TestSupport
import Testing

/// `assay check` on rewards that read well and pay badly, and `assay compare`.
@Suite struct LintCommandTests {
    struct Flagged: CustomTestStringConvertible, Sendable {
        let reward: String
        let codes: [String]
        var testDescription: String { reward }
    }

    static let flagged = [
        Flagged(reward: "freqai-example", codes: ["farm_guaranteed"]), Flagged(reward: "btc-s2", codes: ["one_sided_guarantee"]),
        Flagged(reward: "btc-s3", codes: ["farm_guaranteed", "farm_martingale", "convexity_leak", "not_identifiable"]),
        Flagged(reward: "scalp-audited", codes: ["farm_guaranteed", "never_fires"]), Flagged(reward: "scalp-listed", codes: ["farm_guaranteed", "never_fires", "convexity_leak"]),
    ]

    @Test(arguments: flagged) func shippedFaultsAreFlagged(_ expected: Flagged) async throws {
        let run = try await assay("check", "rewards/\(expected.reward).yaml", "--json")
        let root = try JSONView(run.output)
        let codes = root["issues"].items.compactMap { $0["code"].string }
        for code in expected.codes { #expect(codes.contains(code), "\(codes)") }
        for issue in root["issues"].items {
            #expect(issue["severity"].string == "warning" && issue["file"].string == "rewards/\(expected.reward).yaml")
            #expect((issue["line"].int ?? 0) > 1 && issue["column"].int == 5)
            #expect(issue["help"].string?.isEmpty == false && issue["message"].string?.isEmpty == false)
        }
        #expect(root["reach"].items.count > 0)
    }

    @Test(arguments: ["starter", "volatility-normalised", "btc-s1", "scalp-profit"]) func soundOnesAreNot(_ name: String) async throws {
        let run = try await assay("check", "rewards/\(name).yaml", "--fail-on", "warning")
        #expect(run.errors.isEmpty, "\(run.err)")
    }

    @Test func theStoryIsTold() async throws {
        let run = try await assay("check", "rewards/freqai-example.yaml", "--fail-on", "warning", exits: 2)
        let text = run.err
        #expect(text.contains("rewards/freqai-example.yaml:12:5: warning: LONG, HOLD, repeat: +"), "\(text)")
        #expect(text.contains("friction in the reward above") && text.contains("help: "))
    }

    /// An experiment without `observe:` whose reward charges changes of position.
    @Test func anExperimentSaysWhatThePolicySees() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", "schema: 1\nname: r\nenvironment: spot\nterms:\n  - id: net\n    weight: 100\n    value: direction * next_return - 0.001 * abs(direction - position)\n")
        let blind = "schema: 1\nname: e\nreward: r.yaml\nenvironment:\n  kind: spot\n"
        try folder.write("e.yaml", blind)
        try folder.write("sees.yaml", blind + "  observe: [position]\n")
        let hidden = try await assay("check", "e.yaml", "--json", in: folder)
        #expect(try JSONView(hidden.output)["issues"].items.map { $0["code"].string } == ["not_observed"])
        let seen = try await assay("check", "sees.yaml", "--json", in: folder)
        #expect(try JSONView(seen.output)["issues"].items.isEmpty)
    }

    @Test func aFarmIsDrawn() async throws {
        let folder = try Workspace()
        try await assay("check", packageRoot + "/rewards/freqai-example.yaml", "--out", "farms", in: folder)
        let table = try String(contentsOfFile: folder.path + "/farms/farm-freqai-example-1.tsv", encoding: .utf8)
        #expect(table.hasPrefix("step\tpay\tstate\taction\n1\t"))
        #expect(FileManager.default.fileExists(atPath: folder.path + "/farms/farm-freqai-example-1.svg"))
    }

    @Test func explainsReachAndProcess() async throws {
        let run = try await assay("check", "rewards/btc-s3.yaml", "--explain")
        #expect(run.out.contains("share of steps on which a term pays, by policy"))
        #expect(run.out.contains("abstract process: 12 states (regime x position)"))
        #expect(run.out.contains("script moving-average-trend"))
    }

    @Test func aRewardAndItselfAreOne() async throws {
        let run = try await assay("compare", "rewards/btc-s3.yaml", "rewards/btc-s3.yaml", "--json")
        let root = try JSONView(run.output)
        #expect(root["epic"].double == 0 && root["starc"].double == 0 && root["flips"].items.isEmpty)
        #expect(root["sentence"].string?.contains("one reward") == true)
    }

    /// 2R + 3 and a potential change nothing; a negative changes everything.
    @Test func scaleAndShapingAreNothing() async throws {
        let folder = try Workspace()
        let head = "schema: 1\nname: NAME\nenvironment: spot\nterms:\n"
        func terms(_ weight: Double, _ bonus: Double) -> String {
            "  - id: net\n    weight: \(100 * weight)\n    value: direction * next_return\n  - id: rest\n    weight: \(bonus * weight)\n    when: action == HOLD and regime == CRISIS\n"
        }
        try folder.write("r.yaml", head + terms(1, 0.1))
        try folder.write("scaled.yaml", head + terms(2, 0.1) + "  - id: three\n    weight: 3\n    value: 1\n")
        try folder.write("shaped.yaml", head + terms(1, 0.1) + "  - id: shaping\n    weight: 4\n    term: potential\n    parameters:\n      phi: position * ema_20_50 + if(regime == CRISIS, 1, 0)\n")
        try folder.write("against.yaml", head + terms(-1, 0.1))
        for file in ["scaled.yaml", "shaped.yaml"] {
            let root = try JSONView(try await assay("compare", "r.yaml", file, "--json", in: folder).output)
            #expect((root["epic"].double ?? 1) < 1e-6 && (root["starc"].double ?? 1) < 1e-6, "\(file)")
            #expect(root["flips"].items.isEmpty)
        }
        let root = try JSONView(try await assay("compare", "r.yaml", "against.yaml", "--json", in: folder).output)
        #expect(abs((root["epic"].double ?? 0) - 1) < 1e-6 && abs((root["starc"].double ?? 0) - 1) < 1e-6)
        let flip = try #require(root["flips"].items.first { $0["regime"].string == "CRISIS" })
        #expect(flip["from"].string == "HOLD" && flip["to"].string == "TRADE" && flip["hit_rate"].double == 0.5)
        #expect(Set(root["flips"].items.compactMap { $0["regime"].string }).count == 4)
    }

    @Test func rewardsOfTwoKindsAreRefused() async throws {
        let run = try await assay("compare", "rewards/btc-s3.yaml", "rewards/scalp-profit.yaml", exits: 64)
        #expect(run.err.contains("no transitions in common"))
    }

    /// A farm in a stage's reward: with `gate: strict` nothing is trained.
    @Test func theGateStopsFarms() async throws {
        let folder = try Workspace()
        let stages = "stages:\n  - id: first\n    promote_when: hold_share < 50%\n    timeout_steps: 1000\n    on_timeout: promote\n  - id: second\n    reward:\n      activity: 0\n"
        let head = "schema: 1\nname: c\nenvironment: spot\n"
        try folder.write("r.yaml", "schema: 1\nname: r\nenvironment: spot\nterms:\n  - id: net\n    weight: 100\n    value: direction * next_return\n  - id: activity\n    weight: 0.1\n    when: action != HOLD\n")
        try folder.write("strict.yaml", head + "gate: strict\n" + stages)
        try folder.write("warn.yaml", head + stages)
        for name in ["strict", "warn"] {
            try folder.write("\(name)-run.yaml", "schema: 1\nname: \(name)\ndata:\n  bars: synthetic:btc-hourly,bars=4000\nreward: r.yaml\ncurriculum: \(name).yaml\nsteps: 2048\n")
        }
        let stopped = try await assay("train", "strict-run.yaml", "--out", "a", "--no-report", in: folder, exits: 65)
        #expect(stopped.err.contains("r.yaml:8:5: error: stage 'first': LONG and nothing else"))
        #expect(!stopped.err.contains("stage 'second'"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/a"))
        let warned = try await assay("train", "warn-run.yaml", "--out", "b", "--no-report", in: folder)
        #expect(warned.err.contains("stage 'first': LONG and nothing else"))
        #expect(FileManager.default.fileExists(atPath: folder.path + "/b/manifest.json"))
    }
}
