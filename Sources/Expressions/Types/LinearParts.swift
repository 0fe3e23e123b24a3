public import TradingTypes

/// One kind of pay within an expression.
public struct ExpressionPart: Sendable {
    /// Guaranteed, path or uncertain.
    public let provenance: Provenance
    public let expression: TypedExpression
}

extension TypedExpression {
    /// The expression as a sum of at most three parts of different provenance, guaranteed first.
    ///
    /// Sums, differences, signs, products, quotients (by their numerator) and `if` are taken apart; everything else
    /// (`max`, `abs`, `tanh`, `tier`, conditions, history) is one piece with the provenance of all that it reads. A product
    /// or a choice is as late as the later of what it joins: `if(next_return > 0, 1, 0)` is uncertain although it pays 1.
    /// The parts add up to the whole to rounding, on rows where nothing is NaN or infinite.
    public func linearParts() -> [ExpressionPart] {
        guard type.isQuantity else { return [ExpressionPart(provenance: provenance, expression: self)] }
        var splitter = LinearSplitter(graph: graph)
        let parts = splitter.split(root)
        if parts.count(where: { $0 >= 0 }) <= 1 { return [ExpressionPart(provenance: provenance, expression: self)] }
        return zip(LinearSplitter.order, parts).compactMap { provenance, node in
            node < 0
                ? nil
                : ExpressionPart(provenance: provenance, expression: TypedExpression(graph: splitter.graph, root: node, text: text))
        }
    }
}

/// Splits nodes of a graph into (guaranteed, path, uncertain) nodes, appended to the graph. Linear in the number of nodes:
/// parts of one provenance are merged at every step.
private struct LinearSplitter {
    static let order: [Provenance] = [.guaranteed, .path, .uncertain]

    var graph: ExpressionGraph
    /// Per node the three parts, -1 for a part that is zero.
    private var parts: [[Int]] = []

    init(graph: ExpressionGraph) { self.graph = graph }

    private func rank(_ node: Int) -> Int {
        switch graph[node].provenance {
        case .guaranteed: 0
        case .path: 1
        default: 2
        }
    }

    private func whole(_ node: Int) -> [Int] {
        var result = [-1, -1, -1]
        if graph[node].constant != 0 { result[rank(node)] = node }
        return result
    }

    mutating func split(_ root: Int) -> [Int] {
        parts = []
        for i in 0...root { parts.append(splitOne(i)) }
        return parts[root]
    }

    private mutating func splitOne(_ i: Int) -> [Int] {
        let node = graph[i]
        guard node.type.isQuantity, node.constant == nil else { return whole(i) }
        var kinds: Set<Int> = []
        func present(_ list: [Int]) -> [Int] { (0..<3).filter { list[$0] >= 0 } }
        switch node.operation {
        case .add, .subtract: kinds = Set(present(parts[node.a]) + present(parts[node.b]))
        case .negate: kinds = Set(present(parts[node.a]))
        case .multiply: for x in present(parts[node.a]) { for y in present(parts[node.b]) { kinds.insert(max(x, y)) } }
        case .divide: kinds = Set(present(parts[node.a]).map { max($0, rank(node.b)) })
        case .select: kinds = Set((present(parts[node.b]) + present(parts[node.c])).map { max($0, rank(node.a)) })
        default: return whole(i)
        }
        // One kind only: the node itself is that part. (It may be a kind earlier than what the node reads, where a later
        // name is multiplied by zero.)
        if kinds.count <= 1 {
            var result = [-1, -1, -1]
            if let kind = kinds.first { result[max(kind, rank(i))] = i }
            return result
        }
        var result = [-1, -1, -1]
        switch node.operation {
        case .add, .subtract:
            for k in 0..<3 { result[k] = join(node.operation, parts[node.a][k], parts[node.b][k], node.type) }
        case .negate:
            for k in 0..<3 where parts[node.a][k] >= 0 { result[k] = graph.add(.negate, parts[node.a][k], type: node.type) }
        case .multiply:
            for x in present(parts[node.a]) {
                for y in present(parts[node.b]) {
                    let product = graph.add(.multiply, parts[node.a][x], parts[node.b][y], type: node.type)
                    result[max(x, y)] = join(.add, result[max(x, y)], product, node.type)
                }
            }
        case .divide:
            for x in present(parts[node.a]) {
                let quotient = graph.add(.divide, parts[node.a][x], node.b, type: node.type)
                let k = max(x, rank(node.b))
                result[k] = join(.add, result[k], quotient, node.type)
            }
        default:
            for x in 0..<3 where parts[node.b][x] >= 0 || parts[node.c][x] >= 0 {
                let zero = graph.constant(0, node.type)
                let chosen = graph.add(
                    .select, node.a, parts[node.b][x] >= 0 ? parts[node.b][x] : zero, parts[node.c][x] >= 0 ? parts[node.c][x] : zero,
                    type: node.type)
                let k = max(x, rank(node.a))
                result[k] = join(.add, result[k], chosen, node.type)
            }
        }
        return result
    }

    /// The sum or difference of two parts, either of which may be zero (-1).
    private mutating func join(_ operation: Operation, _ a: Int, _ b: Int, _ type: ValueType) -> Int {
        if b < 0 { return a }
        if a < 0 { return operation == .subtract ? graph.add(.negate, b, type: type) : b }
        return graph.add(operation, a, b, type: type)
    }
}
