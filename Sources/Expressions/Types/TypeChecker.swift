internal import ComponentKit

/// Gives every node of a syntax tree its type and turns it into graph nodes. A loop over the nodes, children first.
struct TypeChecker {
    /// What is known about a syntax node. `type` is nil where a fault has been reported: its users then say nothing more.
    struct Checked {
        var type: ValueType?
        var node = -1
        static let broken = Checked(type: nil)
    }

    let anchor: TextAnchor
    let scope: NameScope
    let history: Bool
    let scalars: [Unicode.Scalar]
    let tree: SyntaxTree
    var issues: [InputIssue] = []
    var graph = ExpressionGraph()
    var references: [TypedExpression.Reference] = []
    var checked: [Checked] = []

    init(_ parser: Parser, scope: NameScope, history: Bool) {
        anchor = parser.anchor
        scalars = parser.scalars
        tree = parser.tree
        self.scope = scope
        self.history = history
        checked.reserveCapacity(tree.nodes.count)
        for node in tree.nodes { checked.append(check(node)) }
    }

    // MARK: Reporting

    mutating func report(_ code: String, _ range: Range<Int>, _ message: String, help: String? = nil, note: String? = nil) {
        issues.append(anchor.issue(code, offset: range.lowerBound, length: max(1, range.count), message, help: help, note: note))
    }

    /// The text of a node in quotes, or its place in words when it is long.
    func quote(_ syntax: Int, or place: String) -> String {
        let range = tree[syntax].range
        guard range.count <= 40, !range.isEmpty else { return place }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return "'\(text)'"
    }

    /// How to get from a value of this type to a number.
    func remedy(_ type: ValueType) -> String {
        switch type {
        case .boolean: "a condition becomes a number with if(condition, 1, 0)"
        case .action: "an action is compared by name: action == \(scope.constantNames(.action).last ?? "HOLD")"
        case .regime: "a regime is compared by name: regime == \(scope.constantNames(.regime).first ?? "TRENDING")"
        case .duration: "divide by a duration to get a number, for example / 1 min"
        case .number: "a comparison such as x > 0 makes a condition of a number"
        }
    }

    // MARK: Nodes

    mutating func make(
        _ operation: Operation, _ a: Int, _ b: Int = -1, _ c: Int = -1, window: Int = 0, type: ValueType, at range: Range<Int>
    ) -> Checked {
        let node = graph.add(operation, a, b, c, window: window, type: type)
        if let value = graph[node].constant, !value.isFinite {
            if operation == .divide, graph[b].constant == 0 {
                report("no_value", range, "division by zero")
            } else {
                report("no_value", range, "this part is constant and has no finite value", help: "it comes out as \(value)")
            }
            return .broken
        }
        return Checked(type: type, node: node)
    }

    private mutating func check(_ syntax: SyntaxTree.Node) -> Checked {
        switch syntax.kind {
        case .number(let value): return Checked(type: .number, node: graph.constant(value, .number))
        case .duration(let value): return Checked(type: .duration, node: graph.constant(value, .duration))
        case .name(let name): return resolve(name, syntax.range)
        case .unary(let sign, let operand): return sign == .not ? negation(operand, syntax) : signed(sign, operand, syntax)
        case .binary(let sign, let a, let b):
            switch sign {
            case .and, .or: return logical(sign, a, b, syntax)
            case .plus, .minus, .star, .slash: return arithmetic(sign, a, b, syntax)
            default: return comparison(sign, a, b, syntax)
            }
        case .membership(let value, let items, let negated): return membership(value, items, negated, syntax)
        case .call(let name, let nameRange, let arguments): return call(name, nameRange, arguments, syntax)
        case .arrow, .broken: return .broken
        }
    }

    private mutating func resolve(_ name: String, _ range: Range<Int>) -> Checked {
        if let info = scope[name] {
            references.append(
                .init(name: name, time: info.time, readsPath: info.readsPath, offset: range.lowerBound, length: range.count))
            return Checked(type: info.type, node: graph.name(info))
        }
        if let constant = scope.constant(name) { return Checked(type: constant.type, node: graph.constant(constant.code, constant.type)) }
        if name == "true" || name == "false" { return Checked(type: .boolean, node: graph.constant(name == "true" ? 1 : 0, .boolean)) }
        if let function = functions[name] {
            report("syntax", range, "'\(name)' is a function and needs its arguments", help: "write \(function.usage)")
            return .broken
        }
        if let near = scope.nearest(to: name) {
            report("unknown_name", range, "unknown name '\(name)'", help: "'\(scope.listing)' shows every name", note: "did you mean '\(near)'?")
        } else {
            report("unknown_name", range, "unknown name '\(name)'", help: "'\(scope.listing)' shows every name")
        }
        return .broken
    }

    // MARK: Operators

    private mutating func negation(_ operand: Int, _ syntax: SyntaxTree.Node) -> Checked {
        guard let type = checked[operand].type else { return .broken }
        guard type == .boolean else {
            report("type", tree[operand].range, "'not' needs a condition, but \(quote(operand, or: "this")) is \(type.phrase)", help: conditionRemedy(type))
            return .broken
        }
        return make(.not, checked[operand].node, type: .boolean, at: syntax.range)
    }

    private mutating func signed(_ sign: TokenKind, _ operand: Int, _ syntax: SyntaxTree.Node) -> Checked {
        guard let type = checked[operand].type else { return .broken }
        guard type.isQuantity else {
            report("type", tree[operand].range, "'\(sign.rawValue)' needs a number, but \(quote(operand, or: "this")) is \(type.phrase)", help: remedy(type))
            return .broken
        }
        if sign == .plus { return checked[operand] }
        return make(.negate, checked[operand].node, type: type, at: syntax.range)
    }

    func conditionRemedy(_ type: ValueType) -> String {
        type == .action || type == .regime ? remedy(type) : "compare it with something, such as \(type == .duration ? "x > 30 min" : "x > 0")"
    }

    private mutating func logical(_ sign: TokenKind, _ a: Int, _ b: Int, _ syntax: SyntaxTree.Node) -> Checked {
        var sound = true
        for (operand, side) in [(a, "left"), (b, "right")] {
            guard let type = checked[operand].type else {
                sound = false
                continue
            }
            if type != .boolean {
                report("type", tree[operand].range, "'\(sign.rawValue)' needs a condition on its \(side), but \(quote(operand, or: "this")) is \(type.phrase)", help: conditionRemedy(type))
                sound = false
            }
        }
        guard sound else { return .broken }
        return make(sign == .and ? .and : .or, checked[a].node, checked[b].node, type: .boolean, at: syntax.range)
    }

    private mutating func arithmetic(_ sign: TokenKind, _ a: Int, _ b: Int, _ syntax: SyntaxTree.Node) -> Checked {
        var sound = true
        for (operand, side) in [(a, "left"), (b, "right")] {
            guard let type = checked[operand].type else {
                sound = false
                continue
            }
            if !type.isQuantity {
                report("type", tree[operand].range, "'\(sign.rawValue)' needs a number on its \(side), but \(quote(operand, or: "this")) is \(type.phrase)", help: remedy(type))
                sound = false
            }
        }
        guard sound, let left = checked[a].type, let right = checked[b].type else { return .broken }
        let type: ValueType
        switch (sign, left, right) {
        case (_, .number, .number): type = .number
        case (.plus, .duration, .duration), (.minus, .duration, .duration): type = .duration
        case (.star, .duration, .number), (.star, .number, .duration), (.slash, .duration, .number): type = .duration
        case (.slash, .duration, .duration): type = .number
        case (.plus, _, _), (.minus, _, _):
            report("type", syntax.range, "'\(sign.rawValue)' cannot join \(left.phrase) and \(right.phrase)", help: "give the number a unit (45 min, 2 h), or divide the duration by one (x / 1 min)")
            return .broken
        case (.star, _, _):
            report("type", syntax.range, "a duration times a duration has no meaning", help: remedy(.duration))
            return .broken
        default:
            report("type", syntax.range, "a number divided by a duration has no meaning", help: remedy(.duration))
            return .broken
        }
        let operation: Operation = sign == .plus ? .add : sign == .minus ? .subtract : sign == .star ? .multiply : .divide
        return make(operation, checked[a].node, checked[b].node, type: type, at: syntax.range)
    }

    private mutating func comparison(_ sign: TokenKind, _ a: Int, _ b: Int, _ syntax: SyntaxTree.Node) -> Checked {
        guard let left = checked[a].type, let right = checked[b].type else { return .broken }
        guard comparable(a, b, syntax.range) else { return .broken }
        if sign != .equal, sign != .notEqual, !left.isQuantity || !right.isQuantity {
            let operand = left.isQuantity ? b : a
            report("type", syntax.range, "'\(sign.rawValue)' needs numbers, but \(quote(operand, or: "this")) is \((left.isQuantity ? right : left).phrase)", help: "only '==', '!=' and 'in' compare \(left.isQuantity ? right.rawValue : left.rawValue) values")
            return .broken
        }
        let operation: Operation =
            switch sign {
            case .less: .less
            case .lessEqual: .lessEqual
            case .greater: .greater
            case .greaterEqual: .greaterEqual
            case .equal: .equal
            default: .notEqual
            }
        return make(operation, checked[a].node, checked[b].node, type: .boolean, at: syntax.range)
    }

    /// Whether two values are of one type; a name in minutes may also be compared with a plain number.
    mutating func comparable(_ a: Int, _ b: Int, _ range: Range<Int>) -> Bool {
        guard let left = checked[a].type, let right = checked[b].type else { return false }
        if left == right || minutes(a, b) || minutes(b, a) { return true }
        let help: String
        switch (left, right) {
        case (.regime, _) where right == .action, (.action, _) where right == .regime:
            help = "actions: \(scope.constantNames(.action).joined(separator: ", ")); regimes: \(scope.constantNames(.regime).joined(separator: ", "))"
        case (.duration, .number), (.number, .duration): help = "give the number a unit: 45 min, 2 h"
        case (.number, let other), (.duration, let other), (let other, _): help = remedy(other)
        }
        report("type", range, "cannot compare \(left.phrase) with \(right.phrase): \(quote(a, or: "the left side")) is \(left.phrase), \(quote(b, or: "the right side")) is \(right.phrase)", help: help)
        return false
    }

    /// A duration that reads a name (so its unit, minutes, is stated by the name) beside a constant number.
    private func minutes(_ a: Int, _ b: Int) -> Bool {
        guard checked[a].type == .duration, checked[b].type == .number else { return false }
        return graph[checked[a].node].constant == nil && graph[checked[b].node].constant != nil
    }

    private mutating func membership(_ value: Int, _ items: [Int], _ negated: Bool, _ syntax: SyntaxTree.Node) -> Checked {
        guard checked[value].type != nil else { return .broken }
        var result: Checked?
        for item in items {
            guard checked[item].type != nil, comparable(value, item, tree[item].range) else { return .broken }
            let equal = make(.equal, checked[value].node, checked[item].node, type: .boolean, at: tree[item].range)
            result = result.map { make(.or, $0.node, equal.node, type: .boolean, at: syntax.range) } ?? equal
        }
        guard let result else { return .broken }
        return negated ? make(.not, result.node, type: .boolean, at: syntax.range) : result
    }
}
