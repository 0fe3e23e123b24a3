public import Forecasting
internal import Foundation
public import RewardAnalysis

/// What `writeReport` wrote; paths start with the folder as the caller named it.
public struct WrittenReport: Sendable {
    public var page: String
    public var json: String
    /// Tables, scripts, and (where gnuplot ran) figures, in page order.
    public var plotFiles: [String]
    /// Why figures are missing; the tables and scripts are written all the same. The command line exits 69 on `.missing`.
    public var figureFailures: [GnuplotFailure]
}

/// The folder that a report cannot be written to, and why.
public struct ReportNotWritten: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String {
        "error: '\(shown(path))' cannot be written: \(shown(reason))\nhelp: choose a folder that can be written with --out"
    }
}

/// Writes `report.html`, `report.json` and `plots/` (per figure a `.tsv`, a `.gp` script, `.svg`, `.png`) into `folder`, which is made when missing.
///
/// Figures are drawn in a staging folder; every file then moves to its place by rename, the page last, so a reader never sees half a file
/// and an interrupted run leaves an earlier report whole. Existing files of the same names are replaced: asking first (`--force`) is the caller's part.
/// `forecasts` of the same rewards, where there are any, stand before the expected values. Throws `ReportNotWritten`. A missing or failing gnuplot is no error here but reported in the result.
public func writeReport(
    _ report: ExpectedValueReport, to folder: String, forecasts: [(forecast: RewardForecast, outcome: ForecastOutcome?)] = [], gnuplot: Gnuplot = Gnuplot()
) async throws -> WrittenReport {
    try await writeReport(report, chapters: [], to: folder, forecasts: forecasts, gnuplot: gnuplot)
}

/// The same with further chapters behind the rewards'. Their figures' names must differ from the report's and each other's.
package func writeReport(
    _ report: ExpectedValueReport, chapters: [PageChapter], to folder: String, forecasts: [(forecast: RewardForecast, outcome: ForecastOutcome?)] = [],
    gnuplot: Gnuplot = Gnuplot()
) async throws -> WrittenReport {
    let figures = ReportFigures(report), names = slugs(forecasts.map(\.forecast.name))
    let mixes = zip(forecasts, names).map { forecastMixFigure($0.forecast, outcome: $0.outcome, name: "forecast-\($1)-mix") }
    let written = try await publish(figures.all + mixes + chapters.flatMap(\.figures), to: folder, gnuplot: gnuplot) { drawings, failures in
        let page = try evPage(
            report, figures: figures, forecasts: zip(forecasts, mixes).map { ($0.forecast, $0.outcome, $1) }, chapters: chapters, drawings: drawings, failures: failures)
        return [("report.json", evJSON(report)), ("report.html", page)]
    }
    return WrittenReport(page: folder + "/report.html", json: folder + "/report.json", plotFiles: written.plotFiles, figureFailures: written.failures)
}

/// Draws `figures` in a staging folder below `folder` and moves tables, scripts and drawings to `folder/plots`, then what `documents` makes of the drawings
/// (SVG by figure name) to `folder`, in its order.
///
/// Throws `ReportNotWritten`, and what `documents` throws; a gnuplot that is missing or fails is part of the result.
func publish(
    _ figures: [Figure], to folder: String, gnuplot: Gnuplot,
    documents: (_ drawings: [String: String], _ failures: [GnuplotFailure]) throws -> [(name: String, text: String)]
) async throws -> (plotFiles: [String], failures: [GnuplotFailure]) {
    let files = FileManager.default
    let staging = folder + "/.report-\(UInt32.random(in: 0...UInt32.max))"
    do {
        try files.createDirectory(atPath: folder + "/plots", withIntermediateDirectories: true)
        try files.createDirectory(atPath: staging, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: staging) }

        for figure in figures {
            try figure.table.tsv.write(toFile: "\(staging)/\(figure.name).tsv", atomically: false, encoding: .utf8)
            try figure.script.write(toFile: "\(staging)/\(figure.name).gp", atomically: false, encoding: .utf8)
        }
        let failures = await draw(figures, in: staging, with: gnuplot)

        var plotFiles: [String] = []
        var drawings: [String: String] = [:]
        for figure in figures {
            for suffix in ["tsv", "gp", "svg", "png"] {
                let name = "\(figure.name).\(suffix)", source = "\(staging)/\(name)", target = "\(folder)/plots/\(name)"
                guard files.fileExists(atPath: source) else {
                    // An old drawing beside a new table would be a lie.
                    try? files.removeItem(atPath: target)
                    continue
                }
                if suffix == "svg" { drawings[figure.name] = try String(contentsOfFile: source, encoding: .utf8) }
                try move(source, to: target)
                plotFiles.append(target)
            }
        }
        for (name, text) in try documents(drawings, failures) {
            try text.write(toFile: "\(staging)/\(name)", atomically: false, encoding: .utf8)
            try move("\(staging)/\(name)", to: "\(folder)/\(name)")
        }
        return (plotFiles, failures)
    } catch let error as CocoaError {
        throw ReportNotWritten(path: folder, reason: error.localizedDescription)
    }
}

/// Draws all figures, as many at once as there are processors. When gnuplot is missing, says so once.
private func draw(_ figures: [Figure], in folder: String, with gnuplot: Gnuplot) async -> [GnuplotFailure] {
    let width = max(1, ProcessInfo.processInfo.activeProcessorCount)
    return await withTaskGroup(of: (Int, GnuplotFailure?).self) { group in
        var next = 0
        var failures: [(Int, GnuplotFailure)] = []
        func start() {
            guard next < figures.count else { return }
            let index = next, script = figures[next].name + ".gp"
            next += 1
            group.addTask {
                do throws(GnuplotFailure) {
                    try await gnuplot.draw(script, in: folder)
                    return (index, nil)
                } catch {
                    return (index, error)
                }
            }
        }
        for _ in 0..<width { start() }
        while let (index, failure) = await group.next() {
            if let failure { failures.append((index, failure)) }
            if case .missing? = failure { next = figures.count }
            start()
        }
        let ordered = failures.sorted { $0.0 < $1.0 }.map(\.1)
        if let missing = ordered.first(where: { if case .missing = $0 { true } else { false } }) { return [missing] }
        return ordered
    }
}

/// Renames over whatever is there.
private func move(_ source: String, to target: String) throws {
    if rename(source, target) != 0 {
        throw ReportNotWritten(path: target, reason: String(cString: strerror(errno)))
    }
}
