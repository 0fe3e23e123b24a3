internal import ComponentKit
package import Expressions
package import Rewards
internal import TradingTypes

/// A reward file against somebody's own implementation of it, term by term, over recorded transitions.
package struct ImplementationComparison: Sendable {
    /// One step on which the two differ.
    package struct Difference: Sendable {
        package var row: Int
        /// Line of the file.
        package var line: Int
        package var ours: Double
        package var theirs: Double
        /// What the term read there, as the file has it.
        package var readings: [(name: String, text: String)]
    }

    /// One term, or the total (`id` nil).
    package struct Column: Sendable {
        package var id: String?
        /// Name of the column in the file.
        package var column: String
        package var formula: String
        package var differingRows: Int
        /// Largest |ours - theirs|.
        package var largest: Double
        package var first: Difference?
        /// What the differences look like; nil where nothing simple explains them.
        package var hint: String?
    }

    package var file: String
    package var rows: Int
    package var tolerance: Double
    package var columns: [Column]
    /// Paid terms that the file has no column for.
    package var missingTerms: [String]
    package var isEqual: Bool { columns.allSatisfy { $0.differingRows == 0 } }

    package static let standardTolerance = 1e-6

    /// Column names are those that the reward reads, and under the terms' ids (`reward.ID` where an id is also a name that is read) what each term paid, weighted; `reward` is the total.
    /// `episode` changes with each episode, `terminated` marks steps that end the task, `next_NAME` is what a potential reads after the step.
    ///
    /// A step agrees when |ours - theirs| <= tolerance * max(|ours|, |theirs|, largest |ours| of the column / 1000).
    /// Throws `InputMissing`, or `InputIssues` that list every missing column and unreadable cell.
    package init(_ design: RewardDesign, scope: NameScope, against file: String, tolerance: Double = standardTolerance) throws {
        let inputs = RewardInputs(design)
        let names = inputs.names.sorted(), nextNames = inputs.next.sorted().map { "next_\($0)" }
        let ids = design.terms.map(\.id)
        func isPlain(_ id: String) -> Bool { Self.isPlain(id, inputs) }
        let wanted = Set(names + nextNames + ["episode", "terminated", "reward"] + ids + ids.map { "reward.\($0)" })
        let table = try TransitionTable(file: file, isWanted: wanted.contains)
        func payColumn(_ id: String) -> String? { ["reward.\(id)", isPlain(id) ? id : ""].first { table.has($0) } }

        // All that is missing, in one go.
        var issues: [InputIssue] = []
        for name in names + nextNames where !table.has(name) {
            let readers = design.terms.filter { term in
                let own = RewardInputs(term, design.environment)
                return own.names.contains(name) || own.next.contains { "next_\($0)" == name }
            }.map(\.id)
            let summary = name.hasPrefix("next_") && scope[name] == nil ? "the value of '\(name.dropFirst(5))' after the step" : scope[name]?.summary ?? ""
            issues.append(
                InputIssue(
                    code: "missing_column", file: file, line: 1, column: 1, message: "the column '\(name)' is missing; \(Self.list(readers)) read\(readers.count == 1 ? "s" : "") it: \(summary)",
                    note: suggestion(for: name, among: table.header.filter { !wanted.contains($0) }).map { "did you mean the column '\($0)'? rename it" }))
        }
        let present = ids.filter { payColumn($0) != nil }
        if present.isEmpty, !table.has("reward") {
            issues.append(
                InputIssue(
                    code: "missing_column", file: file, line: 1, column: 1, message: "there is nothing to compare: neither 'reward' (the total) nor a term's pay is a column",
                    help: "add 'reward', and what each term paid under its id: \(ids.map { isPlain($0) ? $0 : "reward.\($0)" }.joined(separator: ", "))"))
        }
        try issues.throwIfErrors()

        let outcomes = Self.outcomes(table, names, inputs.next.sorted(), scope, &issues)
        var theirs: [(id: String?, column: String, values: [Double])] = []
        for id in present { if let column = payColumn(id) { theirs.append((id, column, table.values(column, .number, scope, allowsMissing: false, &issues))) } }
        if table.has("reward") { theirs.append((nil, "reward", table.values("reward", .number, scope, allowsMissing: false, &issues))) }
        try issues.throwIfErrors()

        let ledger = RewardStack(design).ledger(outcomes)
        var total = [Double](repeating: 0, count: table.rowCount)
        for row in ledger { for t in total.indices { total[t] += row[t] } }
        self.file = file
        self.tolerance = tolerance
        rows = table.rowCount
        missingTerms = design.terms.filter { $0.weight != 0 && payColumn($0.id) == nil }.map(\.id)
        columns = theirs.map { id, column, values in
            let term = design.terms.first { $0.id == id }
            let ours = design.terms.firstIndex { $0.id == id }.map { ledger[$0] } ?? total
            let read = term.map { RewardInputs($0, design.environment) }
            return Self.compare(
                id, column, term?.formula ?? "the sum of all terms", ours, values, tolerance, table,
                readings: read.map { $0.names.sorted() + $0.next.sorted().map { "next_\($0)" } } ?? [], weight: term?.weight)
        }
    }

    /// Whether a term's pay may stand in a column of its own name: no other column has it.
    static func isPlain(_ id: String, _ inputs: RewardInputs) -> Bool {
        !inputs.names.contains(id) && !["episode", "step", "regime", "action", "terminated", "reward"].contains(id) && !(id.hasPrefix("next_") && inputs.next.contains(String(id.dropFirst(5))))
    }

    private static func outcomes(_ table: TransitionTable, _ names: [String], _ next: [String], _ scope: NameScope, _ issues: inout [InputIssue]) -> OutcomeColumns {
        var columns: [String: TradingTypes.Column] = [:], after: [String: TradingTypes.Column] = [:]
        for name in names { columns[name] = .values(table.values(name, scope[name]?.type ?? .number, scope, allowsMissing: true, &issues)) }
        for name in next { after[name] = .values(table.values("next_\(name)", scope[name]?.type ?? .number, scope, allowsMissing: true, &issues)) }
        var starts = [0]
        if table.has("episode") { for t in 1..<max(1, table.rowCount) where table.text("episode", row: t) != table.text("episode", row: t - 1) { starts.append(t) } }
        let ended = table.has("terminated") ? table.values("terminated", .boolean, scope, allowsMissing: false, &issues) : []
        return OutcomeColumns(
            count: table.rowCount, action: nil, columns: columns, next: after, episodeStarts: starts, terminated: ended.isEmpty ? .constant(0) : .values(ended))
    }

    private static func compare(
        _ id: String?, _ column: String, _ formula: String, _ ours: [Double], _ theirs: [Double], _ tolerance: Double, _ table: TransitionTable, readings: [String], weight: Double?
    ) -> Column {
        let floor = (ours.lazy.filter(\.isFinite).map(abs).max() ?? 0) / 1_000
        func agree(_ a: Double, _ b: Double) -> Bool { a == b || abs(a - b) <= tolerance * max(abs(a), abs(b), floor) }
        var found = Column(id: id, column: column, formula: formula, differingRows: 0, largest: 0)
        for t in ours.indices where !agree(ours[t], theirs[t]) {
            found.differingRows += 1
            found.largest = max(found.largest, abs(ours[t] - theirs[t]))
            if found.first == nil {
                found.first = Difference(row: t, line: table.lines[t], ours: ours[t], theirs: theirs[t], readings: readings.map { ($0, table.text($0, row: t)) })
            }
        }
        guard found.differingRows > 0 else { return found }
        func holds(_ other: (Int) -> Double?) -> Bool {
            var seen = 0
            for t in ours.indices {
                guard let value = other(t) else { continue }
                if !agree(value, theirs[t]) { return false }
                if value != 0 { seen += 1 }
            }
            return seen > 0
        }
        if let weight, weight != 0, weight != 1, holds({ ours[$0] / weight }) {
            found.hint = "theirs is the unweighted value: the column should hold weight times value, and the weight is \(shortNumber(weight))"
        } else if holds({ -ours[$0] }) {
            found.hint = "theirs has the opposite sign"
        } else if holds({ $0 + 1 < ours.count ? ours[$0 + 1] : nil }) {
            found.hint = "theirs is one row early: it pays on a row what ours pays on the next"
        } else if holds({ $0 > 0 ? ours[$0 - 1] : nil }) {
            found.hint = "theirs is one row late: it pays on a row what ours pays on the row before"
        } else if let t = ours.indices.first(where: { ours[$0] != 0 && theirs[$0] != 0 }), case let ratio = theirs[t] / ours[t], ratio.isFinite, ratio != 1, holds({ ratio * ours[$0] }) {
            found.hint = "theirs is ours times \(shortNumber(ratio)) on every row"
        } else if ours.indices.allSatisfy({ agree(ours[$0], theirs[$0]) || theirs[$0] == 0 }) {
            found.hint = "where they differ, theirs pays nothing"
        } else if ours.indices.allSatisfy({ agree(ours[$0], theirs[$0]) || ours[$0] == 0 }) {
            found.hint = "where they differ, ours pays nothing"
        }
        return found
    }

    private static func list(_ names: [String]) -> String { names.count > 3 ? names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more" : names.joined(separator: " and ") }
}
