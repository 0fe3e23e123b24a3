internal import ComponentKit
internal import Dispatch
internal import Foundation
internal import MaskablePPO
internal import NumericKernels
internal import RunRecords
internal import Synchronization
public import Training

/// A sweep in its folder: trials side by side, one thread each, every finished one recorded at once.
///
/// Run again after a kill, it does the trials that are missing. What a trial comes to depends on neither the threads nor the order.
public final class Sweep {
    public let plan: SweepPlan
    public let folder: String
    public let points: [[String]]
    public let seeds: [UInt64]
    public let experiment: Experiment
    private let store: SweepStore
    private let markets: TrialMarkets
    public var database: String { store.path }

    /// A trial of a sweep that is under way, for a display.
    public struct Progress: Sendable {
        public var done: Int
        public var total: Int
        public var record: TrialRecord
    }

    /// Reads and checks everything before the first training: every point's experiment, every weight's term. Opens or begins the results in `folder`.
    ///
    /// Throws `InputMissing` and `InputIssues`.
    public init(_ plan: SweepPlan, folder: String, force: Bool = false) throws {
        self.plan = plan
        self.folder = folder
        points = try plan.points()
        markets = try TrialMarkets(experiment: plan.experiment)
        experiment = try markets.experiment(try Self.settings(plan, Array(repeating: "", count: 0)))
        seeds = plan.seeds ?? experiment.seeds
        try Self.check(plan, points, markets)
        let first = try markets.inputs(try Self.settings(plan, points[0]))
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw InputIssues(InputIssue(code: "not_written", file: folder, message: "cannot be created", help: "choose a folder that can be written with --out"))
        }
        let path = folder + "/sweep.sqlite"
        if force { for suffix in ["", "-journal", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) { try FileManager.default.removeItem(atPath: path + suffix) } }
        store = try SweepStore(path, identity: Self.identity(plan, experiment, first))
        try store.record(points: points, names: plan.dimensions.map(\.name))
    }

    /// Settings of a point; without values those that all trials share.
    private static func settings(_ plan: SweepPlan, _ values: [String]) throws -> TrialSettings {
        try TrialSettings(plan.settings + (plan.steps.map { ["steps=\($0)"] } ?? []) + zip(plan.dimensions, values).map { "\($0.name)=\($1)" })
    }

    /// Every value of every dimension, each alone beside the first point, and then every point: a fault names the value that made it.
    private static func check(_ plan: SweepPlan, _ points: [[String]], _ markets: TrialMarkets) throws {
        var issues: [InputIssue] = [], seen: Set<String> = []
        for (d, dimension) in plan.dimensions.enumerated() {
            for value in Set(points.map { $0[d] }).sorted() {
                do {
                    let settings = try settings(plan, points[0].enumerated().map { $0 == d ? value : $1 })
                    if dimension.name.hasPrefix("reward.") { continue }
                    _ = try markets.experiment(settings)
                } catch let found as InputIssues {
                    for issue in found.issues where seen.insert(issue.message).inserted { issues.append(issue) }
                }
            }
        }
        // Weights of terms that the reward lacks, beside the faults of settings.
        let shared = plan.settings + zip(plan.dimensions, points[0]).filter { $0.0.name.hasPrefix("reward.") }.map { "\($0.name)=\($1)" }
        do { _ = try markets.inputs(try TrialSettings(shared)) } catch let found as InputIssues {
            for issue in found.issues where seen.insert(issue.message).inserted { issues.append(issue) }
        }
        try issues.throwIfErrors()
        for point in points { _ = try markets.experiment(try settings(plan, point)) }
    }

    /// What must be the same for results to belong together. Points of a sequence, and seeds, may be added.
    private static func identity(_ plan: SweepPlan, _ experiment: Experiment, _ inputs: TrainingInputs) -> [(key: String, value: String)] {
        // The reward and the bars count by what is in them, not by where they lie.
        return [
            ("schema", "1"), ("name", plan.name), ("experiment", experiment.parameters.compact), ("reward", SHA256.hex(Array(inputs.design.text.utf8))),
            ("bars", inputs.dataRecord.sha256), ("method", plan.method.rawValue), ("seed", String(plan.seed)),
            ("vary", plan.dimensions.map { "\($0.name)=\($0.text)" }.joined(separator: "\n")), ("set", plan.settings.joined(separator: "\n")),
            ("blas_core", openBLASDescription().core),
        ]
    }

    /// Trials of this plan on record, in the order of points and seeds.
    public func records() throws -> [TrialRecord] {
        let wanted = Set(seeds)
        return try store.trials().filter { $0.point < points.count && wanted.contains($0.seed) }
    }

    /// Trains what is missing on `threads` threads. `report` is called after each trial, one call at a time; `shouldStop` is asked between updates.
    ///
    /// Returns whether all is done. A training whose loss stops being finite is a result; throws `InputIssues` of the results' file, and what reading demonstrations throws.
    public func run(threads: Int, shouldStop: @Sendable @escaping () -> Bool = { false }, report: @Sendable @escaping (Progress) -> Void = { _ in }) throws -> Bool {
        let known = Set(try store.trials().map { Trial(point: $0.point, seed: $0.seed) })
        let pending = points.indices.flatMap { p in seeds.map { Trial(point: p, seed: $0) } }.filter { !known.contains($0) }
        let total = points.count * seeds.count
        let next = Atomic<Int>(0), done = Mutex(total - pending.count), failure = Mutex<(any Error)?>(nil)
        nonisolated(unsafe) let store = store
        let markets = markets, plan = plan, points = points
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, pending.count))) { _ in
            while true {
                let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if i >= pending.count || shouldStop() || failure.withLock({ $0 != nil }) { return }
                let trial = pending[i]
                do {
                    let start = ContinuousClock.now
                    guard let record = try Self.train(trial, plan, points, markets, shouldStop) else { return }
                    let spent = start.duration(to: .now)
                    try store.record(record, seconds: Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds))
                    done.withLock {
                        $0 += 1
                        report(Progress(done: $0, total: total, record: record))
                    }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return done.withLock { $0 } == total
    }

    private struct Trial: Hashable { let point: Int, seed: UInt64 }

    private static func train(_ trial: Trial, _ plan: SweepPlan, _ points: [[String]], _ markets: TrialMarkets, _ shouldStop: () -> Bool) throws -> TrialRecord? {
        let inputs = try markets.inputs(try settings(plan, points[trial.point]))
        do {
            return try TrialTraining.run(inputs, seed: trial.seed, shouldStop: shouldStop).map { TrialRecord(point: trial.point, seed: trial.seed, $0) }
        } catch let failure as TrainingFailure {
            var record = TrialRecord(point: trial.point, seed: trial.seed)
            record.failure = failure.description
            return record
        } catch let failure as RunFailure {
            var record = TrialRecord(point: trial.point, seed: trial.seed)
            record.failure = failure.cause.description
            return record
        }
    }
}
