import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct InformationTimeTests {
    /// text, time, readsPath, readsAction, provenance
    @Test(arguments: [
        ("1", InformationTime.decision, false, false, Provenance.guaranteed), ("rsi_14 + close", .decision, false, false, .guaranteed),
        ("direction * rsi_14", .decision, false, true, .guaranteed), ("unrealized", .decision, true, false, .path),
        ("if(changed, 1, 0)", .decision, true, true, .path), ("next_return", .outcome, false, false, .uncertain),
        ("direction * next_return", .outcome, false, true, .uncertain), ("cost", .outcome, true, true, .uncertain),
        ("if(next_return > 0, 1, 0)", .outcome, false, false, .uncertain), ("if(close > 0, next_return, 0)", .outcome, false, false, .uncertain),
        ("if(close > 0, 0, next_return)", .outcome, false, false, .uncertain), ("-next_return", .outcome, false, false, .uncertain),
        ("tanh(next_return)", .outcome, false, false, .uncertain), ("max(1, 2, next_return)", .outcome, false, false, .uncertain),
        ("clamp(close, 0, next_return)", .outcome, false, false, .uncertain), ("tier(next_return, 1 -> 2)", .outcome, false, false, .uncertain),
        ("tier(close, 1 -> next_return)", .outcome, false, false, .uncertain), ("if(not (next_return > 0), 1, 0)", .outcome, false, false, .uncertain),
        ("if(hour in [1, next_return], 1, 0)", .outcome, false, false, .uncertain),
        ("if(close > 1 and drawdown > 0.1, 1, 0)", .decision, true, false, .path), ("close / next_return", .outcome, false, false, .uncertain),
        ("0 * next_return", .outcome, false, false, .uncertain),
    ])
    func carriedThroughEveryOperator(text: String, time: InformationTime, path: Bool, action: Bool, provenance: Provenance) throws {
        let e = try compiled(text)
        #expect(e.time == time)
        #expect(e.readsPath == path)
        #expect(e.readsAction == action)
        #expect(e.provenance == provenance)
    }

    @Test(arguments: ["lag(next_return, 1)", "highest(next_return, 2)", "lowest(next_return, 2)", "since(next_return > 0)", "if(for(2, next_return > 0), 1, 0)", "if(crosses_above(close, next_return), 1, 0)", "if(lag(next_return > 0, 1), 1, 0)"])
    func historyOfAnOutcomeIsAnOutcome(text: String) throws { #expect(try compiled(text, history: true).time == .outcome) }

    @Test func scriptsThatReadAnOutcomeDoNotCompile() throws {
        let anchor = TextAnchor(text: "next_return > 0 and close > 1 or realized > next_return")
        var issues: [InputIssue] = []
        let e = try #require(compileExpression(anchor, scope: spot, expecting: .boolean, history: true, issues: &issues))
        #expect(!requireDecisionTime(e, role: "entry rule", anchor, issues: &issues))
        #expect(issues.map(\.rendered).joined(separator: "\n") == """
            error: entry rule reads 'next_return', which is known only after the action
            1 | next_return > 0 and close > 1 or realized > next_return
              | ^~~~~~~~~~~
            help: only a reward may read outcomes; here use names that are known at the decision
            error: entry rule reads 'realized', which is known only after the action
            1 | next_return > 0 and close > 1 or realized > next_return
              |                                  ^~~~~~~~
            help: only a reward may read outcomes; here use names that are known at the decision
            error: entry rule reads 'next_return', which is known only after the action
            1 | next_return > 0 and close > 1 or realized > next_return
              |                                             ^~~~~~~~~~~
            help: only a reward may read outcomes; here use names that are known at the decision
            """)
        var none: [InputIssue] = []
        #expect(requireDecisionTime(try compiled("close > unrealized", .boolean), role: "entry rule", anchor, issues: &none))
        #expect(none.isEmpty)
    }

    @Test func gatingReadsItsCondition() throws {
        let one = TypedExpression.number(1)
        #expect(one.gated(by: nil).constantValue == 1)
        #expect(one.gated(by: try compiled("next_return > 0", .boolean)).provenance == .uncertain)
        #expect(one.gated(by: try compiled("drawdown > 0", .boolean)).provenance == .path)
        let gated = try compiled("close").gated(by: try compiled("action == HOLD", .boolean))
        #expect(gated.provenance == .guaranteed && gated.readsAction && gated.names == ["close", "action"])
        let table = ColumnTable(rowCount: 3, columns: ["close": .values([.nan, 2, 3]), "action": .values([1, 0, 2])])
        #expect(ColumnProgram(gated).values(table, rows: 0..<3) == [0, 2, 0])
        #expect(ColumnProgram(gated, constants: ["action": 2]).constantValue == 0)
    }
}
