internal import RealModule
internal import Rewards
internal import TradingTypes

/// How much of what a term pays for certain the policy's observation tells.
public struct CoverageRow: Sendable {
    public let term: String
    /// Action whose pay varies most.
    public let action: String
    /// Entropy of that pay over the steps, in bits, cut into at most eight levels.
    public let entropyBits: Double
    /// Lower bound of the mutual information between that pay and the observation, in bits.
    public let toldBits: Double
    /// The one over the other, in [0, 1].
    public var share: Double { min(1, toldBits / entropyBits) }
    /// Column that tells most on its own; nil where none does.
    public let by: String?
}

/// Steps of a random policy with all that the trained one would see there. T steps, F columns.
package struct ObservedSteps {
    package let names: [String]
    private let bins: [[UInt8]]
    /// Steps to learn from, and to judge on: neighbouring stretches by turns, so that what is told is not remembered.
    private let learnt: [Bool]

    /// - Parameter stretches: number of the stretch that each step belongs to (a day, some hundred bars), [T].
    package init(_ columns: [(name: String, values: [Double])], stretches: [Int]) {
        learnt = stretches.map { $0 % 2 == 0 }
        let rows = stretches.indices.filter { stretches[$0] % 2 == 0 }
        names = columns.map(\.name)
        bins = columns.map { ProbeTree.bins($0.values, rows: rows) }
    }

    /// Told bits of `pay`, tried at the steps `at`; nil where it does not vary.
    ///
    /// The bound is that of any predictor q (Barber and Agakov 2003): I(pay; observation) >= H(pay) - E[-log q(pay | observation)], with a tree fitted on one half of the stretches for q and both
    /// entropies taken on the other.
    package func told(_ pay: [Double], at: [Int]) -> (entropy: Double, told: Double, by: String?)? {
        let levels = Self.levels(pay)
        guard levels.count > 1 else { return nil }
        var labels = [UInt8](repeating: 0, count: learnt.count)
        for (value, t) in zip(pay, at) { labels[t] = UInt8(levels.lastIndex { $0 <= value } ?? 0) }
        let fitted = at.filter { learnt[$0] }, judged = at.filter { !learnt[$0] }
        let entropy = Self.entropy(judged.map { labels[$0] }, classes: levels.count)
        guard entropy > 1e-6, !fitted.isEmpty else { return nil }
        let tree = ProbeTree(bins, labels: labels, classes: levels.count, rows: fitted)
        let missed = judged.reduce(0.0) { $0 - Double.log2(tree.chances(bins, row: $1)[Int(labels[$1])]) } / Double(judged.count)
        return (entropy, max(0, entropy - missed), tree.root.map { names[$0] })
    }

    /// Lower ends of at most eight levels: the values themselves, or quantiles.
    private static func levels(_ pay: [Double]) -> [Double] {
        let distinct = Set(pay.filter { $0.isFinite }).sorted()
        if distinct.count <= 8 { return distinct }
        let sorted = pay.filter { $0.isFinite }.sorted()
        return Set((0..<8).map { sorted[$0 * sorted.count / 8] }).sorted()
    }

    private static func entropy(_ labels: [UInt8], classes: Int) -> Double {
        var counts = [Double](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        let n = Double(max(1, labels.count))
        return counts.reduce(0) { $1 > 0 ? $0 - $1 / n * Double.log2($1 / n) : $0 }
    }
}

/// Certain pay of the terms without a memory, tried at observed steps: what of it is told. Terms whose pay never varies under one action, and those of outcomes alone, have no row.
///
/// - Parameter tried: every action with its outcomes, and the observed step of each of their rows.
func coverage(_ stack: RewardStack, _ observed: ObservedSteps, tried: [(action: String, outcomes: OutcomeColumns, at: [Int])]) -> [CoverageRow] {
    stack.design.terms.indices.compactMap { k in
        guard stack.provenance(of: k).contains(where: { $0 == .guaranteed || $0 == .path }), !isStateful(stack.design.terms[k]) else { return nil }
        var best: CoverageRow?
        for (action, outcomes, at) in tried {
            var pay = [Double](repeating: 0, count: outcomes.count)
            for part in stack.parts(of: k, tried: outcomes, taken: outcomes) where part.provenance == .guaranteed || part.provenance == .path {
                for t in 0..<outcomes.count { pay[t] += part.pay[t] }
            }
            guard let found = observed.told(pay, at: at), found.entropy > best?.entropyBits ?? 0 else { continue }
            best = CoverageRow(term: stack.design.terms[k].id, action: action, entropyBits: found.entropy, toldBits: found.told, by: found.by)
        }
        return best
    }
}

private func isStateful(_ term: RewardTerm) -> Bool {
    if case .stateful = term.body { return true }
    return false
}
