package import RunRecords
package import TradingTypes

extension TradingResult {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "round_trips": .integer(roundTrips), "net_return": .number(netReturn), "max_drawdown": .number(maxDrawdown),
            "sharpe": sharpe.map { .number($0) } ?? .null,
        ]
        if let riskedPerTrade { members["risked_per_trade"] = .number(riskedPerTrade) }
        if let premiumReturn { members["premium_return"] = .number(premiumReturn) }
        if sharpe == nil { members["sharpe_reason"] = "the bars' net returns do not vary" }
        return .object(members)
    }
}

/// `assay evaluate --json`: the mixes by regime of one policy, what it earned, and the zoo.
package func evaluationJSON(_ splits: [(split: SplitName, found: PolicyEvaluation, zoo: [(name: String, result: TradingResult)])]) -> JSONValue {
    func named(_ mix: ActionMix, _ shares: [Double]?) -> JSONValue {
        guard let shares else { return .null }
        return .object(Dictionary(uniqueKeysWithValues: zip(mix.actions, shares.map { JSONValue.number($0) })))
    }
    var members: [String: JSONValue] = [:]
    for (split, found, zoo) in splits {
        let regimes = found.sampled.regimes.indices.map { g -> JSONValue in
            [
                "regime": .text(found.sampled.regimes[g]), "bars": .integer(Int(found.sampled.bars(g))), "sampled": named(found.sampled, found.sampled.shares(g)),
                "argmax": named(found.argmax, found.argmax.shares(g)), "mean_probability": named(found.meanProbability, found.meanProbability.shares(g)),
            ]
        }
        var node = found.sampledResult.json.object ?? [:]
        node["regimes"] = .list(regimes)
        node["sampled"] = named(found.sampled, found.sampled.shares)
        node["argmax"] = named(found.argmax, found.argmax.shares)
        node["mean_probability"] = named(found.meanProbability, found.meanProbability.shares)
        node["argmax_result"] = found.argmaxResult.json
        node["entropy_relative"] = .number(found.entropy)
        for (name, scalp, days) in [("scalp", found.scalp, found.daysTraded), ("argmax_scalp", found.argmaxScalp, found.argmaxDaysTraded)] {
            guard let scalp, var members = scalp.json.object else { continue }
            members["days_traded"] = days.map { .number($0) } ?? .null
            node[name] = .object(members)
        }
        node["class"] = .text(found.policyClass.rawValue)
        node["zoo"] = .object(Dictionary(uniqueKeysWithValues: zoo.map { ($0.name, $0.result.json) }))
        members[split.rawValue] = .object(node)
    }
    return .object(members)
}
