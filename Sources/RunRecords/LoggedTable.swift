package import ComponentKit

/// A CSV log of a run as it stands: columns and whole rows. A last row that its writer was killed in is left out.
package struct LoggedTable: Sendable, Equatable {
    package let file: String
    package let columns: [String]
    /// Cells as text, one a column.
    package let rows: [[String]]

    /// Reads `path`. Throws `InputMissing`, or `InputIssues` when there is no header or a row has another number of cells than it.
    package init(file path: String) throws {
        let text = RowText(try readBytes(path, help: "the run's folder has lost a file: restore it, or start the run again with --force"), headLines: 1)
        func issue(_ line: Int, _ message: String) -> InputIssues {
            InputIssues(InputIssue(code: "log_damaged", file: path, line: line, message: message, help: "the file was changed since the run wrote it: restore it, or start the run again with --force"))
        }
        guard let head = text.head.first else { throw issue(1, "has no header") }
        let columns = RowText.cells(head).map(RowText.text)
        file = path
        self.columns = columns
        rows = try text.rows.enumerated().map { k, row in
            let cells = RowText.cells(row).map(RowText.text)
            guard cells.count == columns.count else { throw issue(k + 2, "has \(cells.count) cells, expected \(columns.count) as in the header") }
            return cells
        }
    }

    /// The numbers of a column, nil for an empty cell; nil when there is no such column. Throws `InputIssues` for a cell that is no number.
    package func numbers(_ column: String) throws(InputIssues) -> [Double?]? {
        guard let c = columns.firstIndex(of: column) else { return nil }
        var out: [Double?] = []
        for (k, row) in rows.enumerated() {
            let number = Double(row[c])
            guard number != nil || row[c].isEmpty else {
                throw InputIssues(
                    InputIssue(
                        code: "log_damaged", file: file, line: k + 2, message: "'\(visible(row[c]))' in column '\(visible(column))' is no number",
                        help: "the file was changed since the run wrote it: restore it, or start the run again with --force"))
            }
            out.append(number)
        }
        return out
    }

    /// The columns that start with `prefix`, without it, in order.
    package func names(after prefix: String) -> [String] { columns.compactMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil } }
}
