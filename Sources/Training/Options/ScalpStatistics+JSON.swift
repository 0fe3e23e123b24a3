internal import OptionsEnvironment
package import RunRecords

extension ScalpStatistics {
    /// Shares and rates are fractions; null where nothing was counted.
    package var json: JSONValue {
        func optional(_ x: Double?) -> JSONValue { x.map { .number($0) } ?? .null }
        func mix(_ counts: [Double]) -> JSONValue {
            let total = counts.reduce(0, +)
            return .object(Dictionary(uniqueKeysWithValues: OptionAction.allCases.map { ($0.name, total > 0 ? .number(counts[Int($0.rawValue)] / total) : .null) }))
        }
        var audit: JSONValue = .null
        if let shares = auditShares { audit = ["HOLD": .number(shares[0]), "BUY_CALL": .number(shares[1]), "BUY_PUT": .number(shares[2])] }
        return [
            "flat": mix(flat), "in_trade": mix(inTrade), "flat_decisions": .number(flatDecisions), "in_trade_decisions": .number(inTrade.reduce(0, +)),
            "audit_shares": audit, "buy_rate": optional(buyRate), "strong_setup_buy_rate": optional(strongBuyRate), "setup_lift": optional(setupLift),
            "trades": .number(trades), "trades_per_day": optional(tradesPerEpisode),
            "endings": .object(Dictionary(uniqueKeysWithValues: TradeEnding.allCases.map { ($0.name, .number(endings[Int($0.rawValue)])) })),
            "expectancy": optional(expectancy), "expectancy_standard_error": optional(expectancyError), "win_rate": optional(winRate), "cost": .number(costs),
        ]
    }

    /// The columns of `scalping.csv`: counts and rates of the decisions taken in roll-outs since the row before.
    package static let tableColumns =
        ["step", "flat_decisions"] + OptionAction.allCases.prefix(3).map { "flat_\($0.name)" } + ["trade_decisions"]
        + [OptionAction.hold, .trim, .exit].map { "trade_\($0.name)" } + ["audit_HOLD", "audit_BUY_CALL", "audit_BUY_PUT", "buy_rate", "strong_setup_buy_rate", "setup_lift", "trades"]
        + TradeEnding.allCases.map { "ended_\($0.name)" } + ["expectancy", "expectancy_standard_error", "win_rate", "episodes"]

    /// One row of it.
    package func tableRow(step: Int) -> [LogValue] {
        func share(_ counts: [Double], _ actions: [OptionAction]) -> [LogValue] {
            let total = counts.reduce(0, +)
            return actions.map { total > 0 ? .number(counts[Int($0.rawValue)] / total) : .missing }
        }
        func optional(_ x: Double?) -> LogValue { x.map { .number($0) } ?? .missing }
        var row: [LogValue] = [.integer(step), .integer(Int(flatDecisions))]
        row += share(flat, [.hold, .buyCall, .buyPut])
        row.append(.integer(Int(inTrade.reduce(0, +))))
        row += share(inTrade, [.hold, .trim, .exit])
        row += (0..<3).map { k in auditShares.map { .number($0[k]) } ?? .missing }
        row += [optional(buyRate), optional(strongBuyRate), optional(setupLift), .integer(Int(trades))]
        row += endings.map { .integer(Int($0)) }
        return row + [optional(expectancy), optional(expectancyError), optional(winRate), .integer(Int(episodes))]
    }
}
