internal import ComponentKit
public import Expressions
public import TradingTypes

extension TeacherScript {
    /// Conditions of a script, all parts together: as many as the machine can track.
    static let conditionLimit = 64

    /// Reads `file`. Names of other scripts are looked for as `NAME.yaml` beside it.
    ///
    /// `scope` gives the readable names of an environment. Throws `InputIssues` with every fault of the file (or of a script that it takes a part from), or `InputMissing`.
    public init(file: String, scope: @escaping (EnvironmentKind) -> NameScope) throws {
        try self.init(file: file, text: readTextFile(file), scope: scope)
    }

    public init(file: String, text: String, scope: @escaping (EnvironmentKind) -> NameScope) throws {
        let document = try YAMLDocument(file: file, text: text)
        var reader = ScriptReader(document: document, scope: scope, visited: [file])
        guard let script = reader.read(), !reader.issues.contains(where: { $0.severity == .error }) else {
            throw InputIssues(reader.issues.inFileOrder)
        }
        self = script
    }
}

/// Reads one script file, collecting every fault.
struct ScriptReader {
    let document: YAMLDocument
    let scope: (EnvironmentKind) -> NameScope
    /// Files on the way to this one, to find scripts that take parts from each other in a circle.
    let visited: [String]
    var issues: [InputIssue] = []
    private(set) var names: NameScope
    private(set) var environment = EnvironmentKind.spot
    private(set) var scriptName = ""

    init(document: YAMLDocument, scope: @escaping (EnvironmentKind) -> NameScope, visited: [String]) {
        self.document = document
        self.scope = scope
        self.visited = visited
        names = scope(.spot)
    }

    mutating func read() -> TeacherScript? {
        guard var root = document.root.mapping("a teacher script", &issues) else { return nil }
        root.schema(&issues)
        scriptName = root.string("name", &issues, required: true) ?? ""
        let about = root.string("about", &issues) ?? ""
        guard let kind = root.choice("environment", EnvironmentKind.self, &issues, required: true) else {
            // Nothing can be compiled without knowing the names; unknown keys are still told.
            for key in ["entry", "take_profit", "invalidation", "sizing", "cooldown", "noise"] { _ = root.get(key) }
            root.finish(&issues)
            return nil
        }
        environment = kind
        names = scope(kind)
        let entryValue = root.get("entry"), profitValue = root.get("take_profit"), invalidationValue = root.get("invalidation")
        let entries = entryValue.map { self.entries($0) } ?? []
        let takeProfit = profitValue.flatMap { self.takeProfit($0) }
        let invalidations = invalidationValue.map { self.invalidations($0) } ?? []
        let contracts = sizing(root.get("sizing"))
        let cooldown = root.get("cooldown").flatMap { duration($0, "cooldown") } ?? 0
        let noise = noise(root.get("noise"))
        root.finish(&issues)
        if entryValue == nil, profitValue == nil, invalidationValue == nil {
            issues.append(document.root.issue("empty_script", "the script has none of its parts", help: "add 'entry', 'take_profit' or 'invalidation'"))
        }
        let count = entries.reduce(0) { $0 + $1.steps.count + $1.steps.count { $0.resetWhen != nil } + ($1.resetWhen == nil ? 0 : 1) } + invalidations.count
            + (takeProfit?.tiers.count { $0.when != nil } ?? 0)
        if count > TeacherScript.conditionLimit {
            issues.append(document.root.issue("too_many", "the script has \(count) conditions; a teacher tracks at most \(TeacherScript.conditionLimit)"))
        }
        return TeacherScript(
            name: scriptName, about: about, environment: kind, entries: entries, takeProfit: takeProfit, invalidations: invalidations, contracts: contracts,
            cooldownMinutes: cooldown, noise: noise, file: document.file, text: document.source.lines.joined(separator: "\n"))
    }

    // MARK: Parts of other scripts

    /// The script of that name beside this file, for one of its parts.
    private mutating func other(_ value: YAMLValue, part: String) -> TeacherScript? {
        guard let name = value.scalarText, !value.isNull else { return nil }
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            issues.append(value.issue("script_name", "'\(name)' is not the name of a script", help: "a part is a mapping or a list, or the name of a script in the same folder, without '.yaml'"))
            return nil
        }
        let folder = document.file.lastIndex(of: "/").map { String(document.file[...$0]) } ?? ""
        let path = folder + name + ".yaml"
        guard !visited.contains(path) else {
            issues.append(value.issue("circle", "the \(part) is taken from '\(name)', which takes parts from this script: a circle"))
            return nil
        }
        do {
            var reader = ScriptReader(document: try YAMLDocument(file: path), scope: scope, visited: visited + [path])
            let script = reader.read()
            let faults = reader.issues.filter { $0.severity == .error }
            guard let script, faults.isEmpty else {
                let first = faults.first.map { " (line \($0.line): \($0.message))" } ?? ""
                issues.append(value.issue("broken_script", "the script '\(name)' has faults\(first)", help: "'assay check \(path)' shows them all"))
                return nil
            }
            guard script.environment == environment else {
                issues.append(value.issue("environment", "the script '\(name)' is written for '\(script.environment.rawValue)', this one for '\(environment.rawValue)'"))
                return nil
            }
            return script
        } catch let missing as InputMissing {
            issues.append(value.issue("missing", "there is no script '\(name)' beside this one", help: missing.issue.help ?? "it would be \(path)"))
        } catch let found as InputIssues {
            let first = found.issues.first.map { " (line \($0.line): \($0.message))" } ?? ""
            issues.append(value.issue("broken_script", "the script '\(name)' has faults\(first)"))
        } catch {
            issues.append(value.issue("missing", "the script '\(name)' cannot be read: \(error)"))
        }
        return nil
    }

    private mutating func lacking(_ value: YAMLValue, _ part: String) {
        issues.append(value.issue("missing_part", "the script '\(value.scalarText ?? "")' has no '\(part)'"))
    }

    // MARK: Entry

    private mutating func entries(_ value: YAMLValue) -> [EntryRule] {
        if let items = value.items {
            if items.isEmpty { issues.append(value.issue("type", "'entry' is an empty list")) }
            return items.flatMap { entry($0) }
        }
        return entry(value)
    }

    private mutating func entry(_ value: YAMLValue) -> [EntryRule] {
        if value.isScalar {
            guard !value.isNull else {
                issues.append(value.issue("type", "'entry' is empty", help: "write 'action' and 'steps' below it, or the name of a script"))
                return []
            }
            guard let script = other(value, part: "entry") else { return [] }
            if script.entries.isEmpty { lacking(value, "entry") }
            return script.entries
        }
        guard var mapping = value.mapping("'entry'", &issues) else { return [] }
        let action = self.action(&mapping, "action", required: true)
        var steps: [EntryStep] = []
        if let list = mapping.required("steps", &issues) {
            if let items = list.items, !items.isEmpty {
                var ids: [String: Int] = [:]
                for (k, item) in items.enumerated() {
                    if let step = step(item, number: k, ids: &ids) { steps.append(step) }
                }
            } else {
                issues.append(list.issue("type", "'steps' must be a list with at least one step, each starting with '- id: ...'"))
            }
        }
        let reset = mapping.get("reset_when").flatMap { condition($0, "entry rule", "reset_when") }
        mapping.finish(&issues)
        guard let action, !steps.isEmpty else { return [] }
        return [EntryRule(action: action.code, actionName: action.name, steps: steps, resetWhen: reset, origin: scriptName)]
    }

    private mutating func step(_ item: YAMLValue, number: Int, ids: inout [String: Int]) -> EntryStep? {
        guard var mapping = item.mapping("a step", &issues) else { return nil }
        let id = mapping.string("id", &issues, required: true)
        let when = mapping.required("when", &issues).flatMap { condition($0, "entry rule", "when") }
        let reset = mapping.get("reset_when").flatMap { condition($0, "entry rule", "reset_when") }
        var within: Double?
        if let value = mapping.get("within") {
            if number == 0 {
                issues.append(value.issue("within", "the first step has nothing before it to count from", help: "remove 'within' here; a limit belongs to a later step"))
            } else {
                within = duration(value, "within")
            }
        }
        var back = 0
        if let value = mapping.get("back_to") {
            if let name = value.scalarText, let place = ids[name] {
                back = place
            } else {
                let near = value.scalarText.flatMap { suggestion(for: $0, among: ids.keys) }
                issues.append(value.issue("back_to", "'back_to' must name an earlier step", help: ids.isEmpty ? "the first step has none before it" : "earlier steps: \(ids.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", "))", note: near.map { "did you mean '\($0)'?" }))
            }
        }
        mapping.finish(&issues)
        if let id {
            if let first = ids[id] {
                issues.append(item.issue("duplicate_id", "the step id '\(id)' is already used by step \(first + 1)", help: "every step needs its own id"))
            } else {
                ids[id] = number
            }
        }
        guard let id, let when else { return nil }
        return EntryStep(id: id, when: when, withinMinutes: within, resetWhen: reset, backTo: back)
    }

    private mutating func action(_ mapping: inout YAMLMapping, _ key: String, required: Bool) -> (code: UInt8, name: String)? {
        guard let value = required ? mapping.required(key, &issues) : mapping.get(key) else { return nil }
        let words = environment.entryActions
        guard let name = value.scalarText, words.contains(name), let code = environment.actionNames.firstIndex(of: name) else {
            let near = value.scalarText.flatMap { suggestion(for: $0, among: words) }
            issues.append(value.issue("choice", "'\(key)' must be an action that enters: \(words.joined(separator: ", "))", note: near.map { "did you mean '\($0)'?" }))
            return nil
        }
        return (UInt8(code), name)
    }

    // MARK: Take-profit

    private mutating func takeProfit(_ value: YAMLValue) -> TakeProfitRule? {
        if value.isScalar, !value.isNull {
            guard let script = other(value, part: "take_profit") else { return nil }
            if script.takeProfit == nil { lacking(value, "take_profit") }
            return script.takeProfit
        }
        guard let items = value.items, !items.isEmpty else {
            issues.append(value.issue("type", "'take_profit' must be a list of '- at: ...' and '- runner: ...', or the name of a script"))
            return nil
        }
        var tiers: [TakeProfitRule.Tier] = [], trail: Double?, after: Double?
        for item in items {
            guard var mapping = item.mapping("a step of 'take_profit'", &issues) else { continue }
            if mapping.keys.contains("runner") {
                if trail != nil { issues.append(item.issue("duplicate", "'take_profit' has two runners", help: "keep one of the two")) }
                trail = mapping.number("runner", &issues, in: 1e-6...1)
                after = mapping.number("after", &issues, in: 0...1e6)
                mapping.finish(&issues)
                continue
            }
            let gain = mapping.number("at", &issues, required: true, in: 1e-6...1e6)
            let sell = mapping.required("sell", &issues).flatMap { share($0, "sell") }
            let when = mapping.get("when").flatMap { condition($0, "take-profit rule", "when") }
            mapping.finish(&issues)
            guard let gain, let sell else { continue }
            if let last = tiers.last, gain <= last.gain {
                issues.append(item.issue("order", "the tiers must rise, but \(shortNumber(100 * gain))% follows \(shortNumber(100 * last.gain))%"))
            }
            if trail != nil { issues.append(item.issue("order", "a tier stands behind the runner", help: "the runner is what the last tier leaves: put it at the end")) }
            if let last = tiers.last, last.sell == 1 { issues.append(item.issue("order", "the tier before sells everything, so this one is never reached")) }
            if environment == .spot, sell < 1 {
                issues.append(item.issue("sell", "a spot position is closed as a whole: 'sell' must be 100%", help: "options can be trimmed, spot positions cannot"))
            }
            tiers.append(.init(gain: gain, sell: sell, when: when))
        }
        if tiers.isEmpty, trail == nil { return nil }
        return TakeProfitRule(tiers: tiers, trail: trail, trailAfter: after, origin: scriptName)
    }

    /// `1/3`, `50%` or `0.5`, in (0, 1].
    private mutating func share(_ value: YAMLValue, _ key: String) -> Double? {
        var number = value.number
        if number == nil, let parts = value.scalarText?.split(separator: "/"), parts.count == 2,
            let a = Double(parts[0].trimmingSpaces), let b = Double(parts[1].trimmingSpaces), b > 0
        {
            number = a / b
        }
        guard let number, number > 0, number <= 1 else {
            issues.append(value.issue("type", "'\(key)' must be a share above 0 and at most 1, such as 1/3, 50% or 0.5", help: nil))
            return nil
        }
        return number
    }

    // MARK: Invalidation

    private mutating func invalidations(_ value: YAMLValue) -> [InvalidationRule] {
        if value.isScalar, !value.isNull { return taken(value) }
        guard let items = value.items, !items.isEmpty else {
            issues.append(value.issue("type", "'invalidation' must be a list, each entry starting with '- id: ...', or the name of a script"))
            return []
        }
        var rules: [InvalidationRule] = []
        for item in items {
            if item.isScalar {
                rules += taken(item)
                continue
            }
            guard var mapping = item.mapping("an invalidation", &issues) else { continue }
            let id = mapping.string("id", &issues, required: true)
            let when = mapping.required("when", &issues).flatMap { condition($0, "invalidation rule", "when") }
            let side = action(&mapping, "side", required: false)
            mapping.finish(&issues)
            if let id, let when { rules.append(InvalidationRule(id: id, when: when, side: side?.code, origin: scriptName)) }
        }
        var seen: [String: Int] = [:]
        for (k, rule) in rules.enumerated() {
            let key = "\(rule.id) \(rule.side ?? 0)"
            if seen[key] != nil || rules.contains(where: { $0.id == rule.id && $0.side == nil && rule.side != nil }) {
                issues.append(value.issue("duplicate_id", "the invalidation '\(rule.id)' appears twice", help: "two with one id need different sides"))
            }
            seen[key] = k
        }
        return rules
    }

    private mutating func taken(_ value: YAMLValue) -> [InvalidationRule] {
        guard let script = other(value, part: "invalidation") else { return [] }
        if script.invalidations.isEmpty { lacking(value, "invalidation") }
        return script.invalidations
    }

    // MARK: Sizing and noise

    private mutating func sizing(_ value: YAMLValue?) -> Int? {
        guard let value, var mapping = value.mapping("'sizing'", &issues) else { return nil }
        if environment == .spot, let place = mapping.get("contracts") {
            issues.append(place.issue("sizing", "spot positions have no contracts", help: "remove 'sizing': a spot position is the whole equity"))
        }
        let contracts = mapping.integer("contracts", &issues, in: 1...10_000)
        mapping.finish(&issues)
        return contracts
    }

    private mutating func noise(_ value: YAMLValue?) -> TeacherNoise {
        var noise = TeacherNoise()
        guard let value, var mapping = value.mapping("'noise'", &issues) else { return noise }
        if let delay = mapping.get("delay_bars") {
            let numbers = delay.items?.map(\.number) ?? [delay.number, delay.number]
            if numbers.count == 2, let a = numbers[0], let b = numbers[1], a == a.rounded(), b == b.rounded(), a >= 0, b >= a, b <= 1_000 {
                noise.delayBars = Int(a)...Int(b)
            } else {
                issues.append(delay.issue("type", "'delay_bars' must be two whole numbers, smallest and largest, such as [0, 2]"))
            }
        }
        noise.missedEntries = mapping.number("missed_entries", &issues, in: 0...1) ?? 0
        noise.earlyExits = mapping.number("early_exits", &issues, in: 0...1) ?? 0
        noise.earlyExitBars = mapping.integer("early_exit_bars", &issues, in: 1...100_000) ?? 10
        noise.explore = mapping.number("explore", &issues, in: 0...1) ?? 0
        mapping.finish(&issues)
        return noise
    }

    // MARK: Expressions

    private mutating func condition(_ value: YAMLValue, _ role: String, _ key: String) -> Condition? {
        guard value.isScalar, !value.isNull else {
            issues.append(value.issue("type", "'\(key)' must be an expression, not \(value.kindName)", help: "an expression that starts with { or [ needs quotes"))
            return nil
        }
        guard let expression = compileExpression(value.anchor, scope: names, expecting: .boolean, history: true, issues: &issues) else { return nil }
        var isSound = requireDecisionTime(expression, role: role, value.anchor, issues: &issues)
        for reference in expression.references where names[reference.name]?.readsAction == true && reference.time == .decision {
            issues.append(
                value.anchor.issue(
                    "action", offset: reference.offset, length: reference.length, "\(role) reads '\(reference.name)', which follows from the action that it decides",
                    help: "use 'position' for what is held now"))
            isSound = false
        }
        return isSound ? Condition(expression: expression, text: value.scalarText ?? "", line: value.line) : nil
    }

    /// A constant length of time above 0, in minutes.
    private mutating func duration(_ value: YAMLValue, _ key: String) -> Double? {
        guard value.isScalar, !value.isNull else {
            issues.append(value.issue("type", "'\(key)' must be a length of time such as 45 min, not \(value.kindName)"))
            return nil
        }
        guard let expression = compileExpression(value.anchor, scope: names, expecting: .duration, history: false, issues: &issues) else { return nil }
        guard let minutes = expression.constantValue, minutes > 0, minutes.isFinite else {
            issues.append(value.issue("range", "'\(key)' must be a fixed length of time above 0, such as 45 min or 2 h"))
            return nil
        }
        return minutes
    }
}

extension StringProtocol {
    /// Without spaces at both ends.
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
