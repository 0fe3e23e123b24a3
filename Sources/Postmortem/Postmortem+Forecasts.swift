extension Postmortem {
    /// Factors on the entropy coefficient that are tried, in this order.
    static let entropyFactors = [1.5, 2, 3, 5, 8, 12, 20, 30, 50]

    /// Remedies with forecasts of the reward on its bars: the smallest entropy coefficient that keeps a mix, the terms that paid taken back one by one and together, and the run as it was.
    ///
    /// Ranked by how near HOLD comes to `aim`; what leaves a collapse is listed last, as what does not help. Nothing is added where the forecaster has no answer, and the mean field speaks instead.
    static func forecastRemedies(_ report: inout PostmortemReport, _ forecaster: any RunForecaster) {
        guard [.holdCollapse, .alwaysTrade, .oneSided].contains(report.collapse), let h = report.log.hold else { return }
        let hold = report.log.actions[h], c = forecaster.entropyCoefficient
        func share(_ mix: [(action: String, share: Double)]) -> Double { mix.first { $0.action == hold }?.share ?? .nan }
        /// Neither action has it all, and HOLD is no rarity.
        func isMixed(_ mix: [(action: String, share: Double)]) -> Bool {
            let top = mix.filter { $0.action != hold }.map(\.share).max() ?? 0, own = share(mix)
            return own < CollapseClass.holdLine - 0.1 && own > CollapseClass.tradeLine + 0.05 && top < CollapseClass.sideLine - 0.1
        }
        guard let asWas = forecaster.mix(entropyCoefficient: c, without: []) else { return }
        var found: [(remedy: PostmortemReport.Remedy, score: Double)] = []
        func add(_ sentence: String, _ title: String, _ mix: [(action: String, share: Double)]) {
            let words = isMixed(mix) ? "" : " It would not be enough."
            found.append((.init(sentence: sentence + words, forecast: mix, reason: "", method: forecaster.method, title: title), (isMixed(mix) ? 0 : 1) + abs(share(mix) - aim)))
        }
        if c > 0 {
            for factor in entropyFactors where c * factor <= 2 {
                guard let mix = forecaster.mix(entropyCoefficient: c * factor, without: []) else { break }
                let isLast = factor == entropyFactors.last || c * factor * 1.6 > 2
                guard isMixed(mix) || isLast else { continue }
                add("Start afresh with ent_coef \(short(c * factor)) (was \(short(c)))\(isMixed(mix) ? ", the smallest of those tried that keeps a mix" : "").", "ent_coef \(short(c * factor))", mix)
                break
            }
        }
        let named = report.causes.filter { $0.gap > 0 }, terms = named.map(\.term).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        for term in terms.prefix(3) {
            guard let mix = forecaster.mix(entropyCoefficient: c, without: [term]) else { continue }
            let regimes = named.filter { $0.term == term }.map(\.regime).sorted()
            add("Start afresh without '\(term)' (it pays the collapsed side in \(listed(regimes))).", "without \(term)", mix)
        }
        if terms.count > 1, let mix = forecaster.mix(entropyCoefficient: c, without: Set(terms)) {
            add("Start afresh without any of \(listed(terms.map { "'\($0)'" })).", "without all \(terms.count)", mix)
        }
        found.sort { $0.score < $1.score }
        let again = isMixed(asWas)
        found.append((
            .init(
                sentence: again ? "Train again as it was, with another seed: the forecast of these settings is a mixture." : "Train again as it was (what not to do).", forecast: asWas, reason: "", method: forecaster.method, title: "as it was"), 9))
        report.remedies = found.map(\.remedy)
        if report.collapse == .holdCollapse, let hysteresis = report.hysteresis, !hysteresis.sentence.isEmpty {
            report.evidence.append("A fresh run of the same settings is forecast to end at \(percentText(share(asWas))) HOLD (\(forecaster.method)).")
        }
    }
}
