package import NetworkKernels

/// Settings of one Adam or AdamW step.
package struct AdamSettings: Sendable, Equatable {
    package var rate: Double
    package var beta1: Double
    package var beta2: Double
    package var epsilon: Double
    package var weightDecay: Double
    /// True for AdamW: decay pulls on the parameters instead of joining the gradient.
    package var isDecoupled: Bool
    /// Largest norm of the whole gradient; nil does not clip.
    package var maximumNorm: Double?

    /// Defaults are PyTorch's, but for epsilon, which is Stable-Baselines3's 1e-5.
    package init(
        rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-5, weightDecay: Double = 0, isDecoupled: Bool = false,
        maximumNorm: Double? = nil
    ) {
        self.rate = rate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.isDecoupled = isDecoupled
        self.maximumNorm = maximumNorm
    }
}

/// Adam over a whole network: the moments, the number of steps taken, and the step itself (sum of the gradients of the threads, norm, clipping,
/// update), cut into fixed parts so that every number of threads gives the same bytes.
package final class AdamOptimizer {
    package let first: ParameterVector
    package let second: ParameterVector
    /// Steps taken; checkpoints save and restore it.
    package var steps = 0
    private let layout: ParameterLayout
    private let parts: [Range<Int>]
    private let squares: [PartialSum]
    private final class PartialSum { var value = 0.0 }

    package init(_ layout: ParameterLayout) {
        self.layout = layout
        first = ParameterVector(layout)
        second = ParameterVector(layout)
        // 16 parts: enough for any number of threads here, few enough to cost nothing in a small network.
        let size = max(16, (layout.length / 16 + 15) / 16 * 16)
        parts = stride(from: 0, to: layout.length, by: size).map { $0..<min($0 + size, layout.length) }
        squares = parts.map { _ in PartialSum() }
    }

    /// Adds `others` (in their order) to the store's gradients, clips, and moves the parameters. Returns the norm before clipping.
    ///
    /// Coefficient of clipping min(1, maximumNorm / (norm + 1e-6)) as PyTorch's `clip_grad_norm_`. When the norm is NaN or infinite nothing but
    /// the gradients changes, and the caller, who sees it in the result, stops.
    @discardableResult
    package func step(_ store: ParameterStore, adding others: [ParameterVector] = [], _ settings: AdamSettings, team: ThreadTeam) -> Double {
        precondition(store.layout == layout, "an optimiser of \(layout.length) floats for a network of \(store.layout.length)")
        let gradients = store.gradients.block
        team.run(parts.count) { part in
            let sum = gradients.row(parts[part])
            for other in others { add(other.block.row(parts[part]), into: sum) }
            squares[part].value = sumOfSquares(sum)
        }
        let norm = squares.reduce(0) { $0 + $1.value }.squareRoot()
        guard norm.isFinite else { return norm }
        steps += 1
        let scale = settings.maximumNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        team.run(parts.count) { part in
            let range = parts[part]
            adamStep(
                store.values.block.row(range), gradient: gradients.row(range), first: first.block.row(range), second: second.block.row(range),
                scale: Float(scale), rate: settings.rate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, step: steps,
                weightDecay: settings.weightDecay, isDecoupled: settings.isDecoupled)
        }
        return norm
    }
}
