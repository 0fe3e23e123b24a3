import Environments
import Expressions
import Features
import Rewards
import RewardAnalysis
import TestSupport
import TradingTypes

/// The market of REWARD-ANALYSIS E.1: hourly sigma .30 / .55 / .85 / 1.40 %, E|r| = .75 sigma, no drift, hits independent of |r|.
///
/// |r| is .5 sigma seven times out of eight and 2.5 sigma once: mean .75 sigma, mean square sigma^2, and never below .25 sigma
/// (so that z = P(|r| < eps) = 0). Every size comes once up and once down. Bars per regime stand in the case's shares .453 / .262 / .169 / .115.
enum WorkedMarket {
    static let sigma = [0.0030, 0.0055, 0.0085, 0.0140]
    static let shares = [453, 262, 169, 115]

    /// - Parameter still: bars without any move that follow each 16 others.
    static func make(copies: Int = 1, still: Int = 0) -> AnalysisMarket {
        var returns: [Double] = [], labels: [UInt8] = []
        for g in 0..<4 {
            // 16 bars a unit: 14 small (7 up, 7 down), 2 large (1 up, 1 down).
            for _ in 0..<(shares[g] * copies) {
                returns += [Double](repeating: 0, count: still)
                labels += [UInt8](repeating: UInt8(g), count: still)
                for k in 0..<16 {
                    let size = (k < 14 ? 0.5 : 2.5) * sigma[g]
                    returns.append(k % 2 == 0 ? size : -size)
                    labels.append(UInt8(g))
                }
            }
        }
        let n = returns.count
        var close = [100.0]
        for r in returns { close.append(close[close.count - 1] * (1 + r)) }
        let bars = BarSeries(
            symbol: "WORKED", barDurationSeconds: 3_600, time: (0...n).map { Int64($0) * 3_600 }, open: close, high: close, low: close, close: close,
            volume: close.map { _ in 1 })
        labels.append(0)
        let volatility = labels.map { sigma[Int($0)] }
        var columns: [String: Column] = [
            "regime": .values(labels.map(Double.init)), "volatility_24h": .values(volatility), "trend": .constant(1), "close": .values(close),
        ]
        for name in FeatureCatalog.cards.map(\.name) { columns[name] = .constant(0) }
        return AnalysisMarket(environment: SpotEnvironment(bars), columns: columns, labels: labels, rows: 0..<n, seed: 1)
    }

    static let scope = NameScope.spot(
        features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)

    static func reward(_ name: String, choices: [String: String] = [:]) throws -> RewardDesign {
        try RewardDesign(file: packageRoot + "/rewards/\(name).yaml", scope: scope, gamma: 0.99, choices: choices)
    }

    static func analyse(_ name: String, choices: [String: String] = [:]) throws -> RewardValue { analyse(try reward(name, choices: choices), make()) }

    static func analyse(terms: String, still: Int = 0) throws -> RewardValue {
        analyse(try RewardDesign(file: "x.yaml", text: "schema: 1\nname: x\nenvironment: spot\nterms:\n" + terms, scope: scope, gamma: 0.99), make(still: still))
    }

    private static func analyse(_ design: RewardDesign, _ market: AnalysisMarket) -> RewardValue {
        analyseReward(design, market, edge: nil, ExpectedValueSettings(replicates: 200, seed: 1, threads: 1, gamma: 0.99))
    }
}
