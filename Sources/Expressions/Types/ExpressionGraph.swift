internal import TradingTypes

/// The operations that a checked expression consists of. Booleans are 0 and 1, actions and regimes their codes, durations minutes.
enum Operation: UInt8, Sendable {
    case constant, name
    case negate, not, abs, sign, log, exp, sqrt, tanh
    case add, subtract, multiply, divide, minimum, maximum
    case less, lessEqual, greater, greaterEqual, equal, notEqual, and, or
    /// `a` is the condition, `b` the value where it holds, `c` the other.
    case select
    /// History over rows: `window` is the number of bars.
    case lag, lagCondition, run, since, highest, lowest

    var isHistory: Bool {
        switch self {
        case .lag, .lagCondition, .run, .since, .highest, .lowest: true
        default: false
        }
    }

    var operandCount: Int {
        switch self {
        case .constant, .name: 0
        case .negate, .not, .abs, .sign, .log, .exp, .sqrt, .tanh, .lag, .lagCondition, .run, .since, .highest, .lowest: 1
        case .select: 3
        default: 2
        }
    }
}

/// A checked expression as nodes in one array, operands before users; nodes may be shared.
///
/// Each node knows its type and, for the information-time rules, what it reads: those are joined from the operands by
/// `add`, the only way to make a node, so no operator can lose them.
struct ExpressionGraph: Sendable {
    struct Node: Sendable {
        var operation: Operation
        var a = -1, b = -1, c = -1
        /// The constant's value.
        var value = 0.0
        /// Bars, for history operations.
        var window = 0
        /// Index into `names`.
        var name = -1
        var type: ValueType
        var time = InformationTime.decision
        var readsPath = false
        var readsAction = false
        /// Known while compiling.
        var constant: Double?

        /// What kind of pay this is when a reward pays it.
        var provenance: Provenance { time == .outcome ? .uncertain : readsPath ? .path : .guaranteed }
    }

    private(set) var nodes: [Node] = []
    private(set) var names: [NameInfo] = []
    private var nameIndex: [String: Int] = [:]

    subscript(index: Int) -> Node { nodes[index] }

    mutating func constant(_ value: Double, _ type: ValueType) -> Int {
        nodes.append(Node(operation: .constant, value: value, type: type, constant: value))
        return nodes.count - 1
    }

    mutating func name(_ info: NameInfo) -> Int {
        let index = nameIndex[info.name] ?? names.count
        if index == names.count {
            names.append(info)
            nameIndex[info.name] = index
        }
        nodes.append(
            Node(operation: .name, name: index, type: info.type, time: info.time, readsPath: info.readsPath, readsAction: info.readsAction))
        return nodes.count - 1
    }

    /// A node of `type` over its operands; information time is the latest of theirs, path and action are read if one of them does.
    mutating func add(_ operation: Operation, _ a: Int, _ b: Int = -1, _ c: Int = -1, window: Int = 0, type: ValueType) -> Int {
        var node = Node(operation: operation, a: a, b: b, c: c, window: window, type: type)
        var constants: [Double] = []
        for operand in [a, b, c] where operand >= 0 {
            let read = nodes[operand]
            node.time = max(node.time, read.time)
            node.readsPath = node.readsPath || read.readsPath
            node.readsAction = node.readsAction || read.readsAction
            if let value = read.constant { constants.append(value) }
        }
        if constants.count == operation.operandCount { node.constant = folded(operation, constants) }
        nodes.append(node)
        return nodes.count - 1
    }

    /// Takes in all nodes of `other` and says how far their indices moved.
    mutating func append(_ other: ExpressionGraph) -> Int {
        let offset = nodes.count
        let mapped = other.names.map { info -> Int in
            if let index = nameIndex[info.name] { return index }
            names.append(info)
            nameIndex[info.name] = names.count - 1
            return names.count - 1
        }
        for var node in other.nodes {
            if node.a >= 0 { node.a += offset }
            if node.b >= 0 { node.b += offset }
            if node.c >= 0 { node.c += offset }
            if node.name >= 0 { node.name = mapped[node.name] }
            nodes.append(node)
        }
        return offset
    }

    /// Which nodes the value of `root` depends on.
    func reachable(from root: Int) -> [Bool] {
        var reached = [Bool](repeating: false, count: nodes.count)
        reached[root] = true
        for i in stride(from: root, through: 0, by: -1) where reached[i] {
            for operand in [nodes[i].a, nodes[i].b, nodes[i].c] where operand >= 0 { reached[operand] = true }
        }
        return reached
    }
}
