internal import Expressions
internal import Rewards
internal import TradingTypes

/// Flags terms that read what the policy cannot see. Terms with a memory are judged by it (`non_markov`).
///
/// - Parameter behind: outcomes that the agent's own state foretells, with the name of that state.
func lintObservation(_ design: RewardDesign, _ scope: NameScope, _ observed: ObservedNames, behind: [String: String], _ report: inout LintReport) {
    for term in design.terms where term.weight != 0 {
        let names: Set<String>
        switch term.body {
        case .expression(let expression): names = expression.names
        case .potential(let phi, _): names = phi.names
        case .stateful: continue
        }
        var hidden = names.filter { name in scope[name].map { $0.time == .decision && !observed.tells(name) } ?? false }
        for (outcome, state) in behind where names.contains(outcome) && !observed.tells(state) { hidden.insert(state) }
        guard !hidden.isEmpty else { continue }
        // "changed" is the position beside the action.
        let states = Set(hidden.map { $0 == "changed" ? "position" : $0 }).filter { scope[$0]?.readsPath ?? false }.sorted()
        let list = FarmWords.listed(hidden.sorted().map { "'\($0)'" })
        let help: String
        if design.environment == .options {
            help = "choose a set of features that holds \(hidden.count == 1 ? "it" : "them") ('features: set: scalp-full'), or pay for what the policy sees: else it learns the average over good cases and bad"
        } else if states.isEmpty {
            help = "pay for a feature that the policy sees ('assay list features'), else it learns the average over good cases and bad"
        } else {
            help = "show it: 'observe: [\(states.joined(separator: ", "))]' under 'environment:' of the experiment"
        }
        report.add(.notObserved, term, design, "'\(term.id)' is paid by \(list), which the policy cannot see (it sees \(observed.title))", help: help)
    }
}
