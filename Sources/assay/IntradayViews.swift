import ArgumentParser
import ComponentKit
import Features
import Foundation
import Intraday
import MarketData
import Regimes
import TradingTypes

/// What `data`, `features` and `regimes` show of an intraday market.
enum IntradayViews {
    /// Loads the market of a `--bars` argument.
    static func load(_ argument: String, days: Int?, from: Int? = nil, to: Int? = nil, timeZone: String?, strict: Bool) throws -> LoadedIntraday {
        var source = try IntradaySource.parse(argument)
        if let days { source.days = days }
        source.from = from
        source.to = to
        source.timeZone = timeZone
        return try source.load(strict: strict)
    }

    // MARK: assay data

    static func printData(_ loaded: LoadedIntraday) {
        let m = loaded.market
        var rows: [[String]] = []
        for part in loaded.manifest.parts {
            let isTraded = part.role == .traded
            let faults = (part.file.oddities + part.oddities).filter(\.isFault)
            rows.append([
                part.symbol, part.role.rawValue, durationText(part.file.barDurationSeconds), "\(part.file.rows)", timeText(part.file.firstTime), timeText(part.file.lastTime),
                isTraded ? "\(part.days)" : "-", isTraded ? "\(part.warmUpDays)" : "-", isTraded ? "\(part.halfDays)" : "-", isTraded ? "\(part.preMarketDays)" : "-",
                isTraded ? "\(part.rows)" : "-", faults.isEmpty ? "none" : faults.map { "\($0.name) \($0.count)" }.joined(separator: ", "),
            ])
        }
        Console.print(
            plainTable(
                ["symbol", "role", "bars of", "bars", "first", "last", "days", "warm-up", "half\ndays", "with\npre-market", "rows", "odd"], rows.map { $0.map(visible) }, textColumns: 3))
        for part in loaded.manifest.parts {
            for o in part.oddities {
                Console.print("\(part.symbol): \(o.name) \(o.count); policy: \(o.policy); \(o.detail)" + (o.examples.first.map { "; first: \($0)" } ?? ""))
            }
            for o in part.file.oddities where !loaded.manifest.parts.isEmpty && o.isFault {
                Console.print("\(part.symbol): \(o.name) \(o.count) in the file; policy: \(o.policy)" + (o.detail.isEmpty ? "" : "; \(visible(o.detail))") + (o.examples.first.map { "; first: \($0)" } ?? ""))
            }
        }
        for q in loaded.manifest.quotes { Console.print("\(q.symbol) options: \(q.contracts) contracts, \(q.quotes) quotes in \(visible(q.file))") }
        for note in loaded.manifest.notes { Console.print("note: \(visible(note))") }
        if let first = m.tradingDays.map({ m.days[$0].date }).min(), let last = m.tradingDays.map({ m.days[$0].date }).max() {
            Console.print("traded: \(Set(m.tradingDays.map { m.days[$0].date }).count) dates, \(NewYorkSession.dateText(first)) to \(NewYorkSession.dateText(last))")
        }
        Console.print("sha256 \(loaded.manifest.sha256)")
    }

    struct PartJSON: Encodable {
        let symbol: String, role: String, days: Int, warm_up_days: Int, half_days: Int, pre_market_days: Int, rows: Int, file: ManifestJSON, oddities: [ManifestJSON.Oddity]
    }

    struct DataJSON: Encodable {
        let argument: String, parts: [PartJSON], notes: [String], trading_days: Int, sha256: String

        init(_ loaded: LoadedIntraday) {
            argument = loaded.manifest.argument
            parts = loaded.manifest.parts.map { p in
                PartJSON(
                    symbol: p.symbol, role: p.role.rawValue, days: p.days, warm_up_days: p.warmUpDays, half_days: p.halfDays, pre_market_days: p.preMarketDays, rows: p.rows,
                    file: ManifestJSON(p.file),
                    oddities: p.oddities.map { .init(name: $0.name, count: $0.count, policy: $0.policy, detail: $0.detail, examples: $0.examples.map(\.description)) })
            }
            notes = loaded.manifest.notes
            trading_days = loaded.market.tradingDays.count
            sha256 = loaded.manifest.sha256
        }
    }

    // MARK: assay features, assay regimes

    /// The days of a part of the market.
    static func days(_ market: IntradayMarket, _ split: SplitName) -> [Int] {
        let parts = market.split()
        return switch split {
        case .train: parts.train
        case .validation: parts.validation
        case .test: parts.test
        case .all: market.tradingDays
        }
    }

    static func needDays(_ days: [Int], _ split: SplitName) throws {
        if days.isEmpty { throw CommandFailure("the \(split.rawValue) split holds no day", help: "give more days, or --split all", code: 65) }
    }

    /// `symbol,time`, one column a feature and the regime: the regular minutes of `days`.
    static func featureCSV(_ market: IntradayMarket, _ features: IntradayFeatures, _ days: [Int]) -> String {
        var text = "symbol,time," + features.names.joined(separator: ",") + ",regime\n"
        for d in days {
            let day = market.days[d], symbol = market.symbols[day.symbol].name
            for row in day.regular {
                text += "\(symbol),\(timeText(market.time[row]))"
                for column in features.columns { text += column[row].isNaN ? "," : ",\(column[row])" }
                text += ",\(Regime.names[Int(market.regime[row])])\n"
            }
        }
        return text
    }

    /// Labels of the regular minutes of `days`, one after the other.
    static func labels(_ market: IntradayMarket, _ days: [Int]) -> RegimeLabels {
        RegimeLabels(labels: days.flatMap { market.regime[market.days[$0].regular] }, firstValid: 0)
    }

    static func printRegimes(_ market: IntradayMarket, _ split: SplitName) throws {
        let days = days(market, split)
        try needDays(days, split)
        let summary = RegimeSummary(labels(market, days))
        let dates = days.map { market.days[$0].dateText }
        Console.print("detector balanced-minutes, \(summary.bars) regular minutes of \(days.count) days (\(split.rawValue) split), \(dates.min() ?? "") to \(dates.max() ?? "")\n")
        let names = Regime.names
        func percent(_ x: Double) -> String { String(format: "%.1f%%", 100 * x) }
        let bySymbol = market.symbols.indices.map { s in RegimeSummary(labels(market, days.filter { market.days[$0].symbol == s })) }
        Console.print(
            plainTable(
                ["regime", "minutes", "share"] + market.symbols.map(\.name) + ["runs", "mean duration\n(minutes)"],
                names.indices.map { g in
                    [names[g], "\(Int((summary.shares[g] * Double(summary.bars)).rounded()))", percent(summary.shares[g])] + bySymbol.map { percent($0.shares[g]) }
                        + ["\(summary.runs[g])", statistic(summary.meanDuration[g])]
                }))
        Console.print("transition matrix (row: this minute, column: next minute)\n")
        Console.print(
            plainTable(
                ["from"] + names,
                names.indices.map { i in [names[i]] + names.indices.map { summary.transition[i][$0].isNaN ? "-" : String(format: "%.4f", summary.transition[i][$0]) } }), terminator: "")
    }
}
