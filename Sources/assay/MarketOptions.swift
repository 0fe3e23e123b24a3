public import ArgumentParser
import ComponentKit
import Environments
public import Features
import Foundation
import Intraday
import MarketData
import Regimes
public import TradingTypes

extension SplitName: ExpressibleByArgument {}
extension Denoise: ExpressibleByArgument {}

/// Flags shared by every verb that reads a market.
struct MarketOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Bars: a .csv or .csv.gz file, or synthetic:btc-hourly and any of ,seed=N ,bars=N ,edge=X ,edge.CRISIS=X; for options synthetic:intraday[,days=N ...] or 'SPY: a.csv.gz, VIX: b.csv.gz'.", valueName: "file|synthetic:..."))
    var bars = Self.standardBars
    static let standardBars = "synthetic:btc-hourly"

    @Option(help: ArgumentHelp("First bar analysed (UTC date, or date and time); earlier bars serve as warm-up.", valueName: "date"))
    var from: String?

    @Option(help: ArgumentHelp("End of the analysed bars (UTC), exclusive.", valueName: "date"))
    var to: String?

    @Option(help: ArgumentHelp("Of an intraday market only the last days.", valueName: "n"))
    var days: Int?

    @Option(help: "Part of the bars: train (60%), validation (20%), test (20%) or all.")
    var split: SplitName = .train

    @Option(help: "Regime detector; 'assay list detectors' shows them.")
    var detector = "balanced"

    @Option(help: "none, or ekf: indicators on the EKF-filtered close.")
    var denoise: Denoise = .none

    @Option(help: ArgumentHelp("Zone of time stamps that carry none (UTC, US/Eastern, +02:00); inferred when absent.", valueName: "zone"))
    var timeZone: String?

    @Flag(help: "Market oddities (gaps, duplicates, bad ticks, ...) are errors instead of being counted.")
    var strict = false

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @OptionGroup var threading: ThreadOptions

    var threadCount: Int { threading.count }

    func validate() throws {
        if let days {
            guard IntradaySource.isIntraday(bars) else { throw ValidationError("--days is for intraday markets") }
            guard SyntheticIntraday.dayRange.contains(days) else { throw ValidationError("--days must be between 1 and \(SyntheticIntraday.dayRange.upperBound), not \(days)") }
        }
    }

    /// The intraday market that `--bars` names, nil where it names bars of the spot market.
    func intraday() throws -> LoadedIntraday? {
        guard IntradaySource.isIntraday(bars) else { return nil }
        func date(_ text: String?, _ flag: String) throws -> Int? { try text.map { Int((try parseTime($0, flag)) / 86_400) } }
        return try IntradayViews.load(bars, days: days, from: date(from, "--from"), to: date(to, "--to"), timeZone: timeZone, strict: strict)
    }

    func source() throws -> BarSource {
        if !bars.hasPrefix("synthetic:"), IntradaySource.isIntraday(bars) {
            throw ValidationError("--bars names an intraday market, and bars of the spot market are read here; 'assay data', 'features' and 'regimes' read both")
        }
        var source = try BarSource.parse(bars)
        source.options.timeZone = timeZone
        return source
    }

    func makeDetector() throws -> any RegimeDetector {
        let types = RegimeDetectorCatalog.standard
        guard let type = types.first(where: { $0.card.name == detector }) else {
            let names = types.map { $0.card.name }
            let near = suggestion(for: detector, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("unknown regime detector '\(visible(detector))'\(near) Known: \(names.joined(separator: ", "))")
        }
        return type.init()
    }

    func prepare(_ configuration: SpotConfiguration = SpotConfiguration()) throws -> PreparedMarket {
        try PreparedMarket(
            MarketRequest(
                source: source(), from: from.map { try parseTime($0, "--from") }, to: to.map { try parseTime($0, "--to") }, denoise: denoise,
                detector: makeDetector(), isStrict: strict, configuration: configuration))
    }

    private func parseTime(_ text: String, _ flag: String) throws -> Int64 {
        guard let time = parseTimeStamp(text) else {
            throw ValidationError("\(flag) '\(visible(text))' is not a date; write 2020-01-01 or 2020-01-01T12:00Z")
        }
        return time
    }
}

/// Flags shared by verbs that print results.
struct PrintOptions: ParsableArguments {
    @Flag(help: "One JSON document on standard output.")
    var json = false

    @Flag(help: "No progress or remarks on standard error.")
    var quiet = false
}

/// The same, of verbs that can write a report too.
struct OutputOptions: ParsableArguments {
    @OptionGroup var printing: PrintOptions

    @Option(help: ArgumentHelp("Folder for files (figures, tables, report); created when missing.", valueName: "folder"))
    var out: String?

    var json: Bool { printing.json }
    var quiet: Bool { printing.quiet }
}
