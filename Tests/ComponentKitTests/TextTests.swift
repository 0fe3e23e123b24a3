import ComponentKit
import Testing

@Suite struct SuggestionTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let a: String, b: String, distance: Int
        var testDescription: String { "\(a) -> \(b)" }
        init(_ a: String, _ b: String, _ distance: Int) { (self.a, self.b, self.distance) = (a, b, distance) }
    }

    /// Counted by hand. `ca -> abc` is 3 for optimal string alignment (a swapped pair is not edited again), 2 for unrestricted Damerau-Levenshtein.
    @Test(arguments: [
        Pair("", "", 0), Pair("", "abc", 3), Pair("abc", "", 3), Pair("abc", "abc", 0), Pair("abc", "abd", 1), Pair("abc", "ab", 1), Pair("ab", "abc", 1),
        Pair("abc", "acb", 1), Pair("ca", "abc", 3), Pair("kitten", "sitting", 3), Pair("next_retrun", "next_return", 1), Pair("a", "b", 1), Pair("ab", "ba", 1),
        Pair("flaw", "lawn", 2), Pair("\u{E9}t\u{E9}", "ete", 2),
    ]) func distances(_ pair: Pair) {
        #expect(editDistance(pair.a, pair.b) == pair.distance)
        #expect(editDistance(pair.b, pair.a) == pair.distance)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let word: String, candidates: [String], expected: String?
        var testDescription: String { word }
        init(_ word: String, _ candidates: [String], _ expected: String?) { (self.word, self.candidates, self.expected) = (word, candidates, expected) }
    }

    @Test(arguments: [
        Case("regme", ["regime", "return"], "regime"),
        Case("REGIME", ["regime"], "regime"),
        Case("hold", ["HOLD", "LONG"], "HOLD"),
        // Up to three letters one edit is close enough, from four on two, from nine on a third of the length.
        Case("abc", ["axy"], nil), Case("abc", ["abx"], "abx"), Case("abcd", ["abxy"], "abxy"), Case("abcd", ["axyz"], nil),
        Case("differntial_sharp", ["differential_sharpe"], "differential_sharpe"),
        Case("xyz", [], nil), Case("", ["a"], "a"), Case("", ["abc"], nil),
        // The nearest wins; of equally near ones the alphabetically first, whatever the order.
        Case("close", ["closed", "clove", "cl"], "closed"), Case("cat", ["hat", "bat"], "bat"), Case("cat", ["bat", "hat"], "bat"),
    ]) func closeEnough(_ c: Case) { #expect(suggestion(for: c.word, among: c.candidates) == c.expected) }
}

@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("plain text, \u{E9}\u{1F600}", "plain text, \u{E9}\u{1F600}"),
        ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"), ("\u{1B}[31mred", "\\u{1B}[31mred"), ("\u{0}", "\\u{0}"), ("\u{7F}\u{9B}", "\\u{7F}\\u{9B}"),
        ("back\\slash \"q\" 'q' `q` $(x) %d", "back\\slash \"q\" 'q' `q` $(x) %d"), ("", ""),
    ]) func controlCharacters(_ text: String, _ expected: String) { #expect(visible(text) == expected) }

    @Test(arguments: [
        (0.0, "0"), (1, "1"), (-3, "-3"), (0.25, "0.25"), (1e6, "1000000"), (1e15, "1e+15"), (1e-9, "1e-09"), (1.0 / 3, "0.333333"), (.infinity, "infinity"),
        (-.infinity, "-infinity"), (.greatestFiniteMagnitude, "infinity"), (.nan, "nan"),
    ]) func numbersForMessages(_ x: Double, _ expected: String) { #expect(shortNumber(x) == expected) }
}

@Suite struct IssueRenderingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String, issue: InputIssue, text: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "everything",
            issue: InputIssue(code: "c", file: "a/b.yaml", line: 14, column: 13, length: 5, message: "unknown term 'x'", help: "see the list", note: "did you mean 'y'?", sourceLine: "    - term: xabcd"),
            text: """
                a/b.yaml:14:13: error: unknown term 'x'
                14 |     - term: xabcd
                   |             ^~~~~ did you mean 'y'?
                help: see the list
                """),
        Case(name: "a whole file", issue: InputIssue(code: "c", file: "b.csv", message: "is empty", help: "look again"), text: "b.csv: error: is empty\nhelp: look again"),
        Case(name: "no file", issue: InputIssue(code: "c", line: 1, column: 3, length: 2, message: "odd", sourceLine: "a bc d"), text: "error: odd\n1 | a bc d\n  |   ^~"),
        Case(name: "a warning", issue: InputIssue(severity: .warning, code: "c", file: "f", line: 2, message: "odd", note: "here", sourceLine: "xyz"), text: "f:2: warning: odd [c]\n2 | xyz\n  here"),
        Case(name: "a note without a line", issue: InputIssue(code: "c", file: "f", message: "odd", note: "near 'x'"), text: "f: error: odd (near 'x')"),
        Case(name: "tabs keep the column", issue: InputIssue(code: "c", file: "f", line: 1, column: 3, message: "m", sourceLine: "a\tbc"), text: "f:1:3: error: m\n1 | a bc\n  |   ^"),
        Case(
            name: "control characters", issue: InputIssue(code: "c", file: "a\nb", line: 1, column: 1, message: "m\u{1B}[31m\nforged", help: "h\nx", note: "n\r", sourceLine: "s\u{7}"),
            text: "a\\nb:1:1: error: m\\u{1B}[31m\\nforged\n1 | s\\u{7}\n  | ^ n\\r\nhelp: h\\nx"),
        Case(name: "length below one", issue: InputIssue(code: "c", file: "f", line: 1, column: 1, length: 0, message: "m", sourceLine: "x"), text: "f:1:1: error: m\n1 | x\n  | ^"),
    ]

    @Test(arguments: cases) func terminalForm(_ c: Case) { #expect(c.issue.rendered == c.text) }

    @Test func manyIssuesInFileOrder() {
        func issue(_ line: Int, _ column: Int, _ message: String, _ severity: InputIssue.Severity = .error) -> InputIssue {
            InputIssue(severity: severity, code: "c", file: "f", line: line, column: column, message: message)
        }
        let issues = [issue(3, 1, "c"), issue(1, 9, "b"), issue(1, 2, "a"), issue(3, 1, "d"), issue(0, 0, "whole", .warning)]
        #expect(issues.inFileOrder.map(\.message) == ["whole", "a", "b", "c", "d"])
        #expect(throws: InputIssues.self) { try issues.throwIfErrors() }
        #expect(InputIssues(issues).errors.count == 4)
        #expect(throws: Never.self) { try [issue(1, 1, "w", .warning)].throwIfErrors() }
    }
}

@Suite struct CatalogueTests {
    @Test func byNameInOrder() {
        let cards = ["a", "b"].map { Card(name: $0, kind: "term", summary: "s", formula: "f") }
        let catalogue = Catalogue(cards) { $0 }
        #expect(catalogue.names == ["a", "b"])
        #expect(catalogue["b"]?.name == "b")
        #expect(catalogue["c"] == nil)
    }
}
