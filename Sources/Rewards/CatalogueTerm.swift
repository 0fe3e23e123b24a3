public import ComponentKit
public import Expressions
public import TradingTypes

/// A reward term that can be named in a reward file (`term: differential_sharpe`), with its card.
///
/// Adding one is one file in `Terms/` and one line in `RewardCatalog`.
public protocol CatalogueTerm: Sendable {
    static var card: Card { get }
    /// Reads the parameters of one use of the term; appends an issue for each that is wrong. Never traps on user input.
    static func body(_ parameters: inout ParameterReader) -> TermBody?
}

/// What a catalogue term turns into.
public enum TermBody: Sendable {
    /// Text in the expression language with the parameters filled in. Provenance is then derived like that of any YAML term.
    case expression(value: String, when: String? = nil)
    /// An expression the user gave as a parameter, wrapped by the term.
    case typed(TypedExpression)
    /// A term with a memory of the episode; what it pays as potential-based shaping is a part of its own.
    case stateful(any StatefulScoring, Provenance, shaping: (any StatefulScoring)? = nil)
    /// `gamma * phi(next) - phi(now)` (Ng, Harada and Russell 1999, theorem 1).
    case potential(TypedExpression, gamma: Double)
}

/// The `parameters:` of one term, read against its card.
public struct ParameterReader {
    public let card: Card
    public let scope: NameScope
    /// The discount that training will use; potentials need it.
    public let gamma: Double
    public internal(set) var issues: [InputIssue] = []
    var mapping: YAMLMapping?
    let place: YAMLValue

    init(card: Card, scope: NameScope, gamma: Double, mapping: YAMLMapping?, place: YAMLValue) {
        self.card = card
        self.scope = scope
        self.gamma = gamma
        self.mapping = mapping
        self.place = place
    }

    /// The number `name`, or its default from the card; out of the card's range is an issue.
    public mutating func number(_ name: String) -> Double {
        guard let parameter = card.parameters.first(where: { $0.name == name }) else {
            preconditionFailure("term '\(card.name)' reads a parameter '\(name)' that its card does not list")
        }
        let given = mapping?.get(name) != nil
        if given, let value = mapping?.number(name, &issues, in: parameter.range) { return value }
        if !given, parameter.defaultValue == nil {
            issues.append(place.issue("missing_parameter", "term '\(card.name)' needs the parameter '\(name)': \(parameter.summary)", help: "'assay explain \(card.name)' shows its card"))
        }
        return parameter.defaultValue ?? parameter.range.lowerBound
    }

    /// The expression `name`, compiled in the reward's scope.
    public mutating func expression(_ name: String, _ type: ValueType, isRequired: Bool = true) -> TypedExpression? {
        guard let value = mapping?.get(name) else {
            if isRequired {
                issues.append(place.issue("missing_parameter", "term '\(card.name)' needs the parameter '\(name)', an expression", help: "'assay explain \(card.name)' shows its card"))
            }
            return nil
        }
        guard value.isScalar, !value.isNull else {
            issues.append(value.issue("type", "'\(name)' must be an expression, not \(value.kindName)"))
            return nil
        }
        return compileExpression(value.anchor, scope: scope, expecting: type, history: false, issues: &issues)
    }

    /// The raw value of a structured parameter.
    public mutating func value(_ name: String, isRequired: Bool = true) -> YAMLValue? {
        if let value = mapping?.get(name) { return value }
        if isRequired {
            issues.append(place.issue("missing_parameter", "term '\(card.name)' needs the parameter '\(name)'", help: "'assay explain \(card.name)' shows its card"))
        }
        return nil
    }

    /// Reports a fault of a structured parameter.
    public mutating func report(_ issue: InputIssue) { issues.append(issue) }

    mutating func finish() { mapping?.finish(&issues) }
}
