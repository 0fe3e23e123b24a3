/// An expression as written, before names and types are looked at. Nodes lie in one array, children before parents, so
/// that every later pass is a loop and no input, however nested, exhausts the stack.
struct SyntaxTree {
    enum Kind {
        case number(Double)
        case duration(Double)
        case name(String)
        case unary(TokenKind, Int)
        case binary(TokenKind, Int, Int)
        /// `x in [a, b]`, `x not in [a, b]`
        case membership(Int, [Int], negated: Bool)
        case call(String, nameRange: Range<Int>, [Int])
        /// `threshold -> value`, inside `tier` only.
        case arrow(Int, Int)
        /// A part that has already been reported.
        case broken
    }

    struct Node {
        var kind: Kind
        /// Unicode scalars of the text.
        var range: Range<Int>
        /// The operator's own place, for two-sided operators.
        var operatorRange: Range<Int> = 0..<0
    }

    private(set) var nodes: [Node] = []

    mutating func add(_ kind: Kind, _ range: Range<Int>, operator operatorRange: Range<Int> = 0..<0) -> Int {
        nodes.append(Node(kind: kind, range: range, operatorRange: operatorRange))
        return nodes.count - 1
    }

    subscript(index: Int) -> Node { nodes[index] }
}
