internal import RealModule

/// Judges a run by its log: class, onset, implied gaps, causes, what could free it, and what cannot be known.
package enum Postmortem {
    /// What the caller knows besides the log.
    package struct Context: Sendable {
        /// Overrides the log's.
        package var entropyCoefficient: Double?
        /// What the reward pays on bars; nil without reward and bars.
        package var reward: RewardFindings?
        /// The kinds of pay that each term is made of (guaranteed, path, uncertain, shaping), where the reward file is known.
        package var kinds: [String: [String]] = [:]
        /// What training would come to under changed settings, where reward, bars and settings are known; nil leaves remedies to the mean field.
        package var forecaster: (any RunForecaster)?
        package init(entropyCoefficient: Double? = nil, reward: RewardFindings? = nil, forecaster: (any RunForecaster)? = nil) {
            self.entropyCoefficient = entropyCoefficient
            self.reward = reward
            self.forecaster = forecaster
        }
    }

    /// Forecasts runs of the settings that a log was made under, or of others.
    package protocol RunForecaster: Sendable {
        /// Of the training as it was.
        var entropyCoefficient: Double { get }
        /// Shares by action at the run's last step, from a fresh start, with the weights of the terms in `factors` times these; nil where it cannot be forecast.
        func mix(entropyCoefficient: Double, factors: [String: Double]) -> [(action: String, share: Double)]?
        /// How, in a few words.
        var method: String { get }
        /// What of the settings was assumed rather than known, as a sentence; empty where nothing was.
        var assumption: String { get }
    }

    /// One log a seed; of several, the report is of their mean mix and holds each seed's own.
    package static func examine(_ logs: [TrainingLog], source: String, _ context: Context = Context()) -> PostmortemReport {
        precondition(!logs.isEmpty, "Postmortem: no log")
        if logs.count == 1 { return examine(logs[0], context) }
        var report = examine(merged(logs, source: source), context)
        report.seeds = logs.map { examine($0, context) }
        let classes = Dictionary(grouping: report.seeds.map(\.collapse)) { $0 }.map { (name: $0.key, count: $0.value.count) }.sorted { ($0.count, $0.name.rawValue) > ($1.count, $1.name.rawValue) }
        report.evidence.insert("\(logs.count) seeds: " + classes.map { "\($0.count) \($0.name.rawValue)" }.joined(separator: ", ") + "; what follows is of their mean mix.", at: 0)
        let onsets = report.seeds.compactMap { $0.onset?.step }
        if let low = onsets.min(), let high = onsets.max(), onsets.count > 1 { report.evidence.insert("Onsets of the seeds: \(onsets.count) of \(logs.count), from \(report.stepUnit.dropLast()) \(countText(low)) to \(countText(high)).", at: 1) }
        return report
    }

    package static func examine(_ log: TrainingLog, _ context: Context = Context()) -> PostmortemReport {
        var log = log
        if let c = context.entropyCoefficient { log.entropyCoefficient = c }
        var report = PostmortemReport(log)
        if log.mixes.count > 0, log.actions.count > 1 { judgeMix(&report) } else { judgeCurves(&report) }
        describeCurves(&report)
        describeExecuted(&report)
        if !log.mixes.isEmpty { impliedGaps(&report) }
        splitPay(&report, context)
        findCauses(&report, context.reward)
        if !log.mixes.isEmpty { judgeHysteresis(&report) }
        if let forecaster = context.forecaster { forecastRemedies(&report, forecaster, kinds: context.kinds) }
        if report.remedies.isEmpty { findRemedies(&report) }
        sayUnknown(&report, context)
        return report
    }

    /// The mean over seeds at the steps that all of them have; what they paid is summed.
    static func merged(_ logs: [TrainingLog], source: String) -> TrainingLog {
        var out = logs[0]
        out.source = source
        out.seed = nil
        func mean(_ lists: [[TrainingLog.Mix]]) -> [TrainingLog.Mix] {
            // Seeds of one experiment have the same steps; one that has got less far ends the mean.
            let count = lists.map(\.count).min() ?? 0
            return (0..<count).compactMap { k in
                guard lists.allSatisfy({ $0[k].step == lists[0][k].step }) else { return nil }
                let shares = lists[0][k].shares.indices.map { a in lists.reduce(0) { $0 + $1[k].shares[a] } / Double(lists.count) }
                return .init(step: lists[0][k].step, shares: shares, decisions: lists.reduce(0.0) { $0 + ($1[k].decisions ?? 0) })
            }
        }
        out.mixes = mean(logs.map(\.mixes))
        out.groups = out.groups.map { group in .init(name: group.name, mixes: mean(logs.map { $0.groups.first { $0.name == group.name }?.mixes ?? [] })) }
        out.paid = logs.flatMap(\.paid)
        out.received = logs.flatMap(\.received)
        out.termIsConstant = out.terms.indices.map { k in logs.allSatisfy { $0.termIsConstant[safe: k] ?? false } }
        out.flatShareOfHold = logs.reduce(0) { $0 + $1.flatShareOfHold } / Double(logs.count)
        for (quantity, points) in out.curves {
            let lists = logs.map { $0.curve(quantity) }, count = lists.map(\.count).min() ?? 0
            out.curves[quantity] = (0..<min(count, points.count)).map { k in .init(step: points[k].step, value: lists.reduce(0) { $0 + $1[k].value } / Double(lists.count)) }
        }
        return out
    }
}

/// Mean of the last tenth of a curve, of at least five points; nil without any.
func finalMean(_ points: [TrainingLog.Point]) -> Double? {
    guard !points.isEmpty else { return nil }
    let tail = points.suffix(max(min(5, points.count), points.count / 10))
    return tail.reduce(0) { $0 + $1.value } / Double(tail.count)
}

/// Mean of the first tenth.
func firstMean(_ points: [TrainingLog.Point]) -> Double? {
    guard !points.isEmpty else { return nil }
    let head = points.prefix(max(min(5, points.count), points.count / 10))
    return head.reduce(0) { $0 + $1.value } / Double(head.count)
}

/// Centred moving averages over `width` values, shorter at the ends.
func smoothed(_ values: [Double], _ width: Int) -> [Double] {
    guard width > 1 else { return values }
    let half = width / 2
    return values.indices.map { k in
        let part = values[max(0, k - half)...min(values.count - 1, k + half)]
        return part.reduce(0, +) / Double(part.count)
    }
}
