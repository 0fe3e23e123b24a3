internal import Expressions
package import TradingTypes

/// The columns that a reward is a function of, step by step: what somebody must record to have it scored.
package struct RewardInputs: Sendable, Equatable {
    /// Names as they are at the step.
    package private(set) var names: Set<String> = []
    /// Names whose value after the step is read (`next_NAME`), by potentials; then `terminated` too, where it is not 0 throughout.
    package private(set) var next: Set<String> = []
    /// Whether an episode's beginning matters: a memory, or pay at its end.
    package private(set) var readsEpisodes = false

    /// Of all terms.
    package init(_ design: RewardDesign) { self.init(design.terms, design.environment) }

    /// Of one term.
    package init(_ term: RewardTerm, _ environment: EnvironmentKind) { self.init([term], environment) }

    private init(_ terms: [RewardTerm], _ environment: EnvironmentKind) {
        for term in terms {
            switch term.body {
            case .expression(let expression): names.formUnion(expression.names)
            case .potential(let phi, _):
                names.formUnion(phi.names)
                next.formUnion(phi.names)
            case .stateful(let scorer, _, let shaping):
                for scorer in [scorer, shaping].compactMap({ $0 }) {
                    // Terms with a memory of steps read the agent's net return and nothing else of them.
                    names.formUnion(scorer is MachineScorer ? scorer.names : environment == .options ? ["net_profit"] : ["next_return", "direction", "cost"])
                }
                readsEpisodes = true
            }
            switch (term.accrual, environment) {
            case (.bar, _): break
            case (.episode, _): readsEpisodes = true
            case (.open, .options): names.insert("bought")
            case (.close, .options): names.insert("closed")
            case (.change, .options): names.formUnion(["changed", "position", "direction"])
            case (.change, .spot), (.open, .spot), (.close, .spot): names.formUnion(["changed", "position", "direction"])
            }
        }
    }
}
