import ArgumentParser
import ComponentKit
import Environments
import Foundation
import Intraday
import Logging
import MarketData
import OptionsEnvironment
import RewardParity
import Rewards
import RunRecords
import TradingTypes

/// One reward file with its scope: the discount is that of its environment unless it is given.
func loadReward(_ file: String, gamma: Double?, switches: [String]) throws -> RewardDesign {
    let choices = try SwitchChoices(switches), environment = RewardDesign.environment(of: file) ?? .spot
    let design = try RewardDesign(file: file, scope: readableNames(environment), gamma: gamma ?? (environment == .options ? 0.92 : 0.99), choices: choices.chosen)
    try choices.requireKnown(in: [design])
    return design
}

extension ExportCommand {
    /// `--numpy` and `--transitions`.
    func exportReward(_ log: Logger) throws {
        if let out, !force, FileManager.default.fileExists(atPath: out) {
            throw CommandFailure("'\(visible(out))' exists", help: "choose another --out, or add --force to replace it", code: 65)
        }
        let design = try loadReward(run, gamma: gamma, switches: switches), scope = readableNames(design.environment)
        let text = numpy ? try NumPyModule(design, scope: scope, version: Assay.version).text : try sample(design).csv
        guard let out else { return Console.print(text, terminator: "") }
        try AtomicFile.write(text, to: out)
        log.info("wrote \(visible(out))")
        if numpy { log.info("prove it on your own transitions: assay check \(shellQuoted(run)) --against TRANSITIONS.csv") }
    }

    private func sample(_ design: RewardDesign) throws -> TransitionSample {
        let scope = readableNames(design.environment)
        if design.environment == .options {
            let prepared = PreparedOptions(try IntradaySource.parse(bars ?? "synthetic:intraday,days=12").load())
            return TransitionSample(design, scope: scope, on: prepared.market, days: prepared.days(.all), episodes: episodes, seed: seed)
        }
        let market = try PreparedMarket(MarketRequest(source: BarSource.parse(bars ?? "synthetic:btc-hourly,bars=6000")))
        return TransitionSample(design, scope: scope, on: market, range: market.split.range(.all), episodes: episodes, bars: 200, seed: seed)
    }
}

extension CheckCommand {
    /// `--against`: prints what agrees; ends with 1 where something differs.
    func compare(_ file: String, _ table: String) throws {
        let design = try loadReward(file, gamma: gamma, switches: switches)
        let found = try ImplementationComparison(design, scope: readableNames(design.environment), against: table, tolerance: tolerance)
        if json { Console.print(Self.json(found).document, terminator: "") } else { Console.print(Self.text(found, design), terminator: "") }
        if !found.isEqual { throw ExitCode(1) }
    }

    static func text(_ found: ImplementationComparison, _ design: RewardDesign) -> String {
        let rows = found.columns.map { column in
            [column.id ?? "total", column.column, column.differingRows == 0 ? "equal" : "\(grouped(column.differingRows)) of \(grouped(found.rows)) rows differ", column.differingRows == 0 ? "" : signed(column.largest)]
        }
        var text = plainTable(["term", "column", "", "largest difference"], rows, textColumns: 3)
        for column in found.columns {
            guard let first = column.first else { continue }
            text += "\n\(visible(column.id ?? "total")) (\(visible(column.formula))) first differs on row \(first.row + 1), \(visible(found.file)):\(first.line)\n"
            text += "  ours \(first.ours), theirs \(first.theirs)\n"
            if !first.readings.isEmpty { text += "  it read \(first.readings.map { visible("\($0.name) = \($0.text)") }.joined(separator: ", "))\n" }
            if let hint = column.hint { text += "  \(visible(hint))\n" }
        }
        if !found.missingTerms.isEmpty {
            let hasTotal = found.columns.contains { $0.id == nil }
            text += "\nnot compared, for want of a column: \(found.missingTerms.map(visible).joined(separator: ", "))\(hasTotal ? " (their sum is, in the total)" : "")\n"
        }
        let what = found.missingTerms.isEmpty ? "term by term" : found.columns.contains { $0.id != nil } ? "in every term compared" : "in the total"
        text += found.isEqual
            ? "\n\(visible(found.file)) and \(visible(design.file)) agree \(what) on all \(grouped(found.rows)) rows, to a relative \(shortNumber(found.tolerance))\n"
            : "\n\(visible(found.file)) and \(visible(design.file)) differ\n"
        return text
    }

    static func json(_ found: ImplementationComparison) -> JSONValue {
        func number(_ x: Double) -> JSONValue { x.isFinite ? .number(x) : .text("\(x)") }
        return [
            "schema_version": 1, "equal": .bool(found.isEqual), "rows": .integer(found.rows), "tolerance": .number(found.tolerance),
            "missing_terms": .list(found.missingTerms.map { .text($0) }),
            "terms": .list(found.columns.map { column in
                var node: [String: JSONValue] = [
                    "term": column.id.map { .text($0) } ?? .null, "column": .text(column.column), "rows_differing": .integer(column.differingRows), "largest_difference": number(column.largest),
                    "hint": column.hint.map { .text($0) } ?? .null, "first": .null,
                ]
                if column.id == nil { node["term_reason"] = "the total" }
                if let first = column.first {
                    node["first"] = [
                        "row": .integer(first.row + 1), "line": .integer(first.line), "ours": number(first.ours), "theirs": number(first.theirs),
                        "read": .object(Dictionary(uniqueKeysWithValues: first.readings.map { ($0.name, JSONValue.text($0.text)) })),
                    ]
                }
                return .object(node)
            }),
        ]
    }
}
