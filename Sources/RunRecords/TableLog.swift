internal import ComponentKit

/// A CSV log of fixed columns (`mix.csv`, `ledger.csv`, `curriculum.csv`): header, then rows that each reach the system at once.
///
/// Numbers as Python's `str`; text in double quotes only where it needs them; a missing value is an empty cell.
package final class TableLog {
    private let file: RowFile
    package let columns: [String]

    /// Rows written so far: what a checkpoint remembers.
    package var rows: Int { file.rows }

    /// A log that holds only its header, over whatever stood there. Throws `RecordNotWritten`.
    package init(creating path: String, columns: [String]) throws(RecordNotWritten) {
        precondition(!columns.isEmpty && Set(columns).count == columns.count, "TableLog: columns must differ, given \(columns)")
        self.columns = columns
        file = try RowFile(creating: path, head: Array(ProgressLog.line(columns.map(cellText)).utf8))
    }

    /// Goes on with the log at `path` after its first `rows` rows; later ones are cut off. A missing file is created when `rows` is 0.
    ///
    /// Throws `InputMissing`, `InputIssues` (fewer rows than that, other columns), `RecordNotWritten`.
    package init(resuming path: String, columns: [String], rows: Int) throws {
        precondition(!columns.isEmpty && Set(columns).count == columns.count, "TableLog: columns must differ, given \(columns)")
        let bytes = try RowText.bytes(of: path, rows: rows)
        var text = RowText(bytes, headLines: 1)
        try text.keep(rows, file: path)
        let found = text.head.first.map { RowText.cells($0).map(RowText.text) } ?? []
        guard found == columns || (found.isEmpty && rows == 0) else {
            throw InputIssues(
                InputIssue(
                    code: "columns", file: path, line: 1, message: "has the columns \(found.joined(separator: ", ")); this run writes \(columns.joined(separator: ", "))",
                    help: "the run was started by another version or with other regimes, actions or terms; start it again with --force"))
        }
        text.head = [ArraySlice(ProgressLog.line(columns.map(cellText)).utf8)]
        self.columns = columns
        file = try RowFile(resuming: path, bytes: bytes, text: text)
    }

    /// Adds a row of one value per column. Throws `RecordNotWritten`, the file then being as before.
    package func write(_ values: [LogValue]) throws(RecordNotWritten) {
        precondition(values.count == columns.count, "TableLog: \(values.count) values for \(columns.count) columns \(columns)")
        try file.append(ProgressLog.line(values.map { $0.cell(alwaysQuoting: false) }))
    }

    package func synchronize() throws(RecordNotWritten) { try file.synchronize() }
}
