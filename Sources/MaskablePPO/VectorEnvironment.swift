package import NetworkKernels
package import Policies

/// N environments stepped together, with their reward: what PPO learns on.
///
/// An episode that ends is followed at once by the first observation of the next. Everything random comes from the environment's own seed,
/// so that a snapshot of its state is all that a resumed run needs.
package protocol VectorEnvironment: AnyObject {
    var environments: Int { get }
    var observationCount: Int { get }
    var actionCount: Int { get }
    /// Whether any action is ever forbidden.
    var hasMasks: Bool { get }

    /// The current observation of every environment, [N x F], with its action mask (one bit an action, 1 = allowed) and regime.
    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8])

    /// Takes one step everywhere: rewards and endings [N]; where a step was truncated, row n of `terminal` [N x F] gets the observation that
    /// would have come next.
    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView)

    /// Everything that the future depends on besides the actions, and back.
    func snapshot() -> [Int64]
    func restore(_ snapshot: [Int64])
}

/// An environment whose rewards are worked out for a whole roll-out at once, after its actions: `step` leaves them 0.
package protocol DeferredRewardEnvironment: VectorEnvironment {
    /// Rewards [S x N], in the order of `Rollout`, of the last `steps` steps, which no call has scored yet.
    func score(steps: Int, rewards: inout [Float])
}

/// The observations of a whole roll-out, known before its actions.
///
/// [S x N] in the order of `Rollout`; rows index the environment's table.
package struct ForeseenObservations: Sendable {
    package var rows: [Int32]
    package var isFirst: [Bool]
    package var endings: [StepEnding]
    /// For every truncated sample, in order: the row of the observation that would have come next.
    package var terminalRows: [Int32]
    /// The rows after the last step, [N].
    package var nextRows: [Int32]

    package init(rows: [Int32], isFirst: [Bool], endings: [StepEnding], terminalRows: [Int32], nextRows: [Int32]) {
        self.rows = rows
        self.isFirst = isFirst
        self.endings = endings
        self.terminalRows = terminalRows
        self.nextRows = nextRows
    }
}

/// An environment whose observations do not depend on the actions: a market that the agent is too small to move. Then the policy is asked
/// about a whole roll-out at once, and nothing is copied.
package protocol ForeseeableEnvironment: VectorEnvironment {
    var table: ObservationTable { get }
    /// What the next `steps` steps will show. Does not advance.
    func foresee(steps: Int) -> ForeseenObservations
    /// Plays `actions` [S x N] and advances; writes rewards [S x N].
    func play(_ actions: [UInt8], steps: Int, rewards: inout [Float])
}
