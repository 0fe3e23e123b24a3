import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct FuzzTests {
    static let tokens = [
        "close", "regime", "next_return", "HOLD", "TRENDING", "action", "clsoe", "1", "0.5", "30%", "45 min", "2 h", "1.2.3", "1e999", "7x", "(", ")",
        "(", ")", "[", "]", ",", "->", "+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "=", "!", "&&", "||", "^", "**", "and", "or", "not",
        "in", "if", "if(", "tier(", "min(", "clamp(", "lag(", "since(", "for(", "crosses_above(", "foo(", "abs", "%", "?", ":", "'a'", "\"", "\u{2212}",
        "\u{2264}", "\u{E9}t\u{E9}", "\u{200B}", "@", ";", "#", "\n", "\t", "{", "}", "\\", "_", "true", ".", "..", "\u{1F600}", "AND", "//", "<>",
    ]

    /// 20,000 random strings of tokens, in twenty parts: never a crash; either a program that runs or at least one issue, and every
    /// issue points into the text.
    @Test(arguments: 1...20)
    func randomTokens(seed: Int) {
        var random = TestRandom(UInt64(seed))
        let table = ColumnTable(rowCount: 3, columns: ["close": .values([1, .nan, 3]), "regime": .constant(1), "next_return": .constant(0.1), "action": .values([0, 1, 2])])
        for _ in 0..<1000 {
            var text = ""
            for _ in 0..<1 + Int(random.unit() * 14) { text += random.pick(Self.tokens) + (random.unit() < 0.6 ? " " : "") }
            let type = random.pick(ValueType.allCases)
            let (expression, issues) = compile(text, type, history: random.unit() < 0.5)
            check(text, expression, issues)
            if let expression {
                _ = ColumnProgram(expression).values(table, rows: 0..<3)
                _ = expression.linearParts()
            }
        }
    }

    /// Well-formed expressions with one token dropped, doubled or replaced.
    @Test(arguments: 1...5)
    func mutated(seed: Int) {
        var maker = TreeMaker(random: TestRandom(UInt64(900 + seed)))
        for _ in 0..<400 {
            var words = maker.number(4).text().split(separator: " ").map(String.init)
            let at = Int(maker.random.unit() * Double(words.count))
            switch Int(maker.random.unit() * 3) {
            case 0: words.remove(at: at)
            case 1: words.insert(words[at], at: at)
            default: words[at] = maker.random.pick(Self.tokens)
            }
            let text = words.joined(separator: " ")
            let (expression, issues) = compile(text)
            check(text, expression, issues)
        }
    }

    private func check(_ text: String, _ expression: TypedExpression?, _ issues: [InputIssue]) {
        let length = text.unicodeScalars.count
        #expect((expression == nil) != issues.isEmpty, "\(text.debugDescription): \(issues.map(\.message))")
        #expect(issues.allSatisfy { $0.column >= 1 && $0.column <= length + 1 && $0.length >= 1 && $0.column - 1 + $0.length <= max(1, length) + 1 }, "\(text.debugDescription): \(issues)")
        #expect(issues.allSatisfy { !$0.message.isEmpty && !$0.rendered.isEmpty })
    }
}
