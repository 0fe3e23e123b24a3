/// Expressions evaluated one step at a time, for rules that read the agent's own path, which is not known beforehand.
///
/// What reads only the market is taken out (`marketParts`) and computed as columns once; what is left is a few operations on numbers in a row of slots:
/// the path's values, the market parts' values at this row, constants and intermediate results. The arithmetic, and what NaN does, is that of `ColumnProgram`.
/// History functions over the path (`for(3, unrealized < 0)`) look back over the steps since `reset`, at each of which `advance` must have been called.
///
/// Immutable; each agent has its own `Memory`.
public final class StepConditions: Sendable {
    /// The path's names in the order of their slots, which are the first.
    public let pathNames: [String]
    /// Sub-expressions without a path name, in the order of their slots, which follow the path's.
    public let marketParts: [TypedExpression]
    private let operations: [Step]
    /// Slot of the value of every expression.
    private let results: [Int]
    /// Operations of expression k, as a range of `operations`; operations that look back lie before all of them.
    private let ranges: [Range<Int>]
    private let lookingBack: Range<Int>
    private let initialSlots: [Double]
    private let historyCount: Int

    private struct Step: Sendable {
        var operation: Operation
        var a = 0, b = 0, c = 0
        var destination = 0
        var window = 0
        /// First entry of its own in the memory's history, for operations that look back.
        var history = -1
    }

    /// One agent's slots and history.
    public struct Memory: Sendable {
        /// Path values, market values, constants, intermediate results.
        public var slots: [Double]
        fileprivate var history: [Double]
        fileprivate var steps = 0
    }

    /// First slot of the market parts.
    public var firstMarketSlot: Int { pathNames.count }

    public init(_ expressions: [TypedExpression]) {
        var builder = Builder()
        for expression in expressions { builder.collect(expression) }
        builder.placeConstants()
        var roots: [Int] = [], ranges: [Range<Int>] = []
        for expression in expressions { builder.compileHistory(expression) }
        lookingBack = 0..<builder.operations.count
        for expression in expressions {
            let first = builder.operations.count
            roots.append(builder.compile(expression))
            ranges.append(first..<builder.operations.count)
        }
        pathNames = builder.pathNames
        marketParts = builder.marketParts
        operations = builder.operations
        results = roots
        self.ranges = ranges
        initialSlots = builder.slots
        historyCount = builder.historyCount
    }

    public func makeMemory() -> Memory {
        Memory(slots: initialSlots, history: [Double](repeating: .nan, count: historyCount))
    }

    /// Forgets the history: an episode begins.
    public func reset(_ memory: inout Memory) {
        memory.steps = 0
        for i in memory.history.indices { memory.history[i] = .nan }
    }

    /// Whether `advance` does anything.
    public var looksBack: Bool { !lookingBack.isEmpty }

    /// Takes this step's values into the history. Call once a step, after the slots of path and market are filled.
    public func advance(_ memory: inout Memory) {
        if lookingBack.isEmpty { return }
        for i in lookingBack { run(operations[i], &memory) }
        memory.steps += 1
    }

    /// The value of expression `k` at this step: 1 or 0 for a condition.
    @inline(__always)
    public func value(_ k: Int, _ memory: inout Memory) -> Double {
        for i in ranges[k] { run(operations[i], &memory) }
        return memory.slots[results[k]]
    }

    private func run(_ step: Step, _ memory: inout Memory) {
        if step.history >= 0 {
            memory.slots[step.destination] = look(step, &memory)
            return
        }
        let a = memory.slots[step.a]
        let value: Double
        switch step.operation {
        case .lessEqual: value = a <= memory.slots[step.b] ? 1 : 0
        case .greaterEqual: value = a >= memory.slots[step.b] ? 1 : 0
        case .less: value = a < memory.slots[step.b] ? 1 : 0
        case .greater: value = a > memory.slots[step.b] ? 1 : 0
        case .and: value = a != 0 && memory.slots[step.b] != 0 ? 1 : 0
        case .or: value = a != 0 || memory.slots[step.b] != 0 ? 1 : 0
        case .multiply: value = a * memory.slots[step.b]
        case .add: value = a + memory.slots[step.b]
        case .subtract: value = a - memory.slots[step.b]
        default:
            let operands = [a, memory.slots[step.b], memory.slots[step.c]]
            guard let result = folded(step.operation, Array(operands.prefix(step.operation.operandCount))) else { preconditionFailure("\(step.operation) has no value of its own") }
            value = result
        }
        memory.slots[step.destination] = value
    }

    /// History of one operation: a ring of its operand's last `window` values (`lag` one more), or a counter.
    private func look(_ step: Step, _ memory: inout Memory) -> Double {
        let x = memory.slots[step.a], at = step.history, n = step.window, t = memory.steps
        switch step.operation {
        case .run:
            let length = x != 0 ? (memory.history[at].isNaN ? 0 : memory.history[at]) + 1 : 0
            memory.history[at] = length
            return length >= Double(n) ? 1 : 0
        case .since:
            memory.history[at] = x != 0 ? 0 : memory.history[at] + 1
            return memory.history[at]
        case .lag, .lagCondition:
            let old = memory.history[at + t % n]
            memory.history[at + t % n] = x
            return t < n ? (step.operation == .lag ? .nan : 0) : old
        default:
            memory.history[at + t % n] = x
            if t + 1 < n { return .nan }
            var best = memory.history[at]
            for i in at..<at + n { best = step.operation == .highest ? larger(best, memory.history[i]) : smaller(best, memory.history[i]) }
            return best
        }
    }

    /// Lays out slots and operations.
    private struct Builder {
        var pathNames: [String] = []
        var marketParts: [TypedExpression] = []
        var constants: [UInt64: Int] = [:]
        var operations: [Step] = []
        var slots: [Double] = []
        var historyCount = 0
        private var marketIndex: [String: Int] = [:]
        /// Result slots of history nodes, by expression text and node.
        private var historySlots: [String: Int] = [:]

        /// Notes the path names and market parts of `expression`.
        mutating func collect(_ expression: TypedExpression) {
            let graph = expression.graph
            var stack = [expression.root]
            while let i = stack.popLast() {
                let node = graph[i]
                if node.constant != nil { continue }
                if !node.readsPath {
                    let key = Self.key(graph, i)
                    if marketIndex[key] == nil {
                        marketIndex[key] = marketParts.count
                        marketParts.append(TypedExpression(graph: graph, root: i, text: expression.text))
                    }
                } else if node.operation == .name {
                    let name = graph.names[node.name].name
                    if !pathNames.contains(name) { pathNames.append(name) }
                } else {
                    for operand in [node.a, node.b, node.c] where operand >= 0 { stack.append(operand) }
                }
            }
        }

        mutating func placeConstants() { slots = [Double](repeating: .nan, count: pathNames.count + marketParts.count) }

        private mutating func constant(_ value: Double) -> Int {
            if let slot = constants[value.bitPattern] { return slot }
            slots.append(value)
            constants[value.bitPattern] = slots.count - 1
            return slots.count - 1
        }

        /// A text that is the same for equal sub-expressions of any graph.
        private static func key(_ graph: ExpressionGraph, _ i: Int) -> String {
            let node = graph[i]
            if let value = node.constant { return "#\(value.bitPattern)" }
            if node.operation == .name { return graph.names[node.name].name }
            let inner = [node.a, node.b, node.c].filter { $0 >= 0 }.map { key(graph, $0) }.joined(separator: ",")
            return "\(node.operation)\(node.window)(\(inner))"
        }

        /// Operations for every part of `expression` that looks back over the path, with what they read.
        mutating func compileHistory(_ expression: TypedExpression) {
            let graph = expression.graph
            var seen = Set<Int>(), stack = [expression.root]
            while let i = stack.popLast() {
                guard seen.insert(i).inserted, graph[i].readsPath else { continue }
                if graph[i].operation.isHistory { _ = emit(graph, i) }
                for operand in [graph[i].a, graph[i].b, graph[i].c] where operand >= 0 { stack.append(operand) }
            }
        }

        /// Operations for what does not look back; gives the slot of the value.
        mutating func compile(_ expression: TypedExpression) -> Int { emit(expression.graph, expression.root) }

        private mutating func emit(_ graph: ExpressionGraph, _ i: Int) -> Int {
            let node = graph[i]
            if let value = node.constant { return constant(value) }
            let key = Self.key(graph, i)
            if !node.readsPath { return pathNames.count + marketIndex[key]! }
            if node.operation == .name { return pathNames.firstIndex(of: graph.names[node.name].name)! }
            if node.operation.isHistory, let slot = historySlots[key] { return slot }
            var step = Step(operation: node.operation, window: node.window)
            step.a = emit(graph, node.a)
            if node.b >= 0 { step.b = emit(graph, node.b) }
            if node.c >= 0 { step.c = emit(graph, node.c) }
            if node.operation.isHistory {
                step.history = historyCount
                historyCount += node.operation == .run || node.operation == .since ? 1 : node.window
            }
            slots.append(.nan)
            step.destination = slots.count - 1
            operations.append(step)
            if node.operation.isHistory { historySlots[key] = step.destination }
            return step.destination
        }
    }
}
