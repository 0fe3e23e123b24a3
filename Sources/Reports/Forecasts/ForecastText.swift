public import Forecasting
internal import TradingTypes
internal import Training

/// The forecast for people: a table by regime, the course of HOLD, the verdict in words.
public func forecastText(_ forecast: RewardForecast, outcome: ForecastOutcome? = nil, width: Int = 110, color: Bool = false) -> String {
    func percentage(_ share: Double) -> String { whole(100 * share) }
    func band(_ band: ClosedRange<Double>) -> String { "\(whole(100 * band.lowerBound))-\(whole(100 * band.upperBound))" }
    var out = "\(shown(forecast.name)): \(headline(forecast))\n\n"
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
    out += table.terminal(width: width, color: color)
    out += "\nHOLD % over training: " + forecast.curve.map { "\(percentage($0.overall[0])) at \(thousands($0.step))" }.joined(separator: ", ") + "\n\n"
    for sentence in sentences(forecast) { out += wrapped(sentence, width: width) }
    if let outcome {
        let who = outcome.seeds.count == 1 ? "one seed" : "the mean of \(outcome.seeds.count) seeds"
        out += "\n" + wrapped(
            "Trained (\(who), \(grouped(outcome.steps)) steps, \(fixed(outcome.seconds, 1)) s of processor): class \(outcome.policyClass.rawValue), forecast \(forecast.likeliestClass.rawValue); HOLD by regime missed by \(fixed(100 * outcome.holdError, 1)) points on average; \(whole(100 * outcome.coverage))% of the regimes inside their bands.",
            width: width)
    }
    return out
}

/// The verdict's sentences, for terminal and page.
package func sentences(_ forecast: RewardForecast) -> [String] {
    var out: [String] = []
    let worst = forecast.curve.map(\.collapseProbability).max() ?? 0
    switch forecast.likeliestClass {
    case .holdCollapse:
        out.append("This run ends holding: probability \(chance(forecast.collapseProbability)) that HOLD is at least 80% of the bars at the end.")
    case .alwaysTrade:
        out.append("This run ends trading nearly always; probability of collapse to HOLD \(chance(forecast.collapseProbability)).")
    case .oneSided:
        let side = forecast.overall.indices.dropFirst().max { forecast.overall[$0] < forecast.overall[$1] } ?? 0
        out.append("This run ends one-sided: \(forecast.actions[side]) on \(whole(100 * forecast.overall[side]))% of the bars.")
    case .mixed, .undecided:
        out.append("This run ends mixed; probability of collapse to HOLD \(chance(forecast.collapseProbability)).")
    }
    if worst > forecast.collapseProbability + 0.1, let peak = forecast.curve.max(by: { $0.overall[0] < $1.overall[0] }) {
        out.append(
            "On the way HOLD peaks at \(whole(100 * peak.overall[0]))% at \(grouped(peak.step)) steps and comes back while the network learns the training bars: stopped early, it looks collapsed (probability \(chance(worst)) of 80% HOLD at some look).")
    }
    switch forecast.hysteresis {
    case .none: break
    case .resumedCollapses:
        out.append("Start fresh: a policy that already holds on 95% of the bars is past the fold of this reward at this entropy coefficient and stays there.")
    case .bothCollapse:
        out.append("Neither a fresh policy nor a resumed one is held up by this entropy coefficient.")
    }
    if let smallest = forecast.smallestEntropyCoefficient {
        out.append("Smallest entropy coefficient at which HOLD stays below 80%: about \(fixed(smallest, 4)) (this run: \(fixed(forecast.entropyCoefficient, 4))).")
    }
    out.append(
        "Shares are those a run draws from, on the training bars; small print: 90% band of the mean of three seeds. Forecasts like this one missed by \(fixed(100 * forecast.expectedError, 1)) points a regime. \(fixed(forecast.seconds, 1)) s of processor.")
    return out
}

private func headline(_ forecast: RewardForecast) -> String {
    let name = forecast.policyClass == .undecided ? "undecided, likeliest \(forecast.likeliestClass.rawValue)" : forecast.policyClass.rawValue
    return "\(name), HOLD \(whole(100 * forecast.overall[0]))% after \(grouped(forecast.steps)) steps (entropy coefficient \(fixed(forecast.entropyCoefficient, 4)), gamma \(fixed(forecast.gamma, 3)))"
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
