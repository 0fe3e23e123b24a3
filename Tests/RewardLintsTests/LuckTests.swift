import Intraday
import OptionsEnvironment
import RewardLints
import Testing
import TradingTypes

/// What a few days happened to bring is no farm.
@Suite struct LuckTests {
    /// The first seven days of three symbols at a time: few enough for the best of many states to gain something by luck at even odds.
    private static func market(seed: Int) throws -> OptionsLintMarket {
        let loaded = try IntradaySource.parse("synthetic:intraday,days=4,seed=\(seed)").load()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        let market = OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }))
        return OptionsLintMarket(
            market: market, days: Array(market.days.indices.prefix(7)),
            observed: ObservedNames(title: "all", columns: ObservationSet.full.market + ObservationSet.full.contract.map(\.name) + StateFeature.allCases.map(\.name) + ["regime"], environment: .options),
            scope: OptionsLintTests.scope, gamma: 0.92, title: "seed \(seed)")
    }

    private static let net = "  - id: net\n    weight: 1\n    value: net_profit\n"

    static let designs = [
        ("each trade is paid when it ends", "  - id: trade\n    weight: 1\n    value: trade_return\n"),
        ("profit when it is realised, ages told apart", "  - id: realised\n    weight: 1\n    value: realized\n  - id: told\n    weight: 0\n    value: minutes_in_trade\n"),
        ("wins and losses of trades counted alike", net + "  - id: count\n    weight: 0.05\n    value: sign(trade_return)\n"),
    ]

    @Test(arguments: designs, [1, 2, 3]) func nothingIsFarmed(_ design: (name: String, terms: String), _ seed: Int) throws {
        let report = lintReward(try OptionsLintTests.design(design.terms), on: try Self.market(seed: seed))
        #expect(report.farms.isEmpty, "\(design.name), seed \(seed): \(report.farms.map(\.sentence))")
    }
}
