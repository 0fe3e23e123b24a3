/// `progress.csv` as Stable-Baselines3 writes it (`common/logger.py`, `CSVOutputFormat`, version 2.9), with one difference: columns keep the order
/// in which their keys first came, where the original's order within one dump is arbitrary.
///
/// A header of bare names, `,` between cells, `\n` after rows; a row per dump, handed to the system at once; a missing value is an empty cell;
/// numbers as Python's `str`, text in double quotes. When a dump brings new keys, the file is rewritten with a longer header and the
/// earlier rows padded, in one atomic step. A log cut back to row n holds the bytes it held after row n, so a resumed run ends with the same
/// bytes as one never interrupted.
package final class ProgressLog {
    private let file: RowFile
    package private(set) var columns: [String]

    /// Rows written so far: what a checkpoint remembers.
    package var rows: Int { file.rows }

    /// An empty log, over whatever stood there. Throws `RecordNotWritten`.
    package init(creating path: String) throws(RecordNotWritten) {
        file = try RowFile(creating: path, head: [])
        columns = []
    }

    /// Goes on with the log at `path` after its first `rows` rows; later ones, and half a row that a killed process left, are cut off.
    ///
    /// Columns whose cells are all empty in the rows kept go too: only later rows had brought them. A missing file is created when `rows` is 0.
    /// Throws `InputMissing`, `InputIssues` (fewer rows than that), `RecordNotWritten`.
    package init(resuming path: String, rows: Int) throws {
        let bytes = try RowText.bytes(of: path, rows: rows)
        var text = RowText(bytes, headLines: 1)
        try text.keep(rows, file: path)
        let header = text.head.first.map { RowText.cells($0).map(RowText.text) } ?? []
        let cells = text.rows.map(RowText.cells)
        var width = header.count
        while width > 0, cells.allSatisfy({ width > $0.count || $0[width - 1].isEmpty }) { width -= 1 }
        columns = Array(header.prefix(width))
        text.head = width == 0 ? [] : [ArraySlice(ProgressLog.line(columns.map(cellText)).utf8)]
        if width < header.count {
            text.rows = cells.map { row in ArraySlice(row.prefix(width).joined(separator: [0x2C])) + [0x0A] }
        }
        file = try RowFile(resuming: path, bytes: bytes, text: text)
    }

    /// Adds a row. A `missing` value neither adds a column nor fills a cell. Traps when a key comes twice; throws `RecordNotWritten`, the file then being as before.
    package func write(_ values: [(key: String, value: LogValue)]) throws {
        let given = values.filter { $0.value != .missing }
        let byKey = Dictionary(given.map { ($0.key, $0.value) }) { _, _ in preconditionFailure("ProgressLog: a key comes twice in \(values.map(\.key))") }
        let known = Set(columns)
        let added = given.map(\.key).filter { !known.contains($0) }
        let wide = columns + added
        let row = ProgressLog.line(wide.map { byKey[$0, default: .missing].cell(alwaysQuoting: true) })
        if added.isEmpty {
            try file.append(row)
            return
        }
        var text = RowText(try readBytes(file.path, help: "the run's folder has lost a file while it was written"), headLines: 1)
        let padding = [UInt8](repeating: 0x2C, count: columns.isEmpty ? wide.count - 1 : added.count)
        text.head = [ArraySlice(ProgressLog.line(wide.map(cellText)).utf8)]
        text.rows = text.rows.map { $0.dropLast() + padding + [0x0A] } + [ArraySlice(row.utf8)]
        try file.replace(by: text)
        columns = wide
    }

    /// Waits until all rows are on disk: before a checkpoint that counts on them.
    package func synchronize() throws(RecordNotWritten) { try file.synchronize() }

    static func line(_ cells: [String]) -> String { cells.joined(separator: ",") + "\n" }
}
