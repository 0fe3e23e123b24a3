public import ComponentKit
internal import TradingTypes

/// At most this many issues are reported for one expression.
private let issueLimit = 100

/// Parses and checks the expression at `anchor`.
///
/// Every fault is appended to `issues`, in the order of the text, each with its exact place. Gives nil when there is one.
/// - Parameters:
///   - expecting: the type that the place needs; another type is a fault.
///   - history: whether the functions that look back over bars may be used (scripts and rules, not rewards).
public func compileExpression(
    _ anchor: TextAnchor, scope: NameScope, expecting: ValueType, history: Bool, issues: inout [InputIssue]
) -> TypedExpression? {
    let parser = Parser(anchor)
    var found = parser.issues
    var result: TypedExpression?
    if parser.root >= 0 {
        var checker = TypeChecker(parser, scope: scope, history: history)
        let root = checker.checked[parser.root]
        if let type = root.type, type != expecting, parser.issues.isEmpty {
            let range = parser.tree[parser.root].range
            let help =
                switch (expecting, type) {
                case (.boolean, _): checker.conditionRemedy(type)
                case (.duration, .number): "give the number a unit: 45 min, 2 h"
                case (.number, _): checker.remedy(type)
                case (.action, _): "actions: \(scope.constantNames(.action).joined(separator: ", "))"
                case (.regime, _): "regimes: \(scope.constantNames(.regime).joined(separator: ", "))"
                default: "durations look like 45 min or 2 h"
                }
            checker.report("type", range, "\(expecting.phrase) is needed here, but this is \(type.phrase)", help: help)
        }
        found += checker.issues
        if found.isEmpty, root.node >= 0 {
            result = TypedExpression(graph: checker.graph, root: root.node, text: anchor.text, references: checker.references)
        }
    }
    let ordered = found.inFileOrder
    issues += ordered.prefix(issueLimit)
    if ordered.count > issueLimit {
        issues.append(anchor.issue("too_many", offset: 0, "\(ordered.count - issueLimit) more faults of this expression are not shown", help: "mend the first ones and try again"))
    }
    return result
}
