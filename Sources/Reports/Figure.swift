internal import ComponentKit
internal import Foundation

/// A table for gnuplot: numbers first, user text in the last columns, so that no text can disturb how numbers are read.
package struct FigureTable: Sendable {
    package var numbers: [String]
    package var texts: [String]
    package var rows: [(numbers: [Double?], texts: [String])] = []

    package init(numbers: [String], texts: [String] = []) {
        self.numbers = numbers
        self.texts = texts
    }

    package mutating func add(_ values: [Double?], _ words: [String] = []) {
        precondition(values.count == numbers.count && words.count == texts.count, "row of \(values.count) + \(words.count) cells in a table of \(numbers.count) + \(texts.count) columns")
        rows.append((values, words))
    }

    /// Tab-separated, a header line, `NaN` for missing numbers; text as itself with tabs, newlines and other invisible characters shown as escapes.
    package var tsv: String {
        var out = (numbers + texts).joined(separator: "\t") + "\n"
        for row in rows {
            out += (row.numbers.map(exact) + row.texts.map(shown)).joined(separator: "\t") + "\n"
        }
        return out
    }
}

/// A value that a script sets before its template runs.
package enum FigureSetting: Sendable {
    case number(Int)
    case text(String)
    case texts([String])

    var gnuplot: String {
        switch self {
        case .number(let n): String(n)
        case .text(let text): gnuplotString(text)
        case .texts(let list): "[" + list.map(gnuplotString).joined(separator: ", ") + "]"
        }
    }
}

/// One figure: its table, its template and the words that go with it.
package struct Figure: Sendable {
    /// File name without extension; a slug.
    package var name: String
    package var template: String
    package var table: FigureTable
    /// Labels that the template uses instead of reading them from the table.
    package var settings: [(name: String, value: FigureSetting)]
    /// Title in the figure.
    package var heading: String
    /// Sample size, interval and regime count; the small line in the figure.
    package var caption: String
    /// How to read it; stands beside the figure on the page.
    package var reading: String

    /// The script that draws the SVG and then the PNG, from files beside it; it holds the whole template and runs alone.
    package var script: String {
        var head = "# Rerun in this folder: gnuplot -d \(name).gp\n"
        head += "if (!exists(\"output\")) { output = '\(name).svg' }\n"
        head += "data = '\(name).tsv'\n"
        head += "heading = \(gnuplotString(heading))\n"
        head += "caption = \(gnuplotString(caption))\n"
        for (key, value) in settings {
            if case .texts(let list) = value {
                head += "array \(key)[\(list.count)] = \(value.gnuplot)\n"
            } else {
                head += "\(key) = \(value.gnuplot)\n"
            }
        }
        let again = "\n# The same once more as PNG.\nif (output eq '\(name).svg') { output = '\(name).png'; load '\(name).gp' }\n"
        return head + "\n" + template + again
    }
}
