import Foundation
import Reports
import Testing

/// Two runs: the sample, and one of other settings, actions and regimes.
private func pair() -> [RunReport] {
    let first = sampleRun()
    var second = sampleRun(seeds: 1, terms: ["base"], regimes: ["B", "C"], actions: ["HOLD", "LONG", "EXIT"])
    second.name = "other"
    second.folder = "runs/other"
    second.parameters = [("ppo.gamma", "0.5"), ("ppo.ent_coef", "0.1")]
    return [first, second]
}

@Suite struct RunsReportTests {
    @Test func whatDiffersAndNothingElse() {
        var runs = pair()
        runs[0].parameters += [("steps", "3000")]
        runs[1].parameters += [("steps", "3000")]
        let table = differencesTable(runs, names: runNames(runs))
        #expect(table.heads == ["setting", "sample", "other"])
        #expect(table.rows.map { $0.map(\.main) } == [["ppo.gamma", "0.99", "0.5"], ["ppo.ent_coef", "-", "0.1"]])
        let twins = [sampleRun(), sampleRun()]
        #expect(differencesTable(twins, names: ["a", "b"]).rows.isEmpty)
    }

    /// Regimes and actions are aligned by name; the sample's seeds hold .9 and .8 of A's training bars.
    @Test func mixesAreAligned() throws {
        let runs = pair(), table = try #require(mixesTable(runs, names: runNames(runs), split: "train"))
        let rows = table.rows.map { $0.map(\.main) }
        #expect(rows.count == 4 * 4)
        #expect(rows[0] == ["A", "HOLD", "85.0%", "-"] && table.rows[0][2].sub == "± 7.1%")
        #expect(rows[3] == ["", "EXIT", "-", "-"])
        #expect(rows[4] == ["B", "HOLD", "20.0%", "90.0%"] && rows[7] == ["", "EXIT", "-", "5.0%"])
        #expect(rows[8] == ["C", "HOLD", "-", "20.0%"])
        #expect(rows[12] == ["all", "HOLD", "59.0%", "62.0%"])
        #expect(mixesTable(runs, names: runNames(runs), split: "validation") == nil)
    }

    @Test func outcomes() throws {
        let runs = pair(), rows = outcomesTable(runs, names: runNames(runs)).rows
        func row(_ label: String) -> [TextTable.Cell]? { rows.first { $0[0].main == label } }
        #expect(try #require(row("HOLD takes over first")).map(\.main) == ["HOLD takes over first", "2,000", "2,000"])
        #expect(try #require(row("HOLD takes over first")).map(\.sub) == ["", "A", "B"])
        #expect(try #require(row("net return on the test bars, sampled")).map(\.main) == ["net return on the test bars, sampled", "+37.5%", "+25.0%"])
        #expect(try #require(row("status at the last look, worst seed")).map(\.main)[1...] == ["critical", "critical"])
    }

    @Test func namesAreTold() {
        var runs = pair()
        runs[1].name = "sample"
        #expect(runNames(runs) == ["sample (run)", "sample (runs/other)"])
    }

    @Test func curvesLieOverEachOther() throws {
        let figures = RunsFigures(pair(), names: ["one", "two"])
        let hold = try #require(figures.hold).table
        // Panel A: the first run only, its mean and two seeds, three looks each.
        let a = hold.rows.filter { $0.texts[0] == "A" && $0.numbers[3] != nil }
        #expect(Set(a.map { $0.texts[1] }) == ["one"] && a.count == 9)
        #expect(a.filter { $0.numbers[2] == 0 }.compactMap { $0.numbers[4] }.map { ($0 * 1000).rounded() } == [350, 550, 850])
        // One seed has no thin line beside its own.
        #expect(hold.rows.filter { $0.texts == ["C", "two"] && $0.numbers[3] != nil }.count == 3)
        let entropy = try #require(figures.learning).table.rows.first { $0.numbers[0] == 1 && $0.numbers[4] != nil }
        // Entropy 1 over log 3, first of the mean's rows: (1/1 + 1/2) / 2 over log 3.
        #expect(abs(try #require(entropy?.numbers[4]) - 0.75 / log(3)) < 1e-12)
    }

    @Test func thePageAndItsFiles() async throws {
        try await withTemporaryFolder { folder in
            var runs = pair()
            runs[1].name = "<script>alert(1)</script>"
            let written = try await writeRunsReport(runs, to: folder, command: "assay report run 'runs/other' --out x")
            #expect(written.plotFiles.count == (gnuplotIsHere ? 8 : 4) && (gnuplotIsHere ? written.figureFailures.isEmpty : true))
            let page = try readText(written.page)
            #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"))
            for words in ["2 runs side by side", "What differs between them", "ppo.ent_coef", "Mixed: HOLD has taken A", "+37.5%", "runs/other"] { #expect(page.contains(words), "\(words)") }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(readText(written.json).utf8)) as? [String: Any])
            #expect((json["runs"] as? [[String: Any]])?.compactMap { $0["run"] as? String } == ["run", "runs/other"])
        }
    }
}
