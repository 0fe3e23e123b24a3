internal import Expressions
public import TradingTypes

/// Scores outcomes under a reward design: one ledger row a term.
///
/// Immutable; scoring is linear in the weights, so everything here is unweighted until the weight is applied by the caller.
public struct RewardStack: Sendable {
    public let design: RewardDesign
    let terms: [CompiledTerm]

    public init(_ design: RewardDesign) {
        self.design = design
        terms = design.terms.map(CompiledTerm.init)
    }

    /// Names that the terms read, over all of them.
    public var names: Set<String> { terms.reduce(into: []) { $0.formUnion($1.names) } }
    /// Whether any term depends on the agent's own past (then outcomes need a path to be judged along).
    public var readsPath: Bool { terms.contains { $0.readsPath || !$0.names.isDisjoint(with: ["cost", "realized"]) } }
    /// Whether any term keeps a memory of the episode (then rows must be scored in one run).
    public var isStateful: Bool {
        design.terms.contains { if case .stateful = $0.body { true } else { false } }
    }
    public var needsNext: Bool {
        design.terms.contains { if case .potential = $0.body { true } else { false } }
    }
    /// The kinds of pay that term `k` is made of, in the order guaranteed, path, uncertain, shaping.
    public func provenance(of k: Int) -> [Provenance] { terms[k].parts.map(\.provenance).sorted { $0.order < $1.order } }

    /// Unweighted pay of term `k` on every row of `tried`, by part. `taken` are the outcomes of the steps really taken:
    /// they feed the memory of stateful terms.
    public func parts(of k: Int, tried: OutcomeColumns, taken: OutcomeColumns) -> [(provenance: Provenance, pay: Column)] {
        terms[k].parts.map { ($0.provenance, $0.score(tried, taken)) }
    }

    /// The ledger of a trajectory: weighted pay, [K][T], whose column sums are the total reward.
    public func ledger(_ outcomes: OutcomeColumns) -> [[Double]] {
        terms.map { term in
            var row = [Double](repeating: 0, count: outcomes.count)
            for part in term.parts {
                let pay = part.score(outcomes, outcomes)
                for t in 0..<outcomes.count { row[t] += term.weight * pay[t] }
            }
            return row
        }
    }
}

extension Provenance {
    var order: Int { Provenance.allCases.firstIndex(of: self) ?? 0 }
}

/// One term as parts of a single provenance each.
struct CompiledTerm: Sendable {
    let weight: Double
    let parts: [CompiledPart]
    let names: Set<String>
    var readsPath: Bool { parts.contains { $0.readsPath } }

    init(_ term: RewardTerm) {
        weight = term.weight
        var parts: [CompiledPart] = []
        var names: Set<String> = []
        switch term.body {
        case .expression(let expression):
            names = expression.names
            for part in expression.linearParts() {
                // Pay that depends on what was held before is path, even where the amount itself is not.
                let gated = term.accrual != .bar
                let provenance = gated && part.provenance == .guaranteed ? .path : part.provenance
                parts.append(
                    CompiledPart(provenance: provenance, accrual: term.accrual, body: .columns(ProgramCache(part.expression)), readsPath: gated || part.expression.readsPath))
            }
        case .stateful(let scorer, let provenance, let shaping):
            parts = [CompiledPart(provenance: provenance, accrual: term.accrual, body: .stateful(scorer), readsPath: true)]
            names = scorer.names
            if let shaping {
                parts.append(CompiledPart(provenance: .shaping, accrual: term.accrual, body: .stateful(shaping), readsPath: true))
                names.formUnion(shaping.names)
            }
        case .potential(let phi, let gamma):
            parts = [CompiledPart(provenance: .shaping, accrual: term.accrual, body: .potential(ProgramCache(phi), gamma), readsPath: phi.readsPath)]
            names = phi.names
        }
        self.parts = parts
        self.names = names
    }
}

/// The programs of an expression: one for any action, and one specialised to each action that is tried on every bar.
struct ProgramCache: Sendable {
    private let general: ColumnProgram
    private let specialised: [Int: ColumnProgram]

    init(_ expression: TypedExpression) {
        general = ColumnProgram(expression)
        var programs: [Int: ColumnProgram] = [:]
        for action in SpotAction.allCases {
            programs[Int(action.rawValue)] = ColumnProgram(expression, constants: ["action": Double(action.rawValue)])
        }
        specialised = programs
    }

    /// Value on every row; a constant where the program folds to one.
    func evaluate(_ columns: [String: Column], action: Int?, count: Int) -> Column {
        let program = action.flatMap { specialised[$0] } ?? general
        if let value = program.constantValue { return .constant(value) }
        var out = [Double](repeating: 0, count: count)
        var span = out.mutableSpan
        program.evaluate(ColumnTable(rowCount: count, columns: columns.filter { program.names.contains($0.key) }), rows: 0..<count, into: &span)
        return .values(out)
    }
}

struct CompiledPart: Sendable {
    enum Body: Sendable {
        case columns(ProgramCache)
        case stateful(any StatefulScoring)
        case potential(ProgramCache, Double)
    }

    let provenance: Provenance
    let accrual: Accrual
    let body: Body
    let readsPath: Bool

    func score(_ tried: OutcomeColumns, _ taken: OutcomeColumns) -> Column {
        let pay: Column
        switch body {
        case .columns(let program):
            pay = program.evaluate(tried.columns, action: tried.action, count: tried.count)
        case .stateful(let scorer):
            pay = .values(scorer.score(tried: tried, taken: taken))
        case .potential(let phi, let gamma):
            let now = phi.evaluate(tried.columns, action: tried.action, count: tried.count)
            let next = phi.evaluate(tried.next, action: tried.action, count: tried.count)
            let ends = tried.terminated
            pay = .values((0..<tried.count).map { ends[$0] != 0 ? -now[$0] : gamma * next[$0] - now[$0] })
        }
        return gate(pay, tried)
    }

    /// Keeps the pay on the rows where the term accrues.
    private func gate(_ pay: Column, _ outcomes: OutcomeColumns) -> Column {
        if accrual == .bar { return pay }
        let n = outcomes.count
        var out = [Double](repeating: 0, count: n)
        if accrual == .episode {
            for (i, start) in outcomes.episodeStarts.enumerated() {
                let end = (i + 1 < outcomes.episodeStarts.count ? outcomes.episodeStarts[i + 1] : n) - 1
                if end >= start { out[end] = pay[end] }
            }
            return .values(out)
        }
        // An options trade may close by force, or in the step that opened it: there the facts say what happened.
        if accrual != .change, let fact = outcomes.columns[accrual == .open ? "bought" : "closed"] {
            for t in 0..<n where fact[t] != 0 { out[t] = pay[t] }
            return .values(out)
        }
        guard let changed = outcomes.columns["changed"], let position = outcomes.columns["position"], let direction = outcomes.columns["direction"] else {
            return .constant(0)
        }
        for t in 0..<n where changed[t] != 0 {
            switch accrual {
            case .change: out[t] = pay[t]
            case .open: if direction[t] != 0 { out[t] = pay[t] }
            case .close: if position[t] != 0 { out[t] = pay[t] }
            case .bar, .episode: break
            }
        }
        return .values(out)
    }
}
