/// Which lever is pulled first.
public enum SolvePreference: String, Sendable, CaseIterable {
    /// What trading costs for certain.
    case cost
    /// The entropy coefficient: a softer policy leans less on noise that it can fit, and its mix differs less between seeds.
    case entropy
    /// What HOLD is paid for certain.
    case bonus
}

/// How `RewardSolver` searches.
public struct SolveSettings: Sendable {
    public var preference = SolvePreference.bonus
    /// Trainings of a round; they have seeds of their own, which the verification does not use.
    public var searchSeeds = 3
    /// Steps of a training in a round; nil: the experiment's. Shorter ones fit less noise, so their mix is another.
    public var searchSteps: Int?
    public var rounds = 12
    /// Seeds that verify the result; empty: none. Nothing was fitted to them.
    public var freshSeeds: [UInt64] = [1, 2, 3, 4, 5]
    public var threads = 2
    /// Probability that a fresh seed lies inside all bands which ends the search.
    public var confidence = 0.9
    /// No training at all: the analytic answer.
    public var isAnalytic = false

    public init() {}

    /// First seed of the search's trainings.
    static let searchSeed: UInt64 = 90_001
}
