/// One fault in a file that a user wrote: what, where, what to do.
public struct InputIssue: Sendable, Equatable {
    public enum Severity: String, Sendable, Codable { case error, warning }

    public var severity: Severity
    /// A stable word for programs (`unknown_key`, `syntax`, `type`, `farm_guaranteed`, ...).
    public var code: String
    /// The file as the user named it; `nil` for text that came from elsewhere (a command-line option).
    public var file: String?
    /// Line and column from 1; 0 when the issue concerns the file as a whole.
    public var line: Int
    public var column: Int
    /// Number of columns to underline (at least 1).
    public var length: Int
    public var message: String
    /// What to do about it.
    public var help: String?
    /// Short text beside the underline, such as "did you mean 'regime'?".
    public var note: String?
    /// The line of the file that is underlined.
    public var sourceLine: String?

    public init(
        severity: Severity = .error, code: String, file: String? = nil, line: Int = 0, column: Int = 0, length: Int = 1,
        message: String, help: String? = nil, note: String? = nil, sourceLine: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.length = max(1, length)
        self.message = message
        self.help = help
        self.note = note
        self.sourceLine = sourceLine
    }

    /// The issue as a terminal shows it: `file:line:column: error: message` (a warning with its code behind it), the source line, an underline, help.
    /// Control characters in user text are shown escaped.
    public var rendered: String {
        var out = ""
        if let file {
            out += visible(file)
            if line > 0 { out += ":\(line)" }
            if line > 0, column > 0 { out += ":\(column)" }
            out += ": "
        }
        out += "\(severity.rawValue): \(visible(message))"
        // The name under which 'assay explain' has a lint's card.
        if severity == .warning { out += " [\(visible(code))]" }
        if let sourceLine, line > 0 {
            let gutter = String(line)
            let shown = visible(sourceLine.replacing("\t", with: " "))
            out += "\n\(gutter) | \(shown)"
            if column > 0 {
                out += "\n" + String(repeating: " ", count: gutter.count) + " | "
                out += String(repeating: " ", count: max(0, column - 1)) + "^"
                out += String(repeating: "~", count: max(0, length - 1))
                if let note { out += " \(visible(note))" }
            } else if let note {
                out += "\n  \(visible(note))"
            }
        } else if let note {
            out += " (\(visible(note)))"
        }
        if let help { out += "\nhelp: \(visible(help))" }
        return out
    }
}

/// All the faults of one input, in file order. Thrown once, after the whole file has been read.
public struct InputIssues: Error, Sendable, CustomStringConvertible {
    public var issues: [InputIssue]

    public init(_ issues: [InputIssue]) { self.issues = issues }
    public init(_ issue: InputIssue) { issues = [issue] }

    public var errors: [InputIssue] { issues.filter { $0.severity == .error } }
    public var description: String { issues.map(\.rendered).joined(separator: "\n") }
}

/// A file that is missing, unreadable, or not a file: exit code 66.
public struct InputMissing: Error, Sendable, CustomStringConvertible {
    public let issue: InputIssue
    public init(_ issue: InputIssue) { self.issue = issue }
    public var description: String { issue.rendered }
}

/// `text` with control characters (newline, escape, ...) replaced by visible escapes, so that a file name or an id
/// can neither forge output lines nor drive a terminal.
public func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || (0x80...0x9F).contains($0.value) }) else {
        return text
    }
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value):
            let hex = String(scalar.value, radix: 16, uppercase: true)
            out += "\\u{\(hex)}"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}
