public import ComponentKit
internal import RealModule
internal import TradingTypes

/// Differential Sharpe ratio: the derivative of an exponentially weighted Sharpe ratio with respect to its newest return.
///
/// D = (B dA - A dB / 2) / (B - A^2)^(3/2), dA = R - A, dB = R^2 - B, where A and B are the running first and second moments of
/// the strategy's return with rate `rate`, before the step. 0 while the variance B - A^2 is not positive (the first step).
/// Source: Moody and Saffell 2001, "Learning to trade via direct reinforcement", equation 13.
public struct DifferentialSharpe: CatalogueTerm, StatefulTerm {
    public static let card = Card(
        name: "differential_sharpe", kind: "reward term",
        summary: "Marginal effect of this step's return on an exponentially weighted Sharpe ratio.",
        formula: "(B*(R-A) - A*(R^2-B)/2) / (B-A^2)^1.5; then A += rate*(R-A), B += rate*(R^2-B)", unit: "Sharpe ratio per step",
        parameters: [.init("rate", "weight of the newest return in the running moments", default: 0.01, in: 0.0001...0.5)],
        source: "Moody and Saffell 2001, IEEE Trans. Neural Networks 12(4), equation 13",
        facts: [("accrual", "bar"), ("provenance", "uncertain"), ("memory", "A and B restart at 0 with each episode; they must be in the observation for the reward to be Markov")])

    public let rate: Double

    public struct Memory: Sendable { var first = 0.0, second = 0.0 }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        .stateful(StatefulScorer(DifferentialSharpe(rate: parameters.number("rate"))), .uncertain)
    }

    public init(rate: Double) { self.rate = rate }
    public func start() -> Memory { Memory() }

    public func pay(_ memory: Memory, _ step: StepOutcome) -> Double {
        let variance = memory.second - memory.first * memory.first
        guard variance > 1e-18 else { return 0 }
        let r = step.strategyReturn
        return (memory.second * (r - memory.first) - memory.first * (r * r - memory.second) / 2) / (variance * Double.sqrt(variance))
    }

    public func advance(_ memory: inout Memory, _ step: StepOutcome) {
        let r = step.strategyReturn
        memory.first += rate * (r - memory.first)
        memory.second += rate * (r * r - memory.second)
    }
}
