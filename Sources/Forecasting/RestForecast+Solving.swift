package import AbstractMDP
internal import Environments
internal import RewardAnalysis
internal import TradingTypes
package import Training

/// The abstract process of a training, counted on its data, of which the point of rest is asked.
package struct RestProblem {
    package let model: AbstractModel
    private let gamma, lambda, coefficient: Double
    /// Steps that round trips are counted over; of an episode, on average.
    private let period, episode: Double

    /// What is told apart on the spot market beside what the reward reads: what the policy sees.
    static func settings(_ market: SpotTrainingMarket) -> SpotAbstraction.Settings {
        var settings = SpotAbstraction.Settings()
        settings.names = Set(market.observedState.map(\.rawValue)).subtracting(["drawdown"])
        return settings
    }

    /// Counts the process. nil without an entropy bonus, whose temperature would be 0.
    package init?(_ inputs: TrainingInputs, entropyCoefficient c: Double) {
        guard c > 0 else { return nil }
        coefficient = c
        (gamma, lambda) = (inputs.experiment.ppo.gamma, inputs.experiment.ppo.gaeLambda)
        switch inputs.world {
        case .options(let market):
            model = OptionsAbstraction(market.stack, market.market, days: market.days(.train), rules: market.settings.rules).model()
        case .spot(let market):
            let columns = market.columns
            let analysed = AnalysisMarket(
                environment: market.environment, labels: market.table.regimes, rows: inputs.trainingRows, seed: 1, needsPath: true
            ) { names, range in
                columns.filter { names.contains($0.key) }.mapValues { column in
                    guard case .values(let values) = column, range.count < values.count else { return column }
                    return .values(Array(values[range]))
                }
            }
            model = SpotAbstraction(market.stack, analysed, Self.settings(market)).model()
        }
        switch inputs.world {
        // A day of options is as many steps as the training days have minutes on average.
        case .options(let market):
            period = Double(market.rowCount(.train)) / Double(max(1, market.days(.train).count))
            episode = period
        case .spot: (period, episode) = (1_000, Double(inputs.experiment.episodeBars))
        }
    }

    /// The process solved three ways.
    package func solved() -> RestForecast {
        let rest = model.resting(gamma: gamma, lambda: lambda, entropyCoefficient: coefficient, episode: episode), process = model.process
        func policy(_ solution: ProcessSolution, _ mix: SituationMix) -> RestForecast.Policy {
            let flat = zip(model.shares, mix.heldShare).map { $0 * (1 - $1) }, weights = model.environment == .options ? flat : model.shares
            let shares = model.environment == .options ? mix.flat : mix.all, sum = max(1e-300, weights.reduce(0, +))
            let all = (0..<model.actions).map { a in weights.indices.reduce(0.0) { $0 + weights[$1] * shares[$1][a] } / sum }
            return RestForecast.Policy(
                mix: mix, policyClass: PolicyClass(shares: all, roundTrips: mix.roundTrips * period < 1e-3 ? 0 : 1), roundTrips: mix.roundTrips * period, residual: solution.residual)
        }
        let hard = process.hard(gamma: gamma), soft = process.soft(gamma: gamma, temperature: max(1e-9, rest.temperature))
        return RestForecast(
            states: process.states, hard: policy(hard, model.situations(of: hard.policy, episode: episode)), soft: policy(soft, model.situations(of: soft.policy, episode: episode)),
            ppo: policy(rest.solution, rest.mix), temperature: rest.temperature, averaged: model.averaged + model.blurred)
    }
}
