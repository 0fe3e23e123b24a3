internal import RealModule

extension Postmortem {
    /// PPO or its like; a log that does not say counts as one.
    package static func isOfPPO(_ log: TrainingLog) -> Bool { log.algorithm.map { ["ppo", "maskableppo", "maskable_ppo", "a2c"].contains($0) } ?? true }

    /// At most twelve rows of gaps read back from the mix: every record of a short log, means of equal stretches of a long one.
    static func impliedGaps(_ report: inout PostmortemReport) {
        let log = report.log
        guard let h = log.hold else {
            report.impliedReason = "none of the actions is HOLD or its like"
            return
        }
        if let algorithm = log.algorithm, !isOfPPO(log) {
            report.impliedReason = "the gap is read back through PPO's stationary mix, pi ~ exp(A / (ent_coef sigma_A)); \(algorithm.uppercased())'s shares are not made that way"
            return
        }
        let model = FoldModel(trades: log.actions.count - 1), n = log.mixes.count, rows = min(12, n), lifts = log.curve(.setupLift)
        for r in 0..<rows {
            let range = r * n / rows..<max(r * n / rows + 1, (r + 1) * n / rows), part = log.mixes[range]
            let shares = log.actions.indices.map { a in part.reduce(0) { $0 + $1.shares[a] } / Double(part.count) }, odds = logOdds(shares, h), last = part[part.endIndex - 1].step
            let lift = lifts.filter { $0.step > (range.lowerBound > 0 ? log.mixes[range.lowerBound - 1].step : -1) && $0.step <= last }
            report.implied.append(
                .init(
                    step: last, hold: shares[h], logOdds: odds, gap: log.entropyCoefficient.flatMap { $0 > 0 ? $0 * odds : nil }, lift: lift.isEmpty ? nil : lift.reduce(0) { $0 + $1.value } / Double(lift.count),
                    x: model.stationaryX(hold: min(0.9999, shares[h]))))
        }
        if log.entropyCoefficient == nil { report.impliedReason = "the log does not say the entropy coefficient: give it with --ent-coef to have gaps in units of sigma_A" }
        if log.entropyCoefficient == 0 { report.impliedReason = "the entropy coefficient is 0: no gap holds a mix in place, the policy simply moves" }
    }

    /// x of the run: measured while it still traded, where the log has it; else what its mix needs to be stationary.
    static func xOfRun(_ report: PostmortemReport) -> (x: Double, isLowerBound: Bool)? {
        let log = report.log, until = report.collapsedFrom ?? .infinity
        if report.implied.isEmpty { return nil }
        let measured = log.curve(.x).filter { $0.step <= until }
        // Single roll-outs swing by tens: only a mean over many says something.
        if measured.count >= 5 { return (measured.reduce(0) { $0 + $1.value } / Double(measured.count), false) }
        return report.implied.map(\.x).max().map { ($0, true) }
    }

    /// Whether the run can come out of its collapse: E.6's hysteresis.
    static func judgeHysteresis(_ report: inout PostmortemReport) {
        let log = report.log
        guard let h = log.hold, report.collapse == .holdCollapse, let found = xOfRun(report), let last = report.finalMix[safe: h]?.share else { return }
        let model = FoldModel(trades: log.actions.count - 1), fresh = 1 / Double(log.actions.count), repaired = model.x(forHold: aim)
        // A collapsed mix at its x is past the fold, or held there by more than the mean field.
        func frees(_ x: Double, _ start: Double) -> Bool { model.destination(x: x, from: start) < CollapseClass.holdLine }
        let x = found.isLowerBound ? max(found.x, last >= 1 - model.foldTrading ? model.foldX + 1e-6 : found.x) : found.x
        let limit = model.lastFreeHold(x: repaired) ?? 1
        let freshNow = frees(x, fresh), resumedNow = frees(x, last), resumedThen = last < limit
        var sentence = "x, the gap of HOLD over trading in units of ent_coef x sigma of trading, is \(found.isLowerBound ? "at least " : "")\(fixed(x, 2)); the mean field's last stable mixture is at \(fixed(model.foldX, 2)) (HOLD \(percentText(1 - model.foldTrading, digits: 0))). "
        sentence += freshNow
            ? "By the mean field a fresh start under the same settings would stay mixed, so noise carried this run over: another seed may do better. "
            : "By the mean field neither a longer run nor a restart under the same settings frees it. "
        sentence +=
            resumedThen
            ? "Once the gap is brought to x = \(fixed(repaired, 2)), going on from this checkpoint (HOLD \(percentText(last))) can still free it: up to \(percentText(limit, digits: 2)) HOLD it would; a fresh start is surer and faster."
            : "Do not resume this checkpoint with repaired settings: even at x = \(fixed(repaired, 2)) a policy past \(percentText(limit, digits: 2)) HOLD stays collapsed (this one: \(percentText(last, digits: 2))), because it no longer trades enough to learn otherwise. Start afresh."
        report.hysteresis = .init(
            freshUnchanged: freshNow, resumedUnchanged: resumedNow, freshRepaired: true, resumedRepaired: resumedThen, x: x, isLowerBound: found.isLowerBound, sentence: sentence)
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
