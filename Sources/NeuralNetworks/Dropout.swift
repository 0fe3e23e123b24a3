package import NetworkKernels

/// Dropout of one optimiser step: rate and the key of every mask. Masks depend on seed, step, layer, site and the sample's place in the
/// minibatch, never on threads or on how the batch is cut into pieces.
package struct DropoutPlan: Sendable, Equatable {
    package let rate: Float
    package let seed: UInt64
    package let step: UInt64

    /// `rate` in [0, 1).
    package init(rate: Float, seed: UInt64, step: UInt64) {
        precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is outside [0, 1)")
        self.rate = rate
        self.seed = seed
        self.step = step
    }

    /// No dropout: evaluation, and the default of training.
    package static let none = DropoutPlan(rate: 0, seed: 0, step: 0)

    package var isActive: Bool { rate > 0 }

    /// The four places of an encoder layer, those of PyTorch's `TransformerEncoderLayer`.
    package enum Site: UInt64, Sendable, CaseIterable {
        case attention, attentionOutput, hidden, feedForwardOutput
    }

    /// Drops elements of x [B x n], whose first row is row `firstRow` of the whole minibatch's tensor at this site. The way back is the same call.
    package func apply(to x: MatrixView, layer: Int, site: Site, firstRow: Int) {
        if !isActive { return }
        dropout(x, rate: rate, key: DropoutKey(seed: seed, step: step, site: UInt64(layer) * 4 + site.rawValue), firstRow: firstRow)
    }
}
