import AbstractMDP
import Forecasting
import Foundation
import Training

enum RestPrice {
    static func run(_ first: Int, _ last: Int) throws {
        func seconds<T>(_ work: () throws -> T) rethrows -> (T, Double) {
            let start = ForecastStudy.processorSeconds()
            let found = try work()
            return (found, ForecastStudy.processorSeconds() - start)
        }
        for design in PositionDesign.all where (first...last).contains(design.id) {
            let inputs = try design.inputs(), c = inputs.experiment.ppo.entropyCoefficient.value(remaining: 0)
            let (problem, counting) = try seconds { RestProblem(inputs, entropyCoefficient: c) }
            guard let problem else { continue }
            let (_, solving) = seconds { problem.solved() }
            let (_, training) = try seconds { try ReferenceTraining.positions(inputs, seed: 1, steps: inputs.experiment.steps, looks: 1) }
            let terms = inputs.design.terms.count { $0.weight != 0 }
            var nnz = 0
            let process = problem.model.process
            for s in 0..<process.states { for a in 0..<process.actions where process.allows(a, in: s) { nnz += process.successors(s, a).count } }
            print("\(design.id) rows \(inputs.trainingBarCount) terms \(terms) gamma \(inputs.experiment.ppo.gamma) states \(process.states) nnz \(nnz): counting \(counting) solving \(solving) training \(training) steps \(inputs.experiment.steps)")
        }
    }
}
