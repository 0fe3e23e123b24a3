internal import ComponentKit

/// A reward file as text, with weights changed, terms added and a new name: all else, comments included, stays as it was.
package struct RewardText: Sendable {
    package private(set) var text: String
    private let file: String

    package init(file: String, text: String) {
        self.file = file
        self.text = text
    }

    /// Ids of the terms, in order. Throws `InputIssues` for text that is no YAML.
    package func termIDs() throws -> [String] {
        var ignored: [InputIssue] = [], ids: [String] = []
        for item in try items() { if var term = item.mapping("", &ignored), let id = term.get("id")?.scalarText { ids.append(id) } }
        return ids
    }

    private func items() throws -> [YAMLValue] {
        var ignored: [InputIssue] = []
        guard var root = try YAMLDocument(file: file, text: text).root.mapping("", &ignored) else { return [] }
        return root.get("terms")?.items ?? []
    }

    /// Writes a weight in the place of the old one. Throws `InputIssues` where the file has no such term or its weight is not on one line.
    package mutating func setWeight(_ id: String, to weight: Double) throws {
        var ignored: [InputIssue] = []
        for item in try items() {
            guard var term = item.mapping("", &ignored), term.get("id")?.scalarText == id, let place = term.get("weight"), let old = place.scalarText else { continue }
            var lines = lines
            var line = Array(lines[place.line - 1].unicodeScalars)
            let start = place.column - 1
            guard start >= 0, start + old.unicodeScalars.count <= line.count, String(String.UnicodeScalarView(line[start..<start + old.unicodeScalars.count])) == old else { break }
            line.replaceSubrange(start..<start + old.unicodeScalars.count, with: Array(number(weight).unicodeScalars))
            lines[place.line - 1] = String(String.UnicodeScalarView(line))
            text = lines.joined(separator: "\n")
            return
        }
        throw InputIssues(InputIssue(code: "weight", file: file, message: "the weight of '\(id)' cannot be replaced in the file's text", help: "write it as 'weight: NUMBER' on a line of its own"))
    }

    /// Adds a term at the end of the list, indented as the list is.
    package mutating func add(id: String, weight: Double, when: String) throws {
        let items = try items()
        guard let last = items.last else { return }
        var lines = lines
        // The end of the last term: its lines stand further in than the dash.
        let dash = lines[last.line - 1].prefix { $0 == " " }.count
        var end = last.line
        while end < lines.count {
            let line = lines[end], indent = line.prefix { $0 == " " }.count
            if line.allSatisfy({ $0 == " " }) || indent <= dash { break }
            end += 1
        }
        let space = String(repeating: " ", count: dash)
        lines.insert(contentsOf: ["\(space)- id: \(id)", "\(space)  weight: \(number(weight))", "\(space)  when: \(when)"], at: end)
        text = lines.joined(separator: "\n")
    }

    /// Gives the reward another name and description.
    package mutating func rename(_ name: String, about: String) throws {
        var lines = lines
        for (key, value) in [("name", name), ("about", about)] {
            var ignored: [InputIssue] = []
            guard var root = try YAMLDocument(file: file, text: lines.joined(separator: "\n")).root.mapping("", &ignored), let place = root.get(key), let place2 = root.keyPosition(key) else { continue }
            guard place.line == place2.line else { continue }
            lines[place.line - 1] = "\(key): \(value)"
        }
        text = lines.joined(separator: "\n")
    }

    /// Comment lines above everything else.
    package mutating func explain(_ remarks: [String]) { text = remarks.map { "# \(visible($0))\n" }.joined() + text }

    private var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    /// Four significant digits: no training can tell more.
    private func number(_ x: Double) -> String { rounded(x) == rounded(x).rounded() && rounded(x).magnitude < 1e9 ? String(Int(rounded(x))) : "\(rounded(x))" }
}

/// To four significant digits, as a file and a training get it.
package func rounded(_ x: Double) -> Double {
    guard x != 0, x.isFinite else { return x }
    var exponent = 0, size = x.magnitude
    while size >= 10_000 { (size, exponent) = (size / 10, exponent + 1) }
    while size < 1_000 { (size, exponent) = (size * 10, exponent - 1) }
    return Double("\(x < 0 ? "-" : "")\(Int(size.rounded()))e\(exponent)") ?? x
}
