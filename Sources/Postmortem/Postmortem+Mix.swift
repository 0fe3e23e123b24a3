internal import RealModule

extension Postmortem {
    /// Class, course and onset from the mix.
    static func judgeMix(_ report: inout PostmortemReport) {
        let log = report.log
        guard let window = FinalWindow(log.mixes, hold: log.hold), let last = log.mixes.last else { return }
        report.finalMix = zip(log.actions, window.shares).map { (action: $0, share: $1) }
        let trips = finalTrips(log)
        classify(&report, window, trips)
        let n = log.mixes.count
        let list = report.finalMix.map { "\($0.action) \(percentText($0.share))" }.joined(separator: ", ")
        report.evidence.append(
            (n == 1 ? "The only record, " : window.records == 1 ? "The last record, " : "The last \(window.records) records, up to ") + "\(report.stepUnit.dropLast()) \(countText(last.step)): \(list).")
        let isCollapsed = report.collapse.isCollapse
        if let target = CollapseTarget(report.collapse, log: log, window: window) {
            follow(&report, log.mixes.map(target.share), line: target.line, name: target.name, isCollapsed: isCollapsed, window)
        }
        judgeGroups(&report)
        findStarved(&report)
        report.alarm = CollapseAlarm.read(log)
        report.verdict = verdict(report, window)
    }

    /// Round trips in the last tenth of the records, or the trainer's own count at the end; nil when none are counted.
    static func finalTrips(_ log: TrainingLog) -> Double? {
        let own = log.curve(.roundTrips)
        if !own.isEmpty { return own.suffix(max(min(5, own.count), own.count / 10)).reduce(0) { $0 + $1.value } }
        return log.curve(.evaluationTrips).last?.value
    }

    private static func classify(_ report: inout PostmortemReport, _ window: FinalWindow, _ trips: Double?) {
        let log = report.log
        let sides = log.actions.indices.filter { $0 != log.hold && log.actions[$0] != "OTHER" }
        let top = sides.max { window.shares[$0] < window.shares[$1] }
        let hold = log.hold.map { window.shares[$0] }, found = shareClass(window, log)
        func sure(_ a: Int?, _ line: Double) -> Double? { a.flatMap { window.probability($0, atLeast: line) } }
        if let h = log.hold, let line = found.straddled {
            report.collapse = .undecided
            report.classReason = "HOLD is \(percentText(hold ?? 0)) ± \(percentText(window.margin(h))) at the end, on both sides of the line at \(percentText(line, digits: 0))"
            report.confidence = sure(h, line).map { max($0, 1 - $0) }
            return
        }
        report.collapse = found.collapse
        switch found.collapse {
        case .holdCollapse: report.confidence = sure(log.hold, CollapseClass.holdLine)
        case .oneSided: report.confidence = sure(top, CollapseClass.sideLine)
        case _ where trips == 0 && (hold ?? 0) < 0.999:
            report.collapse = .oneSided
            report.classReason = "there is exposure, and no round trip is completed"
            report.confidence = log.curve(.roundTrips).count >= 5 ? 0.95 : nil
        case .alwaysTrade: report.confidence = sure(log.hold, CollapseClass.tradeLine).map { 1 - $0 }
        case .mixed: if let low = sure(log.hold, CollapseClass.tradeLine), let high = sure(log.hold, CollapseClass.holdLine) { report.confidence = low - high }
        case .undecided: report.classReason = "none of the actions \(listed(log.actions)) is HOLD or its like"
        }
    }

    private static func follow(_ report: inout PostmortemReport, _ values: [Double], line: Double, name: String, isCollapsed: Bool, _ window: FinalWindow) {
        let log = report.log, steps = log.mixes.map(\.step), n = values.count, unit = report.stepUnit.dropLast()
        let smooth = smoothedShares(values)
        let decisions = log.mixes.compactMap(\.decisions).min() ?? 1_000
        let finder = OnsetFinder(steps: steps, levels: OnsetFinder.logits(values, records: max(20, min(decisions, 5_000))), line: Double.log(line / (1 - line)))
        if isCollapsed {
            let from = pastFrom(smooth, line: line), isFromStart = from == 0
            report.collapsedFrom = from.map { steps[$0] }
            if n < OnsetFinder.fewest {
                let few = OnsetFinder(steps: steps, levels: log.mixes.map { m in log.hold.map { h in report.collapse == .alwaysTrade ? -logOdds(m.shares, h) : logOdds(m.shares, h) } ?? 0 })
                report.course = isFromStart ? .fromStart : .collapsed
                if report.collapse != .oneSided, let found = few.relaxation() {
                    report.onset = found.onset
                    let odds = report.collapse == .alwaysTrade ? -found.fit.level : found.fit.level
                    report.approachedHold = 1 / (1 + Double(max(1, log.actions.count - 1)) * Double.exp(-odds))
                    let reached = log.mixes.first { m in log.hold.map { abs(logOdds(m.shares, $0)) >= 0.9 * abs(logOdds(log.mixes[n - 1].shares, $0)) - 0.01 } ?? false }
                    report.evidence.append(
                        "\(n) records are too few for a change-point. The approach L (1 - exp(-t / tau)) of the log-odds from a uniform start fits with L = \(fixed(found.fit.level, 2)) and tau = \(countText(found.fit.time)) \(report.stepUnit) (95%: \(countText(found.fit.timeInterval.low)) to \(countText(found.fit.timeInterval.high))): half of the way was gone by \(unit) \(countText(found.onset.step))"
                            + (reached.map { ", and 90% of the final log-odds are there at \(unit) \(countText($0.step))." } ?? "."))
                } else {
                    report.onsetReason = n < 3 ? "\(n == 1 ? "one record says" : "two records say") nothing about when" : "\(n) records are too few for a change-point, and the mix does not approach a level from a uniform start"
                }
                return
            }
            if let found = finder.change() {
                report.onset = found.onset
                report.course = .collapsed
                report.evidence.append(
                    "The share of \(name) leaves its level (\(percentText(1 / (1 + Double.exp(-found.before))))) for good at \(unit) \(countText(found.onset.step)), 95% between \(countText(found.onset.interval95.low)) and \(countText(found.onset.interval95.high)) (PELT on logits whitened by AR(1) with phi \(fixed(found.autocorrelation, 2)), BIC penalty, \(found.changes) change\(found.changes == 1 ? "" : "s") in all; block bootstrap)"
                        + (report.collapsedFrom.map { "; from \(unit) \(countText($0)) on it stays past \(percentText(line, digits: 0))." } ?? "."))
            } else {
                report.course = isFromStart ? .fromStart : .collapsed
                report.onsetReason = isFromStart ? "\(name) is past \(percentText(line, digits: 0)) from the first record on" : "no change of level is worth its penalty: the share moves too smoothly, or too little"
            }
            return
        }
        // A collapse that came and went: the smoothed share was past the line, and is clearly not at the end.
        let rise = smooth.indices.filter { smooth[$0] >= line }
        let head = values.prefix(max(min(5, n), n / 10)), start = head.reduce(0, +) / Double(max(1, head.count)), end = values.suffix(window.records).reduce(0, +) / Double(window.records)
        report.onsetReason = "the run has not collapsed"
        if let first = rise.first, let final = rise.last, end < line - 0.1, report.collapse != .undecided {
            report.course = .recovered
            report.evidence.append("\(name) was past \(percentText(line, digits: 0)) between \(unit) \(countText(steps[first])) and \(countText(steps[final])), and came back to \(percentText(end)).")
        } else if n >= OnsetFinder.fewest, abs(end - start) >= 0.1 {
            report.course = .drift
            let peak = values.max() ?? end, at = values.firstIndex(of: peak) ?? 0
            report.evidence.append(
                "\(name) drifts from \(percentText(start)) (the first \(head.count) records) to \(percentText(end))" + (end > start ? ", at most \(percentText(peak)) in one record (\(unit) \(countText(steps[at])))" : "") + ".")
        } else {
            report.course = n >= OnsetFinder.fewest ? .steady : .unknown
            if n >= 2 { report.evidence.append("\(name) lies between \(percentText(values.min() ?? 0)) and \(percentText(values.max() ?? 0)) over all \(n) records.") }
        }
    }

    /// Actions that are hardly ever taken, from beginning to end.
    private static func findStarved(_ report: inout PostmortemReport) {
        let log = report.log
        guard log.mixes.count >= 5, log.actions.count >= 3 else { return }
        for (a, name) in log.actions.enumerated() where a != log.hold && name != "OTHER" {
            let values = log.mixes.map { $0.shares[a] }, low = values.min() ?? 0, high = values.max() ?? 0
            // A quarter of an even share, at most.
            if high <= 0.25 / Double(log.actionCount ?? log.actions.count), !(report.collapse == .holdCollapse && report.course == .fromStart) {
                report.evidence.append("\(name) is starved: between \(percentText(low)) and \(percentText(high)) in every one of \(log.mixes.count) records, from the first (\(percentText(values[0]))) to the last (\(percentText(values[values.count - 1]))).")
                report.starved.append(name)
            }
        }
    }

    private static func verdict(_ report: PostmortemReport, _ window: FinalWindow) -> String {
        let log = report.log, unit = report.stepUnit.dropLast(), sure = report.confidence.map { " (confidence \(percentText(min($0, 0.999), digits: $0 > 0.995 ? 1 : 0)))" } ?? ""
        let hold = log.hold.map { window.shares[$0] }
        let onset = report.onset.map { ", onset at \(unit) \(countText($0.step)) (95% \(countText($0.interval95.low)) to \(countText($0.interval95.high)))" } ?? (report.course == .fromStart ? ", from the first record on" : "")
        let flat = log.isFlatOnly ? " while flat" : ""
        switch report.collapse {
        case .holdCollapse: return "Collapsed to HOLD\(sure): \(percentText(hold ?? 1)) at the end\(flat)\(onset)."
        case .alwaysTrade: return "Always trades\(sure): HOLD \(percentText(hold ?? 0)) at the end\(onset)."
        case .oneSided:
            let top = report.finalMix.filter { $0.action != (log.hold.map { log.actions[$0] } ?? "") }.max { $0.share < $1.share }
            let trips = finalTrips(log) == 0 ? ", and no round trip is completed: it trades as little as one that only holds" : ""
            return "One-sided\(sure): \(top?.action ?? "one action") \(percentText(top?.share ?? 1)) at the end\(trips)\(onset)."
        case .mixed, .undecided:
            let what = report.collapse == .mixed ? "No collapse\(sure): HOLD \(percentText(hold ?? 0)) at the end" : "Undecided: \(report.classReason)"
            let values = log.holdShares.map(\.value), head = values.prefix(max(min(5, values.count), values.count / 10)), start = head.reduce(0, +) / Double(max(1, head.count))
            let groups = report.verdictOfGroups.isEmpty ? "" : " \(listed(report.verdictOfGroups))."
            let starved = report.starved.isEmpty ? "" : "; \(listed(report.starved)) \(report.starved.count == 1 ? "is" : "are") starved throughout"
            switch report.course {
            case .recovered: return what + starved + ", after a collapse that came and went." + groups
            case .drift where report.collapse == .undecided && hold ?? 1 < CollapseClass.holdLine && hold ?? 0 > 0.5:
                return "A drift, no collapse so far: HOLD goes from \(percentText(start)) to \(percentText(hold ?? 0)) (class undecided: the interval of ± \(percentText(log.hold.map { window.margin($0) } ?? 0)) reaches over the line at 80%)\(starved)." + groups
            case .drift: return what + starved + ", a drift from \(percentText(start)) that " + (report.collapse == .mixed ? "has not come to \((hold ?? 1) > start ? "80%" : "5%")." : "has come to a line.") + groups
            default: return what + starved + "." + groups
            }
        }
    }
}
