internal import RealModule

extension Postmortem {
    /// HOLD that a repaired run is aimed at: a mixture well short of the fold.
    static let aim = 0.5

    /// What would free the run or would have prevented the collapse, the surest first, each with the mix that it would lead to.
    static func findRemedies(_ report: inout PostmortemReport) {
        switch report.collapse {
        case .holdCollapse: report.log.mixes.isEmpty ? untold(&report) : againstHold(&report)
        case .alwaysTrade: againstTrading(&report)
        case .oneSided: againstOneSide(&report)
        case .mixed, .undecided: break
        }
    }

    /// The mix with HOLD at `hold`, the others keeping their proportions over the whole run.
    private static func mix(_ log: TrainingLog, hold: Double) -> [(action: String, share: Double)]? {
        guard let h = log.hold, hold.isFinite else { return nil }
        // Proportions of the last record are those of a few decisions: the whole run's are steadier.
        let sums = log.actions.indices.map { a in log.mixes.reduce(0) { $0 + $1.shares[a] } }, others = sums.reduce(0, +) - sums[h]
        return log.actions.indices.map { a in (log.actions[a], a == h ? hold : (1 - hold) * (others > 0 ? sums[a] / others : 1 / Double(max(1, log.actions.count - 1)))) }
    }

    private static func againstHold(_ report: inout PostmortemReport) {
        let log = report.log, model = FoldModel(trades: max(1, log.actions.count - 1)), field = "mean field of PPO, one state without skill (docs/postmortem.md)"
        guard log.hold != nil, let found = xOfRun(report) else { return }
        // A mix past the fold shows an x of at least the fold.
        let x = found.isLowerBound ? max(found.x, model.foldX) : max(found.x, model.foldX)
        let target = model.stationaryX(hold: aim), factor = x / target, bound = found.isLowerBound ? "at least " : ""
        let settled = mix(log, hold: aim)
        if let c = log.entropyCoefficient, c > 0 {
            report.remedies.append(
                .init(
                    sentence: "Start afresh with ent_coef \(bound)\(short(c * factor)) (was \(short(c)), \(bound)\(fixed(factor, 1)) times): x falls to \(fixed(target, 2)), where the mean field holds HOLD at \(percentText(aim, digits: 0)).", forecast: settled, reason: "",
                    method: field, title: "ent_coef \(short(c * factor))"))
        } else {
            report.remedies.append(
                .init(sentence: "Start afresh with \(bound)\(fixed(factor, 1)) times the entropy coefficient: x falls to \(fixed(target, 2)), where the mean field holds HOLD at \(percentText(aim, digits: 0)).", forecast: settled, reason: "", method: field, title: "ent_coef x \(fixed(factor, 1))"))
        }
        let named = report.causes.filter { $0.gap > 0 }
        let total = named.reduce(0) { $0 + $1.weighted }
        if let first = named.first, total > 0 {
            let terms = Array(Set(named.filter { $0.term == first.term }.map(\.regime))).sorted(), part = named.filter { $0.term == first.term }.reduce(0) { $0 + $1.weighted } / total
            // Without this term the gap is what the others leave.
            let left = x * (1 - part)
            report.remedies.append(
                .init(
                    sentence: "Start afresh without '\(first.term)' (paid for HOLD in \(listed(terms)); \(percentText(part, digits: 0)) of what the reward adds to HOLD): x falls to about \(fixed(left, 2))" + (left > model.foldX ? ", still past the fold: lower the other terms too." : "."),
                    forecast: mix(log, hold: model.destination(x: left, from: 1 / Double(log.actions.count))), reason: "", method: field, title: "without \(first.term)"))
        } else {
            report.remedies.append(
                .init(
                    sentence: "Start afresh with the gap of HOLD over trading cut to 1/\(fixed(factor, 1)) of what it was (lower what is paid for holding, or what trading is charged): the same x of \(fixed(target, 2)).", forecast: settled, reason: "", method: field, title: "gap / \(fixed(factor, 1))"))
        }
        if let m = Optional(Double(log.actions.count - 1)), m >= 1 {
            let entropy = -(aim * Double.log(aim) + (1 - aim) * Double.log((1 - aim) / m)), relative = entropy / Double.log(m + 1)
            report.remedies.append(
                .init(
                    sentence: "Steer the entropy instead of its coefficient: a controller that holds it at \(percentText(relative, digits: 0)) of uniform (`entropy_target: \(fixed(relative, 2))`) raises the coefficient as the noise of the advantages falls, which breaks the feedback that makes HOLD absorbing.",
                    forecast: settled, reason: "", method: "the mix whose entropy is the target", title: "entropy target \(fixed(relative, 2))"))
        }
        if let lift = finalMean(log.curve(.setupLift)), lift < 1.25 {
            report.remedies.append(
                .init(
                    sentence: "Put what the reward calls a strong setup into the observation: entries react to it by a factor of \(fixed(lift, 2)) only. Paying more for it (bonus for a good entry, fine for a missed one) mostly adds noise to the critic as long as the policy cannot tell a setup when it sees one.",
                    forecast: nil, reason: "how far the policy would use a setup that it can see is not in the log", method: "", title: "setup observed"))
        }
        // The mean field ends at HOLD alone; what the run itself has come to says more.
        let stays = report.approachedHold ?? FinalWindow(log.mixes, hold: log.hold).flatMap { window in log.hold.map { window.shares[$0] } } ?? 1
        report.remedies.append(
            .init(
                sentence: "Train on with everything as it is (what not to do).", forecast: mix(log, hold: stays), reason: "", method: report.approachedHold == nil ? "the level that it has come to" : "the level that the fitted approach leads to",
                title: "trained on as it is"))
    }

    /// A run whose trades stopped, without shares.
    private static func untold(_ report: inout PostmortemReport) {
        let algorithm = report.log.algorithm.map { $0.uppercased() } ?? "the algorithm"
        report.remedies.append(
            .init(
                sentence: "Do not resume from records after \(report.stepUnit.dropLast()) \(countText(report.onset?.interval95.low ?? 0)): go back to a checkpoint from before the onset, or start afresh, with more exploration for longer.", forecast: nil,
                reason: "the log has no action shares, and \(algorithm)'s exploration is not in it", method: "", title: "from before the onset"))
        report.remedies.append(
            .init(
                sentence: "Have the trainer log how often each action is chosen and executed, and what each reward term pays: then the gap, the term and the regime can be read back.", forecast: nil, reason: "logging changes no mix", method: "", title: "log shares"))
        if report.log.curve(.evaluationTrips).contains(where: { $0.value == 0 }) {
            report.remedies.append(
                .init(
                    sentence: "Do not choose checkpoints by an evaluation in which a policy without trades scores 0 and beats every one that trades at a loss: ask for a smallest number of round trips first.", forecast: nil, reason: "which checkpoint would be chosen is not in the log",
                    method: "", title: "selection"))
        }
    }

    private static func againstTrading(_ report: inout PostmortemReport) {
        let log = report.log
        guard let h = log.hold, let last = FinalWindow(log.mixes, hold: h)?.shares else { return }
        let wanted = 0.35, need = Double.log(wanted * Double(log.actions.count - 1) / (1 - wanted)) - logOdds(last, h), method = "log-odds moved by what is added (no noise feedback: trading keeps its noise); a policy that fits the bars state by state needs more"
        let sigma = finalMean(log.curve(.advantageDeviation)), named = report.causes.filter { $0.gap > 0 }, owed = named.reduce(0) { $0 + $1.weighted }
        // A share that the log no longer resolves gives a bound.
        let bound = last[h] < 0.001 ? "at least " : ""
        if owed > 0 {
            let terms = named.map(\.term).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            report.remedies.append(
                .init(
                    sentence: "Charge trading, or pay HOLD, about \(signedText(owed).dropFirst()) a step: that is what \(listed(terms.map { "'\($0)'" })) \(terms.count == 1 ? "pays" : "pay") trading over HOLD, over all steps. With less, trading stays the better choice whatever the market does. A real cost of trading is the honest way.",
                    forecast: mix(log, hold: 1 / Double(log.actions.count)), reason: "", method: "nothing left to choose by; state-dependent skill is not in it", title: "cost of trading"))
        } else if let c = log.entropyCoefficient, c > 0 {
            let inUnits = c * need
            report.remedies.append(
                .init(
                    sentence: "Charge trading, or pay HOLD, \(bound)\(fixed(inUnits, 3)) sigma_A a step" + (sigma.map { " (\(bound)\(signedText(inUnits * $0).dropFirst()) reward: sigma_A was \(fixed($0, 3)))" } ?? "") + ": that moves the log-odds of HOLD by \(bound)\(fixed(need, 1)), to \(percentText(wanted, digits: 0)). A real cost of trading is the honest way.",
                    forecast: mix(log, hold: wanted), reason: "", method: method, title: "cost of trading"))
        } else {
            report.remedies.append(
                .init(sentence: "Charge trading, or pay HOLD, so much that the log-odds of HOLD rise by \(bound)\(fixed(need, 1)): ent_coef x \(fixed(need, 1)) sigma_A a step.", forecast: mix(log, hold: wanted), reason: "", method: method, title: "cost of trading"))
        }
        if let cause = report.causes.first {
            report.remedies.append(
                .init(
                    sentence: "Take back '\(cause.term)' in \(cause.regime), which pays trading \(signedText(cause.gap)) a step over HOLD.", forecast: nil, reason: "the noise of the advantages that would remain is not in the log; 'assay forecast' has it for a reward file", method: "",
                    title: "without \(cause.term)"))
        }
        tempered(&report, last)
    }

    /// The same logits at a higher temperature: shares to the power 1 / k.
    private static func tempered(_ report: inout PostmortemReport, _ shares: [Double]) {
        let log = report.log, k = 2.0
        let powered = shares.map { Double.pow(max($0, 0.0005), 1 / k) }, total = powered.reduce(0, +)
        report.remedies.append(
            .init(
                sentence: "Double the entropy coefficient" + (log.entropyCoefficient.map { " (to \(short(k * $0)))" } ?? "") + ": the same gaps at twice the temperature.", forecast: zip(log.actions, powered).map { ($0, $1 / total) }, reason: "", method: "shares to the power 1/2, renormalised", title: "ent_coef x 2"))
    }

    private static func againstOneSide(_ report: inout PostmortemReport) {
        let log = report.log
        guard let last = FinalWindow(log.mixes, hold: log.hold)?.shares else {
            report.remedies.append(.init(sentence: "Pay for completed round trips only (realised profit), and end a trade by a stop, a target or a time limit outside the policy.", forecast: nil, reason: "the log has no action shares", method: "", title: "close trades"))
            return
        }
        if finalTrips(log) == 0 {
            report.remedies.append(
                .init(
                    sentence: "End trades outside the policy (stop, target, time limit) or pay realised profit at the close: a position that is opened once and never closed has no second decision to learn from.", forecast: nil, reason: "how the policy would act in positions it never had is not in the log", method: "", title: "close trades"))
        }
        if let cause = report.causes.first {
            report.remedies.append(
                .init(sentence: "Take back '\(cause.term)' in \(cause.regime): it pays the one side \(signedText(cause.gap)) a step over the rest.", forecast: nil, reason: "the noise of the advantages that would remain is not in the log; 'assay forecast' has it for a reward file", method: "", title: "without \(cause.term)"))
        }
        tempered(&report, last)
    }

    /// `0.0373`: three significant digits.
    static func short(_ x: Double) -> String { String(signedText(x).drop { $0 == "+" }) }

    /// What the log does not tell.
    static func sayUnknown(_ report: inout PostmortemReport, _ context: Context) {
        let log = report.log
        if log.mixes.isEmpty {
            report.unknown.append("Which action was taken how often: the log does not count actions" + (log.curve(.roundTrips).isEmpty ? "." : ", only what came of them (round trips" + (log.curve(.equity).isEmpty ? ")." : ", equity).") ) + (report.collapse == .holdCollapse ? " Whether the policy chooses HOLD or closes what is closed already cannot be told apart." : ""))
            report.unknown.append("Implied advantage gaps: they are read back from action shares.")
            report.impliedReason = "the log has no action shares"
        } else if log.hold == nil {
            report.unknown.append("Which action is HOLD: none of \(listed(log.actions)) is named so.")
        }
        if log.actions.contains("OTHER") { report.unknown.append("How the share called OTHER divides among the actions that the log does not list.") }
        if log.paid.isEmpty, context.reward == nil { report.unknown.append("Which reward term and regime paid for it: no ledger is in the log, and no reward and bars were given (--reward R --bars F).") } else if report.causes.isEmpty, report.collapse.isCollapse {
            report.unknown.append("Which reward term paid for it: no term's pay differs between the two sides by more than its noise.")
        }
        if log.groups.isEmpty { report.unknown.append("Whether all regimes or instruments went the same way: the log does not tell them apart.") }
        if log.algorithm == nil, !log.mixes.isEmpty { report.unknown.append("Which algorithm trained: gaps, hysteresis and remedies take it for PPO with normalised advantages.") }
        if !report.impliedReason.isEmpty, !log.mixes.isEmpty { report.unknown.append("Gaps in units of sigma_A: \(report.impliedReason).") }
        // Assay's own environments mask what cannot be done: what is chosen is executed.
        if log.executed.isEmpty, !log.mixes.isEmpty, log.kind != .runFolder { report.unknown.append("Whether chosen actions were executed as chosen: the log has one of the two only.") }
        if log.curve(.roundTrips).isEmpty, log.curve(.evaluationTrips).isEmpty { report.unknown.append("How many round trips were completed: always holding one position is a collapse too, and could not be seen.") }
        let isOptions = log.actions.contains { $0.hasPrefix("BUY") }
        if isOptions, !log.isFlatOnly, log.kind != .runFolder { report.unknown.append("Whether HOLD is of a flat agent or of one in a trade: in a trade HOLD is patience. The log does not split them.") }
        if log.kind == .monitor || log.kind == .events || log.kind == .mapped { report.unknown.append("Seeds: one run is one draw; another seed of the same settings may end elsewhere.") }
    }
}
