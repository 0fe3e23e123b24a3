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
        #expect(words.contains("false alarms") && words.contains("sound runs of ours"))
        let order = ["Collapsed to HOLD", "Evidence", "Remedies", "Unknown"].compactMap { words.range(of: $0)?.lowerBound }
        #expect(order.count == 4 && order == order.sorted())
        let again = try await assay("postmortem", "mixes.csv", "--out", "pm", in: folder, exits: 65)
        #expect(again.err.contains("already holds a post-mortem") && again.err.contains("--force"))
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
        let calm = try #require(json["paid"].items.first { $0["regime"].string == "LOW_VOL" }), hold = json["final_mix"]["HOLD"].double ?? 0
        #expect(abs((calm["guaranteed"].double ?? 0) - 0.32) < 0.02 && abs(calm["uncertain"].double ?? 1) < 0.01 && hold > 0.9)
        #expect(json["hysteresis"]["x"].double ?? 0 > 0.94 && json["hysteresis"]["fresh_start_frees"].value as? Bool == false)
        let onset = try #require(json["onset"]["step"].double)
        #expect(onset > 0 && onset < 30_000 && json["collapsed_from"].double ?? 0 >= onset - 2_048)
        #expect(json["alarm"]["reads_x"].value as? Bool == true && (json["alarm"]["runs_sound"].int ?? 0) >= 40)
        // One seed alone.
        let one = try JSONView(try await assay("postmortem", "run/seed-1", "--json", in: folder).output)
        #expect(one["class"].string == "hold_collapse" && one["causes"].items.first?["term"].string == "patience")
        // Its progress.csv alone still has the mix, not the ledger.
        let progress = try JSONView(try await assay("postmortem", "run/seed-1/progress.csv", "--json", in: folder).output)
        #expect(progress["class"].string == "hold_collapse" && progress["causes"].items.isEmpty && progress["unknown"].items.contains { $0.string?.contains("--reward") == true })
        // A foreign log with the reward and bars: paid split and causes at zero edge.
        let given = try JSONView(try await assay("postmortem", "run/seed-1/progress.csv", "--json", "--reward", "hold.yaml", "--bars", "synthetic:btc-hourly,bars=6000", in: folder).output)
        #expect(given["causes"].items.first?["term"].string == "patience" && given["causes"].items.first?["evidence"].string == "reward" && given["paid"].items.count == 4)
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
    }
}
