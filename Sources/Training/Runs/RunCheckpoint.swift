package import ComponentKit
package import MaskablePPO
package import Policies
package import RunRecords
internal import TradingTypes

/// Everything that a run's future depends on, as tensors of a safetensors file.
///
/// The policy's parameters stand under their own names, so that the file also serves as a policy; the rest under `optimizer.` and `state.`.
package struct RunCheckpoint {
    package var policy: [NamedTensor]
    package var optimizer: [NamedTensor]
    package var optimizerSteps: Int
    package var updates: Int
    package var epochs: Int
    package var environment: [Int64]
    package var startsEpisode: [Bool]
    package var episodes: EpisodeRecord
    package var normalizer: RunningNormalizer
    package var entropyCoefficient: Double?
    package var monitor: CollapseMonitor
    package var mixSinceEvaluation: ActionMix
    /// Metrics of the last update, which the next roll-out's row reports.
    package var pending: UpdateMetrics?
    package var progressRows: Int
    package var mixRows: Int
    package var ledgerRows: Int
    /// Rows of `scalping.csv`, 0 on the spot market.
    package var scalpRows: Int
    package var secondsSpent: Double

    package var file: SafetensorsFile {
        var tensors: [SafetensorsFile.Tensor] = (policy + optimizer).map { .init($0.name, $0.values, shape: $0.shape) }
        func add(_ name: String, _ values: [Double]) { tensors.append(.init("state." + name, values)) }
        func add(_ name: String, _ values: [Int]) { tensors.append(.init("state." + name, values)) }
        add("counters", [optimizerSteps, updates, epochs, progressRows, mixRows, ledgerRows, scalpRows])
        tensors.append(.init("state.environment", environment))
        add("starts_episode", startsEpisode.map { $0 ? 1 : 0 })
        add("episode.running_return", episodes.runningReturn)
        add("episode.running_length", episodes.runningLength)
        add("episode.returns", episodes.returns)
        add("episode.lengths", episodes.lengths)
        add("normalizer.discounted", normalizer.discounted)
        for (name, moments) in [("observations", normalizer.observations), ("returns", normalizer.returns)] {
            guard let moments else { continue }
            add("normalizer.\(name).mean", moments.mean)
            add("normalizer.\(name).variance", moments.variance)
            add("normalizer.\(name).count", [moments.count])
        }
        if let entropyCoefficient { add("entropy_coefficient", [entropyCoefficient]) }
        add("collapse_monitor", monitor.words)
        add("mix", mixSinceEvaluation.counts.flatMap { $0 })
        if let pending { add("pending", pending.words) }
        add("seconds", [secondsSpent])
        return SafetensorsFile(tensors: tensors, metadata: ["format": "assay-checkpoint-1"])
    }

    /// Reads a checkpoint back. Throws `InputIssues` naming what is missing.
    package init(_ file: SafetensorsFile, path: String) throws(InputIssues) {
        func fault(_ message: String) -> InputIssues {
            InputIssues(InputIssue(code: "checkpoint", file: path, message: message, help: "was it written by another version of Assay? Start the run again with --force"))
        }
        func doubles(_ name: String) throws(InputIssues) -> [Double] {
            guard let values = file["state." + name]?.doubles else { throw fault("the checkpoint lacks 'state.\(name)'") }
            return values
        }
        func integers(_ name: String) throws(InputIssues) -> [Int] {
            guard let values = file["state." + name]?.integers else { throw fault("the checkpoint lacks 'state.\(name)'") }
            return values.map { Int($0) }
        }
        func moments(_ name: String) throws(InputIssues) -> RunningMoments? {
            guard let mean = file["state.normalizer.\(name).mean"]?.doubles else { return nil }
            var moments = RunningMoments(size: mean.count)
            moments.mean = mean
            moments.variance = try doubles("normalizer.\(name).variance")
            moments.count = try doubles("normalizer.\(name).count").first ?? 0
            return moments
        }
        guard file.metadata["format"] == "assay-checkpoint-1" else { throw fault("is not a checkpoint that this version reads") }
        let parameters = file.tensors.filter { !$0.name.hasPrefix("state.") }.compactMap { t in t.floats.map { NamedTensor(name: t.name, shape: t.shape, values: $0) } }
        policy = parameters.filter { !$0.name.hasPrefix("optimizer.") }
        optimizer = parameters.filter { $0.name.hasPrefix("optimizer.") }
        let counters = try integers("counters")
        guard counters.count == 6 || counters.count == 7 else { throw fault("'state.counters' has \(counters.count) numbers, expected 7") }
        (optimizerSteps, updates, epochs) = (counters[0], counters[1], counters[2])
        (progressRows, mixRows, ledgerRows, scalpRows) = (counters[3], counters[4], counters[5], counters.count > 6 ? counters[6] : 0)
        environment = try integers("environment").map { Int64($0) }
        startsEpisode = try integers("starts_episode").map { $0 == 1 }
        episodes = EpisodeRecord(environments: startsEpisode.count)
        episodes.runningReturn = try doubles("episode.running_return")
        episodes.runningLength = try integers("episode.running_length")
        let returns = try doubles("episode.returns"), lengths = try integers("episode.lengths")
        episodes.restore(finished: zip(returns, lengths).map { ($0, $1) })
        normalizer = RunningNormalizer(observations: nil, rewards: false, environments: startsEpisode.count)
        normalizer.discounted = try doubles("normalizer.discounted")
        normalizer.observations = try moments("observations")
        normalizer.returns = try moments("returns")
        entropyCoefficient = file["state.entropy_coefficient"]?.doubles?.first
        monitor = CollapseMonitor(words: try doubles("collapse_monitor"))
        let mix = try doubles("mix"), kind = mix.count == Regime.names.count * EnvironmentKind.options.actionNames.count ? EnvironmentKind.options : .spot
        mixSinceEvaluation = ActionMix(actions: kind.actionNames)
        let actions = mixSinceEvaluation.actions.count
        for (i, value) in mix.enumerated() { mixSinceEvaluation.counts[i / actions][i % actions] = value }
        pending = file["state.pending"]?.doubles.map(UpdateMetrics.init(words:))
        secondsSpent = try doubles("seconds").first ?? 0
    }

    package init(_ learner: PPOLearner, monitor: CollapseMonitor, mix: ActionMix, pending: UpdateMetrics?, rows: (progress: Int, mix: Int, ledger: Int, scalp: Int), seconds: Double) {
        policy = learner.policy.tensors()
        optimizer = learner.policy.optimizerTensors()
        optimizerSteps = learner.policy.optimizerSteps
        updates = learner.updates
        epochs = learner.epochs
        environment = learner.collector.environment.snapshot()
        startsEpisode = learner.collector.startsEpisode
        episodes = learner.collector.episodes
        normalizer = learner.collector.normalizer
        entropyCoefficient = learner.entropyController?.coefficient
        self.monitor = monitor
        mixSinceEvaluation = mix
        self.pending = pending
        (progressRows, mixRows, ledgerRows, scalpRows) = rows
        secondsSpent = seconds
    }

    /// Puts the state back. Throws `TensorMismatch` when the policy has another shape.
    package func restore(_ learner: PPOLearner) throws(TensorMismatch) {
        var named: [String: NamedTensor] = [:]
        for tensor in policy + optimizer { named[tensor.name] = tensor }
        try learner.policy.load(named, includingOptimizer: true)
        learner.policy.optimizerSteps = optimizerSteps
        learner.updates = updates
        learner.epochs = epochs
        learner.collector.environment.restore(environment)
        learner.collector.startsEpisode = startsEpisode
        learner.collector.episodes = episodes
        learner.collector.normalizer = normalizer
        if let entropyCoefficient { learner.entropyController?.coefficient = entropyCoefficient }
    }
}

extension UpdateMetrics {
    fileprivate var words: [Double] {
        [
            learningRate, entropyLoss, policyGradientLoss, valueLoss, approxKL, clipFraction, loss, explainedVariance, clipRange, valueClipRange ?? .nan,
            entropyCoefficient, gradientNorm, Double(minibatches), Double(epochs), stoppedEarly ? 1 : 0,
        ]
    }

    fileprivate init(words w: [Double]) {
        self = UpdateMetrics()
        guard w.count == 15 else { return }
        (learningRate, entropyLoss, policyGradientLoss, valueLoss) = (w[0], w[1], w[2], w[3])
        (approxKL, clipFraction, loss, explainedVariance, clipRange) = (w[4], w[5], w[6], w[7], w[8])
        valueClipRange = w[9].isNaN ? nil : w[9]
        (entropyCoefficient, gradientNorm) = (w[10], w[11])
        (minibatches, epochs, stoppedEarly) = (Int(w[12]), Int(w[13]), w[14] == 1)
    }
}
