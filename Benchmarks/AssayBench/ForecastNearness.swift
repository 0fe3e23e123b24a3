import Foundation
import Forecasting
import TradingTypes
import Training

/// `assay-bench forecast-study near EXPERIMENT [seeds=N] [forecasts=N] [first=N] [course=LOOKS] [A.B=VALUE ...] [NAME=VALUE ...]`: one experiment trained with N seeds beside N forecasts of it,
/// names with a dot, `steps`, `reward` changing the experiment, the others the surrogate (`ForecastStudy.surrogate`).
///
/// HOLD in percent: of all bars, or flat and in a trade apart; `course` prints each trained seed's at so many moments.
enum ForecastNearness {
    static func run(_ arguments: [String]) throws {
        guard let file = arguments.first else { return ForecastStudy.usage() }
        let isOverride = { (text: String) in text.prefix { $0 != "=" }.contains(".") || text.hasPrefix("steps=") || text.hasPrefix("reward=") || text.hasPrefix("policy=") }
        let inputs = try TrainingInputs(Experiment(file: file, overrides: arguments.dropFirst().filter(isOverride).map { try ExperimentOverride($0) }))
        let options = ForecastStudy.options(arguments.dropFirst().filter { !isOverride($0) })
        let first = UInt64(options["first"] ?? "") ?? 1, steps = inputs.experiment.steps
        func ids(_ key: String, _ standard: UInt64) -> [UInt64] { (0..<(UInt64(options[key] ?? "") ?? standard)).map { first + $0 } }
        var surrogate = options
        let course = Int(options["course"] ?? "") ?? 1
        for key in ["first", "seeds", "forecasts", "course"] { surrogate[key] = nil }
        var settings = ForecastSettings()
        settings.solvesRest = false
        settings.surrogate = ForecastStudy.surrogate(surrogate)
        let forecasts = try ids("forecasts", 4).map { seed -> ([Double], Double) in
            var settings = settings
            settings.seed = seed
            let found = try Forecaster.forecast(inputs, settings)
            return (found.position.map { [$0.flatHold, $0.heldHold, 0.01 * $0.roundTrips] } ?? [found.overall[0], found.collapseProbability], found.seconds)
        }
        let runs = try ids("seeds", 10).map { seed -> ([Double], Double) in
            let start = Forecaster.processorSeconds()
            let found: [Double]
            if inputs.isPositional {
                let looks = try ReferenceTraining.positions(inputs, seed: seed, steps: steps, looks: course), look = looks[looks.count - 1]
                if course > 1 { print("  seed \(seed), HOLD while flat: " + looks.map { String(format: "%.0f", 100 * $0.flat.overall($0.flat.sampled)[0]) }.joined(separator: " ")) }
                found = [look.flat.overall(look.flat.sampled)[0], look.held.overall(look.held.sampled)[0], 0.01 * look.roundTrips]
            } else {
                let looks = try ReferenceTraining.run(inputs, seed: seed, steps: steps, looks: course), look = looks[looks.count - 1]
                if course > 1 { print("  seed \(seed), HOLD: " + looks.map { String(format: "%.0f", 100 * $0.overall($0.sampled)[0]) }.joined(separator: " ")) }
                found = [look.overall(look.sampled)[0]]
            }
            return (found, Forecaster.processorSeconds() - start)
        }
        print("\(inputs.experiment.name), reward \(inputs.rewardName), \(steps) steps\(arguments.dropFirst().isEmpty ? "" : ", " + arguments.dropFirst().joined(separator: " "))")
        line("forecast", forecasts, inputs.isPositional ? ["HOLD while flat", "in a trade", "round trips"] : ["HOLD", "collapse probability"])
        if !runs.isEmpty { line("trained", runs, inputs.isPositional ? ["HOLD while flat", "in a trade", "round trips"] : ["HOLD"]) }
    }

    private static func line(_ who: String, _ found: [([Double], Double)], _ names: [String]) {
        for (k, name) in names.enumerated() {
            let values = found.map { 100 * $0.0[k] }, n = Double(values.count), mean = values.reduce(0, +) / n
            let deviation = n > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot() : .nan
            print("  \(who), \(name): \(String(format: "%.1f +- %.1f", mean, deviation)) (\(values.map { String(format: "%.1f", $0) }.joined(separator: " ")))" + (k == 0 ? String(format: ", %.2f s each", found.reduce(0) { $0 + $1.1 } / n) : ""))
        }
    }
}
