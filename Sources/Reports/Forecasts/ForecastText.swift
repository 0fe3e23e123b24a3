internal import ComponentKit
public import Forecasting
internal import Training

/// The forecast for people: a table by regime, the course of HOLD, the verdict in words.
public func forecastText(_ forecast: RewardForecast, outcome: ForecastOutcome? = nil, width: Int = 110, color: Bool = false) -> String {
    func percentage(_ share: Double) -> String { whole(100 * share) }
    var out = "\(shown(forecast.name)): \(headline(forecast))\n\n"
    if let position = forecast.position {
        let tables = PositionTables(forecast, position, outcome)
        out += "While flat\n" + tables.mix(position.flat, trained: outcome?.flat, decisions: "decisions").terminal(width: width, color: color)
        out += "\nIn a \(forecast.actions.count > 3 ? "trade" : "position")\n" + tables.mix(position.held, trained: outcome?.held, decisions: "decisions").terminal(width: width, color: color)
        if let rest = position.rest { out += "\nReached and at rest\n" + tables.rest(rest).terminal(width: width, color: color) + "\n" + wrapped(tables.restSentence(rest), width: width) }
        if let reason = position.restReason { out += "\n" + wrapped("The point of rest was left out: \(reason).", width: width) }
    } else {
        out += mixTable(forecast, outcome).terminal(width: width, color: color)
    }
    out += "\nHOLD % over training: " + forecast.curve.map { "\(percentage($0.overall[0])) at \(thousands($0.step))" }.joined(separator: ", ") + "\n\n"
    for sentence in sentences(forecast) { out += wrapped(sentence, width: width) }
    if let outcome {
        let who = outcome.seeds.count == 1 ? "one seed" : "the mean of \(outcome.seeds.count) seeds"
        let tripWords = outcome.roundTrips.flatMap { trips in forecast.position.map { " Round trips per \($0.roundTripsPer): \(fixed(trips, 1)), forecast \(fixed($0.roundTrips, 1))." } } ?? ""
        out += "\n" + wrapped(
            "Trained (\(who), \(grouped(outcome.steps)) steps, \(fixed(outcome.seconds, 1)) s of processor): class \(outcome.policyClass.rawValue), forecast \(forecast.likeliestClass.rawValue); HOLD by regime missed by \(fixed(100 * outcome.holdError, 1)) points on average; \(whole(100 * outcome.coverage))% of the regimes inside their bands.\(tripWords)",
            width: width)
    }
    return out
}

/// Shares by regime with their bands, x and the naive forecast, and what training reached where it is known.
private func mixTable(_ forecast: RewardForecast, _ outcome: ForecastOutcome?) -> TextTable {
    func percentage(_ share: Double) -> String { whole(100 * share) }
    func band(_ band: ClosedRange<Double>) -> String { "\(whole(100 * band.lowerBound))-\(whole(100 * band.upperBound))" }
    var heads = ["regime", "bars"] + forecast.actions.map { "\($0) %" } + ["arg-max\nHOLD %", "x", "greedy on\nmean pay"]
    if outcome != nil { heads.insert("trained\nHOLD %", at: 3) }
    var table = TextTable(heads)
    for (g, regime) in forecast.regimes.enumerated() {
        var cells = [TextTable.Cell(regime.regime), TextTable.Cell(grouped(regime.bars))]
        if regime.bars == 0 {
            cells += [TextTable.Cell](repeating: TextTable.Cell("-"), count: heads.count - 2)
        } else {
            cells += forecast.actions.indices.map { TextTable.Cell(percentage(regime.sampled[$0]), band(regime.band90[$0])) }
            cells += [
                TextTable.Cell(percentage(regime.argmax[0])), TextTable.Cell(regime.x.map { signed($0, 2) } ?? "-"),
                TextTable.Cell(regime.naiveHold.isNaN ? "-" : regime.naiveHold > 0.5 ? "HOLD" : "TRADE"),
            ]
            if let outcome { cells.insert(TextTable.Cell(percentage(outcome.sampled[g][0])), at: 3) }
        }
        table.rows.append(cells)
    }
    var all = [TextTable.Cell("all"), TextTable.Cell(grouped(forecast.regimes.reduce(0) { $0 + $1.bars }))]
    all += forecast.actions.indices.map { TextTable.Cell(percentage(forecast.overall[$0]), $0 == 0 ? band(forecast.holdBand90) : "") }
    all += [TextTable.Cell(percentage(forecast.argmax[0])), TextTable.Cell(""), TextTable.Cell("")]
    if let outcome { all.insert(TextTable.Cell(percentage(outcome.overall[0])), at: 3) }
    table.rows.append(all)
    return table
}

/// The verdict's sentences, for terminal and page.
package func sentences(_ forecast: RewardForecast) -> [String] {
    var out: [String] = []
    let what = forecast.position == nil ? "bars" : forecast.decisionWords
    let worst = forecast.curve.map(\.collapseProbability).max() ?? 0
    switch forecast.likeliestClass {
    case .holdCollapse:
        out.append("This run ends holding: probability \(chance(forecast.collapseProbability)) that HOLD is at least 80% of the \(what) at the end.")
    case .alwaysTrade:
        out.append("This run ends trading nearly always; probability of collapse to HOLD \(chance(forecast.collapseProbability)).")
    case .oneSided:
        let side = forecast.overall.indices.dropFirst().max { forecast.overall[$0] < forecast.overall[$1] } ?? 0
        out.append("This run ends one-sided: \(forecast.actions[side]) on \(whole(100 * forecast.overall[side]))% of the \(what).")
    case .mixed, .undecided:
        out.append("This run ends mixed; probability of collapse to HOLD \(chance(forecast.collapseProbability)).")
    }
    if worst > forecast.collapseProbability + 0.1, let peak = forecast.curve.max(by: { $0.overall[0] < $1.overall[0] }) {
        out.append(
            "On the way HOLD peaks at \(whole(100 * peak.overall[0]))% at \(grouped(peak.step)) steps and comes back while the network learns the training bars: stopped early, it looks collapsed (probability \(chance(worst)) of 80% HOLD at some look).")
    }
    switch forecast.hysteresis {
    case .none, .unknown: break
    case .resumedCollapses:
        out.append("Start fresh: to a policy that already holds on 95% of the bars, what this reward pays on average offers no way back at this entropy coefficient; only learning single training bars by heart does, later (--start-hold 0.95 shows it).")
    case .bothCollapse:
        out.append("Neither a fresh policy nor a resumed one is held up by this entropy coefficient.")
    }
    if let smallest = forecast.smallestEntropyCoefficient {
        out.append("Smallest entropy coefficient at which HOLD stays below 80%: about \(fixed(smallest, 4)) (this run: \(fixed(forecast.entropyCoefficient, 4))).")
    }
    if let position = forecast.position {
        let hold = position.heldHold.isFinite ? "; in a \(forecast.actions.count > 3 ? "trade" : "position") it holds on \(whole(100 * position.heldHold))% of the decisions" : ""
        out.append("Round trips expected: \(fixed(position.roundTrips, 1)) per \(position.roundTripsPer). While flat it holds on \(whole(100 * position.flatHold))%\(hold).")
    }
    if let standIn = forecast.standIn {
        out.append("A perceptron of \(standIn.map { "\($0)" }.joined(separator: " x ")) stands for the Transformer, about whose pace of learning the bars by heart it may be wrong: read it as a direction.")
    }
    out.append(
        "Shares are those a run draws from, on the \(forecast.decisionWords == "training bars" ? "training bars" : "training days"); small print: 90% band of the mean of three seeds. Forecasts like this one missed by \(fixed(100 * forecast.expectedError, 1)) points a regime. \(fixed(forecast.seconds, 1)) s of processor.")
    return out
}

private func headline(_ forecast: RewardForecast) -> String {
    let name = forecast.policyClass == .undecided ? "undecided, likeliest \(forecast.likeliestClass.rawValue)" : forecast.policyClass.rawValue
    return "\(name), HOLD \(whole(100 * forecast.overall[0]))%\(forecast.decisionWords == "training bars" ? "" : " while flat") after \(grouped(forecast.steps)) steps (entropy coefficient \(fixed(forecast.entropyCoefficient, 4)), gamma \(fixed(forecast.gamma, 3)))"
}

private func whole(_ value: Double) -> String { value.isFinite ? String(Int(value.rounded())) : "-" }
private func chance(_ p: Double) -> String { p < 0.01 ? "below 1%" : p > 0.99 ? "above 99%" : "\(whole(100 * p))%" }
private func thousands(_ steps: Int) -> String { steps >= 1_000 ? "\(Int((Double(steps) / 1_000).rounded()))k" : "\(steps)" }

/// `value` with up to `places` decimals, without trailing zeros.
private func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : "\(rounded)"
}
