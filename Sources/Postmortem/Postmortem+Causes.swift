internal import RealModule

extension Postmortem {
    /// Fewest decisions of either side behind a difference of pay.
    static let fewestDecisions = 30.0

    /// The term and regime that paid for a collapse: from the ledger while both sides were still taken, else from what the reward pays on the bars.
    static func findCauses(_ report: inout PostmortemReport, _ reward: RewardFindings?) {
        if let reward { splitPay(&report, reward) } else { splitLedger(&report) }
        guard [.holdCollapse, .alwaysTrade, .oneSided].contains(report.collapse) else { return }
        let log = report.log
        if !log.paid.isEmpty { ledgerCauses(&report) }
        if report.causes.isEmpty, let reward { rewardCauses(&report, reward) }
        report.causes.sort { abs($0.weighted) > abs($1.weighted) }
        for cause in report.causes.prefix(3) {
            let sides = report.collapse == .alwaysTrade ? "trading over HOLD" : report.collapse == .oneSided ? "\(topSide(report) ?? "the one side") over the rest" : "HOLD over trading"
            report.evidence.append("'\(cause.term)' in \(cause.regime) pays \(sides) \(signedText(cause.gap)) a step (\(signedText(cause.weighted)) over all steps), \(cause.evidence == "ledger" ? "as paid until the collapse" : "by the reward on the bars, at zero edge").")
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
                if each.count >= 3 {
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

    /// Pay a step by regime and kind, as the run's last mix earns it under the reward on the bars.
    private static func splitPay(_ report: inout PostmortemReport, _ reward: RewardFindings) {
        let log = report.log
        for regime in reward.regimes {
            let group = log.groups.first { $0.name == regime.name && !$0.mixes.isEmpty }
            guard let shares = (group.flatMap { FinalWindow($0.mixes, hold: log.hold) } ?? FinalWindow(log.mixes, hold: log.hold))?.shares else { continue }
            var split = PostmortemReport.PaidSplit(regime: regime.name, share: regime.share, guaranteed: 0, path: 0, uncertain: 0, shaping: 0)
            var known = 0.0
            for (a, name) in log.actions.enumerated() {
                guard let action = regime.actions.first(where: { $0.name == name }) ?? (a == log.hold ? regime.actions.first { ActionNames.hold(in: [$0.name]) != nil } : nil) else { continue }
                known += shares[a]
                split.guaranteed += shares[a] * action.guaranteed
                split.path += shares[a] * action.path
                split.uncertain += shares[a] * action.uncertain
                split.shaping += shares[a] * action.shaping
            }
            if known > 0.97 { report.paid.append(split) } else if report.paid.isEmpty {
                report.unknown.append("What the run was paid: the log's actions \(listed(log.actions)) are not those that the reward is paid for.")
                return
            }
        }
    }

    /// The same from logged pay: a term that never varied within a regime and action was certain.
    private static func splitLedger(_ report: inout PostmortemReport) {
        let log = report.log
        guard !log.paid.isEmpty, log.termIsConstant.count == log.terms.count else { return }
        let all = log.paid.reduce(0) { $0 + $1.decisions }
        for regime in log.groups.isEmpty ? Array(Set(log.paid.map(\.regime))) : log.groups.map(\.name) {
            let rows = log.paid.filter { $0.regime == regime }, n = rows.reduce(0) { $0 + $1.decisions }
            guard n > 0 else { continue }
            func sum(_ constant: Bool) -> Double { log.terms.indices.filter { log.termIsConstant[$0] == constant }.reduce(0) { total, k in total + rows.reduce(0) { $0 + $1.sums[k] } / n } }
            report.paid.append(.init(regime: regime, share: n / max(1, all), guaranteed: sum(true), path: 0, uncertain: sum(false), shaping: 0))
        }
    }
}

/// `+0.0123`, three significant digits.
package func signedText(_ x: Double) -> String {
    guard x.isFinite else { return "unknown" }
    let digits = x == 0 ? 3 : max(1, min(8, 2 - Int(Double.log10(abs(x)).rounded(.down))))
    return (x >= 0 ? "+" : "") + fixed(x, digits)
}
