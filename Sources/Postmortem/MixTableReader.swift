internal import ComponentKit

/// A table of mixes over time, in CSV or Markdown, as people paste them: a column of steps, a column a action in percent or as fractions.
///
/// In a Markdown file the first table with such columns is read; other text around it does not matter.
package enum MixTableReader {
    private static let stepNames: Set = ["STEP", "STEPS", "TIMESTEP", "TIMESTEPS", "TOTAL_TIMESTEPS", "TIME/TOTAL_TIMESTEPS", "EPISODE", "EPISODES", "UPDATE", "UPDATES", "ITERATION", "ITERATIONS", "EPOCH", "EPOCHS"]

    struct Column {
        var index: Int
        var name: String
    }

    /// Where a header says what stands. Nil when it has no steps or fewer than two actions, one of which does nothing.
    struct Layout {
        var step: Column
        var regime, decisions, reward, setup, trips, entropy: Column?
        var actions: [Column] = []
        var executed: [Column] = []

        init?(_ header: [String]) {
            var step: Column?
            for (k, cell) in header.enumerated() {
                let plain = ActionNames.normalised(cell), bare = MixTableReader.bare(cell)
                if MixTableReader.stepNames.contains(plain) {
                    if step == nil { step = Column(index: k, name: plain) }
                } else if ["REGIME", "MARKET", "SYMBOL"].contains(plain) {
                    regime = Column(index: k, name: cell)
                } else if ["DECISIONS", "COUNT", "N", "SAMPLES"].contains(plain) {
                    decisions = Column(index: k, name: cell)
                } else if plain.contains("SETUP") || plain.contains("LIFT") {
                    if setup == nil { setup = Column(index: k, name: plain.contains("LIFT") ? "lift" : "rate") }
                } else if ["REWARD", "EP_REW_MEAN", "ROLLOUT/EP_REW_MEAN", "RETURN", "MEAN_REWARD", "EPISODE_REWARD"].contains(plain) {
                    reward = Column(index: k, name: cell)
                } else if ["ROUND_TRIPS", "TRADES", "COMPLETED_TRADES", "COMPLETED_ROUND_TRIPS"].contains(plain) {
                    trips = Column(index: k, name: cell)
                } else if ["ENTROPY", "ENTROPY_NATS"].contains(plain) {
                    entropy = Column(index: k, name: cell)
                } else if bare.hasPrefix("EXECUTED_") {
                    executed.append(Column(index: k, name: String(bare.dropFirst(9))))
                } else if MixTableReader.isAction(bare) {
                    actions.append(Column(index: k, name: bare))
                }
            }
            guard let step, actions.count >= 2, ActionNames.hold(in: actions.map(\.name)) != nil else { return nil }
            self.step = step
        }
    }

    private static func bare(_ cell: String) -> String {
        var name = ActionNames.normalised(cell.replacing("%", with: "").replacing("(", with: "").replacing(")", with: ""))
        while name.hasSuffix("_") { name.removeLast() }
        while name.hasPrefix("_") { name.removeFirst() }
        for prefix in ["SAMPLED_", "MIX/", "SHARE_", "CHOSEN_", "P_", "PCT_"] where name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
        for suffix in ["_SHARE", "_PCT", "_PERCENT", "_RATE", "_FRACTION", "_RATIO"] where name.hasSuffix(suffix) { name = String(name.dropLast(suffix.count)) }
        return name
    }

    private static func isAction(_ name: String) -> Bool {
        ActionNames.hold(in: [name]) != nil || ActionNames.isEntry(name)
            || ["SELL", "TRIM", "EXIT", "CLOSE", "REDUCE", "OTHER", "OTHERS", "SELL_CALL", "SELL_PUT"].contains(name)
    }

    /// Whether `line` could be the header of such a table.
    package static func isHeader(_ line: String) -> Bool { cells(line).flatMap { Layout($0) } != nil }

    private static func cells(_ line: String) -> [String]? {
        if let row = TextCells.markdown(line) { return row }
        guard line.contains(",") || line.contains("\t") || line.contains(";") else { return nil }
        let separator: Character = line.contains("\t") ? "\t" : line.contains(",") ? "," : ";"
        return TextCells.csv(line, separator: separator)
    }

    /// Reads `lines`. Throws `InputIssues` with every fault (up to twenty): a cell that is no number, shares that do not sum to 1, steps that do not rise, no rows.
    package static func read(_ lines: [String], source: String) throws -> TrainingLog {
        let text = SourceText(file: source, text: lines.joined(separator: "\n"))
        guard let at = lines.firstIndex(where: { isHeader($0) }), let header = cells(lines[at]), let layout = Layout(header) else {
            throw InputIssues(
                InputIssue(
                    code: "no_table", file: source, message: "holds no table of mixes: no header with a step and at least two actions, one of them HOLD or its like",
                    help: "a table looks like 'step,HOLD,LONG,SHORT' or '| Step | HOLD % | BUY % |'; describe any other log with --map FILE (docs/postmortem.md)"))
        }
        let isMarkdown = TextCells.markdown(lines[at]) != nil
        var issues: [InputIssue] = [], rows: [Row] = []
        for k in at + 1..<max(at + 1, lines.count) {
            if TextCells.trimmed(lines[k]).isEmpty, !isMarkdown { continue }
            guard let row = cells(lines[k]), TextCells.markdown(lines[k]) != nil || !isMarkdown else { break }
            if TextCells.isRule(row) { continue }
            if issues.count >= 20 { break }
            func number(_ column: Column) -> Double? {
                guard column.index < row.count, let found = TextCells.number(row[column.index]) else {
                    let cell = column.index < row.count ? row[column.index] : ""
                    issues.append(text.issue("number", line: k + 1, column: 1, "'\(cell)' in column '\(header[column.index])' is no number", help: "write steps as 5000 or 5,000 and shares as 55.8, 55.8% or 0.558"))
                    return nil
                }
                return found.value
            }
            func optional(_ column: Column?) -> Double? { column.flatMap { $0.index < row.count ? TextCells.number(row[$0.index])?.value : nil } }
            guard let step = number(layout.step) else { continue }
            let shares = layout.actions.map { number($0) ?? .nan }
            if shares.contains(where: { $0.isNaN }) { continue }
            rows.append(
                Row(
                    line: k + 1, step: step, regime: layout.regime.flatMap { $0.index < row.count ? row[$0.index] : nil }, shares: shares,
                    executed: layout.executed.compactMap { optional($0) }, decisions: optional(layout.decisions), reward: optional(layout.reward), setup: optional(layout.setup),
                    trips: optional(layout.trips), entropy: optional(layout.entropy)))
        }
        if issues.isEmpty, rows.isEmpty { issues.append(text.issue("empty", line: at + 1, column: 1, "the table has a header but no rows", help: "one row a time at which the mix was measured")) }
        try issues.throwIfErrors()
        return try log(rows, layout, text, source: source, percent: header)
    }

    struct Row {
        var line: Int
        var step: Double
        var regime: String?
        var shares: [Double]
        var executed: [Double]
        var decisions, reward, setup, trips, entropy: Double?
    }

    private static func log(_ rows: [Row], _ layout: Layout, _ text: SourceText, source: String, percent header: [String]) throws -> TrainingLog {
        var issues: [InputIssue] = []
        let isPercent = layout.actions.contains { header[$0.index].contains("%") } || rows.contains { $0.shares.reduce(0, +) > 1.5 }
        let unit = isPercent ? 100.0 : 1
        var log = TrainingLog(source: source, kind: .table)
        log.stepUnit = layout.step.name.hasPrefix("EPISODE") ? "episodes" : layout.step.name.hasPrefix("UPDATE") ? "updates" : layout.step.name.hasPrefix("EPOCH") ? "epochs" : layout.step.name.hasPrefix("ITERATION") ? "iterations" : "steps"
        log.actions = layout.actions.map(\.name)
        var withRest = false
        let sums = rows.map { $0.shares.reduce(0, +) / unit }
        for (row, sum) in zip(rows, sums) where sum > 1.03 || row.shares.contains(where: { $0 < 0 }) {
            issues.append(text.issue("shares", line: row.line, column: 1, "the actions' shares sum to \(percentText(sum)), not to 100%", help: "each row holds the shares of different actions; a column that is none needs another name"))
        }
        if sums.contains(where: { $0 < 0.97 }) {
            withRest = true
            log.actions.append("OTHER")
            log.remarks.append("The shares listed sum to \(percentText(sums.min() ?? 0)) at least: the rest is shown as OTHER, and what it is cannot be known.")
        }
        log.hold = ActionNames.hold(in: log.actions)
        var lastStep: [String: Double] = [:]
        for (row, sum) in zip(rows, sums) {
            let place = row.regime ?? ""
            if let before = lastStep[place], row.step <= before, issues.count < 20 {
                issues.append(text.issue("order", line: row.line, column: 1, "step \(countText(row.step)) comes after step \(countText(before))", help: "rows must be in the order of training, one a step" + (row.regime == nil ? "; a table by regime needs a column 'regime'" : "")))
            }
            lastStep[place] = row.step
            // Shares that were rounded before they were written stay as they are.
            let total = withRest ? max(1, sum) : abs(sum - 1) < 0.006 ? 1 : sum
            guard sum > 0 else {
                issues.append(text.issue("shares", line: row.line, column: 1, "no action has any share", help: "each row holds the shares of different actions"))
                continue
            }
            var shares = row.shares.map { $0 / unit / total }
            if withRest { shares.append(max(0, 1 - sum)) }
            let mix = TrainingLog.Mix(step: row.step, shares: shares, decisions: row.decisions)
            if let regime = row.regime, !["ALL", "OVERALL", "TOTAL"].contains(regime.uppercased()) {
                if let g = log.groups.firstIndex(where: { $0.name == regime }) { log.groups[g].mixes.append(mix) } else { log.groups.append(.init(name: regime, mixes: [mix])) }
            } else {
                log.mixes.append(mix)
            }
            if !row.executed.isEmpty, row.executed.count == layout.actions.count {
                let all = row.executed.reduce(0, +)
                if all > 0 { log.executed.append(TrainingLog.Mix(step: row.step, shares: row.executed.map { $0 / all })) }
            }
            func add(_ quantity: TrainingLog.Quantity, _ value: Double?) { if let value { log.curves[quantity, default: []].append(.init(step: row.step, value: value)) } }
            add(.reward, row.reward)
            add(.roundTrips, row.trips)
            add(.entropy, row.entropy)
            if let setup = layout.setup, let value = row.setup {
                let bought = zip(layout.actions, row.shares).reduce(0.0) { $0 + (ActionNames.isEntry($1.0.name) ? $1.1 / unit : 0) }
                let rate = setup.name == "lift" ? value * bought : value / (value > 1 || header[setup.index].contains("%") || isPercent ? 100 : 1)
                add(.setupRate, rate)
                if bought > 0 { add(.setupLift, setup.name == "lift" ? value : rate / bought) }
            }
        }
        try issues.throwIfErrors()
        if log.mixes.isEmpty { log.mixes = pooled(log.groups) }
        return log
    }

    /// The mix over all groups at the steps that all of them have, weighted by decisions where known.
    package static func pooled(_ groups: [TrainingLog.Group]) -> [TrainingLog.Mix] {
        guard let first = groups.first else { return [] }
        return first.mixes.compactMap { mix in
            let same = groups.compactMap { $0.mixes.first { $0.step == mix.step } }
            guard same.count == groups.count else { return nil }
            let weights = same.map { $0.decisions ?? 1 }, all = weights.reduce(0, +)
            guard all > 0 else { return nil }
            let shares = mix.shares.indices.map { a in zip(same, weights).reduce(0) { $0 + $1.0.shares[a] * $1.1 } / all }
            return .init(step: mix.step, shares: shares, decisions: same.contains { $0.decisions == nil } ? nil : all)
        }
    }
}
