/// Which lever is pulled first.
public enum SolvePreference: String, Sendable, CaseIterable {
    /// What trading costs for certain.
    case cost
    /// The entropy coefficient: it goes where the reward's own weights come nearest to the bands, and the weights do what is left.
    case entropy
    /// What HOLD is paid for certain.
    case bonus
}

/// How `RewardSolver` searches.
public struct SolveSettings: Sendable {
    public var preference = SolvePreference.bonus
    /// Trainings of a round; the rounds near the end, which decide where the centre is, have twice as many. Each round has seeds of its own, which the verification does not use.
    public var searchSeeds = 3
    /// Steps of a training in a round; nil: the experiment's. Shorter ones fit less noise, so their mix is another.
    public var searchSteps: Int?
    /// Most rounds of trainings.
    public var rounds = 12
    /// Whether forecasts find where the trainings begin; without them the analytic gaps do.
    public var usesForecast = true
    /// Seeds that verify the result; empty: none. Nothing was fitted to them.
    public var freshSeeds: [UInt64] = [1, 2, 3, 4, 5]
    public var threads = 2
    /// Probability that a fresh seed lies inside all bands which ends the search.
    public var confidence = 0.9
    /// It ends as well when all that is not yet known of the centres costs less of that probability.
    public var worthKnowing = 0.02
    /// Draws the search: its trainings have the seeds 89,001 + 1,000 of it and up.
    public var seed: UInt64 = 1
    /// No training at all: the analytic answer.
    public var isAnalytic = false

    public init() {}

    var firstTrainingSeed: UInt64 { 89_001 &+ 1_000 &* seed }

    /// Forecasts: seeds of a round, most rounds, and the share of a forecast's standard effort.
    static let forecastSeeds = 2, forecastRounds = 5, forecastEffort = 0.15
}
