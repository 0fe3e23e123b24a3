public import Foundation

/// What one run of the built `assay` left behind.
public struct ProgramRun: Sendable {
    /// Exit code; 128 and above (or a signal) means a crash.
    public let code: Int32
    /// The signal that ended it, 0 for none.
    public let signal: Int32
    public let isLate: Bool
    public let output: Data
    public let errors: Data

    public var out: String { String(decoding: output, as: UTF8.self) }
    public var err: String { String(decoding: errors, as: UTF8.self) }
    /// Ended by itself: no signal, no shell's 128 + signal, not stopped for being late.
    public var hasEnded: Bool { signal == 0 && code < 128 && !isLate }
    /// For messages of failing expectations.
    public var summary: String {
        let note = isLate ? "stopped for being late" : signal != 0 ? "signal \(signal)" : "exit \(code)"
        return "\(note)\nstdout: \(out.prefix(2_000))\nstderr: \(err.prefix(4_000))"
    }
}

/// The program was not built.
public struct ProgramMissing: Error, CustomStringConvertible {
    public var description: String { "no \(packageRoot)/.build/release/assay (nor debug): build it with 'swift build -c release --product assay'" }
}

/// The built `assay`: release where there is one, else debug.
public func assayProgram() throws -> String {
    for configuration in ["release", "debug"] {
        let path = "\(packageRoot)/.build/\(configuration)/assay"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw ProgramMissing()
}

/// Runs the built `assay` in `folder` and waits for it without blocking a thread; two at a time, so that a timeout means the program and not a crowd.
///
/// `environment` changes single variables; nil removes one. A run longer than `timeout` seconds is killed. `signal` is sent that many seconds
/// after the start. `through` names another program that runs it: its arguments, then assay's path, follow.
public func runAssay(
    _ arguments: [String], in folder: String = packageRoot, environment: [String: String?] = [:], timeout: Double = 120,
    signal: (number: Int32, after: Double)? = nil, through: [String] = []
) async throws -> ProgramRun {
    let program = try assayProgram()
    let line = through + [program] + arguments
    await slots.take()
    do {
        let run = try await launch(line[0], Array(line.dropFirst()), folder, environment, timeout, signal)
        await slots.give()
        return run
    } catch {
        await slots.give()
        throw error
    }
}

private func launch(
    _ program: String, _ arguments: [String], _ folder: String, _ environment: [String: String?], _ timeout: Double,
    _ signal: (number: Int32, after: Double)?
) async throws -> ProgramRun {
    let scratch = try Workspace()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var variables = ProcessInfo.processInfo.environment
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    // Files instead of pipes: nothing to drain, nothing to fill up.
    let outputPath = try scratch.write("stdout", ""), errorPath = try scratch.write("stderr", "")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    let start = ContinuousClock.now
    let ending: (code: Int32, isSignal: Bool) = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { ended in
            continuation.resume(returning: (ended.terminationStatus, ended.terminationReason == .uncaughtSignal))
        }
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            continuation.resume(throwing: error)
            return
        }
        let pid = process.processIdentifier
        if let signal {
            DispatchQueue.global().asyncAfter(deadline: .now() + signal.after) { [weak process] in
                if process?.isRunning == true { kill(pid, signal.number) }
            }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout) { [weak process] in
            if process?.isRunning == true { kill(pid, SIGKILL) }
        }
    }
    let isLate = ending.isSignal && ending.code == SIGKILL && start.duration(to: .now) >= .seconds(timeout)
    return ProgramRun(
        code: ending.isSignal ? -1 : ending.code, signal: ending.isSignal ? ending.code : 0, isLate: isLate,
        output: FileManager.default.contents(atPath: outputPath) ?? Data(), errors: FileManager.default.contents(atPath: errorPath) ?? Data())
}

/// At most two runs at once.
private actor Slots {
    private var free = 2
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

private let slots = Slots()

/// A fresh folder that disappears with the value.
public final class Workspace: Sendable {
    public let path: String

    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("assay-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file below the folder and gives its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    @discardableResult
    public func write(_ name: String, _ bytes: Data) throws -> String {
        let file = path + "/" + name
        try bytes.write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Every file and folder below, relative, sorted.
    public var contents: [String] { (try? FileManager.default.subpathsOfDirectory(atPath: path))?.sorted() ?? [] }

    public func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

/// A JSON document in a test: missing members are nil all the way down.
public struct JSONView {
    public let value: Any?

    public init(_ data: Data) throws { value = try JSONSerialization.jsonObject(with: data) }
    init(value: Any?) { self.value = value }

    public subscript(key: String) -> JSONView { JSONView(value: (value as? [String: Any])?[key]) }
    public subscript(index: Int) -> JSONView { JSONView(value: (value as? [Any]).flatMap { $0.indices.contains(index) ? $0[index] : nil }) }
    public var items: [JSONView] { (value as? [Any] ?? []).map { JSONView(value: $0) } }
    public var keys: [String] { ((value as? [String: Any])?.keys.sorted()) ?? [] }
    public var string: String? { value as? String }
    public var double: Double? { (value as? NSNumber)?.doubleValue }
    public var int: Int? { (value as? NSNumber)?.intValue }
    public var doubles: [Double] { items.compactMap(\.double) }
    /// Present and `null`.
    public var isNull: Bool { value is NSNull }
    public var exists: Bool { value != nil }
}
