import ComponentKit
import Forecasting
import Foundation
import Logging
import Reports
import RewardAnalysis

/// Prints a report on standard output and, with a folder, writes figures and page.
func present(
    _ report: ExpectedValueReport, forecasts: [(forecast: RewardForecast, outcome: ForecastOutcome?)] = [], chapters: [PageChapter] = [], json: Bool, out: String?,
    _ log: Logger
) async throws {
    if json {
        Console.print(evJSON(report))
    } else {
        Console.print(evTable(report, color: Console.hasColour))
    }
    guard let out else {
        if !json { log.info("\nfigures and a page: add --out FOLDER") }
        return
    }
    let written = try await writeReport(report, chapters: chapters, to: out, forecasts: forecasts)
    log.info("\nwrote \(visible(written.page)), \(visible(written.json)) and \(written.plotFiles.count) files in \(visible(out))/plots")
    if let failure = written.figureFailures.first {
        throw failure
    }
}

enum OutputFolder {
    /// Fails before the long part when `folder` cannot be written or already holds a report.
    static func check(_ folder: String, force: Bool) throws {
        var isDirectory: ObjCBool = false
        let files = FileManager.default
        if files.fileExists(atPath: folder, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else {
                throw CommandFailure("--out '\(visible(folder))' is a file", help: "name a folder", code: 65)
            }
            if !force, files.fileExists(atPath: folder + "/report.html") {
                throw CommandFailure("'\(visible(folder))' already holds a report", help: "choose another --out, or add --force to replace it", code: 65)
            }
        }
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("--out '\(visible(folder))' cannot be created: \(error.localizedDescription)", help: "choose a folder that can be written", code: 65)
        }
        guard files.isWritableFile(atPath: folder) else {
            throw CommandFailure("--out '\(visible(folder))' cannot be written", help: "choose a folder that can be written", code: 65)
        }
    }
}

func commandLogger(quiet: Bool) -> Logger { .command(quiet: quiet) }
