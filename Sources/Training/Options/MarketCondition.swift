package import ComponentKit
package import Expressions
internal import Intraday
package import OptionsEnvironment
internal import TradingTypes

/// A condition on the options market alone: on numbers that are known at a minute's close and do not depend on the agent, such as `setup_score >= 5 and gap_pct >= 0.3%`.
public struct MarketCondition: Sendable, Equatable {
    package let expression: TypedExpression
    public var text: String { expression.text }

    public static func == (a: Self, b: Self) -> Bool { a.text == b.text }

    /// What it may read: features, bars, clock and regime of the underlying.
    package static let scope: NameScope = {
        let all = OptionsTrainingMarket.scope
        let plain: Set = ["open", "high", "low", "close", "volume", "minutes_since_open", "minutes_to_close", "vix", "regime"]
        let known = plain.union(IntradayFeatureCatalog.cards.map(\.name))
        return NameScope(environment: .options, names: all.names.filter { known.contains($0.name) && $0.time == .decision && !$0.readsPath && !$0.readsAction }, regimeNames: Regime.names)
    }()

    /// Reads the condition at `place`; nil, with the faults in `issues`, where it cannot be evaluated on the market alone.
    package init?(_ anchor: TextAnchor, issues: inout [InputIssue]) {
        guard let found = compileExpression(anchor, scope: Self.scope, expecting: .boolean, history: false, issues: &issues) else { return nil }
        if found.names.contains("action") {
            issues.append(anchor.issue("condition", offset: 0, length: anchor.text.unicodeScalars.count, "the condition reads 'action', but it judges the market, not the agent"))
            return nil
        }
        expression = found
    }

    /// Whether it holds at each row, [R]; a comparison with a value that is missing does not.
    package func holds(in market: OptionsMarket) -> [Bool] {
        var columns: [String: Column] = [:]
        for name in expression.names { columns[name] = .values(market.column(name) ?? [Double](repeating: .nan, count: market.rowCount)) }
        return ColumnProgram(expression).values(ColumnTable(rowCount: market.rowCount, columns: columns), rows: 0..<market.rowCount).map { $0 == 1 }
    }
}
