/// A function of the language: how it is called and whether it looks back over bars.
struct FunctionInfo: Sendable {
    let usage: String
    let arguments: ClosedRange<Int>
    var history = false
}

let functions: [String: FunctionInfo] = [
    "abs": .init(usage: "abs(x)", arguments: 1...1),
    "sign": .init(usage: "sign(x)", arguments: 1...1),
    "log": .init(usage: "log(x)", arguments: 1...1),
    "exp": .init(usage: "exp(x)", arguments: 1...1),
    "sqrt": .init(usage: "sqrt(x)", arguments: 1...1),
    "tanh": .init(usage: "tanh(x)", arguments: 1...1),
    "min": .init(usage: "min(x, y, ...)", arguments: 2...Int.max),
    "max": .init(usage: "max(x, y, ...)", arguments: 2...Int.max),
    "clamp": .init(usage: "clamp(x, low, high)", arguments: 3...3),
    "if": .init(usage: "if(condition, value, otherwise)", arguments: 3...3),
    "tier": .init(usage: "tier(x, 0.2 -> 0.3, 0.3 -> 0.5)", arguments: 2...Int.max),
    "crosses_above": .init(usage: "crosses_above(a, b)", arguments: 2...2, history: true),
    "crosses_below": .init(usage: "crosses_below(a, b)", arguments: 2...2, history: true),
    "for": .init(usage: "for(bars, condition)", arguments: 2...2, history: true),
    "since": .init(usage: "since(condition)", arguments: 1...1, history: true),
    "lag": .init(usage: "lag(x, bars)", arguments: 2...2, history: true),
    "highest": .init(usage: "highest(x, bars)", arguments: 2...2, history: true),
    "lowest": .init(usage: "lowest(x, bars)", arguments: 2...2, history: true),
]

internal import ComponentKit

extension TypeChecker {
    /// The longest stretch of bars that a history function may look back over.
    static let longestWindow = 1_000_000

    mutating func call(_ name: String, _ nameRange: Range<Int>, _ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        guard let function = functions[name] else {
            if scope[name] != nil || scope.constant(name) != nil {
                report("syntax", nameRange, "'\(name)' is a value, not a function", help: history ? "its value n bars ago is lag(\(name), n)" : "remove the parentheses, or put an operator before them")
            } else {
                let usable = functions.filter { history || !$0.value.history }.keys
                let near = suggestion(for: name, among: usable)
                report("unknown_function", nameRange, "unknown function '\(name)'", help: "functions: \(usable.sorted().joined(separator: " "))", note: near.map { "did you mean '\($0)'?" })
            }
            return .broken
        }
        if function.history, !history {
            report("history", nameRange, "'\(name)' looks back over bars, which only teacher scripts and rules may do", help: "here use a feature that looks back by itself; '\(scope.listing)' shows them")
            return .broken
        }
        guard function.arguments.contains(arguments.count) else {
            let need = function.arguments.upperBound == .max ? "at least \(function.arguments.lowerBound)" : "\(function.arguments.lowerBound)"
            report("arguments", syntax.range, "'\(name)' takes \(need) argument\(need == "1" ? "" : "s"), not \(arguments.count)", help: "write \(function.usage)")
            return .broken
        }
        if name == "tier" { return tier(arguments, syntax) }
        var sound = true
        for argument in arguments {
            if case .arrow = tree[argument].kind {
                report("syntax", tree[argument].range, "'->' has no meaning in '\(name)'", help: "arrows mark the steps of tier(x, 0.2 -> 0.3, 0.3 -> 0.5)")
                sound = false
            } else if checked[argument].type == nil {
                sound = false
            }
        }
        switch name {
        case "abs", "sign", "log", "exp", "sqrt", "tanh": return sound ? elementary(name, arguments[0], syntax) : .broken
        case "min", "max", "clamp": return extremes(name, arguments, syntax)
        case "if": return choice(arguments, syntax)
        case "crosses_above", "crosses_below": return crossing(name, arguments, syntax)
        default: return look(name, arguments, syntax)
        }
    }

    /// Reports an argument that is not a number (or duration); false for anything unusable.
    private mutating func quantity(_ argument: Int, of name: String) -> Bool {
        guard let type = checked[argument].type else { return false }
        if type.isQuantity { return true }
        report("type", tree[argument].range, "'\(name)' needs a number, but \(quote(argument, or: "this")) is \(type.phrase)", help: remedy(type))
        return false
    }

    private mutating func condition(_ argument: Int, of name: String) -> Bool {
        guard let type = checked[argument].type else { return false }
        if type == .boolean { return true }
        report("type", tree[argument].range, "'\(name)' needs a condition, but \(quote(argument, or: "this")) is \(type.phrase)", help: conditionRemedy(type))
        return false
    }

    private mutating func elementary(_ name: String, _ argument: Int, _ syntax: SyntaxTree.Node) -> Checked {
        guard quantity(argument, of: name), let type = checked[argument].type else { return .broken }
        if type == .duration, name != "abs", name != "sign" {
            report("type", tree[argument].range, "'\(name)' needs a plain number, but \(quote(argument, or: "this")) is a duration", help: remedy(.duration))
            return .broken
        }
        let operation: Operation =
            switch name {
            case "abs": .abs
            case "sign": .sign
            case "log": .log
            case "exp": .exp
            case "sqrt": .sqrt
            default: .tanh
            }
        return make(operation, checked[argument].node, type: name == "abs" ? type : .number, at: syntax.range)
    }

    private mutating func extremes(_ name: String, _ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        var sound = true
        for argument in arguments where !quantity(argument, of: name) { sound = false }
        guard sound, let type = checked[arguments[0]].type else { return .broken }
        for argument in arguments.dropFirst() where checked[argument].type != type {
            report("type", tree[argument].range, "'\(name)' cannot mix \(type.phrase) and \(checked[argument].type?.phrase ?? "this")", help: "give the numbers a unit (45 min, 2 h), or divide the durations by one (x / 1 min)")
            return .broken
        }
        let nodes = arguments.map { checked[$0].node }
        if name == "clamp" {
            if let low = graph[nodes[1]].constant, let high = graph[nodes[2]].constant, low > high {
                report("range", tree[arguments[1]].range.lowerBound..<tree[arguments[2]].range.upperBound, "the lower limit \(shortNumber(low)) is above the upper limit \(shortNumber(high))", help: "write clamp(x, low, high)")
                return .broken
            }
            let raised = make(.maximum, nodes[0], nodes[1], type: type, at: syntax.range)
            return make(.minimum, raised.node, nodes[2], type: type, at: syntax.range)
        }
        var result = nodes[0]
        for node in nodes.dropFirst() { result = make(name == "min" ? .minimum : .maximum, result, node, type: type, at: syntax.range).node }
        return Checked(type: type, node: result)
    }

    private mutating func choice(_ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        var sound = condition(arguments[0], of: "if")
        if let a = checked[arguments[1]].type, let b = checked[arguments[2]].type {
            if a != b {
                report("type", tree[arguments[1]].range.lowerBound..<tree[arguments[2]].range.upperBound, "the two branches of 'if' differ: \(quote(arguments[1], or: "the first")) is \(a.phrase), \(quote(arguments[2], or: "the second")) is \(b.phrase)", help: "give both the same type")
                sound = false
            }
        } else {
            sound = false
        }
        guard sound, let type = checked[arguments[1]].type else { return .broken }
        return make(.select, checked[arguments[0]].node, checked[arguments[1]].node, checked[arguments[2]].node, type: type, at: syntax.range)
    }

    /// `tier(x, t1 -> v1, t2 -> v2)` = v2 where x >= t2, else v1 where x >= t1, else 0; 0 where x is NaN.
    private mutating func tier(_ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        var sound = true
        if case .arrow = tree[arguments[0]].kind {
            report("arguments", tree[arguments[0]].range, "the first argument of 'tier' is the value that climbs, not a step", help: "write tier(x, 0.2 -> 0.3, 0.3 -> 0.5)")
            sound = false
        } else if !quantity(arguments[0], of: "tier") {
            sound = false
        }
        var steps: [(threshold: Double, thresholdNode: Int, valueNode: Int)] = []
        for argument in arguments.dropFirst() {
            guard case .arrow(let threshold, let value) = tree[argument].kind else {
                if case .broken = tree[argument].kind {} else {
                    report("arguments", tree[argument].range, "a step of 'tier' is written threshold -> value", help: "write tier(x, 0.2 -> 0.3, 0.3 -> 0.5)")
                }
                sound = false
                continue
            }
            guard quantity(threshold, of: "tier"), quantity(value, of: "tier") else {
                sound = false
                continue
            }
            guard checked[value].type == .number else {
                report("type", tree[value].range, "a step of 'tier' pays a number, but \(quote(value, or: "this")) is a duration", help: remedy(.duration))
                sound = false
                continue
            }
            guard let constant = graph[checked[threshold].node].constant else {
                report("type", tree[threshold].range, "the thresholds of 'tier' must be constants", help: "write tier(x, 0.2 -> 0.3, 0.3 -> 0.5), or if(x >= y, a, b) for a threshold that moves")
                sound = false
                continue
            }
            if let last = steps.last, constant <= last.threshold {
                report("range", tree[threshold].range, "the thresholds of 'tier' must rise, but \(shortNumber(constant)) follows \(shortNumber(last.threshold))", help: "order the steps from the lowest threshold to the highest")
                sound = false
            }
            if checked[arguments[0]].type != nil, !comparable(arguments[0], threshold, tree[threshold].range) { sound = false }
            steps.append((constant, checked[threshold].node, checked[value].node))
        }
        guard sound else { return .broken }
        let x = checked[arguments[0]].node
        var result = graph.constant(0, .number)
        for step in steps {
            let reached = graph.add(.greaterEqual, x, step.thresholdNode, type: .boolean)
            result = graph.add(.select, reached, step.valueNode, result, type: .number)
        }
        return Checked(type: .number, node: result)
    }

    // MARK: History

    /// `crosses_above(a, b)`: a > b now and a <= b one bar before; false on the first bar.
    private mutating func crossing(_ name: String, _ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        let sound = arguments.map { quantity($0, of: name) }
        guard sound == [true, true], comparable(arguments[0], arguments[1], syntax.range) else { return .broken }
        let a = checked[arguments[0]].node, b = checked[arguments[1]].node
        let above = name == "crosses_above"
        let now = graph.add(above ? .greater : .less, a, b, type: .boolean)
        let a1 = graph.add(.lag, a, window: 1, type: graph[a].type)
        let b1 = graph[b].constant == nil ? graph.add(.lag, b, window: 1, type: graph[b].type) : b
        let before = graph.add(above ? .lessEqual : .greaterEqual, a1, b1, type: .boolean)
        return make(.and, now, before, type: .boolean, at: syntax.range)
    }

    private mutating func look(_ name: String, _ arguments: [Int], _ syntax: SyntaxTree.Node) -> Checked {
        if name == "since" {
            guard condition(arguments[0], of: name) else { return .broken }
            return make(.since, checked[arguments[0]].node, type: .number, at: syntax.range)
        }
        let value = name == "for" ? arguments[1] : arguments[0]
        let count = bars(name == "for" ? arguments[0] : arguments[1], of: name, atLeast: name == "lag" ? 0 : 1)
        switch name {
        case "for":
            guard condition(value, of: name), let count else { return .broken }
            return make(.run, checked[value].node, window: count, type: .boolean, at: syntax.range)
        case "lag":
            guard let type = checked[value].type, let count else { return .broken }
            if count == 0 { return checked[value] }
            return make(type == .boolean ? .lagCondition : .lag, checked[value].node, window: count, type: type, at: syntax.range)
        default:
            guard quantity(value, of: name), let type = checked[value].type, let count else { return .broken }
            return make(name == "highest" ? .highest : .lowest, checked[value].node, window: count, type: type, at: syntax.range)
        }
    }

    /// A constant whole number of bars.
    private mutating func bars(_ argument: Int, of name: String, atLeast least: Int) -> Int? {
        guard let type = checked[argument].type else { return nil }
        let help = "write \(functions[name]?.usage ?? name), for example \(name == "for" ? "for(3, close > open)" : "\(name)(close, 3)")"
        guard type == .number else {
            report("type", tree[argument].range, "'\(name)' counts bars, but \(quote(argument, or: "this")) is \(type.phrase)", help: help)
            return nil
        }
        guard let value = graph[checked[argument].node].constant else {
            report("type", tree[argument].range, "'\(name)' needs a constant number of bars", help: help)
            return nil
        }
        guard value == value.rounded(), value >= Double(least), value <= Double(Self.longestWindow) else {
            report("range", tree[argument].range, "'\(name)' needs a whole number of bars from \(least) to \(Self.longestWindow), not \(shortNumber(value))", help: help)
            return nil
        }
        return Int(value)
    }
}
