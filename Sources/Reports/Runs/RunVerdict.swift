internal import ComponentKit

/// The verdict on a run in words, every sentence with the numbers and the line that made it.
package struct RunVerdict: Sendable {
    /// `good`, `unsure` or `bad`: the page's colour.
    package let tone: String
    package let headline: String
    /// Class and status, then where HOLD took over.
    package let sentences: [String]
    /// One sentence a regime: shares, onset, what pays.
    package let regimes: [(name: String, text: String)]
    package let remarks: [String]

    package init(_ report: RunReport) {
        let policyClass = report.classes["train"] ?? ""
        let worst = report.worstLastStatus
        let held = report.regimes.indices.filter { r in report.spread("train") { $0.regimes[r].mix.sampled?[0] }.mean >= 0.8 }
        var words = policyClass.isEmpty ? "Not evaluated yet" : verdictWords(policyClass).prefix(1).uppercased() + verdictWords(policyClass).dropFirst()
        if !held.isEmpty { words += held.count == report.regimes.count ? ": HOLD has taken every regime" : ": HOLD has taken " + joined(held.map { report.regimes[$0] }) }
        headline = words
        tone =
            ["hold_collapse", "one_sided"].contains(policyClass) || (worst?.status ?? 0) >= 2 ? "bad"
            : (["mixed", "always_trade"].contains(policyClass) && (worst?.status ?? 0) == 0 && held.isEmpty ? "good" : "unsure")
        sentences = [Self.classSentence(report, policyClass), Self.onsetSentence(report), Self.statusSentence(report)].compactMap { $0 }
        regimes = report.regimes.indices.compactMap { Self.regimeSentence(report, $0) }
        remarks = [Self.progressSentence(report), Self.testSentence(report)].compactMap { $0 } + report.postmortem + report.notes
    }

    /// `67.3%`, with the spread where there are several seeds.
    private static func share(_ spread: SeedSpread) -> String { spread.count > 1 ? "\(percent(spread.mean)) ± \(percent(spread.deviation))" : percent(spread.mean) }

    private static func classSentence(_ report: RunReport, _ policyClass: String) -> String? {
        guard report.seeds.contains(where: { $0.splits["train"]?.all.sampled != nil }) else { return nil }
        let spreads = report.actions.indices.map { a in report.spread("train") { $0.all.sampled?[a] } }
        let parts = zip(report.actions, spreads).map { "\($0) \(share($1))" }.joined(separator: ", ")
        let hold = spreads[0].mean
        let top = spreads.indices.dropFirst().max { spreads[$0].mean < spreads[$1].mean }
        let line =
            switch policyClass {
            case "hold_collapse": "HOLD is at or above the line at 80%: trading is the exception"
            case "always_trade": "HOLD is at or below the line at 5%: it trades on nearly every bar"
            case "one_sided": top.map { spreads[$0].mean >= 0.8 ? "\(report.actions[$0]) is at or above the line at 80%" : "it holds positions but closes none" } ?? "one-sided"
            case "undecided": "two standard errors over the seeds reach across a line (HOLD 5% or 80%)"
            default: "HOLD lies between the lines at 5% and 80%" + (hold >= 0.5 ? ", nearer to collapse" : "")
            }
        let over = report.seeds.count > 1 ? ", mean ± standard deviation over \(report.seeds.count) seeds" : ""
        return "On the training bars the policy draws \(parts)\(over): \(line)."
    }

    private static func onsetSentence(_ report: RunReport) -> String? {
        guard !report.sharedLooks.isEmpty else { return nil }
        let onsets = report.regimes.indices.compactMap { r in report.holdOnset(regime: r).map { (r, $0) } }.sorted { ($0.1.by, $0.0) < ($1.1.by, $1.0) }
        if onsets.isEmpty { return "HOLD never became the usual action of any regime (half of the sampled decisions at the last look)." }
        // Regimes that were taken between the same looks stand together.
        var groups: [(onset: HoldOnset, regimes: [String])] = []
        for (r, onset) in onsets {
            if groups.last?.onset != onset { groups.append((onset, [])) }
            groups[groups.count - 1].regimes.append(report.regimes[r])
        }
        var text = "HOLD took over (half or more of the decisions, and not less again) \(groups.count > 1 ? "first " : "")"
        text += groups.map { "in \(joined($0.regimes)) \(moment($0.onset))" }.joined(separator: ", then ")
        let never = report.regimes.indices.filter { r in !onsets.contains { $0.0 == r } }.map { report.regimes[$0] }
        if !never.isEmpty { text += "; not in \(joined(never))" }
        return text + "."
    }

    private static func moment(_ onset: HoldOnset) -> String {
        onset.after == 0 ? "by the first look, \(grouped(onset.by)) steps" : "between \(grouped(onset.after)) and \(grouped(onset.by)) steps"
    }

    private static func statusSentence(_ report: RunReport) -> String? {
        let last = report.seeds.compactMap { seed in seed.looks.last.flatMap { look in look.status.map { (seed: seed.seed, look: look, status: $0) } } }
        guard let worst = last.max(by: { $0.status < $1.status }) else { return nil }
        let name = RunReport.statusNames[min(4, max(0, worst.status))]
        var text = "Collapse status at \(grouped(worst.look.step)) steps: \(name)"
        if last.count > 1 {
            text = "Collapse status at the last look: "
                + RunReport.statusNames.indices.reversed().compactMap { s in
                    let count = last.count { $0.status == s }
                    return count > 0 ? "\(RunReport.statusNames[s]) in \(count) of \(last.count) seeds" : nil
                }.joined(separator: ", ")
        }
        if let hold = worst.look.holdShare {
            text += " (\(last.count > 1 ? "seed \(worst.seed): " : "")HOLD \(percent(hold)) of the decisions since the look before"
            let byShare = RunReport.statusLevels.lastIndex { hold >= $0 }.map { $0 + 1 } ?? 0
            if worst.status == 4, hold >= RunReport.statusLevels[2], hold < RunReport.statusLevels[3] {
                text += ", at or above 80% for the second look in a row"
            } else if worst.status > byShare {
                text += "; not that share but the x-statistic or a lasting rise of it raised the status" + (worst.look.x.map { ", x was \(signed($0)) in the last roll-out, and the mean of them counts" } ?? "")
            }
            text += ")"
        }
        let peak = report.seeds.flatMap { seed in seed.looks.compactMap { look in look.status.map { (step: look.step, status: $0, seed: seed.seed) } } }.max { ($0.status, -$0.step) < ($1.status, -$1.step) }
        if let peak, peak.status > worst.status {
            text += "; the worst on the way was \(RunReport.statusNames[min(4, peak.status)]) at \(grouped(peak.step)) steps" + (last.count > 1 ? " (seed \(peak.seed))" : "")
        }
        return text + ". Early warning from 50% HOLD on, collapsing from 70%, critical from 80%, failed from 95%."
    }

    /// Shares of HOLD on the training bars, onset, what the ledger says.
    private static func regimeSentence(_ report: RunReport, _ r: Int) -> (name: String, text: String)? {
        let sampled = report.spread("train") { $0.regimes[r].mix.sampled?[0] }, argmax = report.spread("train") { $0.regimes[r].mix.argmax?[0] }
        var parts: [String] = []
        if sampled.mean.isFinite { parts.append("HOLD \(share(sampled)) sampled, \(share(argmax)) by arg-max") }
        if let onset = report.holdOnset(regime: r) {
            var text = "took over \(moment(onset))"
            let each = report.seeds.indices.map { report.holdOnset(regime: r, seed: $0) }
            if each.count > 1 { text += " (\(each.count { $0 != nil }) of \(each.count) seeds)" }
            if let critical = report.firstLook(regime: r, holdFrom: 0.8) { text += ", at 80% by \(grouped(critical))" }
            parts.append(text)
        }
        if let pay = report.payContrast(regime: r) { parts.append(paySentence(report, pay)) }
        return parts.isEmpty ? nil : (report.regimes[r], parts.joined(separator: "; ") + ".")
    }

    private static func paySentence(_ report: RunReport, _ pay: PayContrast) -> String {
        let digits = decimals(for: [pay.hold, pay.trade, pay.gap])
        let forHold = pay.gap < 0
        var text = "a HOLD was paid \(signed(pay.hold, digits)) a step, a trade \(signed(pay.trade, digits))"
        let top = pay.leading(forHold: forHold).prefix(2)
        if !top.isEmpty {
            text += "; most for \(forHold ? "HOLD" : "trading"): " + joined(top.map { k in term(report, k) + " " + signed(abs(pay.terms[k]), digits) })
        }
        if forHold == false, let k = pay.leading(forHold: true).first { text += "; for HOLD: \(term(report, k)) \(signed(abs(pay.terms[k]), digits))" }
        if pay.step != report.sharedLooks.last { text += " (at \(grouped(pay.step)) steps: later looks have fewer than \(RunReport.fewestDecisions) of either)" }
        return text
    }

    private static func term(_ report: RunReport, _ k: Int) -> String {
        report.terms[k] + (k < report.termKinds.count && !report.termKinds[k].isEmpty ? " (\(report.termKinds[k]))" : "")
    }

    private static func progressSentence(_ report: RunReport) -> String? {
        let open = report.seeds.filter { !$0.isFinished }
        if open.isEmpty { return nil }
        let which = report.seeds.count > 1 ? "\(open.count) of \(report.seeds.count) seeds have" : "The run has"
        return "\(which) not finished: \(open.map { grouped($0.steps) }.joined(separator: ", ")) of \(grouped(report.plannedSteps)) steps; shares and trading results are of the newest checkpoint."
    }

    private static func testSentence(_ report: RunReport) -> String? {
        guard let found = report.seeds.lazy.compactMap({ $0.splits["test"] }).first else { return nil }
        func net(_ name: String) -> String? { found.zoo.first { $0.name == name }.map { wholePercent($0.result.netReturn) } }
        let sampled = report.spread("test") { $0.sampledResult.netReturn }, argmax = report.spread("test") { $0.argmaxResult.netReturn }
        func several(_ s: SeedSpread) -> String { s.count > 1 ? "\(wholePercent(s.mean)) ± \(wholePercent(s.deviation).drop { $0 == "+" })" : wholePercent(s.mean) }
        let others = [("always LONG", "always_long"), ("always SHORT", "always_short"), ("trend", "trend"), ("mean-revert", "mean_revert")]
            .compactMap { label, key in net(key).map { "\(label) \($0)" } }
        return "On the test bars, after costs: sampled \(several(sampled)), arg-max \(several(argmax))\(others.isEmpty ? "" : "; " + others.joined(separator: ", "))."
    }
}

/// The verdict for a terminal, in lines of at most `width` columns.
public func verdictText(_ report: RunReport, width: Int = 110) -> String {
    let verdict = RunVerdict(report)
    return wrapped("\(report.name): \(verdict.headline)", width: width)
        + (verdict.sentences + verdict.regimes.map { "\($0.name): \($0.text)" } + verdict.remarks).map { wrapped($0, width: width, indent: "  ") }.joined()
}

/// `+45.9%`.
package func wholePercent(_ share: Double) -> String {
    abs(share) >= 1_000 ? signed(100 * share, 0) + "%" : signed(100 * share, 1) + "%"
}

/// `a, b and c`.
func joined(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
}
