public import ComponentKit
public import TradingTypes

/// A checked expression: its type, when its value is known, what it reads.
///
/// The facts are derived from the names it reads, through every operator; nothing is declared. A name that appears in a
/// branch counts even where the branch is never taken.
public struct TypedExpression: Sendable {
    /// One place where the text reads a name.
    public struct Reference: Sendable, Equatable {
        public let name: String
        public let time: InformationTime
        public let readsPath: Bool
        /// Unicode scalars from the start of the text.
        public let offset: Int
        public let length: Int
    }

    let graph: ExpressionGraph
    let root: Int
    /// The text as written; for an expression made out of others (`linearParts`, `gated`), the text of its origin.
    public let text: String
    /// Where the text reads names, in its order; empty for expressions made out of others.
    public let references: [Reference]
    /// The names that the value depends on. Constants (actions, regimes) are not among them.
    public let names: Set<String>

    init(graph: ExpressionGraph, root: Int, text: String, references: [Reference] = []) {
        self.graph = graph
        self.root = root
        self.text = text
        self.references = references
        let reached = graph.reachable(from: root)
        var names: Set<String> = []
        for (i, node) in graph.nodes.enumerated() where i <= root && reached[i] && node.name >= 0 { names.insert(graph.names[node.name].name) }
        self.names = names
    }

    public var type: ValueType { graph[root].type }
    /// The latest time of everything that is read.
    public var time: InformationTime { graph[root].time }
    /// True when the value depends on what the agent did before.
    public var readsPath: Bool { graph[root].readsPath }
    /// True when the value depends on the action chosen now.
    public var readsAction: Bool { graph[root].readsAction }
    /// The value, where no name is needed to know it.
    public var constantValue: Double? { graph[root].constant }
    /// What a reward that pays this value pays: uncertain when it reads an outcome, else path, else guaranteed.
    public var provenance: Provenance { graph[root].provenance }
    /// True when the value looks back over bars (`lag`, `since`, ...).
    public var usesHistory: Bool {
        let reached = graph.reachable(from: root)
        return graph.nodes.indices.contains { reached[$0] && graph[$0].operation.isHistory }
    }

    /// A fixed number, such as the `value: 1` that a reward term without `value` means.
    public static func number(_ value: Double) -> TypedExpression {
        var graph = ExpressionGraph()
        let root = graph.constant(value, .number)
        return TypedExpression(graph: graph, root: root, text: shortNumber(value))
    }

    /// `self` on the rows where `condition` holds, 0 elsewhere; `self` when there is no condition.
    ///
    /// Reads whatever the condition reads: a reward paid `when` an outcome holds is uncertain, however certain its value.
    /// Where the condition does not hold the value is exactly 0, even if `self` is NaN there.
    public func gated(by condition: TypedExpression?) -> TypedExpression {
        guard let condition else { return self }
        precondition(condition.type == .boolean, "a value is gated by a condition, not by \(condition.type.phrase)")
        var graph = self.graph
        let offset = graph.append(condition.graph)
        let zero = graph.constant(0, type)
        let gated = graph.add(.select, condition.root + offset, root, zero, type: type)
        return TypedExpression(graph: graph, root: gated, text: "\(text) when \(condition.text)")
    }
}

/// Reports every name in `expression` that is known only after the action, as an error at its place, for parts of a file
/// that act at the decision: entry rules, features, promotion rules.
///
/// - Parameter role: what the expression is, for the message ("entry rule").
/// - Returns: true when the expression reads decision-time names only.
@discardableResult
public func requireDecisionTime(
    _ expression: TypedExpression, role: String, _ anchor: TextAnchor, issues: inout [InputIssue]
) -> Bool {
    for reference in expression.references where reference.time == .outcome {
        issues.append(
            anchor.issue(
                "outcome", offset: reference.offset, length: reference.length,
                "\(role) reads '\(reference.name)', which is known only after the action",
                help: "only a reward may read outcomes; here use names that are known at the decision"))
    }
    return expression.time == .decision
}
