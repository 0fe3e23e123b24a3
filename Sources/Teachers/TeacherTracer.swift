internal import Expressions

/// A condition that a script looked at on one bar: what it is, whether it held, and part by part why.
public struct TraceCheck: Sendable {
    public struct Part: Sendable {
        /// One of the conditions joined by `and`.
        public let text: String
        public let held: Bool
        /// What it compared, with the values at this bar.
        public let readings: [(text: String, value: Double)]
    }

    /// `step pullback`, `reset_when`, `invalidation lose_vwap`, `tier +30%`.
    public let what: String
    public let held: Bool
    public let parts: [Part]

    /// `pullback >= 0.2 (pullback 0.12)` for every part that did not hold, or for every part where all did.
    public var reason: String {
        let failed = parts.filter { !$0.held }
        return (failed.isEmpty ? parts : failed).map { part in
            let values = part.readings.map { "\($0.text) \(Self.number($0.value))" }.joined(separator: ", ")
            return values.isEmpty ? part.text : "\(part.text) (\(values))"
        }.joined(separator: "; ")
    }

    /// A value as explanations show it.
    package static func text(_ x: Double) -> String { number(x) }

    static func number(_ x: Double) -> String {
        if x.isNaN { return "missing" }
        let size = x.magnitude
        let scale = size >= 100 ? 100.0 : size >= 1 ? 1_000 : 100_000
        let rounded = (x * scale).rounded() / scale
        return rounded == rounded.rounded() && size < 1e15 ? String(Int(rounded)) : "\(rounded)"
    }
}

/// Looks at the conditions that a machine is about to test and says how each came out. Slow: for explanations, not for training.
package struct TeacherTracer {
    private let program: TeacherProgram
    private struct Parts {
        var whole = 0
        var conjuncts: [(text: String, index: Int, readings: [(text: String, index: Int)])] = []
    }
    private var parts: [Parts] = []
    private let steps: StepConditions
    private var memory: StepConditions.Memory
    private let market: [[Double]]

    /// `column` as for the program; `segments` too.
    package init(_ program: TeacherProgram, rows: Int, segments: [Range<Int>], column: (String) -> [Double]?) {
        self.program = program
        var all: [TypedExpression] = [], parts: [Parts] = []
        func add(_ expression: TypedExpression) -> Int {
            all.append(expression)
            return all.count - 1
        }
        for condition in program.conditions {
            var entry = Parts(whole: add(condition.expression))
            for conjunct in condition.expression.conjuncts {
                entry.conjuncts.append((conjunct.text, add(conjunct), conjunct.readings.map { ($0.text, add($0)) }))
            }
            parts.append(entry)
        }
        self.parts = parts
        steps = StepConditions(all)
        memory = steps.makeMemory()
        market = steps.marketParts.map { expression in
            var table = ColumnTable(rowCount: rows)
            for name in expression.names { table[name] = .values(column(name) ?? [Double](repeating: .nan, count: rows)) }
            let compiled = ColumnProgram(expression)
            var values = [Double](repeating: .nan, count: rows)
            for segment in segments { values.replaceSubrange(segment, with: compiled.values(table, rows: segment)) }
            return values
        }
    }

    /// Names of the path's slots, as `look` fills them.
    package var pathNames: [String] { steps.pathNames }

    package mutating func begin() { steps.reset(&memory) }

    /// Every condition that `machine` will test at this bar. Call once a bar, before `decide`.
    package mutating func look(_ machine: TeacherMachine, _ view: AgentView, fill: (inout [Double]) -> Void) -> [TraceCheck] {
        fill(&memory.slots)
        for (p, column) in market.enumerated() { memory.slots[steps.firstMarketSlot + p] = column[view.row] }
        steps.advance(&memory)
        var checks: [TraceCheck] = []
        let script = program.script
        if view.side == 0 {
            if machine.isWaiting(view.row) { return [] }
            for (e, entry) in script.entries.enumerated() {
                let place = program.layout.entries[e], suffix = script.entries.count > 1 ? " (\(entry.actionName))" : ""
                if place.reset >= 0 { checks.append(check("reset_when" + suffix, place.reset)) }
                let k = machine.stage[e]
                if place.stepReset[k] >= 0 { checks.append(check("reset_when of \(entry.steps[k].id)" + suffix, place.stepReset[k])) }
                checks.append(check("step \(entry.steps[k].id)" + suffix, place.when[k]))
            }
        } else {
            for (j, rule) in script.invalidations.enumerated() where rule.side == nil || rule.side == view.side {
                checks.append(check("invalidation \(rule.id)", program.layout.invalidations[j]))
            }
            // The machine resets its tier at the first bar of a trade.
            if let profit = script.takeProfit, machine.tier < profit.tiers.count {
                let tier = profit.tiers[machine.tier]
                let name = script.environment.gainName, at = TraceCheck.number(tier.gain)
                var parts = [TraceCheck.Part(text: "\(name) >= \(at)", held: view.gain >= tier.gain, readings: [(name, view.gain)])]
                let condition = program.layout.tiers[machine.tier]
                if condition >= 0 { parts += check("", condition).parts }
                checks.append(TraceCheck(what: "tier +\(TraceCheck.number(100 * tier.gain))%", held: parts.allSatisfy(\.held), parts: parts))
            }
        }
        return checks
    }

    private mutating func check(_ what: String, _ condition: Int) -> TraceCheck {
        let entry = parts[condition]
        var result: [TraceCheck.Part] = []
        for conjunct in entry.conjuncts {
            var readings: [(text: String, value: Double)] = []
            for reading in conjunct.readings { readings.append((reading.text, steps.value(reading.index, &memory))) }
            result.append(.init(text: conjunct.text, held: steps.value(conjunct.index, &memory) != 0, readings: readings))
        }
        return TraceCheck(what: what, held: steps.value(entry.whole, &memory) != 0, parts: result)
    }
}

extension TeacherScript {
    /// An event in words.
    package func text(_ event: TeacherEvent) -> String {
        func entry(_ e: Int) -> String { entries.count > 1 ? " (\(entries[e].actionName))" : "" }
        func id(_ e: Int, _ k: Int) -> String { entries[e].steps[k].id }
        switch event {
        case .stepFired(let e, let k): return "step \(id(e, k)) fired\(entry(e))"
        case .reset(let e, let from, let to): return "sent back from \(id(e, from)) to \(id(e, to)) by reset_when\(entry(e))"
        case .timedOut(let e, let k, let to): return "time for \(id(e, k)) is over: back to \(id(e, to))\(entry(e))"
        case .missed(let e): return "entry passed over (noise)\(entry(e))"
        case .delayed(let e, let bars): return "entry delayed by \(bars) bar\(bars == 1 ? "" : "s") (noise)\(entry(e))"
        case .cancelled(let e): return "delayed entry called off\(entry(e))"
        case .entered(let e): return "ENTER \(entries[e].actionName)"
        case .forbidden(let e): return "\(entries[e].actionName) is not allowed here: entry lost"
        case .tradeBegan: return "trade began"
        case .tradeEnded: return "trade over"
        case .invalidated(let j): return "EXIT: invalidation \(invalidations[j].id)"
        case .earlyExit: return "EXIT: given up early (noise)"
        case .tier(let k): return "tier +\(TraceCheck.number(100 * (takeProfit?.tiers[k].gain ?? 0)))% reached"
        case .trailed: return "EXIT: trail"
        case .explored(let action): return "explored \(environment.actionNames[Int(action)]) (noise)"
        }
    }
}
