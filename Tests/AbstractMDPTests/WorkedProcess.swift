import AbstractMDP
import Environments
import Expressions
import Features
import RewardAnalysis
import Rewards
import TestSupport
import TradingTypes

/// The example of REWARD-ANALYSIS E.5: four regimes that persist with probability .95 and otherwise turn into any other, a coin's hit rate, gamma .99.
enum WorkedProcess {
    static let scope = NameScope.spot(
        features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)

    /// Runs of regimes in which each regime follows itself 19 times out of 20 and every other one equally often: with no prior, the chain is .95 and .05/3 to the bit.
    static func market(copies: Int = 1) -> AnalysisMarket {
        // A closed walk through all twelve changes of regime; every visit to a regime lasts 20 bars.
        let walk = [0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3]
        var labels: [UInt8] = []
        for _ in 0..<copies { for g in walk { labels += [UInt8](repeating: UInt8(g), count: 20) } }
        labels.append(0)
        let sigma = [0.0030, 0.0055, 0.0085, 0.0140]
        let returns = labels.enumerated().map { t, g in (t % 2 == 0 ? 0.75 : -0.75) * sigma[Int(g)] }
        var close = [100.0]
        for r in returns { close.append(close[close.count - 1] * (1 + r)) }
        labels.append(0)
        let bars = BarSeries(
            symbol: "WORKED", barDurationSeconds: 3_600, time: close.indices.map { Int64($0) * 3_600 }, open: close, high: close, low: close, close: close,
            volume: close.map { _ in 1 })
        let columns: [String: Column] = [
            "regime": .values(labels.map(Double.init)), "volatility_24h": .values(labels.map { sigma[Int($0)] }), "trend": .constant(1), "close": .values(close), "rsi_14": .constant(0),
        ]
        return AnalysisMarket(environment: SpotEnvironment(bars), columns: columns, labels: labels, rows: 0..<returns.count, seed: 1)
    }

    static func abstraction(_ name: String, choices: [String: String] = [:]) throws -> SpotAbstraction {
        let design = try RewardDesign(file: packageRoot + "/rewards/\(name).yaml", scope: scope, gamma: 0.99, choices: choices)
        var settings = SpotAbstraction.Settings()
        settings.prior = 0
        return SpotAbstraction(RewardStack(design), market(), settings)
    }
}
