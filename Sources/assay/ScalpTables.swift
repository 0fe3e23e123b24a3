import Expressions
import Foundation
import OptionsEnvironment
import Reports
import TradingTypes
import Training

/// The names that expressions of an environment can read.
func readableNames(_ environment: EnvironmentKind) -> NameScope { environment == .spot ? spotScope() : OptionsTrainingMarket.scope }

/// What policies did on the options market, in the terms of the scalping case: one column a policy (or the mean over seeds).
func scalpTable(_ policies: [(name: String, found: [ScalpStatistics])]) -> String {
    func cell(_ found: [ScalpStatistics], scale: Double = 1, _ format: String, _ value: (ScalpStatistics) -> Double?) -> String {
        let values = found.compactMap(value)
        return values.isEmpty ? "-" : String(format: format, scale * values.reduce(0, +) / Double(values.count))
    }
    func share(_ counts: @escaping (ScalpStatistics) -> [Double], _ action: OptionAction) -> (ScalpStatistics) -> Double? {
        { s in
            let total = counts(s).reduce(0, +)
            return total > 0 ? counts(s)[Int(action.rawValue)] / total : nil
        }
    }
    var rows: [[String]] = []
    func add(_ name: String, format: String = "%.1f", scale: Double = 100, _ value: @escaping (ScalpStatistics) -> Double?) {
        rows.append([name] + policies.map { cell($0.found, scale: scale, format, value) })
    }
    for action in [OptionAction.hold, .buyCall, .buyPut] { add("flat: \(action.name) %", share(\.flat, action)) }
    for action in [OptionAction.hold, .trim, .exit] { add("in a trade: \(action.name) %", share(\.inTrade, action)) }
    for (k, action) in [OptionAction.hold, .buyCall, .buyPut].enumerated() { add("of these three: \(action.name) %") { $0.auditShares?[k] } }
    add("BUY rate, strong setups %") { $0.strongBuyRate }
    add("lift of strong setups", format: "%.2f", scale: 1) { $0.setupLift }
    add("trades", format: "%.0f", scale: 1) { $0.trades }
    add("trades a day", format: "%.1f", scale: 1) { $0.tradesPerEpisode }
    for ending in TradeEnding.allCases { add("ended by \(ending.name)", format: "%.0f", scale: 1) { $0.endings[Int(ending.rawValue)] } }
    add("net a trade, % of premium", format: "%.2f") { $0.expectancy }
    add("its standard error", format: "%.2f") { $0.expectancyError }
    add("winning trades %") { $0.winRate }
    return plainTable([""] + policies.map(\.name), rows, textColumns: 1)
}
