internal import ComponentKit
internal import OptionPricing
internal import OptionsEnvironment
internal import RunRecords

/// The keys of `environment:` with `kind: options`.
extension Experiment {
    mutating func readOptions(_ s: inout YAMLMapping, _ issues: inout [InputIssue]) {
        var c = OptionsConfiguration()
        c.daysToExpiry = s.integer("days_to_expiry", &issues, in: 0...30) ?? c.daysToExpiry
        let delta = s.get("delta") == nil ? nil : s.number("delta", &issues, in: 0.02...0.98)
        let moneyness = s.get("moneyness") == nil ? nil : s.number("moneyness", &issues, in: -0.2...0.2)
        if delta != nil, moneyness != nil, let place = s.get("moneyness") {
            issues.append(place.issue("both", "the contract is picked by 'delta' or by 'moneyness', not by both", help: "remove one of the two"))
        }
        if let delta { c.strike = .delta(delta) }
        if let moneyness { c.strike = .moneyness(moneyness) }
        if let value = s.get("strike_step"), !value.isNull { c.strikeStep = s.number("strike_step", &issues, in: 0.01...1_000) }
        c.level = s.choice("volatility", LevelSource.self, &issues) ?? c.level
        c.contracts = s.integer("contracts", &issues, in: 1...1_000) ?? c.contracts
        c.trimFraction = s.number("trim_fraction", &issues, in: 0.01...0.99) ?? c.trimFraction
        c.stop = s.number("stop", &issues, in: 0.01...1) ?? c.stop
        c.feePerContract = s.number("fee", &issues, in: 0...100) ?? c.feePerContract
        c.fillDelay = s.integer("fill_delay", &issues, in: 0...10) ?? c.fillDelay
        c.noEntryMinutes = s.integer("no_entry_minutes", &issues, in: 0...380) ?? c.noEntryMinutes
        c.spread.base = s.number("spread_base", &issues, in: 0...0.01) ?? c.spread.base
        c.spread.proportional = s.number("spread_share", &issues, in: 0...0.5) ?? c.spread.proportional
        c.spread.tick = s.number("tick", &issues, in: 0.0001...1) ?? c.spread.tick
        c.rate = s.number("rate", &issues, in: -0.1...0.5) ?? c.rate
        c.dividendYield = s.number("dividend_yield", &issues, in: 0...0.5) ?? c.dividendYield
        options.configuration = c
        options.rules.feeMultiplier = s.number("fee_multiplier", &issues, in: 0...100) ?? 1
        options.rules.spreadMultiplier = s.number("spread_multiplier", &issues, in: 0...100) ?? 1
        if let value = s.get("episode_minutes"), !value.isNull { options.episodeMinutes = s.integer("episode_minutes", &issues, in: 2...389) }
        if let value = s.get("strong_setup"), !value.isNull {
            if value.number != nil { options.strongSetup = s.number("strong_setup", &issues, in: 0...6) ?? options.strongSetup } else {
                options.strongCondition = MarketCondition(value.anchor, issues: &issues)
            }
        }
    }

    /// Which columns the policy sees: `features: set:`.
    mutating func readObservations(_ name: String, _ place: YAMLValue?, _ issues: inout [InputIssue]) {
        let names = ObservationSet.all.map(\.name)
        if let set = ObservationSet.all.first(where: { $0.name == name }) {
            options.observations = set
        } else if let place {
            issues.append(
                place.issue(
                    "choice", "unknown feature set '\(name)' of the options environment", help: "known: \(names.joined(separator: ", "))",
                    note: suggestion(for: name, among: names).map { "did you mean '\($0)'?" }))
        }
    }

    /// The same, after defaults.
    var optionsParameters: JSONValue {
        let c = options.configuration
        var node: [String: JSONValue] = [
            "kind": "options", "days_to_expiry": .integer(c.daysToExpiry), "strike_step": c.strikeStep.map { .number($0) } ?? .null,
            "volatility": .text(c.level.rawValue), "contracts": .integer(c.contracts), "trim_fraction": .number(c.trimFraction), "stop": .number(c.stop),
            "fee": .number(c.feePerContract), "fill_delay": .integer(c.fillDelay), "no_entry_minutes": .integer(c.noEntryMinutes),
            "spread_base": .number(c.spread.base), "spread_share": .number(c.spread.proportional), "tick": .number(c.spread.tick), "rate": .number(c.rate),
            "dividend_yield": .number(c.dividendYield), "fee_multiplier": .number(options.rules.feeMultiplier),
            "spread_multiplier": .number(options.rules.spreadMultiplier), "episode_minutes": options.episodeMinutes.map { .integer($0) } ?? .null,
            "strong_setup": options.strongCondition.map { .text($0.text) } ?? .number(options.strongSetup),
        ]
        switch c.strike {
        case .delta(let delta): node["delta"] = .number(delta)
        case .moneyness(let moneyness): node["moneyness"] = .number(moneyness)
        }
        return .object(node)
    }
}
