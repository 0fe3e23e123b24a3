internal import AbstractMDP
internal import MaskablePPO
internal import OptionsEnvironment
internal import TradingTypes
package import Training

/// What the point of rest costs beside the training that it is of. Both are counted from sizes, so that the same input always gets the same answer; the constants are seconds of one core of the
/// machine that docs/forecast.md was measured on (`assay-bench forecast-study rest` prints both beside what they come to).
package struct RestCost: Sendable, Equatable {
    /// States told apart.
    package let states: Int
    /// Seconds that counting and solving the process are expected to take, and the training.
    package let seconds, training: Double

    /// Largest share of its training that is spent on it unasked.
    package static let share = 0.25

    package var isAffordable: Bool { seconds <= Self.share * training }

    /// Why it was left out unasked.
    package var reason: String {
        "counting and solving \(states) states would take about \(Int((100 * seconds / training).rounded(.up)))% of what this training takes, which is more than \(Int(100 * Self.share))%: --rest asks for it"
    }

    /// - Parameters:
    ///   - hidden: widths of the network that is trained, or of the perceptron that stands for it.
    ///   - steps: of the training.
    package init(_ inputs: TrainingInputs, hidden: [Int], steps: Int) {
        let terms = Double(inputs.design.terms.count { $0.weight != 0 }), rows = Double(inputs.trainingBarCount), counting: Double
        switch inputs.world {
        case .options(let market):
            states = OptionsAbstraction.stateCount(market.stack, market.market)
            // Three traders' minutes, every action tried in each, every term paid for it.
            counting = rows * (3e-6 + 3.5e-7 * terms)
        case .spot(let market):
            states = SpotAbstraction.stateCount(market.stack, regimes: Regime.names.count, RestProblem.settings(market))
            // Every state probed with moves of every size, every term paid for them.
            counting = Double(states) * (2e-5 + 2e-5 * terms)
        }
        // Newton's steps and GMRES, whatever the discount; between 20 and 85 microseconds a state where something is told apart.
        seconds = counting + 5e-5 * Double(states)
        // Actor and critic: a forward pass each, and as many passes forward and back as there are epochs.
        let widths = [inputs.observationNames.count] + hidden, ends = Double(widths[widths.count - 1] * (inputs.actionNames.count + 1))
        let weights = 2 * zip(widths, widths.dropFirst()).reduce(0.0) { $0 + Double($1.0 * $1.1) } + ends
        training = Double(steps) * (1.3e-6 + 3.6e-11 * weights * Double(inputs.experiment.ppo.epochs))
    }
}
