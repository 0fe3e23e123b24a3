import ComponentKit
import Foundation
import Testing

/// Places of keys and values, and the faults that reading reports.
@Suite struct YAMLDocumentTests {
    private static let text = """
        # comment
        schema: 1
        plain: some words
        single: 'it''s'
        double: "a \\"b\\""
        folded: >-
          first line
          second line
        literal: |
          one
            two
        nested:
          list:
            - id: x
              weight: 30%
            - {id: y, weight: -1.5e-1}
        empty:

        """

    private func root() throws -> YAMLMapping {
        var issues: [InputIssue] = []
        let mapping = try YAMLDocument(file: "f.yaml", text: Self.text).root.mapping("a file", &issues)
        return try #require(mapping)
    }

    struct Place: Sendable, CustomTestStringConvertible {
        let key: String, line: Int, column: Int, text: String?
        var testDescription: String { key }
        init(_ key: String, _ line: Int, _ column: Int, _ text: String?) { (self.key, self.line, self.column, self.text) = (key, line, column, text) }
    }

    @Test(arguments: [
        Place("schema", 2, 9, "1"), Place("plain", 3, 8, "some words"), Place("single", 4, 9, "it's"), Place("double", 5, 9, "a \"b\""),
        Place("folded", 6, 9, "first line second line"), Place("literal", 9, 10, "one\n  two\n"),
    ]) func scalars(_ place: Place) throws {
        var root = try root()
        let found = root.get(place.key)
        let value = try #require(found)
        #expect(value.scalarText == place.text)
        #expect(value.line == place.line)
        #expect(value.column == place.column)
        #expect(root.keyPosition(place.key)?.line == place.line)
        #expect(root.keyPosition(place.key)?.column == 1)
    }

    @Test func nestedPlaces() throws {
        var issues: [InputIssue] = []
        var root = try root()
        let foundNested = root.get("nested")?.mapping("nested", &issues)
        var nested = try #require(foundNested)
        let foundItems = nested.get("list")?.items
        let items = try #require(foundItems)
        #expect(items.map(\.line) == [14, 16])
        #expect(items.map(\.column) == [7, 7])
        let foundFirst = items[0].mapping("", &issues), foundSecond = items[1].mapping("", &issues)
        var first = try #require(foundFirst), second = try #require(foundSecond)
        #expect(first.number("weight", &issues) == 0.3)
        #expect(second.number("weight", &issues) == -0.15)
        #expect(second.keyPosition("weight")?.column == 15)
        #expect(second.get("weight")?.column == 23)
        let empty = root.get("empty")
        #expect(empty?.isNull == true)
        #expect(issues.isEmpty)
    }

    @Test(arguments: [
        ("1", 1), ("-2.5", -2.5), ("1_000", 1_000), ("30%", 0.3), ("-0.5%", -0.005), ("1e3", 1_000), (".inf", nil), (".nan", nil), ("nan", nil), ("inf", nil), ("abc", nil),
        ("'1'", nil), ("\"1\"", nil), ("~", nil), ("[1]", nil), ("1 %", nil), ("%", nil), ("0x10", nil),
    ] as [(String, Double?)]) func numbers(_ text: String, _ expected: Double?) throws {
        var issues: [InputIssue] = []
        let found = try? YAMLDocument(file: "f", text: "a: \(text)\n").root.mapping("m", &issues)
        guard var mapping = found else { return #expect(expected == nil) }
        #expect(mapping.number("a", &issues) == expected)
        #expect(issues.count == (expected == nil ? 1 : 0))
        if let issue = issues.first {
            #expect(issue.line == 1 && issue.column == 4)
            #expect(issue.code == "type")
        }
    }

    @Test func typedGetters() throws {
        var issues: [InputIssue] = []
        let found = try YAMLDocument(file: "f", text: "yes: true\nno: off\nn: 1.5\nlist: [1]\nword: tru\nbig: 5\n").root.mapping("a file", &issues)
        var m = try #require(found)
        #expect(m.bool("yes", &issues) == true)
        #expect(m.bool("no", &issues) == false)
        #expect(m.bool("absent", &issues) == nil)
        #expect(issues.isEmpty)
        #expect(m.integer("n", &issues) == nil)
        #expect(m.string("list", &issues) == nil)
        #expect(m.bool("word", &issues) == nil)
        #expect(m.number("big", &issues, in: 0...1) == nil)
        #expect(m.string("needed", &issues, required: true) == nil)
        #expect(
            issues.map { "\($0.line):\($0.column) \($0.message)" } == [
                "3:4 'n' must be a whole number, not '1.5'", "4:7 'list' must be text, not a list", "5:7 'word' must be true or false, not 'tru'",
                "6:6 'big' is 5, outside 0 to 1", "1:1 a file lacks 'needed'",
            ])
    }

    enum Colour: String, CaseIterable { case red, green }

    @Test func choicesAndUnknownKeys() throws {
        var issues: [InputIssue] = []
        let found = try YAMLDocument(file: "f", text: "colour: gren\nother: red\nwieght: 1\n  # end\nzzzzzz: 2\n").root.mapping("a file", &issues)
        var m = try #require(found)
        #expect(m.choice("colour", Colour.self, &issues) == nil)
        #expect(m.choice("other", Colour.self, &issues) == .red)
        #expect(m.number("weight", &issues) == nil)
        m.finish(&issues)
        #expect(
            issues.map(\.rendered) == [
                "f:1:9: error: 'colour' is 'gren', which is none of red, green\n1 | colour: gren\n  |         ^~~~ did you mean 'green'?",
                "f:3:1: error: unknown key 'wieght' in a file\n3 | wieght: 1\n  | ^~~~~~ did you mean 'weight'?\nhelp: keys here: colour, other, weight",
                "f:5:1: error: unknown key 'zzzzzz' in a file\n5 | zzzzzz: 2\n  | ^~~~~~\nhelp: keys here: colour, other, weight",
            ])
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String, text: String, place: String, code: String, help: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Bad(name: "tab", text: "a: 1\n\tb: 2\n", place: "2:1", code: "syntax", help: "YAML forbids tab characters for indentation; use spaces"),
        Bad(name: "tab below a list", text: "a:\n\t- 1\n", place: "2:1", code: "syntax", help: "YAML forbids tab characters for indentation; use spaces"),
        Bad(name: "duplicate", text: "a: 1\nb: 2\na: 3\n", place: "3:1", code: "duplicate_key", help: "keep one of the two"),
        Bad(name: "duplicate, nested", text: "a: 1\nlist:\n  - a: 1\n    b: 1\n  - a: 2\n    b: 2\n    a: 3\n", place: "7:5", code: "duplicate_key", help: "keep one of the two"),
        Bad(name: "duplicate, quoted", text: "a: 1\n\"a\": 3\n", place: "2:1", code: "duplicate_key", help: "keep one of the two"),
        Bad(name: "unclosed list", text: "a: [1, 2\nb: 3\n", place: "2:2", code: "syntax", help: "check the indentation"),
        Bad(name: "unclosed quote", text: "a: \"x\nb: 1\n", place: "3:1", code: "syntax", help: "check the indentation"),
        Bad(name: "colon in a value", text: "a: b: c\n", place: "1:5", code: "syntax", help: "check the indentation"),
        Bad(name: "control character", text: "a: \u{1}\n", place: "1:1", code: "syntax", help: "the file must be UTF-8 text without control characters"),
    ]) func notYAML(_ bad: Bad) throws {
        let error = #expect(throws: InputIssues.self) { try YAMLDocument(file: "f", text: bad.text) }
        let issue = try #require(error?.issues.first)
        #expect("\(issue.line):\(issue.column)" == bad.place, "\(issue.rendered)")
        #expect(issue.code == bad.code)
        #expect(issue.help?.hasPrefix(bad.help) == true, "\(issue.rendered)")
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n"]) func emptyFiles(_ text: String) throws {
        var issues: [InputIssue] = []
        let root = try YAMLDocument(file: "f", text: text).root
        #expect(root.items == nil)
        var mapping = root.mapping("a file", &issues)
        mapping?.schema(&issues)
        #expect(issues.count == 1)
        #expect(issues.first?.file == "f")
    }

    @Test func filesThatCannotBeRead() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-yaml-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data([0x61, 0xFF, 0xFE]).write(to: folder.appendingPathComponent("latin.yaml"))
        let missing = #expect(throws: InputMissing.self) { try readTextFile(folder.path + "/latni.yaml") }
        #expect(missing?.issue.help == "did you mean '\(folder.path)/latin.yaml'?")
        let directory = #expect(throws: InputMissing.self) { try readTextFile(folder.path) }
        #expect(directory?.issue.message == "is a directory")
        let encoding = #expect(throws: InputIssues.self) { try readTextFile(folder.path + "/latin.yaml") }
        #expect(encoding?.issues.first?.message == "is not UTF-8 text")
    }
}

/// An offset inside a scalar becomes a line and column of the file, whatever the scalar's style.
@Suite struct TextAnchorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String, yaml: String, word: String, line: Int, column: Int
        var testDescription: String { name }
        init(_ name: String, _ yaml: String, _ word: String, _ line: Int, _ column: Int) { (self.name, self.yaml, self.word, self.line, self.column) = (name, yaml, word, line, column) }
    }

    @Test(arguments: [
        Case("plain", "a: one two three\n", "three", 1, 12),
        Case("plain, first", "a:   one two\n", "one", 1, 6),
        Case("single quotes", "a: 'one two'\n", "two", 1, 9),
        Case("double quotes", "a: \"one two\"\n", "two", 1, 9),
        Case("plain over two lines", "a: one\n   two three\n", "three", 2, 8),
        Case("folded", "a: >-\n  one two\n  three\n", "three", 3, 3),
        Case("folded, first line", "a: >-\n  one two\n", "two", 2, 7),
        Case("literal", "a: |\n  one\n  two three\n", "three", 3, 7),
        Case("literal, deeper indentation", "k:\n    a: |\n        one\n\n        two\n", "two", 5, 9),
        Case("folded, several spaces", "a: >\n    one  two\n    three four\n", "four", 3, 11),
        Case("quoted over two lines", "a: \"one\n  two three\"\n", "three", 2, 7),
        Case("after a wide character", "a: \u{E9}\u{1F600} two\n", "two", 1, 7),
        Case("in a list", "- 1\n- one two\n", "two", 2, 7),
        Case("windows line ends", "a: >-\r\n  one\r\n  two\r\n", "two", 3, 3),
    ]) func positions(_ c: Case) throws {
        var issues: [InputIssue] = []
        let root = try YAMLDocument(file: "f", text: c.yaml).root
        func scalar(_ value: YAMLValue) -> YAMLValue? {
            if value.isScalar { return value }
            if let items = value.items { return items.last.flatMap(scalar) }
            guard var mapping = value.mapping("", &issues) else { return nil }
            return mapping.get(mapping.keys[0]).flatMap(scalar)
        }
        let anchor = try #require(scalar(root)).anchor
        let scalars = Array(anchor.text.unicodeScalars), word = Array(c.word.unicodeScalars)
        let offset = try #require((0...(scalars.count - word.count)).first { Array(scalars[$0..<($0 + word.count)]) == word })
        let place = anchor.position(offset)
        #expect(place.line == c.line)
        #expect(place.column == c.column)
    }

    @Test func textFromTheCommandLine() {
        let issue = TextAnchor(text: "one two").issue("c", offset: 4, length: 3, "m")
        #expect(issue.rendered == "error: m\n1 | one two\n  |     ^~~")
    }

    /// Past the end: still a position of the last line.
    @Test func endOfText() throws {
        var issues: [InputIssue] = []
        let found = try YAMLDocument(file: "f", text: "a: one (\n").root.mapping("", &issues)
        var m = try #require(found)
        let value = m.get("a")
        let anchor = try #require(value).anchor
        let place = anchor.position(5)
        #expect(place.line == 1 && place.column == 9)
    }
}
