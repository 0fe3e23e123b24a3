internal import MaskablePPO
internal import TradingTypes
public import Training

/// Forecasts of one reward under many weights, on one prepared market: what sliders, solving and sweeps ask for.
///
/// Observations, regimes and outcomes are shared; a vector of weights costs tabling its pay (some milliseconds) and a surrogate run at `effort`.
public final class ReweightedForecasts: Sendable {
    private let inputs: TrainingInputs
    private let settings: ForecastSettings
    /// Ids of the terms, in the order of the weights.
    public let terms: [String]
    /// The reward file's own weights, [K].
    public let weights: [Double]

    /// `settings.effort` sets price and error of each: about 1.2 s at 1, .15 s at .1 on 26,100 bars and 820,000 steps.
    public init(_ inputs: TrainingInputs, _ settings: ForecastSettings = ForecastSettings()) {
        self.inputs = inputs
        self.settings = settings
        terms = inputs.termNames
        weights = inputs.design.terms.map(\.weight)
    }

    /// The forecast under `weights` [K]; `entropyCoefficient` instead of the experiment's. Thread-safe; the same arguments give the same result.
    public func forecast(weights: [Double], entropyCoefficient: Double? = nil) throws -> RewardForecast {
        precondition(weights.count == terms.count, "\(weights.count) weights for \(terms.count) terms")
        let changes = Dictionary(uniqueKeysWithValues: zip(terms, weights))
        if inputs.isPositional {
            var quick = settings
            quick.solvesRest = false
            return try Forecaster.forecastPosition(TrainingInputs(sharing: inputs, inputs.experiment, weights: changes), quick, entropyCoefficient: entropyCoefficient)
        }
        var problem = SurrogateProblem(inputs)
        problem.market = SpotTrainingMarket(problem.market, inputs.experiment.spot, inputs.design.reweighted(changes))
        if let entropyCoefficient { problem.ppo.entropyCoefficient = .constant(entropyCoefficient) }
        return try Forecaster.forecast(problem, name: inputs.rewardName, policy: inputs.experiment.policy, steps: inputs.experiment.steps, settings)
    }

    /// Share of each action by regime at the end, [R][A].
    public func sampledMix(weights: [Double]) throws -> [[Double]] { try forecast(weights: weights).regimes.map(\.sampled) }
}
