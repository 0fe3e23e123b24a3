internal import ComponentKit
public import Expressions
public import TradingTypes

/// Start states taken from demonstrations: bars on the way to the exit of a profitable demonstrated trade.
public struct StartStates: Sendable, Equatable {
    /// Episodes start 1 to this many steps before such an exit.
    public var stepsBeforeExit: Int
    /// Share of the episodes that start there; the others start anywhere, in [0, 1].
    public var share: Double

    public init(stepsBeforeExit: Int, share: Double) {
        self.stepsBeforeExit = stepsBeforeExit
        self.share = share
    }
}

/// One stage: what it draws, what it turns, and when it is over.
public struct CurriculumStage: Sendable {
    public enum Timeout: String, Sendable, CaseIterable { case stay, promote, fail }

    /// Permanent: records name it.
    public let id: String
    /// Codes of the regimes in which episodes start; nil any.
    public let regimes: [UInt8]?
    /// Condition on a day, where the environment has days; nil any.
    public let days: TypedExpression?
    public let start: StartStates?
    /// Values of knobs; what a stage leaves out is as the experiment has it.
    public let knobs: [String: Double]
    /// Names of the allowed actions; nil all.
    public let actions: [String]?
    /// Weights of reward terms by id, in place of the reward file's.
    public let reward: [String: Double]
    /// Steps over which changed reward weights move in a straight line from what they were.
    public let rampSteps: Int
    public let promote, demote: TypedExpression?
    /// Episodes in the stage before either rule counts.
    public let minEpisodes: Int
    public let timeoutSteps: Int?
    public let onTimeout: Timeout
}

/// A curriculum file: stages in order, and how one follows the other.
public struct Curriculum: Sendable {
    public enum Order: String, Sendable, CaseIterable {
        /// One after the other by `promote_when` and `demote_when`.
        case fixed
        /// By turns; the stage whose measure moves most comes oftest (Matiisen et al. 2017; Portelas et al. 2019).
        case learningProgress = "learning_progress"
        /// As fixed, each stage starting further from the goal: needs start states in every stage but the last.
        case backward
    }

    /// What a farm in a stage's reward does before training starts.
    public enum Gate: String, Sendable, CaseIterable { case warn, strict }

    public let name: String
    public let about: String
    public let environment: EnvironmentKind
    public let order: Order
    /// `strict` refuses to train stages whose reward can be farmed.
    public let gate: Gate
    /// Weight of the newest roll-out in the smoothed metrics, in (0, 1].
    public let smoothing: Double
    /// Learning progress: the metric whose movement counts, and the steps of a turn.
    public let measure: CurriculumMetric
    public let turnSteps: Int
    public let stages: [CurriculumStage]
    public let file: String
    public let text: String

    /// Reads `file`. `rewardTerms`: ids that `reward:` may weigh; nil where the reward is not known, then any. `dayNames`: what `draw.days` may read; nil
    /// where the environment has no days. Throws `InputMissing`, or `InputIssues` with every fault of the file.
    public init(file: String, regimes: [String] = Regime.names, rewardTerms: [String]? = nil, dayScope: NameScope? = nil) throws {
        try self.init(file: file, text: readTextFile(file), regimes: regimes, rewardTerms: rewardTerms, dayScope: dayScope)
    }

    public init(file: String, text: String, regimes: [String] = Regime.names, rewardTerms: [String]? = nil, dayScope: NameScope? = nil) throws {
        var issues: [InputIssue] = []
        let document = try YAMLDocument(file: file, text: text)
        guard var root = document.root.mapping("a curriculum file", &issues) else { throw InputIssues(issues) }
        root.schema(&issues)
        name = root.string("name", &issues, required: true) ?? ""
        about = root.string("about", &issues) ?? ""
        environment = root.choice("environment", EnvironmentKind.self, &issues, required: true) ?? .spot
        order = root.choice("order", Order.self, &issues) ?? .fixed
        gate = root.choice("gate", Gate.self, &issues) ?? .warn
        smoothing = root.number("smoothing", &issues, in: 0.001...1) ?? 0.25
        measure = root.choice("measure", CurriculumMetric.self, &issues) ?? .reward
        turnSteps = root.integer("turn_steps", &issues, in: 1...1_000_000_000) ?? 20_000
        self.file = file
        self.text = text
        var reader = StageReader(environment: environment, order: order, regimes: regimes, rewardTerms: rewardTerms, dayScope: dayScope)
        var found: [CurriculumStage] = []
        if let list = root.required("stages", &issues) {
            if let items = list.items, !items.isEmpty {
                for (k, item) in items.enumerated() { if let stage = reader.stage(item, isLast: k + 1 == items.count, &issues) { found.append(stage) } }
            } else {
                issues.append(list.issue("stages", "'stages' must be a list of at least one stage"))
            }
        }
        if order != .learningProgress {
            for key in ["measure", "turn_steps"] {
                if let place = root.keyPosition(key) { issues.append(place.issue("combination", "'\(key)' belongs to order: learning_progress", help: "remove it, or write 'order: learning_progress'")) }
            }
        }
        stages = found
        root.finish(&issues)
        try issues.throwIfErrors()
    }
}

/// Reads the stages of one file.
private struct StageReader {
    let environment: EnvironmentKind
    let order: Curriculum.Order
    let regimes: [String]
    let rewardTerms: [String]?
    let dayScope: NameScope?
    private let metrics: NameScope
    private var places: [String: Int] = [:]

    init(environment: EnvironmentKind, order: Curriculum.Order, regimes: [String], rewardTerms: [String]?, dayScope: NameScope?) {
        self.environment = environment
        self.order = order
        self.regimes = regimes
        self.rewardTerms = rewardTerms
        self.dayScope = dayScope
        metrics = CurriculumMetric.scope(environment, regimes: regimes)
    }

    mutating func stage(_ item: YAMLValue, isLast: Bool, _ issues: inout [InputIssue]) -> CurriculumStage? {
        guard var s = item.mapping("a stage", &issues) else { return nil }
        let id = s.string("id", &issues, required: true) ?? ""
        if let place = s.get("id") {
            if id.isEmpty || !id.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 95 }) {
                issues.append(place.issue("id", "a stage's id is made of small letters, digits, '-' and '_', not '\(id)'"))
            }
            if let line = places[id] { issues.append(place.issue("duplicate", "the stage '\(id)' is defined twice, first in line \(line)", help: "ids are permanent: give the new stage one of its own")) }
            places[id] = places[id] ?? place.line
        }
        var drawn: [UInt8]?, days: TypedExpression?
        if let value = s.get("draw"), !value.isNull, var draw = value.mapping("'draw'", &issues) {
            drawn = codes(draw.get("regimes"), "regime", regimes, &issues).map { $0.map { UInt8($0) } }
            if let place = draw.get("days") {
                if environment == .spot {
                    issues.append(place.issue("combination", "the spot market has no days to choose from", help: "use draw.regimes"))
                } else if let dayScope {
                    days = compileExpression(place.anchor, scope: dayScope, expecting: .boolean, history: false, issues: &issues)
                    if let days { requireDecisionTime(days, role: "draw.days", place.anchor, issues: &issues) }
                }
            }
            draw.finish(&issues)
        }
        let start = startStates(&s, &issues)
        if order == .backward, start == nil, !isLast {
            issues.append(item.issue("missing_key", "the stage '\(id)' has no 'start': order: backward begins near the goal", help: "add 'start:' with 'steps_before_exit: N'; only the last stage may start anywhere"))
        }
        let (knobs, actions, weighed) = knobs(&s, &issues)
        let reward = weights(&s, &issues).merging(weighed) { $1 }
        let ramp = s.integer("ramp_steps", &issues, in: 0...1_000_000_000) ?? 0
        let promote = rule("promote_when", &s, &issues), demote = rule("demote_when", &s, &issues)
        let minimum = s.integer("min_episodes", &issues, in: 0...1_000_000_000) ?? 0
        let timeout = s.integer("timeout_steps", &issues, in: 1...1_000_000_000_000)
        let onTimeout = s.choice("on_timeout", CurriculumStage.Timeout.self, &issues)
        if onTimeout != nil, timeout == nil, let place = s.keyPosition("on_timeout") { issues.append(place.issue("combination", "'on_timeout' without 'timeout_steps' never happens")) }
        if order == .learningProgress {
            for key in ["promote_when", "demote_when", "timeout_steps", "on_timeout", "min_episodes"] {
                if let place = s.keyPosition(key) { issues.append(place.issue("combination", "'\(key)' has no place in order: learning_progress, which takes turns by itself")) }
            }
        } else if !isLast, promote == nil, s.keyPosition("promote_when") == nil, onTimeout != .promote {
            issues.append(item.issue("unreachable", "nothing leads on from the stage '\(id)'", help: "add 'promote_when:', or 'timeout_steps:' with 'on_timeout: promote'"))
        }
        s.finish(&issues)
        return CurriculumStage(
            id: id, regimes: drawn, days: days, start: start, knobs: knobs, actions: actions, reward: reward, rampSteps: ramp, promote: promote, demote: demote,
            minEpisodes: minimum, timeoutSteps: timeout, onTimeout: onTimeout ?? .stay)
    }

    /// Indices of listed words among `known`.
    private func codes(_ value: YAMLValue?, _ what: String, _ known: [String], _ issues: inout [InputIssue]) -> [Int]? {
        guard let value, !value.isNull else { return nil }
        guard let items = value.items, !items.isEmpty else {
            issues.append(value.issue("type", "a list of \(what)s is needed here", help: "for instance [\(known.prefix(2).joined(separator: ", "))]"))
            return nil
        }
        var found: [Int] = []
        for item in items {
            let word = item.scalarText ?? ""
            if let code = known.firstIndex(of: word) { found.append(code) } else {
                issues.append(
                    item.issue("choice", "unknown \(what) '\(word)'", help: "known: \(known.joined(separator: ", "))", note: suggestion(for: word, among: known).map { "did you mean '\($0)'?" }))
            }
        }
        return found
    }

    private func startStates(_ s: inout YAMLMapping, _ issues: inout [InputIssue]) -> StartStates? {
        guard let value = s.get("start"), !value.isNull, var start = value.mapping("'start'", &issues) else { return nil }
        let steps = start.integer("steps_before_exit", &issues, required: true, in: 1...1_000_000), share = start.number("share", &issues, in: 0...1)
        start.finish(&issues)
        return steps.map { StartStates(stepsBeforeExit: $0, share: share ?? 1) }
    }

    /// Knobs' values, the allowed actions, and weights written as `reward.TERM`.
    private func knobs(_ s: inout YAMLMapping, _ issues: inout [InputIssue]) -> ([String: Double], [String]?, [String: Double]) {
        guard let value = s.get("knobs"), !value.isNull, var mapping = value.mapping("'knobs'", &issues) else { return ([:], nil, [:]) }
        var found: [String: Double] = [:], actions: [String]?, weighed: [String: Double] = [:]
        let known = KnobCatalog.knobs.filter { $0.environments.contains(environment) }.map(\.name) + (environment == .options ? ["actions"] : [])
        for key in mapping.keys {
            if key == "actions", environment == .options {
                let names = environment.actionNames
                actions = codes(mapping.get(key), "action", names, &issues).map { $0.map { names[$0] } }
                if let list = actions, !list.contains("HOLD"), let place = mapping.get(key) { issues.append(place.issue("actions", "HOLD must be among the allowed actions")) }
                continue
            }
            if key.hasPrefix("reward.") {
                let term = String(key.dropFirst("reward.".count))
                if let place = mapping.keyPosition(key) { requireTerm(term, place, &issues) }
                if let weight = mapping.number(key, &issues) { weighed[term] = weight }
                continue
            }
            guard let knob = KnobCatalog.knob(key), knob.environments.contains(environment) else {
                if let place = mapping.keyPosition(key) {
                    let elsewhere = KnobCatalog.knob(key) != nil ? "the \(environment.rawValue) environment has no knob '\(key)'" : "'\(key)' is no knob: no component lets it be turned"
                    issues.append(place.issue("unknown_knob", elsewhere, help: "knobs: \(known.joined(separator: ", "))", note: suggestion(for: key, among: known).map { "did you mean '\($0)'?" }))
                }
                _ = mapping.get(key)
                continue
            }
            if let number = mapping.number(key, &issues, in: knob.range) {
                if knob.isWhole, number.rounded() != number, let place = mapping.get(key) { issues.append(place.issue("type", "'\(key)' must be a whole number of \(knob.unit)")) }
                found[knob.name] = number
            }
        }
        return (found, actions, weighed)
    }

    private func requireTerm(_ id: String, _ place: YAMLValue, _ issues: inout [InputIssue]) {
        guard let rewardTerms, !rewardTerms.contains(id) else { return }
        issues.append(place.issue("unknown_term", "the reward has no term '\(id)'", help: "terms: \(rewardTerms.joined(separator: ", "))", note: suggestion(for: id, among: rewardTerms).map { "did you mean '\($0)'?" }))
    }

    private func weights(_ s: inout YAMLMapping, _ issues: inout [InputIssue]) -> [String: Double] {
        guard let value = s.get("reward"), !value.isNull, var mapping = value.mapping("'reward'", &issues) else { return [:] }
        var found: [String: Double] = [:]
        for key in mapping.keys {
            if let place = mapping.keyPosition(key) { requireTerm(key, place, &issues) }
            if let weight = mapping.number(key, &issues) { found[key] = weight }
        }
        return found
    }

    private func rule(_ key: String, _ s: inout YAMLMapping, _ issues: inout [InputIssue]) -> TypedExpression? {
        guard let value = s.get(key), !value.isNull else { return nil }
        var found: [InputIssue] = []
        let expression = compileExpression(value.anchor, scope: metrics, expecting: .boolean, history: false, issues: &found)
        for k in found.indices where found[k].code.contains("name") || found[k].code == "unknown" { found[k].help = "metrics: \(CurriculumMetric.words.joined(separator: ", "))" }
        issues += found
        if let expression, expression.names.contains("action") {
            issues.append(value.issue("metric", "'\(key)' reads 'action'; it judges metrics over many steps", help: "metrics: \(CurriculumMetric.words.joined(separator: ", "))"))
        }
        return expression
    }
}
