import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct ParserTests {
    /// Constant expressions: text and value, worked by hand.
    @Test(arguments: [
        // literals
        ("1", 1), (".5", 0.5), ("1e-3", 0.001), ("1E+2", 100), ("1_000", 1000), ("30%", 0.3), ("-15%", -0.15), ("1_0.5e1_0", 10.5e10), ("2.", 2),
        // precedence and association
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("24 / 4 / 2", 3), ("2 * 3 + 4 * 5", 26), ("-2 * 3", -6), ("2 * -3", -6),
        ("- - 2", 2), ("2 - -3", 5), ("+4", 4), ("-(1 + 2)", -3), ("1 - 2 * 3 / 6", 0), ("1-1", 0), ("2e-1-1", -0.8),
        // conditions: not binds looser than ==, and tighter than and; and tighter than or
        ("if(1 < 2, 10, 20)", 10), ("if(not 1 == 2, 1, 0)", 1), ("if(1 == 1 or 1 == 2 and 1 == 3, 1, 0)", 1),
        ("if((1 == 1 or 1 == 2) and 1 == 3, 1, 0)", 0), ("if(not 1 == 1 or 2 == 2, 1, 0)", 1), ("if(not (1 == 1 or 2 == 2), 1, 0)", 0),
        ("if(1 + 1 > 1 * 1, 1, 0)", 1), ("if(true and not false, 1, 0)", 1), ("if(1 < 2 == true, 1, 0)", nil),
        ("if((1 < 2) == true, 1, 0)", 1), ("if(1 != 1, 1, 0)", 0), ("if(2 >= 2, 1, 0) + if(2 <= 1, 1, 0)", 1),
        ("if(2 in [1, 2, 3], 1, 0)", 1), ("if(2 not in [1, 2, 3], 1, 0)", 0), ("if(1 + 1 in [1, 4 / 2], 1, 0)", 1),
        ("if(HOLD == HOLD, 1, 0)", 1), ("if(LONG in [HOLD, SHORT], 1, 0)", 0), ("if(CRISIS in [TRENDING, CRISIS], 1, 0)", 1),
        // functions
        ("abs(-3)", 3), ("min(3, 1, 2)", 1), ("max(3, 1, 2, 7)", 7), ("clamp(5, 0, 1)", 1), ("clamp(-5, 0, 1)", 0), ("clamp(0.5, 0, 1)", 0.5),
        ("sign(-0.1)", -1), ("sign(0)", 0), ("log(1)", 0), ("exp(0)", 1), ("sqrt(16)", 4), ("tanh(0)", 0),
        // tier: highest step reached, 0 below the first
        ("tier(0.1, 0.2 -> 0.3, 0.3 -> 0.5)", 0), ("tier(0.2, 0.2 -> 0.3, 0.3 -> 0.5)", 0.3), ("tier(0.29, 20% -> 0.3, 30% -> 0.5)", 0.3),
        ("tier(9, 0.2 -> 0.3, 0.3 -> 0.5)", 0.5), ("tier(-1, -2 -> -5, 0 -> 1)", -5),
        // durations, in minutes
        ("2 h / 30 min", 4), ("1 d / 1 h", 24), ("30 s / 1 min", 0.5), ("45min / 15 min", 3), ("(1 h + 30 min) / 30 min", 3),
        ("2 * 1 h / 1 min", 120), ("1 h / 2 / 1 min", 30), ("abs(-(2 h)) / 1 h", 2), ("min(2 h, 90 min) / 1 min", 90), ("if(2 h > 90 min, 1, 0)", 1),
        ("(1 h - 1 h) / 1 h", 0), ("sign(-(1 h))", -1), ("tier(2 h, 1 h -> 5, 3 h -> 6)", 5),
    ] as [(String, Double?)])
    func constants(text: String, value: Double?) throws {
        guard let value else {
            #expect(!compile(text).issues.isEmpty)
            return
        }
        let result = try #require(try compiled(text).constantValue)
        #expect((result - value).magnitude <= 1e-15 * max(1, value.magnitude), "\(text) = \(result)")
        #expect(ColumnProgram(try compiled(text)).constantValue == result)
    }

    @Test func spacesAndLinesDoNotMatter() throws {
        for text in ["1+2", " 1 + 2 ", "1\n+ 2", "\t1 +\u{00A0}2"] { #expect(try compiled(text).constantValue == 3) }
        #expect(try compiled("close/vwap-1", scope: script).names == ["close", "vwap"])
    }

    @Test func dottedNamesAndUnitLikeNames() throws {
        #expect(try compiled("reward.x * 2", scope: script).names == ["reward.x"])
        let units = NameScope(environment: .spot, names: [NameInfo(name: "h", type: .number, summary: "A name like a unit.")], regimeNames: [])
        #expect(try compiled("2 * h", scope: units).names == ["h"])
        #expect(try compiled("min(1, h)", scope: units).names == ["h"])
    }

    /// The scripts of the design compile as they stand there.
    @Test(arguments: [
        "spread_frac <= 3% and close > lag(close, 1)", "crosses_above(close, vwap)", "for(2, close < vwap)", "minutes_in_trade >= 30",
        "minutes_in_trade >= 30 min", "since(crosses_below(close, vwap)) <= 5", "close < lowest(close, 20) or close > highest(close, 20)",
        "in_trade and not lag(in_trade, 1)", "action in [BUY_CALL, BUY_PUT]", "in_trade == true",
    ])
    func scripts(text: String) throws { _ = try compiled(text, .boolean, scope: script, history: true) }

    /// Deep nesting and great length are refused, never a crash; each gives exactly one issue.
    @Test(arguments: [
        (String(repeating: "(", count: 10_000), "too_long"), (String(repeating: "(", count: 3000) + "1" + String(repeating: ")", count: 900), "too_deep"),
        (String(repeating: "-", count: 3000) + "1", "too_deep"), (String(repeating: "not ", count: 3000), "too_deep"),
        (String(repeating: "abs(", count: 1500) + "1", "too_deep"), (String(repeating: "[", count: 3000), "too_deep"),
        (String(repeating: "1 + ", count: 50_000) + "1", "too_long"),
    ])
    func limits(text: String, code: String) {
        let (expression, issues) = compile(text)
        #expect(expression == nil)
        #expect(issues.contains { $0.code == code })
    }

    @Test func longSumsCompile() throws {
        let text = Array(repeating: "close", count: 1900).joined(separator: " + ")
        let sum = try compiled(text)
        let table = ColumnTable(rowCount: 1, columns: ["close": .values([2])])
        #expect(ColumnProgram(sum).values(table, rows: 0..<1) == [3800])
        #expect(try compiled(String(repeating: "(", count: 90) + "1" + String(repeating: ")", count: 90)).constantValue == 1)
    }
}
