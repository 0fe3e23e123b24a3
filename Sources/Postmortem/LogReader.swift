internal import ComponentKit
internal import Foundation
internal import RunRecords

/// Finds out what kind of log something is, and reads it. DESIGN section 10 lists the kinds.
package enum LogReader {
    /// What was read: one log, or one a seed.
    package struct Found: Sendable {
        package var logs: [TrainingLog]
        /// As the user named it.
        package var source: String
    }

    /// Reads `path`: a run folder of one seed or several, a folder with a trainer's logs, or a log. With a map, `path` is read by it.
    ///
    /// Throws `InputMissing` (exit 66) and `InputIssues` (exit 65).
    package static func read(_ path: String, map: LogMap? = nil) throws -> Found {
        if let map { return Found(logs: [try MappedReader.read(path, map)], source: path) }
        let files = FileManager.default
        var isFolder: ObjCBool = false
        if files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return try folder(path) }
        return Found(logs: [try file(path)], source: path)
    }

    /// Text pasted on standard input: a table of mixes.
    package static func pasted(_ text: String, name: String = "standard input") throws -> Found {
        guard !text.allSatisfy(\.isWhitespace) else { throw InputIssues(InputIssue(code: "empty", file: name, message: "is empty", help: "paste a table of mixes: step, HOLD and the other actions, in CSV or Markdown")) }
        return Found(logs: [try MixTableReader.read(SourceText(file: name, text: text).lines, source: name)], source: name)
    }

    private static func folder(_ path: String) throws -> Found {
        let files = FileManager.default, names = ((try? files.contentsOfDirectory(atPath: path)) ?? []).sorted()
        if names.contains("manifest.json") { return Found(logs: [try RunFolderReader.read(path)], source: path) }
        let seeds = names.compactMap { name in name.hasPrefix("seed-") ? UInt64(name.dropFirst(5)) : nil }.sorted().map { "\(path)/seed-\($0)" }.filter { files.fileExists(atPath: $0 + "/manifest.json") }
        if !seeds.isEmpty { return Found(logs: try seeds.map { try RunFolderReader.read($0) }, source: path) }
        // A folder of another trainer: what says most first. Monitor files of several workers are one a log.
        if names.contains("progress.csv") { return Found(logs: [try SB3Readers.progress(path + "/progress.csv")], source: path) }
        let events = names.filter { $0.hasPrefix("events.out.tfevents.") }
        if let newest = events.last {
            var found = Found(logs: [try EventLogReader.read(path + "/" + newest)], source: path)
            if events.count > 1 { found.logs[0].remarks.append("\(events.count) event files stand there: the newest, \(newest), was read.") }
            return found
        }
        let monitors = names.filter { $0.hasSuffix("monitor.csv") }
        if let first = monitors.first {
            var found = Found(logs: [try SB3Readers.monitor(path + "/" + first)], source: path)
            if monitors.count > 1 { found.logs[0].remarks.append("\(monitors.count) monitor files stand there, one a worker: \(first) was read.") }
            return found
        }
        throw InputMissing(
            InputIssue(
                code: "no_log", file: path, message: "holds no run and no log: no manifest.json, no seed-N, no progress.csv, no events.out.tfevents.*, no monitor.csv",
                help: "name a run folder such as runs/btc-s3-mlp, or a log file inside this folder"))
    }

    private static func file(_ path: String) throws -> TrainingLog {
        let opened = try OpenFile(path)
        guard let head = try opened.next(1 << 16), !head.isEmpty else { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name the log of a run that has begun")) }
        let name = (path as NSString).lastPathComponent
        if name.contains("tfevents") || (head.count >= 12 && head[0..<8].reduce(0, { $0 | Int($1) }) != 0 && head[2..<8].allSatisfy({ $0 == 0 })) { return try EventLogReader.read(path) }
        if head.starts(with: [0x1F, 0x8B]) { throw InputIssues(InputIssue(code: "compressed", file: path, message: "is compressed with gzip", help: "gunzip it first, or pipe: zcat \(name) | assay postmortem -")) }
        if head.contains(0) { throw InputIssues(InputIssue(code: "not_text", file: path, message: "is neither text nor a TensorBoard event file", help: "name a run folder, a log, or an event file (events.out.tfevents...)")) }
        let text = String(decoding: head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...], as: UTF8.self)
        if text.hasPrefix("#{") || text.hasPrefix("# {") { return try SB3Readers.monitor(path) }
        let first = text.split(whereSeparator: \.isNewline).first { !TextCells.trimmed(String($0)).isEmpty }.map(String.init) ?? ""
        let header = TextCells.csv(first)
        if header.contains("time/total_timesteps") { return try SB3Readers.progress(path) }
        if MixTableReader.isHeader(first) || text.contains("|") { return try table(path) }
        if TransitionReader.isHeader(first) { return try TransitionReader.read(path) }
        let isJSON = first.hasPrefix("{") || first.hasPrefix("[")
        // A table may stand after other text.
        if !isJSON, let log = try? table(path) { return log }
        let shipped = "maps/dqn-forex-metrics.yaml"
        throw InputIssues(
            InputIssue(
                code: "unknown_log", file: path,
                message: isJSON ? "is JSON: which fields are the step, the actions and the reward cannot be told" : "is no log of a known kind: no TensorBoard events, progress.csv, monitor.csv, transitions, or table of mixes",
                help: "describe it with --map FILE; \(shipped) is an example, and docs/postmortem.md explains the keys"))
    }

    private static func table(_ path: String) throws -> TrainingLog {
        guard try OpenFile(path).size <= 64 << 20 else { throw InputIssues(InputIssue(code: "too_large", file: path, message: "is too large for a table of mixes (over 64 MiB)", help: "describe it with --map FILE and 'format: csv', which reads any size")) }
        return try MixTableReader.read(SourceText(file: path, text: readTextFile(path)).lines, source: path)
    }
}
