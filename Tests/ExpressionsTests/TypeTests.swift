import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct TypeTests {
    /// Number of faults in one text: all of them are found in one go.
    @Test(arguments: [
        ("clsoe + opne * hihg", 3), ("clsoe + (opne * 2", 3), ("regime > 2 and action > 1", 2), ("lag(close, 1) + since(x)", 3),
        ("close = open && !hour", 4), ("min(close) + abs(1, 2) + foo(bar)", 4), ("1.2.3 + 4..5", 2), ("if(close, regime, 1)", 2),
        ("close > 1 > 2 > 3", 2), ("a @ b $ c", 5), ("'close' + \"open\"", 2), ("() + []", 2), ("1 / 0 + log(0)", 2),
    ])
    func allFaultsAtOnce(text: String, count: Int) {
        let (expression, issues) = compile(text)
        #expect(expression == nil)
        #expect(issues.count == count, "\(issues.map(\.rendered).joined(separator: "\n"))")
    }

    @Test(arguments: [
        ("45 min", ValueType.duration), ("minutes_in_trade * 2", .duration), ("minutes_in_trade / 2 h", .number), ("close > vwap", .boolean),
        ("action", .action), ("if(close > vwap, BUY_CALL, HOLD)", .action), ("CRISIS", .regime), ("max(minutes_in_trade, 5 min)", .duration),
        ("close * (minutes_in_trade / 1 min)", .number), ("-minutes_in_trade + 1 h", .duration),
    ])
    func typesOfExpressions(text: String, type: ValueType) throws {
        #expect(try compiled(text, type, scope: script).type == type)
        for other in ValueType.allCases where other != type { #expect(compile(text, other, scope: script).issues.count == 1) }
    }

    /// What the language refuses: one issue each, of code `type`.
    @Test(arguments: [
        "close + 45 min", "45 min - 1", "2 h * 3 h", "3 / 2 h", "close > 45 min", "45 min > 3", "minutes_in_trade > close", "min(close, 2 h)",
        "clamp(minutes_in_trade, 0, 1 h)", "tier(close, 1 h -> 2)", "tier(minutes_in_trade, 1 h -> 2 min)", "log(2 h)", "action > BUY_CALL",
        "action == 2", "in_trade > false", "in_trade == 1", "in_trade + 1", "not close", "close and in_trade", "-in_trade", "action == CRISIS",
        "action in [HOLD, CRISIS]", "in_trade in [close, true]", "if(close, 1, 2)", "if(in_trade, 1, HOLD)", "since(close)", "for(2, close)",
        "for(in_trade, in_trade)", "lag(close, minutes_in_trade)", "lag(close, close)", "highest(in_trade, 3)", "crosses_above(close, in_trade)",
        "tier(close, vwap -> 1)", "lag(close, 2 min)",
    ])
    func refused(text: String) {
        var issues: [[InputIssue]] = []
        for type in ValueType.allCases { issues.append(compile(text, type, scope: script, history: true).issues) }
        #expect(issues.allSatisfy { $0.count == 1 && $0[0].code == "type" }, "\(issues)")
    }

    @Test(arguments: ["crosses_above(close, 1)", "crosses_below(close, 1)", "for(2, close > 1)", "since(close > 1)", "lag(close, 1)", "highest(close, 2)", "lowest(close, 2)"])
    func historyOnlyWhereAllowed(text: String) throws {
        for type in [ValueType.number, .boolean] {
            let issues = compile(text, type, history: false).issues
            #expect(issues.map(\.code) == ["history"])
        }
        let type: ValueType = text.hasPrefix("c") || text.hasPrefix("f") ? .boolean : .number
        #expect(try compiled(text, type, history: true).usesHistory)
    }

    @Test func scopeListsEveryNameOfTheDesign() {
        let expected = [
            "open", "high", "low", "close", "volume", "volatility_24h", "trend", "regime", "hour", "rsi_14", "ema_gap", "action", "direction",
            "position", "changed", "bars_in_position", "bars_flat", "unrealized", "drawdown", "next_return", "cost", "realized",
        ]
        #expect(spot.names.map(\.name) == expected)
        #expect(spot.names.allSatisfy { $0.summary.hasSuffix(".") })
        #expect(spot.names.filter { $0.time == .outcome }.map(\.name) == ["next_return", "cost", "realized"])
        #expect(spot.names.filter { $0.readsPath && $0.time == .decision }.map(\.name) == ["position", "changed", "bars_in_position", "bars_flat", "unrealized", "drawdown"])
        #expect(spot.names.filter(\.readsAction).map(\.name) == ["action", "direction", "changed", "cost", "realized"])
        #expect(spot.constants.map(\.name) == ["HOLD", "LONG", "SHORT", "LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
        #expect(spot.constants.map(\.code) == [0, 1, 2, 0, 1, 2, 3])
        #expect(script.names.contains { $0.name == "action" && $0.type == .action })
        // A feature of a built-in name is that name.
        let doubled = NameScope.spot(features: [("volatility_24h", "", "Again.")], regimeNames: [])
        #expect(doubled.names.count(where: { $0.name == "volatility_24h" }) == 1)
    }
}
