import Environments
import Expressions
import Features
import Foundation
import Intraday
import MarketData
import OptionsEnvironment
import Rewards
import Teachers
import TestSupport
import TradingTypes
import Training

func scope(_ kind: EnvironmentKind) -> NameScope {
    kind == .spot
        ? NameScope.spot(features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names) : OptionsTrainingMarket.scope
}

func shippedScript(_ name: String) throws -> TeacherScript { try TeacherScript(file: "\(packageRoot)/teacher-scripts/\(name).yaml", scope: scope) }

func design(_ kind: EnvironmentKind, _ value: String) throws -> RewardDesign {
    let text = "schema: 1\nname: net\nenvironment: \(kind.rawValue)\nterms:\n  - id: net\n    weight: 1\n    value: \(value)\n"
    return try RewardDesign(file: "net.yaml", text: text, scope: scope(kind), gamma: 0.99)
}

/// 6,000 synthetic hourly bars with their features and regimes, prepared once.
let spotMarket: PreparedMarket = try! PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,seed=5,bars=6000")))

func spotTraining(_ value: String, feeBasisPoints: Double = 0) throws -> SpotTrainingMarket {
    SpotTrainingMarket(spotMarket, SpotConfiguration(feeBasisPoints: feeBasisPoints), try design(.spot, value), observesRegime: true)
}

/// Twelve days of SPY, all of them planted gap-up days, or none.
func intraday(setups: Int) throws -> OptionsTrainingMarket {
    let loaded = try IntradaySource.parse("synthetic:intraday,seed=3,days=12,setups=\(setups),symbols=SPY").load()
    return OptionsTrainingMarket(loaded, fractions: (60, 20, 20), OptionsSettings(), try design(.options, "net_profit"), observesRegime: true)
}

let planted: OptionsTrainingMarket = try! intraday(setups: 1)
let plain: OptionsTrainingMarket = try! intraday(setups: 0)
