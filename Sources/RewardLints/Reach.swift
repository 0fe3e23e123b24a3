internal import Rewards
internal import TradingTypes

/// How often a term pays under some policy.
public struct ReachRow: Sendable {
    public let term: String
    public let weight: Double
    /// Share of the policy's steps on which the term pays anything, by policy, in the order of `LintReport.policies`.
    public let hits: [Double]
}

/// A policy whose steps stand in the table of what is reached.
public struct ReachPolicy: Sendable {
    public enum Kind: String, Sendable { case random, fixed, teacher, trained }
    public let name: String
    public let kind: Kind
    public let steps: Int
}

/// Counts on how many steps of one policy each term pays anything, whatever its weight. K terms.
struct ReachCount {
    let name: String
    let kind: ReachPolicy.Kind
    private(set) var steps = 0
    private var fired: [Int]

    init(_ name: String, _ kind: ReachPolicy.Kind, terms: Int) {
        self.name = name
        self.kind = kind
        fired = [Int](repeating: 0, count: terms)
    }

    mutating func add(_ stack: RewardStack, _ outcomes: OutcomeColumns) {
        steps += outcomes.count
        for k in fired.indices {
            var pay = [Double](repeating: 0, count: outcomes.count)
            for part in stack.parts(of: k, tried: outcomes, taken: outcomes) { for t in 0..<outcomes.count { pay[t] += part.pay[t] } }
            fired[k] += pay.count { $0 != 0 && !$0.isNaN }
        }
    }

    /// Share of the steps, [K].
    var hits: [Double] { fired.map { Double($0) / Double(max(1, steps)) } }
    var policy: ReachPolicy { ReachPolicy(name: name, kind: kind, steps: steps) }
}
