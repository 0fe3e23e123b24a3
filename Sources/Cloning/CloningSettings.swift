/// How a policy is fitted to demonstrations. Defaults are those of Python's `imitation` (its `bc.BC`), with an early stop.
public struct CloningSettings: Sendable, Equatable {
    /// Passes over the demonstrations, at most.
    public var epochs = 20
    public var batchSize = 32
    public var learningRate = 1e-3
    public var adamEpsilon = 1e-8
    /// Weight of the mean entropy, which is subtracted from the loss.
    public var entropyWeight = 1e-3
    /// Weight of half the sum of the squared parameters.
    public var l2Weight = 0.0
    /// How far rare actions are weighted up, in [0, 1]: an action that n of N steps carry counts (N / (A n)) to this power, rescaled to a mean
    /// of 1. 0 counts every step alike, 1 every action alike.
    public var classBalance = 0.0
    /// Share of the steps held out, whole episodes from the end, in (0, 1).
    public var heldOut = 0.2
    /// Epochs without a lower held-out loss after which fitting stops; nil never. The weights of the best epoch are kept in either case.
    public var patience: Int? = 3

    public init() {}
}
