import Foundation
import Reports
import TestSupport
import Testing

/// A folder of the test's own under the system's temporary folder, removed afterwards.
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = NSTemporaryDirectory() + "assay-reports-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

func readText(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// Whether gnuplot is on this machine; where it is not, the tests that draw say so and return.
let gnuplotIsHere: Bool = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let found = path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
    if !found { print("skipped: gnuplot is not installed") }
    return found
}()

let figureNames = [
    "ev-btc-s1-hit-rate", "ev-btc-s1-terms", "ev-btc-s1-values", "ev-btc-s2-hit-rate", "ev-btc-s2-terms", "ev-btc-s2-values",
    "ev-btc-s3-hit-rate", "ev-btc-s3-terms", "ev-btc-s3-values", "ev-compare", "ev-regimes",
]

@Test func everyFigureIsWrittenDrawnAndRerunsAlone() async throws {
    try await withTemporaryFolder { folder in
        let keep = ProcessInfo.processInfo.environment["ASSAY_SAMPLE_REPORT"]  // a folder to look at the result in
        let out = keep ?? folder + "/a b's report"
        let written = try await writeReport(sampleReport(), to: out)
        let files = Set(try FileManager.default.contentsOfDirectory(atPath: out + "/plots"))
        for name in figureNames { #expect(files.isSuperset(of: ["\(name).tsv", "\(name).gp"])) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == ["plots", "report.html", "report.json"])
        guard gnuplotIsHere else { return }
        #expect(written.figureFailures == [])
        #expect(Set(written.plotFiles) == Set(figureNames.flatMap { name in ["tsv", "gp", "svg", "png"].map { "\(out)/plots/\(name).\($0)" } }))

        // Alone: the table and the script in an empty folder, nothing else.
        for name in figureNames {
            let alone = folder + "/alone-" + name
            try FileManager.default.createDirectory(atPath: alone, withIntermediateDirectories: true)
            for suffix in ["tsv", "gp"] { try FileManager.default.copyItem(atPath: "\(out)/plots/\(name).\(suffix)", toPath: "\(alone)/\(name).\(suffix)") }
            try await Gnuplot().draw(name + ".gp", in: alone)
            #expect(try readText("\(alone)/\(name).svg") == readText("\(out)/plots/\(name).svg"), "\(name)")
            #expect(FileManager.default.contents(atPath: "\(alone)/\(name).png")?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        }
    }
}

/// Tables and scripts are compared with `Tests/ReportsTests/Snapshots`; `ASSAY_RENEW_SNAPSHOTS=1 swift test --filter ReportsTests` renews them.
@Test(arguments: figureNames) func tablesAndScriptsAreAsRecorded(_ name: String) throws {
    let figure = try #require(ReportFigures(sampleReport()).all.first { $0.name == name })
    // The template itself is in plots/; the snapshot holds what the script puts around it.
    let script = figure.script.replacing(figure.template, with: "<template>\n")
    for (suffix, text) in [("tsv", figure.table.tsv), ("gp", script)] {
        let path = packageRoot + "/Tests/ReportsTests/Snapshots/\(name).\(suffix)"
        if ProcessInfo.processInfo.environment["ASSAY_RENEW_SNAPSHOTS"] != nil {
            try FileManager.default.createDirectory(atPath: packageRoot + "/Tests/ReportsTests/Snapshots", withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try readText(path) == text)
    }
}

@Test(arguments: figureNames) func everyFigureSaysWhatItRestsOn(_ name: String) throws {
    let figure = try #require(ReportFigures(sampleReport()).all.first { $0.name == name })
    #expect(figure.caption.contains("26,074 bars"))
    #expect(figure.caption.contains("4 regimes"))
    #expect(figure.caption.contains("95%") || name == "ev-regimes")
    #expect(!figure.reading.isEmpty)
}

@Test func barsWithoutAnIntervalAreNotDrawn() throws {
    var report = sampleReport([3])
    report.rewards[0].regimes[1].actions[2].interval95.high = .nan
    report.rewards[0].regimes[0].zeroEdgeGap.interval95 = nil
    let figures = ReportFigures(report)
    let values = try #require(figures.rewards[0].first { $0.name == "ev-btc-s3-values" })
    #expect(values.table.rows.count == 11)
    #expect(!values.table.rows.contains { $0.texts == ["SHORT", "TRENDING"] })
    #expect(values.caption.hasSuffix("1 without an interval not drawn"))
    let comparison = try #require(figures.comparison)
    #expect(comparison.table.rows.count == 3)
    let terms = try #require(figures.rewards[0].first { $0.name == "ev-btc-s3-terms" })
    #expect(!terms.table.tsv.contains("LOW_VOL"))
}

/// By hand from E.2, set 3, TRENDING: correct_trade .08/2 = .04, correct_trend_trade .06/2 = .03, wrong_direction -.03/2 = -.015,
/// trade_cost -.01, trending_hold 0 - (-.04) = .04, trending_activity .02; sum .105, the table's gap.
@Test func waterfallOfSet3InTrending() throws {
    let steps = tradeSteps(sampleReport([3]).rewards[0].regimes[1])
    let expected = [
        ("base_return", 0), ("correct_trade", 0.04), ("correct_trend_trade", 0.03), ("wrong_direction", -0.015), ("trade_cost", -0.01),
        ("trending_hold", 0.04), ("trending_activity", 0.02), ("crisis_trade", 0), ("hold_bonus", 0), ("better side than a coin", 0),
    ]
    #expect(steps.map(\.id) == expected.map(\.0))
    for (step, (_, value)) in zip(steps, expected) { #expect(abs(step.value - value) < 1e-12, "\(step.id)") }
    #expect(abs(steps.reduce(0) { $0 + $1.value } - 0.105) < 1e-12)
}

@Test func withoutGnuplotTablesScriptsAndPageAreWritten() async throws {
    try await withTemporaryFolder { folder in
        let written = try await writeReport(sampleReport([3]), to: folder, gnuplot: Gnuplot(executable: "gnuplot-that-is-not-here"))
        #expect(written.figureFailures == [.missing(executable: "gnuplot-that-is-not-here")])
        #expect(written.figureFailures.first?.description.contains("apt-get install gnuplot-nox") == true)
        #expect(written.plotFiles.allSatisfy { $0.hasSuffix(".tsv") || $0.hasSuffix(".gp") })
        #expect(written.plotFiles.count == 10)
        let page = try readText(written.page)
        #expect(page.contains("apt-get install gnuplot-nox"))
        #expect(page.contains("Not drawn: "))
    }
}

@Test func aFailingScriptSaysWhy() async throws {
    guard gnuplotIsHere else { return }
    try await withTemporaryFolder { folder in
        try "plot 'nothing-here.tsv' using 1\n".write(toFile: folder + "/x.gp", atomically: true, encoding: .utf8)
        do {
            try await Gnuplot().draw("x.gp", in: folder)
            Issue.record("no error")
        } catch {
            guard case .failed(let script, _, let message)? = error as? GnuplotFailure else {
                Issue.record("\(error)")
                return
            }
            #expect(script == "x.gp")
            #expect(message.contains("nothing-here.tsv"))
        }
    }
}

@Test func aScriptThatTakesTooLongIsStopped() async throws {
    guard gnuplotIsHere else { return }
    try await withTemporaryFolder { folder in
        try "pause 30\n".write(toFile: folder + "/x.gp", atomically: true, encoding: .utf8)
        await #expect(throws: GnuplotFailure.timedOut(script: "x.gp", seconds: 1)) {
            try await Gnuplot(timeout: .seconds(1)).draw("x.gp", in: folder)
        }
    }
}

@Test func aFolderThatCannotBeMadeIsNamed() async throws {
    try await withTemporaryFolder { folder in
        try "".write(toFile: folder + "/taken", atomically: true, encoding: .utf8)
        await #expect(throws: ReportNotWritten.self) { try await writeReport(sampleReport([3]), to: folder + "/taken") }
    }
}
