/// An expression being simplified for evaluation: equal nodes are one node, constants are folded, branches that cannot be
/// taken are gone.
///
/// Every rewriting keeps the value of each row as it is, NaN included (of two zeros, `min` and `max` may give either). In
/// particular `0 * x` stays (x may be NaN or infinite), `x + 0` too (it makes -0 a 0), and `not (a < b)` does not become `a >= b`.
struct ValueGraph {
    struct Node: Hashable {
        var operation: Operation
        var a = -1, b = -1, c = -1
        var window = 0
        var name = -1
        /// Bits of a constant.
        var bits: UInt64 = 0

        var constant: Double? { operation == .constant ? Double(bitPattern: bits) : nil }
    }

    private(set) var nodes: [Node] = []
    private var interned: [Node: Int] = [:]
    private(set) var root = -1
    let names: [String]

    subscript(index: Int) -> Node { nodes[index] }

    /// Builds `expression`, reading the names in `constants` as those values.
    init(_ expression: TypedExpression, constants: [String: Double]) {
        let graph = expression.graph
        names = graph.names.map(\.name)
        let reached = graph.reachable(from: expression.root)
        var mapped = [Int](repeating: -1, count: expression.root + 1)
        for i in 0...expression.root where reached[i] {
            let node = graph[i]
            if let value = node.constant {
                mapped[i] = constant(value)
            } else if node.operation == .name {
                let name = names[node.name]
                mapped[i] = constants[name].map { constant($0) } ?? intern(Node(operation: .name, name: node.name))
            } else {
                mapped[i] = make(
                    node.operation, mapped[node.a], node.b < 0 ? -1 : mapped[node.b], node.c < 0 ? -1 : mapped[node.c],
                    window: node.window)
            }
        }
        root = mapped[expression.root]
    }

    private mutating func intern(_ node: Node) -> Int {
        if let index = interned[node] { return index }
        nodes.append(node)
        interned[node] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func constant(_ value: Double) -> Int { intern(Node(operation: .constant, bits: value.bitPattern)) }

    private mutating func make(_ operation: Operation, _ a: Int, _ b: Int, _ c: Int, window: Int) -> Int {
        let x = nodes[a].constant, y = b < 0 ? nil : nodes[b].constant, z = c < 0 ? nil : nodes[c].constant
        let known = [x, y, z].compactMap { $0 }
        if known.count == operation.operandCount, let value = folded(operation, known) { return constant(value) }
        func keep(_ operation: Operation, _ a: Int, _ b: Int = -1, _ c: Int = -1) -> Node {
            Node(operation: operation, a: a, b: b, c: c, window: window)
        }
        switch operation {
        case .negate where nodes[a].operation == .negate: return nodes[a].a
        case .not where nodes[a].operation == .not: return nodes[a].a
        case .abs where nodes[a].operation == .negate || nodes[a].operation == .abs: return make(.abs, nodes[a].a, -1, -1, window: 0)
        case .add:
            return intern(x != nil || (y == nil && b < a) ? keep(.add, b, a) : keep(.add, a, b))
        case .subtract:
            if let y, y == 0, y.sign == .plus { return a }
            if let y { return make(.add, a, constant(-y), -1, window: 0) }
        case .multiply:
            if x != nil { return make(.multiply, b, a, -1, window: 0) }
            if y == 1 { return a }
            if y == -1 { return make(.negate, a, -1, -1, window: 0) }
            if let y, nodes[a].operation == .select, let p = nodes[nodes[a].b].constant, let q = nodes[nodes[a].c].constant {
                return make(.select, nodes[a].a, constant(p * y), constant(q * y), window: 0)
            }
            if y == nil, b < a { return intern(keep(.multiply, b, a)) }
        case .divide where y == 1: return a
        case .minimum, .maximum:
            if a == b { return a }
            if x?.isNaN == true || y?.isNaN == true { return constant(.nan) }
            if x != nil { return intern(keep(operation, b, a)) }
        case .greater: return make(.less, b, a, -1, window: 0)
        case .greaterEqual: return make(.lessEqual, b, a, -1, window: 0)
        case .equal, .notEqual:
            if x != nil || (y == nil && b < a) { return intern(keep(operation, b, a)) }
        case .and:
            if x == 0 || y == 0 { return constant(0) }
            if x != nil { return b }
            if y != nil || a == b { return a }
        case .or:
            if (x ?? 0) != 0 || (y ?? 0) != 0 { return constant(1) }
            if x != nil { return b }
            if y != nil || a == b { return a }
        case .select:
            if let x { return x != 0 ? b : c }
            if b == c { return b }
            if y == 1, z == 0 { return a }
            if nodes[a].operation == .not { return make(.select, nodes[a].a, c, b, window: 0) }
        default: break
        }
        return intern(keep(operation, a, b, c))
    }

    /// How often the value of each node is used; 0 for nodes that the root does not need. The root counts one use.
    func uses() -> [Int] {
        var uses = [Int](repeating: 0, count: nodes.count)
        uses[root] = 1
        for i in stride(from: root, through: 0, by: -1) where uses[i] > 0 {
            for operand in [nodes[i].a, nodes[i].b, nodes[i].c] where operand >= 0 { uses[operand] += 1 }
        }
        return uses
    }
}
