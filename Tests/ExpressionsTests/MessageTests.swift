import ComponentKit
import Expressions
import Testing
import TradingTypes

/// The whole text of messages, as a terminal shows them.
@Suite struct MessageTests {
    /// Compiles `text` as line 2 of a reward file.
    private func rendered(_ text: String, _ type: ValueType, history: Bool = false) throws -> String {
        let document = try YAMLDocument(file: "rewards/x.yaml", text: "schema: 1\nvalue: \(text)\n")
        var issues: [InputIssue] = []
        var mapping = try #require(document.root.mapping("a term", &issues))
        let found = mapping.get("value")
        let value = try #require(found)
        let expression = compileExpression(value.anchor, scope: spot, expecting: type, history: history, issues: &issues)
        #expect(expression == nil)
        return issues.map(\.rendered).joined(separator: "\n")
    }

    static let cases: [(String, ValueType, String)] = [
        (
            "clsoe * 2 + nextreturn", .number,
            """
            rewards/x.yaml:2:8: error: unknown name 'clsoe'
            2 | value: clsoe * 2 + nextreturn
              |        ^~~~~ did you mean 'close'?
            help: 'assay list names --environment spot' shows every name
            rewards/x.yaml:2:20: error: unknown name 'nextreturn'
            2 | value: clsoe * 2 + nextreturn
              |                    ^~~~~~~~~~ did you mean 'next_return'?
            help: 'assay list names --environment spot' shows every name
            """
        ),
        (
            "regime == LONG", .boolean,
            """
            rewards/x.yaml:2:8: error: cannot compare a regime with an action: 'regime' is a regime, 'LONG' is an action
            2 | value: regime == LONG
              |        ^~~~~~~~~~~~~~
            help: actions: HOLD, LONG, SHORT; regimes: LOW_VOL, TRENDING, HIGH_VOL, CRISIS
            """
        ),
        (
            "action > 2", .boolean,
            """
            rewards/x.yaml:2:8: error: cannot compare an action with a number: 'action' is an action, '2' is a number
            2 | value: action > 2
              |        ^~~~~~~~~~
            help: an action is compared by name: action == SHORT
            """
        ),
        (
            "regime < CRISIS", .boolean,
            """
            rewards/x.yaml:2:8: error: '<' needs numbers, but 'regime' is a regime
            2 | value: regime < CRISIS
              |        ^~~~~~~~~~~~~~~
            help: only '==', '!=' and 'in' compare regime values
            """
        ),
        (
            "close + 45 min", .number,
            """
            rewards/x.yaml:2:8: error: '+' cannot join a number and a duration
            2 | value: close + 45 min
              |        ^~~~~~~~~~~~~~
            help: give the number a unit (45 min, 2 h), or divide the duration by one (x / 1 min)
            """
        ),
        (
            "action = hold && next_return > 0", .boolean,
            """
            rewards/x.yaml:2:15: error: '=' does not compare
            2 | value: action = hold && next_return > 0
              |               ^
            help: write '==' to compare
            rewards/x.yaml:2:17: error: unknown name 'hold'
            2 | value: action = hold && next_return > 0
              |                 ^~~~ did you mean 'HOLD'?
            help: 'assay list names --environment spot' shows every name
            rewards/x.yaml:2:22: error: '&&' is not an operator
            2 | value: action = hold && next_return > 0
              |                      ^~
            help: write 'and'
            """
        ),
        (
            "next_return ^ 2", .number,
            """
            rewards/x.yaml:2:20: error: '^' is not an operator: there are no powers
            2 | value: next_return ^ 2
              |                    ^
            help: write x * x for a square, exp(y * log(x)) for other powers, sqrt(x) for a root
            """
        ),
        (
            "0 < next_return < 1%", .boolean,
            """
            rewards/x.yaml:2:24: error: comparisons cannot be chained
            2 | value: 0 < next_return < 1%
              |                        ^ second comparison
            help: write 'a < b and b < c' for a < b < c
            """
        ),
        (
            "max(next_return, (close - open) * 2", .number,
            """
            rewards/x.yaml:2:11: error: '(' of 'max' is never closed
            2 | value: max(next_return, (close - open) * 2
              |           ^
            help: add ')'
            """
        ),
        (
            "1.2.3 \u{2212} close", .number,
            """
            rewards/x.yaml:2:8: error: '1.2.3' is not a number
            2 | value: 1.2.3 \u{2212} close
              |        ^~~~~
            help: numbers look like 1, 0.5, 1e-3, 1_000, 30%; durations like 45 min
            rewards/x.yaml:2:14: error: '\u{2212}' (U+2212) is a typographic dash, not a minus
            2 | value: 1.2.3 \u{2212} close
              |              ^
            help: type '-'
            """
        ),
        (
            "lag(close, 1)", .number,
            """
            rewards/x.yaml:2:8: error: 'lag' looks back over bars, which only teacher scripts and rules may do
            2 | value: lag(close, 1)
              |        ^~~
            help: here use a feature that looks back by itself; 'assay list names --environment spot' shows them
            """
        ),
        (
            "abss(close) + abs(close, open) + close(1)", .number,
            """
            rewards/x.yaml:2:8: error: unknown function 'abss'
            2 | value: abss(close) + abs(close, open) + close(1)
              |        ^~~~ did you mean 'abs'?
            help: functions: abs clamp exp if log max min sign sqrt tanh tier
            rewards/x.yaml:2:22: error: 'abs' takes 1 argument, not 2
            2 | value: abss(close) + abs(close, open) + close(1)
              |                      ^~~~~~~~~~~~~~~~
            help: write abs(x)
            rewards/x.yaml:2:41: error: 'close' is a value, not a function
            2 | value: abss(close) + abs(close, open) + close(1)
              |                                         ^~~~~
            help: remove the parentheses, or put an operator before them
            """
        ),
        (
            "tier(next_return, 3% -> 1, 2% -> 2, close -> 3)", .number,
            """
            rewards/x.yaml:2:35: error: the thresholds of 'tier' must rise, but 0.02 follows 0.03
            2 | value: tier(next_return, 3% -> 1, 2% -> 2, close -> 3)
              |                                   ^~
            help: order the steps from the lowest threshold to the highest
            rewards/x.yaml:2:44: error: the thresholds of 'tier' must be constants
            2 | value: tier(next_return, 3% -> 1, 2% -> 2, close -> 3)
              |                                            ^~~~~
            help: write tier(x, 0.2 -> 0.3, 0.3 -> 0.5), or if(x >= y, a, b) for a threshold that moves
            """
        ),
        (
            "next_return > 0", .number,
            """
            rewards/x.yaml:2:8: error: a number is needed here, but this is a condition
            2 | value: next_return > 0
              |        ^~~~~~~~~~~~~~~
            help: a condition becomes a number with if(condition, 1, 0)
            """
        ),
        (
            "direction * next_return", .boolean,
            """
            rewards/x.yaml:2:8: error: a condition is needed here, but this is a number
            2 | value: direction * next_return
              |        ^~~~~~~~~~~~~~~~~~~~~~~
            help: compare it with something, such as x > 0
            """
        ),
        (
            "close open + 30 minutes", .number,
            """
            rewards/x.yaml:2:14: error: an operator is missing between 'close' and 'open'
            2 | value: close open + 30 minutes
              |              ^~~~
            help: write + - * / or a comparison between them; joined conditions need 'and' or 'or'
            rewards/x.yaml:2:21: error: 'minutes' is not a unit of time
            2 | value: close open + 30 minutes
              |                     ^~~~~~~~~~
            help: write 30 min; the units are s, min, h and d
            """
        ),
        (
            "close +", .number,
            """
            rewards/x.yaml:2:14: error: a value is missing after '+'
            2 | value: close +
              |              ^
            help: complete the expression
            """
        ),
        (
            "regime in TRENDING", .boolean,
            """
            rewards/x.yaml:2:15: error: 'in' must be followed by a list
            2 | value: regime in TRENDING
              |               ^~
            help: write 'regime in [TRENDING, CRISIS]'
            """
        ),
        (
            "(close > open) * 2 + tanh", .number,
            """
            rewards/x.yaml:2:9: error: '*' needs a number on its left, but 'close > open' is a condition
            2 | value: (close > open) * 2 + tanh
              |         ^~~~~~~~~~~~
            help: a condition becomes a number with if(condition, 1, 0)
            rewards/x.yaml:2:29: error: 'tanh' is a function and needs its arguments
            2 | value: (close > open) * 2 + tanh
              |                             ^~~~
            help: write tanh(x)
            """
        ),
        (
            "close @ \u{E9}t\u{E9}", .number,
            """
            rewards/x.yaml:2:14: error: '@' (U+0040) has no meaning here
            2 | value: close @ \u{E9}t\u{E9}
              |              ^
            help: remove it
            rewards/x.yaml:2:16: error: the character '\u{E9}' (U+00E9) cannot be part of a name
            2 | value: close @ \u{E9}t\u{E9}
              |                ^~~
            help: names are written with the letters a-z, digits, '_' and '.'
            """
        ),
    ]

    @Test(arguments: cases)
    func wholeMessages(text: String, type: ValueType, expected: String) throws { #expect(try rendered(text, type) == expected) }

    @Test func emptyExpression() {
        #expect(compile("").issues.map(\.rendered) == [
            "error: the expression is empty\n1 | \n  | ^\nhelp: write a value such as 'direction * next_return', or leave the key out"
        ])
    }

    /// Positions in a folded block: the fault stands on the third line of the file.
    @Test func positionsInsideBlocks() throws {
        let document = try YAMLDocument(file: "r.yaml", text: "value: >\n  close +\n  clsoe\nother: 1\n")
        var issues: [InputIssue] = []
        var mapping = try #require(document.root.mapping("a term", &issues))
        let found = mapping.get("value")
        let value = try #require(found)
        _ = compileExpression(value.anchor, scope: spot, expecting: .number, history: false, issues: &issues)
        #expect(issues.map { "\($0.line):\($0.column):\($0.length)" } == ["3:3:5"])
    }
}
