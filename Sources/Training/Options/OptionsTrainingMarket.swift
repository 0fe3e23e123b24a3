package import Expressions
package import Intraday
public import OptionsEnvironment
package import Rewards
package import TradingTypes

/// What an experiment says of the options environment, beyond the tables' configuration.
public struct OptionsSettings: Sendable, Equatable {
    public var configuration = OptionsConfiguration()
    public var rules = EpisodeRules()
    /// Minutes of an episode; nil: whole days.
    public var episodeMinutes: Int?
    /// Setup score, of calls or puts, from which a setup counts as strong in the statistics. Calls and puts mirror each other, so that one of the two has three of
    /// six nearly always, five in two minutes of five, all six in one of fourteen: only then can a policy be selective.
    public var strongSetup = 6.0
    /// Instead of a score: a condition on the market, where the minutes that matter are known.
    public var strongCondition: MarketCondition?
    public var observations = ObservationSet.full

    public init() {}
}

/// The intraday market as training on options sees it: prices of all contracts, observations, the reward, the days of each split.
package final class OptionsTrainingMarket: Sendable {
    package let loaded: LoadedIntraday
    package let market: OptionsMarket
    package let observation: OptionsObservation
    package let settings: OptionsSettings
    package let stack: RewardStack
    package let split: IntradaySplit
    /// Whether a setup is strong at a row of the options market, for a call or for a put, [R].
    package let isStrong: [Bool]

    package let termNames: [String]
    /// Total, then every term, padded to whole vectors.
    package let payWidth: Int

    /// The scope that rewards and scripts of this environment are compiled in.
    package static var scope: NameScope {
        NameScope.options(
            features: IntradayFeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
    }

    package init(_ loaded: LoadedIntraday, fractions: (train: Double, validation: Double, test: Double), _ settings: OptionsSettings, _ design: RewardDesign, observesRegime: Bool) {
        self.loaded = loaded
        self.settings = settings
        stack = RewardStack(design)
        termNames = design.terms.map(\.id)
        payWidth = (design.terms.count + 1 + 15) / 16 * 16
        split = loaded.market.split(fractions)
        let features = computeIntradayFeatures(loaded.market, set: "all")
        market = OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns)).map { (name: $0, column: $1) }, settings.configuration)
        observation = OptionsObservation(market, set: settings.observations, fittedOn: market.days(of: split.train), observesRegime: observesRegime)
        if let condition = settings.strongCondition {
            isStrong = condition.holds(in: market)
        } else {
            let calls = market.column("setup_score") ?? [], puts = market.column("setup_score_put") ?? [], level = settings.strongSetup
            isStrong = calls.isEmpty ? [Bool](repeating: false, count: market.rowCount) : calls.indices.map { calls[$0] >= level || puts[$0] >= level }
        }
    }

    /// The same market under other weights or terms.
    package init(_ base: OptionsTrainingMarket, _ design: RewardDesign) {
        loaded = base.loaded
        settings = base.settings
        stack = RewardStack(design)
        termNames = design.terms.map(\.id)
        payWidth = (design.terms.count + 1 + 15) / 16 * 16
        split = base.split
        market = base.market
        observation = base.observation
        isStrong = base.isStrong
    }

    /// Days of a split, as indices into the options market's days.
    package func days(_ name: SplitName) -> [Int] {
        switch name {
        case .train: market.days(of: split.train)
        case .validation: market.days(of: split.validation)
        case .test: market.days(of: split.test)
        case .all: Array(market.days.indices)
        }
    }

    package func rowCount(_ name: SplitName) -> Int { days(name).reduce(0) { $0 + market.days[$1].rows.count } }
}
