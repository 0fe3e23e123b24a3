package import Forecasting
package import RewardAnalysis
internal import NumericKernels
internal import Synchronization
package import Training

/// How an emulator is fitted.
package struct EmulationPlan: Sendable, Equatable {
    /// Weight vectors that are forecast, the file's own among them.
    package var designs = 64
    /// Share of a forecast's standard effort, in (0, 1], for each.
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
    ///   - forecast: of the file's own weights, at full effort: the emulator says the same of them.
    /// Throws what `Forecaster.forecast` throws.
    package static func fitted(
        to inputs: TrainingInputs, pay: WeightPay, bars: [Int], forecast own: RewardForecast, _ settings: ForecastSettings, _ plan: EmulationPlan
    ) throws -> MixEmulator {
        var quick = settings
        quick.effort = plan.effort
        quick.runs = 1
        quick.curvePoints = 1
        let many = ReweightedForecasts(inputs, quick)
        let vectors = weightDesigns(many.weights, count: plan.designs, seed: plan.seed)
        let results = Mutex([Int: [[Double]]]()), failure = Mutex<(any Error)?>(nil), next = Atomic<Int>(0)
        // One at a time for each thread: some weights take longer than others.
        parallelFor(count: plan.threads, threads: plan.threads) { _ in
            while true {
                let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if i >= vectors.count || failure.withLock({ $0 != nil }) { return }
                do {
                    let mix = try many.sampledMix(weights: vectors[i])
                    results.withLock { $0[i] = mix }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let found = results.withLock { $0 }
        return MixEmulator(pay, bars: bars, weights: vectors, mixes: vectors.indices.compactMap { found[$0] }, steps: own.steps)
            .anchored(at: many.weights, to: own.regimes.map(\.sampled))
    }
}
