public import RewardAnalysis
internal import RunRecords

/// The JSON document of `assay ev --json`: `schema_version` 1, sorted keys, `null` with a `_reason` beside it for what is not known or not finite.
public func evJSON(_ report: ExpectedValueReport) -> String {
    var root = JSONObject()
    root["schema_version"] = .integer(1)
    root["bars"] = .integer(report.bars)
    root["replicates"] = .integer(report.replicates)
    root["actions"] = .list(report.actionNames.map(JSONValue.text))
    root["regimes"] = .list(report.regimeNames.map(JSONValue.text))
    root["command"] = .text(report.command)
    root["data"] = labelled(report.data)
    root["parameters"] = labelled(report.parameters)
    root.put("gamma", report.gamma)
    root["discount"] = .list(
        report.discount.map { row in
            var object = JSONObject()
            object["bars"] = .integer(row.bars)
            object.put("present_value", row.presentValue)
            object.put("annuity", row.annuity)
            return object.node
        })
    if let edge = report.edge {
        var object = JSONObject()
        object["population"] = estimate(edge.population)
        object["out_of_fold"] = estimate(edge.outOfFold)
        var regimes = JSONObject()
        for regime in edge.regimes { regimes[regime.regime] = estimate(regime.population) }
        object["regimes"] = regimes.node
        root["edge"] = object.node
    } else {
        root.putNull("edge", reason: "no model was fitted on features for this analysis")
    }
    root["rewards"] = .list(report.rewards.map(rewardNode))
    return root.node.document
}

private func rewardNode(_ reward: RewardValue) -> JSONValue {
    var object = JSONObject()
    object["name"] = .text(reward.name)
    object["file"] = .text(reward.file)
    object["about"] = .text(reward.about)
    object["hash"] = .text(reward.hash)
    object["regimes"] = .list(reward.regimes.map(regimeNode))
    object["terms"] = .list(reward.terms.map(termNode))
    let mirrorReason = reward.regimes.first?.zeroEdgeGap.reason ?? ""
    object.put("coin_flip_per_bar", reward.coinFlipPerBar, reason: mirrorReason)
    object.put("coin_flip_interval95", pair(reward.coinFlipInterval95), reason: mirrorReason)
    object.put("block_length_bars", reward.blockLength)
    object["notes"] = .list(reward.notes.map(JSONValue.text))
    object["learnable_edge_class"] = .text(reward.learnableEdgeClass)
    var verdict = JSONObject()
    verdict["class"] = .text(reward.verdictClass)
    verdict["learnable_edge_class"] = .text(reward.learnableEdgeClass)
    verdict["sentence"] = .text(reward.sentence)
    object["verdict"] = verdict.node
    return object.node
}

private func regimeNode(_ regime: RegimeValue) -> JSONValue {
    var object = JSONObject()
    object["regime"] = .text(regime.regime)
    object["bars"] = .integer(regime.bars)
    object["runs"] = .integer(regime.runs)
    object.put("share", regime.share)
    var actions = JSONObject()
    for action in regime.actions { actions[action.action] = actionNode(action) }
    // TRIM and EXIT are allowed in a trade only; HOLD there is another decision than HOLD while flat.
    for action in regime.inTrade where action.action != "HOLD" { actions[action.action] = actionNode(action) }
    object["actions"] = actions.node
    object["contrasts"] = contrastsNode(regime.contrasts)
    if regime.inTradeBars > 0 {
        var trade = JSONObject(), own = JSONObject()
        for action in regime.inTrade { own[action.action] = actionNode(action) }
        trade["actions"] = own.node
        trade["contrasts"] = contrastsNode(regime.inTradeContrasts)
        trade["bars"] = .integer(regime.inTradeBars)
        object["in_trade"] = trade.node
    }
    object.put("guarantee_premium", regime.guaranteePremium)
    var value = JSONObject()
    value.put("at_half", regime.uncertainAtHalf, reason: regime.zeroEdgeGap.reason)
    value.put("slope", regime.uncertainSlope, reason: regime.zeroEdgeGap.reason)
    object["uncertain_value"] = value.node
    putEstimate("break_even_hit_rate", regime.breakEvenHitRate, &object)
    putEstimate("observed_hit_rate", regime.observedHitRate, &object)
    putEstimate("zero_edge_gap", regime.zeroEdgeGap, &object)
    var greedy = JSONObject()
    if regime.zeroEdgeGreedy.isEmpty {
        greedy.putNull("zero_edge", reason: regime.zeroEdgeGap.reason)
    } else {
        greedy["zero_edge"] = .text(regime.zeroEdgeGreedy)
    }
    if !regime.zeroEdgeShares.isEmpty { putShares("zero_edge_shares", regime.zeroEdgeShares, "", &greedy) }
    putShares("learnable_edge", regime.learnableGreedy, "no model was fitted on features for this analysis", &greedy)
    putShares("clairvoyant", regime.clairvoyantGreedy, "the next bar is not part of this input", &greedy)
    object["greedy"] = greedy.node
    object.put("bars_to_decide", regime.barsToDecide.value, reason: regime.barsToDecide.reason)
    if let interval = regime.barsToDecide.interval95 { object.put("bars_to_decide_interval95", pair(interval)) }
    object.put("bars_to_decide_independent", regime.barsToDecideIndependent, reason: regime.barsToDecide.reason)
    object.put("coin_flip_per_bar", regime.coinFlip, reason: regime.zeroEdgeGap.reason)
    object["sentence"] = .text(regime.sentence)
    return object.node
}

private func contrastsNode(_ list: [Contrast]) -> JSONValue {
    var contrasts = JSONObject()
    for contrast in list {
        var entry = JSONObject()
        entry.put("estimate", contrast.estimate)
        entry.put("interval95", pair(contrast.interval95))
        entry.put("simultaneous95", pair(contrast.simultaneous95))
        entry.put("probability_wrong_sign", contrast.probabilityWrongSign)
        contrasts[contrast.name] = entry.node
    }
    return contrasts.node
}

private func actionNode(_ action: ActionValue) -> JSONValue {
    var object = JSONObject()
    object.put("expected", action.expected)
    object.put("interval95", pair(action.interval95))
    object.put("guaranteed", action.guaranteed)
    object.put("path", action.path)
    object.put("uncertain", action.uncertain)
    object.put("shaping", action.shaping)
    var terms = JSONObject()
    for term in action.terms { terms.put(term.id, term.value) }
    object["terms"] = terms.node
    return object.node
}

private func termNode(_ term: TermReport) -> JSONValue {
    var object = JSONObject()
    object["id"] = .text(term.id)
    object.put("weight", term.weight)
    object["accrual"] = .text(term.accrual)
    object["provenance"] = .list(term.provenance.map(JSONValue.text))
    object["formula"] = .text(term.formula)
    object["resampling"] = .text(term.resampling)
    object.put("activity", term.activity)
    return object.node
}

/// `{"estimate", "interval95"}`.
private func estimate(_ value: Estimate) -> JSONValue {
    var object = JSONObject()
    object.put("estimate", value.value, reason: value.reason)
    object.put("interval95", value.interval95.map(pair), reason: value.reason)
    return object.node
}

/// `key: {"estimate", "interval95"}`, or `key: null` with its reason when there is neither.
private func putEstimate(_ key: String, _ value: Estimate, _ object: inout JSONObject) {
    if value.value == nil, value.interval95 == nil {
        object.putNull(key, reason: value.reason.isEmpty ? "not estimated" : value.reason)
    } else {
        object[key] = estimate(value)
    }
}

private func putShares(_ key: String, _ shares: [(action: String, share: Double)], _ reason: String, _ object: inout JSONObject) {
    if shares.isEmpty { return object.putNull(key, reason: reason) }
    var entry = JSONObject()
    for share in shares { entry.put(share.action, share.share) }
    object[key] = entry.node
}

private func pair(_ interval: Interval) -> (low: Double, high: Double) { (interval.low, interval.high) }

/// Labels are free text and may repeat, so they are a list of objects, in display order.
private func labelled(_ entries: [(label: String, value: String)]) -> JSONValue {
    .list(entries.map { .object(["label": .text($0.label), "value": .text($0.value)]) })
}
