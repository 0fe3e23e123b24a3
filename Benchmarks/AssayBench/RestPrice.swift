import Forecasting
import Foundation
import Training

/// `assay-bench forecast-study rest [FIRST LAST]`: what the point of rest costs beside its training, on the experiments of the position study: what `RestCost` expects and what it takes, one thread.
enum RestPrice {
    static func run(_ range: ClosedRange<Int>) throws {
        func seconds<T>(_ work: () throws -> T) rethrows -> (T, Double) {
            let start = Forecaster.processorSeconds(), found = try work()
            return (found, Forecaster.processorSeconds() - start)
        }
        func text(_ value: Double) -> String { String(format: "%.2f", value) }
        print("| experiment | states | gamma | point of rest, s: expected / counted + solved | training, s: expected / taken | surrogate, s | forecast with rest over training | unasked | residual |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        var worst = 0.0
        for design in PositionDesign.all where range.contains(design.id) {
            let inputs = try design.inputs(), ppo = inputs.experiment.ppo, steps = inputs.experiment.steps
            let plan = SurrogatePlan(inputs.experiment.policy, ForecastSettings(), updates: .max), cost = RestCost(inputs, hidden: plan.hidden, steps: steps)
            let (problem, counting) = seconds { RestProblem(inputs, entropyCoefficient: ppo.entropyCoefficient.value(remaining: 0)) }
            guard let problem else { continue }
            let (rest, solving) = seconds { problem.solved() }
            var settings = ForecastSettings()
            settings.solvesRest = false
            let asked = settings
            let (_, surrogate) = try seconds { try Forecaster.forecast(inputs, asked) }
            let (_, training) = try seconds { try ReferenceTraining.positions(inputs, seed: 1, steps: steps, looks: 1) }
            let share = (counting + solving + surrogate) / training
            worst = max(worst, share)
            print("| \(design.id) \(design.name) | \(rest.states) | \(ppo.gamma) | \(text(cost.seconds)) / \(text(counting)) + \(text(solving)) | \(text(cost.training)) / \(text(training)) | \(text(surrogate)) | \(text(share)) | \(cost.isAffordable ? "solved" : "left out") | \(String(format: "%.0e", rest.residual)) |")
        }
        print("\ndearest: \(text(worst)) of its training")
    }
}
