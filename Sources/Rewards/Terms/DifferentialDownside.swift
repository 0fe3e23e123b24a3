public import ComponentKit

/// Differential downside deviation ratio: the derivative of an exponentially weighted Sortino ratio with respect to its newest return.
///
/// With A the running mean of the net returns R and DD the root of the running mean of min(R, 0)^2, both with rate `rate` and before the step,
/// the ratio A / DD changes at the rate dA/DD - A d(DD^2) / (2 DD^3), where dA = R - A and d(DD^2) = min(R, 0)^2 - DD^2. That is
/// (R - A/2) / DD for a gain and (DD^2 (R - A/2) - A R^2 / 2) / DD^3 for a loss. 0 until the episode has seen a loss.
/// Source: Moody and Saffell 2001, the section on the downside deviation ratio (equations 20 and following).
public struct DifferentialDownside: CatalogueTerm, StatefulTerm {
    public static let card = Card(
        name: "differential_downside", kind: "reward term",
        summary: "Marginal effect of this step's return on an exponentially weighted Sortino ratio.",
        formula: "R > 0: (R - A/2)/DD; else (DD^2*(R - A/2) - A*R^2/2)/DD^3; then A += rate*(R-A), DD^2 += rate*(min(R,0)^2 - DD^2)",
        unit: "Sortino ratio per step",
        parameters: [.init("rate", "weight of the newest return in the running moments", default: 0.01, in: 0.0001...0.5)],
        source: "Moody and Saffell 2001, IEEE Trans. Neural Networks 12(4), equations 20 and following",
        facts: [
            ("accrual", "bar"),
            ("provenance", "uncertain"),
            ("memory", "A and DD restart at 0 with each episode; they must be in the observation for the reward to be Markov"),
        ])

    public let rate: Double

    public struct Memory: Sendable { var mean = 0.0, downside = 0.0 }

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        .stateful(StatefulScorer(DifferentialDownside(rate: parameters.number("rate"))), .uncertain)
    }

    public init(rate: Double) { self.rate = rate }
    public func start() -> Memory { Memory() }

    public func pay(_ memory: Memory, _ step: StepOutcome) -> Double {
        guard memory.downside > 1e-18 else { return 0 }
        let r = step.strategyReturn, deviation = memory.downside.squareRoot()
        let gain = (r - memory.mean / 2) / deviation
        return r > 0 ? gain : gain - memory.mean * r * r / (2 * memory.downside * deviation)
    }

    public func advance(_ memory: inout Memory, _ step: StepOutcome) {
        let r = step.strategyReturn, loss = min(r, 0)
        memory.mean += rate * (r - memory.mean)
        memory.downside += rate * (loss * loss - memory.downside)
    }
}
