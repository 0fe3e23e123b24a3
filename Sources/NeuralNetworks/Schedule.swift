internal import RealModule

/// A number that moves with training: learning rate, clip range, entropy coefficient.
///
/// Progress p is the share of the steps done, in [0, 1] (1 minus Stable-Baselines3's `progress_remaining`).
package struct Schedule: Sendable, Equatable {
    package enum Shape: String, Sendable, CaseIterable {
        /// `initial` throughout.
        case constant
        /// initial + (final - initial) p; with `final` 0 Stable-Baselines3's `linear_schedule`.
        case linear
        /// final + (initial - final) (1 + cos(pi p)) / 2: Loshchilov and Hutter 2017, one cycle.
        case cosine
    }

    package let shape: Shape
    package let initial: Double
    package let final: Double
    /// Share of the steps over which the value first rises from 0 to `initial`, in a straight line; the shape then runs over the rest. In [0, 1).
    package let warmUp: Double

    package init(_ shape: Shape = .constant, initial: Double, final: Double = 0, warmUp: Double = 0) {
        precondition(warmUp >= 0 && warmUp < 1, "warm-up share \(warmUp) is outside [0, 1)")
        self.shape = shape
        self.initial = initial
        self.final = final
        self.warmUp = warmUp
    }

    package static func constant(_ value: Double) -> Schedule { Schedule(.constant, initial: value) }

    /// The value at progress p; p outside [0, 1] counts as the nearer end.
    package func value(at progress: Double) -> Double {
        let p = min(max(progress, 0), 1)
        if p < warmUp { return initial * p / warmUp }
        let q = (p - warmUp) / (1 - warmUp)
        switch shape {
        case .constant: return initial
        case .linear: return initial + (final - initial) * q
        case .cosine: return final + (initial - final) * (1 + Double.cos(.pi * q)) / 2
        }
    }
}
