package import ComponentKit
public import Expressions
public import TradingTypes

/// One term of a reward file, compiled.
public struct RewardTerm: Sendable {
    public let id: String
    /// 0 makes it a shadow term: measured, not paid.
    public private(set) var weight: Double
    public let accrual: Accrual
    /// The formula as the user wrote it, or the catalogue term with its parameters.
    public let formula: String
    public let body: Body
    /// Line and column of the term in its file.
    public let line: Int
    public let column: Int
    /// Where its weight is written, from 1; in an option of a switch where the chosen one sets it.
    package let weightPlace: (line: Int, column: Int)

    public enum Body: Sendable {
        /// `value` where the condition holds, else 0.
        case expression(TypedExpression)
        case stateful(any StatefulScoring, Provenance, shaping: (any StatefulScoring)? = nil)
        case potential(TypedExpression, gamma: Double)
    }
}

extension RewardTerm {
    /// The same term, weighted otherwise.
    func weighted(_ weight: Double) -> RewardTerm {
        var copy = self
        copy.weight = weight
        return copy
    }
}

/// A choice between readings of an ambiguous design, as listed in a reward file.
public struct RewardSwitch: Sendable {
    public let id: String
    public let about: String
    public let options: [String]
    public let defaultOption: String
    public let chosen: String
}

/// A reward file, read and checked: what is paid, for what, when.
public struct RewardDesign: Sendable {
    public let name: String
    public let about: String
    public let environment: EnvironmentKind
    public private(set) var terms: [RewardTerm]
    public let switches: [RewardSwitch]
    /// As the user named it.
    public let file: String
    public let text: String
    /// Remarks on a sound file, in file order.
    package let warnings: [InputIssue]

    /// Reads `file`. `choices` picks options of the file's switches by id; `gamma` is the discount that potentials use.
    /// Throws `InputIssues` with every fault of the file, or `InputMissing`.
    public init(file: String, scope: NameScope, gamma: Double, choices: [String: String] = [:]) throws {
        try self.init(file: file, text: readTextFile(file), scope: scope, gamma: gamma, choices: choices)
    }

    /// The environment that `file` says it is for; nil where it cannot be told, and reading the file says why.
    public static func environment(of file: String) -> EnvironmentKind? {
        var issues: [InputIssue] = []
        guard let text = try? readTextFile(file), let document = try? YAMLDocument(file: file, text: text), var root = document.root.mapping("a reward file", &issues) else { return nil }
        return root.choice("environment", EnvironmentKind.self, &issues)
    }

    public init(file: String, text: String, scope: NameScope, gamma: Double, choices: [String: String] = [:]) throws {
        let document = try YAMLDocument(file: file, text: text)
        var issues: [InputIssue] = []
        guard var root = document.root.mapping("a reward file", &issues) else { throw InputIssues(issues) }
        root.schema(&issues)
        let name = root.string("name", &issues, required: true)
        let environment = root.choice("environment", EnvironmentKind.self, &issues, required: true)
        let about = root.string("about", &issues) ?? ""
        if let environment, environment != scope.environment, let place = root.get("environment") {
            issues.append(
                place.issue(
                    "environment", "this reward is written for '\(environment.rawValue)', but it is read for '\(scope.environment.rawValue)'",
                    help: "use bars of the matching market, or another reward"))
        }
        let switches = RewardFileReader.switches(root.get("switches"), choices, &issues)
        let patches = switches.reduce(into: [:]) { $0.merge($1.patch) { _, new in new } }
        var terms: [RewardTerm] = []
        if let list = root.required("terms", &issues) {
            if let items = list.items, !items.isEmpty {
                var places: [String: Int] = [:]
                for item in items {
                    // Before the term itself is read: a broken term's id is taken all the same.
                    if let id = RewardFileReader.id(of: item), !id.isEmpty {
                        if let first = places[id] {
                            issues.append(
                                document.source.issue(
                                    "duplicate_id", line: item.line, column: item.column, "the term id '\(id)' is already used on line \(first)",
                                    help: "every term needs its own id"))
                        }
                        places[id] = places[id] ?? item.line
                    }
                    if let term = RewardFileReader.term(item, patches, scope, gamma, &issues) { terms.append(term) }
                }
                for (id, keys) in patches where !items.contains(where: { RewardFileReader.id(of: $0) == id }) {
                    guard let place = keys.first else { continue }
                    let near = suggestion(for: id, among: items.compactMap(RewardFileReader.id(of:)))
                    issues.append(place.value.issue("unknown_term", "a switch patches the term '\(id)', which is not in the list", note: near.map { "did you mean '\($0)'?" }))
                }
            } else {
                issues.append(list.issue("type", "'terms' must be a list with at least one term, each starting with '- id: ...'"))
            }
        }
        root.finish(&issues)
        try issues.throwIfErrors()
        self.name = name ?? ""
        self.about = about
        self.environment = environment ?? .spot
        self.terms = terms
        self.switches = switches.map(\.design)
        self.file = file
        self.text = text
        warnings = issues.inFileOrder
    }
}

/// Reading of the parts of a reward file.
enum RewardFileReader {
    typealias Patch = [String: [(key: String, value: YAMLValue)]]

    static func id(of item: YAMLValue) -> String? {
        var ignored: [InputIssue] = []
        guard var mapping = item.mapping("", &ignored) else { return nil }
        return mapping.get("id")?.scalarText
    }

    /// The file's switches and the patch of each chosen option.
    static func switches(_ value: YAMLValue?, _ choices: [String: String], _ issues: inout [InputIssue]) -> [(design: RewardSwitch, patch: Patch)] {
        guard let value else { return [] }
        guard let items = value.items else {
            issues.append(value.issue("type", "'switches' must be a list, each entry starting with '- id: ...'"))
            return []
        }
        var result: [(RewardSwitch, Patch)] = []
        for item in items {
            guard var mapping = item.mapping("a switch", &issues) else { continue }
            let id = mapping.string("id", &issues, required: true) ?? ""
            let about = mapping.string("about", &issues) ?? ""
            let standard = mapping.string("default", &issues, required: true) ?? ""
            var patches: [String: Patch] = [:]
            var names: [String] = []
            for option in mapping.required("options", &issues)?.items ?? [] {
                guard var entry = option.mapping("an option", &issues) else { continue }
                let optionID = entry.string("id", &issues, required: true) ?? ""
                names.append(optionID)
                var patch: Patch = [:]
                if let set = entry.get("set"), let byTerm = set.mapping("'set'", &issues) {
                    var terms = byTerm
                    for term in byTerm.keys {
                        guard let keys = terms.get(term)?.mapping("the patch of '\(term)'", &issues) else { continue }
                        var reader = keys
                        patch[term] = keys.keys.compactMap { key in reader.get(key).map { (key, $0) } }
                    }
                }
                entry.finish(&issues)
                patches[optionID] = patch
            }
            mapping.finish(&issues)
            if !names.contains(standard), let place = mapping.get("default") {
                issues.append(place.issue("choice", "the default '\(standard)' of switch '\(id)' is none of \(names.joined(separator: ", "))"))
            }
            let chosen = choices[id] ?? standard
            if choices[id] != nil, !names.contains(chosen) {
                issues.append(item.issue("choice", "switch '\(id)' has no option '\(chosen)'", help: "options: \(names.joined(separator: ", "))", note: suggestion(for: chosen, among: names).map { "did you mean '\($0)'?" }))
            }
            result.append((RewardSwitch(id: id, about: about, options: names, defaultOption: standard, chosen: chosen), patches[chosen] ?? [:]))
        }
        return result
    }

    static func term(
        _ item: YAMLValue, _ patches: Patch, _ scope: NameScope, _ gamma: Double, _ issues: inout [InputIssue]
    ) -> RewardTerm? {
        guard var mapping = item.mapping("a term", &issues) else { return nil }
        guard let id = mapping.string("id", &issues, required: true) else { return nil }
        mapping.override(patches[id] ?? [])
        let weight = mapping.number("weight", &issues, required: true)
        let weightPlace = mapping.get("weight").map { ($0.line, $0.column) } ?? (0, 0)
        let givenAccrual = mapping.choice("accrual", Accrual.self, &issues)
        let named = mapping.get("term"), value = mapping.get("value"), when = mapping.get("when"), parameters = mapping.get("parameters")
        mapping.finish(&issues)

        var condition: TypedExpression?
        var isBroken = weight == nil
        if let when {
            condition = expression(when, "when", .boolean, scope, &issues)
            isBroken = isBroken || condition == nil
        }
        if let parameters, named == nil {
            issues.append(parameters.issue("parameters", "'parameters' belongs to 'term', which this term does not have"))
        }
        let body: RewardTerm.Body?
        let formula: String
        if let named {
            if let value {
                issues.append(value.issue("both", "a term has either 'term' or 'value', not both", help: "remove one of the two"))
            }
            formula = named.scalarText ?? ""
            body = catalogueBody(named, parameters, condition, scope, gamma, &issues)
        } else if value == nil, when == nil {
            issues.append(item.issue("empty_term", "the term '\(id)' has neither 'value', 'when' nor 'term': it would pay its weight on every bar whatever happens", help: "add 'when: ...' or 'value: ...' (or 'value: 1' if that is meant)"))
            return nil
        } else {
            let typed = value.flatMap { expression($0, "value", .number, scope, &issues) }
            if value != nil, typed == nil { isBroken = true }
            formula = [value?.scalarText, when?.scalarText.map { "when \($0)" }].compactMap { $0 }.joined(separator: " ")
            let amount = typed ?? TypedExpression.number(1)
            body = .expression(amount.gated(by: condition))
        }
        guard !isBroken, let body, let weight else { return nil }
        let text = formula + (named == nil ? "" : when?.scalarText.map { " when \($0)" } ?? "")
        return RewardTerm(id: id, weight: weight, accrual: givenAccrual ?? .bar, formula: text, body: body, line: item.line, column: item.column, weightPlace: weightPlace)
    }

    private static func expression(
        _ value: YAMLValue, _ key: String, _ type: ValueType, _ scope: NameScope, _ issues: inout [InputIssue]
    ) -> TypedExpression? {
        guard value.isScalar, !value.isNull else {
            issues.append(value.issue("type", "'\(key)' must be an expression, not \(value.kindName)", help: "an expression that starts with { or [ needs quotes"))
            return nil
        }
        return compileExpression(value.anchor, scope: scope, expecting: type, history: false, issues: &issues)
    }

    private static func catalogueBody(
        _ named: YAMLValue, _ parameters: YAMLValue?, _ condition: TypedExpression?, _ scope: NameScope, _ gamma: Double,
        _ issues: inout [InputIssue]
    ) -> RewardTerm.Body? {
        guard let name = named.scalarText, let type = RewardCatalog.standard[name] else {
            let near = named.scalarText.flatMap { suggestion(for: $0, among: RewardCatalog.standard.names) }
            issues.append(
                named.issue(
                    "unknown_term", "unknown reward term '\(named.scalarText ?? "")'", help: "'assay list terms' shows all \(RewardCatalog.terms.count) terms",
                    note: near.map { "did you mean '\($0)'?" }))
            return nil
        }
        let mapping = parameters.flatMap { $0.mapping("'parameters'", &issues) }
        var reader = ParameterReader(card: type.card, scope: scope, gamma: gamma, mapping: mapping, place: named)
        let made = type.body(&reader)
        reader.finish()
        let hasErrors = reader.issues.contains { $0.severity == .error }
        issues.append(contentsOf: reader.issues)
        guard !hasErrors, let made else { return nil }
        switch made {
        case .typed(let expression):
            return .expression(expression.gated(by: condition))
        case .expression(let value, let when):
            var own: [InputIssue] = []
            guard let amount = compileExpression(TextAnchor(text: value), scope: scope, expecting: .number, history: false, issues: &own) else {
                issues.append(named.issue("scope", "the term '\(name)' cannot be used here: \(own.first?.message ?? "its formula does not compile")"))
                return nil
            }
            let inner = when.flatMap { compileExpression(TextAnchor(text: $0), scope: scope, expecting: .boolean, history: false, issues: &own) }
            if when != nil, inner == nil {
                issues.append(named.issue("scope", "the term '\(name)' cannot be used here: \(own.first?.message ?? "its condition does not compile")"))
                return nil
            }
            return .expression(amount.gated(by: inner).gated(by: condition))
        case .stateful(let scorer, let provenance, let shaping):
            if condition != nil {
                issues.append(named.issue("when", "the term '\(name)' keeps a memory of the episode and cannot take a 'when'", help: "remove 'when'"))
                return nil
            }
            return .stateful(scorer, provenance, shaping: shaping)
        case .potential(let phi, let gamma):
            if condition != nil {
                issues.append(named.issue("when", "a potential under a condition would no longer telescope", help: "put the condition inside phi: if(condition, ..., 0)"))
                return nil
            }
            return .potential(phi, gamma: gamma)
        }
    }
}

extension RewardDesign {
    /// The same design with the weights of some terms, by id, replaced: a curriculum's stage.
    package func reweighted(_ weights: [String: Double]) -> RewardDesign {
        var copy = self
        copy.terms = terms.map { term in weights[term.id].map(term.weighted) ?? term }
        return copy
    }
}
