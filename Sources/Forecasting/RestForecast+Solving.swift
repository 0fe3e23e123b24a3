internal import AbstractMDP
internal import Environments
internal import RewardAnalysis
internal import TradingTypes
internal import Training

extension RestForecast {
    /// Counts the abstract process on the training data and solves it. nil without an entropy bonus, whose temperature would be 0.
    init?(_ inputs: TrainingInputs, entropyCoefficient c: Double) {
        guard c > 0 else { return nil }
        let ppo = inputs.experiment.ppo, model: AbstractModel
        switch inputs.world {
        case .options(let market):
            model = OptionsAbstraction(market.stack, market.market, days: market.days(.train), rules: market.settings.rules).model()
        case .spot(let market):
            var settings = SpotAbstraction.Settings()
            settings.names = Set(market.observedState.map(\.rawValue)).subtracting(["drawdown"])
            let columns = market.columns
            let analysed = AnalysisMarket(
                environment: market.environment, labels: market.table.regimes, rows: inputs.trainingRows, seed: 1, needsPath: true
            ) { names, range in
                columns.filter { names.contains($0.key) }.mapValues { column in
                    guard case .values(let values) = column, range.count < values.count else { return column }
                    return .values(Array(values[range]))
                }
            }
            model = SpotAbstraction(market.stack, analysed, settings).model()
        }
        // A day of options is as many steps as the training days have minutes on average.
        let steps: Double = switch inputs.world {
        case .options(let market): Double(market.rowCount(.train)) / Double(max(1, market.days(.train).count))
        case .spot: 1_000
        }
        let rest = model.resting(gamma: ppo.gamma, lambda: ppo.gaeLambda, entropyCoefficient: c), process = model.process
        func policy(_ solution: ProcessSolution, _ mix: SituationMix) -> Policy {
            let flat = zip(model.shares, mix.heldShare).map { $0 * (1 - $1) }, weights = model.environment == .options ? flat : model.shares
            let shares = model.environment == .options ? mix.flat : mix.all, sum = max(1e-300, weights.reduce(0, +))
            let all = (0..<model.actions).map { a in weights.indices.reduce(0.0) { $0 + weights[$1] * shares[$1][a] } / sum }
            return Policy(
                mix: mix, policyClass: PolicyClass(shares: all, roundTrips: mix.roundTrips * steps < 1e-3 ? 0 : 1), roundTrips: mix.roundTrips * steps, residual: solution.residual)
        }
        let hard = process.hard(gamma: ppo.gamma), soft = process.soft(gamma: ppo.gamma, temperature: max(1e-9, rest.temperature))
        self.init(
            // What is never left depends on where it began: a policy that does not draw is followed from an episode's start.
            states: process.states, hard: policy(hard, model.situations(of: hard.policy)), soft: policy(soft, model.situations(of: soft.policy, from: rest.visits)),
            ppo: policy(rest.solution, rest.mix), temperature: rest.temperature, averaged: model.averaged + model.blurred)
    }
}
