/// A table with an optional second line in every cell, rendered for the terminal, as Markdown, or (by the page) as HTML.
package struct TextTable: Sendable {
    package struct Cell: Sendable {
        package var main: String
        /// Smaller print: an interval, a share.
        package var sub: String

        package init(_ main: String, _ sub: String = "") {
            self.main = shown(main)
            self.sub = shown(sub)
        }
    }

    /// Column heads; a newline splits one into lines.
    package var heads: [String]
    package var rows: [[Cell]]
    /// The first `textColumns` columns are aligned left, the others right.
    package var textColumns: Int

    package init(_ heads: [String], textColumns: Int = 1, rows: [[Cell]] = []) {
        self.heads = heads
        self.textColumns = textColumns
        self.rows = rows
    }

    /// Lines of at most `width` columns. A table that is too wide is cut into several, each repeating the first column; a first column or a
    /// single column that is itself too wide is clipped.
    package func terminal(width: Int = 110, color: Bool = false) -> String {
        let gap = 2
        let limit = max(8, (width - gap) / 2)
        let heads = heads.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map { clippedToWidth(shown(String($0)), limit) } }
        let rows = rows.map { $0.map { Cell(raw: clippedToWidth($0.main, limit), clippedToWidth($0.sub, limit)) } }
        let widths = heads.indices.map { c in
            max(heads[c].map(terminalWidth).max() ?? 0, rows.map { max(terminalWidth($0[c].main), terminalWidth($0[c].sub)) }.max() ?? 0)
        }
        var groups: [[Int]] = [[0]], used = widths.first ?? 0
        for c in heads.indices.dropFirst() {
            if used + gap + widths[c] > width, groups[groups.count - 1].count > 1 {
                groups.append([0])
                used = widths[0]
            }
            groups[groups.count - 1].append(c)
            used += gap + widths[c]
        }
        func pad(_ text: String, _ c: Int) -> String {
            let space = String(repeating: " ", count: max(0, widths[c] - terminalWidth(text)))
            return c < textColumns ? text + space : space + text
        }
        func line(_ cells: [String], style: String) -> String {
            var text = cells.joined(separator: String(repeating: " ", count: gap))
            while text.hasSuffix(" ") { text.removeLast() }
            return (color && !style.isEmpty && !text.isEmpty ? "\u{1B}[\(style)m\(text)\u{1B}[0m" : text) + "\n"
        }
        let headLines = heads.map(\.count).max() ?? 1
        return groups.map { group in
            var out = ""
            for l in 0..<headLines {
                out += line(
                    group.map { c in
                        let skip = headLines - heads[c].count
                        return pad(l >= skip ? heads[c][l - skip] : "", c)
                    }, style: "1")
            }
            for row in rows {
                out += line(group.map { pad(row[$0].main, $0) }, style: "")
                if group.contains(where: { !row[$0].sub.isEmpty }) { out += line(group.map { pad(row[$0].sub, $0) }, style: "2") }
            }
            return out
        }.joined(separator: "\n")
    }
}

extension TextTable.Cell {
    fileprivate init(raw main: String, _ sub: String) {
        self.main = main
        self.sub = sub
    }
}

/// `text` cut to `limit` terminal columns.
private func clippedToWidth(_ text: String, _ limit: Int) -> String {
    if terminalWidth(text) <= limit { return text }
    var out = ""
    for character in text {
        if terminalWidth(out) + terminalWidth(String(character)) > limit - 1 { break }
        out.append(character)
    }
    return out + "…"
}

/// `text` broken into lines of at most `width` columns at spaces; words longer than a line are cut.
package func wrapped(_ text: String, width: Int, indent: String = "") -> String {
    var lines: [String] = [], line = ""
    for word in shown(text).split(separator: " ") {
        var rest = String(word)
        if !line.isEmpty, terminalWidth(line) + 1 + terminalWidth(rest) <= width - indent.count {
            line += " " + rest
            continue
        }
        if !line.isEmpty { lines.append(line) }
        while terminalWidth(rest) > width - indent.count {
            let head = rest.prefix((width - indent.count) / 2)
            lines.append(String(head))
            rest = String(rest.dropFirst(head.count))
        }
        line = rest
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map { indent + $0 + "\n" }.joined()
}
