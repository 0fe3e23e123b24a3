package import Forecasting
package import RewardAnalysis
internal import NumericKernels
internal import Rewards
internal import Synchronization
package import Training

/// How an emulator is fitted.
package struct EmulationPlan: Sendable, Equatable {
    /// Weight vectors that are forecast, the file's own among them.
    package var designs = 64
    /// Share of a forecast's standard effort, in (0, 1], for each but the file's own, which gets all of it.
    package var effort = 0.2
    package var seed: UInt64 = 1
    package var threads = 1

    package init() {}
}

extension MixEmulator {
    /// Forecasts the mix of many weight vectors around the file's own, and fits the emulator to them.
    ///
    /// - Parameters:
    ///   - pay: what one unit of each weight pays on the training bars; `bars`: of each regime, [R].
    ///   - forecast: of the file's own weights, where it is known; it stands for the first design.
    /// Throws what `Forecaster.forecast` throws.
    package static func fitted(
        to inputs: TrainingInputs, pay: WeightPay, bars: [Int], forecast own: RewardForecast?, _ settings: ForecastSettings, _ plan: EmulationPlan
    ) throws -> MixEmulator {
        let design = inputs.design, ids = design.terms.map(\.id)
        let vectors = weightDesigns(design.terms.map(\.weight), count: plan.designs, seed: plan.seed)
        var quick = settings
        quick.effort = plan.effort
        quick.curvePoints = 1
        let fixed = quick
        let results = Mutex([Int: [[Double]]]()), failure = Mutex<(any Error)?>(nil)
        parallelFor(count: vectors.count, threads: plan.threads) { range in
            for i in range where failure.withLock({ $0 == nil }) {
                if i == 0, let own {
                    results.withLock { $0[0] = own.regimes.map(\.sampled) }
                    continue
                }
                do {
                    var problem = SurrogateProblem(inputs)
                    problem.market = SpotTrainingMarket(inputs.market, inputs.experiment.spot, design.reweighted(Dictionary(uniqueKeysWithValues: zip(ids, vectors[i]))))
                    let found = try Forecaster.forecast(problem, name: inputs.rewardName, policy: inputs.experiment.policy, steps: inputs.experiment.steps, i == 0 ? settings : fixed)
                    results.withLock { $0[i] = found.regimes.map(\.sampled) }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let found = results.withLock { $0 }
        return MixEmulator(pay, bars: bars, weights: vectors, mixes: vectors.indices.compactMap { found[$0] }, steps: settings.steps ?? inputs.experiment.steps)
    }
}
