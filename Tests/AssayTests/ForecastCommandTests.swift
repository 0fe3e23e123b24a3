import Foundation
import TestSupport
import Testing

@Suite struct ForecastCommandTests {
    private static let rewards = ["btc-s1", "btc-s2"].map { "\(packageRoot)/rewards/\($0).yaml" }

    /// The members that DESIGN section 12 names, for two rewards.
    @Test func theDocument() async throws {
        let folder = try Workspace()
        try writeExperiment(folder)
        let run = try await assay(list: ["forecast"] + Self.rewards + ["--experiment", "small.yaml", "--steps", "4096", "--json"], in: folder)
        #expect(run.errors.isEmpty, "\(run.err)")
        let root = try JSONView(run.output)
        #expect(root["schema_version"].int == 1 && root["rewards"].items.compactMap { $0["name"].string } == ["btc-s1", "btc-s2"])
        for reward in root["rewards"].items {
            #expect(["hold_collapse", "always_trade", "one_sided", "mixed", "undecided"].contains(reward["class"].string ?? ""))
            #expect(reward["regimes"].items.compactMap { $0["regime"].string } == ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
            for regime in reward["regimes"].items {
                for key in ["sampled", "argmax"] {
                    let shares = ["HOLD", "LONG", "SHORT"].compactMap { regime[key][$0].double }
                    #expect(shares.count == 3 && abs(shares.reduce(0, +) - 1) < 1e-3)
                }
                let band = regime["band90"]["HOLD"].items.compactMap(\.double), share = regime["sampled"]["HOLD"].double ?? -1
                #expect(band.count == 2 && band[0] <= share && share <= band[1])
                #expect(regime["x"].double != nil)
            }
            #expect(reward["curve"].items.last?["step"].int == 4_096)
        }
        #expect(!run.out.contains("NaN") && !run.out.contains(": inf"))
    }

    @Test func verified() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, reward: "btc-s2")
        let run = try await assay("forecast", "--experiment", "small.yaml", "--steps", "4096", "--verify", "--seeds", "2", "--out", "out", in: folder)
        #expect(run.out.contains("btc-s2: ") && run.out.contains("Trained (the mean of 2 seeds, 4,096 steps"), "\(run.out)")
        let root = try JSONView(Data(try folder.text("out/forecast.json").utf8))
        let actual = root["rewards"].items[0]["actual"]
        #expect(actual["seeds"].items.count == 2 && actual["steps"].int == 4_096 && (actual["hold_error"].double ?? 1) < 0.3)
        for name in ["forecast-btc-s2-mix", "forecast-actual"] {
            for suffix in ["tsv", "gp"] { #expect(FileManager.default.fileExists(atPath: "\(folder.path)/out/plots/\(name).\(suffix)")) }
        }
    }

    /// Options, told apart flat and in a trade; the experiment is the shipped one where none is named.
    @Test func options() async throws {
        let folder = try Workspace(), reward = "\(packageRoot)/rewards/scalp-audited.yaml"
        let arguments = ["forecast", reward, "--bars", "synthetic:intraday,days=12,symbols=SPY", "--steps", "4096", "--verify", "--seeds", "1"]
        let run = try await assay(list: arguments + ["--rest", "--json"], in: folder)
        let found = try JSONView(run.output)["rewards"].items[0]
        #expect(found["name"].string == "scalp-audited" && found["round_trips_per"].string == "day" && (found["round_trips"].double ?? 0) > 1)
        #expect((found["rest"]["residual"].double ?? 1) <= 1e-10 && (found["rest"]["states"].int ?? 0) > 100)
        for regime in found["regimes"].items where (regime["bars"].int ?? 0) > 0 {
            let flat = ["HOLD", "BUY_CALL", "BUY_PUT"].compactMap { regime["flat"]["sampled"][$0].double }, held = ["HOLD", "TRIM", "EXIT"].compactMap { regime["held"]["sampled"][$0].double }
            #expect(flat.count == 3 && abs(flat.reduce(0, +) - 1) < 1e-3 && held.count == 3 && abs(held.reduce(0, +) - 1) < 1e-3)
            #expect(regime["sampled"]["HOLD"].double == flat[0])
        }
        for policy in ["hard", "soft", "ppo"] { #expect(found["rest"][policy]["class"].string != nil && found["rest"][policy]["regimes"].items.count == 4) }
        #expect((found["actual"]["round_trips"].double ?? 0) > 1 && found["actual"]["held"]["LOW_VOL"]["EXIT"].double != nil)
        let text = try await assay(list: arguments + ["--rest"], in: folder)
        for words in ["While flat", "In a trade", "Reached and at rest", "Round trips expected: ", "Bellman residual", "Trained (one seed, 4,096 steps"] { #expect(text.out.contains(words), "\(words)\n\(text.out)") }
        let page = try await assay(list: Array(arguments.prefix(6)) + ["--out", "out", "--quiet"], in: folder)
        #expect(page.errors.isEmpty, "\(page.err)")
        #expect(try folder.text("out/report.html").contains("Forecast of training"))
        let mixes = try folder.text("out/plots/forecast-scalp-audited-mix.tsv")
        #expect(mixes.contains("BUY_PUT") && !mixes.contains("EXIT"), "flat, there is nothing to exit")
        // Without the point of rest the rest is the same; unasked, it is left out of so short a training.
        let quick = try JSONView(try await assay(list: Array(arguments.prefix(6)) + ["--no-rest", "--json"], in: folder).output)["rewards"].items[0]
        #expect(quick["rest"].isNull && quick["rest_reason"].string == "not asked for" && quick["round_trips"].double == found["round_trips"].double)
        let unasked = try JSONView(try await assay(list: Array(arguments.prefix(6)) + ["--json"], in: folder).output)["rewards"].items[0]
        #expect(unasked["rest"].isNull && unasked["rest_reason"].string?.contains("--rest asks for it") == true && unasked["round_trips"].double == found["round_trips"].double)
        let said = try await assay(list: Array(arguments.prefix(6)), in: folder)
        #expect(said.out.contains("The point of rest was left out: counting and solving 4180 states") && !said.out.contains("Reached and at rest"), "\(said.out)")
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let arguments: [String], code: Int32, message: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let refusals = [
        Refusal(arguments: ["--start-hold", "1.2"], code: 64, message: "--start-hold must lie between 0 and 1"),
        Refusal(arguments: ["--from", "2020-01-01"], code: 64, message: "--from and --to go with --bars"),
        Refusal(arguments: ["--set", "ppo.gama=1"], code: 65, message: "did you mean"),
        Refusal(arguments: ["missing.yaml"], code: 66, message: "missing.yaml"),
        Refusal(arguments: ["\(packageRoot)/rewards/scalp-audited.yaml"], code: 65, message: "this reward is for options, and small.yaml trades the spot market"),
    ]

    @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws {
        let folder = try Workspace()
        try writeExperiment(folder)
        let run = try await assay(list: ["forecast", "--experiment", "small.yaml"] + refusal.arguments, in: folder, exits: refusal.code)
        #expect(run.err.contains(refusal.message), "\(run.err)")
        #expect(run.output.isEmpty)
    }
}
