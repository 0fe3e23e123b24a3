public import ComponentKit
internal import Cloning
internal import Curricula
internal import Foundation
public import MaskablePPO
internal import NetworkKernels
internal import NumericKernels
internal import Policies
package import RunRecords
public import TradingTypes

/// Where a run stands, for a progress display.
public struct TrainingProgress: Sendable {
    public var seed: UInt64
    public var steps: Int
    public var totalSteps: Int
    public var stepsPerSecond: Double
    /// Mean return of the last 100 episodes; nil until one has ended.
    public var meanReturn: Double?
    /// Sampled actions of the last roll-out.
    public var mix: ActionMix
    public var status: CollapseStatus
    /// Id of the curriculum's stage; nil without a curriculum.
    public var stage: String?
    /// What the curriculum warns of since the last report.
    public var notices: [String] = []
}

/// How a call of `TrainingRun.run` ended.
public enum TrainingEnd: Sendable, Equatable {
    case finished
    /// The caller asked to stop; the run can be resumed.
    case interrupted
    /// The monitor said critical or failed, and the caller wanted to know.
    case collapsed(CollapseStatus)
}

/// One seed's training run in its folder: roll-out, log, update, evaluation, checkpoint, again.
///
/// Killed at any moment, it loses at most the update under way: every update ends with a checkpoint, and the logs are cut back to what that
/// counts. A resumed run ends with the bytes of one never interrupted.
public final class TrainingRun {
    public let folder: String
    public let seed: UInt64
    private let inputs: TrainingInputs
    private let records: RunFolder
    private let lock: RunLock
    private let learner: PPOLearner
    private let environment: any TrainingEnvironment
    private let team: ThreadTeam
    private let progress: ProgressLog
    private let mixes, ledger: TableLog
    /// `scalping.csv` of a run on options.
    private let scalping: TableLog?
    private let events: EventFile
    private var monitor = CollapseMonitor()
    private var mixSinceEvaluation: ActionMix
    private var pending: UpdateMetrics?
    private var teacher: TeacherSide?
    /// The forgetting meter's last reading, which the next row of the log reports.
    private var pendingAgreement: [Double] = []
    /// How the policy was cloned, where this call did it.
    package private(set) var clonedStart: ClonedStart?
    /// That in a sentence; nil where the run starts from random weights or goes on.
    public var startRemark: String? { clonedStart?.remark }
    private var curriculum: CurriculumRun?
    private var secondsBefore = 0.0
    /// Damaged checkpoints that were passed over on resuming.
    public private(set) var warnings: [InputIssue] = []

    /// Starts a run in `folder`, or goes on with the one there. Throws `InputIssues`, `InputMissing`, `RecordNotWritten`.
    public init(_ inputs: TrainingInputs, seed: UInt64, folder path: String, version: String, threads: Int, resuming: Bool, force: Bool = false) throws {
        self.inputs = inputs
        self.seed = seed
        folder = path
        let experiment = inputs.experiment
        team = ThreadTeam(threads: threads)
        environment = inputs.makeEnvironment(seed: seed)
        mixSinceEvaluation = ActionMix(actions: inputs.actionNames)
        let policy = inputs.makePolicy(seed: seed, team: team)
        let normalizer = RunningNormalizer(
            observations: experiment.normalizesObservations ? environment.observationCount : nil, rewards: experiment.normalizesRewards,
            environments: experiment.environments)
        learner = PPOLearner(
            environment, policy: policy, settings: experiment.ppo, normalizer: normalizer, seed: seed, totalSteps: experiment.steps, team: team)
        // Before the folder is made: demonstrations that do not fit must not leave half a run.
        let demonstrations = try experiment.cloning.map { plan in
            try TeacherSide.data(plan, observations: inputs.observationNames, actions: inputs.actionNames, contextRows: policy.contextRows)
        }
        let manifest = inputs.manifest(seed: seed, version: version, commit: nil, started: Date().timeIntervalSince1970)
        let mixColumns = RunTables.mix(actions: inputs.actionNames), ledgerColumns = RunTables.ledger(terms: inputs.termNames)
        var rows = (progress: 0, mix: 0, ledger: 0, scalp: 0)
        var isNew = true, restored: RunCheckpoint?
        if resuming {
            records = try RunFolder.open(path)
            lock = try records.lock()
            records.removeTemporaries()
            try manifest.requireSame(as: RunManifest(file: records.manifest), file: records.manifest)
            if let found = try records.newestCheckpoint() {
                warnings = found.damaged
                let checkpoint = try RunCheckpoint(found.content, path: found.checkpoint.path)
                do { try checkpoint.restore(learner) } catch {
                    throw InputIssues(InputIssue(code: "checkpoint", file: found.checkpoint.path, message: error.description, help: "start the run again with --force"))
                }
                monitor = checkpoint.monitor
                mixSinceEvaluation = checkpoint.mixSinceEvaluation
                pending = checkpoint.pending
                pendingAgreement = checkpoint.agreement
                secondsBefore = checkpoint.secondsSpent
                rows = (checkpoint.progressRows, checkpoint.mixRows, checkpoint.ledgerRows, checkpoint.scalpRows)
                restored = checkpoint
                isNew = false
            }
        } else {
            (records, lock) = try RunFolder.create(path, force: force)
            try inputs.writeRunInputs(to: path, seed: seed)
            // Last, so that a folder with a manifest is a whole one.
            try manifest.write(to: records.manifest)
        }
        if isNew {
            progress = try ProgressLog(creating: records.progress)
            mixes = try TableLog(creating: records.mix, columns: mixColumns)
            ledger = try TableLog(creating: records.ledger, columns: ledgerColumns)
            scalping = experiment.kind == .options ? try TableLog(creating: path + "/scalping.csv", columns: ScalpStatistics.tableColumns) : nil
        } else {
            progress = try ProgressLog(resuming: records.progress, rows: rows.progress)
            mixes = try TableLog(resuming: records.mix, columns: mixColumns, rows: rows.mix)
            ledger = try TableLog(resuming: records.ledger, columns: ledgerColumns, rows: rows.ledger)
            scalping = experiment.kind == .options ? try TableLog(resuming: path + "/scalping.csv", columns: ScalpStatistics.tableColumns, rows: rows.scalp) : nil
        }
        let now = Date().timeIntervalSince1970
        if !isNew, let old = records.eventFile {
            events = try EventFile(resuming: old, step: learner.steps)
        } else {
            // Stopped before its first checkpoint, a run starts again, and with it its events.
            while let old = records.eventFile { try FileManager.default.removeItem(atPath: old) }
            events = try EventFile(creating: path + "/" + EventFile.name(seconds: Int(now)), wallTime: now)
        }
        if let plan = experiment.cloning, let demonstrations { try follow(plan, demonstrations, isNew: isNew) }
        if let plan = inputs.curriculum {
            let run = try CurriculumRun(
                plan, inputs, learner, demonstrations, seed: seed, path: records.curriculum, words: restored?.curriculum, rows: restored?.curriculumRows ?? 0)
            // The stage was set up anew: where its episodes stood comes from the checkpoint.
            if let restored { environment.restore(restored.environment) }
            run.resumed(environment)
            curriculum = run
        }
    }

    /// Clones the teacher, or, on resuming, takes the clone that the run began with; from then on its terms and its meter go along.
    private func follow(_ plan: CloningPlan, _ data: CloningData, isNew: Bool) throws {
        if isNew { clonedStart = try ClonedStart(plan, data, learner, folder: folder) }
        let clone = inputs.makePolicy(seed: seed, team: team), path = TeacherSide.cloneFile(folder)
        var named: [String: NamedTensor] = [:]
        for tensor in try SafetensorsFile(file: path).tensors {
            if let values = tensor.floats { named[tensor.name] = NamedTensor(name: tensor.name, shape: tensor.shape, values: values) }
        }
        do { try clone.load(named, includingOptimizer: false) } catch {
            throw InputIssues(InputIssue(code: "clone", file: path, message: error.description, help: "start the run again with --force"))
        }
        let side = TeacherSide(plan, data, clone: clone, seed: seed)
        learner.guidance = side.guidance
        teacher = side
    }

    public var isFinished: Bool { learner.isFinished }
    public var steps: Int { learner.steps }
    public var parameterCount: Int { learner.policy.parameterCount }

    /// Trains to the end, or until `shouldStop` says so between two updates, or until collapse when `stopsOnCollapse`.
    ///
    /// Throws `RunFailure` (a loss that is not finite, with the last good checkpoint) and `RecordNotWritten` (a full disk).
    public func run(stopsOnCollapse: Bool = false, shouldStop: () -> Bool = { false }, report: (TrainingProgress) -> Void = { _ in }) throws -> TrainingEnd {
        let clock = ContinuousClock(), started = clock.now, stepsBefore = learner.steps
        func seconds() -> Double {
            let spent = clock.now - started
            return Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        }
        var flushed = started, lastDurable: Checkpoint?
        while !learner.isFinished {
            if shouldStop() { return .interrupted }
            do { try learner.collect() } catch { throw failure(error) }
            let facts = RolloutFacts(learner.rollout, kind: inputs.experiment.kind)
            for regime in facts.mix.counts.indices { for a in facts.mix.counts[regime].indices { mixSinceEvaluation.counts[regime][a] += facts.mix.counts[regime][a] } }
            let rate = Double(learner.steps + learner.rollout.count - stepsBefore) / max(1e-9, seconds())
            if let x = facts.x(entropyCoefficient: currentEntropyCoefficient) { monitor.take(x) }
            try logRollout(facts, seconds: secondsBefore + seconds(), rate: rate)
            do { pending = try learner.improve() } catch { throw failure(error) }
            if let pending, let curriculum {
                try curriculum.follow(learner, pending, holdShare: facts.mix.shares?.first, agreement: pendingAgreement.first, environment: environment)
            }
            if learner.updates % inputs.experiment.evaluationInterval == 0 || learner.isFinished { try evaluate(facts) }
            if learner.isFinished { try finish(seconds: secondsBefore + seconds()) }
            // With the update in it, unlike the log's fps, which is taken before it as in Stable-Baselines3.
            let speed = Double(learner.steps - stepsBefore) / max(1e-9, seconds())
            var checkpoint = RunCheckpoint(
                learner, monitor: monitor, mix: mixSinceEvaluation, pending: pending, agreement: pendingAgreement,
                rows: (progress.rows, mixes.rows, ledger.rows, scalping?.rows ?? 0), seconds: secondsBefore + seconds())
            if let curriculum { (checkpoint.curriculum, checkpoint.curriculumRows) = (curriculum.words, curriculum.rows) }
            // Every update survives the process; once a second, and at the end, one survives a power cut too.
            let isDurable = learner.isFinished || clock.now - flushed > .seconds(1)
            if isDurable {
                try progress.synchronize()
                try mixes.synchronize()
                try ledger.synchronize()
                try scalping?.synchronize()
            }
            let written = try records.writeCheckpoint(
                checkpoint.file, step: learner.steps, keeping: inputs.experiment.checkpoints, isDurable: isDurable, sparing: lastDurable)
            if isDurable {
                flushed = clock.now
                lastDurable = written
            }
            report(
                TrainingProgress(
                    seed: seed, steps: learner.steps, totalSteps: learner.totalSteps, stepsPerSecond: speed, meanReturn: learner.collector.episodes.meanReturn,
                    mix: facts.mix, status: monitor.status, stage: curriculum?.stage.id, notices: curriculum?.takeNotices() ?? []))
            if stopsOnCollapse, monitor.status >= .critical { return .collapsed(monitor.status) }
        }
        return .finished
    }

    /// The policy on one split.
    public func evaluation(_ split: SplitName) -> PolicyEvaluation { evaluation(split, isQuick: false) }

    private func evaluation(_ split: SplitName, isQuick: Bool) -> PolicyEvaluation {
        inputs.evaluate(learner.policy, split, normalizer: learner.collector.normalizer, seed: seed, team: team, isQuick: isQuick)
    }

    private func failure(_ cause: TrainingFailure) -> RunFailure {
        RunFailure(folder: folder, step: learner.steps, cause: cause, checkpoint: records.checkpoints.last?.path)
    }

    // MARK: Logs

    /// A row of progress.csv after a roll-out; `train/*` are those of the update before, as in Stable-Baselines3.
    private func logRollout(_ facts: RolloutFacts, seconds: Double, rate: Double) throws {
        let step = learner.steps + learner.rollout.count
        var row: [(key: String, value: LogValue)] = []
        let episodes = learner.collector.episodes
        if let reward = episodes.meanReturn, let length = episodes.meanLength {
            row += [("rollout/ep_len_mean", .number(length)), ("rollout/ep_rew_mean", .number(reward))]
        }
        row += [
            ("time/fps", .integer(Int(rate))), ("time/iterations", .integer(learner.updates + 1)), ("time/time_elapsed", .integer(Int(seconds))),
            ("time/total_timesteps", .integer(step)),
        ]
        row += trainingColumns()
        if let curriculum { row.append(("curriculum/stage", .integer(curriculum.state.stage))) }
        if let shares = facts.mix.shares { for (a, name) in facts.mix.actions.enumerated() { row.append(("mix/\(name)", .number(shares[a]))) } }
        row += [
            ("rollout/advantage_std", .number(facts.advantageDeviation)), ("rollout/trade_advantage_std", .number(facts.tradeAdvantageDeviation)),
            ("rollout/return_variance", .number(facts.returnVariance)), ("collapse/status", .integer(monitor.status.rawValue)),
        ]
        if let x = facts.x(entropyCoefficient: currentEntropyCoefficient) { row.append(("collapse/x", .number(x.estimate))) }
        try progress.write(row)
        try events.write(progress: row, step: step, wallTime: Date().timeIntervalSince1970)
    }

    private var currentEntropyCoefficient: Double {
        learner.entropyController?.coefficient ?? inputs.experiment.ppo.entropyCoefficient.value(remaining: 1 - Double(learner.steps) / Double(learner.totalSteps))
    }

    private func trainingColumns() -> [(key: String, value: LogValue)] {
        guard let m = pending else { return [] }
        return optimiserColumns(m) + teacherColumns(m)
    }

    /// The teacher's terms in the last update, and the forgetting meter at the last evaluation.
    private func teacherColumns(_ m: UpdateMetrics) -> [(key: String, value: LogValue)] {
        guard let teacher else { return [] }
        var row: [(key: String, value: LogValue)] = []
        if teacher.guidance.settings.usesTeacher { row += [("teacher/kl_coef", .number(m.teacherWeight)), ("teacher/kl", .number(m.teacherKL))] }
        if teacher.guidance.settings.usesReplay { row += [("teacher/replay_coef", .number(m.replayWeight)), ("teacher/replay_loss", .number(m.replayLoss))] }
        for (key, value) in zip(teacher.meterNames, pendingAgreement) { row.append((key, .number(value))) }
        return row
    }

    private func optimiserColumns(_ m: UpdateMetrics) -> [(key: String, value: LogValue)] {
        var row: [(key: String, value: LogValue)] = [
            ("train/approx_kl", .number(m.approxKL)), ("train/clip_fraction", .number(m.clipFraction)), ("train/clip_range", .number(m.clipRange)),
        ]
        if let clip = m.valueClipRange { row.append(("train/clip_range_vf", .number(clip))) }
        return row + [
            ("train/entropy_loss", .number(m.entropyLoss)), ("train/explained_variance", .number(m.explainedVariance)),
            ("train/learning_rate", .number(m.learningRate)), ("train/loss", .number(m.loss)), ("train/n_updates", .integer(learner.epochs)),
            ("train/policy_gradient_loss", .number(m.policyGradientLoss)), ("train/value_loss", .number(m.valueLoss)),
            ("train/ent_coef", .number(m.entropyCoefficient)), ("train/grad_norm", .number(m.gradientNorm)),
        ]
    }

    /// Mixes by regime (sampled in the roll-outs since the last evaluation; arg-max and mean probability over the training bars), the
    /// ledger, and the collapse status.
    private func evaluate(_ facts: RolloutFacts) throws {
        let step = learner.steps
        let validation = evaluation(.validation, isQuick: true), training = evaluation(.train, isQuick: true)
        for g in mixSinceEvaluation.regimes.indices {
            let cells = [mixSinceEvaluation, training.argmax, training.meanProbability].flatMap { mix in
                mix.actions.indices.map { a in mix.shares(g).map { LogValue.number($0[a]) } ?? .missing }
            }
            try mixes.write([.integer(step), .text(mixSinceEvaluation.regimes[g]), .integer(Int(mixSinceEvaluation.bars(g)))] + cells)
        }
        let sums = environment.takeLedger(), width = inputs.payWidth, terms = inputs.termNames.count
        for g in mixSinceEvaluation.regimes.indices {
            for (a, action) in mixSinceEvaluation.actions.enumerated() {
                let cell = g * mixSinceEvaluation.actions.count + a, row = cell * width
                try ledger.write(
                    [.integer(step), .text(mixSinceEvaluation.regimes[g]), .text(action), .integer(sums.steps[cell])]
                        + (1..<terms + 1).map { .single(sums.sums[row + $0]) } + [.single(sums.sums[row])])
            }
        }
        let shares = mixSinceEvaluation.shares ?? [0]
        let scalp = (environment as? OptionsVectorEnvironment)?.takeStatistics()
        if let scalp {
            try scalping?.write(scalp.tableRow(step: step))
            curriculum?.statisticsTaken()
        }
        monitor.observe(
            CollapseObservation(
                holdShare: shares[0], count: mixSinceEvaluation.total, setupLift: scalp?.setupLift, roundTrips: scalp.map { Int($0.trades) }))
        var tags: [(tag: String, value: Float)] = [("collapse/status", Float(monitor.status.rawValue))]
        for (g, regime) in training.meanProbability.regimes.enumerated() {
            guard let shares = training.meanProbability.shares(g) else { continue }
            for (a, name) in training.meanProbability.actions.enumerated() { tags.append(("mix/\(regime)/\(name)", Float(shares[a]))) }
        }
        if let teacher {
            let reading = teacher.agreement(learner.policy, team: team)
            pendingAgreement = reading.map(\.value)
            for (key, value) in reading { tags.append((key, Float(value))) }
        }
        tags.append(("eval/net_return", Float(validation.sampledResult.netReturn)))
        if let scalp {
            for (name, value) in [
                ("hold_while_flat", scalp.holdWhileFlat), ("strong_setup_buy_rate", scalp.strongBuyRate), ("setup_lift", scalp.setupLift),
                ("expectancy", scalp.expectancy), ("trades_per_day", scalp.tradesPerEpisode),
            ] { if let value { tags.append(("scalp/\(name)", Float(value))) } }
        }
        try events.write(tags, step: step, wallTime: Date().timeIntervalSince1970)
        mixSinceEvaluation = ActionMix(actions: inputs.actionNames)
    }

    /// What is written once, at the end: the last update's metrics, the weights.
    private func finish(seconds: Double) throws {
        var row: [(key: String, value: LogValue)] = [
            ("time/time_elapsed", .integer(Int(seconds))), ("time/total_timesteps", .integer(learner.steps)),
        ]
        row += trainingColumns()
        try progress.write(row)
        try events.write(progress: row, step: learner.steps, wallTime: Date().timeIntervalSince1970)
        try curriculum?.writeTimeline(to: records.plots + "/curriculum-timeline.tsv", record: records.curriculum, step: learner.steps)
        try SafetensorsFile(
            tensors: learner.policy.tensors().map { .init($0.name, $0.values, shape: $0.shape) },
            metadata: ["format": "pt", "experiment": inputs.experiment.name, "reward": inputs.design.name, "seed": String(seed), "steps": String(learner.steps)]
        ).write(to: records.policy)
    }
}

/// Training stopped by itself.
public struct RunFailure: Error, Sendable, CustomStringConvertible {
    public let folder: String
    public let step: Int
    public let cause: TrainingFailure
    public let checkpoint: String?

    public var description: String {
        let last = checkpoint.map { "the last good checkpoint is \($0)" } ?? "there is no checkpoint yet"
        return "training stopped after \(step) steps: \(cause.description); \(last)"
    }
}

extension TrainingInputs {
    /// Mean, deviation and limit of the observations' standardisation, for other programs.
    package var normalizerFile: SafetensorsFile {
        if case .options(let market) = world {
            let s = market.observation.standardized
            return SafetensorsFile(
                tensors: [.init("mean", s.map(\.mean)), .init("deviation", s.map(\.deviation))],
                metadata: ["names": s.map(\.name).joined(separator: ","), "limit": "10", "observation": market.observation.names.joined(separator: ",")])
        }
        let n = market.normalizer
        return SafetensorsFile(
            tensors: [.init("mean", n.mean), .init("deviation", n.deviation)],
            metadata: ["names": n.names.joined(separator: ","), "limit": "10", "observation": market.observationNames.joined(separator: ",")])
    }
}
