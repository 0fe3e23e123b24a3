public import TradingTypes

/// The agent's side of an abstract state: what it holds, for how long, at which profit.
public struct PathState: Sendable, Equatable {
    /// -1 short or a put, 0 flat, +1 long or a call.
    public let position: Int
    /// Bars (minutes) in the position or, while flat, without one; 1...Int.max where age is not told apart.
    public let age: ClosedRange<Int>
    /// Profit of the open position, fraction; 0 where it is not told apart.
    public let profit: Double
    /// Profit tiers that sales of this trade were paid for (options).
    public let tiers: Int

    public init(position: Int, age: ClosedRange<Int>, profit: Double, tiers: Int = 0) {
        self.position = position
        self.age = age
        self.profit = profit
        self.tiers = tiers
    }
}

/// What a term, or all of them, are paid in each regime, path state and action: [G][P x A].
public struct AbstractPay: Sendable {
    /// Guaranteed and path pay.
    public var certain: [[Double]]
    /// Uncertain pay when the bar goes the position's way, and when it goes against it.
    public var favourable, adverse: [[Double]]
    /// Potential-based shaping, at zero edge.
    public var shaping: [[Double]]

    public init(regimes: Int, pairs: Int) {
        certain = Array(repeating: [Double](repeating: 0, count: pairs), count: regimes)
        favourable = certain
        adverse = certain
        shaping = certain
    }

    /// Mean pay at a hit rate, shaping left out: it changes no policy's rank (Ng, Harada and Russell 1999).
    public func at(hitRate p: Double, regime g: Int, pair: Int) -> Double { certain[g][pair] + p * favourable[g][pair] + (1 - p) * adverse[g][pair] }

    mutating func add(_ other: AbstractPay) {
        func sum(_ a: inout [[Double]], _ b: [[Double]]) { for g in a.indices { for i in a[g].indices { a[g][i] += b[g][i] } } }
        sum(&certain, other.certain)
        sum(&favourable, other.favourable)
        sum(&adverse, other.adverse)
        sum(&shaping, other.shaping)
    }
}

/// The environment and a reward, as a finite process: regime x position x age x profit x tiers, as far as the reward can tell them apart (REWARD-ANALYSIS E.5).
///
/// G regimes, P path states, A actions; state (g, p) has index g * P + p. Regimes follow a chain that the agent does not touch; within a regime the path state moves by a
/// kernel. Spot models move profits so that a hit rate of one half is a martingale.
public struct AbstractModel: Sendable {
    public let environment: EnvironmentKind
    public let path: [PathState]
    /// Index of the path state in which an episode starts.
    public let start: Int
    public let actions: Int
    /// Allowed actions of each path state, bits, [P].
    public let allowed: [UInt32]
    /// Transition probabilities of the regimes, [G][G], and their shares of the bars, [G].
    public let chain: [[Double]]
    public let shares: [Double]
    /// Share of bars that go the position's way.
    public let hitRate: Double
    /// Of the whole reward, and of each term (weighted, unweighted terms of weight 0 are zero), [K].
    public let pay: AbstractPay
    public let terms: [AbstractPay]
    /// Variance of what a step pays in a regime, path state and action, [G][P x A]: what the bars differ by. Terms that keep a memory add none.
    public let noise: [[Double]]
    /// Names of terms whose memory the states cannot hold: their pay is a mean over a coin-flip path.
    public let averaged: [String]
    /// Names that the reward reads and the states do not hold (drawdown): means over the same path.
    public let blurred: [String]
    /// Successors within a regime, [G][P x A].
    let kernel: [[[(state: Int, probability: Double)]]]

    public var regimes: Int { chain.count }
    public func index(regime: Int, path: Int) -> Int { regime * self.path.count + path }

    /// The whole process, paid at its hit rate, shaping included.
    public var process: MarkovDecisionProcess {
        let P = path.count
        var rewards = [Double](repeating: 0, count: regimes * P * actions)
        for g in 0..<regimes { for i in 0..<P * actions { rewards[g * P * actions + i] = pay.at(hitRate: hitRate, regime: g, pair: i) + pay.shaping[g][i] } }
        return MarkovDecisionProcess(states: regimes * P, actions: actions, allowed: (0..<regimes).flatMap { _ in allowed }, rewards: rewards) { s, a in
            let g = s / P
            return chain[g].enumerated().flatMap { other, stays in kernel[g][(s % P) * actions + a].map { (other * P + $0.state, stays * $0.probability) } }
        }
    }

    /// One regime that lasts for ever, paid as `rewards` say, [P x A].
    public func frozen(_ g: Int, paying rewards: [Double]) -> MarkovDecisionProcess {
        MarkovDecisionProcess(states: path.count, actions: actions, allowed: allowed, rewards: rewards) { p, a in kernel[g][p * actions + a] }
    }

    /// All regimes as one: transitions and pay weighted by the regimes' shares.
    public func pooled(paying rewards: (_ regime: Int, _ pair: Int) -> Double) -> MarkovDecisionProcess {
        let pairs = path.count * actions
        let pay = (0..<pairs).map { pair in (0..<regimes).reduce(0.0) { $0 + shares[$1] * rewards($1, pair) } }
        return MarkovDecisionProcess(states: path.count, actions: actions, allowed: allowed, rewards: pay) { p, a in
            var merged: [Int: Double] = [:]
            for g in 0..<regimes { for (state, probability) in kernel[g][p * actions + a] { merged[state, default: 0] += shares[g] * probability } }
            return merged.sorted { $0.key < $1.key }.map { (state: $0.key, probability: $0.value) }
        }
    }

    /// Shares of the actions in each regime, [G][A], when a policy ([G x P x A]) is followed: states weighted by how long it stays in them. For options only states in which
    /// nothing is held count, as in the class of a policy.
    public func mix(of policy: [Double]) -> [[Double]] {
        let found = situations(of: policy)
        return environment == .spot ? found.all : found.flat
    }
}

/// Row-stochastic chain of labels by counts with a symmetric Dirichlet prior: posterior means. `breaks` are rows that follow nothing (the first of a day).
package func regimeChain(_ labels: some Collection<UInt8>, regimes: Int, prior: Double = 0.5, isBreak: (Int) -> Bool = { _ in false }) -> [[Double]] {
    var counts = Array(repeating: [Double](repeating: prior, count: regimes), count: regimes)
    var last: UInt8?
    for (i, label) in labels.enumerated() {
        if let last, !isBreak(i) { counts[Int(last)][Int(label)] += 1 }
        last = label
    }
    return counts.map { row in
        let sum = row.reduce(0, +)
        return row.map { $0 / sum }
    }
}
