import ComponentKit

/// A plain table for the terminal: columns as wide as their widest cell, numbers to the right.
struct TextTable {
    var header: [String]
    var rows: [[String]] = []
    /// Columns whose cells stand at the left; the first by default.
    var leftAligned: Set<Int> = [0]

    init(_ header: [String], left: Set<Int> = [0]) {
        self.header = header
        leftAligned = left
    }

    func rendered() -> String {
        let all = ([header] + rows).map { $0.map(visible) }
        let widths = header.indices.map { c in all.map { $0[c].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            var text = ""
            for c in cells.indices {
                let pad = String(repeating: " ", count: widths[c] - cells[c].count)
                text += (c == 0 ? "" : "  ") + (leftAligned.contains(c) ? cells[c] + pad : pad + cells[c])
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return ([line(all[0]), widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")] + all.dropFirst().map(line)).joined(separator: "\n")
    }
}
