import Forecasting
import Postmortem
import RewardAnalysis
import Training

/// Forecasts for the remedies of a post-mortem: an experiment under other entropy coefficients and other weights.
struct ForecastedRuns: Postmortem.RunForecaster {
    /// Steps of a run up to which forecasts are whole: a short one has few roll-outs to learn from, and costs little.
    private static let fullEffort = 250_000.0

    private let runs: ReweightedForecasts
    private let experiment: Experiment
    /// The log's names of the actions, in the order of the forecast's; nil for one that the log does not have.
    private let names: [String?]
    /// Whether the log's mix is of flat decisions alone, or has those in a trade among them.
    private let isFlatOnly: Bool
    let method: String
    let assumption: String

    /// `steps` where the run stopped, or nil for those of the experiment. A long run takes a part of a forecast's effort: remedies are told apart by tens of points.
    /// `names` are the log's for the environment's actions, `isFlatOnly` whether its mix leaves out decisions in a trade, and `assumption` says what of the settings is not the run's own.
    init(_ inputs: TrainingInputs, steps: Int?, names: [String?]? = nil, isFlatOnly: Bool = true, assumption: String = "") {
        var settings = ForecastSettings()
        settings.steps = steps
        settings.effort = min(1, max(0.1, Self.fullEffort / Double(max(1, steps ?? inputs.experiment.steps))))
        runs = ReweightedForecasts(inputs, settings)
        experiment = inputs.experiment
        self.names = names ?? inputs.actionNames
        self.assumption = assumption
        self.isFlatOnly = isFlatOnly
        method = "'assay forecast'"
    }

    var entropyCoefficient: Double { experiment.ppo.entropyCoefficient.value(remaining: 1) }

    func mix(entropyCoefficient: Double, factors: [String: Double]) -> [(action: String, share: Double)]? {
        let weights = zip(runs.terms, runs.weights).map { (factors[$0] ?? 1) * $1 }
        guard weights.contains(where: { $0 != 0 }), let found = try? runs.forecast(weights: weights, entropyCoefficient: entropyCoefficient), found.overall.count == names.count else { return nil }
        var shares = found.overall
        if !isFlatOnly, let position = found.position {
            shares = shares.indices.map { a in (position.flat + position.held).reduce(0) { $0 + $1.decisions * $1.sampled[a] } }
        }
        let known = zip(names, shares).compactMap { name, share in name.map { (action: $0, share: share) } }, all = known.reduce(0) { $0 + $1.share }
        return all > 0 ? known.map { ($0.action, $0.share / all) } : nil
    }
}
