extension Postmortem {
    /// Factors on the entropy coefficient that are tried, in this order.
    static let entropyFactors = [1.5, 2, 3, 5, 8, 12, 20, 30, 50]

    /// Factors on the weights of all terms that paid for the collapse, in this order.
    static let weightFactors = [0.75, 0.5, 0.25, 0.1, 0]

    /// How far a forecast of the settings as they were may lie from what the run did, as a share of HOLD, before both are said to disagree.
    static let agreement = 0.15

    /// Remedies with forecasts of the reward on its bars: the smallest entropy coefficient that keeps a mix, the terms that paid taken back one by one, all of them cut by the smallest factor that keeps a mix, and the
    /// run as it was.
    ///
    /// Ranked by how near HOLD comes to `aim`; dropping a term that pays for what the market does (`kinds`, by term) comes after what keeps it, and what leaves a collapse last, as what does not help. Nothing is added where the forecaster has no answer, and the mean field speaks instead.
    static func forecastRemedies(_ report: inout PostmortemReport, _ forecaster: any RunForecaster, kinds: [String: [String]] = [:]) {
        guard report.collapse.isCollapse, let h = report.log.hold else { return }
        let hold = report.log.actions[h], c = forecaster.entropyCoefficient
        func share(_ mix: [(action: String, share: Double)]) -> Double { mix.first { $0.action == hold }?.share ?? .nan }
        /// Neither action has it all, and HOLD is no rarity.
        func isMixed(_ mix: [(action: String, share: Double)]) -> Bool {
            let top = mix.filter { $0.action != hold }.map(\.share).max() ?? 0, own = share(mix)
            return own < CollapseClass.holdLine - 0.1 && own > CollapseClass.tradeLine + 0.05 && top < CollapseClass.sideLine - 0.1
        }
        guard let asWas = forecaster.mix(entropyCoefficient: c, factors: [:]), share(asWas).isFinite else { return }
        if !forecaster.assumption.isEmpty { report.unknown.append(forecaster.assumption) }
        // A fresh run that is forecast to end elsewhere: either this seed was unlucky, or these are not its settings.
        if let seen = report.finalMix[safe: h]?.share {
            let gap = abs(share(asWas) - seen)
            report.evidence.append(
                "A fresh run of the same settings is forecast to end at \(percentText(share(asWas))) HOLD (\(forecaster.method)); this one ended at \(percentText(seen))"
                    + (gap > agreement ? ". They disagree by \(fixed(100 * gap, 0)) points: another seed may end elsewhere, or the settings given are not those of this run. Read the forecasts below as directions." : "."))
        }
        var found: [(remedy: PostmortemReport.Remedy, score: Double)] = []
        func add(_ sentence: String, _ title: String, _ mix: [(action: String, share: Double)], dropping: [String] = []) {
            let blind = dropping.filter { kinds[$0]?.contains("uncertain") == true }
            var words = isMixed(mix) ? "" : " It would not be enough."
            if !blind.isEmpty { words += " But \(listed(blind.map { "'\($0)'" })) \(blind.count == 1 ? "pays" : "pay") by what the market does: look first whether what is left still tells a good trade from a bad one." }
            found.append((.init(sentence: sentence + words, forecast: mix, reason: "", method: forecaster.method, title: title), (isMixed(mix) ? 0 : 1) + (blind.isEmpty ? 0 : 0.5) + abs(share(mix) - aim)))
        }
        if c > 0, report.collapse != .alwaysTrade || share(asWas) < 1 / Double(report.log.actions.count) {
            for factor in entropyFactors where c * factor <= 2 {
                guard let mix = forecaster.mix(entropyCoefficient: c * factor, factors: [:]) else { break }
                let isLast = factor == entropyFactors.last || c * factor * 1.6 > 2
                guard isMixed(mix) || isLast else { continue }
                add("Start afresh with ent_coef \(short(c * factor)) (was \(short(c)))\(isMixed(mix) ? ", the smallest of those tried that keeps a mix" : "").", "ent_coef \(short(c * factor))", mix)
                break
            }
        }
        let named = report.causes.filter { $0.gap > 0 }, terms = named.map(\.term).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        for term in terms.prefix(3) {
            guard let mix = forecaster.mix(entropyCoefficient: c, factors: [term: 0]) else { continue }
            let regimes = named.filter { $0.term == term }.map(\.regime).sorted()
            add("Start afresh without '\(term)' (it pays the collapsed side in \(listed(regimes))).", "without \(term)", mix, dropping: [term])
        }
        if !terms.isEmpty {
            // Of several terms the last resort is to drop them all; one alone is dropped above.
            for factor in weightFactors where factor > 0 || terms.count > 1 {
                guard let mix = forecaster.mix(entropyCoefficient: c, factors: Dictionary(uniqueKeysWithValues: terms.map { ($0, factor) })) else { break }
                let isLast = factor == (terms.count > 1 ? 0 : 0.1)
                guard isMixed(mix) || isLast else { continue }
                let names = listed(terms.map { "'\($0)'" })
                if factor == 0 { add("Start afresh without any of \(names).", "without all \(terms.count)", mix, dropping: terms) } else {
                    add("Start afresh with \(names) at \(percentText(factor, digits: 0)) of \(terms.count > 1 ? "their weights" : "its weight")\(isMixed(mix) ? ", the smallest cut of those tried that keeps a mix" : "").", "\(terms.count > 1 ? "\(terms.count) terms" : terms[0]) x \(short(factor))", mix)
                }
                break
            }
        }
        found.sort { $0.score < $1.score }
        let again = isMixed(asWas)
        found.append((
            .init(
                sentence: again ? "Train again as it was, with another seed: the forecast of these settings is a mixture." : "Train again as it was (what not to do).", forecast: asWas, reason: "", method: forecaster.method, title: "as it was"), 9))
        report.remedies = found.map(\.remedy)
    }
}
