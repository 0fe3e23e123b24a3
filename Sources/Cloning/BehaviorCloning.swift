package import NetworkKernels
internal import NumericKernels
package import Policies
internal import RealModule

/// One epoch of cloning: means over its minibatches, and the held-out steps after it.
package struct CloningEpoch: Sendable, Equatable {
    /// From 1.
    package var epoch: Int
    package var batches: Int
    package var samplesSoFar: Int
    /// Weighted mean of -log p(label).
    package var negativeLogLikelihood: Double
    package var entropy: Double
    /// Mean p(label).
    package var probability: Double
    package var gradientNorm: Double
    package var heldOut: CloneEvaluation
}

/// Cloning cannot go on: the loss or the gradient is no finite number.
package struct CloningFailure: Error, CustomStringConvertible {
    package let epoch, batch: Int
    package var description: String { "the gradient is not a finite number in epoch \(epoch), minibatch \(batch): lower cloning.learning_rate, or look for broken observations" }
}

/// What cloning reached; the policy holds the weights of the best epoch.
package struct CloningResult: Sendable {
    package var epochs: [CloningEpoch]
    /// The epoch with the lowest held-out loss, whose weights were kept, from 1.
    package var best: Int
    package var training: CloneEvaluation
    package var heldOut: CloneEvaluation
    /// Time spent learning, without evaluations.
    package var seconds: Double
    package var samplesPerSecond: Double
    package var stoppedEarly: Bool
}

/// Behaviour cloning: the actor is fitted to the labels of demonstrations by minibatch Adam on the masked cross-entropy; the critic is left alone.
///
/// Each epoch goes once through the training steps in a random order of its own, and leaves a last partial minibatch out, as imitation does.
/// The same settings and seed give the same bytes, whatever the number of threads.
package enum BehaviorCloning {
    /// Fits `policy` to `data`. `report` is called after each epoch; `shouldStop` between epochs ends early with what is reached.
    package static func fit(
        _ policy: any ActorCritic, to data: CloningData, _ settings: CloningSettings, seed: UInt64, team: ThreadTeam,
        shouldStop: () -> Bool = { false }, report: (CloningEpoch) throws -> Void = { _ in }
    ) throws -> CloningResult {
        precondition(policy.actionCount == data.names.actions.count, "a policy of \(policy.actionCount) actions, demonstrations of \(data.names.actions.count)")
        let batch = min(settings.batchSize, data.training.count)
        let loss = CloningLoss(actionCount: policy.actionCount, batchSize: batch, entropyWeight: settings.entropyWeight, hasMasks: data.hasMasks)
        let weights = data.weights(balance: settings.classBalance) { Double.pow($0, $1) }
        var optimiser = OptimiserSettings(learningRate: settings.learningRate)
        optimiser.epsilon = settings.adamEpsilon
        optimiser.weightDecay = settings.l2Weight
        optimiser.maxGradientNorm = nil
        optimiser.parts = .actor
        policy.resetOptimizer()
        let clock = ContinuousClock()
        var spent = Duration.zero
        var epochs: [CloningEpoch] = []
        var bestLoss = Double.infinity, best = 0, bestWeights: [NamedTensor] = []
        var rows = [Int32](repeating: 0, count: batch)
        var stoppedEarly = false
        for epoch in 1...max(1, settings.epochs) {
            let start = clock.now
            var random = RandomStream(seed: seed, purpose: "cloning minibatches", index: UInt64(epoch))
            var order = data.training
            for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, Int(random.below(UInt64(i + 1)))) }
            var sums = ImitationSums(), norms = 0.0, batches = 0
            var place = 0
            while place + batch <= order.count {
                let samples = order.span.extracting(place..<place + batch)
                for i in samples.indices { rows[i] = data.rows[Int(samples[i])] }
                loss.prepare(data, weights, samples)
                guard case .taken(let norm) = policy.update(data.table, rows: rows.span, loss: loss, optimiser, team: team) else {
                    throw CloningFailure(epoch: epoch, batch: batches + 1)
                }
                sums += loss.total
                norms += norm
                batches += 1
                place += batch
            }
            spent += clock.now - start
            let seen = Double(batches * batch), heldOut = CloneEvaluation(policy, data, samples: data.heldOut, team: team)
            let entry = CloningEpoch(
                epoch: epoch, batches: batches, samplesSoFar: epoch * batches * batch, negativeLogLikelihood: sums.negativeLogLikelihood / Double(batches),
                entropy: sums.entropy / seen, probability: sums.probability / seen, gradientNorm: norms / Double(batches), heldOut: heldOut)
            epochs.append(entry)
            try report(entry)
            if heldOut.negativeLogLikelihood < bestLoss {
                bestLoss = heldOut.negativeLogLikelihood
                best = epoch
                bestWeights = policy.tensors()
            } else if let patience = settings.patience, epoch - best >= patience {
                stoppedEarly = true
                break
            }
            if shouldStop() { break }
        }
        if best != epochs.count, best > 0 {
            var named: [String: NamedTensor] = [:]
            for tensor in bestWeights { named[tensor.name] = tensor }
            try policy.load(named, includingOptimizer: false)
        }
        policy.resetOptimizer()
        let seconds = Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        let samples = epochs.reduce(0) { $0 + $1.batches * batch }
        return CloningResult(
            epochs: epochs, best: max(1, best), training: CloneEvaluation(policy, data, samples: data.training, team: team),
            heldOut: epochs[max(1, best) - 1].heldOut, seconds: seconds, samplesPerSecond: Double(samples) / max(1e-9, seconds), stoppedEarly: stoppedEarly)
    }
}
