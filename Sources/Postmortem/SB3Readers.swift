internal import ComponentKit
internal import RunRecords

/// `progress.csv` of Stable-Baselines3 (and of Assay, which adds mixes and the x-statistic), and `monitor.csv`. Columns are read by name.
package enum SB3Readers {
    /// Curves by their key, in progress.csv and in event files alike.
    package static let keys: [(key: String, quantity: TrainingLog.Quantity, scale: Double)] = [
        ("rollout/ep_rew_mean", .reward, 1), ("rollout/ep_len_mean", .episodeLength, 1), ("train/entropy_loss", .entropy, -1), ("train/explained_variance", .explainedVariance, 1),
        ("train/clip_fraction", .clipFraction, 1), ("train/approx_kl", .approxKL, 1), ("rollout/advantage_std", .advantageDeviation, 1), ("collapse/x", .x, 1),
        // CleanRL, and ML-Agents.
        ("charts/episodic_return", .reward, 1), ("charts/episodic_length", .episodeLength, 1), ("losses/entropy", .entropy, 1), ("losses/explained_variance", .explainedVariance, 1),
        ("losses/clipfrac", .clipFraction, 1), ("losses/approx_kl", .approxKL, 1), ("Environment/Cumulative Reward", .reward, 1), ("Environment/Episode Length", .episodeLength, 1), ("Policy/Entropy", .entropy, 1),
    ]

    /// Reads a progress.csv. Throws `InputMissing` and `InputIssues`.
    package static func progress(_ path: String) throws -> TrainingLog {
        var log = TrainingLog(source: path, kind: .progress), header: [String] = [], curves: [TrainingLog.Quantity: BoundedCurve] = [:]
        var mixColumns: [(index: Int, name: String)] = [], mixCurves: [BoundedCurve] = [], entropy: Double?, before = 0.0, steps = 0, thinned = 1.0
        try StreamedLines.read(path) { line, number, isCut in
            if header.isEmpty {
                header = TextCells.csv(line)
                guard header.contains("time/total_timesteps") else {
                    throw InputIssues(InputIssue(code: "columns", file: path, line: 1, message: "has no column 'time/total_timesteps', which every progress.csv has", help: "describe any other CSV with --map FILE (docs/postmortem.md)", sourceLine: line.count < 200 ? line : nil))
                }
                mixColumns = header.enumerated().compactMap { $1.hasPrefix("mix/") ? ($0, String($1.dropFirst(4))) : nil }
                mixCurves = mixColumns.map { _ in BoundedCurve() }
                return true
            }
            if TextCells.trimmed(line).isEmpty { return true }
            let cells = TextCells.csv(line)
            guard cells.count == header.count else {
                if isCut {
                    log.remarks.append("The last row is cut (its writer was stopped): it is left out.")
                    return false
                }
                throw InputIssues(InputIssue(code: "ragged", file: path, line: number, message: "has \(cells.count) cells, expected \(header.count) as in the header", help: "copy the file again, or cut it before this line"))
            }
            func value(_ k: Int) throws -> Double? {
                if cells[k].isEmpty { return nil }
                guard let value = Double(cells[k]) else {
                    throw InputIssues(InputIssue(code: "number", file: path, line: number, message: "'\(visible(cells[k]))' in column '\(visible(header[k]))' is no number", help: "a progress.csv holds numbers; was it edited?"))
                }
                return value
            }
            guard let k = header.firstIndex(of: "time/total_timesteps"), let step = try value(k) else { return true }
            steps += 1
            for (k, name) in header.enumerated() {
                guard let known = keys.first(where: { $0.key == name }), let number = try value(k) else { continue }
                // train/* of a row belong to the update before it.
                curves[known.quantity, default: BoundedCurve()].add(step: name.hasPrefix("train/") && before > 0 ? before : step, value: known.scale * number)
            }
            let shares = try mixColumns.compactMap { try value($0.index) }
            if shares.count == mixColumns.count { for a in shares.indices { mixCurves[a].add(step: step, value: shares[a]) } }
            if let c = header.firstIndex(of: "train/ent_coef"), let number = try value(c) { entropy = number }
            before = step
            return true
        }
        if header.isEmpty { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name the log of a run that has begun")) }
        if steps == 0 { throw InputIssues(InputIssue(code: "empty", file: path, line: 1, message: "has a header but no rows", help: "the run wrote nothing yet: come back after its first update")) }
        for (quantity, curve) in curves {
            log.curves[quantity] = curve.curve
            thinned = max(thinned, curve.thinning)
        }
        log.firstEntropy = curves[.entropy]?.first
        if mixColumns.count > 1 {
            log.actions = mixColumns.map(\.name)
            log.hold = ActionNames.hold(in: log.actions)
            let all = mixCurves.map(\.curve)
            log.mixes = all[0].indices.map { k in .init(step: all[0][k].step, shares: all.map { $0[k].value }) }
        }
        log.algorithm = curves[.clipFraction] != nil ? "ppo" : nil
        log.entropyCoefficient = entropy
        if thinned > 1 { log.remarks.append("\(countText(Double(steps))) rows: neighbours are averaged, \(countText(thinned)) to a point.") }
        return log
    }

    /// Reads a monitor.csv, with its action counts where a column holds a dictionary of them (also one a symbol). Throws `InputMissing` and `InputIssues`.
    package static func monitor(_ path: String) throws -> TrainingLog {
        var log = TrainingLog(source: path, kind: .monitor), header: [String] = [], reward = BoundedCurve(), length = BoundedCurve(), episodes = 0, counts = ActionCounts()
        log.stepUnit = "steps"
        var step = 0.0, column: Int?
        func issue(_ line: Int, _ message: String, _ help: String = "a monitor file is '#{...}', then 'r,l,t' and a row an episode") -> InputIssues { InputIssues(InputIssue(code: "monitor", file: path, line: line, message: message, help: help)) }
        try StreamedLines.read(path) { line, number, isCut in
            if number == 1 {
                guard line.hasPrefix("#"), (try? JSONValue(parsing: Array(line.utf8.dropFirst())))?.object != nil else { throw issue(1, "does not begin with '#' and a JSON object") }
                return true
            }
            if header.isEmpty {
                header = TextCells.csv(line)
                guard let r = header.firstIndex(of: "r"), let l = header.firstIndex(of: "l"), r != l else { throw issue(2, "has no columns r and l") }
                return true
            }
            // A file that several processes append to repeats its head.
            if line.isEmpty || line.hasPrefix("#") || line == header.joined(separator: ",") { return true }
            let cells = TextCells.csv(line)
            guard cells.count == header.count, let r = header.firstIndex(of: "r"), let l = header.firstIndex(of: "l"), let value = Double(cells[r]), let steps = Double(cells[l]) else {
                if isCut {
                    log.remarks.append("The last row is cut (its writer was stopped): it is left out.")
                    return false
                }
                throw issue(number, cells.count == header.count ? "the return or the length is no number" : "has \(cells.count) cells, expected \(header.count) as in the header", "copy the file again, or cut it before this line")
            }
            step += steps
            episodes += 1
            reward.add(step: step, value: value)
            length.add(step: step, value: steps)
            if episodes == 1 { column = header.indices.first { k in header[k].lowercased().contains("action") && ActionCounts.parse(cells[k]) != nil } }
            if let column, let found = ActionCounts.parse(cells[column]) { counts.add(found, step: step) }
            return true
        }
        if episodes == 0 { throw InputIssues(InputIssue(code: "empty", file: path, message: header.isEmpty ? "is empty" : "holds no episode", help: "name the monitor file of a run whose first episode has ended")) }
        log.curves = [.reward: reward.curve, .episodeLength: length.curve]
        counts.fill(&log)
        if column != nil { log.remarks.append("The action counts are of the column '\(header[column ?? 0])', \(log.groups.isEmpty ? "" : "summed over \(listed(log.groups.map(\.name))), ")an episode each.") }
        return log
    }
}

/// Counts of actions in a cell: `{'buy': 3, 'sell': 2, 'no-action': 5}`, or one such dictionary a symbol. As Python prints it, or JSON.
struct ActionCounts {
    private var names: [String] = []
    private var groups: [(name: String, curves: [BoundedCurve], decisions: BoundedCurve)] = []
    private var all: (curves: [BoundedCurve], decisions: BoundedCurve) = ([], BoundedCurve())

    static func parse(_ cell: String) -> [(group: String, counts: [(name: String, count: Double)])]? {
        let text = cell.contains("'") ? cell.replacing("\"", with: "").replacing("'", with: "\"") : cell
        guard text.hasPrefix("{"), let object = (try? JSONValue(parsing: Array(text.utf8)))?.object, !object.isEmpty else { return nil }
        func leaf(_ members: [String: JSONValue]) -> [(name: String, count: Double)]? {
            let counts = members.keys.sorted().compactMap { key in members[key]?.number.map { (name: key, count: $0) } }
            return counts.count == members.count && counts.allSatisfy({ $0.count >= 0 }) ? counts : nil
        }
        if let counts = leaf(object) { return [("", counts)] }
        var out: [(group: String, counts: [(name: String, count: Double)])] = []
        for key in object.keys.sorted() {
            guard let members = object[key]?.object, let counts = leaf(members) else { return nil }
            out.append((key, counts))
        }
        return out
    }

    mutating func add(_ found: [(group: String, counts: [(name: String, count: Double)])], step: Double) {
        if names.isEmpty {
            names = found[0].counts.map(\.name)
            groups = found.count > 1 ? found.map { ($0.group, names.map { _ in BoundedCurve() }, BoundedCurve()) } : []
            all = (names.map { _ in BoundedCurve() }, BoundedCurve())
        }
        var sums = [Double](repeating: 0, count: names.count)
        for (g, part) in found.enumerated() {
            let counts = names.map { name in part.counts.first { $0.name == name }?.count ?? 0 }, total = counts.reduce(0, +)
            for a in names.indices { sums[a] += counts[a] }
            guard total > 0, let k = groups.firstIndex(where: { $0.name == part.group }) ?? (groups.isEmpty ? nil : min(g, groups.count - 1)) else { continue }
            for a in names.indices { groups[k].curves[a].add(step: step, value: counts[a] / total) }
            groups[k].decisions.add(step: step, value: total)
        }
        let total = sums.reduce(0, +)
        guard total > 0 else { return }
        for a in names.indices { all.curves[a].add(step: step, value: sums[a] / total) }
        all.decisions.add(step: step, value: total)
    }

    func fill(_ log: inout TrainingLog) {
        guard !names.isEmpty else { return }
        func mixes(_ curves: [BoundedCurve], _ decisions: BoundedCurve) -> [TrainingLog.Mix] {
            let each = curves.map(\.curve), counts = decisions.curve
            return counts.indices.map { k in .init(step: counts[k].step, shares: each.map { $0[k].value }, decisions: counts[k].value * decisions.thinning) }
        }
        log.actions = names.map(ActionNames.normalised)
        log.hold = ActionNames.hold(in: log.actions)
        log.mixes = mixes(all.curves, all.decisions)
        log.groups = groups.map { .init(name: $0.name, mixes: mixes($0.curves, $0.decisions)) }
        log.groupWord = "instrument"
    }
}
