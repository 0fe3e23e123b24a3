internal import ComponentKit

/// Transitions of somebody's environment, a step a row: `action`, and as far as there are `step`, `episode`, `regime`, `executed` (the action carried out), `position`, and one column a reward term.
///
/// Any size: what is kept are sums by stretch (at most 512), regime and action. Round trips are counted from `position` where there is one, else from the (executed) actions: LONG, SHORT and
/// HOLD as positions, or BUY... to EXIT.
package enum TransitionReader {
    static let stretches = 512
    static let known: Set = ["STEP", "EPISODE", "REGIME", "ACTION", "EXECUTED", "EXECUTED_ACTION", "POSITION", "TOTAL", "REWARD", "DONE", "TERMINATED", "TRUNCATED"]

    package static func isHeader(_ line: String) -> Bool {
        let names = TextCells.csv(line).map(ActionNames.normalised)
        return names.contains("ACTION") && names.count > 1 && !names.contains("DECISIONS")
    }

    private struct Stretch {
        var last = 0.0, steps = 0.0, trips = 0.0, reward = 0.0
        /// [R * A] counts and [R * A][K] sums; [A * A] chosen and executed.
        var counts: [Int: Double] = [:]
        var sums: [Int: [Double]] = [:]
        var executed: [Int: Double] = [:]

        mutating func merge(_ other: Stretch) {
            last = other.last
            steps += other.steps
            trips += other.trips
            reward += other.reward
            counts.merge(other.counts, uniquingKeysWith: +)
            executed.merge(other.executed, uniquingKeysWith: +)
            sums.merge(other.sums) { a, b in zip(a, b).map(+) }
        }
    }

    package static func read(_ path: String) throws -> TrainingLog {
        var header: [String] = [], columns: [String: Int] = [:], terms: [Int] = [], actions: [String] = [], regimes: [String] = []
        var list: [Stretch] = [Stretch()], width = 1.0, rows = 0.0, issues: [InputIssue] = [], side = 0.0, lastEpisode = "", firstValue: [Int: [Double]] = [:], constant: [Bool] = []
        func issue(_ code: String, _ line: Int, _ message: String, _ help: String) -> InputIssue { InputIssue(code: code, file: path, line: line, message: message, help: help) }
        func index(_ name: String, in names: inout [String]) -> Int? {
            if let k = names.firstIndex(of: name) { return k }
            guard names.count < 64 else { return nil }
            names.append(name)
            return names.count - 1
        }
        var isCutRow = false
        try StreamedLines.read(path) { line, number, isCut in
            if header.isEmpty {
                header = TextCells.csv(line)
                for (k, name) in header.enumerated() { columns[ActionNames.normalised(name)] = k }
                terms = header.indices.filter { !known.contains(ActionNames.normalised(header[$0])) }
                constant = terms.map { _ in true }
                return true
            }
            if TextCells.trimmed(line).isEmpty { return true }
            if issues.count >= 20 { return false }
            let cells = TextCells.csv(line)
            guard cells.count == header.count else {
                if isCut { isCutRow = true; return false }
                issues.append(issue("ragged", number, "has \(cells.count) cells, expected \(header.count) as in the header", "quote cells that contain the separator"))
                return true
            }
            func cell(_ name: String) -> String? { columns[name].map { cells[$0] } }
            var pay: [Double] = []
            for k in terms {
                guard let value = Double(cells[k]), value.isFinite else {
                    issues.append(issue("number", number, "'\(visible(cells[k]))' in column '\(visible(header[k]))' is no finite number", "every column besides step, episode, regime, action, executed and position is a reward term; write 0 where it paid nothing"))
                    return true
                }
                pay.append(value)
            }
            let name = ActionNames.normalised(cell("ACTION") ?? "")
            guard !name.isEmpty, let a = index(name, in: &actions), let g = index(cell("REGIME") ?? "all", in: &regimes) else {
                issues.append(issue("action", number, name.isEmpty ? "the action is empty" : "there are more than 64 different actions or regimes", "'action' holds names such as HOLD, or a few numbers"))
                return true
            }
            let executed = cell("EXECUTED") ?? cell("EXECUTED_ACTION"), e = executed.flatMap { index(ActionNames.normalised($0), in: &actions) }
            rows += 1
            let step = cell("STEP").flatMap { Double($0) } ?? rows
            let episode = cell("EPISODE") ?? ""
            if rows > 1, episode != lastEpisode { side = 0 }
            lastEpisode = episode
            // A round trip ends where the position that was opened is closed or turned.
            let now: Double
            if let position = cell("POSITION").flatMap({ Double($0) }) { now = position > 0 ? 1 : position < 0 ? -1 : 0 } else { now = self.position(after: e.map { actions[$0] } ?? name, from: side, isSpot: actions.contains("LONG") || actions.contains("SHORT")) }
            var last = list.removeLast()
            if side != 0, now != side { last.trips += 1 }
            side = now
            let place = g * 64 + a
            last.steps += 1
            last.last = columns["EPISODE"] != nil ? rows : max(last.last, step)
            last.counts[place, default: 0] += 1
            if let e { last.executed[a * 64 + e, default: 0] += 1 }
            if var sums = last.sums[place] {
                for k in pay.indices { sums[k] += pay[k] }
                last.sums[place] = sums
            } else { last.sums[place] = pay }
            if let first = firstValue[place] { for k in pay.indices where pay[k] != first[k] { constant[k] = false } } else { firstValue[place] = pay }
            last.reward += cell("REWARD").flatMap { Double($0) } ?? cell("TOTAL").flatMap { Double($0) } ?? pay.reduce(0, +)
            list.append(last)
            if last.steps >= width {
                if list.count == stretches {
                    width *= 2
                    list = stride(from: 0, to: list.count, by: 2).map { k in
                        var a = list[k]
                        if k + 1 < list.count { a.merge(list[k + 1]) }
                        return a
                    }
                }
                list.append(Stretch())
            }
            return true
        }
        if header.isEmpty { issues.append(issue("empty", 0, "is empty", "a transition log has a header 'step,regime,action,TERM,...' and one line a step")) }
        if issues.isEmpty, columns["ACTION"] == nil { issues.append(issue("missing_column", 1, "has no column 'action'", "describe any other CSV with --map FILE (docs/postmortem.md)")) }
        if issues.isEmpty, rows == 0 { issues.append(issue("empty", 1, "has a header but no steps", "one row a step")) }
        try issues.throwIfErrors()
        if list.last?.steps == 0 { list.removeLast() }
        // Stretches of at least a fiftieth, so that a share is one of many steps.
        let join = max(1, list.count / 50)
        list = stride(from: 0, to: list.count, by: join).map { k in list[k + 1..<min(list.count, k + join)].reduce(into: list[k]) { $0.merge($1) } }
        // What is left over at the end joins the stretch before: a share of a few steps is no share.
        if list.count > 1, list[list.count - 1].steps < 0.5 * list[list.count - 2].steps {
            let rest = list.removeLast()
            list[list.count - 1].merge(rest)
        }
        var log = TrainingLog(source: path, kind: .transitions)
        log.actions = actions
        log.hold = ActionNames.hold(in: actions)
        func mix(_ stretch: Stretch, _ regime: Int?) -> TrainingLog.Mix? {
            let counts = actions.indices.map { a in regimes.indices.filter { regime == nil || $0 == regime }.reduce(0.0) { $0 + (stretch.counts[$1 * 64 + a] ?? 0) } }, n = counts.reduce(0, +)
            return n > 0 ? .init(step: stretch.last, shares: counts.map { $0 / n }, decisions: n) : nil
        }
        log.mixes = list.compactMap { mix($0, nil) }
        if columns["REGIME"] != nil { log.groups = regimes.indices.map { g in .init(name: regimes[g], mixes: list.compactMap { mix($0, g) }) } }
        if columns["EXECUTED"] != nil || columns["EXECUTED_ACTION"] != nil {
            log.executed = list.compactMap { s in
                let counts = actions.indices.map { e in actions.indices.reduce(0.0) { $0 + (s.executed[$1 * 64 + e] ?? 0) } }, n = counts.reduce(0, +)
                return n > 0 ? .init(step: s.last, shares: counts.map { $0 / n }, decisions: n) : nil
            }
        }
        log.curves[.roundTrips] = list.map { .init(step: $0.last, value: $0.trips) }
        if !terms.isEmpty || columns["REWARD"] != nil { log.curves[.reward] = list.map { .init(step: $0.last, value: $0.reward / max(1, $0.steps)) } }
        log.terms = terms.map { header[$0] }
        log.termIsConstant = constant
        for s in list { for (place, sums) in s.sums.sorted(by: { $0.key < $1.key }) { log.paid.append(.init(step: s.last, regime: regimes[place / 64], action: place % 64, decisions: s.counts[place] ?? 0, sums: sums)) } }
        log.remarks.append("\(countText(rows)) steps, in \(list.count) stretches of about \(countText(rows / Double(max(1, list.count)))).")
        if isCutRow { log.remarks.append("The last row is cut (its writer was stopped): it is left out.") }
        return log
    }

    /// The side held after an action: +1, -1 or 0. In spot markets an action is a position; BUY_CALL, BUY and their like hold until EXIT, SELL or CLOSE.
    static func position(after action: String, from side: Double, isSpot: Bool) -> Double {
        switch action {
        case "LONG", "BUY", "BUY_CALL", "OPEN_LONG": 1
        case "SHORT", "BUY_PUT", "SELL_SHORT", "OPEN_SHORT": -1
        case "FLAT", "EXIT", "CLOSE", "SELL", "SELL_ALL", "CASH", "NEUTRAL": 0
        // Beside LONG and SHORT, HOLD is the flat position (the BTC case); an options HOLD keeps the trade, which only a BUY can have opened.
        default: isSpot && ActionNames.hold(in: [action]) != nil ? 0 : side
        }
    }
}
