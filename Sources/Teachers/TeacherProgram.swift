public import ComponentKit
public import Expressions
public import TradingTypes

/// A script made ready for one market: what reads only the market is a bit per condition and row, the rest is evaluated step by step.
///
/// R rows. 8 bytes a row, and 8 more for every sub-expression of the market that a condition on the agent's path needs.
public final class TeacherProgram: Sendable {
    public let script: TeacherScript
    /// What the script's conditions are, in the order of their bits.
    package let conditions: [Condition]
    /// One bit a condition that reads only the market, [R].
    package let bits: [UInt64]
    /// Index among the path conditions, or -1 for a condition that has a bit.
    let pathIndex: [Int]
    package let path: StepConditions
    /// [R x M]: the market parts of path conditions.
    let marketParts: [Double]
    let partCount: Int
    /// Time of each row in minutes; only differences matter.
    let minutes: [Double]
    let layout: Layout
    // The entries once more, laid out flat for the machine: steps of entry e are `stepStart[e]..<stepStart[e + 1]`; -1 is no condition.
    let stepStart: [Int], whens: [Int], stepResets: [Int], resets: [Int]
    let limits: [Double], backTo: [Int]
    let entryActions: [UInt8], firstStates: [Int]
    let invalidationConditions: [Int], tierConditions: [Int]
    /// Names of the script's states, by code: what `TeacherDecision.state` means.
    public let states: [String]

    /// Where conditions and states lie.
    struct Layout: Sendable {
        struct Entry: Sendable {
            var reset = -1
            var when: [Int] = [], stepReset: [Int] = []
            var firstState = 0
        }
        var entries: [Entry] = []
        var invalidations: [Int] = []
        var tiers: [Int] = []
        var entering = 0, enter = 0, cooldown = 0, firstTier = 0, exit = 0
    }

    /// - Parameters:
    ///   - rows: R.
    ///   - segments: stretches of rows that history functions do not look across (days); together all rows.
    ///   - minutes: time of each row, [R].
    ///   - column: a market column by name, [R]; nil when this market has none of that name.
    /// Throws `InputIssues` when the script reads something that this market lacks.
    public init(_ script: TeacherScript, rows: Int, segments: [Range<Int>], minutes: [Double], column: (String) -> Column?) throws(InputIssues) {
        precondition(minutes.count == rows && segments.reduce(0) { $0 + $1.count } == rows, "rows \(rows), times \(minutes.count), segments of \(segments.reduce(0) { $0 + $1.count })")
        self.script = script
        self.minutes = minutes
        var conditions: [Condition] = [], layout = Layout(), states: [String] = []
        func add(_ condition: Condition?) -> Int {
            guard let condition else { return -1 }
            conditions.append(condition)
            return conditions.count - 1
        }
        let isPlain = script.entries.count <= 1
        for entry in script.entries {
            var place = Layout.Entry(reset: add(entry.resetWhen), firstState: states.count)
            for step in entry.steps {
                place.when.append(add(step.when))
                place.stepReset.append(add(step.resetWhen))
                states.append("await \(step.id)" + (isPlain ? "" : " (\(entry.actionName))"))
            }
            layout.entries.append(place)
        }
        for rule in script.invalidations { layout.invalidations.append(add(rule.when)) }
        for tier in script.takeProfit?.tiers ?? [] { layout.tiers.append(add(tier.when)) }
        layout.entering = states.count
        layout.enter = states.count + 1
        layout.cooldown = states.count + 2
        layout.firstTier = states.count + 3
        states += ["delayed entry", "enter", "cooldown", "in trade"]
        let tierCount = script.takeProfit?.tiers.count ?? 0
        for k in 0..<tierCount { states.append("in trade, \(k + 1) of \(tierCount) tiers paid") }
        layout.exit = states.count
        states.append("exit")
        self.conditions = conditions
        self.layout = layout
        stepStart = layout.entries.reduce(into: [0]) { $0.append($0.last! + $1.when.count) }
        whens = layout.entries.flatMap(\.when)
        stepResets = layout.entries.flatMap(\.stepReset)
        resets = layout.entries.map(\.reset)
        limits = script.entries.flatMap { $0.steps.map { $0.withinMinutes ?? .infinity } }
        backTo = script.entries.flatMap { $0.steps.map(\.backTo) }
        entryActions = script.entries.map(\.action)
        firstStates = layout.entries.map(\.firstState)
        invalidationConditions = layout.invalidations
        tierConditions = layout.tiers
        self.states = states

        var pathIndex: [Int] = [], onPath: [TypedExpression] = []
        for condition in conditions {
            pathIndex.append(condition.readsOnlyMarket ? -1 : onPath.count)
            if !condition.readsOnlyMarket { onPath.append(condition.expression) }
        }
        self.pathIndex = pathIndex
        path = StepConditions(onPath)
        partCount = path.marketParts.count

        var table = ColumnTable(rowCount: rows)
        var issues: [InputIssue] = []
        for (k, condition) in conditions.enumerated() {
            let inParts = pathIndex[k] < 0 ? condition.expression.names : Set(path.marketParts.flatMap(\.names)).intersection(condition.expression.names)
            for name in inParts.sorted() where table[name] == nil {
                if let values = column(name) {
                    table[name] = values
                } else {
                    issues.append(
                        InputIssue(
                            code: "no_column", file: script.file, line: condition.line, message: "the script reads '\(name)', which this market does not have",
                            help: "give bars that hold it (companions, VIX), or use another name"))
                }
            }
        }
        if !issues.isEmpty { throw InputIssues(issues) }
        func values(_ expression: TypedExpression) -> [Double] {
            let program = ColumnProgram(expression)
            if segments.count <= 1 || !expression.usesHistory { return program.values(table, rows: 0..<rows) }
            var all = [Double](repeating: 0, count: rows)
            for segment in segments { all.replaceSubrange(segment, with: program.values(table, rows: segment)) }
            return all
        }
        var bits = [UInt64](repeating: 0, count: rows)
        for (k, condition) in conditions.enumerated() where pathIndex[k] < 0 {
            let held = values(condition.expression)
            for t in 0..<rows where held[t] != 0 { bits[t] |= 1 << UInt64(k) }
        }
        self.bits = bits
        let columns = path.marketParts.map(values)
        var parts = [Double](repeating: 0, count: rows * columns.count)
        for (p, column) in columns.enumerated() { for t in 0..<rows { parts[t * columns.count + p] = column[t] } }
        marketParts = parts
    }

    /// Names of the columns that the script reads from the market.
    public static func marketNames(_ script: TeacherScript, scope: NameScope) -> Set<String> {
        let all = script.entries.flatMap { [$0.resetWhen] + $0.steps.flatMap { [$0.when, $0.resetWhen] } } + script.invalidations.map { $0.when }
            + (script.takeProfit?.tiers.map(\.when) ?? [])
        return Set(all.compactMap { $0 }.flatMap { $0.expression.names }).filter { scope[$0]?.readsPath == false }
    }
}
