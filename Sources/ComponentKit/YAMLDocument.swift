internal import Foundation
internal import Yams

/// A YAML file read as nodes, so that every key and value knows its line and column.
///
/// The usual way through: `YAMLDocument(file:)`, then `root.mapping(&issues)` gives a `YAMLMapping` whose typed getters
/// append an issue for everything that is wrong, and whose `finish(&issues)` reports unknown keys with a suggestion.
/// After the whole file is read, `issues.throwIfAny()`.
public struct YAMLDocument {
    /// The file as the user named it, and its lines.
    public let source: SourceText
    public var file: String { source.file }
    let node: Node?

    /// Reads and composes `path`. Throws `InputMissing` (no such file, a directory, unreadable) or `InputIssues` (not UTF-8, not YAML, duplicate key).
    public init(file path: String) throws {
        try self.init(file: path, text: readTextFile(path))
    }

    /// Composes `text`, naming `file` in messages.
    public init(file: String, text: String) throws {
        source = SourceText(file: file, text: text)
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw InputIssues(Self.issue(for: error, file: file, lines: source.lines))
        }
    }

    public var root: YAMLValue {
        YAMLValue(document: self, node: node ?? Node.mapping(.init([])), line: node == nil ? 0 : 1, column: node == nil ? 0 : 1)
    }

    private static func issue(for error: YamlError, file: String, lines: [String]) -> InputIssue {
        func at(_ mark: Mark, _ message: String) -> InputIssue {
            let line = min(max(1, mark.line), max(1, lines.count))
            var help = "check the indentation and the quotes of this line and the one above; a value with ': ' or ' #' or starting with { [ * & ! % needs quotes"
            let source = lines.isEmpty ? "" : lines[line - 1]
            if source.contains("\t") { help = "YAML forbids tab characters for indentation; use spaces" }
            return InputIssue(
                code: "syntax", file: file, line: line, column: max(1, mark.column), message: "not valid YAML: \(message)", help: help,
                sourceLine: source)
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return at(mark, problem + (context.map { " (\(String(describing: $0).trimmingCharacters(in: .whitespacesAndNewlines)))" } ?? ""))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let hits = lines.indices.filter { i in
                guard i + 1 >= context.mark.line else { return false }
                let t = lines[i].drop { $0 == " " || $0 == "-" }
                return t.hasPrefix("\(key):") || t.hasPrefix("'\(key)':") || t.hasPrefix("\"\(key)\":")
            }
            // Two keys of one mapping stand at the same column: report the later of the first such pair.
            func column(_ i: Int) -> Int { lines[i].prefix { $0 == " " || $0 == "-" }.count + 1 }
            let later = zip(hits, hits.dropFirst()).first { column($0) == column($1) }?.1 ?? hits.last ?? 0
            return InputIssue(
                code: "duplicate_key", file: file, line: later + 1, column: column(min(later, max(0, lines.count - 1))), length: key.count,
                message: "the key '\(key)' appears twice in one mapping", help: "keep one of the two", sourceLine: lines.isEmpty ? nil : lines[later])
        case .reader(let problem, _, _, _):
            return InputIssue(
                code: "syntax", file: file, line: 1, column: 1, message: "cannot be read as YAML: \(problem)",
                help: "the file must be UTF-8 text without control characters")
        default:
            return InputIssue(code: "syntax", file: file, message: "not valid YAML: \(error)")
        }
    }
}

/// The lines of a file, for messages that point into it.
public struct SourceText: Sendable {
    public let file: String
    public let lines: [String]

    public init(file: String, text: String) {
        self.file = file
        // By bytes: to Swift a carriage return and a line feed are one character.
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
    }

    /// An issue at a position of this file.
    public func issue(
        _ code: String, line: Int, column: Int, length: Int = 1, _ message: String, help: String? = nil, note: String? = nil,
        severity: InputIssue.Severity = .error
    ) -> InputIssue {
        let source = line > 0 && line <= lines.count ? lines[line - 1] : nil
        return InputIssue(
            severity: severity, code: code, file: file, line: line, column: column, length: length, message: message, help: help,
            note: note, sourceLine: source)
    }
}

/// The UTF-8 text of a file; `InputMissing` when there is no such file or it is a directory, `InputIssues` when it is not text.
public func readTextFile(_ path: String) throws -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        let folder = (path as NSString).deletingLastPathComponent
        let siblings = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        let near = suggestion(for: (path as NSString).lastPathComponent, among: siblings)
        throw InputMissing(
            InputIssue(
                code: "missing", file: path, message: "no such file",
                help: near.map { "did you mean '\(folder.isEmpty ? $0 : folder + "/" + $0)'?" } ?? "check the path; relative paths start at the current directory"))
    }
    guard !isDirectory.boolValue else {
        throw InputMissing(InputIssue(code: "directory", file: path, message: "is a directory", help: "name a file inside it"))
    }
    guard let data = FileManager.default.contents(atPath: path) else {
        throw InputMissing(InputIssue(code: "unreadable", file: path, message: "cannot be read", help: "check its permissions"))
    }
    guard let text = String(data: data, encoding: .utf8) else {
        throw InputIssues(InputIssue(code: "encoding", file: path, message: "is not UTF-8 text", help: "is this the right file? Assay's own files are YAML text"))
    }
    return text
}

/// Where a piece of text stands in a file, so that an offset inside the text becomes a line and column.
public struct TextAnchor: Sendable {
    public let source: SourceText?
    public let text: String
    public let line: Int
    public let column: Int

    /// Text that came from no file (a command-line option): positions are columns of the text itself on line 1.
    public init(text: String) {
        source = nil
        self.text = text
        line = 1
        column = 1
    }

    init(source: SourceText, text: String, line: Int, column: Int) {
        self.source = source
        self.text = text
        self.line = line
        self.column = column
    }

    /// An issue about `length` unicode scalars of the text, `offset` scalars from its start.
    public func issue(
        _ code: String, offset: Int, length: Int = 1, _ message: String, help: String? = nil, note: String? = nil,
        severity: InputIssue.Severity = .error
    ) -> InputIssue {
        guard let source else {
            return InputIssue(
                severity: severity, code: code, line: 1, column: offset + 1, length: length, message: message, help: help, note: note,
                sourceLine: text)
        }
        let (l, c) = position(offset)
        return source.issue(code, line: l, column: c, length: length, message, help: help, note: note, severity: severity)
    }

    /// Line and column (from 1) of the scalar at `offset`. Exact for plain, quoted-without-escapes and block scalars.
    public func position(_ offset: Int) -> (line: Int, column: Int) {
        guard let lines = source?.lines, line >= 1, line <= lines.count else { return (line, column + offset) }
        // Walk the source from the anchor and match the value's scalars one by one; white space folded by YAML (line
        // breaks, indentation) may differ, everything else must agree.
        let value = Array(text.unicodeScalars)
        var l = line, c = column
        var row = Array(lines[l - 1].unicodeScalars)
        if c - 1 < row.count, row[c - 1] == "\"" || row[c - 1] == "'" { c += 1 }
        if c - 1 < row.count, row[c - 1] == "|" || row[c - 1] == ">" {
            l += 1
            c = 1
            guard l <= lines.count else { return (line, column) }
            row = Array(lines[l - 1].unicodeScalars)
        }
        func isSpace(_ s: Unicode.Scalar) -> Bool { s == " " || s == "\n" || s == "\t" || s == "\r" }
        var i = 0
        while i < min(offset, value.count) || (i < value.count && (c - 1 >= row.count || (isSpace(row[c - 1]) && !isSpace(value[i])))) {
            if c - 1 >= row.count {
                guard l < lines.count else { return (line, column) }
                l += 1
                c = 1
                row = Array(lines[l - 1].unicodeScalars)
                while i < offset, i < value.count, isSpace(value[i]) { i += 1 }
                while c - 1 < row.count, isSpace(row[c - 1]) { c += 1 }
                continue
            }
            if isSpace(row[c - 1]), !isSpace(value[i]) {
                c += 1
                continue
            }
            if row[c - 1] != value[i], !(isSpace(row[c - 1]) && isSpace(value[i])) { return (line, column) }
            i += 1
            c += 1
        }
        return (l, c + max(0, offset - value.count))
    }
}

/// One value of a YAML document.
public struct YAMLValue {
    public let document: YAMLDocument
    let node: Node
    public let line: Int
    public let column: Int

    init(document: YAMLDocument, node: Node, line: Int? = nil, column: Int? = nil) {
        self.document = document
        self.node = node
        self.line = node.mark?.line ?? line ?? 0
        self.column = node.mark?.column ?? column ?? 0
    }

    /// `true` for `~`, `null` and an empty value.
    public var isNull: Bool { node.null != nil && node.scalar?.style != .singleQuoted && node.scalar?.style != .doubleQuoted }
    public var isMapping: Bool { node.mapping != nil }
    public var isSequence: Bool { node.sequence != nil }
    public var isScalar: Bool { node.scalar != nil }

    /// The text of a scalar, whatever its tag.
    public var scalarText: String? { node.scalar?.string }
    /// The number in a scalar; accepts a trailing percent sign (`30%` is 0.3).
    public var number: Double? {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return nil }
        let text = scalar.string.replacing("_", with: "")
        if text.hasSuffix("%"), let value = decimal(text.dropLast()) { return value / 100 }
        guard let value = decimal(text) else { return nil }
        return value
    }

    /// A finite number in decimal notation; `Double` alone would also read `0x10` and `nan`.
    private func decimal(_ text: some StringProtocol) -> Double? {
        guard text.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) || "+-.eE".unicodeScalars.contains($0) }), let value = Double(text), value.isFinite else { return nil }
        return value
    }

    public var bool: Bool? {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return nil }
        switch scalar.string {
        case "true", "True", "yes", "on": return true
        case "false", "False", "no", "off": return false
        default: return nil
        }
    }

    public var items: [YAMLValue]? {
        node.sequence.map { $0.map { YAMLValue(document: document, node: $0, line: line, column: column) } }
    }

    /// Where the scalar's text stands, for issues inside it (expressions).
    public var anchor: TextAnchor { TextAnchor(source: document.source, text: scalarText ?? "", line: line, column: column) }

    /// An issue about this value, underlining it.
    public func issue(
        _ code: String, _ message: String, help: String? = nil, note: String? = nil, severity: InputIssue.Severity = .error
    ) -> InputIssue {
        let length = node.scalar.map { min($0.string.count, 60) } ?? 1
        return document.source.issue(code, line: line, column: column, length: length, message, help: help, note: note, severity: severity)
    }

    /// The value as a mapping; appends an issue and gives nil when it is something else.
    public func mapping(_ what: String, _ issues: inout [InputIssue]) -> YAMLMapping? {
        guard let mapping = node.mapping else {
            issues.append(issue("type", "\(what) must be a mapping (key: value lines), not \(kindName)"))
            return nil
        }
        return YAMLMapping(value: self, what: what, mapping: mapping)
    }

    public var kindName: String {
        switch node {
        case .scalar: isNull ? "empty" : "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

/// A mapping being read: every getter marks its key as known, `finish` reports the rest.
public struct YAMLMapping {
    public let value: YAMLValue
    let what: String
    private var entries: [(key: String, keyValue: YAMLValue, value: YAMLValue)]
    private var known: Set<String> = []
    private var knownOrder: [String] = []

    init(value: YAMLValue, what: String, mapping: Node.Mapping) {
        self.value = value
        self.what = what
        entries = mapping.map { key, node in
            let keyValue = YAMLValue(document: value.document, node: key, line: value.line, column: value.column)
            return (key.string ?? "", keyValue, YAMLValue(document: value.document, node: node, line: keyValue.line, column: keyValue.column))
        }
    }

    /// All keys, in file order.
    public var keys: [String] { entries.map(\.key) }
    public func keyPosition(_ key: String) -> YAMLValue? { entries.first { $0.key == key }?.keyValue }

    /// Replaces or adds entries, as a patch from elsewhere in the file does. The values keep their own positions.
    public mutating func override(_ patch: [(key: String, value: YAMLValue)]) {
        for (key, value) in patch {
            if let i = entries.firstIndex(where: { $0.key == key }) {
                entries[i].value = value
            } else {
                entries.append((key, value, value))
            }
        }
    }

    /// The raw value of `key`, or nil when absent.
    public mutating func get(_ key: String) -> YAMLValue? {
        if known.insert(key).inserted { knownOrder.append(key) }
        return entries.first { $0.key == key }?.value
    }

    public mutating func required(_ key: String, _ issues: inout [InputIssue]) -> YAMLValue? {
        if let value = get(key) { return value }
        issues.append(value.document.source.issue("missing_key", line: value.line, column: value.column, lacks(key), help: "add the line '\(key): ...'"))
        return nil
    }

    public mutating func string(_ key: String, _ issues: inout [InputIssue], required isRequired: Bool = false) -> String? {
        guard let v = isRequired ? required(key, &issues) : get(key) else { return nil }
        guard let text = v.scalarText, !v.isNull else {
            issues.append(v.issue("type", "'\(key)' must be text, not \(v.kindName)"))
            return nil
        }
        return text
    }

    public mutating func number(
        _ key: String, _ issues: inout [InputIssue], required isRequired: Bool = false, in range: ClosedRange<Double>? = nil
    ) -> Double? {
        guard let v = isRequired ? required(key, &issues) : get(key) else { return nil }
        guard let number = v.number else {
            issues.append(v.issue("type", "'\(key)' must be a number, not \(v.scalarText.map { "'\($0)'" } ?? v.kindName)"))
            return nil
        }
        if let range, !range.contains(number) {
            issues.append(v.issue("range", "'\(key)' is \(v.scalarText ?? ""), outside \(shortNumber(range.lowerBound)) to \(shortNumber(range.upperBound))"))
            return nil
        }
        return number
    }

    public mutating func integer(
        _ key: String, _ issues: inout [InputIssue], required isRequired: Bool = false, in range: ClosedRange<Int>? = nil
    ) -> Int? {
        guard let v = isRequired ? required(key, &issues) : get(key) else { return nil }
        guard let number = v.number, number.rounded() == number, abs(number) < 9e15 else {
            issues.append(v.issue("type", "'\(key)' must be a whole number, not \(v.scalarText.map { "'\($0)'" } ?? v.kindName)"))
            return nil
        }
        if let range, !range.contains(Int(number)) {
            issues.append(v.issue("range", "'\(key)' is \(Int(number)), outside \(range.lowerBound) to \(range.upperBound)"))
            return nil
        }
        return Int(number)
    }

    public mutating func bool(_ key: String, _ issues: inout [InputIssue]) -> Bool? {
        guard let v = get(key) else { return nil }
        guard let flag = v.bool else {
            issues.append(v.issue("type", "'\(key)' must be true or false, not \(v.scalarText.map { "'\($0)'" } ?? v.kindName)"))
            return nil
        }
        return flag
    }

    /// One of a closed set of words.
    public mutating func choice<T: RawRepresentable & CaseIterable>(
        _ key: String, _ type: T.Type, _ issues: inout [InputIssue], required isRequired: Bool = false
    ) -> T? where T.RawValue == String {
        guard let v = isRequired ? required(key, &issues) : get(key) else { return nil }
        if let text = v.scalarText, let choice = T(rawValue: text) { return choice }
        let words = T.allCases.map(\.rawValue)
        let near = v.scalarText.flatMap { suggestion(for: $0, among: words) }
        issues.append(
            v.issue(
                "choice", "'\(key)' is \(v.scalarText.map { "'\($0)'" } ?? v.kindName), which is none of \(words.joined(separator: ", "))",
                note: near.map { "did you mean '\($0)'?" }))
        return nil
    }

    /// A list of words of a closed set, each at most once.
    public mutating func choices<T: RawRepresentable & CaseIterable & Equatable>(_ key: String, _ type: T.Type, _ issues: inout [InputIssue]) -> [T]?
    where T.RawValue == String {
        guard let v = get(key) else { return nil }
        let words = T.allCases.map(\.rawValue)
        guard v.isSequence, let items = v.items else {
            issues.append(v.issue("type", "'\(key)' must be a list, not \(v.scalarText.map { "'\($0)'" } ?? v.kindName)", help: "for instance [\(words.prefix(2).joined(separator: ", "))]"))
            return nil
        }
        var found: [T] = []
        for item in items {
            guard let text = item.scalarText, let choice = T(rawValue: text) else {
                let near = item.scalarText.flatMap { suggestion(for: $0, among: words) }
                issues.append(
                    item.issue(
                        "choice", "'\(key)' lists \(item.scalarText.map { "'\($0)'" } ?? item.kindName), which is none of \(words.joined(separator: ", "))",
                        note: near.map { "did you mean '\($0)'?" }))
                continue
            }
            if found.contains(choice) { issues.append(item.issue("duplicate", "'\(key)' lists '\(text)' twice")) } else { found.append(choice) }
        }
        return found
    }

    /// Checks the `schema: 1` line that starts every Assay file.
    public mutating func schema(_ issues: inout [InputIssue]) {
        guard let v = required("schema", &issues) else { return }
        if v.number != 1 {
            issues.append(v.issue("schema", "schema \(v.scalarText ?? "") is not one this version reads", help: "this version of Assay reads 'schema: 1'"))
        }
    }

    private func lacks(_ key: String) -> String { "\(what) lacks '\(key)'" }

    /// Reports every key that no getter asked for.
    public func finish(_ issues: inout [InputIssue]) {
        for entry in entries where !known.contains(entry.key) {
            let near = suggestion(for: entry.key, among: knownOrder)
            // A misspelt required key is one fault, not two.
            if let near { issues.removeAll { $0.code == "missing_key" && $0.message == lacks(near) && $0.line == value.line } }
            issues.append(
                entry.keyValue.issue(
                    "unknown_key", "unknown key '\(entry.key)' in \(what)",
                    help: "keys here: \(knownOrder.joined(separator: ", "))", note: near.map { "did you mean '\($0)'?" }))
        }
    }
}

extension [InputIssue] {
    /// Throws all issues, in file order, when at least one is an error.
    public func throwIfErrors() throws(InputIssues) {
        if contains(where: { $0.severity == .error }) { throw InputIssues(inFileOrder) }
    }

    public var inFileOrder: [InputIssue] {
        enumerated().sorted { ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset) }.map(\.element)
    }
}

/// A number for messages: no exponent for ordinary sizes, no trailing zeros.
public func shortNumber(_ x: Double) -> String {
    if x == .greatestFiniteMagnitude || x == .infinity { return "infinity" }
    if x == -.greatestFiniteMagnitude || x == -.infinity { return "-infinity" }
    if x == x.rounded(), abs(x) < 1e15 { return String(Int(x)) }
    return String(format: "%.6g", x)
}
