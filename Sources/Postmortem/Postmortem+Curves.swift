internal import RealModule

extension Postmortem {
    /// A log without action shares: what trades, equity and entropy still say.
    static func judgeCurves(_ report: inout PostmortemReport) {
        if !report.log.curve(.roundTrips).isEmpty {
            judgeTrips(&report)
        } else if !report.log.curve(.entropy).isEmpty {
            judgeEntropy(&report)
        } else {
            report.classReason = "the log holds neither action shares nor trades nor entropy"
            report.onsetReason = "nothing in the log shows which actions were taken"
            report.verdict = "Undecided: \(report.classReason)."
        }
    }

    /// Share of the first level of activity below which a run counts as one that has stopped trading.
    static let stoppedShare = 0.1

    private static func judgeTrips(_ report: inout PostmortemReport) {
        let trips = report.log.curve(.roundTrips), values = trips.map(\.value), n = trips.count, unit = report.stepUnit.dropLast(), one = report.stepUnit == "episodes" ? "an episode" : "a record"
        let low = values.min() ?? 0, high = values.max() ?? 0
        guard let start = firstMean(trips), let end = finalMean(trips) else { return }
        let finder = OnsetFinder(steps: trips.map(\.step), levels: values.map { -Double.log(max(0, $0) + 0.5) })
        let equity = report.log.curve(.equity)
        if n >= OnsetFinder.fewest, end <= stoppedShare * start, let found = finder.change() {
            report.course = .collapsed
            report.onset = found.onset
            let line = stoppedShare * start
            report.collapsedFrom = values.lastIndex { $0 > 2 * line }.flatMap { $0 + 1 < n ? trips[$0 + 1].step : nil }
            // No position and no profit: only an action that does nothing leaves equity as it is.
            let idle = trips.filter { $0.value == 0 }.compactMap { t in equity.first { $0.step == t.step } }
            let isFlat = !idle.isEmpty && Set(idle.map(\.value)).count == 1
            report.collapse = .holdCollapse
            // How far the last records are below the line, by their own scatter.
            let tail = Array(values.suffix(max(5, n / 10))), level = tail.reduce(0, +) / Double(tail.count)
            let error = (tail.reduce(0) { $0 + ($1 - level) * ($1 - level) } / Double(tail.count - 1) / Double(tail.count)).squareRoot()
            report.confidence = studentCDF((line - level) / max(error, 0.05), Double(tail.count - 1)) * (isFlat || equity.isEmpty ? 1 : 0.8)
            report.verdict =
                "Stopped trading (class hold_collapse, confidence \(percentText(min(report.confidence ?? 0, 0.999), digits: 0))): from \(fixed(start, 1)) round trips \(one) at first to \(fixed(end, 1)) at the end, onset at \(unit) \(countText(found.onset.step)) (95% \(countText(found.onset.interval95.low)) to \(countText(found.onset.interval95.high))), and it does not come back."
            report.evidence.append(
                "Round trips \(one): \(countText(start)) at first, \(fixed(end, 1)) in the last \(max(5, n / 10)) records. They leave their level for good at \(unit) \(countText(found.onset.step)), 95% between \(countText(found.onset.interval95.low)) and \(countText(found.onset.interval95.high)) (PELT on logarithms whitened by AR(1) with phi \(fixed(found.autocorrelation, 2)), BIC penalty, \(found.changes) change\(found.changes == 1 ? "" : "s") in all; block bootstrap)"
                    + (report.collapsedFrom.map { "; from \(unit) \(countText($0)) on they stay below a fifth of the first level." } ?? "."))
            if let one = idle.first, isFlat {
                report.evidence.append("Where no round trip is completed, equity is exactly \(fixed(one.value, 2)): there is no open position either, so this is not a position held for good. Whatever is chosen there leaves the agent flat.")
            } else if !idle.isEmpty {
                report.evidence.append("Equity moves although no round trip is completed: a position is held for good.")
                report.collapse = .oneSided
            }
        } else {
            report.course = n >= OnsetFinder.fewest ? .steady : .unknown
            report.classReason = "the log counts round trips, but not how often each action was taken"
            report.onsetReason = n < OnsetFinder.fewest ? "\(n) records are too few for a change-point" : "training has not stopped trading"
            report.verdict = "No collapse in training: \(countText(low)) to \(countText(high)) round trips \(one) throughout (class undecided: \(report.classReason))."
            report.evidence.append("Round trips \(one): \(fixed(start, 1)) at first, \(fixed(end, 1)) at the end, between \(countText(low)) and \(countText(high)) over all \(n) records.")
        }
        let tested = report.log.curve(.evaluationTrips)
        guard tested.count >= 3 else { return }
        let zeros = tested.filter { $0.value == 0 }, last = tested.lastIndex { $0.value > 0 } ?? 0
        let range = "between \(countText(tested.map(\.value).min() ?? 0)) and \(countText(tested.map(\.value).max() ?? 0))"
        if zeros.isEmpty {
            report.evidence.append("The trainer's own evaluation has round trips in every pass (\(range)).")
        } else if report.course == .collapsed {
            // From where on at most one pass in twenty has trades.
            let start = tested.indices.first { k in tested[k].value == 0 && tested[k...].count { $0.value > 0 } * 20 <= tested.count - k } ?? tested.count - 1
            let first = tested[start], others = tested[start...].filter { $0.value > 0 }
            report.evidence.append(
                "The trainer's own evaluation has none in \(zeros.count) of \(tested.count) passes, from \(unit) \(countText(first.step)) on in all but \(others.count)" + (others.isEmpty ? "." : " (\(others.map { countText($0.value) }.joined(separator: ", ")) round trips)."))
        } else {
            report.course = .recovered
            report.evidence.append(
                "The trainer's own evaluation (usually the likeliest action, without exploration) has no round trip in \(zeros.count) of \(tested.count) passes, at \(unit) \(zeros.map { countText($0.step) }.joined(separator: ", ")), and comes back" + (last == tested.count - 1 ? "" : ", though not in the last")
                    + ": \(range). That is a collapse of the evaluated policy that comes and goes, while the one that trains goes on trading.")
            report.verdict += " Its evaluation collapses in \(zeros.count) of \(tested.count) passes and recovers."
        }
    }

    /// Actions that the policy chose among: given, or read off the first entropy, since PPO's small last layer starts it near uniform.
    static func actionCount(_ log: TrainingLog) -> (count: Int, isInferred: Bool)? {
        if log.actions.count > 1 { return (log.actions.count, false) }
        if let count = log.actionCount { return (count, false) }
        guard let first = log.firstEntropy ?? log.curve(.entropy).first?.value, first > 0.5 else { return nil }
        let count = Double.exp(first).rounded()
        return count >= 2 && count <= 64 && abs(Double.log(count) - first) < 0.03 * Double.log(count) ? (Int(count), true) : nil
    }

    private static func judgeEntropy(_ report: inout PostmortemReport) {
        let entropy = report.log.curve(.entropy), values = entropy.map(\.value), n = values.count, unit = report.stepUnit.dropLast()
        guard let first = values.first, let end = values.last, let lowest = values.min(), let at = values.firstIndex(of: lowest) else { return }
        report.classReason = "the log does not say which actions were taken, only how spread they were"
        report.onsetReason = "entropy alone does not show a collapse to one action that lasts"
        guard let actions = actionCount(report.log) else {
            report.verdict = "Undecided: \(report.classReason), and among how many actions the policy chose is not known."
            report.evidence.append("Entropy: \(fixed(first, 3)) nats at first, \(fixed(lowest, 3)) at least (\(unit) \(countText(entropy[at].step))), \(fixed(end, 3)) at the end.")
            return
        }
        let top = Double.log(Double(actions.count)), line = largestEntropy(share: CollapseClass.holdLine, count: actions.count)
        let source = actions.isInferred ? " (read off the first entropy, \(fixed(first, 3)) nats, nearly ln \(actions.count) = \(fixed(top, 3)): PPO starts near uniform)" : ""
        report.evidence.append("\(actions.count) actions\(source). Entropy: \(fixed(first, 3)) nats at first (\(percentText(first / top, digits: 0)) of uniform), \(fixed(lowest, 3)) at least (\(percentText(lowest / top, digits: 0)), \(unit) \(countText(entropy[at].step))), \(fixed(end, 3)) at the end (\(percentText(end / top, digits: 0))).")
        let drop = first - lowest, back = end - lowest
        // A dip is a fall by a quarter of ln A of which at least half is made good.
        if drop >= 0.25 * top, back >= 0.5 * drop {
            report.course = .recovered
            // Where it stood highest after the dip: the recovery may itself be followed by a fall.
            let after = entropy[at...].max { $0.value < $1.value } ?? entropy[at]
            report.verdict =
                "No collapse at the end: entropy dips to \(percentText(lowest / top, digits: 0)) of uniform at \(unit) \(countText(entropy[at].step)) and recovers to \(percentText(end / top, digits: 0))" + (back < 0.95 * drop ? ", not all the way" : "") + " (class undecided: \(report.classReason))."
            report.evidence.append("The dip is \(percentText(drop / top, digits: 0)) of ln \(actions.count) deep; \(percentText(back / drop, digits: 0)) of it is made good at the end, and at \(unit) \(countText(after.step)) entropy is back at \(fixed(after.value, 3)).")
        } else if end < line {
            report.course = .drift
            report.verdict = "Undecided: entropy has fallen to \(percentText(end / top, digits: 0)) of uniform, so that one action may have \(percentText(CollapseClass.holdLine, digits: 0)) or more; which cannot be known."
            let finder = OnsetFinder(steps: entropy.map(\.step), levels: values.map { -$0 })
            if let found = finder.change() {
                report.onset = found.onset
                report.evidence.append("Entropy leaves its level for good at \(unit) \(countText(found.onset.step)), 95% between \(countText(found.onset.interval95.low)) and \(countText(found.onset.interval95.high)).")
            }
        } else {
            report.course = n >= OnsetFinder.fewest ? .steady : .unknown
            report.verdict = "No collapse: entropy ends at \(percentText(end / top, digits: 0)) of uniform, never below \(percentText(lowest / top, digits: 0)) (class undecided: \(report.classReason))."
        }
        if end >= line {
            report.evidence.append("An action with \(percentText(CollapseClass.holdLine, digits: 0)) of the decisions leaves at most \(fixed(line, 3)) nats among \(actions.count) actions: with \(fixed(end, 3)) at the end, none has that much. hold_collapse and one_sided are ruled out.")
        }
        if lowest < line, end >= line {
            report.unknown.append("Whether one action had \(percentText(CollapseClass.holdLine, digits: 0)) or more during the dip: entropy then allows it, and the log does not count actions.")
        }
    }

    /// What the other curves show, whatever the verdict.
    static func describeCurves(_ report: inout PostmortemReport) {
        let log = report.log
        if let first = firstMean(log.curve(.reward)), let end = finalMean(log.curve(.reward)), log.curve(.reward).count >= 10 {
            let values = log.curve(.reward).map(\.value), low = values.min() ?? 0, high = values.max() ?? 0
            report.evidence.append("Reward: \(fixed(first, 3)) at first, \(fixed(end, 3)) at the end (between \(fixed(low, 3)) and \(fixed(high, 3)))\(end < first && high - low > 0 && (first - end) > 0.1 * (high - low) ? ": training makes it worse" : "").")
        }
        let explained = log.curve(.explainedVariance).map(\.value)
        if explained.count >= 5 {
            let below = explained.count { $0 < 0 }, sorted = explained.sorted()
            if below * 2 > explained.count {
                report.evidence.append("Explained variance is below 0 in \(below == explained.count ? "every update" : "\(below) of \(explained.count) updates") (from \(fixed(sorted[0], 2)) to \(fixed(sorted[sorted.count - 1], 2)), median \(fixed(sorted[sorted.count / 2], 2))): the critic predicts the returns worse than their mean does.")
            }
        }
        let clip = log.curve(.clipFraction).map(\.value)
        if clip.count >= 5 {
            let none = clip.count { $0 == 0 }
            if none * 5 > clip.count { report.evidence.append("The clip fraction is exactly 0 in \(percentText(Double(none) / Double(clip.count), digits: 0)) of the updates: they hardly move the policy.") }
        }
        if !log.mixes.isEmpty, !log.isFlatOnly, let entropy = log.curve(.entropy).last?.value, log.actionCount ?? log.actions.count > 1 {
            let count = log.actionCount ?? log.actions.count, top = Double.log(Double(count)), values = log.curve(.entropy).map(\.value)
            report.evidence.append("Entropy: \(percentText((values.first ?? entropy) / top, digits: 0)) of uniform over \(count) actions at first, \(percentText(entropy / top, digits: 0)) at the end" + ((values.min() ?? entropy) < 0.9 * entropy ? ", \(percentText((values.min() ?? entropy) / top, digits: 0)) at least." : "."))
        }
        let lifts = log.curve(.setupLift)
        if let end = finalMean(lifts) {
            let list = lifts.count <= 6 ? lifts.map { fixed($0.value, 2) }.joined(separator: ", ") : "\(fixed(lifts.map(\.value).min() ?? end, 2)) to \(fixed(lifts.map(\.value).max() ?? end, 2))"
            report.evidence.append("Lift of entries on strong setups over entries at all: \(list). " + (end < 1.25 ? "A setup hardly changes what the policy does: it reacts to something else, or cannot see the setup." : end >= 2 ? "The policy selects its entries." : "Setups matter a little."))
        }
        let trips = log.curve(.roundTrips)
        if !log.mixes.isEmpty, !trips.isEmpty {
            let total = trips.reduce(0) { $0 + $1.value }
            report.evidence.append("Completed round trips: \(countText(total)) in all, \(countText(trips[trips.count - 1].value)) in the last record.")
        } else if let tested = log.curve(.evaluationTrips).last?.value, !log.mixes.isEmpty {
            report.evidence.append("Completed round trips of the final policy on the training bars: \(countText(tested)).")
        }
        if log.isSmoothed { report.evidence.append("The shares in the log are smoothed by the trainer: no change can be dated more finely than its smoothing.") }
        if let longest = log.curve(.longestRun).map(\.value).max(), longest > 1 { report.evidence.append("The longest run of one action is \(countText(longest)) steps.") }
    }

    /// Chosen and executed actions, told apart: an engine that turns SELL into HOLD is no collapse of the policy.
    static func describeExecuted(_ report: inout PostmortemReport) {
        let log = report.log
        guard !log.executed.isEmpty, log.executed.count == log.mixes.count || log.executed[0].shares.count == log.actions.count else { return }
        let width = max(min(5, log.mixes.count), log.mixes.count / 10)
        func mean(_ list: [TrainingLog.Mix]) -> [Double] { log.actions.indices.map { a in list.suffix(width).reduce(0) { $0 + $1.shares[a] } / Double(min(width, list.count)) } }
        let chosen = mean(log.mixes), done = mean(log.executed)
        let moved = zip(chosen, done).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
        if moved < 0.005 {
            report.evidence.append("Chosen and executed actions agree (\(percentText(moved)) of the decisions differ).")
            return
        }
        report.evidence.append("Chosen and executed actions differ: at the end the policy chooses " + zip(log.actions, chosen).map { "\($0) \(percentText($1))" }.joined(separator: ", ") + "; executed are " + zip(log.actions, done).map { "\($0) \(percentText($1))" }.joined(separator: ", ") + ". At least \(percentText(moved)) of the decisions are changed on the way.")
        if let h = log.hold, done[h] >= CollapseClass.holdLine, chosen[h] < CollapseClass.holdLine {
            report.evidence.append("The executed mix would be called hold_collapse, the chosen one is \(report.collapse.rawValue): look for what rewrites actions to HOLD (a mask, an engine's rule, an order that is refused) before blaming the reward.")
        }
    }
}
