internal import NetworkKernels
internal import NumericKernels
internal import Policies

/// PPO's loss on the first rows of a minibatch, with the teacher's terms added:
/// L + c_KL mean KL(teacher || policy) over those rows, + c_R mean(-log p(label)) over the demonstrated rows behind them.
///
/// The gradient of the KL to the logits is p - p_teacher. Demonstrated rows have no value loss.
final class GuidedLoss: MinibatchLoss {
    /// Sums over the rows of one slot.
    private struct Sums { var kl = 0.0, replay = ImitationSums() }

    private let inner: ClippedLoss
    private let guidance: TeacherGuidance
    private let actionCount, width: Int
    private var samples: [Int32]
    private var rows = 0, replayed = 0
    private let labels, weights: FloatBlock
    private var replayMasks: [UInt32], masks: [UInt32]
    private let scratch: FloatBlock
    private var sums: [Sums]

    init(_ inner: ClippedLoss, _ guidance: TeacherGuidance, actionCount: Int, batchSize: Int, slots: Int) {
        self.inner = inner
        self.guidance = guidance
        self.actionCount = actionCount
        let replay = guidance.settings.replayBatch
        width = MaskedCategorical.padded(max(batchSize, replay)) + 16
        samples = [Int32](repeating: 0, count: batchSize)
        masks = [UInt32](repeating: 0, count: batchSize)
        replayMasks = [UInt32](repeating: 0, count: replay)
        labels = FloatBlock(count: width)
        weights = FloatBlock(count: width)
        scratch = FloatBlock(count: actionCount * width * slots)
        sums = [Sums](repeating: Sums(), count: slots)
    }

    /// After the inner loss was prepared for `samples`: notes them and draws what joins them; returns how many rows that is.
    func prepare(_ rollout: Rollout, _ samples: Span<Int32>, _ random: inout RandomStream, rows list: inout [Int32]) -> Int {
        rows = samples.count
        for i in 0..<rows {
            self.samples[i] = samples[i]
            masks[i] = rollout.masks[Int(samples[i])]
        }
        replayed = guidance.draw(&random, rows: &list, from: rows, labels: labels, masks: &replayMasks)
        for i in 0..<replayed { weights.all.base[i] = guidance.replayWeight / Float(replayed) }
        for i in sums.indices { sums[i] = Sums() }
        return replayed
    }

    func turnIntoGradient(logits: MatrixView, rows range: Range<Int>, slot: Int) {
        let own = range.clamped(to: 0..<rows), extra = range.clamped(to: rows..<rows + replayed)
        func memory(_ count: Int) -> MatrixView { scratch.matrix(at: slot * actionCount * width, rows: actionCount, columns: MaskedCategorical.padded(count)) }
        if !own.isEmpty {
            let part = logits.rows(0..<own.count), weight = guidance.klWeight / Float(rows)
            let logP = memory(own.count)
            if weight > 0 {
                masks.withUnsafeBufferPointer { MaskedCategorical.logProbabilities(part, masks: $0.baseAddress! + own.lowerBound, into: logP) }
            }
            inner.turnIntoGradient(logits: part, rows: own, slot: slot)
            if weight > 0 { addDivergence(part, own, logP, weight, slot) }
        }
        if !extra.isEmpty {
            let first = extra.lowerBound - rows
            replayMasks.withUnsafeBufferPointer { masks in
                sums[slot].replay += MaskedCategorical.imitate(
                    logits.rows(own.count..<range.count), masks: masks.baseAddress! + first, labels: labels.all.base + first, weights: weights.all.base + first,
                    entropyWeight: 0, scratch: memory(extra.count))
            }
        }
    }

    private func addDivergence(_ gradient: MatrixView, _ range: Range<Int>, _ logP: MatrixView, _ weight: Float, _ slot: Int) {
        let A = actionCount
        var kl = 0.0
        guidance.probabilities.withUnsafeBufferPointer { teacher in
            guidance.logarithms.withUnsafeBufferPointer { teacherLogs in
                for a in 0..<A {
                    let logs = logP.base + a * logP.stride
                    for i in 0..<range.count {
                        let cell = Int(samples[range.lowerBound + i]) * A + a, chance = teacher[cell]
                        if chance > 0 { kl += Double(chance * (teacherLogs[cell] - logs[i])) }
                        gradient.base[i * gradient.stride + a] -= weight * chance
                    }
                }
            }
        }
        exponentials(logP, into: logP)
        for a in 0..<A { for i in 0..<range.count { gradient.base[i * gradient.stride + a] += weight * logP.base[a * logP.stride + i] } }
        sums[slot].kl += kl
    }

    func turnIntoGradient(values: MatrixView, rows range: Range<Int>, slot: Int) {
        let own = range.clamped(to: 0..<rows)
        if !own.isEmpty { inner.turnIntoGradient(values: values.rows(0..<own.count), rows: own, slot: slot) }
        if own.count < range.count { values.rows(own.count..<range.count).fill(0) }
    }

    func permitsStep() -> Bool { inner.permitsStep() }

    /// Mean KL(teacher || policy) over the roll-out's rows; mean -log p(label) over the replayed ones.
    var means: (kl: Double, replay: Double) {
        var kl = 0.0, replay = ImitationSums()
        for s in sums {
            kl += s.kl
            replay += s.replay
        }
        return (kl / Double(max(1, rows)), replay.weight > 0 ? replay.negativeLogLikelihood / replay.weight : 0)
    }
}
