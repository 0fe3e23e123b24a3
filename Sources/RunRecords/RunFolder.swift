internal import ComponentKit
internal import Foundation

/// The folder of one run, `runs/<name>/`: where each record stands. docs/run-folder.md says what each holds.
package struct RunFolder: Sendable, Equatable {
    package let path: String

    package init(path: String) { self.path = path }

    package var manifest: String { path + "/manifest.json" }
    package var progress: String { path + "/progress.csv" }
    package var monitor: String { path + "/monitor.csv" }
    package var mix: String { path + "/mix.csv" }
    package var ledger: String { path + "/ledger.csv" }
    package var curriculum: String { path + "/curriculum.csv" }
    package var evaluation: String { path + "/evaluation.json" }
    package var report: String { path + "/report.html" }
    package var commands: String { path + "/commands.json" }
    /// The trained weights alone, under Stable-Baselines3's names.
    package var policy: String { path + "/policy.safetensors" }
    package var checkpointFolder: String { path + "/checkpoints" }
    package var plots: String { path + "/plots" }

    /// The newest TensorBoard event file in the folder, by name (names start with their time); nil before there is one.
    package var eventFile: String? {
        names(in: path).filter { $0.hasPrefix(RunFolder.eventPrefix) }.max().map { path + "/" + $0 }
    }

    /// Makes the folder for a new run and takes its lock.
    ///
    /// A folder that holds anything is refused, unless `force`: then the files that a run writes are removed, and nothing else.
    /// Throws `InputIssues` (taken, in use, not a folder) or `RecordNotWritten`.
    package static func create(_ path: String, force: Bool = false) throws -> (folder: RunFolder, lock: RunLock) {
        let folder = RunFolder(path: path)
        try makeFolder(path)
        if !force, !folder.isEmpty {
            let isRun = FileManager.default.fileExists(atPath: folder.manifest)
            throw InputIssues(
                InputIssue(
                    code: "run_exists", file: path, message: isRun ? "already holds a run" : "is not empty",
                    help: isRun
                        ? "go on with it by 'assay train --resume \(path)', choose another --out, or add --force to replace it"
                        : "choose another --out, or add --force: files that are not a run's stay"))
        }
        let lock = try folder.lock()
        if force { folder.removeRecords() }
        try makeFolder(folder.checkpointFolder)
        try makeFolder(folder.plots)
        folder.removeTemporaries()
        return (folder, lock)
    }

    /// The folder of a run that exists. Throws `InputMissing` when there is none.
    package static func open(_ path: String) throws -> RunFolder {
        let folder = RunFolder(path: path)
        guard FileManager.default.fileExists(atPath: folder.manifest) else {
            let siblings = folder.names(in: (path as NSString).deletingLastPathComponent)
            let near = suggestion(for: (path as NSString).lastPathComponent, among: siblings)
            let isThere = FileManager.default.fileExists(atPath: path)
            throw InputMissing(
                InputIssue(
                    code: "no_run", file: path, message: isThere ? "is not the folder of a run: it has no manifest.json" : "no such run",
                    help: near.flatMap { isThere ? nil : "did you mean '\($0)'?" } ?? "name a folder that 'assay train' wrote, such as runs/btc-s3-mlp"))
        }
        return folder
    }

    /// Takes the run for writing; released with the value, or when the process ends in whatever way. Throws `InputIssues` when another process has it.
    package func lock() throws -> RunLock { try RunLock(folder: path) }

    /// Removes what interrupted writes left. Only under the lock.
    package func removeTemporaries() {
        for folder in [path, checkpointFolder, plots] { AtomicFile.removeTemporaries(in: folder) }
    }

    static let eventPrefix = "events.out.tfevents."

    private var isEmpty: Bool { names(in: path).allSatisfy { $0 == RunLock.name || $0.hasSuffix(AtomicFile.suffix) } }

    func names(in folder: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? [] }

    /// The manifest first: from then on the folder is no run, however far the rest gets.
    private func removeRecords() {
        for file in [manifest, progress, monitor, mix, ledger, curriculum, evaluation, commands, policy] { unlink(file) }
        for name in names(in: path) where name.hasPrefix(RunFolder.eventPrefix) { unlink(path + "/" + name) }
        for checkpoint in checkpoints { unlink(checkpoint.path) }
        removeReport()
    }

    /// Removes the page and its figures; a folder of several seeds has these too.
    package func removeReport() {
        for file in [report, path + "/report.json"] { unlink(file) }
        for name in names(in: plots) where [".tsv", ".gp", ".svg", ".png"].contains(where: name.hasSuffix) { unlink(plots + "/" + name) }
    }

    /// The commands that wrote to the run, oldest first, as typed; none where they are not recorded.
    package var commandLines: [String] {
        guard let bytes = try? readBytes(commands, help: ""), let list = try? JSONValue(parsing: bytes).list else { return [] }
        return list.compactMap(\.text)
    }

    /// Adds a command to those of the run, or begins the list with it. Throws `RecordNotWritten`.
    package func record(command: String, isFirst: Bool) throws(RecordNotWritten) {
        try AtomicFile.write(JSONValue.list(((isFirst ? [] : commandLines) + [command]).map { .text($0) }).document, to: commands)
    }

    private static func makeFolder(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else {
                throw InputIssues(InputIssue(code: "not_a_folder", file: path, message: "is a file, not a folder", help: "choose another --out"))
            }
            return
        }
        // One level after the other, so that the reason is the system's.
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw RecordNotWritten(path, "created", errno: errno) }
        }
    }
}

/// The right to write to a run's folder. Held by at most one process; the system takes it back when that ends.
package final class RunLock: Sendable {
    static let name = ".lock"
    private let descriptor: Int32

    init(folder: String) throws {
        let path = folder + "/" + RunLock.name
        descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RecordNotWritten(path, "created", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            var digits = [UInt8](repeating: 0, count: 20)
            let count = read(descriptor, &digits, digits.count)
            // Closed by deinit, which runs after a throw from here on; twice would close another thread's file.
            guard code == EWOULDBLOCK else { throw RecordNotWritten(path, "locked", errno: code) }
            let holder = String(decoding: digits.prefix(max(0, count)), as: UTF8.self)
            throw InputIssues(
                InputIssue(code: "run_in_use", file: folder, message: "is being written by another process\(holder.isEmpty ? "" : " (\(holder))")", help: "wait until it ends, or stop it first"))
        }
        let digits = Array(String(getpid()).utf8)
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, digits, digits.count) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
