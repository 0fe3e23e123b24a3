internal import ComponentKit
internal import Foundation
internal import SwiftCSV
internal import TradingTypes

/// Rewards that somebody else's environment paid, step by step: columns `regime`, `action`, one per reward term, and optionally `episode` and `step`.
///
/// Read with SwiftCSV (quoted fields, comma, semicolon or tab). Rows are steps in time order.
public struct TransitionLog: Sendable {
    public let file: String
    public let text: String
    /// Distinct names in the order they are reported: the known regimes and actions first, others as they first appear.
    public let regimeNames: [String]
    public let actionNames: [String]
    public let termNames: [String]
    /// Codes into the names, [T].
    let regimes: [UInt8]
    let actions: [UInt8]
    /// Pay by term, [K][T].
    let terms: [[Double]]

    static let maximumNames = 16

    /// Throws `InputMissing` or `InputIssues` (all faults up to twenty).
    public init(file: String) throws {
        try self.init(file: file, text: readTextFile(file))
    }

    public init(file: String, text: String) throws {
        let source = SourceText(file: file, text: text)
        func fault(_ code: String, _ line: Int, _ message: String, help: String? = nil, note: String? = nil) -> InputIssue {
            source.issue(code, line: line, column: 1, message, help: help, note: note)
        }
        if text.allSatisfy(\.isWhitespace) {
            throw InputIssues(InputIssue(code: "empty", file: file, message: "is empty", help: "a transition log has a header 'regime,action,TERM,...' and one line a step"))
        }
        let table: CSV<Enumerated>
        do {
            table = try CSV<Enumerated>(string: text, loadColumns: false)
        } catch {
            throw InputIssues(fault("syntax", 1, "is not a CSV table: \(error)", help: "check the quotes: each opening quote needs a closing one"))
        }
        let header = table.header.map { $0.trimmingCharacters(in: .whitespaces) }
        var issues: [InputIssue] = []
        func column(_ name: String) -> Int? {
            if let i = header.firstIndex(of: name) { return i }
            let near = suggestion(for: name, among: header).map { "did you mean the column '\($0)'? rename it" }
            issues.append(fault("missing_column", 1, "the column '\(name)' is missing; found: \(header.joined(separator: ", "))", help: "needed: regime, action, and one column per reward term", note: near))
            return nil
        }
        let regimeColumn = column("regime"), actionColumn = column("action")
        let duplicates = Dictionary(grouping: header) { $0 }.filter { $1.count > 1 }.keys.sorted()
        for name in duplicates { issues.append(fault("duplicate_column", 1, "the column '\(name)' appears twice", help: "give every term its own name")) }
        let reserved: Set<String> = ["regime", "action", "episode", "step"]
        let termColumns = header.indices.filter { !reserved.contains(header[$0]) }
        if termColumns.isEmpty { issues.append(fault("missing_column", 1, "there is no reward term: every column is one of regime, action, episode, step", help: "add one column per reward term")) }
        try issues.throwIfErrors()
        guard let regimeColumn, let actionColumn else { throw InputIssues(issues) }

        var regimeText: [String] = [], actionText: [String] = []
        var terms = [[Double]](repeating: [], count: termColumns.count)
        var skipped = 0, next = 2
        for row in table.rows {
            // A quoted cell may hold line breaks.
            let line = next
            next += 1 + row.reduce(0) { $0 + $1.unicodeScalars.count { $0 == "\n" } }
            if row.allSatisfy(\.isEmpty) { continue }
            if issues.count >= 20 {
                skipped += 1
                continue
            }
            if row.count > header.count, row[header.count...].contains(where: { !$0.isEmpty }) {
                issues.append(fault("ragged", line, "has more cells than the header's \(header.count)", help: "quote cells that contain the separator"))
                continue
            }
            for (k, c) in termColumns.enumerated() {
                let cell = row[c].trimmingCharacters(in: .whitespaces)
                guard let value = Double(cell), value.isFinite else {
                    issues.append(fault("number", line, "'\(header[c])' is \(cell.isEmpty ? "empty" : "'\(cell)'"), not a finite number", help: "write 0 where a term paid nothing"))
                    continue
                }
                terms[k].append(value)
            }
            for (c, name) in [(regimeColumn, "regime"), (actionColumn, "action")] where row[c].trimmingCharacters(in: .whitespaces).isEmpty {
                issues.append(fault("empty_cell", line, "'\(name)' is empty", help: "every step needs its \(name)"))
            }
            regimeText.append(row[regimeColumn].trimmingCharacters(in: .whitespaces))
            actionText.append(row[actionColumn].trimmingCharacters(in: .whitespaces))
        }
        if skipped > 0 { issues.append(InputIssue(code: "more", file: file, message: "and more faults further down; the first 20 are shown")) }
        if issues.isEmpty, regimeText.isEmpty { issues.append(fault("empty", 1, "has a header but no steps")) }
        let regimeNames = Self.ordered(regimeText, known: Regime.names)
        let actionNames = Self.ordered(actionText, known: EnvironmentKind.spot.actionNames + EnvironmentKind.options.actionNames)
        for (what, names) in [("regime", regimeNames), ("action", actionNames)] where names.count > Self.maximumNames {
            issues.append(fault("too_many", 1, "the column '\(what)' holds \(names.count) different values; at most \(Self.maximumNames) can be analysed", help: "it should hold names such as \(what == "regime" ? "LOW_VOL" : "HOLD"), not numbers that differ from step to step"))
        }
        try issues.throwIfErrors()
        self.file = file
        self.text = text
        self.regimeNames = regimeNames
        self.actionNames = actionNames
        termNames = termColumns.map { header[$0] }
        let regimeCode = Dictionary(uniqueKeysWithValues: regimeNames.enumerated().map { ($1, UInt8($0)) })
        let actionCode = Dictionary(uniqueKeysWithValues: actionNames.enumerated().map { ($1, UInt8($0)) })
        regimes = regimeText.map { regimeCode[$0] ?? 0 }
        actions = actionText.map { actionCode[$0] ?? 0 }
        self.terms = terms
    }

    private static func ordered(_ values: [String], known: [String]) -> [String] {
        var seen: Set<String> = [], order: [String] = []
        for value in values where seen.insert(value).inserted { order.append(value) }
        var knownOnce: Set<String> = []
        return known.filter { seen.contains($0) && knownOnce.insert($0).inserted } + order.filter { !knownOnce.contains($0) }
    }
}
