internal import AbstractMDP
internal import TradingTypes

/// How the best policy of a process goes round, in the words of its story.
enum FarmShape {
    /// Some actions, over and over.
    case cycle
    /// One action for ever.
    case stays
    /// One action while it pays, something else where it does not.
    case whilePaid(orElse: String)
    /// An entry, and another action as soon as that pays.
    case untilPaid
    /// An entry, after which the trade is kept.
    case kept

    /// Whether the pay comes from being in a trade, not from turning it over.
    var isStanding: Bool {
        switch self {
        case .cycle, .untilPaid: false
        case .stays, .whilePaid, .kept: true
        }
    }

    /// - Parameter top: the term that is paid most.
    func words(_ actions: [String], top: String) -> String {
        switch self {
        case .cycle: actions.joined(separator: ", ") + ", repeat"
        case .stays: "\(actions[0]) and nothing else"
        case .whilePaid(let other): "\(actions[0]) while '\(top)' pays, \(other) where it does not"
        case .untilPaid: "\(actions[0]) until '\(top)' pays, then \(actions[actions.count - 1]), repeat"
        case .kept: "\(actions[0]), then \(actions[actions.count - 1])"
        }
    }
}

/// The steps that tell a policy's story.
struct FarmCycle {
    var steps: [(state: Int, action: Int)]
    var shape: FarmShape
    /// Trades closed a step in the long run.
    let trips: Double

    /// - Parameter holds: whether an action keeps a position as it is.
    init(_ best: AverageSolution, _ process: MarkovDecisionProcess, _ model: AbstractModel, holds: (_ position: Int, _ action: Int) -> Bool) {
        let cycle = process.likeliestCycle(of: best.policy, from: model.start), path = model.path, actions = model.actions
        func pay(_ s: Int) -> Double { process.rewards[s * actions + best.policy[s]] }
        trips = path.indices.reduce(0) { $0 + (path[$1].position != 0 && !holds(path[$1].position, best.policy[$1]) ? best.visits[$1] : 0) }
        steps = cycle
        shape = .cycle
        let paid = cycle.reduce(0) { $0 + pay($1.state) } / Double(cycle.count), single = Set(cycle.map(\.action)).count == 1
        guard single || paid < 0.5 * best.gain else { return }
        // The likeliest steps are not where the pay comes from, or are all alike: the entry tells more, and the step that pays most.
        let top = path.indices.max { best.visits[$0] * pay($0) < best.visits[$1] * pay($1) } ?? model.start
        // LONG and BUY_CALL are 1, SHORT and BUY_PUT 2.
        let entry = (0..<actions).first { ($0 == 1 ? 1 : $0 == 2 ? -1 : 0) == path[top].position } ?? 0
        if path[top].position != 0 {
            if !holds(path[top].position, best.policy[top]) {
                (steps, shape) = ([(model.start, entry), (top, best.policy[top])], .untilPaid)
            } else if best.policy[top] == entry {
                let leaving = path.indices.filter { path[$0].position != 0 && best.visits[$0] > 1e-4 && !holds(path[$0].position, best.policy[$0]) }.max { best.visits[$0] < best.visits[$1] }
                steps = [(top, entry)]
                shape = leaving.map { .whilePaid(orElse: model.environment.actionNames[best.policy[$0]]) } ?? .stays
            } else {
                (steps, shape) = ([(model.start, entry), (top, best.policy[top])], .kept)
            }
        } else if single {
            (steps, shape) = ([cycle[0]], .stays)
        }
    }
}
