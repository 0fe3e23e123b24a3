internal import ComponentKit
internal import Forecasting
internal import NeuralNetworks
internal import NumericKernels
internal import RealModule
internal import RewardAnalysis
internal import RewardLints
internal import Sweeps
internal import TradingTypes
internal import Training

/// What a training is run with beside the weights.
struct TrainingLevers: Equatable {
    var entropy: Double
    /// The learning rate falls to 0 over the run.
    var falls = false
}

extension RewardSolver {
    /// Searches, then verifies on fresh seeds. nil when `shouldStop` said so. Throws `TrainingFailure` and what preparing throws.
    public func solve(shouldStop: @Sendable @escaping () -> Bool = { false }, report: @escaping (String) -> Void = { _ in }) throws -> SolveResult? {
        var search = SolveSearch(self, shouldStop: shouldStop, report: report)
        return try search.run()
    }

    // MARK: Trainings and forecasts

    func trainings(_ weights: [String: Double], _ levers: TrainingLevers, seeds: [UInt64], steps: Int?, _ shouldStop: @Sendable @escaping () -> Bool) throws -> [TrialOutcome]? {
        var experiment = experiment
        experiment.ppo.entropyCoefficient = .constant(levers.entropy)
        if levers.falls { experiment.ppo.learningRate = .linear(from: experiment.ppo.learningRate.value(remaining: 1), to: 0) }
        if let steps { experiment.steps = steps }
        let trial = try TrainingInputs(sharing: inputs, experiment, weights: weights)
        let outcomes = try inParallel(seeds.count, threads: settings.threads) { i -> TrialOutcome? in
            shouldStop() ? nil : try TrialTraining.run(trial, seed: seeds[i], shouldStop: shouldStop)
        }.compactMap { $0 }
        return outcomes.count == seeds.count ? outcomes : nil
    }

    /// Whether a forecast stands for these trainings: it follows no state of the policy's own, no teacher and no curriculum.
    var canForecast: Bool {
        settings.usesForecast && experiment.observedState.isEmpty && experiment.cloning == nil && experiment.curriculum == nil
    }

    /// Mixes that surrogate runs reach, [S][R][A]; nil when `shouldStop` said so.
    func forecasts(_ weights: [String: Double], _ levers: TrainingLevers, seeds: [UInt64], _ shouldStop: @Sendable @escaping () -> Bool) throws -> [[[Double]]]? {
        var experiment = experiment
        if levers.falls { experiment.ppo.learningRate = .linear(from: experiment.ppo.learningRate.value(remaining: 1), to: 0) }
        if let steps = settings.searchSteps { experiment.steps = steps }
        let trial = try TrainingInputs(sharing: inputs, experiment, weights: weights)
        let found = try inParallel(seeds.count, threads: settings.threads) { i -> [[Double]]? in
            if shouldStop() { return nil }
            var plan = ForecastSettings()
            (plan.seed, plan.effort, plan.curvePoints) = (seeds[i], SolveSettings.forecastEffort, 1)
            let forecast = try ReweightedForecasts(trial, plan).forecast(weights: trial.design.terms.map(\.weight), entropyCoefficient: levers.entropy)
            return forecast.regimes.map { $0.bars > 0 ? $0.sampled : $0.sampled.map { _ in .nan } }
        }.compactMap { $0 }
        return found.count == seeds.count ? found : nil
    }

    // MARK: Farms

    /// Cycles that are paid without skill under some weights, for certain or against every move; only where the reward reads the agent's path: elsewhere the demands are exact.
    func farms(_ weights: [String: Double]) throws -> [FarmStory] {
        guard target.forbidsFarms, !isBandit else { return [] }
        let market = inputs.market, columns = market.columns
        let analysed = AnalysisMarket(
            environment: market.environment, columns: columns, labels: Array(market.prepared.regimes.labels), rows: inputs.trainingRows, seed: 1)
        return farmableCycles(inputs.design.reweighted(weights), on: analysed).filter { $0.code != .farmMartingale }
    }

    /// A farm as a reason why there is no answer.
    func sentence(_ farm: FarmStory) -> String {
        let movable = Set(variables.map(\.id)), fixed = farm.terms.filter { $0.pay > 0 && !movable.contains($0.id) }.map(\.id)
        let stuck = fixed.isEmpty ? "" : "; what pays it may not move: \(fixed.joined(separator: ", "))"
        return "a cycle is paid without skill: \(farm.sentence)\(stuck); to stop it: \(farm.patch)"
    }
}

extension TrialOutcome {
    /// Share of each action by regime on a split, drawn, [R][A]; NaN without bars.
    func sampled(_ split: SplitName) -> [[Double]] { shares(self[split]?.sampled) }
    /// The same without the noise of drawing.
    func meanProbability(_ split: SplitName) -> [[Double]] { shares(self[split]?.meanProbability) }

    private func shares(_ mix: ActionMix?) -> [[Double]] {
        Regime.names.indices.map { g in mix?.shares(g) ?? EnvironmentKind.spot.actionNames.map { _ in .nan } }
    }
}
