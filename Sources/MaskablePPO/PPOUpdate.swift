package import NetworkKernels
package import NumericKernels
package import Policies

/// What one update did, under Stable-Baselines3's log names.
///
/// Losses, entropy and clip fraction are means over all minibatches of all epochs; `approxKL` over those of the last epoch begun; `loss`
/// is the last minibatch's. The explained variance uses the values from before the update.
public struct UpdateMetrics: Sendable, Equatable {
    public var learningRate = 0.0
    /// Minus the mean entropy.
    public var entropyLoss = 0.0
    public var policyGradientLoss = 0.0
    public var valueLoss = 0.0
    public var approxKL = 0.0
    public var clipFraction = 0.0
    public var loss = 0.0
    public var explainedVariance = 0.0
    public var clipRange = 0.0
    public var valueClipRange: Double?
    public var entropyCoefficient = 0.0
    /// Mean norm of the gradient before clipping, over the steps taken.
    public var gradientNorm = 0.0
    public var minibatches = 0
    /// Epochs begun.
    public var epochs = 0
    public var stoppedEarly = false
    /// With a teacher: weight and mean of KL(teacher || policy) on the roll-out's states; weight and mean of -log p(label) on replayed ones.
    public var teacherWeight = 0.0
    public var teacherKL = 0.0
    public var replayWeight = 0.0
    public var replayLoss = 0.0
    /// The critic alone was taught.
    public var isCriticWarmUp = false

    public init() {}
}

/// Training cannot go on.
public enum TrainingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A term of the loss or the gradient is NaN or infinite.
    case notFinite(term: String, epoch: Int, minibatch: Int)
    /// An environment forbade every action.
    case allActionsMasked(step: Int, environment: Int)

    public var description: String {
        switch self {
        case .notFinite(let term, let epoch, let minibatch):
            "the \(term) is not a finite number in epoch \(epoch + 1), minibatch \(minibatch + 1) of the update"
        case .allActionsMasked(let step, let environment):
            "environment \(environment) allows no action at step \(step) of the roll-out: an action mask must leave at least one"
        }
    }
}

/// The PPO update: several epochs of minibatch steps on one roll-out.
///
/// Semantics of Stable-Baselines3 2.x `PPO.train` and sb3-contrib `MaskablePPO.train`: same permutation, same numbers to rounding.
package final class PPOUpdater {
    package var settings: PPOSettings
    /// Where advantages are scaled within minibatches: samples that are scaled together; nil for the whole minibatch. A larger minibatch made of several of a smaller
    /// one's size keeps that one's scale.
    package var normalizationGroup: Int?
    /// Adam's decay rates of the first and the second moment.
    package var decay = (first: 0.9, second: 0.999)
    private let loss: ClippedLoss
    private let actionCount, slots: Int

    package init(_ settings: PPOSettings, actionCount: Int, slots: Int = 8) {
        self.settings = settings
        self.actionCount = actionCount
        self.slots = slots
        loss = ClippedLoss(actionCount: actionCount, batchSize: settings.batchSize, slots: slots)
    }

    /// Improves `policy` on `rollout`, whose advantages are already estimated. `remaining` progress sets the schedules;
    /// `entropyCoefficient` overrides its schedule (the controller's); `parts` are learned; `guidance`, made ready for update `number`, adds the
    /// teacher's terms. `permutation(epoch)` names the samples in order.
    package func update(
        _ policy: any ActorCritic, on rollout: Rollout, remaining: Double, entropyCoefficient: Double? = nil, parts: PolicyParts = .both,
        guidance: TeacherGuidance? = nil, number: Int = 0, team: ThreadTeam, permutation: (Int) -> [Int32]
    ) throws(TrainingFailure) -> UpdateMetrics {
        var metrics = UpdateMetrics()
        metrics.isCriticWarmUp = parts == .critic
        metrics.learningRate = settings.learningRate.value(remaining: remaining)
        metrics.clipRange = settings.clipRange.value(remaining: remaining)
        metrics.valueClipRange = settings.valueClipRange?.value(remaining: remaining)
        metrics.entropyCoefficient = entropyCoefficient ?? settings.entropyCoefficient.value(remaining: remaining)
        loss.clipRange = Float(metrics.clipRange)
        loss.valueClipRange = metrics.valueClipRange.map(Float.init)
        loss.entropyCoefficient = Float(metrics.entropyCoefficient)
        loss.valueCoefficient = Float(settings.valueCoefficient)
        loss.klLimit = settings.targetKL.map { 1.5 * $0 } ?? .infinity
        var optimiser = OptimiserSettings(learningRate: metrics.learningRate)
        optimiser.epsilon = settings.adamEpsilon
        optimiser.maxGradientNorm = settings.maxGradientNorm
        optimiser.parts = parts
        (optimiser.beta1, optimiser.beta2) = decay
        let guided = guidance.flatMap { $0.isActive ? GuidedLoss(loss, $0, actionCount: actionCount, batchSize: settings.batchSize, slots: slots) : nil }
        let table = guidance?.joint ?? rollout.table
        metrics.teacherWeight = Double(guidance?.klWeight ?? 0)
        metrics.replayWeight = Double(guidance?.replayWeight ?? 0)

        metrics.explainedVariance = rollout.explainedVariance
        let advantages = normalisedAdvantages(rollout)
        var rows = [Int32](repeating: 0, count: settings.batchSize + (guidance?.settings.replayBatch ?? 0))
        var klOfEpoch = 0.0, minibatchesOfEpoch = 0
        epochs: for epoch in 0..<settings.epochs {
            let order = permutation(epoch)
            precondition(order.count == rollout.count, "a permutation of \(order.count) for \(rollout.count) samples")
            metrics.epochs += 1
            klOfEpoch = 0
            minibatchesOfEpoch = 0
            var random = guidance?.stream(update: number, epoch: epoch) ?? RandomStream(seed: 0, purpose: "none")
            var start = 0
            while start < order.count {
                let end = min(start + settings.batchSize, order.count)
                let samples = order.span.extracting(start..<end)
                for i in samples.indices { rows[i] = rollout.rows[Int(samples[i])] }
                loss.prepare(rollout, advantages, samples, normalizing: settings.normalizeAdvantage == .minibatch ? normalizationGroup ?? settings.batchSize : nil)
                let joined = guided?.prepare(rollout, samples, &random, rows: &rows) ?? 0
                let outcome = policy.update(
                    table, rows: rows.span.extracting(0..<samples.count + joined), loss: guided ?? loss, optimiser, team: team)
                let means = loss.means
                metrics.policyGradientLoss += means.policy
                metrics.entropyLoss -= means.entropy
                metrics.valueLoss += means.value
                metrics.clipFraction += means.clipped
                metrics.loss = means.policy - metrics.entropyCoefficient * means.entropy + settings.valueCoefficient * means.value
                if let guided {
                    let terms = guided.means
                    metrics.teacherKL += terms.kl
                    metrics.replayLoss += terms.replay
                    metrics.loss += metrics.teacherWeight * terms.kl + metrics.replayWeight * terms.replay
                }
                metrics.minibatches += 1
                klOfEpoch += means.kl
                minibatchesOfEpoch += 1
                switch outcome {
                case .taken(let norm): metrics.gradientNorm += norm
                case .refused:
                    metrics.stoppedEarly = true
                    break epochs
                case .notFinite:
                    let term = !means.policy.isFinite ? "policy loss" : !means.value.isFinite ? "value loss" : !means.entropy.isFinite ? "entropy" : "gradient"
                    throw TrainingFailure.notFinite(term: term, epoch: epoch, minibatch: minibatchesOfEpoch - 1)
                }
                start = end
            }
        }
        let n = Double(max(1, metrics.minibatches))
        metrics.policyGradientLoss /= n
        metrics.entropyLoss /= n
        metrics.valueLoss /= n
        metrics.clipFraction /= n
        metrics.teacherKL /= n
        metrics.replayLoss /= n
        metrics.gradientNorm /= Double(max(1, metrics.minibatches - (metrics.stoppedEarly ? 1 : 0)))
        metrics.approxKL = klOfEpoch / Double(max(1, minibatchesOfEpoch))
        return metrics
    }

    /// The advantages as the minibatches will use them: unchanged when each minibatch scales its own.
    package func normalisedAdvantages(_ rollout: Rollout) -> [Float] {
        let all = rollout.advantages
        switch settings.normalizeAdvantage {
        case .minibatch, .none: return all
        case .rollout:
            let whole = Moments(all.indices.map { Double(all[$0]) })
            return all.map { whole.standardise($0) }
        case .regime:
            let whole = Moments(all.map(Double.init))
            var groups: [UInt8: Moments] = [:]
            for regime in Set(rollout.regimes) {
                let members = all.indices.filter { rollout.regimes[$0] == regime }.map { Double(all[$0]) }
                groups[regime] = members.count < 8 ? whole : Moments(members)
            }
            return all.indices.map { (groups[rollout.regimes[$0]] ?? whole).standardise(all[$0]) }
        }
    }

    private struct Moments {
        let mean, scale: Double

        init(_ values: [Double]) {
            let n = Double(values.count)
            let mean = values.reduce(0, +) / n
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            self.mean = mean
            scale = 1 / ((values.count > 1 ? squares / (n - 1) : 1).squareRoot() + 1e-8)
        }

        func standardise(_ value: Float) -> Float { Float((Double(value) - mean) * scale) }
    }
}

/// A random order of `0..<count` (Fisher and Yates).
package func randomPermutation(_ count: Int, _ random: inout RandomStream) -> [Int32] {
    var order = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
        for i in 0..<count { buffer[i] = Int32(i) }
        initialized = count
    }
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, Int(random.below(UInt64(i + 1)))) }
    return order
}
