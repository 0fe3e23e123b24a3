import Forecasting
import Postmortem
import RewardAnalysis
import Training

/// Forecasts for the remedies of a post-mortem: a run's own experiment under other entropy coefficients and without some of its terms.
struct ForecastedRuns: Postmortem.RunForecaster {
    private let runs: ReweightedForecasts
    private let experiment: Experiment
    let method: String

    /// `steps` where the run stopped, or nil for those of the experiment. A tenth of the effort: remedies are told apart by tens of points.
    init(_ inputs: TrainingInputs, steps: Int?) {
        var settings = ForecastSettings()
        settings.steps = steps
        settings.effort = 0.1
        runs = ReweightedForecasts(inputs, settings)
        experiment = inputs.experiment
        method = "forecast of this reward on these bars, 'assay forecast'"
    }

    var entropyCoefficient: Double { experiment.ppo.entropyCoefficient.value(remaining: 1) }

    func mix(entropyCoefficient: Double, without: Set<String>) -> [(action: String, share: Double)]? {
        let weights = zip(runs.terms, runs.weights).map { without.contains($0) ? 0 : $1 }
        guard weights.contains(where: { $0 != 0 }), let found = try? runs.forecast(weights: weights, entropyCoefficient: entropyCoefficient) else { return nil }
        return zip(found.actions, found.overall).map { (action: $0, share: $1) }
    }
}
