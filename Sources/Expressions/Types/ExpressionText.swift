internal import ComponentKit
internal import TradingTypes

/// Expressions taken apart for people: what was asked, part by part, and the values that it looked at.
extension TypedExpression {
    /// The conditions that `and` joins at the top; the expression itself where there is no `and`. Each has its own text.
    public var conjuncts: [TypedExpression] {
        var found: [TypedExpression] = [], stack = [root]
        while let i = stack.popLast() {
            if graph[i].operation == .and {
                stack.append(graph[i].b)
                stack.append(graph[i].a)
            } else {
                found.append(part(i))
            }
        }
        return found
    }

    /// What the conditions compare: both sides of every comparison, and names that are conditions themselves; each once, in the order of the text, without constants.
    public var readings: [TypedExpression] {
        var found: [TypedExpression] = [], seen: Set<String> = []
        func add(_ i: Int) {
            if graph[i].constant != nil { return }
            let made = part(i)
            if seen.insert(made.text).inserted { found.append(made) }
        }
        func walk(_ i: Int) {
            let node = graph[i]
            switch node.operation {
            case .and, .or:
                walk(node.a)
                walk(node.b)
            case .not, .run, .lagCondition: walk(node.a)
            case .less, .lessEqual, .greater, .greaterEqual, .equal, .notEqual:
                add(node.a)
                add(node.b)
            default: add(i)
            }
        }
        walk(root)
        return found
    }

    private func part(_ i: Int) -> TypedExpression { TypedExpression(graph: graph, root: i, text: printed(i, 0)) }

    /// Node `i` in the language's own notation; `level` is the binding strength of what surrounds it.
    private func printed(_ i: Int, _ level: Int) -> String {
        let node = graph[i]
        if let value = node.constant { return constantText(value, node.type) }
        func call(_ name: String, _ arguments: [String]) -> String { "\(name)(\(arguments.joined(separator: ", ")))" }
        func two(_ sign: String, _ own: Int) -> String {
            let text = "\(printed(node.a, own)) \(sign) \(printed(node.b, own + 1))"
            return own < level ? "(\(text))" : text
        }
        func one(_ name: String) -> String { call(name, [printed(node.a, 0)]) }
        switch node.operation {
        case .constant: return constantText(node.value, node.type)
        case .name: return graph.names[node.name].name
        case .negate: return "-\(printed(node.a, 7))"
        case .not: return "not \(printed(node.a, 4))"
        case .abs: return one("abs")
        case .sign: return one("sign")
        case .log: return one("log")
        case .exp: return one("exp")
        case .sqrt: return one("sqrt")
        case .tanh: return one("tanh")
        case .add: return two("+", 5)
        case .subtract: return two("-", 5)
        case .multiply: return two("*", 6)
        case .divide: return two("/", 6)
        case .minimum: return call("min", [printed(node.a, 0), printed(node.b, 0)])
        case .maximum: return call("max", [printed(node.a, 0), printed(node.b, 0)])
        case .less: return two("<", 4)
        case .lessEqual: return two("<=", 4)
        case .greater: return two(">", 4)
        case .greaterEqual: return two(">=", 4)
        case .equal: return two("==", 4)
        case .notEqual: return two("!=", 4)
        case .and: return two("and", 2)
        case .or: return two("or", 1)
        case .select: return call("if", [printed(node.a, 0), printed(node.b, 0), printed(node.c, 0)])
        case .lag, .lagCondition: return call("lag", [printed(node.a, 0), String(node.window)])
        case .run: return call("for", [String(node.window), printed(node.a, 0)])
        case .since: return one("since")
        case .highest: return call("highest", [printed(node.a, 0), String(node.window)])
        case .lowest: return call("lowest", [printed(node.a, 0), String(node.window)])
        }
    }

    private func constantText(_ value: Double, _ type: ValueType) -> String {
        switch type {
        case .boolean: return value != 0 ? "true" : "false"
        case .duration: return "\(shortNumber(value)) min"
        case .regime: return Regime.names.indices.contains(Int(value)) ? Regime.names[Int(value)] : shortNumber(value)
        default: return shortNumber(value)
        }
    }
}
