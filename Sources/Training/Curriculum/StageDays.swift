package import Expressions
package import OptionsEnvironment
internal import TradingTypes

/// What a curriculum may ask of a whole day of the options market: the largest, smallest and first value of every number of the market over the regular session,
/// as `NAME_max`, `NAME_min`, `NAME_first` (`setup_score_max >= 4`, `gap_pct_first > 0.3%`).
package enum StageDays {
    private static let endings = ["_max", "_min", "_first"]

    /// Of the options market's own names, none of which depends on the agent.
    package static var scope: NameScope {
        let market = OptionsTrainingMarket.scope
        let numbers = market.names.filter { $0.type == .number && $0.time == .decision && !$0.readsPath && !$0.readsAction }
        let words = ["largest", "smallest", "first"]
        return NameScope(
            environment: .options,
            names: numbers.flatMap { name in
                zip(endings, words).map { NameInfo(name: name.name + $0, type: .number, unit: name.unit, summary: "The \($1) of the day: \(name.summary)") }
            }, regimeNames: Regime.names)
    }

    /// Those of `days` that satisfy `condition`; nil when it reads something that this market has no column of.
    package static func days(_ days: [Int], where condition: TypedExpression, in market: OptionsMarket) -> [Int]? {
        var columns: [String: Column] = [:]
        for name in condition.names {
            guard let ending = endings.first(where: name.hasSuffix), let column = market.column(String(name.dropLast(ending.count))) else { return nil }
            columns[name] = .values(days.map { d in
                let values = column[market.days[d].rows].filter { $0.isFinite }
                switch ending {
                case "_max": return values.max() ?? .nan
                case "_min": return values.min() ?? .nan
                default: return column[market.days[d].rows.lowerBound]
                }
            })
        }
        let found = ColumnProgram(condition).values(ColumnTable(rowCount: days.count, columns: columns), rows: 0..<days.count)
        return zip(days, found).filter { $0.1 == 1 }.map(\.0)
    }
}
