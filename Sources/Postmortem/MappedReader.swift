internal import ComponentKit
internal import Foundation
internal import RunRecords

/// Reads a log through a map. Curves and mixes are held in bounded memory; a JSON document is read whole, up to 256 MiB.
package enum MappedReader {
    package static let largestJSON = 256 << 20

    package static func read(_ path: String, _ map: LogMap) throws -> TrainingLog {
        var collector = MappedCollector(map, path)
        switch map.format {
        case .lines: try lines(path, map, &collector)
        case .csv: try csv(path, map, &collector)
        case .jsonl:
            try StreamedLines.read(path) { line, number, isCut in
                if TextCells.trimmed(line).isEmpty { return true }
                do throws(JSONFault) {
                    let value = try JSONValue(parsing: Array(line.utf8))
                    collector.add { locator in number_(value, locator.field) }
                    return true
                } catch {
                    if isCut { collector.isCut = true; return false }
                    throw InputIssues(InputIssue(code: "json", file: path, line: number, column: error.offset + 1, message: "is not JSON: \(error.message)", help: "one JSON object a line; 'format: json' reads one document"))
                }
            }
        case .json: try json(path, map, &collector)
        }
        return try collector.log()
    }

    private static func number_(_ value: JSONValue, _ path: String) -> Double? {
        var node = value
        for key in path.split(separator: ".") {
            if let next = node[String(key)] { node = next } else if let list = node.list, let k = Int(key), list.indices.contains(k) { node = list[k] } else { return nil }
        }
        return node.number ?? node.text.flatMap { TextCells.number($0)?.value }
    }

    private static func json(_ path: String, _ map: LogMap, _ collector: inout MappedCollector) throws {
        let size = try OpenFile(path).size
        guard size <= largestJSON else {
            throw InputIssues(InputIssue(code: "too_large", file: path, message: "has \(size >> 20) MiB; a JSON document is read whole, up to \(largestJSON >> 20) MiB", help: "write one object a line and use 'format: jsonl', which has no limit"))
        }
        let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        if text.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name the log of a run that has begun")) }
        let document: JSONValue
        do throws(JSONFault) { document = try JSONValue(parsing: text) } catch {
            let before = text.prefix(error.offset), line = before.count { $0 == 0x0A } + 1
            throw InputIssues(InputIssue(code: "json", file: path, line: line, message: "is not JSON: \(error.message)", help: error.message == "the text ends too early" ? "the file is cut: copy it again" : "check the file around this line"))
        }
        var node = document
        for key in map.records.split(separator: ".") {
            guard let next = node[String(key)] else {
                let near = node.object.map { $0.keys.sorted().joined(separator: ", ") } ?? "no object"
                throw InputIssues(InputIssue(code: "records", file: path, message: "has no '\(map.records)', where \(visible(map.file)) expects the records; there is: \(near)", help: "correct 'records:' in the map"))
            }
            node = next
        }
        guard let list = node.list else { throw InputIssues(InputIssue(code: "records", file: path, message: "'\(map.records)' is no list of records", help: "correct 'records:' in the map")) }
        for record in list { collector.add { number_(record, $0.field) } }
    }

    private static func csv(_ path: String, _ map: LogMap, _ collector: inout MappedCollector) throws {
        var header: [String] = [], separator: Character = ","
        try StreamedLines.read(path) { line, number, isCut in
            if TextCells.trimmed(line).isEmpty || line.hasPrefix("#") { return true }
            if header.isEmpty {
                separator = line.contains("\t") ? "\t" : line.contains(",") ? "," : ";"
                header = TextCells.csv(line, separator: separator)
                for locator in [map.step] + map.actions.map(\.locator) + map.curves.map(\.locator) where !header.contains(locator.field) {
                    let near = suggestion(for: locator.field, among: header).map { "; did you mean '\($0)'?" } ?? ""
                    throw InputIssues(InputIssue(code: "columns", file: path, line: number, message: "has no column '\(visible(locator.field))', which \(visible(map.file)) names\(near)", help: "found: \(visible(header.joined(separator: ", ")))"))
                }
                return true
            }
            let cells = TextCells.csv(line, separator: separator)
            guard cells.count == header.count else {
                if isCut { collector.isCut = true; return false }
                throw InputIssues(InputIssue(code: "ragged", file: path, line: number, message: "has \(cells.count) cells, expected \(header.count) as in the header", help: "quote cells that contain the separator"))
            }
            collector.add { locator in header.firstIndex(of: locator.field).flatMap { TextCells.number(cells[$0])?.value } }
            return true
        }
        if header.isEmpty { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name the log of a run that has begun")) }
    }

    private static func lines(_ path: String, _ map: LogMap, _ collector: inout MappedCollector) throws {
        let locators = [map.step] + map.actions.map(\.locator) + map.executed.map(\.locator) + map.curves.map(\.locator)
        let patterns = try locators.map { try Regex<AnyRegexOutput>($0.pattern ?? "") }
        func match(_ k: Int, _ line: String) -> Double? {
            guard let found = try? patterns[k].firstMatch(in: line), found.output.count > 1, let text = found.output[1].substring else { return nil }
            return TextCells.number(String(text))?.value
        }
        var current: [String: Double] = [:], ahead: [String: Double] = [:], step: Double?, lines = 0
        func key(_ k: Int) -> String { String(k) }
        func finish(_ collector: inout MappedCollector) {
            guard let step else { return }
            let values = current
            collector.add { locator in
                if locator.pattern == map.step.pattern { return step }
                return locators.indices.dropFirst().first { locators[$0].pattern == locator.pattern && locators[$0].place == locator.place }.flatMap { values[key($0)] }
            }
        }
        try StreamedLines.read(path) { line, _, _ in
            lines += 1
            if let next = match(0, line) {
                finish(&collector)
                (step, current) = (next, ahead)
                ahead = [:]
            }
            for k in locators.indices.dropFirst() {
                guard let value = match(k, line) else { continue }
                if locators[k].place == .before { ahead[key(k)] = value } else if step != nil { current[key(k)] = value }
            }
            return true
        }
        finish(&collector)
        if lines == 0 { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name the log of a run that has begun")) }
    }
}

/// Takes in records and makes the log of them.
struct MappedCollector {
    private let map: LogMap, path: String
    private var mixes: [BoundedCurve], executed: [BoundedCurve], decisions = BoundedCurve(), curves: [TrainingLog.Quantity: BoundedCurve] = [:]
    private var records = 0, withStep = 0, hasRest = false, lastStep = -Double.infinity, disordered = 0, seen: Set<String> = []
    var isCut = false

    init(_ map: LogMap, _ path: String) {
        self.map = map
        self.path = path
        mixes = map.actions.map { _ in BoundedCurve() } + [BoundedCurve()]
        executed = map.executed.map { _ in BoundedCurve() }
    }

    mutating func add(_ number: (LogMap.Locator) -> Double?) {
        records += 1
        guard let step = number(map.step) else { return }
        withStep += 1
        if step <= lastStep { disordered += 1 }
        lastStep = step
        func shares(_ actions: [LogMap.Action]) -> (shares: [Double], total: Double?)? {
            let found = actions.map { number($0.locator) }
            guard !found.isEmpty, !found.contains(nil) else { return nil }
            let values = found.compactMap { $0 }
            if actions[0].measure == .count {
                let total = values.reduce(0, +)
                return total > 0 ? (values.map { $0 / total } + [0], total) : nil
            }
            let scaled = zip(values, actions).map { $0 / ($1.measure == .percent ? 100 : 1) }
            return (scaled + [max(0, 1 - scaled.reduce(0, +))], nil)
        }
        if let found = shares(map.actions) {
            for (a, share) in found.shares.enumerated() { mixes[a].add(step: step, value: share) }
            if found.shares[found.shares.count - 1] > 0.03 { hasRest = true }
            if let total = found.total { decisions.add(step: step, value: total) }
        }
        if let found = shares(map.executed) { for a in map.executed.indices { executed[a].add(step: step, value: found.shares[a]) } }
        for (quantity, locator) in map.curves {
            guard let value = number(locator) else { continue }
            curves[quantity, default: BoundedCurve()].add(step: step, value: locator.scale * value)
        }
    }

    func log() throws -> TrainingLog {
        func issue(_ code: String, _ message: String, _ help: String) -> InputIssues { InputIssues(InputIssue(code: code, file: path, message: message, help: help)) }
        guard records > 0 else { throw issue("empty", "holds no record where \(visible(map.file)) looks for them", "compare the map's 'step' with a line of the log") }
        guard withStep > 0 else { throw issue("step", "no record has the step that \(visible(map.file)) names", "compare the map's 'step' with the log") }
        guard disordered * 10 <= withStep else { throw issue("order", "the steps do not rise: \(disordered) of \(withStep) records come after a larger one", "'step' must be what counts through the whole run") }
        var log = TrainingLog(source: path, kind: .mapped)
        log.stepUnit = map.stepUnit
        log.algorithm = map.algorithm
        log.isSmoothed = map.isSmoothed
        log.actionCount = map.actionCount
        let each = mixes.map(\.curve), count = each.map(\.count).min() ?? 0, used = hasRest ? map.actions.count + 1 : map.actions.count
        if count > 0, used > 1 {
            log.actions = map.actions.map(\.name) + (hasRest ? ["OTHER"] : [])
            log.hold = ActionNames.hold(in: log.actions)
            let counts = decisions.curve
            log.mixes = (0..<count).map { k in
                let shares = (0..<used).map { each[$0][k].value }, total = shares.reduce(0, +)
                return .init(step: each[0][k].step, shares: shares.map { $0 / max(total, 1e-12) }, decisions: counts.count == count ? counts[k].value : nil)
            }
            if hasRest { log.remarks.append("The shares in the log do not sum to 100%: the rest is shown as OTHER, and how it divides cannot be known.") }
        } else if !map.actions.isEmpty {
            log.remarks.append("No record has all the actions that \(visible(map.file)) names.")
        }
        if !map.executed.isEmpty {
            let done = executed.map(\.curve), n = done.map(\.count).min() ?? 0
            log.executed = (0..<n).map { k in .init(step: done[0][k].step, shares: map.actions.map { a in map.executed.firstIndex { $0.name == a.name }.map { done[$0][k].value } ?? 0 }) }
        }
        for (quantity, curve) in curves { log.curves[quantity] = curve.curve }
        for (quantity, _) in map.curves where curves[quantity] == nil { log.remarks.append("No record has the \(quantity.rawValue) that \(visible(map.file)) names.") }
        guard !log.mixes.isEmpty || !log.curves.isEmpty else { throw issue("nothing", "nothing that \(visible(map.file)) names was found in \(countText(Double(withStep))) records", "compare the map's fields or patterns with the log") }
        if records > withStep { log.remarks.append("\(countText(Double(records - withStep))) of \(countText(Double(records))) records have no step and are left out.") }
        if isCut { log.remarks.append("The last record is cut (its writer was stopped): it is left out.") }
        return log
    }
}
