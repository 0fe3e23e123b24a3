internal import NetworkKernels
internal import Policies
internal import MaskablePPO

/// PPO's clipped objective in expectation over the actions of every bar, where what each of them pays is known.
///
/// L = -mean sum over a of pi_old(a) min(r_a A_a, clip(r_a) A_a) - c_H mean(H), A_a = (pay_a - pay_drawn + A_drawn - mean) / deviation of the drawn advantages of the minibatch.
final class ExpectedLoss: MinibatchLoss {
    var clipRange: Float = 0.2
    var entropyCoefficient: Float = 0
    private let actionCount, width: Int
    /// [A x width]: standardised advantages and old log-probabilities.
    private let advantages, oldLogs, scratch: FloatBlock
    private var rows = 0

    init(actionCount: Int, batchSize: Int) {
        self.actionCount = actionCount
        width = MaskedCategorical.padded(batchSize) + 16
        advantages = FloatBlock(count: actionCount * width)
        oldLogs = FloatBlock(count: actionCount * width)
        scratch = FloatBlock(count: actionCount * width)
    }

    func prepare(_ rollout: Rollout, _ samples: Span<Int32>, _ logP: MatrixView, pay: FloatBlock, payWidth: Int, firstPaid: Int) {
        rows = samples.count
        var sum = 0.0, squares = 0.0
        for i in 0..<rows {
            let a = Double(rollout.advantages[Int(samples[i])])
            sum += a
            squares += a * a
        }
        let n = Double(rows), mean = sum / n, scale = 1 / ((max(0, squares - sum * mean) / max(1, n - 1)).squareRoot() + 1e-8)
        let table = pay.all.base
        for i in 0..<rows {
            let s = Int(samples[i]), row = table + (Int(rollout.rows[s]) - firstPaid) * actionCount * payWidth, drawn = Int(rollout.actions[s])
            let base = Double(rollout.advantages[s]) - mean - Double(row[drawn * payWidth])
            for a in 0..<actionCount {
                advantages.all.base[a * width + i] = Float((base + Double(row[a * payWidth])) * scale)
                oldLogs.all.base[a * width + i] = logP[a, s]
            }
        }
    }

    func turnIntoGradient(logits: MatrixView, rows range: Range<Int>, slot: Int) {
        typealias Lanes = SIMD16<Float>
        let count = range.count, padded = MaskedCategorical.padded(count)
        let logP = scratch.matrix(rows: actionCount, columns: padded)
        MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
        let share = Lanes(repeating: 1 / Float(rows)), low = Lanes(repeating: 1 - clipRange), high = Lanes(repeating: 1 + clipRange)
        let coefficient = Lanes(repeating: entropyCoefficient)
        var g = 0
        while g < count {
            var entropy = Lanes(repeating: 0), total = entropy
            // d/d log pi(a) of the surrogate: -pi_old(a) r_a A_a = -pi(a) A_a, where the clipped branch is not the smaller.
            for a in 0..<actionCount {
                let l = load16(logP.base + a * padded + g), p = exp16(l)
                entropy -= p * l
                let A = load16(advantages.all.base + a * width + range.lowerBound + g)
                let ratio = exp16(l - load16(oldLogs.all.base + a * width + range.lowerBound + g))
                let isCut = ((A .> 0) .& (ratio .> high)) .| ((A .< 0) .& (ratio .< low))
                let slope = (-(p * A)).replacing(with: 0, where: isCut)
                store16(slope, oldSlot(a) + g)
                total += slope
            }
            for a in 0..<actionCount {
                let p = logP.base + a * padded + g
                let l = load16(p), probability = exp16(l)
                store16(share * (load16(oldSlot(a) + g) - probability * total + coefficient * probability * (l + entropy)), p)
            }
            g += 16
        }
        for r in 0..<count { for a in 0..<actionCount { logits.base[r * logits.stride + a] = logP.base[a * padded + r] } }
    }

    private lazy var slopes = FloatBlock(count: actionCount * width)
    private func oldSlot(_ a: Int) -> UnsafeMutablePointer<Float> { slopes.all.base + a * width }

    func turnIntoGradient(values: MatrixView, rows range: Range<Int>, slot: Int) { values.fill(0) }
    func permitsStep() -> Bool { true }
}
