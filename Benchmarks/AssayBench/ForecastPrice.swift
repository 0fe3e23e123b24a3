import Forecasting
import Foundation
import Training

/// What a forecast costs beside the training that it is of: both in turns on one thread, so that whatever else the machine does falls on both.
enum ForecastPrice {
    /// Steps a second of Stable-Baselines3 2.9 on two cores, batch 64, 10 epochs, 64 x 64, 512 steps: PPO with 8 environments (DESIGN section 11), and MaskablePPO with one,
    /// as the scalper's experiments have it (Benchmarks/ppo_sb3.py --environments 1).
    static let stableBaselines = 5_600.0, maskable = 2_458.0

    static func run(rounds: Int) throws {
        let hourly = try ["data.bars=synthetic:btc-hourly,seed=7,bars=43816", "data.from=null", "data.to=null", "reward=rewards/btc-s2.yaml", "steps=\(ForecastStudy.steps)"]
            .map { try ExperimentOverride($0) }
        try compare("hourly, btc-s2", TrainingInputs(Experiment(file: "experiments/btc-s3-mlp.yaml", overrides: hourly)), rounds: rounds, other: stableBaselines)
        try compare("options, scalp-audited", TrainingInputs(Experiment(file: "experiments/scalp-audited.yaml")), rounds: max(1, rounds / 2), other: maskable)
        // Short runs.
        for steps in [4_096, 20_480, 81_920] {
            let short = try hourly + [ExperimentOverride("steps=\(steps)")]
            try compare("hourly, btc-s2", TrainingInputs(Experiment(file: "experiments/btc-s3-mlp.yaml", overrides: short)), rounds: rounds, other: stableBaselines)
        }
        for steps in [4_096, 16_384, 65_536, 163_840] {
            try compare("options, scalp-audited", TrainingInputs(Experiment(file: "experiments/scalp-audited.yaml", overrides: [ExperimentOverride("steps=\(steps)")])), rounds: rounds, other: maskable)
        }
    }

    private static func compare(_ name: String, _ inputs: TrainingInputs, rounds: Int, other: Double) throws {
        let steps = inputs.experiment.steps
        var forecasts: [Double] = [], trainings: [Double] = []
        func seconds(_ work: () throws -> Void) rethrows -> Double {
            let start = ContinuousClock.now
            try work()
            let spent = ContinuousClock.now - start
            return Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        }
        for round in 0..<rounds {
            var settings = ForecastSettings()
            settings.seed = UInt64(round + 1)
            let asked = settings
            forecasts.append(try seconds { _ = try Forecaster.forecast(inputs, asked) })
            trainings.append(
                try seconds {
                    if inputs.isPositional { _ = try ReferenceTraining.positions(inputs, seed: UInt64(round + 1), steps: steps, looks: 1) } else {
                        _ = try ReferenceTraining.run(inputs, seed: UInt64(round + 1), steps: steps, looks: 1)
                    }
                })
        }
        let forecast = forecasts.sorted()[rounds / 2], training = trainings.sorted()[rounds / 2]
        func text(_ value: Double, _ places: Int = 3) -> String { String(format: "%.\(places)f", value) }
        print("\(name), \(steps) steps, median of \(rounds): forecast \(text(forecast)) s, training \(text(training)) s (\(Int(Double(steps) / training)) steps/s), ratio \(text(training / forecast)); at Stable-Baselines3's \(Int(other)) steps/s \(text(Double(steps) / other, 0)) s, \(text(Double(steps) / other / forecast, 0)) times the forecast")
    }
}
