import ArgumentParser
import ComponentKit
import Foundation
import Reports
import RunRecords
import Training

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a run's page and figures again, or those of several runs side by side.",
        discussion: """
            Examples:
              assay report runs/btc-s3-mlp
              assay report runs/btc-s3-mlp/seed-2 --json
              assay report runs/btc-s2-mlp runs/btc-s3-mlp --out side-by-side

            Writes report.html, report.json and plots/ into the run's folder. A run
            that still trains, or was stopped, is shown as far as it has got.
            Several runs go into one page, written to --out: what differs between
            them, their mixes and results, their curves laid over each other.
            """)

    @Argument(help: ArgumentHelp("Run folders: each of one seed, or of several.", valueName: "run"))
    var runs: [String]

    @Option(help: ArgumentHelp("Folder for the page of several runs; created when missing.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace files in --out that an earlier command wrote.")
    var force = false

    @OptionGroup var threading: ThreadOptions

    @Flag(help: "One JSON document on standard output.")
    var json = false

    @Flag(help: "No remarks on standard error.")
    var quiet = false

    func validate() throws {
        if runs.count == 1, out != nil { throw ValidationError("--out is for several runs; the page of one is written into its own folder") }
        if runs.count > 1, out == nil { throw ValidationError("several runs need --out FOLDER for their common page") }
        if runs.count > 16 { throw ValidationError("at most 16 runs fit side by side, not \(runs.count)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: quiet || json)
        let folders = runs.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        if let again = folders.first(where: { folder in folders.count { $0 == folder } > 1 }) { throw ValidationError("'\(visible(again))' is named twice") }
        if let out { try OutputFolder.check(out, force: force) }
        let threadCount = threading.count
        if let out {
            var reports: [RunReport] = []
            for folder in folders {
                reports.append(try readRunReport(folder, threads: threadCount))
                for note in reports[reports.count - 1].notes { log.warning("\(visible(folder)): \(visible(note))") }
            }
            let written = try await writeRunsReport(reports, to: out, command: commandLine())
            if json {
                Console.print(runsJSON(reports), terminator: "")
            } else {
                Console.print(reports.map { verdictText($0) }.joined(separator: "\n"), terminator: "")
            }
            log.info("wrote \(visible(written.page)), \(visible(written.json)) and \(written.plotFiles.count) files in \(visible(out))/plots")
            if let failure = written.figureFailures.first { throw failure }
            return
        }
        let folder = folders[0], report = try readRunReport(folder, threads: threadCount)
        for note in report.notes { log.warning("\(visible(note))") }
        let written = try await writeRunReport(report, to: folder)
        if json {
            Console.print(runJSON(report), terminator: "")
        } else {
            Console.print(verdictText(report), terminator: "")
        }
        log.info("wrote \(visible(written.page)), \(visible(written.json)) and \(written.plotFiles.count) files in \(visible(folder))/plots")
        if let failure = written.figureFailures.first { throw failure }
    }
}
