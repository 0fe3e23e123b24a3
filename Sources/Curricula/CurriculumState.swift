internal import Expressions
internal import NumericKernels
internal import TradingTypes

/// Why a run left a stage, or what was noted about it.
public enum StageReason: String, Sendable, CaseIterable {
    case started, promoted, demoted, learningProgress = "learning_progress"
    case timedOutPromoted = "timed_out_promoted", timedOutStays = "timed_out_stays", timedOutFailed = "timed_out_failed"
}

/// A change of stage, or a time-out that changes nothing.
public struct StageChange: Sendable, Equatable {
    public var step: Int
    public var from: Int?
    public var to: Int
    public var reason: StageReason
    /// What the rule saw: smoothed metrics in the order of `CurriculumMetric`, NaN where unknown.
    public var metrics: [Double]
    public var stageSteps: Int
    public var stageEpisodes: Int
    /// In words, with the rule that held.
    public var sentence: String
}

/// Where a run stands in its curriculum. A value: what a checkpoint holds, and all that the next stage depends on.
///
/// Metrics are smoothed exponentially over roll-outs and forgotten at a change, so that a stage is judged by its own behaviour. Learning progress of a stage is
/// |fast - slow|, two smoothed values (rates .3 and .05) of its measure at the end of its turns; a turn goes to a stage never tried as long as there is one, then to
/// stage i with probability .75 p_i / sum p + .25 / n.
public struct CurriculumState: Sendable, Equatable {
    public private(set) var stage = 0
    public private(set) var stageSteps = 0
    public private(set) var stageEpisodes = 0
    /// Smoothed metrics, in the order of `CurriculumMetric`; NaN where none was seen yet.
    public private(set) var metrics = [Double](repeating: .nan, count: CurriculumMetric.allCases.count)
    public private(set) var timedOut = false
    private var turns = 0
    private var visits: [Int]
    private var fast: [Double], slow: [Double]

    /// Whether the stage has no turn of learning progress behind it; always in the other orders.
    public var isNewStage: Bool { visits[stage] == 0 }

    public static let uniformShare = 0.25, fastRate = 0.3, slowRate = 0.05

    public init(_ curriculum: Curriculum) {
        visits = [Int](repeating: 0, count: curriculum.stages.count)
        fast = [Double](repeating: 0, count: curriculum.stages.count)
        slow = fast
    }

    /// Takes in one roll-out of `steps` steps in which `episodes` ended; `now` steps of the run are done. Gives the change that follows, if any.
    public mutating func observe(
        _ seen: [CurriculumMetric: Double], steps: Int, episodes: Int, now: Int, in curriculum: Curriculum, seed: UInt64
    ) -> StageChange? {
        stageSteps += steps
        stageEpisodes += episodes
        for (k, metric) in CurriculumMetric.allCases.enumerated() {
            guard let value = seen[metric], value.isFinite else { continue }
            metrics[k] = metrics[k].isNaN ? value : metrics[k] + curriculum.smoothing * (value - metrics[k])
        }
        return curriculum.order == .learningProgress ? takeTurn(now, curriculum, seed) : judge(now, curriculum)
    }

    private mutating func judge(_ now: Int, _ curriculum: Curriculum) -> StageChange? {
        let current = curriculum.stages[stage]
        if stageEpisodes >= current.minEpisodes {
            if stage + 1 < curriculum.stages.count, let rule = current.promote, holds(rule, now) {
                return move(to: stage + 1, .promoted, now, "promote_when held: \(rule.text)")
            }
            if stage > 0, let rule = current.demote, holds(rule, now) { return move(to: stage - 1, .demoted, now, "demote_when held: \(rule.text)") }
        }
        guard let limit = current.timeoutSteps, stageSteps >= limit, !timedOut else { return nil }
        switch current.onTimeout {
        case .promote where stage + 1 < curriculum.stages.count:
            return move(to: stage + 1, .timedOutPromoted, now, "\(limit) steps were over and on_timeout is promote")
        case .fail:
            timedOut = true
            return note(.timedOutFailed, now, "\(limit) steps were over and on_timeout is fail")
        default:
            timedOut = true
            return note(.timedOutStays, now, "\(limit) steps were over; the stage goes on")
        }
    }

    private mutating func takeTurn(_ now: Int, _ curriculum: Curriculum, _ seed: UInt64) -> StageChange? {
        guard stageSteps >= curriculum.turnSteps else { return nil }
        let place = CurriculumMetric.allCases.firstIndex(of: curriculum.measure) ?? 0
        if metrics[place].isFinite {
            let value = metrics[place]
            if visits[stage] == 0 { (fast[stage], slow[stage]) = (value, value) } else {
                fast[stage] += Self.fastRate * (value - fast[stage])
                slow[stage] += Self.slowRate * (value - slow[stage])
            }
        }
        visits[stage] += 1
        turns += 1
        let progress = zip(fast, slow).map { abs($0 - $1) }, total = progress.reduce(0, +), n = Double(progress.count)
        var next = visits.firstIndex(of: 0) ?? 0, words = "not tried yet"
        if !visits.contains(0) {
            var random = RandomStream(seed: seed, purpose: "curriculum", index: UInt64(turns))
            let uniform = random.uniform()
            var sum = 0.0
            next = progress.count - 1
            for (k, p) in progress.enumerated() {
                sum += Self.uniformShare / n + (1 - Self.uniformShare) * (total > 0 ? p / total : 1 / n)
                if uniform < sum {
                    next = k
                    break
                }
            }
            words = "learning progress \(rounded(progress[next])) of \(rounded(total)) in all stages"
        }
        if next == stage {
            // Another turn in the same stage: nothing changes, its metrics go on.
            stageSteps = 0
            return nil
        }
        return move(to: next, .learningProgress, now, words)
    }

    private func rounded(_ x: Double) -> Double { (x * 1e6).rounded() / 1e6 }

    private func holds(_ rule: TypedExpression, _ now: Int) -> Bool {
        var columns: [String: Column] = ["stage_episodes": .constant(Double(stageEpisodes)), "stage_steps": .constant(Double(stageSteps)), "steps": .constant(Double(now))]
        for (k, metric) in CurriculumMetric.allCases.enumerated() {
            // A rule on something that is not known does not hold, whichever way it compares.
            if metrics[k].isNaN, rule.names.contains(metric.rawValue) { return false }
            columns[metric.rawValue] = .constant(metrics[k])
        }
        return ColumnProgram(rule).values(ColumnTable(rowCount: 1, columns: columns), rows: 0..<1)[0] != 0
    }

    private func note(_ reason: StageReason, _ now: Int, _ sentence: String) -> StageChange {
        StageChange(step: now, from: stage, to: stage, reason: reason, metrics: metrics, stageSteps: stageSteps, stageEpisodes: stageEpisodes, sentence: sentence)
    }

    private mutating func move(to next: Int, _ reason: StageReason, _ now: Int, _ sentence: String) -> StageChange {
        var change = note(reason, now, sentence)
        change.to = next
        stage = next
        stageSteps = 0
        stageEpisodes = 0
        timedOut = false
        metrics = [Double](repeating: .nan, count: metrics.count)
        return change
    }

    /// The first row of a run's record.
    public func start() -> StageChange {
        StageChange(step: 0, from: nil, to: stage, reason: .started, metrics: metrics, stageSteps: 0, stageEpisodes: 0, sentence: "the run begins here")
    }

    /// Everything, for checkpoints. NaN as -1e300.
    public var words: [Double] {
        ([Double(stage), Double(stageSteps), Double(stageEpisodes), timedOut ? 1 : 0, Double(turns)] + metrics + visits.map(Double.init) + fast + slow).map { $0.isNaN ? -1e300 : $0 }
    }

    /// nil when the words are another curriculum's.
    public init?(words: [Double], _ curriculum: Curriculum) {
        self.init(curriculum)
        let n = curriculum.stages.count, m = metrics.count
        guard words.count == 5 + m + 3 * n, words[0] >= 0, Int(words[0]) < n else { return nil }
        let values = words.map { $0 <= -1e299 ? Double.nan : $0 }
        (stage, stageSteps, stageEpisodes, timedOut, turns) = (Int(values[0]), Int(values[1]), Int(values[2]), values[3] == 1, Int(values[4]))
        metrics = Array(values[5..<5 + m])
        visits = values[5 + m..<5 + m + n].map { Int($0) }
        fast = Array(values[5 + m + n..<5 + m + 2 * n])
        slow = Array(values[5 + m + 2 * n..<5 + m + 3 * n])
    }

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }
}
