/// Numbers and cells as people write them in logs and tables.
package enum TextCells {
    /// Cells of a CSV line; quotes as RFC 4180.
    package static func csv(_ line: String, separator: Character = ",") -> [String] {
        var cells: [String] = [], cell = "", isQuoted = false, wasQuote = false
        for c in line {
            if isQuoted {
                if wasQuote {
                    wasQuote = false
                    if c == "\"" {
                        cell.append(c)
                        continue
                    }
                    isQuoted = false
                } else if c == "\"" {
                    wasQuote = true
                    continue
                } else {
                    cell.append(c)
                    continue
                }
            }
            if c == "\"", cell.allSatisfy({ $0 == " " }) {
                isQuoted = true
                cell = ""
            } else if c == separator {
                cells.append(cell)
                cell = ""
            } else {
                cell.append(c)
            }
        }
        cells.append(cell)
        return cells.map(trimmed)
    }

    /// Cells of a Markdown table's row, nil where the line is none.
    package static func markdown(_ line: String) -> [String]? {
        let text = trimmed(line)
        guard text.hasPrefix("|"), text.dropFirst().contains("|") else { return nil }
        var cells = text.dropFirst().split(separator: "|", omittingEmptySubsequences: false).map { trimmed(String($0)) }
        if text.hasSuffix("|") { cells.removeLast() }
        return cells.map { $0.replacing("**", with: "").replacing("`", with: "") }.map(trimmed)
    }

    package static func isRule(_ cells: [String]) -> Bool { !cells.isEmpty && cells.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 == "-" || $0 == ":" } } }

    package static func trimmed(_ text: String) -> String {
        var part = Substring(text)
        while let c = part.first, c.isWhitespace { part.removeFirst() }
        while let c = part.last, c.isWhitespace { part.removeLast() }
        return String(part)
    }

    /// `85,000`, `87.2%`, `85k`, `1.5M`, `**5,000**`, `$957.87`; nil for anything else, an empty cell included. `isPercent` where a % stands behind it.
    package static func number(_ text: String) -> (value: Double, isPercent: Bool)? {
        var part = trimmed(text.replacing("*", with: ""))
        var factor = 1.0, isPercent = false
        if part.hasSuffix("%") {
            part = trimmed(String(part.dropLast()))
            isPercent = true
        }
        if part.hasPrefix("$") { part.removeFirst() }
        if let last = part.last, part.count > 1, let scale = ["k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6][last] {
            part.removeLast()
            factor = scale
        }
        // Thousands: groups of three digits only, so that a decimal comma is not misread.
        if part.contains(",") {
            let groups = part.split(separator: ",", omittingEmptySubsequences: false)
            guard groups.count > 1, groups.dropFirst().allSatisfy({ $0.prefix { $0 != "." }.count == 3 }) else { return nil }
            part = groups.joined()
        }
        guard let value = Double(part), !part.isEmpty, part.first != " " else { return nil }
        return (factor * value, isPercent)
    }
}
