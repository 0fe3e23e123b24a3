import Foundation
import TestSupport
import Testing

/// The report that `assay train` leaves behind, and `assay report`, which writes it again.
@Suite struct ReportCommandTests {
    static let figures = ["run-contrast", "run-equity", "run-learning", "run-mix", "run-pay", "run-waterfall"]

    @Test func trainingEndsWithAReport() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 8_192, seeds: "[1, 2]")
        let run = try await assay("train", "small.yaml", "--out", "run", "--no-progress", in: folder)
        #expect(run.err.contains("wrote run/report.html and 24 files in run/plots"), "\(run.err)")
        for figure in Self.figures { #expect(["tsv", "gp", "svg", "png"].allSatisfy { folder.contents.contains("run/plots/\(figure).\($0)") }, "\(figure)") }
        let page = try folder.text("run/report.html")
        #expect(page.contains("assay train small.yaml --out run --no-progress") && page.contains("mean ± standard deviation over 2 seeds"))
        #expect(page.ranges(of: "<svg ").count == 6 && !page.contains("://"))

        // The same numbers as evaluation.json holds, once more.
        let evaluations = try (1...2).map { try JSONView(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/run/seed-\($0)/evaluation.json")))["splits"] }
        let again = try JSONView(try await assay("report", "run", "--json", in: folder).output)
        #expect(try folder.text("run/report.html") == page)
        #expect(again["schema_version"].int == 1 && again["steps"].int == 8_192 && again["name"].string == "small")
        #expect(again["finished"].value as? Bool == true)
        for (r, regime) in again["regimes"].items.enumerated() {
            for (split, key) in [("train", "sampled"), ("test", "test_sampled")] {
                let each: [Double] = evaluations.compactMap { $0[split]["regimes"][r]["sampled"]["HOLD"].double }
                let shown: Double = regime[key]["HOLD"].double ?? .nan
                #expect(each.count == 2 && abs(shown - (each[0] + each[1]) / 2) < 1e-9)
            }
        }
        let nets: [Double] = evaluations.compactMap { $0["test"]["net_return"].double }
        let net = nets.reduce(0, +) / 2
        #expect(page.contains(String(format: "sampled %+.1f%%", 100 * net)), "\(net)")
        // The equity's end is the table's net return; thick line: the mean of both seeds.
        var end = Double.nan
        for line in try folder.text("run/plots/run-equity.tsv").split(separator: "\n") {
            let cells: [Substring] = line.split(separator: "\t")
            if Array(cells[..<3]) == ["1", "1", "0"], let value = Double(cells[5]), value.isFinite { end = value }
        }
        #expect(abs(end - 1 - net) < 1e-6)
        // The ledger's pay a step, from the file itself: LOW_VOL's last look, both seeds.
        var sum = 0.0, count = 0.0
        for seed in 1...2 {
            for line in try folder.text("run/seed-\(seed)/ledger.csv").split(separator: "\n") where line.hasPrefix("8192,LOW_VOL,HOLD") {
                let cells: [Substring] = line.split(separator: ",")
                sum += Double(cells[cells.count - 1]) ?? .nan
                count += Double(cells[3]) ?? .nan
            }
        }
        let found: Double = again["regimes"][0]["pay_per_step"]["hold"].double ?? .nan
        #expect(count > 0 && abs(found - sum / count) < 1e-6)
        // One seed of several, and the page for a reader at a terminal.
        let one = try await assay("report", "run/seed-2/", in: folder)
        #expect(one.out.hasPrefix("small: ") && one.out.contains("Collapse status at 8,192 steps: "))
        #expect(try folder.text("run/seed-2/report.html").contains("assay train small.yaml --out run --no-progress"))
    }

    /// --no-report writes none; a finished run that is resumed gets the one it lacks; --force removes the one of the run before.
    @Test func onlyWhenWanted() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 1_024, seeds: "[1, 2]")
        try await assay("train", "small.yaml", "--no-report", "--out", "run", "--quiet", in: folder)
        #expect(!folder.contents.contains("run/report.html") && folder.contents.contains("run/commands.json"))
        try await assay("train", "--resume", "run", "--quiet", in: folder)
        #expect(folder.contents.contains("run/report.html") && folder.contents.contains("run/plots/run-mix.png"))
        let commands = try folder.text("run/commands.json")
        try await assay("train", "--resume", "run", "--quiet", in: folder)
        #expect(try folder.text("run/commands.json") == commands)
        try await assay("train", "small.yaml", "--no-report", "--out", "run", "--force", "--quiet", in: folder)
        #expect(!folder.contents.contains { $0 == "run/report.html" || $0.hasPrefix("run/plots/run-") })
    }

    /// Neither a missing gnuplot nor a folder that cannot be written loses a run.
    @Test func withoutGnuplot() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 1_024)
        let nowhere: [String: String?] = ["PATH": folder.path + "/empty"]
        let run = try await assay("train", "small.yaml", "--out", "run", "--no-progress", in: folder, environment: nowhere)
        #expect(run.err.contains("warning: the run is whole, but figures are missing") && run.err.contains("apt-get install gnuplot-nox"), "\(run.err)")
        #expect(run.err.contains("'assay report run' tries again") && run.out.contains("class: "))
        #expect(folder.contents.contains("run/policy.safetensors") && folder.contents.contains("run/plots/run-mix.tsv") && !folder.contents.contains("run/plots/run-mix.png"))
        #expect(try folder.text("run/report.html").contains("Not drawn: "))
        try await assay("report", "run", "--quiet", in: folder, environment: nowhere, exits: 69)
        try await assay("report", "run", "--quiet", in: folder)
        #expect(folder.contents.contains("run/plots/run-mix.png"))
        // A file where the figures' folder should be.
        try FileManager.default.removeItem(atPath: folder.path + "/run/plots")
        try folder.write("run/plots", "")
        let refused = try await assay("report", "run", in: folder, exits: 65)
        #expect(refused.err.contains("cannot be written"), "\(refused.err)")
    }

    @Test func unfinished() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_000_000)
        let run = try await runAssay(["train", "small.yaml", "--out", "run", "--no-progress"], in: folder.path, signal: (SIGKILL, 2))
        #expect(run.signal == SIGKILL && !folder.contents.contains("run/report.html"), "\(run.summary)")
        let document = try JSONView(try await assay("report", "run", "--json", in: folder).output)
        let steps = try #require(document["steps"].int)
        #expect(document["finished"].value as? Bool == false)
        #expect(steps > 0 && steps < 2_000_000 && document["planned_steps"].int == 2_000_000)
        #expect(document["class"].string != nil && document["regimes"].items.count == 4)
        let page = try folder.text("run/report.html")
        #expect(page.contains("The run has not finished: ") && page.contains("of 2,000,000 steps"))
        // It still goes on, and the figures do not disturb it.
        let more = try await runAssay(["train", "--resume", "run", "--no-progress"], in: folder.path, signal: (SIGINT, 2))
        #expect(more.code == 130, "\(more.summary)")
        #expect(try folder.text("run/commands.json").contains("assay train --resume run --no-progress"))
        // Without any checkpoint the logs still speak.
        for file in checkpointFiles(folder, "run") { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
        let bare = try await assay("report", "run", in: folder)
        #expect(bare.out.hasPrefix("small: Not evaluated yet") && flat(bare.out).contains("the run has no checkpoint yet"), "\(bare.out)")
    }

    @Test func damagedFolders() async throws {
        let folder = try Workspace()
        try folder.write("bars.csv", hourlyBars(4_000))
        try writeExperiment(folder, steps: 1_024)
        try await assay("train", "small.yaml", "--no-report", "--set", "data.bars=bars.csv", "--out", "run", "--quiet", in: folder)
        #expect(try await assay("report", "rum", in: folder, exits: 66).err.contains("did you mean 'run'?"))
        try FileManager.default.createDirectory(atPath: folder.path + "/empty", withIntermediateDirectories: true)
        #expect(try await assay("report", "empty", in: folder, exits: 66).err.contains("is not the folder of a run"))
        func damaged(_ file: String, _ change: (String) -> String) async throws -> String {
            let text = try folder.text("run/" + file)
            try folder.write("run/" + file, change(text))
            defer { _ = try? folder.write("run/" + file, text) }
            let run = try await assay("report", "run", in: folder, exits: 65)
            #expect(!folder.contents.contains("run/report.html"))
            return run.err
        }
        #expect(try await damaged("mix.csv") { $0.replacing("LOW_VOL,", with: "LOW_VOL,7,", maxReplacements: 1) }.contains("run/mix.csv:2: error: has 13 cells, expected 12"))
        #expect(try await damaged("ledger.csv") { $0.replacing("step,", with: "stop,") }.contains("run/ledger.csv:1: error: has no column 'step'"))
        #expect(try await damaged("progress.csv") { $0.replacing("\n", with: "\n7,", maxReplacements: 1) }.contains("run/progress.csv:2: error: has"))
        #expect(try await damaged("manifest.json") { $0.replacing("1024", with: "2048") }.contains("was changed since the run wrote it"))
        #expect(try await damaged("reward.yaml") { $0.replacing("weight", with: "wait") }.contains("run/reward.yaml:"))

        // Other bars, and none: the logs and the evaluation written at the end are shown, the equity is not.
        let bars = try folder.text("bars.csv")
        try folder.write("bars.csv", hourlyBars(4_100))
        let changed = try await assay("report", "run", in: folder)
        #expect(changed.err.contains("warning: Not evaluated: bars.csv is not what it was") && changed.out.contains("On the test bars"), "\(changed.err)")
        try FileManager.default.removeItem(atPath: folder.path + "/bars.csv")
        let gone = try await assay("report", "run", in: folder)
        #expect(gone.err.contains("warning: Not evaluated: bars.csv: no such file") && gone.out.contains("On the test bars"), "\(gone.err)")
        #expect(folder.contents.contains("run/plots/run-mix.svg") && !folder.contents.contains("run/plots/run-equity.svg"))
        try folder.write("bars.csv", bars)
        try await assay("report", "run", "--quiet", in: folder)
        #expect(folder.contents.contains("run/plots/run-equity.svg"))
    }

    /// Names from the experiment and the reward.
    @Test func hostileNames() async throws {
        let folder = try Workspace()
        let name = #"x"y'z`touch HACKED` $(touch HACKED) <script>alert(1)"#, term = #"it's `touch HACKED` <img src=x onerror=alert(1)>"#
        func quoted(_ text: String) throws -> String {
            String(decoding: try JSONSerialization.data(withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes]), as: UTF8.self)
        }
        try folder.write("r.yaml", "schema: 1\nname: \(try quoted(name))\nenvironment: spot\nterms:\n  - id: \(try quoted(term))\n    weight: 100\n    value: direction * next_return\n")
        try writeExperiment(folder, reward: "r.yaml", steps: 4_096)
        try folder.write("small.yaml", try folder.text("small.yaml").replacing("name: small", with: "name: \(try quoted(name))"))
        try await assay("train", "small.yaml", "--out", "run $(touch HACKED)", "--quiet", in: folder)
        #expect(!folder.contents.contains { $0.hasSuffix("HACKED") })
        let page = try folder.text("run $(touch HACKED)/report.html")
        #expect(page.firstMatch(of: /(?i)<script|<img/) == nil)
        #expect(page.contains("&lt;script&gt;alert(1)") && page.contains("onerror=alert(1)&gt;") && page.contains("'run $(touch HACKED)'".replacing("'", with: "&#39;")))
        #expect(page.ranges(of: "<svg ").count == 6)
    }
}
