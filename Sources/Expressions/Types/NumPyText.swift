internal import ComponentKit
package import TradingTypes

/// Expressions as NumPy code over whole columns, with this language's treatment of missing values: a comparison with NaN is false, `!=` included.
extension TypedExpression {
    /// Lines that compute the value, the last of them `return ...`.
    ///
    /// Names become `column(NAME)`; actions and regimes are written by their names, which the module must define. Values that are used more than once get a
    /// variable. A reward's expression, which never looks back over bars; one that does traps.
    package func numpyLines(_ environment: EnvironmentKind, column: @escaping (NameInfo) -> String) -> [String] {
        precondition(!usesHistory, "'\(text)' looks back over bars, which a reward cannot")
        let reached = graph.reachable(from: root)
        var uses = [Int](repeating: 0, count: root + 1)
        uses[root] = 1
        for i in stride(from: root, through: 0, by: -1) where reached[i] {
            for operand in [graph[i].a, graph[i].b, graph[i].c] where operand >= 0 { uses[operand] += 1 }
        }
        var printer = NumPyPrinter(graph: graph, actions: environment.actionNames, column: column)
        for i in 0...root where reached[i] && graph[i].constant == nil {
            let text = printer.text(i)
            let isShort = graph[i].operation == .name
            if uses[i] > 1, i != root, !isShort {
                let name = "x\(printer.lines.count + 1)"
                printer.lines.append("\(name) = \(text.text)")
                printer.known[i] = (name, 9)
            }
        }
        return printer.lines + ["return \(printer.operand(root, 0))"]
    }
}

/// Prints nodes with as few brackets as Python's order of operators needs.
private struct NumPyPrinter {
    let graph: ExpressionGraph
    let actions: [String]
    let column: (NameInfo) -> String
    var lines: [String] = []
    /// Text and binding strength of nodes that have a variable.
    var known: [Int: (text: String, level: Int)] = [:]

    init(graph: ExpressionGraph, actions: [String], column: @escaping (NameInfo) -> String) {
        self.graph = graph
        self.actions = actions
        self.column = column
    }

    /// Node `i` where it stands beside an operator of strength `level`.
    func operand(_ i: Int, _ level: Int) -> String {
        let printed = text(i)
        return printed.level < level ? "(\(printed.text))" : printed.text
    }

    /// Strengths, as in Python: comparison 1, | 2, & 3, + - 4, * / 5, unary 6, everything else 9.
    func text(_ i: Int) -> (text: String, level: Int) {
        if let known = known[i] { return known }
        let node = graph[i]
        if let value = node.constant { return constant(value, node.type) }
        func call(_ name: String, _ arguments: Int...) -> (String, Int) { ("\(name)(\(arguments.map { operand($0, 0) }.joined(separator: ", ")))", 9) }
        func two(_ sign: String, _ own: Int, rightOwn: Int? = nil) -> (String, Int) { ("\(operand(node.a, own)) \(sign) \(operand(node.b, rightOwn ?? own + 1))", own) }
        // Bitwise operators of arrays bind stronger than comparisons, so both sides of a comparison may be anything arithmetic, and comparisons in & and | need brackets.
        switch node.operation {
        case .constant: return constant(node.value, node.type)
        case .name: return (column(graph.names[node.name]), 9)
        case .negate: return ("-\(operand(node.a, 6))", 6)
        case .not: return ("~\(operand(node.a, 9))", 6)
        case .abs: return call("np.abs", node.a)
        case .sign: return call("np.sign", node.a)
        case .log: return call("np.log", node.a)
        case .exp: return call("np.exp", node.a)
        case .sqrt: return call("np.sqrt", node.a)
        case .tanh: return call("np.tanh", node.a)
        case .add: return two("+", 4)
        case .subtract: return two("-", 4)
        case .multiply: return two("*", 5)
        case .divide: return two("/", 5)
        case .minimum: return call("np.minimum", node.a, node.b)
        case .maximum: return call("np.maximum", node.a, node.b)
        case .less: return two("<", 1, rightOwn: 2)
        case .lessEqual: return two("<=", 1, rightOwn: 2)
        case .greater: return two(">", 1, rightOwn: 2)
        case .greaterEqual: return two(">=", 1, rightOwn: 2)
        case .equal: return ("\(operand(node.a, 2)) == \(operand(node.b, 2))", 1)
        case .notEqual:
            // Codes are never missing; numbers may be, and then are not unequal to anything.
            let type = graph[node.a].type
            if type == .action || type == .regime || type == .boolean { return ("\(operand(node.a, 2)) != \(operand(node.b, 2))", 1) }
            return ("(\(operand(node.a, 2)) < \(operand(node.b, 2))) | (\(operand(node.a, 2)) > \(operand(node.b, 2)))", 2)
        case .and: return two("&", 3)
        case .or: return two("|", 2)
        case .select: return call("np.where", node.a, node.b, node.c)
        case .lag, .lagCondition, .run, .since, .highest, .lowest: preconditionFailure("a history operation in a reward")
        }
    }

    private func constant(_ value: Double, _ type: ValueType) -> (text: String, level: Int) {
        switch type {
        case .boolean: return (value != 0 ? "np.True_" : "np.False_", 9)
        case .action where actions.indices.contains(Int(value)): return (actions[Int(value)], 9)
        case .regime where Regime.names.indices.contains(Int(value)): return (Regime.names[Int(value)], 9)
        default: return (pythonNumber(value), value < 0 ? 6 : 9)
        }
    }
}

/// `x` as a Python literal that reads back as the same number.
package func pythonNumber(_ x: Double) -> String {
    if x.isNaN { return "np.nan" }
    if x.isInfinite { return x < 0 ? "-np.inf" : "np.inf" }
    return "\(x)"
}
