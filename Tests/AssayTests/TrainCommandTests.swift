import Foundation
import TestSupport
import Testing

/// `assay train` and `assay evaluate`: what they print, and that neither threads nor neighbours change a byte.
@Suite struct TrainCommandTests {
    static let classes: Set = ["hold_collapse", "always_trade", "one_sided", "mixed", "undecided"]

    @Test func threadsChangeNothing() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 6_144)
        for threads in ["1", "2"] { try await assay("train", "small.yaml", "--no-report", "--out", "t\(threads)", "--threads", threads, "--quiet", in: folder) }
        #expect(try RunBytes(folder, "t1") == RunBytes(folder, "t2"))
        #expect(try folder.text("t1/evaluation.json") == folder.text("t2/evaluation.json"))
    }

    @Test func seedsSideBySide() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 3_072, seeds: "[1, 2, 3]")
        for threads in ["1", "2"] { try await assay("train", "small.yaml", "--no-report", "--out", "t\(threads)", "--threads", threads, "--quiet", in: folder) }
        var runs: [RunBytes] = []
        for seed in 1...3 {
            runs.append(try RunBytes(folder, "t1/seed-\(seed)"))
            #expect(try runs[seed - 1] == RunBytes(folder, "t2/seed-\(seed)"))
        }
        #expect(runs[0].policy != runs[1].policy && runs[1].progress != runs[2].progress)
        // A seed alone is the same run, and so is its own folder resumed.
        try await assay("train", "small.yaml", "--no-report", "--seed", "2", "--out", "alone", "--quiet", in: folder)
        #expect(try RunBytes(folder, "alone") == runs[1])
        try await assay("train", "--no-report", "--resume", "t1/seed-2", "--quiet", in: folder)
        #expect(try RunBytes(folder, "t1/seed-2") == runs[1])
    }

    @Test func whatATrainingRunSays() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 1_024, seeds: "[1, 2]")
        let text = try await assay("train", "small.yaml", "--no-report", in: folder)
        #expect(flat(text.out).contains("Sampled actions on the training bars, mean over 2 seeds regime bars HOLD % LONG % SHORT %"))
        for word in ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS", "class: ", "steps/s", "next: assay evaluate runs/small --split test"] { #expect(text.out.contains(word), "\(word)") }
        #expect(text.err.contains("small: synthetic:btc-hourly,bars=6000") && text.err.contains("reward btc-s3") && text.err.contains("2 seeds, 1024 steps each"))
        let document = try JSONView(try await assay("train", "small.yaml", "--no-report", "--json", "--out", "json", in: folder).output)
        #expect(document["run"].string == "json" && document["steps"].int == 2_048 && document["schema_version"].int == 1)
        #expect(document["seconds"].double ?? 0 > 0 && document["steps_per_second"].double ?? 0 > 0)
        #expect(Self.classes.contains(document["class"].string ?? ""))
        #expect(document["seeds"].items.map { $0["seed"].int } == [1, 2] && document["seeds"][1]["run"].string == "json/seed-2")
        // Of a run that is over: no steps, the same class.
        let again = try JSONView(try await assay("train", "--no-report", "--resume", "json", "--json", in: folder).output)
        #expect(again["steps"].int == 0 && again["class"].string == document["class"].string)
        #expect(try await assay("train", "--no-report", "--resume", "json", in: folder).out.contains("the run was finished already"))
    }

    @Test func evaluateJSON() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_048)
        try await assay("train", "small.yaml", "--no-report", "--set", "environment.fee_bps=5", "--quiet", in: folder)
        for split in ["test", "validation", "train", "all"] {
            let document = try JSONView(try await assay("evaluate", "runs/small", "--split", split, "--json", in: folder).output)
            let found = document["splits"][split]
            #expect(document["splits"].keys == [split] && found["regimes"].items.map { $0["regime"].string } == ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
            var bars = 0
            for regime in found["regimes"].items {
                bars += regime["bars"].int ?? 0
                for mix in ["sampled", "argmax", "mean_probability"] where regime["bars"].int != 0 {
                    #expect(regime[mix].keys == ["HOLD", "LONG", "SHORT"])
                    let shares = ["HOLD", "LONG", "SHORT"].compactMap { regime[mix][$0].double }
                    #expect(abs(shares.reduce(0, +) - 1) < 1e-6 && shares.allSatisfy { $0 >= 0 && $0 <= 1 })
                }
            }
            #expect(bars > 500)
            #expect(found["round_trips"].int != nil && found["net_return"].double != nil && found["sharpe"].double != nil)
            #expect((0...1).contains(found["max_drawdown"].double ?? -1))
            #expect(Self.classes.contains(found["class"].string ?? ""))
            let zoo = found["zoo"]
            #expect(zoo.keys == ["always_hold", "always_long", "always_short", "clairvoyant", "mean_revert", "random", "trend"])
            #expect(zoo["always_hold"]["net_return"].double == 0 && zoo["always_hold"]["round_trips"].int == 0)
            // Unknown is null with a reason beside it.
            #expect(zoo["always_hold"]["sharpe"].isNull && zoo["always_hold"]["sharpe_reason"].string != nil)
            let best = zoo["clairvoyant"]["net_return"].double ?? 0
            for name in zoo.keys where name != "clairvoyant" { #expect(zoo[name]["net_return"].double ?? .infinity < best) }
            #expect(best > found["net_return"].double ?? .infinity)
        }
        // What training wrote down is what evaluation finds.
        let written = try JSONView(Data(contentsOf: URL(fileURLWithPath: folder.path + "/runs/small/evaluation.json")))
        let found = try JSONView(try await assay("evaluate", "runs/small", "--json", in: folder).output)
        #expect(written["splits"].keys == ["test", "train", "validation"])
        #expect(written["splits"]["test"]["net_return"].double == found["splits"]["test"]["net_return"].double)
        let text = try await assay("evaluate", "runs/small", in: folder)
        for word in ["Sampled, test bars", "Arg-max, test bars", "Mean probability, test bars", "clairvoyant", "round trips", "class: "] { #expect(text.out.contains(word)) }
    }

    /// A reward that pays for holding, whatever happens: exit 2, with the level; the reward of session 1: exit 0.
    @Test func failOnCollapse() async throws {
        let folder = try Workspace()
        let mild = try String(contentsOfFile: packageRoot + "/rewards/btc-s2.yaml", encoding: .utf8)
        let bought = ["0.05\n    when: action == HOLD and regime == LOW_VOL", "0.08\n    when: action == HOLD and regime == HIGH_VOL", "0.10\n    when: action == HOLD and regime == CRISIS"]
        var text = mild
        for term in bought {
            #expect(text.contains(term))
            text = text.replacing(term, with: "5" + term.drop { $0 != "\n" })
        }
        let file = try folder.write("bought-reward.yaml", text.replacing("name: btc-s2", with: "name: bought"))
        try writeExperiment(folder, "bought", reward: file, steps: 400_000)
        let run = try await assay("train", "bought.yaml", "--no-report", "--fail-on", "collapse", "--no-progress", in: folder, exits: 2)
        #expect(run.err.contains("collapse: critical") || run.err.contains("collapse: failed"), "\(run.err)")
        // It stopped itself early, and can be watched going on.
        let steps = try #require(run.out.firstMatch(of: /([0-9]+) steps in/).flatMap { Int($0.1) })
        #expect(steps < 100_000)
        #expect(try folder.text("runs/bought/progress.csv").contains("collapse/status"))
        try writeExperiment(folder, "fair", reward: "btc-s1", steps: 20_480)
        try await assay("train", "fair.yaml", "--no-report", "--fail-on", "collapse", "--quiet", in: folder)
    }

    /// Every shipped experiment, cut to one small roll-out on a small market.
    @Test func shippedExperiments() async throws {
        let folder = try Workspace(), path = packageRoot + "/experiments"
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".yaml") }.sorted()
        #expect(names.count >= 3)
        for name in names {
            let text = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
            #expect(text.hasPrefix("# Intent:") && text.contains("name: \(name.dropLast(5))\n"))
            let isOptions = text.contains("kind: options")
            var settings = ["ppo.environments=4", "ppo.n_steps=32", "ppo.n_epochs=1", isOptions ? "environment.episode_minutes=20" : "environment.episode_bars=40"]
            if text.contains("kind: regime_transformer") { settings += ["policy.context=8", "policy.width=16", "policy.layers=1", "policy.feed_forward=32", "policy.head_hidden=16"] }
            if text.contains("demonstrations: demos/") {
                let demonstrations = "\(folder.path)/demos-\(name)"
                let teacher = isOptions ? ["gap-scalps", "--experiment", "experiments/\(name)", "--bars", "synthetic:intraday,days=6"] : ["donchian-breakout", "--bars", "synthetic:btc-hourly,bars=1500"]
                try await assay(list: ["teach"] + teacher + ["--episodes", "6", "--out", demonstrations, "--quiet"])
                settings += ["teacher.demonstrations=\(demonstrations)"]
            }
            try await assay(
                list: ["train", "experiments/\(name)", "--bars", isOptions ? "synthetic:intraday,days=6" : "synthetic:btc-hourly,bars=1500", "--steps", "128", "--seeds", "1", "--out", "\(folder.path)/\(name)", "--quiet", "--no-report"]
                    + settings.flatMap { ["--set", $0] })
            #expect(folder.contents.contains("\(name)/policy.safetensors"))
            let manifest = try folder.text("\(name)/manifest.json")
            #expect(manifest.contains("\"n_steps\": 32") && manifest.contains("\"time_zone\": null"))
        }
    }

    @Test(arguments: ["train", "evaluate"]) func help(_ verb: String) async throws {
        let run = try await assay(verb, "--help")
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(run.out.contains("Examples:") && run.out.contains("assay \(verb) "))
    }

    struct Usage: CustomTestStringConvertible, Sendable {
        let arguments: [String], message: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let wrongUsage = [
        Usage(arguments: ["train"], message: "name an experiment file, such as experiments/btc-s3-mlp.yaml, or --resume RUN"),
        Usage(arguments: ["train", "a.yaml", "--resume", "runs/a"], message: "name an experiment file, such as experiments/btc-s3-mlp.yaml, or --resume RUN"),
        Usage(arguments: ["train", "--no-report", "--resume", "runs/a", "--steps", "5"], message: "--resume goes on with the run as it was started; leave the other settings out"),
        Usage(arguments: ["train", "a.yaml", "--seed", "1", "--seeds", "2"], message: "give --seed or --seeds, not both"),
        Usage(arguments: ["train", "a.yaml", "--seeds", "0"], message: "--seeds must lie between 1 and 10,000, not 0"),
        Usage(arguments: ["train", "a.yaml", "--threads", "0"], message: "--threads must lie between 1 and 256, not 0"),
        Usage(arguments: ["train", "a.yaml", "--from", "2020-01-01"], message: "--from and --to go with --bars"),
        Usage(arguments: ["train", "a.yaml", "--fail-on", "colapse"], message: "The value 'colapse' is invalid for '--fail-on <fail-on>'"),
        Usage(arguments: ["evaluate", "a", "--split", "tests"], message: "The value 'tests' is invalid for '--split <split>'"),
        Usage(arguments: ["evaluate", "a", "--threads", "0"], message: "--threads must lie between 1 and 256, not 0"),
    ]

    @Test(arguments: wrongUsage) func wrongUsageIs64(_ usage: Usage) async throws {
        let run = try await assay(list: usage.arguments, exits: 64)
        #expect(flat(run.err).contains(usage.message), "\(run.err)")
        #expect(run.output.isEmpty)
    }

    @Test func wrongExperiments() async throws {
        let folder = try Workspace()
        try writeExperiment(folder)
        let both = try await assay("train", "small.yaml", "--no-report", "--set", "ppo.gama=0.9", "--set", "steps=x", in: folder, exits: 65)
        #expect(both.err.contains("--set ppo.gama=0.9:1:1: error: unknown key 'gama' in 'ppo'") && both.err.contains("did you mean 'gamma'?"), "\(both.err)")
        #expect(both.err.contains("--set steps=x:1:1: error: 'steps' must be a whole number, not 'x'") && both.err.contains("2 errors"))
        #expect(try await assay("train", "smal.yaml", in: folder, exits: 66).err.contains("did you mean 'small.yaml'?"))
        let stranger = try await assay("train", "small.yaml", "--no-report", "--set", "switches.cost_acrual=change", in: folder, exits: 65)
        #expect(stranger.err.contains("cost_acrual"), "\(stranger.err)")
        #expect(try await assay("train", "small.yaml", "--no-report", "--reward", "nothing.yaml", in: folder, exits: 66).err.contains("nothing.yaml: error: no such file"))
        let little = try await assay("train", "small.yaml", "--no-report", "--bars", "synthetic:btc-hourly,bars=100", "--set", "policy={kind: regime_transformer}", in: folder, exits: 65)
        #expect(little.err.contains("too few") || little.err.contains("not enough"), "\(little.err)")
        // Nothing was begun.
        #expect(folder.contents == ["small.yaml"])
    }

    /// A loss that is no number: exit 1, with step, term and what is left.
    @Test func notFinite() async throws {
        let folder = try Workspace()
        let file = try folder.write("overflow.yaml", "schema: 1\nname: overflow\nenvironment: spot\nterms:\n  - id: a\n    weight: 1e300\n    when: action != HOLD\n")
        try writeExperiment(folder, reward: file)
        let run = try await assay("train", "small.yaml", "--no-report", "--quiet", in: folder, exits: 1)
        #expect(run.err.contains("error: training stopped after 0 steps: the "), "\(run.err)")
        #expect(run.err.contains("is not a finite number in epoch 1, minibatch 1 of the update; there is no checkpoint yet"))
    }
}
