import ArgumentParser
import ComponentKit
import Environments
import Features
import Foundation
import Intraday
import Logging
import MarketData
import TradingTypes

struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "The 44 features of the bars: formulas, statistics, values as CSV.",
        discussion: "Examples:\n  assay features --bars prices.csv.gz --split all --out features\n  assay features --bars synthetic:intraday,days=60")

    @OptionGroup var market: MarketOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Z-scores (fitted on the training split, clipped at 10) instead of raw values in the CSV.")
    var normalised = false

    func run() throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        if let out = output.out { try OutputFolder.check(out, force: true) }
        if let loaded = try market.intraday() {
            try show(loaded.market, log)
            return
        }
        let prepared = try market.prepare()
        let rows = prepared.split.range(market.split)
        let features = prepared.features
        let summaries = summarize(features, rows: rows)
        if output.json {
            Console.print(try jsonText(["features": summaries.map(FeatureJSON.init), "bars": rows.count, "warm_up": prepared.warmUp]))
        } else {
            let table = summaries.map { s in
                [s.name, s.formula] + [s.mean, s.deviation, s.minimum, s.maximum].map(statistic) + [String(format: "%.2f%%", 100 * s.missingShare)]
            }
            Console.print(plainTable(["feature", "formula", "mean", "sd", "min", "max", "missing"], table, textColumns: 2), terminator: "")
            log.info("\n\(rows.count) bars (\(market.split.rawValue) split) after \(prepared.warmUp) of warm-up")
        }
        if let out = output.out {
            let path = out + "/features.csv"
            try featureCSV(prepared, features, rows).write(toFile: path, atomically: true, encoding: .utf8)
            log.info("wrote \(visible(path))")
        } else if !output.json {
            log.info("values as CSV: add --out FOLDER")
        }
    }

    private func show(_ intraday: IntradayMarket, _ log: Logger) throws {
        if normalised { throw ValidationError("--normalised is for features of the spot market") }
        let days = IntradayViews.days(intraday, market.split)
        try IntradayViews.needDays(days, market.split)
        let features = computeIntradayFeatures(intraday)
        let summaries = summarize(features, intraday, days: days)
        let minutes = days.reduce(0) { $0 + intraday.days[$1].regular.count }
        if output.json {
            Console.print(try jsonText(["features": summaries.map(FeatureJSON.init), "bars": minutes, "days": days.count]))
        } else {
            let table = summaries.map { s in
                [s.name, s.formula] + [s.mean, s.deviation, s.minimum, s.maximum].map(statistic) + [String(format: "%.2f%%", 100 * s.missingShare)]
            }
            Console.print(plainTable(["feature", "formula", "mean", "sd", "min", "max", "missing"], table, textColumns: 2), terminator: "")
            log.info("\n\(minutes) regular minutes of \(days.count) days (\(market.split.rawValue) split)")
        }
        if let out = output.out {
            let path = out + "/features.csv"
            try IntradayViews.featureCSV(intraday, features, days).write(toFile: path, atomically: true, encoding: .utf8)
            log.info("wrote \(visible(path))")
        } else if !output.json {
            log.info("values as CSV: add --out FOLDER")
        }
    }

    /// `time` and one column a feature; an empty cell where a value is missing.
    private func featureCSV(_ prepared: PreparedMarket, _ features: FeatureTable, _ rows: Range<Int>) -> String {
        let columns = normalised
            ? Normalizer(features, fittedOn: prepared.split.train).apply(features, rows: rows).columns
            : features.columns.map { Array($0[rows]) }
        var text = "time," + features.names.joined(separator: ",") + ",regime\n"
        for (i, t) in rows.enumerated() {
            text += timeText(prepared.bars.time[t])
            for column in columns { text += column[i].isNaN ? "," : ",\(column[i])" }
            text += ",\(Regime.names[Int(prepared.regimes.labels[t])])\n"
        }
        return text
    }
}

struct FeatureJSON: Encodable {
    let name: String, formula: String, unit: String, mean: Double?, sd: Double?, min: Double?, max: Double?, missing_share: Double

    init(_ s: FeatureSummary) {
        func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
        name = s.name
        formula = s.formula
        unit = s.unit
        mean = finite(s.mean)
        sd = finite(s.deviation)
        min = finite(s.minimum)
        max = finite(s.maximum)
        missing_share = s.missingShare
    }
}

/// Four significant digits for tables.
func statistic(_ x: Double) -> String { x.isFinite ? String(format: "%.4g", x) : "-" }
