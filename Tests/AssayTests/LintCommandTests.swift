import Foundation
import TestSupport
import Testing

/// `assay check` on rewards that read well and pay badly, and `assay compare`.
@Suite struct LintCommandTests {
    /// Rows of the table of shipped rewards in docs/checking-rewards.md: name, and codes in order of severity.
    private static func documented() throws -> [(reward: String, codes: [String])] {
        let text = try String(contentsOfFile: packageRoot + "/docs/checking-rewards.md", encoding: .utf8)
        return text.split(separator: "\n").drop { !$0.hasPrefix("| reward | codes |") }.dropFirst(2).prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0].trimmingCharacters(in: ["`"]), cells[1] == "none" ? [] : cells[1].components(separatedBy: ", "))
        }
    }

    /// Every shipped reward gets the codes that the documentation says, and no others.
    @Test func theTableOfShippedRewards() async throws {
        let rows = try Self.documented()
        let files = try FileManager.default.contentsOfDirectory(atPath: packageRoot + "/rewards").filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        #expect(rows.map(\.reward) == files)
        for row in rows {
            let root = try JSONView(try await assay("check", "rewards/\(row.reward).yaml", "--json").output)
            let codes = root["issues"].items.compactMap { $0["code"].string }
            #expect(codes.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } } == row.codes, "\(row.reward)")
            for issue in root["issues"].items {
                #expect(issue["severity"].string == "warning" && issue["file"].string == "rewards/\(row.reward).yaml")
                #expect((issue["line"].int ?? 0) > 1 && issue["column"].int == 5)
                #expect(issue["help"].string?.isEmpty == false && issue["message"].string?.isEmpty == false)
            }
            #expect(root["reach"].items.count > 0)
        }
    }

    @Test func soundOnesPass() async throws {
        for name in ["starter", "volatility-normalised", "btc-s1", "scalp-profit"] {
            let run = try await assay("check", "rewards/\(name).yaml", "--fail-on", "warning")
            #expect(run.errors.isEmpty, "\(run.err)")
        }
    }

    /// What a memory does is given and printed.
    @Test func memoriesAreShown() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", "schema: 1\nname: r\nenvironment: spot\nterms:\n  - id: sharpe\n    weight: 1\n    term: sharpe_window\n    parameters:\n      window: 30\n")
        let run = try await assay("check", "r.yaml", "--explain", in: folder)
        #expect(run.out.contains("its deviation by the memory of a term, and by the steps") && run.err.contains("pays by a memory of the episode"))
        let row = try #require(try JSONView(try await assay("check", "r.yaml", "--json", in: folder).output)["memories"].items.first)
        let memory = try #require(row["deviation_by_memory"].double), steps = try #require(row["deviation_by_steps"].double), share = try #require(row["share"].double)
        #expect(row["term"].string == "sharpe" && abs(share - memory / steps) < 1e-9 && share > 0.16 && share < 0.4)
    }

    @Test func theStoryIsTold() async throws {
        let run = try await assay("check", "rewards/freqai-example.yaml", "--fail-on", "warning", exits: 2)
        let text = run.err
        #expect(text.contains("rewards/freqai-example.yaml:12:5: warning: LONG, HOLD, repeat: +"), "\(text)")
        #expect(text.contains("friction in the reward above") && text.contains("help: "))
    }

    /// The same farm for programs: (25 - .15) / 2 a step and what oversold bars add, for one trade every two bars; the friction that stops it takes all that it has over holding (-1) or nothing.
    @Test func theStoryIsGiven() async throws {
        let root = try JSONView(try await assay("check", "rewards/freqai-example.yaml", "--json").output), farm = root["farms"][0]
        #expect(root["farms"].items.count == 1 && farm["code"].string == "farm_guaranteed" && farm["reward"].string == "freqai-example")
        #expect(farm["cycle"].items.map(\.string) == ["LONG", "HOLD"] && farm["regimes"].items.count == 4)
        let pay = try #require(farm["regimes"][0]["pay_per_step"].double), total = try #require(farm["terms"]["freqai"].double), friction = try #require(farm["break_even_friction"].double)
        #expect(pay > 12.42 && pay < 16 && abs(farm["regimes"][0]["holding_per_step"].double! + 1) < 1e-9 && abs(total - pay) < 1e-9)
        #expect(friction > 0.16 && friction < 0.22 && (farm["worst_per_step"].double ?? 0) > 10)
        let issue = try #require(root["issues"].items.first { $0["code"].string == "farm_guaranteed" })
        #expect(farm["sentence"].string == issue["message"].string && farm["patch"].string == issue["help"].string)
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
        // The advice is longer than a line: it goes on, to its end.
        let drawn = try String(contentsOfFile: folder.path + "/farms/farm-freqai-example-1.svg", encoding: .utf8)
        #expect(drawn.contains("any weight of it is farmed") && drawn.contains("whose pay cancels round any cycle") && !drawn.contains("…"))
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

    // MARK: What is reached, and by whom

    private static let resting = "schema: 1\nname: resting\nenvironment: spot\nterms:\n  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: rest\n    weight: 0\n    when: action == HOLD\n"

    /// The policy of a run acts on the run's own bars: its HOLD share is the one that the run's evaluation has.
    @Test func aTrainedPolicyJoinsTheTable() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", Self.resting)
        try folder.write("e.yaml", "schema: 1\nname: e\ndata:\n  bars: synthetic:btc-hourly,seed=7,bars=4000\nreward: r.yaml\nsteps: 2048\nseeds: [3, 4]\nppo:\n  environments: 4\n  n_steps: 128\n  n_epochs: 2\n")
        try await assay("train", "e.yaml", "--out", "trained", "--no-report", in: folder)
        let root = try JSONView(try await assay("check", "r.yaml", "--run", "trained", "--json", in: folder).output)
        let trained = root["policies"].items.filter { $0["kind"].string == "trained" }
        #expect(trained.map { $0["policy"].string } == ["trained trained/seed-3", "trained trained/seed-4"])
        let rest = try #require(root["reach"].items.first { $0["term"].string == "rest" })
        for seed in [3, 4] {
            let evaluation = try JSONView(Data(folder.text("trained/seed-\(seed)/evaluation.json").utf8))
            let hold = try #require(evaluation["splits"]["train"]["sampled"]["HOLD"].double), hit = try #require(rest["hits"]["trained trained/seed-\(seed)"].double)
            #expect(abs(hold - hit) < 1e-9, "seed \(seed): \(hold), \(hit)")
        }
        let text = try await assay("check", "r.yaml", "--run", "trained/seed-3", "--explain", in: folder).out
        #expect(text.contains("trained trained/seed-3") && text.contains("seed=7"))
        let refused = try await assay("check", "r.yaml", "--run", "trained", "--bars", "synthetic:btc-hourly,seed=1", in: folder, exits: 64)
        #expect(refused.err.contains("leave --bars"))
        let other = try await assay("check", packageRoot + "/rewards/scalp-profit.yaml", "--run", "trained", in: folder, exits: 65)
        #expect(other.err.contains("the run trained/seed-3 was trained on 'spot'"))
        #expect(try await assay("check", "r.yaml", "--run", "nowhere", in: folder, exits: 66).err.contains("nowhere"))
    }

    /// On options the policy plays the judged days: a term of HOLD and one of everything else share its steps.
    @Test func aTrainedScalperJoinsTheTable() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", "schema: 1\nname: r\nenvironment: options\nterms:\n  - id: net\n    weight: 1\n    value: net_profit\n  - id: still\n    weight: 0\n    when: action == HOLD\n  - id: busy\n    weight: 0\n    when: action != HOLD\n")
        try folder.write("e.yaml", "schema: 1\nname: e\ndata:\n  bars: synthetic:intraday,days=10,symbols=SPY\nenvironment:\n  kind: options\nreward: r.yaml\nsteps: 1024\nppo:\n  environments: 2\n  n_steps: 256\n  n_epochs: 1\n  gamma: 0.92\n")
        try await assay("train", "e.yaml", "--out", "scalper", "--no-report", in: folder)
        let root = try JSONView(try await assay("check", "r.yaml", "--run", "scalper", "--json", in: folder).output)
        let policy = try #require(root["policies"].items.first { $0["kind"].string == "trained" })
        #expect(policy["policy"].string == "trained scalper")
        // Six of ten days train; each minute of the session but the last is a decision.
        #expect(policy["steps"].int == 6 * 389)
        func hit(_ term: String) throws -> Double { try #require(root["reach"].items.first { $0["term"].string == term }?["hits"]["trained scalper"].double) }
        #expect(try abs(hit("still") + hit("busy") - 1) < 1e-9 && hit("busy") > 0.05)
    }

    /// An experiment's teacher is asked what it recorded; before it has, that is said.
    @Test func theExperimentsTeacherJoinsTheTable() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", Self.resting)
        try folder.write("e.yaml", "schema: 1\nname: e\ndata:\n  bars: synthetic:btc-hourly,seed=7,bars=4000\nreward: r.yaml\nteacher:\n  demonstrations: demos\ncloning:\n  epochs: 1\n")
        let before = try await assay("check", "e.yaml", "--explain", in: folder)
        #expect(before.err.contains("note: e: its teacher's demonstrations are not recorded yet (demos)"))
        try await assay("teach", packageRoot + "/teacher-scripts/donchian-breakout.yaml", "--bars", "synthetic:btc-hourly,seed=7,bars=4000", "--episodes", "3", "--out", "demos", in: folder)
        let after = try JSONView(try await assay("check", "e.yaml", "--json", in: folder).output)
        let teacher = try #require(after["policies"].items.first { $0["policy"].string?.hasPrefix("the experiment's teacher") == true })
        #expect(teacher["policy"].string == "the experiment's teacher (donchian-breakout)" && teacher["kind"].string == "teacher" && teacher["steps"].int == 3 * 720)
        let shares = try JSONView(try await assay("teach", packageRoot + "/teacher-scripts/donchian-breakout.yaml", "--bars", "synthetic:btc-hourly,seed=7,bars=4000", "--episodes", "3", "--json", in: folder).output)
        let held = try #require(shares["actions"]["HOLD"].double), hit = try #require(after["reach"].items.first { $0["term"].string == "rest" }?["hits"]["the experiment's teacher (donchian-breakout)"].double)
        #expect(abs(held - hit) < 1e-6, "\(held), \(hit)")
        // Recorded on other bars, they are refused.
        try folder.write("other.yaml", "schema: 1\nname: o\ndata:\n  bars: synthetic:btc-hourly,seed=8,bars=4000\nreward: r.yaml\nteacher:\n  demonstrations: demos\ncloning:\n  epochs: 1\n")
        #expect(try await assay("check", "other.yaml", in: folder, exits: 65).err.contains("are not of the experiment's market"))
    }

    /// Demonstrations are paid on the bars they were played on: who buys at five in the morning and sells an hour later is long at no other hour.
    @Test func demonstrationsKeepTheirHours() async throws {
        let folder = try Workspace(), bars = "synthetic:btc-hourly,seed=7,bars=4000"
        try folder.write("morning.yaml", "schema: 1\nname: morning\nenvironment: spot\nentry:\n  action: LONG\n  steps:\n    - id: five\n      when: hour == 5\ninvalidation:\n  - id: sold\n    when: bars_in_position >= 1\n")
        try folder.write("r.yaml", Self.resting + "  - id: five\n    weight: 0\n    when: direction > 0 and hour == 5\n  - id: other\n    weight: 0\n    when: direction > 0 and hour != 5\n")
        try await assay("teach", "morning.yaml", "--bars", bars, "--episodes", "3", "--out", "demos", in: folder)
        try folder.write("e.yaml", "schema: 1\nname: e\ndata:\n  bars: \(bars)\nreward: r.yaml\nteacher:\n  demonstrations: demos\ncloning:\n  epochs: 1\n")
        let root = try JSONView(try await assay("check", "e.yaml", "--json", in: folder).output)
        func hits(_ term: String) throws -> Double { try #require(root["reach"].items.first { $0["term"].string == term }?["hits"]["the experiment's teacher (morning)"].double) }
        let five = try hits("five"), other = try hits("other")
        #expect(abs(five - 1.0 / 24) < 0.003 && other == 0, "\(five), \(other)")
    }

    /// A script of one's own; and the advice of a term that only a teacher meets names the script that does.
    @Test func aScriptOfOnesOwn() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", Self.resting + "  - id: hundred\n    weight: 1\n    when: bars_in_position > 100\n")
        try folder.write("patient.yaml", "schema: 1\nname: patient\nenvironment: spot\nentry:\n  action: LONG\n  steps:\n    - id: now\n      when: close > 0\ninvalidation:\n  - id: late\n    when: bars_in_position >= 150\n")
        let run = try await assay("check", "r.yaml", "--teacher", "patient.yaml", "--json", in: folder)
        let root = try JSONView(run.output)
        let hit = try #require(root["reach"].items.first { $0["term"].string == "hundred" }?["hits"]["script patient"].double)
        #expect(hit > 0.2 && hit < 0.5, "\(hit)")
        let issue = try #require(root["issues"].items.first { $0["code"].string == "unreachable_term" })
        #expect(issue["help"].string?.contains("start from 'script patient', which is paid it once in 3 bars") == true, "\(issue["help"].string ?? "")")
        #expect(try await assay("check", "r.yaml", "--teacher", "nowhere.yaml", in: folder, exits: 66).err.contains("nowhere.yaml"))
        #expect(try await assay("check", "r.yaml", "--teacher", packageRoot + "/teacher-scripts/vwap-reclaim.yaml", in: folder, exits: 65).err.contains("the script is for 'options'"))
    }

    /// An experiment's reward is judged on the experiment's bars, and where these are missing on the standard ones.
    @Test func anExperimentIsJudgedOnItsOwnBars() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", Self.resting)
        try folder.write("own.yaml", "schema: 1\nname: own\ndata:\n  bars: synthetic:btc-hourly,seed=7,bars=4000\nreward: r.yaml\n")
        #expect(try await assay("check", "own.yaml", "--explain", in: folder).out.contains("seed=7"))
        try folder.write("gone.yaml", "schema: 1\nname: gone\ndata:\n  bars: gone.csv\nreward: r.yaml\n")
        let gone = try await assay("check", "gone.yaml", "--explain", in: folder)
        #expect(gone.err.contains("note: gone: gone.csv is missing, so its reward is judged on the standard market") && gone.out.contains("judged on synthetic:btc-hourly,"))
    }

    /// The observation's share in what is paid is printed and given.
    @Test func coverageIsShown() async throws {
        let run = try await assay("check", "rewards/btc-s3.yaml", "--explain")
        #expect(run.out.contains("what the observation tells of certain pay"))
        let root = try JSONView(try await assay("check", "rewards/btc-s3.yaml", "--json").output)
        let row = try #require(root["coverage"].items.first { $0["term"].string == "crisis_hold" })
        #expect(row["action"].string == "HOLD" && row["by"].string == "regime" && (row["share"].double ?? 0) > 0.95)
        for row in root["coverage"].items {
            let told = try #require(row["told_bits_at_least"].double), entropy = try #require(row["entropy_bits"].double), share = try #require(row["share"].double)
            #expect(told <= entropy && abs(share - told / entropy) < 1e-9)
        }
        #expect(root["coverage"].items.contains { ($0["share"].double ?? 1) < 1 })
    }
}
