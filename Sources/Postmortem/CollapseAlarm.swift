internal import RealModule

/// Warns of a collapse before it is complete, from the mix alone; a form that reads x too is studied, and not shipped, since it does worse.
///
/// At each record, for each state that a run can collapse to (HOLD or any one action at 80%, or trading at 95%), a score: the logit of the share on its way from
/// uniform (0) to the line (1), how far that way leads if it goes on as in the last half of the log, the number of records, and, in the form that reads it, the arc hyperbolic sine of the mean x of the
/// last six. The alarm sounds where a score reaches its threshold. Weights and thresholds: logistic regression on some of our own runs, measured on others (`assay-bench alarm`, docs/postmortem.md).
package struct CollapseAlarm: Sendable, Equatable {
    /// What a run may collapse to.
    package enum Target: String, Sendable, CaseIterable { case hold, side, trading }

    /// [10]: constant, progress, projection, progress x projection, progress squared with its sign, log of the record's number, that x progress, arcsinh of x, that x progress,
    /// that x log of the record's number. The last three 0 where x is not read.
    package var weights: [Target: [Double]]
    package var thresholds: [Target: Double]
    package let readsX: Bool

    package init(weights: [Target: [Double]], thresholds: [Target: Double], readsX: Bool) {
        self.weights = weights
        self.thresholds = thresholds
        self.readsX = readsX
    }

    /// How an alarm did on runs that it was not tuned on.
    package struct Measured: Sendable {
        package let collapsed, sound: Int
        /// Median over the collapsed runs of 1 - alarm's step / onset's step, a run without alarm counting as -1.
        package let medianLead: Double
        /// Share of the sound runs in which it ever sounded, and of the collapsed ones in which it sounded at all, and before the collapse.
        package let falseAlarms, found, foundBefore: Double

        package init(collapsed: Int, sound: Int, medianLead: Double, falseAlarms: Double, found: Double, foundBefore: Double) {
            self.collapsed = collapsed
            self.sound = sound
            self.medianLead = medianLead
            self.falseAlarms = falseAlarms
            self.found = found
            self.foundBefore = foundBefore
        }
    }

    package struct Reading: Sendable {
        /// Step of the first alarm; nil when it never sounded.
        package var step: Double?
        package var target: Target
        package var readsX: Bool
        /// Whether the log is of options, its mix that of flat decisions; `measured` is then of such runs.
        package var onOptions = false
        package var measured: Measured
    }

    /// Records before the first score.
    package static let fewest = 3

    /// One state's share over time as the alarm sees it.
    package struct Track: Sendable {
        package var target: Target
        package var steps: [Double]
        package var shares: [Double]
        /// x of each record, towards the target; empty where none is logged.
        package var x: [Double]
        /// Uniform share and line.
        package var uniform, line: Double

        package init(target: Target, steps: [Double], shares: [Double], x: [Double], uniform: Double, line: Double) {
            self.target = target
            self.steps = steps
            self.shares = shares
            self.x = x
            self.uniform = uniform
            self.line = line
        }
    }

    /// Tracks of a log; empty without HOLD or with fewer than `fewest` records.
    package static func tracks(_ log: TrainingLog) -> [Track] {
        guard let h = log.hold, log.mixes.count >= fewest else { return [] }
        let steps = log.mixes.map(\.step), count = Double(log.actions.count), logged = log.curve(.x)
        var x: [Double] = []
        if logged.count >= fewest {
            var k = 0
            for step in steps {
                while k + 1 < logged.count, logged[k + 1].step <= step { k += 1 }
                x.append(logged[k].value)
            }
        }
        var out = [Track(target: .hold, steps: steps, shares: log.mixes.map { $0.shares[h] }, x: x, uniform: 1 / count, line: 0.8)]
        for a in log.actions.indices where a != h && log.actions[a] != "OTHER" {
            out.append(Track(target: .side, steps: steps, shares: log.mixes.map { $0.shares[a] }, x: x.map { -$0 }, uniform: 1 / count, line: 0.8))
        }
        out.append(Track(target: .trading, steps: steps, shares: log.mixes.map { 1 - $0.shares[h] }, x: x.map { -$0 }, uniform: 1 - 1 / count, line: 0.95))
        return out
    }

    /// Features at each record, [T][10]; rows before `fewest` are empty. Only what was logged until then enters.
    package static func features(_ track: Track, readsX: Bool) -> [[Double]] {
        func logit(_ p: Double) -> Double {
            let q = min(0.998, max(0.002, p))
            return Double.log(q / (1 - q))
        }
        let zero = logit(track.uniform), span = logit(track.line) - zero
        var way: [Double] = [], mean = 0.0, rows: [[Double]] = [], past = 0
        for k in track.shares.indices {
            let value = (logit(track.shares[k]) - zero) / span
            mean += (value - mean) / min(2, Double(k + 1))
            way.append(mean)
            guard k + 1 >= fewest else {
                rows.append([])
                continue
            }
            // Since half of the way to now.
            while past + 1 < k, track.steps[past + 1] <= track.steps[k] / 2 { past += 1 }
            let now = track.steps[k]
            let slope = now > track.steps[past] ? (mean - way[past]) / (now - track.steps[past]) : 0
            let projection = min(3, max(-3, slope * now))
            let age = Double.log(Double(k + 1))
            var row = [1, mean, projection, projection * mean, mean * abs(mean), age, age * mean, 0, 0, 0]
            if readsX, !track.x.isEmpty {
                let recent = track.x[max(0, k - 5)...k], x = recent.reduce(0, +) / Double(recent.count)
                row[7] = Double.asinh(min(1e3, max(-1e3, x)))
                row[8] = row[7] * mean
                row[9] = row[7] * age
            }
            rows.append(row)
        }
        return rows
    }

    /// Scores at each record; minus infinity before `fewest`.
    package func scores(_ track: Track) -> [Double] {
        guard let w = weights[track.target] else { return [] }
        return Self.features(track, readsX: readsX).map { row in row.isEmpty ? -.infinity : zip(row, w).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// First record whose score reaches its threshold; nil when none does.
    package func first(_ tracks: [Track]) -> (index: Int, target: Target)? {
        var best: (index: Int, target: Target)?
        for track in tracks {
            guard let threshold = thresholds[track.target] else { continue }
            if let k = scores(track).firstIndex(where: { $0 >= threshold }), k < best?.index ?? .max { best = (k, track.target) }
        }
        return best
    }

    /// The shipped alarm on a log; nil where the log has no mixes to hear it by.
    package static func read(_ log: TrainingLog) -> Reading? {
        let tracks = tracks(log)
        guard let first = tracks.first else { return nil }
        let found = mixAlone.first(tracks)
        return Reading(step: found.map { first.steps[$0.index] }, target: found?.target ?? .hold, readsX: mixAlone.readsX, onOptions: log.isFlatOnly, measured: log.isFlatOnly ? measuredOnOptions : measuredMixAlone)
    }
}
