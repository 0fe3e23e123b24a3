import Foundation
import Reports
import TestSupport
import Testing

let runFigureNames = ["run-contrast", "run-equity", "run-learning", "run-mix", "run-pay", "run-waterfall"]

/// The numbers behind the verdict, against the sample's arithmetic.
@Suite struct RunFindingsTests {
    @Test func onsets() {
        let report = sampleRun()
        // Means over the seeds in A: .35, .55, .85.
        #expect(report.holdOnset(regime: 0) == HoldOnset(after: 1000, by: 2000))
        #expect(report.holdOnset(regime: 0, seed: 0) == HoldOnset(after: 1000, by: 2000))
        #expect(report.holdOnset(regime: 1) == nil)
        #expect(report.firstLook(regime: 0, holdFrom: 0.8) == 3000)
        #expect(report.firstLook(regime: 0, holdFrom: 0.95) == nil)
    }

    /// A share that falls below one half again has not taken over before; one that starts above has by the first look.
    @Test func onsetIsForGood() {
        var report = sampleRun(seeds: 1)
        func set(_ holds: [Double]) { for (i, h) in holds.enumerated() { report.seeds[0].looks[i].regimes[0].mix.sampled = [h, 1 - h, 0] } }
        set([0.7, 0.4, 0.6])
        #expect(report.holdOnset(regime: 0) == HoldOnset(after: 2000, by: 3000))
        set([0.5, 0.6, 0.9])
        #expect(report.holdOnset(regime: 0) == HoldOnset(after: 0, by: 1000))
        set([0.6, 0.7, 0.4])
        #expect(report.holdOnset(regime: 0) == nil)
    }

    /// A last look after 100 decisions a regime is no look of its own: it counts with the 1,000 before. One after half as many or more stands.
    @Test func remainderCountsWithTheLookBefore() throws {
        var run = sampleRun(seeds: 1).seeds[0]
        let third = run.looks[2]
        var short = third
        short.step = 3100
        for r in 0..<2 {
            short.regimes[r].decisions = 100
            short.regimes[r].mix = .init(sampled: [0, 1, 0], argmax: [0, 0, 1], probability: [0.2, 0.2, 0.6])
            short.regimes[r].pay = [.init(decisions: 0, terms: [0, 0, 0]), .init(decisions: 100, terms: [10, -20, 0]), .init(decisions: 0, terms: [0, 0, 0])]
        }
        short.status = nil
        run.looks.append(short)
        run.joinRemainder()
        #expect(run.looks.map(\.step) == [1000, 2000, 3100] && third.status != nil && run.looks[2].status == third.status)
        let joined = run.looks[2].regimes[0]
        #expect(joined.decisions == 1100 && joined.pay.map(\.decisions) == [900, 200, 0] && joined.mix.argmax == [0, 0, 1] && joined.mix.probability == [0.2, 0.2, 0.6])
        for (found, expected) in zip(try #require(joined.mix.sampled), [900.0 / 1100, 150.0 / 1100, 50.0 / 1100]) { #expect(abs(found - expected) < 1e-12) }
        for (found, expected) in zip(joined.pay[0].terms + joined.pay[1].terms, [0.0, 0, 450, 20, -40, 0]) { #expect(abs(found - expected) < 1e-9) }
        var whole = sampleRun(seeds: 1).seeds[0]
        whole.looks[2].regimes[0].decisions = 500
        whole.looks[2].regimes[1].decisions = 500
        whole.joinRemainder()
        #expect(whole.looks.count == 3)
        // A regime that the remainder never saw has its mix from before.
        run.looks.append(short)
        run.looks[3].regimes[1].decisions = 0
        run.looks[3].regimes[1].mix.sampled = nil
        run.joinRemainder()
        #expect(run.looks.count == 3 && abs((run.looks[2].regimes[1].mix.sampled?[0] ?? 0) - 200.0 / 1100) < 1e-12)
    }

    /// In A: HOLD 0.5 a step, a trade 0.1 - 0.2; terms base +0.1, cost -0.2, bonus -0.5. Both seeds the same, so no spread.
    @Test func contrast() throws {
        let pay = try #require(sampleRun().payContrast(regime: 0))
        #expect(pay.step == 3000 && pay.holds == 1700 && pay.trades == 300)
        for (found, expected) in zip(pay.terms + [pay.hold, pay.trade, pay.gap], [0.1, -0.2, -0.5, 0.5, -0.1, -0.6]) { #expect(abs(found - expected) < 1e-12) }
        #expect(pay.leading(forHold: true) == [2, 1] && pay.leading(forHold: false) == [0])
        #expect(pay.deviation.map { $0 < 1e-9 } == true)
        #expect(sampleRun(seeds: 1).payContrast(regime: 0)?.deviation == nil)
    }

    /// Once nothing trades any more, the newest look that still had trades speaks.
    @Test func contrastOfACollapsedRun() throws {
        var report = sampleRun(seeds: 1)
        report.seeds[0].looks[2].regimes[0].pay = [.init(decisions: 971, terms: [0, 0, 485.5]), .init(decisions: 29, terms: [1, 1, 1]), .init(decisions: 0, terms: [0, 0, 0])]
        #expect(try #require(report.payContrast(regime: 0)).step == 2000)
        #expect(RunVerdict(report).regimes[0].text.contains("(at 2,000 steps: later looks have fewer than 30 of either)"))
        for i in 0..<3 { report.seeds[0].looks[i].regimes[0].pay = [.init(decisions: 1000, terms: [0, 0, 500]), .init(decisions: 0, terms: [0, 0, 0])] + [.init(decisions: 0, terms: [0, 0, 0])] }
        #expect(report.payContrast(regime: 0) == nil)
        #expect(report.payByTerm(regime: 0, at: 3000)?.mean == [0, 0, 0.5])
    }

    @Test func verdict() {
        let verdict = RunVerdict(sampleRun())
        #expect(verdict.headline == "Mixed: HOLD has taken A" && verdict.tone == "bad")
        let text = verdict.sentences.joined(separator: "\n")
        // .6 x .9 + .08 = 62% and .6 x .8 + .08 = 56%.
        #expect(text.contains("HOLD 59.0% ± 4.2%") && text.contains("mean ± standard deviation over 2 seeds"))
        #expect(text.contains("HOLD took over (half or more of the decisions, and not less again) in A between 1,000 and 2,000 steps; not in B."))
        #expect(text.contains("critical in 1 of 2 seeds, collapsing in 1 of 2 seeds (seed 1: HOLD 55.0%"))
        #expect(verdict.regimes[0].name == "A")
        #expect(
            verdict.regimes[0].text
                == "HOLD 85.0% ± 7.1% sampled, 100.0% ± 0.0% by arg-max; took over between 1,000 and 2,000 steps (2 of 2 seeds), at 80% by 3,000; a HOLD was paid +0.500 a step, a trade -0.100; most for HOLD: bonus (guaranteed) +0.500 and cost (guaranteed) +0.200.")
        #expect(verdict.remarks == ["On the test bars, after costs: sampled +37.5% ± 17.7%, arg-max +75.0% ± 35.4%; always LONG +75.0%."])
    }

    /// The words for each class, with the line that made it.
    @Test(arguments: [
        ("hold_collapse", "at or above the line at 80%", "bad"), ("always_trade", "at or below the line at 5%", "good"), ("one_sided", "closes none", "bad"),
        ("undecided", "reach across a line", "unsure"), ("mixed", "between the lines at 5% and 80%", "good"),
    ]) func classes(_ name: String, _ words: String, _ tone: String) {
        var report = sampleRun(seeds: 1)
        report.classes["train"] = name
        for i in report.seeds[0].looks.indices { report.seeds[0].looks[i].status = 0 }
        report.seeds[0].splits["train"]?.regimes[0].mix.sampled = [0.4, 0.3, 0.3]
        #expect(RunVerdict(report).sentences[0].contains(words) && RunVerdict(report).tone == tone)
    }

    /// What raised the status where HOLD's share alone did not.
    @Test func reasonOfTheStatus() {
        var report = sampleRun(seeds: 1)
        func sentence() -> String { RunVerdict(report).sentences.last ?? "" }
        report.seeds[0].looks[2].status = 2
        #expect(sentence().contains("HOLD 55.0% of the decisions since the look before; not that share but the x-statistic") && sentence().contains("x was +0.250"))
        report.seeds[0].looks[2].regimes[1].mix.sampled = [0.8, 0.1, 0.1]
        report.seeds[0].looks[2].status = 4
        #expect(sentence().contains("HOLD 85.0% of the decisions since the look before, at or above 80% for the second look in a row"))
        report.seeds[0].looks[2].status = 0
        #expect(sentence().contains("; the worst on the way was early warning at 2,000 steps"))
    }
}

/// What is written, drawn and shown.
@Suite struct RunPageTests {
    @Test func figuresAreWrittenDrawnAndRerunAlone() async throws {
        try await withTemporaryFolder { folder in
            let out = folder + "/a b's run"
            let written = try await writeRunReport(sampleRun(), to: out)
            #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == ["plots", "report.html", "report.json"])
            guard gnuplotIsHere else { return }
            #expect(written.figureFailures == [])
            #expect(Set(written.plotFiles) == Set(runFigureNames.flatMap { name in ["tsv", "gp", "svg", "png"].map { "\(out)/plots/\(name).\($0)" } }))
            for name in runFigureNames {
                let alone = folder + "/alone-" + name
                try FileManager.default.createDirectory(atPath: alone, withIntermediateDirectories: true)
                for suffix in ["tsv", "gp"] { try FileManager.default.copyItem(atPath: "\(out)/plots/\(name).\(suffix)", toPath: "\(alone)/\(name).\(suffix)") }
                try await Gnuplot().draw(name + ".gp", in: alone)
                #expect(try readText("\(alone)/\(name).svg") == readText("\(out)/plots/\(name).svg"), "\(name)")
                #expect(FileManager.default.contents(atPath: "\(alone)/\(name).png")?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
            }
        }
    }

    /// Only a table: the template reads every label from it.
    @Test(arguments: ["run-equity", "run-learning", "run-mix", "run-pay"]) func templatesDrawATableByHand(_ name: String) async throws {
        guard gnuplotIsHere else { return }
        let figure = try #require(RunFigures(sampleRun()).all.first { $0.name == name })
        try await withTemporaryFolder { folder in
            try figure.table.tsv.write(toFile: folder + "/data.tsv", atomically: true, encoding: .utf8)
            try await Gnuplot().draw(template: try #require(PlotCatalog.template(name)), table: folder + "/data.tsv", output: folder + "/out.svg")
            let drawing = try readText(folder + "/out.svg")
            let label = ["run-equity": "always LONG", "run-learning": "mean reward of an episode", "run-mix": "SHORT", "run-pay": "bonus"][name] ?? ""
            #expect(drawing.contains(label), "\(name)")
        }
    }

    /// Tables and scripts are compared with `Tests/ReportsTests/Snapshots`, renewed as those of the other figures.
    @Test(arguments: runFigureNames) func tablesAndScriptsAreAsRecorded(_ name: String) throws {
        let figure = try #require(RunFigures(sampleRun()).all.first { $0.name == name })
        let script = figure.script.replacing(figure.template, with: "<template>\n")
        for (suffix, text) in [("tsv", figure.table.tsv), ("gp", script)] {
            let path = packageRoot + "/Tests/ReportsTests/Snapshots/\(name).\(suffix)"
            if ProcessInfo.processInfo.environment["ASSAY_RENEW_SNAPSHOTS"] != nil { try text.write(toFile: path, atomically: true, encoding: .utf8) }
            #expect(try readText(path) == text)
        }
        #expect(figure.caption.contains("2 regimes") || name == "run-learning")
        #expect(figure.caption.contains("2 seeds") && figure.caption.contains("3,000 steps") && !figure.reading.isEmpty)
    }

    /// What a run has not recorded is not drawn, an older drawing of it goes, and the page stands.
    @Test func nothingRecorded() async throws {
        try await withTemporaryFolder { folder in
            _ = try await writeRunReport(sampleRun(), to: folder, gnuplot: Gnuplot(executable: "gnuplot-that-is-not-here"))
            #expect(FileManager.default.fileExists(atPath: folder + "/plots/run-mix.tsv"))
            var report = sampleRun(seeds: 1)
            report.seeds[0].looks = []
            report.seeds[0].curves = [:]
            report.seeds[0].splits = [:]
            report.seeds[0].isFinished = false
            report.seeds[0].steps = 10
            report.equity = nil
            report.classes = [:]
            report.notes = ["Not evaluated: no checkpoint."]
            #expect(RunFigures(report).all.isEmpty)
            let written = try await writeRunReport(report, to: folder)
            #expect(written.plotFiles == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/plots") == [])
            let page = try readText(written.page)
            for words in ["Not evaluated yet", "The run has not finished: 10 of 3,000 steps", "Not evaluated: no checkpoint."] { #expect(page.contains(words), "\(words)") }
            #expect(!page.contains("<svg") && !page.contains("id=\"trading\""))
        }
    }

    @Test func thePageSaysWhatTheTablesSay() throws {
        let report = sampleRun()
        let page = try runPage(report, figures: RunFigures(report), drawings: [:], failures: [.missing(executable: "gnuplot")])
        for words in [
            "Mixed: HOLD has taken A", "status: critical in the worst seed", "Trading minus HOLD", "always LONG", "+75.0%", "assay train sample.yaml", "ppo.gamma", "bars.csv",
            "apt-get install gnuplot-nox", "Training bars", "Test bars", "Learning curves", "Seeds", "mean probability SHORT",
        ] { #expect(page.contains(words), "\(words)") }
        #expect(!page.contains("://") && !page.contains("<script") && page.contains("default-src 'none'"))
    }

    /// Drawdown is measured from the peak before, and each stretch keeps its deepest.
    @Test func equityTable() throws {
        var report = sampleRun(seeds: 1)
        report.equity = RunReport.EquityPath(
            split: "test", time: [0, 10, 20, 30], regimes: [0, 0, 1, 1], curves: [.init(name: "p", runs: [[2, 1, 1.5, 4]], isPolicy: true)])
        let rows = try #require(RunFigures(report).equity).table.rows.filter { $0.numbers[0] == 1 && $0.numbers[4] != nil }
        #expect(rows.map { $0.numbers[5] } == [1, 2, 1, 1.5, 4] && rows.map { $0.numbers[6] } == [0, 0, 0.5, 0.25, 0])
        #expect(rows.map { $0.numbers[4] } == [0, 10, 20, 30, 30])
    }

    /// More actions than colours: HOLD, the five commonest, the rest together, and every look still adds up to one.
    @Test func manyActions() throws {
        var report = sampleRun(seeds: 1)
        report.actions = ["HOLD"] + (1...8).map { "BUY_\($0)" }
        let shares = [0.2, 0.01, 0.02, 0.17, 0.15, 0.13, 0.12, 0.11, 0.09]
        for i in 0..<3 {
            for r in 0..<2 { report.seeds[0].looks[i].regimes[r] = .init(decisions: 1000, mix: .init(sampled: shares), pay: []) }
        }
        report.seeds[0].splits["train"]?.regimes = [(6000, .init(sampled: shares)), (4000, .init())]
        report.seeds[0].splits["train"]?.all = .init(sampled: shares)
        let table = try #require(RunFigures(report).mix).table
        let last = table.rows.filter { $0.numbers[0] == 1 && $0.numbers[1] == 0 && $0.numbers[4] == 3000 }
        #expect(last.map { $0.texts[1] } == ["HOLD", "BUY_3", "BUY_4", "BUY_5", "BUY_6", "BUY_7", "3 others"])
        #expect(abs(last.compactMap { $0.numbers[5] }.reduce(0, +) - 1) < 1e-12)
        #expect(report.mixTables("train").count == 3)
    }
}

/// Every text of a run that a user wrote, hostile: four names at a time, in turns as the run's name, a regime, a term and an action.
@Test(arguments: Array(stride(from: 0, to: hostileNames.count, by: 4))) func textOfARunAppearsAsItselfAndRunsNothing(_ first: Int) async throws {
    let texts = (0..<4).map { hostileNames[(first + $0) % hostileNames.count].text }
    try await withTemporaryFolder { folder in
        var report = sampleRun(seeds: 1, terms: [texts[0], "cost", texts[1]], regimes: [texts[2], texts[1]], actions: ["HOLD", texts[3], texts[0]])
        report.name = texts[1]
        report.rewardName = texts[0]
        report.commands = texts
        report.notes = texts
        report.parameters = texts.map { ($0, $0) }
        report.data = texts.map { ($0, $0) }
        report.equity?.curves[1].name = texts[2]
        let written = try await writeRunReport(report, to: folder)
        #expect(!FileManager.default.fileExists(atPath: trap))
        let page = try readText(written.page)
        for text in texts { #expect(unescaped(page).contains(shown(text))) }
        #expect(!page.contains("<script") && !page.contains("<img"))
        let tags = page.replacingOccurrences(of: "=\"[^\"]*\"|='[^']*'", with: "=", options: .regularExpression)
        #expect(tags.range(of: "<[a-z][^>]* on[a-z]+", options: .regularExpression) == nil)
        #expect(page.ranges(of: "</svg>").count == page.ranges(of: "<svg ").count)
        for (name, columns, text) in [("run-mix", 10, texts[3]), ("run-pay", 7, texts[0]), ("run-equity", 9, texts[2])] {
            let tsv = try readText("\(folder)/plots/\(name).tsv")
            #expect(tsv.contains(shown(text)))
            #expect(tsv.split(separator: "\n").allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == columns }, "\(name)")
        }
        if gnuplotIsHere {
            #expect(written.figureFailures == [])
            #expect(unescaped(try readText(folder + "/plots/run-mix.svg")).contains(figureText(texts[3], limit: 14)))
        }
        let decoded = try #require(try JSONSerialization.jsonObject(with: Data(runJSON(report).utf8)) as? [String: Any])
        #expect(decoded["name"] as? String == texts[1])
        #expect(!verdictText(report).unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E })
    }
}

/// A lane a stage in the file's order, a bar a seed, the last one ending with the run.
@Test func theCurriculumsTimeline() throws {
    var report = sampleRun()
    #expect(stagesFigure(report) == nil)
    report.stages = ["first", "second"]
    report.seeds[0].stages = [(0, "started", "first"), (1000, "promoted", "second"), (1500, "demoted", "first"), (2000, "timed_out_promoted", "second")]
    report.seeds[1].stages = [(0, "started", "first")]
    let figure = try #require(stagesFigure(report))
    let rows = figure.table.rows.map { $0.numbers.map { $0 ?? .nan } }
    #expect(rows.map { Array($0[0...1]) } == [[0, 1000], [1000, 1500], [1500, 2000], [2000, 3000], [0, 3000]])
    #expect(rows.map { $0[2].rounded() } == [0, 1, 0, 1, 0] && rows.map { $0[3] } == [0, 1, 2, 4, 0])
    #expect(rows[0][2] < rows[4][2], "seed 2's bar lies below seed 1's")
    #expect(figure.caption.contains("1 promotion, 1 demotion, 1 time-out"))
    #expect(figure.script.contains("array stage_names[2] = ['first', 'second']") || figure.script.contains("stage_names"))
    let page = try runPage(report, figures: RunFigures(report), drawings: [:], failures: [])
    #expect(page.contains("id=\"stages\"") && page.contains("plots/curriculum-timeline"))
}

/// A chapter's words are escaped, and its figures and tables stand on the page.
@Test func chaptersStandOnThePage() throws {
    let report = sampleReport()
    let bars = shareBarsFigure(name: "bars", heading: "a <b>", caption: "c", reading: "r", axis: "share", groups: ["g1", "g2"], series: ["s"], shares: [[0.5], [nil]])
    let chapter = PageChapter(
        anchor: "more", link: "More", title: "More & <more>",
        parts: [.heading("one"), .text("<script>alert(1)</script>"), .figure(bars), .table(TextTable(["x"], rows: [[.init("<cell>")]]))])
    let page = try evPage(report, figures: ReportFigures(report), chapters: [chapter], drawings: [:], failures: [])
    #expect(page.contains("<a href=\"#more\">More</a>") && page.contains("<section id=\"more\">") && page.contains("<h2>More &amp; &lt;more&gt;</h2>"))
    #expect(page.contains("<h3>one</h3>") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert") && page.contains("&lt;cell&gt;"))
    #expect(page.contains("plots/bars.tsv"))
    #expect(bars.table.tsv == "group_no\tseries_no\tshare\tgroup\tseries\n1\t1\t0.5\tg1\ts\n2\t1\tNaN\tg2\ts\n")
}
