internal import ComponentKit

/// Precedence climbing over the tokens. Binding, loosest first: `or`, `and`, `not`, comparisons and `in` (which do not
/// chain), `+ -`, `* /`, unary `-`. Every fault is reported and passed over, so that one run finds them all.
struct Parser {
    /// Parentheses, calls and signs may nest this deep.
    static let depthLimit = 100
    /// Longer expressions are refused.
    static let tokenLimit = 4000

    let anchor: TextAnchor
    let scalars: [Unicode.Scalar]
    private let tokens: [Token]
    private(set) var tree = SyntaxTree()
    private(set) var issues: [InputIssue]
    /// The node of the whole expression; -1 when there is none.
    private(set) var root = -1
    private var at = 0
    private var depth = 0
    private var openParentheses = 0
    private var openBrackets = 0
    private var aborted = false

    init(_ anchor: TextAnchor) {
        let lexer = Lexer(anchor)
        self.anchor = anchor
        scalars = lexer.scalars
        tokens = lexer.tokens
        issues = lexer.issues
        if tokens.count == 1 {
            issues.append(anchor.issue("empty", offset: 0, length: max(1, scalars.count), "the expression is empty", help: "write a value such as 'direction * next_return', or leave the key out"))
            return
        }
        guard tokens.count <= Self.tokenLimit else {
            issues = [anchor.issue("too_long", offset: 0, length: 1, "the expression has \(tokens.count - 1) words and signs; \(Self.tokenLimit) is the most that is read", help: "split it into several terms")]
            return
        }
        root = expression(1)
        while current.kind != .end {
            strayToken()
            if current.kind.startsValue { _ = expression(1) }
        }
    }

    private var current: Token { tokens[at] }
    private mutating func advance() { if at < tokens.count - 1 { at += 1 } }

    func text(_ range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return text
    }

    private mutating func report(_ range: Range<Int>, _ message: String, help: String? = nil, note: String? = nil, code: String = "syntax") {
        guard !aborted else { return }
        issues.append(anchor.issue(code, offset: range.lowerBound, length: max(1, range.count), message, help: help, note: note))
    }

    private func span(_ a: Int, _ b: Int) -> Range<Int> { tree[a].range.lowerBound..<max(tree[a].range.upperBound, tree[b].range.upperBound) }

    /// A closing or separating token where a value or an operator should stand; passes over it.
    private mutating func strayToken() {
        let token = current
        switch token.kind {
        case .close: report(token.range, "')' closes nothing", help: "remove it, or open it with '('")
        case .closeBracket: report(token.range, "']' closes nothing", help: "a list is written 'x in [A, B]'")
        case .comma: report(token.range, "',' separates nothing here", help: "commas stand between the arguments of a function")
        case .arrow: report(token.range, "'->' stands outside tier(...)", help: "arrows mark the steps of tier(x, 0.2 -> 0.3, 0.3 -> 0.5)")
        case .openBracket: list()
        default: break
        }
        if token.kind != .openBracket { advance() }
    }

    /// One expression whose operators bind at least as tightly as `minimum`.
    private mutating func expression(_ minimum: Int) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            report(current.range, "the expression is nested more than \(Self.depthLimit) levels deep", help: "remove parentheses, or split it into several terms", code: "too_deep")
            aborted = true
            at = tokens.count - 1
            return tree.add(.broken, scalars.count..<scalars.count)
        }
        var left = prefix()
        var compared = false
        while true {
            var token = current
            var negated = false
            if token.kind == .not, tokens[min(at + 1, tokens.count - 1)].kind == .in {
                negated = true
                token = Token(kind: .in, range: token.range.lowerBound..<tokens[at + 1].range.upperBound)
            }
            if let precedence = token.kind.precedence {
                guard precedence >= minimum else { return left }
                if negated { advance() }
                advance()
                if token.kind.isComparison, compared {
                    report(token.range, "comparisons cannot be chained", help: "write 'a < b and b < c' for a < b < c", note: "second comparison")
                }
                let chained = token.kind.isComparison && compared
                compared = token.kind.isComparison
                if token.kind == .in {
                    let (items, end) = members(after: token)
                    let range = tree[left].range.lowerBound..<max(end, tree[left].range.upperBound)
                    left = tree.add(chained || items == nil ? .broken : .membership(left, items ?? [], negated: negated), range, operator: token.range)
                } else {
                    let right = expression(precedence + 1)
                    left = tree.add(chained ? .broken : .binary(token.kind, left, right), span(left, right), operator: token.range)
                }
            } else if token.kind == .junk {
                guard minimum <= 6 else { return left }
                advance()
                if current.kind.startsValue || current.kind == .junk { _ = expression(7) }
                left = tree.add(.broken, tree[left].range)
            } else if token.kind.startsValue {
                guard minimum <= 6 else { return left }
                missingOperator(left, token)
                let right = expression(7)
                left = tree.add(.broken, span(left, right))
            } else if token.kind == .openBracket {
                guard minimum <= 6 else { return left }
                list()
                left = tree.add(.broken, tree[left].range)
            } else {
                return left
            }
        }
    }

    private mutating func missingOperator(_ left: Int, _ token: Token) {
        if tokens[at - 1].kind == .junk { return }
        let before = text(tokens[at - 1].range), after = text(token.range)
        var help = "write + - * / or a comparison between them; joined conditions need 'and' or 'or'"
        if case .name("if") = tree[left].kind { help = "a choice is written if(condition, value, otherwise)" }
        if token.kind == .name, ["if", "else", "then"].contains(token.text) { help = "a choice is written if(condition, value, otherwise)" }
        report(token.range, "an operator is missing between '\(before)' and '\(after)'", help: help)
    }

    private mutating func prefix() -> Int {
        let token = current
        switch token.kind {
        case .minus, .plus:
            advance()
            let operand = expression(7)
            let range = token.range.lowerBound..<max(token.range.upperBound, tree[operand].range.upperBound)
            return tree.add(.unary(token.kind, operand), range, operator: token.range)
        case .not:
            advance()
            let operand = expression(3)
            let range = token.range.lowerBound..<max(token.range.upperBound, tree[operand].range.upperBound)
            return tree.add(.unary(.not, operand), range, operator: token.range)
        case .number:
            advance()
            return tree.add(.number(token.value), token.range)
        case .duration:
            advance()
            return tree.add(.duration(token.value), token.range)
        case .name:
            advance()
            return current.kind == .open ? call(token) : tree.add(.name(token.text), token.range)
        case .open: return parenthesis()
        case .junk:
            advance()
            return tree.add(.broken, token.range)
        case .openBracket:
            list()
            return tree.add(.broken, token.range)
        default:
            return missingValue(token)
        }
    }

    /// Reports that a value should stand here; takes no token.
    private mutating func missingValue(_ token: Token) -> Int {
        let place = token.range.isEmpty ? token.range.lowerBound..<token.range.lowerBound : token.range
        if token.kind == .end, at > 0 {
            let before = tokens[at - 1]
            report(before.range, "a value is missing after '\(text(before.range))'", help: "complete the expression")
        } else if at > 0, tokens[at - 1].kind == .open, token.kind == .close {
            report(tokens[at - 1].range.lowerBound..<token.range.upperBound, "the parentheses are empty", help: "write a value between them")
        } else {
            report(place, "a value is missing before '\(text(token.range))'", help: "write a number, a name or a function call")
        }
        return tree.add(.broken, place.lowerBound..<place.lowerBound)
    }

    private mutating func parenthesis() -> Int {
        let open = current
        advance()
        openParentheses += 1
        defer { openParentheses -= 1 }
        let inner = expression(1)
        while !closes(open, .close, "'(' is never closed", "add ')'") {
            if current.kind == .end || (current.kind == .closeBracket && openBrackets > 0) { return tree.add(.broken, tree[inner].range) }
            strayToken()
            if current.kind.startsValue { _ = expression(1) }
        }
        return inner
    }

    /// Takes the closing token, or reports that it never comes.
    private mutating func closes(_ open: Token, _ kind: TokenKind, _ message: String, _ help: String) -> Bool {
        if current.kind == kind {
            advance()
            return true
        }
        let outer = kind == .close ? current.kind == .closeBracket && openBrackets > 0 : current.kind == .close && openParentheses > 0
        if current.kind == .end || outer { report(open.range, message, help: help) }
        return false
    }

    /// The arguments of a function; the present token is its opening parenthesis.
    private mutating func call(_ name: Token) -> Int {
        let open = current
        advance()
        openParentheses += 1
        defer { openParentheses -= 1 }
        var arguments: [Int] = []
        if current.kind != .close {
            while true {
                arguments.append(argument())
                while ![.comma, .close, .end].contains(current.kind), !(current.kind == .closeBracket && openBrackets > 0) {
                    strayToken()
                    if current.kind.startsValue { _ = argument() }
                }
                guard current.kind == .comma else { break }
                advance()
            }
        }
        let end = current.range.upperBound
        guard closes(open, .close, "'(' of '\(name.text)' is never closed", "add ')'") else {
            return tree.add(.broken, name.range)
        }
        return tree.add(.call(name.text, nameRange: name.range, arguments), name.range.lowerBound..<end)
    }

    private mutating func argument() -> Int {
        let value = expression(1)
        guard current.kind == .arrow else { return value }
        let arrow = current
        advance()
        let result = expression(1)
        return tree.add(.arrow(value, result), span(value, result), operator: arrow.range)
    }

    /// The list after `in`: its items, or nil when it is broken, and where it ends.
    private mutating func members(after token: Token, reportingEmpty: Bool = true) -> (items: [Int]?, end: Int) {
        guard current.kind == .openBracket else {
            report(token.range, "'\(text(token.range))' must be followed by a list", help: "write 'regime in [TRENDING, CRISIS]'")
            let node = current.kind.startsValue ? expression(5) : -1
            return (nil, node < 0 ? token.range.upperBound : tree[node].range.upperBound)
        }
        let open = current
        advance()
        openBrackets += 1
        defer { openBrackets -= 1 }
        if current.kind == .closeBracket {
            if reportingEmpty { report(open.range.lowerBound..<current.range.upperBound, "the list is empty", help: "write 'regime in [TRENDING, CRISIS]'") }
            advance()
            return (nil, tokens[at - 1].range.upperBound)
        }
        var items: [Int] = []
        while true {
            items.append(expression(1))
            while ![.comma, .closeBracket, .end].contains(current.kind), !(current.kind == .close && openParentheses > 0) {
                strayToken()
                if current.kind.startsValue { _ = expression(1) }
            }
            guard current.kind == .comma else { break }
            advance()
        }
        let end = current.range.upperBound
        return closes(open, .closeBracket, "'[' is never closed", "add ']'") ? (items, end) : (nil, end)
    }

    /// A list where none belongs: reported once, its items read for their own faults.
    private mutating func list() {
        // In [[[ only the first is at fault.
        if at == 0 || tokens[at - 1].kind != .openBracket {
            report(current.range, "a list may only follow 'in'", help: "write 'x in [A, B]'; the value n bars ago is lag(x, n), in scripts")
        }
        _ = members(after: current, reportingEmpty: false)
    }
}
