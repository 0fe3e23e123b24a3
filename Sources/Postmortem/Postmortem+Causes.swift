internal import RealModule

extension Postmortem {
    /// Fewest decisions of either side behind a difference of pay.
    static let fewestDecisions = 30.0

    /// Fewest looks by which noise is told from a cause; with fewer the reward on the bars says more, where it is known.
    static let fewestLooks = 3

    /// The term and regime that paid for a collapse: from the ledger while both sides were still taken, else from what the reward pays on the bars.
    static func findCauses(_ report: inout PostmortemReport, _ reward: RewardFindings?) {
        guard report.collapse.isCollapse else { return }
        let log = report.log
        // What the reward pays its own actions is no cause of what others were taken.
        let isPaidFor = log.actions.indices.allSatisfy { a in
            a == log.hold || log.actions[a] == "OTHER" || reward?.regimes.contains { $0.actions.contains { $0.name == log.actions[a] } } == true
        }
        let reward = isPaidFor ? reward : nil
        // On options HOLD's rows are of trades too: then the ledger cannot say what a flat agent was paid for waiting.
        let isFlat = log.flatShareOfHold >= 0.9, looks = Set(log.paid.filter { $0.step <= report.collapsedFrom ?? .infinity }.map(\.step)).count
        if !log.paid.isEmpty, isFlat, looks >= fewestLooks || reward == nil { ledgerCauses(&report) }
        if report.causes.isEmpty, let reward { rewardCauses(&report, reward) }
        if !isFlat, reward == nil { report.unknown.append("What a flat agent was paid for HOLD: \(percentText(1 - log.flatShareOfHold, digits: 0)) of the ledger's HOLD decisions were made in trades, and the bars for the reward's own pay are not there.") }
        report.causes.sort { abs($0.weighted) > abs($1.weighted) }
        for cause in report.causes.prefix(3) {
            let sides = report.collapse == .alwaysTrade ? "trading over HOLD" : report.collapse == .oneSided ? "\(topSide(report) ?? "the one side") over the rest" : "HOLD over trading"
            let source = cause.evidence == "ledger" ? "as paid until the collapse" : reward?.isOfOptions == true ? "by the reward on the bars, in the minute of the decision" : "by the reward on the bars, at zero edge"
            report.evidence.append("'\(cause.term)' in \(cause.regime) pays \(sides) \(signedText(cause.gap)) a step (\(signedText(cause.weighted)) over all steps), \(source).")
        }
    }

    static func topSide(_ report: PostmortemReport) -> String? {
        let hold = report.log.hold.map { report.log.actions[$0] }
        return report.finalMix.filter { $0.action != hold }.max { $0.share < $1.share }?.action
    }

    private static func ledgerCauses(_ report: inout PostmortemReport) {
        let log = report.log
        guard let h = log.hold else { return }
        let favoured: (Int) -> Bool
        switch report.collapse {
        case .alwaysTrade: favoured = { $0 != h }
        case .oneSided:
            let top = topSide(report).flatMap { name in log.actions.firstIndex(of: name) }
            favoured = { $0 == top }
        default: favoured = { $0 == h }
        }
        // Until the collapse was complete, both sides were taken; a run collapsed from the start has only its later records.
        let until = report.collapsedFrom.flatMap { from in log.paid.contains { $0.step <= from } ? from : nil } ?? .infinity
        let rows = log.paid.filter { $0.step <= until }, all = rows.reduce(0) { $0 + $1.decisions }
        for regime in Set(rows.map(\.regime)).sorted() {
            let own = rows.filter { $0.regime == regime }, decisions = own.reduce(0) { $0 + $1.decisions }
            func mean(_ k: Int, _ side: Bool, _ part: [TrainingLog.Paid]) -> Double? {
                let rows = part.filter { favoured($0.action) == side }, n = rows.reduce(0) { $0 + $1.decisions }
                return n >= fewestDecisions ? rows.reduce(0) { $0 + $1.sums[k] } / n : nil
            }
            let looks = Dictionary(grouping: own, by: \.step).values
            for (k, term) in log.terms.enumerated() {
                guard let a = mean(k, true, own), let b = mean(k, false, own), abs(a - b) > 1e-12 else { continue }
                // What varies from look to look by more than it amounts to is noise, not a cause.
                let each = looks.compactMap { part in mean(k, true, part).flatMap { a in mean(k, false, part).map { a - $0 } } }
                if each.count >= fewestLooks {
                    let m = each.reduce(0, +) / Double(each.count), variance = each.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(each.count - 1)
                    if abs(m) < 2 * (variance / Double(each.count)).squareRoot() { continue }
                } else if !(log.termIsConstant[safe: k] ?? false) { continue }
                if a - b > 0 { report.causes.append(.init(term: term, regime: regime, gap: a - b, weighted: (a - b) * decisions / max(1, all), evidence: "ledger")) }
            }
        }
    }

    private static func rewardCauses(_ report: inout PostmortemReport, _ reward: RewardFindings) {
        let hold = report.log.hold.map { report.log.actions[$0] } ?? "HOLD", top = topSide(report)
        for regime in reward.regimes {
            guard let idle = regime.actions.first(where: { $0.name == hold || ActionNames.hold(in: [$0.name]) != nil }) else { continue }
            let trades = regime.actions.filter { $0.name != idle.name }
            guard !trades.isEmpty else { continue }
            for id in Set(regime.actions.flatMap { $0.terms.map(\.id) }).sorted() {
                func value(_ action: RewardFindings.Action) -> Double { action.terms.first { $0.id == id }?.value ?? 0 }
                // LONG and SHORT together: at zero edge a term that pays the market's drift pays neither.
                let trade = trades.reduce(0) { $0 + value($1) } / Double(trades.count)
                let gap: Double
                switch report.collapse {
                case .holdCollapse: gap = value(idle) - trade
                case .alwaysTrade: gap = trade - value(idle)
                default: gap = trades.first { $0.name == top }.map { value($0) - (trades.reduce(0) { $0 + value($1) } - value($0) + value(idle)) / Double(trades.count) } ?? 0
                }
                if gap > 1e-9 { report.causes.append(.init(term: id, regime: regime.name, gap: gap, weighted: gap * regime.share, evidence: "reward")) }
            }
        }
    }
}

/// `+0.0123`, three significant digits.
package func signedText(_ x: Double) -> String {
    guard x.isFinite else { return "unknown" }
    let digits = x == 0 ? 3 : max(1, min(8, 2 - Int(Double.log10(abs(x)).rounded(.down))))
    return (x >= 0 ? "+" : "") + fixed(x, digits)
}
