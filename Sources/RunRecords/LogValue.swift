/// One cell of a log.
package enum LogValue: Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral {
    case integer(Int)
    case number(Double)
    /// Written with no more digits than 32 bits need.
    case single(Float)
    case text(String)
    /// An empty cell.
    case missing

    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .text(value) }

    /// The value as a number, for event files; nil for text and missing values.
    package var scalar: Float? {
        switch self {
        case .integer(let value): Float(value)
        case .number(let value): Float(value)
        case .single(let value): value
        case .text, .missing: nil
        }
    }

    /// The cell's text: numbers as Python's `str`, text in double quotes, always or where it needs them.
    func cell(alwaysQuoting: Bool) -> String {
        switch self {
        case .integer(let value): String(value)
        case .number(let value): pythonText(value)
        case .single(let value): pythonText(value)
        case .text(let value): alwaysQuoting ? quotedCell(value) : cellText(value)
        case .missing: ""
        }
    }
}

/// `text` as a CSV cell, in quotes only where a reader would need them.
func cellText(_ text: String) -> String {
    text.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D } ? quotedCell(text) : text
}

private func quotedCell(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
