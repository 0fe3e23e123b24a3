import ComponentKit
import Expressions
import Testing
import TradingTypes

/// One step at a time must give what whole columns give.
@Suite struct StepConditionsTests {
    static let rows = 300

    /// Market and path columns alike, for the column program; NaN here and there.
    private func table(_ random: inout TestRandom) -> ColumnTable {
        func column(_ missing: Double) -> Column { .values((0..<Self.rows).map { _ in random.unit() < missing ? .nan : (random.unit() * 20).rounded(.down) }) }
        func truth() -> Column { .values((0..<Self.rows).map { _ in random.unit() < 0.5 ? 1 : 0 }) }
        return ColumnTable(
            rowCount: Self.rows,
            columns: ["close": column(0.03), "vwap": column(0.03), "minutes_in_trade": column(0), "spread_frac": column(0.03), "in_trade": truth()])
    }

    @Test(arguments: [
        "minutes_in_trade >= 10 min", "in_trade and close > vwap", "for(3, minutes_in_trade > 5 min)", "lag(minutes_in_trade, 2) < minutes_in_trade",
        "highest(minutes_in_trade, 4) == minutes_in_trade and lowest(close, 3) < vwap", "since(in_trade) <= 2 and not in_trade", "lag(in_trade, 1) and not in_trade",
        "minutes_in_trade / 1 min * close > vwap + highest(close, 5)", "if(in_trade, close, vwap) > 9 or minutes_in_trade < 3 min", "crosses_above(minutes_in_trade / 1 min, close)",
        "tanh(minutes_in_trade / 1 min - close) > 0.2 or abs(minutes_in_trade / 1 min - close) < 2", "tier(minutes_in_trade / 1 min, 5 -> 1, 10 -> 2) >= 1", "max(minutes_in_trade / 1 min, close, 7) < 12",
        "minutes_in_trade / 1 min in [3, 4, 5]", "lag(minutes_in_trade, 400) > 1 min or in_trade",
    ])
    func stepsAgreeWithColumns(_ text: String) throws {
        var random = TestRandom(UInt64(text.count))
        let table = table(&random)
        let expression = try compiled(text, .boolean, scope: script, history: true)
        let expected = ColumnProgram(expression).values(table, rows: 0..<Self.rows)
        // A second expression shares slots with the first and must not disturb it.
        let other = try compiled("for(2, minutes_in_trade > 5 min) and close > 3", .boolean, scope: script, history: true)
        let otherExpected = ColumnProgram(other).values(table, rows: 0..<Self.rows)
        let steps = StepConditions([expression, other])
        let parts = steps.marketParts.map { ColumnProgram($0).values(table, rows: 0..<Self.rows) }
        var memory = steps.makeMemory()
        var found = 0
        for round in 0..<2 {
            steps.reset(&memory)
            for t in 0..<Self.rows {
                for (i, name) in steps.pathNames.enumerated() { memory.slots[i] = table[name]![t] }
                for (p, column) in parts.enumerated() { memory.slots[steps.firstMarketSlot + p] = column[t] }
                steps.advance(&memory)
                let got = steps.value(0, &memory), second = steps.value(1, &memory)
                if got != expected[t] || second != otherExpected[t] {
                    Issue.record("\(text), round \(round), row \(t): \(got) and \(second), columns say \(expected[t]) and \(otherExpected[t])")
                    return
                }
                found += got != 0 ? 1 : 0
            }
        }
        #expect(found > 0, "'\(text)' never holds: the comparison says little")
    }

    @Test func whatReadsOnlyTheMarketIsTakenOut() throws {
        let steps = StepConditions([try compiled("minutes_in_trade > 3 min and for(2, close < vwap)", .boolean, scope: script, history: true)])
        #expect(steps.pathNames == ["minutes_in_trade"])
        #expect(steps.marketParts.count == 1 && steps.marketParts[0].names == ["close", "vwap"] && !steps.looksBack)
    }

    @Test func partsAndReadingsAreNamed() throws {
        let expression = try compiled("crosses_above(close, vwap) and for(2, spread_frac <= 3%) and (in_trade or close * 2 > vwap + 1)", .boolean, scope: script, history: true)
        #expect(expression.conjuncts.map(\.text) == ["close > vwap", "lag(close, 1) <= lag(vwap, 1)", "for(2, spread_frac <= 0.03)", "in_trade or close * 2 > vwap + 1"])
        #expect(expression.conjuncts.map { $0.readings.map(\.text) } == [["close", "vwap"], ["lag(close, 1)", "lag(vwap, 1)"], ["spread_frac"], ["in_trade", "close * 2", "vwap + 1"]])
    }
}
