internal import Demonstrations
package import NetworkKernels
package import Policies
internal import RealModule

/// How well a policy agrees with the labels of some demonstrated steps, and how well it knows when it does.
///
/// Decisions are the likeliest allowed action (the first of equals). A regime or an action that never occurs has nil accuracy.
package struct CloneEvaluation: Sendable, Equatable {
    /// Steps, and agreement, of one action's or one regime's steps.
    package struct Group: Sendable, Equatable {
        package var steps = 0
        package var right = 0
        package var accuracy: Double? { steps > 0 ? Double(right) / Double(steps) : nil }
    }

    /// Steps whose likeliest action had a probability within one of ten equal bins.
    package struct Bin: Sendable, Equatable {
        package var steps = 0
        package var right = 0
        /// Sum of the likeliest action's probability.
        package var confidence = 0.0
    }

    package static let binCount = 10

    package var all = Group()
    /// Steps on which more than one action was allowed.
    package var free = Group()
    /// By label: the share of its steps that the policy gets right (recall), [A].
    package var byAction: [Group]
    /// How often the policy chose each action, [A].
    package var chosen: [Int]
    package var byRegime: [Group]
    package var bins = [Bin](repeating: Bin(), count: CloneEvaluation.binCount)
    /// Flat steps with more than one action allowed, and those of them on which the teacher enters.
    package var flatSteps = 0
    package var entries = 0
    /// Sums over them: the probability of any action but HOLD, and on the entries that of the teacher's own.
    package var tradeProbability = 0.0
    package var entryProbability = 0.0
    /// Mean -log p(label), nats.
    package var negativeLogLikelihood = 0.0
    /// Mean of the entropy over the log of the number of allowed actions, over the free steps.
    package var relativeEntropy = 0.0

    package var accuracy: Double { all.accuracy ?? 0 }

    /// Mean probability of the teacher's action on the flat steps on which it enters, and how many times the mean probability of leaving HOLD on all flat steps that
    /// is; nil where it enters nowhere.
    package var entry: (probability: Double, ratio: Double)? {
        guard entries > 0, tradeProbability > 0 else { return nil }
        let probability = entryProbability / Double(entries)
        return (probability, probability / (tradeProbability / Double(flatSteps)))
    }

    /// Expected calibration error: sum over the bins of (steps / all) |accuracy - mean confidence| (Guo et al. 2017, equation 3), in [0, 1].
    package var calibrationError: Double {
        guard all.steps > 0 else { return 0 }
        return bins.reduce(0) { $0 + abs(Double($1.right) - $1.confidence) } / Double(all.steps)
    }

    private static let chunk = 4_096

    /// Of the steps `samples` of `data`.
    package init(_ policy: any ActorCritic, _ data: CloningData, samples: [Int32], team: ThreadTeam) {
        let A = data.names.actions.count
        byAction = [Group](repeating: Group(), count: A)
        chosen = [Int](repeating: 0, count: A)
        byRegime = [Group](repeating: Group(), count: max(1, data.names.regimes.count))
        let width = MaskedCategorical.padded(Self.chunk)
        let logitBlock = FloatBlock(count: Self.chunk * A), logBlock = FloatBlock(count: A * width), chanceBlock = FloatBlock(count: A * width)
        var loss = 0.0, entropies = 0.0
        var start = 0
        while start < samples.count {
            let part = samples[start..<min(samples.count, start + Self.chunk)]
            let rows = part.map { data.rows[Int($0)] }, masks = part.map { data.masks[Int($0)] }
            let logits = logitBlock.matrix(rows: rows.count, columns: A)
            policy.infer(data.table, rows: rows.span, logits: logits, values: nil, team: team)
            let padded = MaskedCategorical.padded(rows.count)
            let logP = logBlock.matrix(rows: A, columns: padded), p = chanceBlock.matrix(rows: A, columns: padded)
            masks.withUnsafeBufferPointer { MaskedCategorical.logProbabilities(logits, masks: $0.baseAddress, into: logP) }
            exponentials(logP, into: p)
            for (i, sample) in part.enumerated() {
                let label = Int(data.labels[Int(sample)]), regime = Int(data.regimes[Int(sample)]), mask = masks[i]
                var top = -1
                for a in 0..<A where mask >> UInt32(a) & 1 == 1 && (top < 0 || p.base[a * padded + i] > p.base[top * padded + i]) { top = a }
                let confidence = Double(p.base[top * padded + i]), right = top == label ? 1 : 0
                all.steps += 1
                all.right += right
                byAction[label].steps += 1
                byAction[label].right += right
                chosen[top] += 1
                byRegime[regime].steps += 1
                byRegime[regime].right += right
                let bin = min(Self.binCount - 1, Int(confidence * Double(Self.binCount)))
                bins[bin].steps += 1
                bins[bin].right += right
                bins[bin].confidence += confidence
                loss -= Double(logP.base[label * padded + i])
                let allowed = mask.nonzeroBitCount
                if allowed > 1, data.flags[Int(sample)] & DemonstrationFlags.flat.rawValue != 0 {
                    flatSteps += 1
                    tradeProbability += 1 - Double(p.base[i])
                    if label != 0 {
                        entries += 1
                        entryProbability += Double(p.base[label * padded + i])
                    }
                }
                if allowed > 1 {
                    free.steps += 1
                    free.right += right
                    var entropy = 0.0
                    for a in 0..<A where mask >> UInt32(a) & 1 == 1 { entropy -= Double(p.base[a * padded + i] * logP.base[a * padded + i]) }
                    entropies += entropy / Double.log(Double(allowed))
                }
            }
            start += part.count
        }
        negativeLogLikelihood = samples.isEmpty ? 0 : loss / Double(samples.count)
        relativeEntropy = free.steps > 0 ? entropies / Double(free.steps) : 0
    }
}
