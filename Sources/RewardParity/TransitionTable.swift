package import ComponentKit
package import Expressions
internal import TradingTypes

/// A CSV of transitions, read by column: one row a step, in time order. Comma, semicolon or tab; quoted cells as in RFC 4180.
///
/// Numbers in decimal notation, `nan` or nothing where missing; conditions as 0, 1, true, false; actions and regimes by name or code.
package struct TransitionTable: Sendable {
    package let file: String
    package let header: [String]
    /// Line of the file on which each row begins, [T].
    package let lines: [Int]
    private let cells: [String: [String]]
    package var rowCount: Int { lines.count }

    /// Keeps the columns that `isWanted` names. Throws `InputMissing`, or `InputIssues`: no header, a column that stands twice, ragged rows, an open quote.
    package init(file: String, isWanted: (String) -> Bool) throws { try self.init(file: file, text: readTextFile(file), isWanted: isWanted) }

    package init(file: String, text: String, isWanted: (String) -> Bool) throws {
        self.file = file
        var reader = RowReader(text)
        func fault(_ code: String, _ line: Int, _ message: String, _ help: String? = nil) -> InputIssue {
            InputIssue(code: code, file: file, line: line, column: 1, message: message, help: help)
        }
        guard let first = reader.next(), first.cells.contains(where: { !$0.isEmpty }) else {
            throw InputIssues(fault("empty", 0, "is empty", "a table of transitions has a header with the names that the reward reads, and one line a step"))
        }
        let header = first.cells
        self.header = header
        var issues: [InputIssue] = []
        for name in Set(header).sorted() where header.count(where: { $0 == name }) > 1 && isWanted(name) {
            issues.append(fault("duplicate_column", 1, "the column '\(name)' appears twice", "keep one of the two"))
        }
        let kept = header.indices.filter { isWanted(header[$0]) }
        var columns = [[String]](repeating: [], count: kept.count), places: [Int] = [], skipped = 0
        while let row = reader.next() {
            if row.cells.count == 1, row.cells[0].isEmpty { continue }
            if row.cells.count != header.count {
                if issues.count < 20 {
                    issues.append(fault("ragged", row.line, "has \(row.cells.count) cell\(row.cells.count == 1 ? "" : "s"), the header \(header.count)", "quote cells that contain the separator"))
                } else { skipped += 1 }
                continue
            }
            places.append(row.line)
            for (k, c) in kept.enumerated() { columns[k].append(row.cells[c]) }
        }
        if let line = reader.openQuote { issues.append(fault("syntax", line, "a quote is opened here and never closed")) }
        if skipped > 0 { issues.append(InputIssue(code: "more", file: file, message: "and \(skipped) more rows that do not fit the header")) }
        if issues.isEmpty, places.isEmpty { issues.append(fault("empty", 1, "has a header but no steps")) }
        try issues.throwIfErrors()
        lines = places
        cells = Dictionary(uniqueKeysWithValues: zip(kept.map { header[$0] }, columns))
    }

    package func has(_ name: String) -> Bool { cells[name] != nil }
    package func text(_ name: String, row: Int) -> String { cells[name]?[row] ?? "" }

    /// The numbers of a column, of a name of `type`; [] where it is absent. Cells that cannot be read become issues, at most five a column.
    package func values(_ name: String, _ type: ValueType, _ scope: NameScope, allowsMissing: Bool, _ issues: inout [InputIssue]) -> [Double] {
        guard let cells = cells[name] else { return [] }
        let words = Dictionary(uniqueKeysWithValues: scope.constants.filter { $0.type == type }.map { ($0.name, $0.code) })
        var faults = 0
        var last: (text: String, value: Double)?
        return cells.enumerated().map { row, cell in
            if let last, last.text == cell { return last.value }
            let value = Self.read(cell, type, words, allowsMissing: allowsMissing)
            if let value { last = (cell, value) } else {
                faults += 1
                if faults <= 5 {
                    let wanted = switch type {
                    case .boolean: "true, false, 1 or 0"
                    case .action, .regime: "one of \(scope.constantNames(type).joined(separator: ", "))"
                    default: allowsMissing ? "a number" : "a finite number"
                    }
                    issues.append(InputIssue(code: "cell", file: file, line: lines[row], column: 1, message: "'\(name)' is \(cell.isEmpty ? "empty" : "'\(cell)'"), not \(wanted)"))
                } else if faults == 6 {
                    issues.append(InputIssue(code: "more", file: file, message: "and more cells of '\(name)' that cannot be read"))
                }
            }
            return value ?? .nan
        }
    }

    private static func read(_ cell: String, _ type: ValueType, _ words: [String: Double], allowsMissing: Bool) -> Double? {
        switch type {
        case .boolean:
            switch cell.lowercased() {
            case "true", "1", "1.0": return 1
            case "false", "0", "0.0": return 0
            default: return nil
            }
        case .action, .regime:
            if let code = words[cell] { return code }
            guard let code = Double(cell), words.values.contains(code) else { return nil }
            return code
        default:
            if let value = Double(cell), value.isFinite { return value }
            return allowsMissing && ["", "nan", "inf", "-inf"].contains(cell.lowercased()) ? (cell.lowercased().hasSuffix("inf") ? Double(cell) : .nan) : nil
        }
    }
}

/// The rows of a CSV text.
private struct RowReader {
    private let bytes: [UInt8]
    private var at = 0, line = 1
    private let separator: UInt8
    private(set) var openQuote: Int?

    init(_ text: String) {
        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        self.bytes = bytes
        let head = bytes.prefix { $0 != 0x0A }
        separator = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].max { a, b in head.count { $0 == a } < head.count { $0 == b } } ?? UInt8(ascii: ",")
    }

    mutating func next() -> (line: Int, cells: [String])? {
        guard at < bytes.count else { return nil }
        let start = line
        var cells: [String] = []
        while true {
            cells.append(cell())
            guard at < bytes.count, bytes[at] == separator else { break }
            at += 1
        }
        if at < bytes.count, bytes[at] == 0x0D { at += 1 }
        if at < bytes.count, bytes[at] == 0x0A {
            at += 1
            line += 1
        }
        return (start, cells)
    }

    private mutating func cell() -> String {
        if at < bytes.count, bytes[at] == 0x22 {
            let opened = line
            at += 1
            var out: [UInt8] = []
            while at < bytes.count {
                if bytes[at] == 0x22 {
                    if at + 1 < bytes.count, bytes[at + 1] == 0x22 { at += 1 } else { break }
                }
                if bytes[at] == 0x0A { line += 1 }
                out.append(bytes[at])
                at += 1
            }
            if at < bytes.count { at += 1 } else { openQuote = openQuote ?? opened }
            // What stands between the closing quote and the separator belongs to nothing.
            while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A, bytes[at] != 0x0D { at += 1 }
            return String(decoding: out, as: UTF8.self)
        }
        var start = at
        while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A { at += 1 }
        var end = at
        while end > start, bytes[end - 1] == 0x0D || bytes[end - 1] == 0x20 { end -= 1 }
        while start < end, bytes[start] == 0x20 { start += 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
