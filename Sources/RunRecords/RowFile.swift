internal import ComponentKit
internal import Foundation

/// The core of the logs: a CSV file whose rows arrive one by one, each handed to the operating system before the next.
final class RowFile {
    private var file: AppendFile
    /// Rows after the head.
    private(set) var rows: Int
    var path: String { file.path }

    /// A new file that holds `head`, over whatever was there.
    init(creating path: String, head: [UInt8]) throws(RecordNotWritten) {
        try AtomicFile.write(head, to: path)
        file = try AppendFile(path, empty: false)
        rows = 0
    }

    /// `text` as the file's new content; written only when it differs from `bytes`, what the file holds.
    init(resuming path: String, bytes: [UInt8], text: RowText) throws(RecordNotWritten) {
        let content = text.joined
        if content != bytes { try AtomicFile.write(content, to: path) }
        file = try AppendFile(path, empty: false)
        rows = text.rows.count
    }

    func append(_ row: String) throws(RecordNotWritten) {
        try file.append(Array(row.utf8))
        rows += 1
    }

    /// Replaces the whole content in one step and goes on at its end.
    func replace(by text: RowText) throws(RecordNotWritten) {
        let path = file.path
        try AtomicFile.write(text.joined, to: path)
        file = try AppendFile(path, empty: false)
        rows = text.rows.count
    }

    func synchronize() throws(RecordNotWritten) { try file.synchronize() }
}

/// The content of a CSV file, cut into its head and its rows; line ends stay with their lines.
struct RowText {
    var head: [ArraySlice<UInt8>]
    var rows: [ArraySlice<UInt8>]

    /// Splits `bytes`; line ends inside double quotes do not count, and a last line without one (its writer was killed) is left out.
    init(_ bytes: [UInt8], headLines: Int) {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        for (k, byte) in bytes.enumerated() {
            if byte == 0x22, lines.count >= headLines - 1 { isQuoted.toggle() }
            if byte == 0x0A, !isQuoted {
                lines.append(bytes[start...k])
                start = k + 1
            }
        }
        head = Array(lines.prefix(headLines))
        rows = Array(lines.dropFirst(headLines))
    }

    var joined: [UInt8] { Array((head + rows).joined()) }

    /// Keeps the first `count` rows. Throws when there are fewer.
    mutating func keep(_ count: Int, file: String) throws(InputIssues) {
        guard rows.count >= count else {
            throw InputIssues(
                InputIssue(
                    code: "rows_missing", file: file, message: "holds \(rows.count) rows, but the checkpoint was written after row \(count)",
                    help: "the file was shortened or replaced since; restore it, or start the run again with --force"))
        }
        rows.removeSubrange(count...)
    }

    /// The raw cells of one line, quotes included.
    static func cells(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var line = line
        while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
        var cells: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        var isQuoted = false
        for k in line.indices {
            if line[k] == 0x22 { isQuoted.toggle() }
            if line[k] == 0x2C, !isQuoted {
                cells.append(line[start..<k])
                start = k + 1
            }
        }
        return cells + [line[start...]]
    }

    /// The text in a raw cell.
    static func text(_ cell: ArraySlice<UInt8>) -> String {
        let text = String(decoding: cell, as: UTF8.self)
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }

    /// `path`'s bytes; none where it is missing and no row of it is needed.
    static func bytes(of path: String, rows: Int) throws -> [UInt8] {
        do {
            return try readBytes(path, help: "the run's folder has lost a file: restore it, or start the run again with --force")
        } catch let missing as InputMissing where missing.issue.code == "missing" && rows == 0 {
            return []
        }
    }
}
