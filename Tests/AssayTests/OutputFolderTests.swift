import Foundation
import TestSupport
import Testing

/// `--out`, `assay plot`, and what happens without gnuplot.
@Suite(.serialized) struct OutputFolderTests {
    static let market = "synthetic:btc-hourly,bars=6000"

    @Test func writesOnceUnlessForced() async throws {
        let folder = try Workspace()
        try folder.write("plain.yaml", plainReward)
        let arguments = ["ev", "plain.yaml", "--bars", Self.market, "--out", "report"]
        let run = try await assay(list: arguments, in: folder)
        #expect(run.err.contains("wrote report/report.html, report/report.json and "))
        let files = Set(folder.contents)
        #expect(files.isSuperset(of: ["report/report.html", "report/report.json"]))
        let scripts = files.filter { $0.hasPrefix("report/plots/") && $0.hasSuffix(".gp") }
        #expect(scripts.count >= 4)
        for script in scripts {
            for suffix in [".tsv", ".svg", ".png"] { #expect(files.contains(script.dropLast(3) + suffix), "\(script) lacks \(suffix)") }
        }
        #expect(!files.contains { $0.contains(".report-") }, "the staging folder is left behind")
        #expect(try JSONView(Data(folder.text("report/report.json").utf8))["schema_version"].int == 1)
        try isSelfContained(try folder.text("report/report.html"))

        let again = try await assay(list: arguments, in: folder, exits: 65)
        #expect(again.err == "error: 'report' already holds a report\nhelp: choose another --out, or add --force to replace it\n")
        #expect(again.output.isEmpty)
        let forced = try await assay(list: arguments + ["--force", "--json", "--quiet"], in: folder)
        #expect(try JSONView(forced.output)["schema_version"].int == 1)
        #expect(Set(folder.contents) == files)

        // Redraw after deleting a figure.
        let drawing = try #require(files.first { $0.hasSuffix(".svg") })
        try FileManager.default.removeItem(atPath: folder.path + "/" + drawing)
        let drawn = try await assay("plot", "report", in: folder)
        #expect(Set(folder.contents) == files)
        #expect(drawn.out.split(separator: "\n").count == scripts.count)

        let script = try #require(scripts.sorted().first)
        let single = try await assay("plot", script, in: folder)
        #expect(single.out == script + "\n")
        let table = String(script.dropLast(3)) + ".tsv"
        let template = table.contains("compare") ? "ev-compare" : "ev-regimes"
        try await assay("plot", "--template", template, table, "mine.svg", in: folder)
        #expect(try folder.text("mine.svg").contains("<svg"))
    }

    /// Nothing is fetched from anywhere and nothing runs but the playground.
    private func isSelfContained(_ page: String) throws {
        #expect(page.contains("<svg"))
        let page = try withoutOwnScripts(page)
        #expect(page.firstMatch(of: /(?i)<script/) == nil)
        #expect(page.firstMatch(of: /(?i)(src|href)\s*=\s*["']?\s*(https?:)?\/\//) == nil)
        #expect(page.firstMatch(of: /(?i)(src|href)\s*=\s*["']?\s*(javascript|file):/) == nil)
        #expect(page.firstMatch(of: /(?i)@import|url\(\s*["']?https?:/) == nil)
        #expect(page.firstMatch(of: /(?i)<(link|iframe|object|embed)\b/) == nil)
    }

    /// Exit 69, with tables, scripts, page and JSON all the same, and the way to install it.
    @Test func withoutGnuplot() async throws {
        let folder = try Workspace()
        try folder.write("plain.yaml", plainReward)
        try FileManager.default.createDirectory(atPath: folder.path + "/empty", withIntermediateDirectories: true)
        let environment: [String: String?] = ["PATH": folder.path + "/empty"]
        let run = try await assay(
            "ev", "plain.yaml", "--bars", Self.market, "--out", "report", "--quiet", in: folder, environment: environment, exits: 69)
        #expect(
            run.err == """
                error: 'gnuplot' was not found, so no figure was drawn
                help: 'apt-get install gnuplot-nox' (5.4 or later) installs it; tables and scripts are written, and 'gnuplot -d SCRIPT.gp' in the plots folder draws them

                """)
        let files = folder.contents
        #expect(files.contains("report/report.html") && files.contains("report/report.json"))
        #expect(files.count { $0.hasSuffix(".tsv") } >= 4)
        #expect(files.count { $0.hasSuffix(".gp") } == files.count { $0.hasSuffix(".tsv") })
        #expect(!files.contains { $0.hasSuffix(".svg") || $0.hasSuffix(".png") })
        #expect(try folder.text("report/report.html").contains("gnuplot-nox"))

        let plot = try await assay("plot", "report", in: folder, environment: environment, exits: 69)
        #expect(plot.err == run.err)
        let doctor = try await assay("doctor", in: folder, environment: environment)
        #expect(doctor.out.contains("missing") && doctor.out.contains("apt-get install gnuplot-nox"))
        // With gnuplot back, the written scripts draw.
        try await assay("plot", "report", in: folder)
        #expect(folder.contents.contains { $0.hasSuffix(".svg") })
    }

    /// The story of the README, from a folder that is not the repository, by a bare program name found on PATH.
    @Test func demoFromElsewhere() async throws {
        let folder = try Workspace()
        // Most of a minute alone; beside other tests on a busy machine several.
        let run = try await assay(list: ["demo", "--out", "demo", "--threads", "2"], in: folder, timeout: 900)
        for name in ["btc-s1: always trade", "btc-s2: hold collapse", "btc-s3: mixed"] { #expect(run.out.contains(name)) }
        #expect(folder.contents.contains("demo/report.html"))
    }
}
