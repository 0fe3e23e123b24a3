import ArgumentParser
import ComponentKit
import Foundation
import Reports
import RunRecords
import Training

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a run's page and figures again, and say what became of it.",
        discussion: """
            Examples:
              assay report runs/btc-s3-mlp
              assay report runs/btc-s3-mlp/seed-2 --json

            Writes report.html, report.json and plots/ into the run's folder. A run
            that still trains, or was stopped, is shown as far as it has got.
            """)

    @Argument(help: ArgumentHelp("Run folder: of one seed, or of several.", valueName: "run"))
    var run: String

    @Option(help: ArgumentHelp("Threads; results do not depend on them.", valueName: "n"))
    var threads: Int?

    @Flag(help: "One JSON document on standard output.")
    var json = false

    @Flag(help: "No remarks on standard error.")
    var quiet = false

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must lie between 1 and 256, not \(threads)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: quiet || json)
        let folder = run.count > 1 && run.hasSuffix("/") ? String(run.dropLast()) : run
        let report = try readRunReport(folder, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        for note in report.notes { log.warning("\(visible(note))") }
        let written = try await writeRunReport(report, to: folder)
        if json {
            Console.print(try runJSON(report), terminator: "")
        } else {
            Console.print(verdictText(report), terminator: "")
        }
        log.info("wrote \(visible(written.page)), \(visible(written.json)) and \(written.plotFiles.count) files in \(visible(folder))/plots")
        if let failure = written.figureFailures.first { throw failure }
    }
}
