internal import NetworkKernels
internal import Policies

/// The cloning loss of one minibatch, masked: mean w (-log p(label)) - c mean H. The L2 term is the optimiser's weight decay.
///
/// Source: imitation 1.0.1, `algorithms/bc.py`, `BehaviorCloningLossCalculator`, which has neither masks nor class weights.
final class CloningLoss: MinibatchLoss {
    private(set) var sums: [ImitationSums]
    private(set) var rows = 0
    private let entropyWeight: Float
    private let actionCount, width: Int
    private let labels, weights: FloatBlock
    private var masks: [UInt32]
    private let hasMasks: Bool
    private let scratch: FloatBlock

    init(actionCount: Int, batchSize: Int, entropyWeight: Double, hasMasks: Bool, slots: Int = 8) {
        self.actionCount = actionCount
        self.entropyWeight = Float(entropyWeight)
        self.hasMasks = hasMasks
        width = MaskedCategorical.padded(batchSize) + 16
        labels = FloatBlock(count: width)
        weights = FloatBlock(count: width)
        masks = [UInt32](repeating: 0, count: batchSize)
        scratch = FloatBlock(count: actionCount * width * slots)
        sums = [ImitationSums](repeating: ImitationSums(), count: slots)
    }

    func prepare(_ data: CloningData, _ weightOfStep: [Float], _ samples: Span<Int32>) {
        rows = samples.count
        let share = 1 / Float(rows)
        for i in 0..<rows {
            let s = Int(samples[i])
            labels.all.base[i] = Float(data.labels[s])
            weights.all.base[i] = weightOfStep[s] * share
            if hasMasks { masks[i] = data.masks[s] }
        }
        for i in sums.indices { sums[i] = ImitationSums() }
    }

    func turnIntoGradient(logits: MatrixView, rows range: Range<Int>, slot: Int) {
        let logP = scratch.matrix(at: slot * actionCount * width, rows: actionCount, columns: MaskedCategorical.padded(range.count))
        masks.withUnsafeBufferPointer { masks in
            sums[slot] += MaskedCategorical.imitate(
                logits, masks: hasMasks ? masks.baseAddress! + range.lowerBound : nil, labels: labels.all.base + range.lowerBound,
                weights: weights.all.base + range.lowerBound, entropyWeight: entropyWeight / Float(rows), scratch: logP)
        }
    }

    func turnIntoGradient(values: MatrixView, rows: Range<Int>, slot: Int) { values.fill(0) }

    func permitsStep() -> Bool { true }

    /// Sums over the whole minibatch.
    var total: ImitationSums { sums.reduce(into: ImitationSums()) { $0 += $1 } }
}
