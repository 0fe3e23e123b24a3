extension Postmortem {
    /// Where each regime (or instrument) ended, and since when: one can hold while the whole does not, and the first to go says where to look.
    static func judgeGroups(_ report: inout PostmortemReport) {
        let log = report.log
        report.groups = log.groups.compactMap { group in
            guard group.mixes.count > 0, let window = FinalWindow(group.mixes, hold: log.hold) else { return nil }
            let found = shareClass(window, log)
            var since: Double?
            if found.collapse.isCollapse, let target = CollapseTarget(found.collapse, log: log, window: window) {
                since = pastFrom(smoothedShares(group.mixes.map(target.share)), line: target.line).map { group.mixes[$0].step }
            }
            return .init(name: group.name, mix: zip(log.actions, window.shares).map { (action: $0, share: $1) }, collapse: found.collapse, since: since)
        }
        guard !report.collapse.isCollapse else {
            let known = report.groups.filter { $0.collapse == report.collapse && $0.since != nil }.sorted { ($0.since ?? 0) < ($1.since ?? 0) }
            if let first = known.first, let last = known.last, known.count > 1, (first.since ?? 0) < (last.since ?? 0) {
                let unit = report.stepUnit.dropLast()
                report.evidence.append("\(first.name) was the first \(log.groupWord) to go, at \(unit) \(countText(first.since ?? 0)), and \(last.name) the last, at \(unit) \(countText(last.since ?? 0)).")
            }
            return
        }
        report.verdictOfGroups = report.groups.filter { $0.collapse.isCollapse }.map { group in
            let hold = log.hold.map { group.mix[$0].share } ?? 0, top = group.mix.enumerated().filter { $0.offset != log.hold }.max { $0.element.share < $1.element.share }?.element
            switch group.collapse {
            case .holdCollapse: return "\(group.name) by itself holds on \(percentText(hold))"
            case .oneSided: return "\(group.name) by itself is one-sided (\(top?.action ?? "one action") \(percentText(top?.share ?? 1)))"
            default: return "\(group.name) by itself always trades (HOLD \(percentText(hold)))"
            }
        }
    }

    /// The class that final shares alone say, and the line that HOLD's interval reaches over where that leaves it undecided.
    static func shareClass(_ window: FinalWindow, _ log: TrainingLog) -> (collapse: CollapseClass, straddled: Double?) {
        let sides = log.actions.indices.filter { $0 != log.hold && log.actions[$0] != "OTHER" }
        if let h = log.hold, let line = [CollapseClass.holdLine, CollapseClass.tradeLine].first(where: { abs(window.shares[h] - $0) < window.margin(h) }) { return (.undecided, line) }
        if let h = log.hold, window.shares[h] >= CollapseClass.holdLine { return (.holdCollapse, nil) }
        if sides.contains(where: { window.shares[$0] >= CollapseClass.sideLine }) { return (.oneSided, nil) }
        guard let h = log.hold else { return (.undecided, nil) }
        return (window.shares[h] <= CollapseClass.tradeLine ? .alwaysTrade : .mixed, nil)
    }

    /// First record from which smoothed shares stay past the line to the end; nil where they do not.
    static func pastFrom(_ smooth: [Double], line: Double) -> Int? {
        let from = (smooth.lastIndex { $0 < line }).map { $0 + 1 } ?? 0
        return from < smooth.count ? from : nil
    }

    /// Shares averaged over a fortieth of the run, three records at least; as they are below twenty records.
    static func smoothedShares(_ values: [Double]) -> [Double] { smoothed(values, values.count >= 20 ? max(3, values.count / 40) | 1 : 1) }
}

/// The share whose rise a collapse is, and the line that it crosses.
struct CollapseTarget {
    let share: (TrainingLog.Mix) -> Double
    let line: Double
    let name: String

    /// HOLD's for whatever is no collapse to trading; nil where the log has no HOLD.
    init?(_ collapse: CollapseClass, log: TrainingLog, window: FinalWindow) {
        let sides = log.actions.indices.filter { $0 != log.hold && log.actions[$0] != "OTHER" }
        if collapse == .oneSided, let top = sides.max(by: { window.shares[$0] < window.shares[$1] }), window.shares[top] >= 0.5 {
            (share, line, name) = ({ $0.shares[top] }, CollapseClass.sideLine, log.actions[top])
            return
        }
        guard let h = log.hold else { return nil }
        if collapse == .alwaysTrade { (share, line, name) = ({ 1 - $0.shares[h] }, 1 - CollapseClass.tradeLine, "trading") } else { (share, line, name) = ({ $0.shares[h] }, CollapseClass.holdLine, log.actions[h]) }
    }
}
