import Foundation
import TestSupport
import Testing

/// `assay postmortem` from end to end.
@Suite struct PostmortemCommandTests {
    static let table = "step,HOLD,BUY_CALL,BUY_PUT,strong_setup_buy_rate\n5000,55.8,20.7,23.4,45.9\n10000,76.0,11.5,12.5,24.4\n15000,84.1,7.7,8.3,16.3\n85000,87.2,6.4,6.3,14.5\n"

    @Test func aTable() async throws {
        let folder = try Workspace()
        try folder.write("mixes.csv", Self.table)
        let run = try await assay("postmortem", "mixes.csv", "--ent-coef", "0.02", "--json", "--out", "pm", in: folder)
        let json = try JSONView(run.output)
        #expect(json["class"].string == "hold_collapse" && json["onset"]["method"].string == "relaxation")
        #expect(json["implied_gap"].items.map { ((($0["gap"].double) ?? 0) * 1_000).rounded() } == [19, 37, 47, 52])
        #expect(json["implied_gap"].items.map { ((($0["lift"].double) ?? 0) * 100).rounded() } == [104, 102, 102, 114])
        #expect(json["remedies"].items.first?["forecast"]["HOLD"].double != nil)
        for figure in ["postmortem-onset", "postmortem-remedies"] { #expect(["tsv", "gp", "svg", "png"].allSatisfy { folder.contents.contains("pm/plots/\(figure).\($0)") }, "\(figure)") }
        // The same words in the folder as on the terminal; the alarm's measured figures with every verdict.
        let words = try await assay("postmortem", "mixes.csv", "--ent-coef", "0.02", in: folder).out
        #expect(try folder.text("pm/postmortem.txt") == words && words.hasPrefix("Collapsed to HOLD"))
        #expect(words.contains("false alarms") && words.contains("sound spot runs of ours"))
        let order = ["Collapsed to HOLD", "Evidence", "Remedies", "Unknown"].compactMap { words.range(of: $0)?.lowerBound }
        #expect(order.count == 4 && order == order.sorted())
        let again = try await assay("postmortem", "mixes.csv", "--out", "pm", in: folder, exits: 65)
        #expect(again.err.contains("already holds a post-mortem") && again.err.contains("--force"))
    }

    /// The dashed line of the remedies is the class's own: 5% HOLD where a run always trades, 80% of the side where it is one-sided, whose bar then begins at 0.
    @Test(arguments: [("0.02,0.5,0.48", "always_trade", "line_at = 5\n", "dashed: always trades up to 5% HOLD", "HOLD"), ("0.05,0.05,0.9", "one_sided", "line_at = 80\n", "dashed: one-sided from 80% SHORT on", "SHORT"), ("0.9,0.05,0.05", "hold_collapse", "line_at = 80\n", "dashed: collapsed from 80% HOLD on", "HOLD")])
    func theLineIsOfTheClass(_ end: String, _ kind: String, _ line: String, _ caption: String, _ first: String) async throws {
        let folder = try Workspace()
        let rows = (1...12).map { "\($0 * 1_000),0.34,0.33,0.33" } + (13...40).map { "\($0 * 1_000),\(end)" }
        try folder.write("mixes.csv", "step,HOLD,LONG,SHORT\n" + rows.joined(separator: "\n") + "\n")
        let json = try JSONView(try await assay("postmortem", "mixes.csv", "--ent-coef", "0.02", "--json", "--out", "pm", in: folder).output)
        #expect(json["class"].string == kind)
        let script = try folder.text("pm/plots/postmortem-remedies.gp")
        #expect(script.contains(line) && script.contains(caption), "\(script.prefix(900))")
        // Columns: bar_no, action_no, from, to, bar, action.
        let table = try folder.text("pm/plots/postmortem-remedies.tsv").split(separator: "\n").dropFirst().map { $0.split(separator: "\t").map(String.init) }
        let starts = table.filter { Double($0[2]) == 0 && Double($0[3]) != 0 }
        #expect(!table.isEmpty && Set(table.map { $0[0] }).count == starts.count && starts.allSatisfy { $0[5] == first }, "\(table)")
    }

    /// A run of our own that is paid to hold: the ledger names the term, the reward's split is that of `assay ev`, the seeds are told apart.
    @Test func aRunFolder() async throws {
        let folder = try Workspace()
        try folder.write(
            "hold.yaml",
            "schema: 1\nname: hold\nenvironment: spot\nterms:\n  - id: base_return\n    weight: 20\n    value: direction * next_return\n  - id: patience\n    weight: 0.3\n    when: action == HOLD\n  - id: calm_bonus\n    weight: 0.02\n    when: action == HOLD and regime == LOW_VOL\n")
        try writeExperiment(folder, reward: "\(folder.path)/hold.yaml", steps: 40_960, seeds: "[1, 2]")
        try await assay("train", "small.yaml", "--out", "run", "--no-report", "--quiet", in: folder)
        let json = try JSONView(try await assay("postmortem", "run", "--json", in: folder).output)
        #expect(json["class"].string == "hold_collapse" && json["course"].string == "collapsed" && json["kind"].string == "run folder")
        #expect(json["seeds"].items.count == 2 && json["seeds"].items.allSatisfy { $0["class"].string == "hold_collapse" })
        let cause = try #require(json["causes"].items.first)
        #expect(cause["term"].string == "patience" && cause["evidence"].string == "ledger" && abs((cause["gap"].double ?? 0) - 0.3) < 1e-4)
        // What is paid for certain: .3 a step for HOLD, .02 more in quiet markets.
        #expect(json["paid_from"].string == "ledger")
        try expectLedgersTotal(json, folder, ["run/seed-1", "run/seed-2"])
        let calm = try #require(json["paid"].items.first { $0["regime"].string == "LOW_VOL" }), hold = json["final_mix"]["HOLD"].double ?? 0
        #expect(abs((calm["guaranteed"].double ?? 0) - 0.32) < 0.02 && abs(calm["uncertain"].double ?? 1) < 0.01 && hold > 0.9)
        #expect(json["hysteresis"]["x"].double ?? 0 > 0.94 && json["hysteresis"]["fresh_start_frees"].value as? Bool == false)
        let onset = try #require(json["onset"]["step"].double)
        #expect(onset > 0 && onset < 30_000 && json["collapsed_from"].double ?? 0 >= onset - 2_048)
        #expect(json["alarm"]["reads_x"].value as? Bool == false && (json["alarm"]["runs_sound"].int ?? 0) >= 40)
        #expect(json["groups"].items.count == 4 && json["groups"].items.allSatisfy { $0["class"].string == "hold_collapse" && ($0["mix"]["HOLD"].double ?? 0) > 0.8 && $0["collapsed_from"].double != nil })
        let printed = String(decoding: try await assay("postmortem", "run", in: folder).output, as: UTF8.self)
        #expect(printed.contains("By regime at the end\n") && printed.contains("LOW_VOL ") && printed.contains("since step"), "\(printed)")
        // One seed alone.
        let one = try JSONView(try await assay("postmortem", "run/seed-1", "--json", in: folder).output)
        #expect(one["class"].string == "hold_collapse" && one["causes"].items.first?["term"].string == "patience")
        // Its progress.csv alone still has the mix, not the ledger.
        let progress = try JSONView(try await assay("postmortem", "run/seed-1/progress.csv", "--json", in: folder).output)
        #expect(progress["class"].string == "hold_collapse" && progress["causes"].items.isEmpty && progress["unknown"].items.contains { $0.string?.contains("--reward") == true })
        // A foreign log with the reward and bars: paid split and causes at zero edge.
        let given = try JSONView(try await assay("postmortem", "run/seed-1/progress.csv", "--json", "--reward", "hold.yaml", "--bars", "synthetic:btc-hourly,bars=6000", in: folder).output)
        #expect(given["causes"].items.first?["term"].string == "patience" && given["causes"].items.first?["evidence"].string == "reward" && given["paid"].items.count == 4 && given["paid_from"].string == "reward")
        // A coefficient beside them is enough for forecasts, of settings that are said to be assumed; the experiment makes them the run's own, and forecasts of both are of the same reward.
        let assumed = try JSONView(
            try await assay("postmortem", "run/seed-1/progress.csv", "--json", "--reward", "hold.yaml", "--bars", "synthetic:btc-hourly,bars=6000", "--ent-coef", "0.01", in: folder).output)
        #expect(assumed["remedies"].items.count > 2 && assumed["remedies"].items.allSatisfy { $0["method"].string?.contains("assay forecast") == true } && assumed["unknown"].items.contains { $0.string?.contains("--experiment") == true })
        let own = try JSONView(try await assay("postmortem", "run/seed-1/progress.csv", "--json", "--experiment", "small.yaml", in: folder).output)
        #expect(own["causes"].items.first?["term"].string == "patience" && own["remedies"].items.last?["forecast"]["HOLD"].double ?? 0 > 0.8 && !own["unknown"].items.contains { $0.string?.contains("--experiment") == true })
        #expect(own["remedies"].items.last?["forecast"]["HOLD"].double == json["remedies"].items.last?["forecast"]["HOLD"].double)
        // BUY and SELL are not LONG and SHORT: nothing is forecast, nor is anything said to be paid.
        try folder.write("sells.csv", "step,HOLD,BUY,SELL\n" + (1...12).map { "\($0 * 1_000),0.95,0.03,0.02" }.joined(separator: "\n") + "\n")
        let sells = try JSONView(try await assay("postmortem", "sells.csv", "--json", "--experiment", "small.yaml", in: folder).output)
        #expect(sells["paid"].items.isEmpty && !sells["remedies"].items.contains { $0["method"].string?.contains("assay forecast") == true })
        #expect(sells["unknown"].items.contains { $0.string?.contains("not those that the reward is paid for") == true })
    }

    /// The rows of `paid` add up to what the ledgers hold over the same looks.
    private func expectLedgersTotal(_ json: JSONView, _ folder: Workspace, _ runs: [String]) throws {
        let since = json["paid_since"].double ?? -1
        var paid = 0.0, decisions = 0.0
        for run in runs {
            let rows = try folder.text(run + "/ledger.csv").split(separator: "\n").map { $0.split(separator: ",") }
            for row in rows.dropFirst() where Double(row[0]) ?? 0 > since { (paid, decisions) = (paid + (Double(row[row.count - 1]) ?? .nan), decisions + (Double(row[3]) ?? .nan)) }
        }
        let told = json["paid"].items.reduce(0) { $0 + ($1["share"].double ?? .nan) * ($1["total"].double ?? .nan) }
        #expect(decisions > 0 && abs(told - paid / decisions) < 1e-5 * max(1e-3, abs(told)), "told \(told), ledger \(paid / decisions)")
    }

    /// An options run paid to wait: what it was paid is split, trades included, the term is named, and the remedies are forecasts on the options market.
    @Test func anOptionsRun() async throws {
        let folder = try Workspace()
        try folder.write(
            "wait.yaml",
            "schema: 1\nname: wait\nenvironment: options\nterms:\n  - id: net_profit\n    weight: 1\n    value: net_profit\n  - id: waiting\n    weight: 0.05\n    when: action == HOLD and can_buy\n  - id: entry\n    weight: 0.002\n    when: action in [BUY_CALL, BUY_PUT]\n  - id: long_trade\n    weight: -0.01\n    when: minutes_in_trade > 5\n")
        try await assay(
            "train", "\(packageRoot)/experiments/scalp-audited.yaml", "--bars", "synthetic:intraday,days=8", "--reward", "wait.yaml", "--steps", "40960", "--seeds", "1", "--set", "ppo.learning_rate=0.001", "--out", "run", "--quiet",
            "--no-report", in: folder)
        let json = try JSONView(try await assay("postmortem", "run", "--json", in: folder).output)
        #expect(json["class"].string == "hold_collapse" && json["causes"].items.first?["term"].string == "waiting", "\(json["verdict"].string ?? "")")
        #expect(json["paid_from"].string == "ledger" && json["paid"].items.allSatisfy { $0["uncertain_without_skill"].double == nil })
        try expectLedgersTotal(json, folder, ["run"])
        // 'waiting' reads the position through can_buy, 'entry' the action alone.
        #expect(json["paid"].items.contains { $0["path"].double ?? 0 > 0.03 } && json["paid"].items.allSatisfy { abs($0["guaranteed"].double ?? 1) < 0.002 })
        #expect(json["remedies"].items.count > 2 && json["remedies"].items.allSatisfy { $0["method"].string?.contains("assay forecast") == true })
        let last = json["remedies"].items.last?["forecast"]
        #expect(last?["HOLD"].double ?? 0 > 0.8 && abs((last?["HOLD"].double ?? 0) + (last?["BUY_CALL"].double ?? 0) + (last?["BUY_PUT"].double ?? 0) - 1) < 1e-9)
        let words = flat(try await assay("postmortem", "run", in: folder).out)
        #expect(json["alarm"]["runs_of"].string == "options" && words.contains("sound options runs of ours") && words.contains("tuned on spot runs: here it comes late") && !words.contains("has not been measured"), "\(words)")
    }

    @Test func standardInput() async throws {
        let folder = try Workspace()
        try folder.write("mixes.md", "| Step | HOLD % | BUY % |\n|--|--|--|\n| 5,000 | 55.8% | 44.2% |\n| 10,000 | 76.0% | 24.0% |\n| 15,000 | 84.1% | 15.9% |\n")
        let run = try await runAssay([], in: folder.path, through: ["/bin/sh", "-c", "\"$0\" postmortem - --json < mixes.md"])
        #expect(run.code == 0, "\(run.summary)")
        #expect(try JSONView(run.output)["class"].string != nil && (try JSONView(run.output)["source"].string == "standard input"))
    }

    @Test func faults() async throws {
        let folder = try Workspace()
        try folder.write("empty.csv", "")
        try folder.write("x.log", "nothing to see\n")
        try folder.write("bad.yaml", "schema: 1\nname: m\nformat: lines\nstep:\n  pattern: '('\n")
        #expect(try await assay("postmortem", "empty.csv", in: folder, exits: 65).err.contains("is empty"))
        #expect(try await assay("postmortem", "x.log", in: folder, exits: 65).err.contains("--map"))
        #expect(try await assay("postmortem", "no/such", in: folder, exits: 66).err.contains("no such file"))
        #expect(try await assay("postmortem", ".", in: folder, exits: 66).err.contains("holds no run and no log"))
        #expect(try await assay("postmortem", "x.log", "--map", "bad.yaml", in: folder, exits: 65).err.contains("regular expression"))
        #expect(try await assay("postmortem", "x.log", "--ent-coef", "-1", in: folder, exits: 64).err.contains("--ent-coef"))
        #expect(try await assay("postmortem", "x.log", "--reward", "r.yaml", in: folder, exits: 64).err.contains("belong together"))
        try folder.write("mixes.csv", Self.table)
        #expect(try await assay("postmortem", "mixes.csv", "--experiment", "none.yaml", in: folder, exits: 66).err.contains("none.yaml"))
    }
}
