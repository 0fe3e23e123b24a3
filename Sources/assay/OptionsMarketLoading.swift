import ArgumentParser
import ComponentKit
import Intraday
import OptionsEnvironment
import TradingTypes
import Training

/// An intraday market with the tables of its options, ready for analysis.
struct PreparedOptions {
    let loaded: LoadedIntraday
    let market: OptionsMarket
    private let split: IntradaySplit

    init(_ loaded: LoadedIntraday, _ configuration: OptionsConfiguration = OptionsConfiguration(), fractions: (train: Double, validation: Double, test: Double)? = nil) {
        self.loaded = loaded
        split = fractions.map { loaded.market.split($0) } ?? loaded.market.split()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        market = OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }), configuration)
    }

    /// A market as it was prepared for training.
    init(_ prepared: OptionsTrainingMarket) {
        (loaded, market, split) = (prepared.loaded, prepared.market, prepared.split)
    }

    /// Days of a part of the market, as indices into `market.days`.
    func days(_ part: SplitName) -> [Int] {
        switch part {
        case .train: market.days(of: split.train)
        case .validation: market.days(of: split.validation)
        case .test: market.days(of: split.test)
        case .all: Array(market.days.indices)
        }
    }

    var remark: String { "\(loaded.manifest.argument): \(market.days.count) days of \(Set(market.days.map(\.symbol)).sorted().joined(separator: ", ")), \(market.contracts.count) contracts" }

    var data: [(label: String, value: String)] { Self.data(loaded, market) }

    /// What a report says of the market it is on.
    static func data(_ loaded: LoadedIntraday, _ market: OptionsMarket) -> [(label: String, value: String)] {
        [
            ("bars", loaded.manifest.argument), ("symbols", Set(market.days.map(\.symbol)).sorted().joined(separator: ", ")), ("SHA-256", loaded.manifest.sha256),
            ("days", "\(market.days.count)"), ("contracts", "\(market.contracts.count)"),
        ]
    }
}

extension MarketOptions {
    /// The intraday market of `--bars`, `synthetic:intraday` when none is named, with its options.
    func prepareOptions() throws -> PreparedOptions {
        if from != nil || to != nil { throw ValidationError("--from and --to choose hourly bars; of intraday data choose the last days with ', days=60' behind --bars") }
        let argument = bars == Self.standardBars ? "synthetic:intraday" : bars
        return PreparedOptions(try IntradaySource.parse(argument).load(strict: strict))
    }
}
