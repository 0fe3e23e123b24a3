internal import ComponentKit
internal import RealModule

/// Where a log of any other kind holds its step, its actions and its curves: `--map FILE`. docs/postmortem.md explains the keys.
///
/// `format: lines` finds them by regular expressions with one capture group; a step's record ends where the next step's line begins. `json`, `jsonl` and `csv` find them by field:
/// a column, or a path of keys (`metrics.hold`).
package struct LogMap: Sendable {
    package enum Format: String, Sendable, CaseIterable { case lines, json, jsonl, csv }
    package enum Measure: String, Sendable, CaseIterable { case share, percent, count }
    /// On which side of the step's line a value stands: `after` it, or `before` it, as where a log prints an evaluation and then the episode's title.
    package enum Place: String, Sendable, CaseIterable { case before, after }
    package enum Unit: String, Sendable, CaseIterable { case nats, bits }

    /// Where one number stands.
    package struct Locator: Sendable {
        package var field: String
        /// The pattern's text; compiled where it is used, since a compiled one cannot be shared.
        package var pattern: String?
        package var place = Place.after
        package var scale = 1.0
    }

    package struct Action: Sendable {
        package var name: String
        package var measure: Measure
        package var locator: Locator
    }

    package let name: String
    package let about: String
    package let format: Format
    /// Path to the list of records in a JSON document; empty for the document itself.
    package let records: String
    package let stepUnit: String
    package let step: Locator
    package let actions: [Action]
    package let executed: [Action]
    package let curves: [(quantity: TrainingLog.Quantity, locator: Locator)]
    package let algorithm: String?
    package let isSmoothed: Bool
    package let actionCount: Int?
    package let file: String

    /// Throws `InputMissing`, or `InputIssues` with every fault of the file.
    package init(file: String) throws { try self.init(file: file, text: readTextFile(file)) }

    package init(file: String, text: String) throws {
        var issues: [InputIssue] = []
        let document = try YAMLDocument(file: file, text: text)
        guard var root = document.root.mapping("a log map", &issues) else { throw InputIssues(issues) }
        root.schema(&issues)
        self.file = file
        name = root.string("name", &issues, required: true) ?? ""
        about = root.string("about", &issues) ?? ""
        let format = root.choice("format", Format.self, &issues, required: true) ?? .lines
        self.format = format
        records = root.string("records", &issues) ?? ""
        stepUnit = root.string("unit", &issues) ?? "steps"
        algorithm = root.string("algorithm", &issues)?.lowercased()
        isSmoothed = root.bool("smoothed", &issues) ?? false
        actionCount = root.integer("action_count", &issues, in: 2...1_000).map { Int($0) }
        var step = Locator(field: "")
        if let value = root.required("step", &issues), var mapping = value.mapping("'step'", &issues) {
            step = Self.locator(&mapping, value, format, &issues)
            mapping.finish(&issues)
        }
        self.step = step
        func actions(_ key: String) -> [Action] {
            guard let list = root.get(key) else { return [] }
            guard let items = list.items else {
                issues.append(list.issue("type", "'\(key)' must be a list, each entry starting with '- name: HOLD'"))
                return []
            }
            return items.compactMap { item in
                guard var mapping = item.mapping("an action", &issues) else { return nil }
                defer { mapping.finish(&issues) }
                let name = mapping.string("name", &issues, required: true) ?? ""
                let measure = mapping.choice("measure", Measure.self, &issues) ?? .share
                return Action(name: ActionNames.normalised(name), measure: measure, locator: Self.locator(&mapping, item, format, &issues))
            }
        }
        self.actions = actions("actions")
        executed = actions("executed")
        var curves: [(quantity: TrainingLog.Quantity, locator: Locator)] = []
        if let list = root.get("curves") {
            for item in list.items ?? [] {
                guard var mapping = item.mapping("a curve", &issues) else { continue }
                let quantity = mapping.choice("quantity", TrainingLog.Quantity.self, &issues, required: true)
                let unit = mapping.choice("unit", Unit.self, &issues)
                let factor = mapping.number("scale", &issues, in: -1e12...1e12) ?? 1
                var locator = Self.locator(&mapping, item, format, &issues)
                locator.scale = factor * (unit == .bits ? Double.log(2) : 1)
                mapping.finish(&issues)
                if let quantity { curves.append((quantity, locator)) }
            }
            if list.items == nil { issues.append(list.issue("type", "'curves' must be a list, each entry starting with '- quantity: reward'")) }
        }
        self.curves = curves
        if self.actions.isEmpty, curves.isEmpty, issues.isEmpty {
            issues.append(document.root.issue("empty", "the map names neither actions nor curves: nothing could be read", help: "add 'actions:' with a share or count each, or 'curves:' such as reward and round_trips"))
        }
        let measures = Set(self.actions.map(\.measure))
        if measures.contains(.count), measures.count > 1 { issues.append(document.root.issue("measure", "some actions are counts and others shares: give all of them in one measure")) }
        root.finish(&issues)
        try issues.throwIfErrors()
    }

    private static func locator(_ mapping: inout YAMLMapping, _ value: YAMLValue, _ format: Format, _ issues: inout [InputIssue]) -> Locator {
        var out = Locator(field: "")
        out.place = mapping.choice("place", Place.self, &issues) ?? .after
        if format == .lines {
            let pattern = mapping.string("pattern", &issues, required: true) ?? ""
            do {
                let compiled = try Regex<AnyRegexOutput>(pattern)
                // What the expression would give is only known from a match; an expression without a group has one element.
                if !pattern.contains("(") { issues.append((mapping.get("pattern") ?? value).issue("pattern", "the pattern has no group: put the number in parentheses", help: "such as '^Episode (\\d+)/'")) }
                _ = compiled
            } catch {
                issues.append((mapping.get("pattern") ?? value).issue("pattern", "is no regular expression: \(error)", help: "write it in single quotes, so that YAML leaves backslashes alone"))
            }
            out.pattern = pattern
        } else {
            out.field = mapping.string("field", &issues, required: true) ?? ""
        }
        return out
    }
}
