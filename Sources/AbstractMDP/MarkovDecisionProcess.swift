internal import NumericKernels

/// A finite Markov decision process: S states, A actions, sparse transitions.
///
/// An action that `allowed` forbids in a state is never taken there; its reward and transitions are not read.
public struct MarkovDecisionProcess: Sendable {
    public let states: Int
    public let actions: Int
    /// Expected pay of each state and action, [S x A], row by row.
    public var rewards: [Double]
    /// Allowed actions of each state, one bit each (bit a = action a), [S].
    public let allowed: [UInt32]
    /// Where the transitions of (state, action) start in `targets`, [S x A + 1].
    let starts: [Int]
    let targets: [Int32]
    let probabilities: [Double]

    /// `transitions` gives the successors of a state and an allowed action with their probabilities, which add up to 1 (within 1e-9; they are normalised).
    public init(states: Int, actions: Int, allowed: [UInt32], rewards: [Double], transitions: (Int, Int) -> [(state: Int, probability: Double)]) {
        precondition(states > 0 && actions > 0 && actions <= 32, "\(states) states, \(actions) actions")
        precondition(allowed.count == states && rewards.count == states * actions, "allowed \(allowed.count), rewards \(rewards.count) for \(states) states of \(actions) actions")
        var starts = [0], targets: [Int32] = [], probabilities: [Double] = []
        for s in 0..<states {
            precondition(allowed[s] & ((1 << UInt32(actions)) - 1) != 0, "state \(s) allows no action")
            for a in 0..<actions {
                if allowed[s] >> UInt32(a) & 1 == 1 {
                    let list = transitions(s, a)
                    let sum = list.reduce(0) { $0 + $1.probability }
                    precondition(abs(sum - 1) < 1e-9, "the transitions of state \(s), action \(a) add up to \(sum)")
                    for (target, probability) in list where probability > 0 {
                        precondition((0..<states).contains(target), "state \(s), action \(a) leads to \(target)")
                        targets.append(Int32(target))
                        probabilities.append(probability / sum)
                    }
                }
                starts.append(targets.count)
            }
        }
        self.states = states
        self.actions = actions
        self.allowed = allowed
        self.rewards = rewards
        self.starts = starts
        self.targets = targets
        self.probabilities = probabilities
    }

    /// The same states and transitions, paid otherwise.
    public func paying(_ rewards: [Double]) -> MarkovDecisionProcess {
        precondition(rewards.count == self.rewards.count, "rewards \(rewards.count), expected \(self.rewards.count)")
        var copy = self
        copy.rewards = rewards
        return copy
    }

    public func allows(_ action: Int, in state: Int) -> Bool { allowed[state] >> UInt32(action) & 1 == 1 }

    /// Successors of a state and action.
    public func successors(_ state: Int, _ action: Int) -> [(state: Int, probability: Double)] {
        (starts[state * actions + action]..<starts[state * actions + action + 1]).map { (Int(targets[$0]), probabilities[$0]) }
    }

    /// Whether every allowed action leads to one state for sure.
    public var isDeterministic: Bool {
        (0..<states).allSatisfy { s in (0..<actions).allSatisfy { !allows($0, in: s) || starts[s * actions + $0 + 1] - starts[s * actions + $0] == 1 } }
    }

    /// Expected value of what follows a state and action.
    @inline(__always)
    func expected(_ values: [Double], after pair: Int) -> Double {
        var sum = 0.0
        for i in starts[pair]..<starts[pair + 1] { sum += probabilities[i] * values[Int(targets[i])] }
        return sum
    }
}

/// A policy with its values. S states, A actions.
public struct ProcessSolution: Sendable {
    /// Value of each state, [S].
    public internal(set) var values: [Double]
    /// Value of each state and action, [S x A]; -infinity where it is not allowed.
    public internal(set) var q: [Double]
    /// Probability of each action, [S x A].
    public internal(set) var policy: [Double]
    /// Largest difference between a value and its own Bellman backup, over the largest reward or 1, whichever is more.
    public internal(set) var residual: Double
    /// Largest difference between a value and that of `policy` evaluated apart, on the same scale. NaN where the values hold entropy (soft).
    public internal(set) var evaluationGap: Double
}
