import Expressions
import Features
import Foundation
import Rewards
import TestSupport
import TradingTypes

let spotScope = NameScope.spot(
    features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)

/// A reward of the given `terms:` lines.
func reward(_ terms: String) throws -> RewardDesign {
    let lines = terms.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    return try RewardDesign(file: "test.yaml", text: "schema: 1\nname: test\nenvironment: spot\nterms:\n\(lines)\n", scope: spotScope, gamma: 0.9)
}
