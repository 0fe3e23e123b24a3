package import Training

/// How a policy's training is stood for.
package struct SurrogatePlan: Sendable {
    package var settings: SurrogateSettings
    package var hidden: [Int]
    package var batchNorm: Bool
    /// A perceptron stands for another network.
    package var isStandIn = false

    /// Runs to take the mean of.
    package var runs = 1

    /// Below this many updates roll-outs are played whole.
    package static let fewUpdates = 40
    /// Up to this many steps, two runs stand for a training in which the position matters.
    static let fewSteps = 200_000

    /// `updates` of the training, of `steps` steps together, and whether its position matters. At first it is the noise of each roll-out that a policy follows, so that half of one is too little; later
    /// it is what many have in common. Where the position matters short runs differ by tens of points from seed to seed, and one draw says little about their mean (docs/forecast.md).
    package init(_ policy: PolicySettings, _ forecast: ForecastSettings, updates: Int, steps: Int = 0, isPositional: Bool = false) {
        settings = forecast.surrogate
        if updates < Self.fewUpdates { settings.rolloutShare *= 2 } else if isPositional, steps <= Self.fewSteps, forecast.effort >= 1 { runs = 2 }
        switch policy {
        case .mlp(let sizes, let batchNorm, _): (hidden, self.batchNorm) = (sizes, batchNorm)
        // As wide and as deep: how fast a network learns the training bars by heart is a matter of its size (docs/forecast.md).
        case .regimeTransformer(let t): (hidden, batchNorm, isStandIn) = ([Int](repeating: t.width, count: t.layers), false, true)
        }
        settings.rolloutShare *= max(0.02, min(1, forecast.effort))
    }
}
