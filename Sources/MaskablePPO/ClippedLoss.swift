internal import NetworkKernels
internal import Policies

/// PPO's loss on one minibatch, and its gradient by hand.
///
/// L = mean(-min(r A, clip(r, 1-e, 1+e) A)) - c_H mean(H) + c_V mean((R - V)^2), r = pi(a|s) / pi_old(a|s), with the entropy H over
/// the allowed actions. Source: Schulman et al. 2017, equations 7 and 9, as Stable-Baselines3 and sb3-contrib compute it.
final class ClippedLoss: MinibatchLoss {
    /// Sums over the rows of one minibatch.
    struct Sums {
        var policy = 0.0, entropy = 0.0, value = 0.0, kl = 0.0, clipped = 0.0
    }

    var clipRange: Float = 0.2
    var valueClipRange: Float?
    var entropyCoefficient: Float = 0
    var valueCoefficient: Float = 0.5
    /// The minibatch is refused when its approximate KL passes this.
    var klLimit = Double.infinity
    private(set) var sums: [Sums]
    private(set) var rows = 0

    private let actionCount: Int
    private let width: Int
    private let advantages, oldLogProbabilities, returns, oldValues, chosen: FloatBlock
    private var masks: [UInt32]
    private var hasMasks = false
    /// Log-probabilities, later gradients, of every slot's rows, [A x padded(rows)].
    private let scratch: FloatBlock

    init(actionCount: Int, batchSize: Int, slots: Int) {
        self.actionCount = actionCount
        width = MaskedCategorical.padded(batchSize) + 16
        advantages = FloatBlock(count: width)
        oldLogProbabilities = FloatBlock(count: width)
        returns = FloatBlock(count: width)
        oldValues = FloatBlock(count: width)
        chosen = FloatBlock(count: width)
        masks = [UInt32](repeating: 0, count: batchSize)
        // Slots of any size need no more than this together.
        scratch = FloatBlock(count: actionCount * (width + 16 * slots) * slots)
        sums = [Sums](repeating: Sums(), count: slots)
    }

    /// Gathers the samples of one minibatch; where `group` is given, centres and scales the advantages of each `group` samples in a row among themselves.
    func prepare(_ rollout: Rollout, _ advantagesOfRollout: [Float], _ samples: Span<Int32>, normalizing group: Int?) {
        rows = samples.count
        hasMasks = rollout.hasMasks
        let A = advantages.all.base, old = oldLogProbabilities.all.base, R = returns.all.base, V = oldValues.all.base, a = chosen.all.base
        for i in 0..<rows {
            let s = Int(samples[i])
            A[i] = advantagesOfRollout[s]
            old[i] = rollout.logProbabilities[s]
            R[i] = rollout.returns[s]
            V[i] = rollout.values[s]
            a[i] = Float(rollout.actions[s])
            if hasMasks { masks[i] = rollout.masks[s] }
        }
        if let group { for start in stride(from: 0, to: rows, by: group) { standardise(A, start..<min(rows, start + group)) } }
        for i in sums.indices { sums[i] = Sums() }
    }

    /// One sample has no spread: left as it is (Stable-Baselines3's guard, which sb3-contrib lacks).
    private func standardise(_ values: UnsafeMutablePointer<Float>, _ range: Range<Int>) {
        guard range.count > 1 else { return }
        var mean = 0.0
        for i in range { mean += Double(values[i]) }
        mean /= Double(range.count)
        var squares = 0.0
        for i in range { squares += (Double(values[i]) - mean) * (Double(values[i]) - mean) }
        let scale = 1 / ((squares / Double(range.count - 1)).squareRoot() + 1e-8)
        for i in range { values[i] = Float((Double(values[i]) - mean) * scale) }
    }

    func turnIntoGradient(logits: MatrixView, rows range: Range<Int>, slot: Int) {
        let count = range.count, padded = MaskedCategorical.padded(count)
        let logP = scratch.matrix(at: slot * actionCount * (width + 16), rows: actionCount, columns: padded)
        masks.withUnsafeBufferPointer { masks in
            MaskedCategorical.logProbabilities(logits, masks: hasMasks ? masks.baseAddress! + range.lowerBound : nil, into: logP)
        }
        typealias Lanes = SIMD16<Float>
        let share = Lanes(repeating: 1 / Float(rows)), one = Lanes(repeating: 1)
        let low = Lanes(repeating: 1 - clipRange), high = Lanes(repeating: 1 + clipRange), clip = Lanes(repeating: clipRange)
        let coefficient = Lanes(repeating: entropyCoefficient)
        var policy = Lanes(repeating: 0), entropies = policy, kl = policy, clipped = policy
        var g = 0
        while g < count {
            let real = one.replacing(with: 0, where: Lanes.lane .>= Lanes(repeating: Float(count - g)))
            let place = range.lowerBound + g
            let A = load16(advantages.all.base + place), action = load16(chosen.all.base + place)
            var chosenLog = Lanes(repeating: 0), entropy = chosenLog
            for a in 0..<actionCount {
                let l = load16(logP.base + a * padded + g)
                chosenLog.replace(with: l, where: action .== Float(a))
                entropy -= exp16(l) * l
            }
            let difference = chosenLog - load16(oldLogProbabilities.all.base + place)
            let ratio = exp16(difference)
            let plain = A * ratio, cut = A * min16(max16(ratio, low), high)
            policy -= real * min16(plain, cut)
            entropies += real * entropy
            kl += real * (ratio - one - difference)
            let outside = max16(ratio - one, one - ratio)
            clipped += real.replacing(with: 0, where: outside .<= clip)
            // d/d log pi of -min(r A, cut): -r A where the plain branch counts, 0 where the cut one does and is flat.
            let slope = (-plain * share).replacing(with: 0, where: (cut .< plain) .& ((ratio .< low) .| (ratio .> high)))
            for a in 0..<actionCount {
                let p = logP.base + a * padded + g
                let l = load16(p), probability = exp16(l)
                let indicator = Lanes(repeating: 0).replacing(with: one, where: action .== Float(a))
                store16(slope * (indicator - probability) + coefficient * share * probability * (l + entropy), p)
            }
            g += 16
        }
        for r in 0..<count { for a in 0..<actionCount { logits.base[r * logits.stride + a] = logP.base[a * padded + r] } }
        sums[slot].policy += total(policy)
        sums[slot].entropy += total(entropies)
        sums[slot].kl += total(kl)
        sums[slot].clipped += total(clipped)
    }

    func turnIntoGradient(values: MatrixView, rows range: Range<Int>, slot: Int) {
        var sum = 0.0
        let factor = 2 * valueCoefficient / Float(rows)
        let R = returns.all.base + range.lowerBound, old = oldValues.all.base + range.lowerBound
        for r in 0..<range.count {
            let v = values.base[r * values.stride]
            var prediction = v
            var passes: Float = 1
            if let clip = valueClipRange {
                let change = v - old[r]
                prediction = old[r] + min(max(change, -clip), clip)
                passes = abs(change) <= clip ? 1 : 0
            }
            let error = prediction - R[r]
            sum += Double(error * error)
            values.base[r * values.stride] = factor * error * passes
        }
        sums[slot].value += sum
    }

    /// Means over the minibatch.
    var means: Sums {
        var total = Sums()
        for s in sums {
            total.policy += s.policy
            total.entropy += s.entropy
            total.value += s.value
            total.kl += s.kl
            total.clipped += s.clipped
        }
        let n = Double(rows)
        return Sums(policy: total.policy / n, entropy: total.entropy / n, value: total.value / n, kl: total.kl / n, clipped: total.clipped / n)
    }

    // A KL that is not a number is no reason to refuse: the gradient then is none either, and says so.
    func permitsStep() -> Bool { !(means.kl > klLimit) }

    private func total(_ v: SIMD16<Float>) -> Double {
        var sum = 0.0
        for lane in 0..<16 { sum += Double(v[lane]) }
        return sum
    }
}

extension SIMD16<Float> {
    /// 0, 1, ... 15.
    fileprivate static let lane = SIMD16<Float>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}
