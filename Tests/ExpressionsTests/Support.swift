import ComponentKit
import Expressions
import Testing
import TradingTypes

let spot = NameScope.spot(
    features: [("rsi_14", "index", "Relative strength index over 14 bars."), ("ema_gap", "ATR", "EMA20 minus EMA50 over ATR14.")],
    regimeNames: Regime.names)

/// A scope with durations, as scripts have them.
let script = NameScope(
    environment: .options,
    names: [
        NameInfo(name: "close", type: .number, unit: "price", summary: "Close."),
        NameInfo(name: "vwap", type: .number, unit: "price", summary: "VWAP."),
        NameInfo(name: "minutes_in_trade", type: .duration, unit: "minutes", readsPath: true, summary: "Age of the trade."),
        NameInfo(name: "spread_frac", type: .number, unit: "fraction", summary: "Spread."),
        NameInfo(name: "in_trade", type: .boolean, readsPath: true, summary: "In a trade."),
        NameInfo(name: "reward.x", type: .number, summary: "A name with a dot."),
        NameInfo(name: "exit_premium", type: .number, unit: "price", time: .outcome, summary: "Premium at the exit."),
    ], regimeNames: Regime.names)

func compile(
    _ text: String, _ type: ValueType = .number, scope: NameScope = spot, history: Bool = false
) -> (expression: TypedExpression?, issues: [InputIssue]) {
    var issues: [InputIssue] = []
    let expression = compileExpression(TextAnchor(text: text), scope: scope, expecting: type, history: history, issues: &issues)
    return (expression, issues)
}

/// The compiled expression; an issue fails the test.
func compiled(
    _ text: String, _ type: ValueType = .number, scope: NameScope = spot, history: Bool = false,
    _ location: SourceLocation = #_sourceLocation
) throws -> TypedExpression {
    let (expression, issues) = compile(text, type, scope: scope, history: history)
    if !issues.isEmpty { Issue.record("\(text)\n\(issues.map(\.rendered).joined(separator: "\n"))", sourceLocation: location) }
    return try #require(expression, sourceLocation: location)
}

/// Equal, both NaN counting as equal.
func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }

/// A small generator of our own: the same numbers for the same seed, everywhere.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
    mutating func pick<T>(_ list: [T]) -> T { list[Int(next() >> 33) % list.count] }
}
