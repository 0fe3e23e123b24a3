public import ComponentKit
internal import Expressions
internal import TradingTypes

/// A finite automaton that pays on its edges: a plan of steps (wait, enter, take profit, reset) written as states.
///
/// On every step the first edge of the current state, in the order of the file, whose guard holds is taken: its reward is paid and its state
/// entered. Where no guard holds the state stays and nothing is paid. Each episode starts in the first state listed.
///
/// `shaping: automatic` adds gamma * phi(next state) - phi(state) on every step, with phi = -V and V the best discounted pay that the machine by itself
/// allows from each state: the largest, over its edges and over staying for nothing, of reward + planning_gamma * V(next), by value iteration.
/// It is paid as shaping, so it leaves the optimal policy as it is.
///
///     - id: plan
///       weight: 1
///       term: reward_machine
///       parameters:
///         states: [WAIT, IN]
///         edges:
///           - from: WAIT
///             to: IN
///             when: direction != 0
///             reward: 0.1
///           - from: IN
///             to: WAIT
///             when: realized > 0.02
///             reward: 1
public enum RewardMachine: CatalogueTerm {
    public static let card = Card(
        name: "reward_machine", kind: "reward term",
        summary: "Pays on the edges of a finite automaton whose guards are expressions.",
        formula: "reward of the first edge (u, v) of the current state u whose guard holds, then the state is v; else 0", unit: "reward units",
        parameters: [
            .init("gamma", "discount of the shaping; by default the one given to the analysis or training", in: 0...1),
            .init("planning_gamma", "discount of the value iteration behind the automatic potential", default: 0.9, in: 0...0.999),
        ],
        source: "Toro Icarte, Klassen, Valenzano and McIlraith 2022, \"Reward machines\", JAIR 73, section on automated reward shaping; phi = -V as in the authors' code",
        facts: [
            ("accrual", "bar"),
            ("provenance", "path, or uncertain where a guard reads an outcome; the automatic potential's part is shaping"),
            ("shaping", "none (default) or automatic; phi(next) is taken as usual on the last step of an episode, as after a truncation"),
            ("structured parameters", "states: a list of names, the first is the start; edges: a list of from, to, when, reward"),
            ("memory", "the current state; it must be in the observation for the reward to be Markov"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let states = readStates(&parameters)
        guard let list = parameters.value("edges") else { return nil }
        guard let items = list.items, !items.isEmpty else {
            parameters.report(list.issue("type", "'edges' must be a list with at least one entry, each starting with '- from: ...'"))
            return nil
        }
        guard !states.isEmpty else { return nil }
        var edges = [[MachineScorer.Edge]](repeating: [], count: states.count)
        var guards: [TypedExpression] = []
        for item in items {
            guard var mapping = item.mapping("an edge", &parameters.issues) else { continue }
            let from = state("from", &mapping, states, &parameters)
            let to = state("to", &mapping, states, &parameters)
            let reward = mapping.number("reward", &parameters.issues, required: true)
            let condition = mapping.required("when", &parameters.issues).flatMap { place -> TypedExpression? in
                guard place.isScalar, !place.isNull else {
                    parameters.report(place.issue("type", "'when' must be an expression, not \(place.kindName)"))
                    return nil
                }
                return compileExpression(place.anchor, scope: parameters.scope, expecting: .boolean, history: false, issues: &parameters.issues)
            }
            mapping.finish(&parameters.issues)
            guard let from, let to, let reward, let condition else { continue }
            edges[from].append(MachineScorer.Edge(guardIndex: guards.count, to: to, reward: reward))
            guards.append(condition)
        }
        guard guards.count == items.count else { return nil }
        let isUncertain = guards.contains { $0.time == .outcome }
        return .stateful(
            MachineScorer(edges: edges, guards: guards), isUncertain ? .uncertain : .path, shaping: shaping(&parameters, edges: edges, guards: guards))
    }

    /// The scorer of the automatic potential where it is asked for.
    private static func shaping(
        _ parameters: inout ParameterReader, edges: [[MachineScorer.Edge]], guards: [TypedExpression]
    ) -> MachineScorer? {
        let gamma = parameters.value("gamma", isRequired: false) == nil ? parameters.gamma : parameters.number("gamma")
        let planning = parameters.number("planning_gamma")
        guard let choice = parameters.value("shaping", isRequired: false) else { return nil }
        switch choice.isNull ? nil : choice.scalarText {
        case "none": return nil
        case "automatic":
            let phi = bestPay(edges, discount: planning).map { -$0 }
            let shaped = edges.enumerated().map { u, list in
                list.map { MachineScorer.Edge(guardIndex: $0.guardIndex, to: $0.to, reward: gamma * phi[$0.to] - phi[u]) }
            }
            return MachineScorer(edges: shaped, guards: guards, stay: phi.map { gamma * $0 - $0 })
        default:
            parameters.report(
                choice.issue(
                    "type", "'shaping' must be none or automatic, not \(choice.scalarText.map { "'\($0)'" } ?? choice.kindName)",
                    note: choice.scalarText.flatMap { suggestion(for: $0, among: ["none", "automatic"]) }.map { "did you mean '\($0)'?" }))
            return nil
        }
    }

    /// V(u) = max(0 + discount V(u), max over edges of reward + discount V(to)) to 1e-12 of the largest reward: value iteration from 0. Staying is free, so
    /// V is at least 0; a discount below 1 bounds it.
    static func bestPay(_ edges: [[MachineScorer.Edge]], discount: Double) -> [Double] {
        var values = [Double](repeating: 0, count: edges.count)
        let largest = edges.joined().map { abs($0.reward) }.max() ?? 0
        // The error shrinks by the discount a round; 1e-12 (1 - discount) from at most largest / (1 - discount).
        var change = Double.infinity
        while change > 1e-12 * (1 - discount) * largest {
            change = 0
            for (u, list) in edges.enumerated() {
                let best = list.reduce(discount * values[u]) { max($0, $1.reward + discount * values[$1.to]) }
                change = max(change, abs(best - values[u]))
                values[u] = best
            }
        }
        return values
    }

    private static func readStates(_ parameters: inout ParameterReader) -> [String] {
        guard let list = parameters.value("states") else { return [] }
        guard let items = list.items, !items.isEmpty else {
            parameters.report(list.issue("type", "'states' must be a list of names, such as [WAIT, IN]"))
            return []
        }
        var names: [String] = []
        for item in items {
            guard let name = item.scalarText, !item.isNull else {
                parameters.report(item.issue("type", "a state must be a name, not \(item.kindName)"))
                continue
            }
            if names.contains(name) { parameters.report(item.issue("duplicate_id", "the state '\(name)' is listed twice")) }
            names.append(name)
        }
        return names
    }

    private static func state(_ key: String, _ mapping: inout YAMLMapping, _ states: [String], _ parameters: inout ParameterReader) -> Int? {
        guard let name = mapping.string(key, &parameters.issues, required: true) else { return nil }
        if let index = states.firstIndex(of: name) { return index }
        if let place = mapping.get(key) {
            parameters.report(
                place.issue(
                    "unknown_state", "'\(name)' is none of the states \(states.joined(separator: ", "))",
                    note: suggestion(for: name, among: states).map { "did you mean '\($0)'?" }))
        }
        return nil
    }
}

/// Walks a reward machine along a run of bars.
struct MachineScorer: StatefulScoring {
    struct Edge: Sendable {
        let guardIndex: Int
        let to: Int
        let reward: Double
    }

    /// Edges by source state, in file order.
    let edges: [[Edge]]
    /// Pay of a step without an edge, by state.
    let stay: [Double]
    let guards: [ProgramCache]
    /// The guards as they were compiled, for exporting.
    let conditions: [TypedExpression]
    let names: Set<String>

    init(edges: [[Edge]], guards: [TypedExpression], stay: [Double]? = nil) {
        self.edges = edges
        self.stay = stay ?? [Double](repeating: 0, count: edges.count)
        self.guards = guards.map(ProgramCache.init)
        conditions = guards
        names = guards.reduce(into: []) { $0.formUnion($1.names) }
    }

    func score(tried: OutcomeColumns, taken: OutcomeColumns) -> [Double] {
        precondition(tried.count == taken.count, "tried \(tried.count) rows, taken \(taken.count)")
        let triedGuards = holds(tried), takenGuards = holds(taken)
        var pay = [Double](repeating: 0, count: tried.count)
        var state = 0
        var starts = taken.episodeStarts[...]
        for row in 0..<tried.count {
            if row == starts.first {
                state = 0
                starts.removeFirst()
            }
            pay[row] = edge(from: state, triedGuards, row)?.reward ?? stay[state]
            state = edge(from: state, takenGuards, row)?.to ?? state
        }
        return pay
    }

    private func holds(_ outcomes: OutcomeColumns) -> [Column] {
        guards.map { $0.evaluate(outcomes.columns, action: outcomes.action, count: outcomes.count) }
    }

    private func edge(from state: Int, _ guards: [Column], _ row: Int) -> Edge? {
        edges[state].first { guards[$0.guardIndex][row] != 0 }
    }
}
