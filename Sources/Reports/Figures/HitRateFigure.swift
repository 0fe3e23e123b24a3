internal import ComponentKit
internal import PlotTemplates
internal import RewardAnalysis

/// V(p) = uncertainAtHalf + uncertainSlope (p - 1/2) against the premium, per regime. All panels share the hit-rate axis, chosen to hold every
/// break-even that lies within .25 of one half, and at least [.45, .55].
func hitRateFigure(_ reward: RewardValue, slug: String, report: ExpectedValueReport) -> Figure? {
    let regimes = reward.regimes.filter { $0.uncertainAtHalf.isFinite && $0.uncertainSlope.isFinite && $0.guaranteePremium.isFinite }
    if regimes.isEmpty { return nil }
    let marks = regimes.flatMap { regime -> [Double] in
        let even = regime.breakEvenHitRate
        let ends = [even.interval95?.low, even.interval95?.high, regime.observedHitRate.interval95?.low, regime.observedHitRate.interval95?.high]
        return [even.value].compactMap { $0 } + ends.compactMap { $0 }
    }
    let reach = marks.filter(\.isFinite).map { abs($0 - 0.5) }.filter { $0 <= 0.25 }.max() ?? 0
    let half = min(0.3, max(0.05, ((reach + 0.02) * 50).rounded(.up) / 50))
    var table = FigureTable(
        numbers: [
            "regime_no", "premium", "value_at_half", "slope", "break_even", "break_even_low", "break_even_high", "hit_rate", "hit_rate_low",
            "hit_rate_high", "p_from", "p_to", "bars",
        ], texts: ["regime"])
    for (i, regime) in regimes.enumerated() {
        let even = regime.breakEvenHitRate, hit = regime.observedHitRate
        table.add(
            [
                Double(i + 1), regime.guaranteePremium, regime.uncertainAtHalf, regime.uncertainSlope, even.value, even.interval95?.low,
                even.interval95?.high, hit.value, hit.interval95?.low, hit.interval95?.high, 0.5 - half, 0.5 + half, Double(regime.bars),
            ], [regime.regime])
    }
    return Figure(
        name: "ev-\(slug)-hit-rate", template: PlotTemplates.hitRate, table: table,
        settings: [("regime_names", .texts(regimes.map { figureText("\($0.regime)  n = \(grouped($0.bars))", limit: 30) }))],
        heading: figureText("How often must a trade be right? \(reward.name)", limit: 92), caption: sampleLine(report, reward),
        reading:
            "The rising line is what a trade's uncertain part is worth to somebody who is right in a share p of the bars. The dashed line is what HOLD is paid for certain on top of a trade. Trading pays where the rising line is above the dashed one (green); the dot is the break-even, with its 95% interval. The grey band is the hit rate that a model fitted on the features reached out of sample, with the doubt that comes from fitting it: left of the dot, HOLD is the better choice."
    )
}
