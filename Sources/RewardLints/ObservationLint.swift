internal import ComponentKit
internal import Expressions
internal import Rewards
internal import TradingTypes

/// Flags terms that read what the policy cannot see. Terms with a memory are judged by it (`non_markov`).
///
/// A name that is no column of the observation is hidden; the message says how much what is seen tells of it. A name that stands behind other columns is hidden when they do not tell it.
///
/// - Parameters:
///   - behind: outcomes that the agent's own state foretells, with the name of that state.
///   - coverage: measured shares, by term.
func lintObservation(_ design: RewardDesign, _ scope: NameScope, _ observed: ObservedNames, behind: [String: String], _ coverage: [CoverageRow], _ report: inout LintReport) {
    for term in design.terms where term.weight != 0 {
        let names: Set<String>
        switch term.body {
        case .expression(let expression): names = expression.names
        case .potential(let phi, _): names = phi.names
        case .stateful: continue
        }
        let known = names.filter { scope[$0]?.time == .decision }
        var hidden = known.filter { !observed.tells($0) }
        for (outcome, state) in behind where names.contains(outcome) && !observed.tells(state) { hidden.insert(state) }
        let measured = coverage.first { $0.term == term.id }
        if hidden.isEmpty {
            // Seen by its name or through others: then they must tell it.
            let through = known.filter { !observed.shows($0) }
            guard !through.isEmpty, let measured, measured.share < CoverageRow.barelyTold else { continue }
            report.add(
                .notObserved, term, design,
                "'\(term.id)' is paid by \(quoted(through)), which the policy sees only through other columns, and they tell little of it: \(told(measured))",
                help: design.environment == .options ? "pay for what the policy sees, or show it: else it learns the average over good cases and bad" : "pay for a feature that the policy sees ('assay list features'): else it learns the average over good cases and bad")
            continue
        }
        // "changed" is the position beside the action.
        let states = Set(hidden.map { $0 == "changed" ? "position" : $0 }).filter { scope[$0]?.readsPath ?? false }.sorted()
        let show: String, otherwise = ": else it learns the average over good cases and bad"
        var help: String
        if design.environment == .options {
            show = "choose a set of features that holds \(hidden.count == 1 ? "it" : "them") ('features: set: scalp-full')"
            help = show + ", or pay for what the policy sees" + otherwise
        } else if states.isEmpty {
            show = "pay for a feature that the policy sees ('assay list features')"
            help = show + otherwise
        } else {
            show = "show it: 'observe: [\(states.joined(separator: ", "))]' under 'environment:' of the experiment"
            help = show
        }
        var message = "'\(term.id)' is paid by \(quoted(hidden)), which the policy cannot see (it sees \(observed.title)\(measured.map { "; " + told($0) } ?? ""))"
        if let measured, measured.share >= CoverageRow.nearlyTold {
            message = "'\(term.id)' is paid by \(quoted(hidden)), which the policy does not see as such (it sees \(observed.title)), though other columns give nearly all of it away: \(told(measured))"
            help = "little is lost: leave it so, or \(show)"
        }
        report.add(.notObserved, term, design, message, help: help)
    }
}

private func quoted(_ names: Set<String>) -> String { FarmWords.listed(names.sorted().map { "'\($0)'" }) }

private func told(_ row: CoverageRow) -> String {
    row.share < 0.0005
        ? "what it sees tells nothing of when \(row.action) is paid (\(bits(row.entropyBits)))"
        : "what it sees tells at least \(FarmWords.points(row.share)) of when \(row.action) is paid, \(shortNumber(rounded3(row.toldBits))) of \(bits(row.entropyBits))"
}

private func bits(_ x: Double) -> String {
    let number = shortNumber(rounded3(x))
    return number + (number == "1" ? " bit" : " bits")
}

extension CoverageRow {
    /// Below this share the observation does not tell a name that it should.
    static let barelyTold = 0.1
    /// From this share on a name that is no column is all but told.
    static let nearlyTold = 0.9
}
