import Environments
import Expressions
import Features
import MarketData
import RewardAnalysis
import RewardLints
import Rewards
import TestSupport
import TradingTypes

/// The synthetic hourly market that spot lints are tested on, made once.
enum LintMarkets {
    static let scope = NameScope.spot(
        features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
    private static let prepared = Result { try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,bars=20000"))) }
    static let states = ["position", "bars_in_position", "bars_flat", "unrealized", "drawdown"]

    static func design(_ terms: String) throws -> RewardDesign {
        try RewardDesign(file: "x.yaml", text: "schema: 1\nname: x\nenvironment: spot\nterms:\n" + terms, scope: scope, gamma: 0.99)
    }

    static func shipped(_ name: String, choices: [String: String] = [:]) throws -> RewardDesign {
        try RewardDesign(file: packageRoot + "/rewards/\(name).yaml", scope: scope, gamma: 0.99, choices: choices)
    }

    static func lint(_ design: RewardDesign, observes: [String] = states) throws -> LintReport { lintReward(design, on: try market(for: design, observes: observes)) }

    static func compare(_ a: RewardDesign, _ b: RewardDesign) throws -> RewardComparison { compareRewards(a, b, on: try market(for: a), gamma: 0.99) }

    private static func market(for design: RewardDesign, observes: [String] = states) throws -> SpotLintMarket {
        let prepared = try prepared.get()
        let environment = SpotEnvironment(prepared.bars, SpotLintMarket.withFees(SpotConfiguration(), for: design))
        let market = AnalysisMarket(
            environment: environment, columns: prepared.columns(), labels: prepared.regimes.labels, rows: prepared.split.train, seed: 1)
        let observed = ObservedNames(title: "the features", columns: FeatureCatalog.cards.map(\.name) + ["regime"] + observes, environment: .spot)
        return SpotLintMarket(market: market, observed: observed, scope: scope, title: "synthetic")
    }
}
