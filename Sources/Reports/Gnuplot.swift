internal import Dispatch
internal import Foundation
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Why gnuplot drew nothing.
public enum GnuplotFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No such program; the command line exits 69.
    case missing(executable: String)
    case failed(script: String, status: String, message: String)
    case timedOut(script: String, seconds: Int)

    public var description: String {
        switch self {
        case .missing(let executable):
            "error: '\(shown(executable))' was not found, so no figure was drawn\nhelp: \(GnuplotFailure.remedy)"
        case .failed(let script, let status, let message):
            "error: gnuplot could not draw \(shown(script)) (\(status))\n\(message)\nhelp: run 'gnuplot -d \(shown(script))' in the plots folder to see it again"
        case .timedOut(let script, let seconds):
            "error: gnuplot was stopped after \(seconds) s on \(shown(script))\nhelp: run 'gnuplot -d \(shown(script))' in the plots folder to see how long it takes"
        }
    }

    /// What to do when gnuplot is missing.
    public static let remedy =
        "'apt-get install gnuplot-nox' (5.4 or later) installs it; tables and scripts are written, and 'gnuplot -d SCRIPT.gp' in the plots folder draws them"
}

/// Runs gnuplot, the external program that draws every figure.
///
/// Always with `-d`, which ignores the user's settings, in the folder that holds script and table, and without a shell.
public struct Gnuplot: Sendable {
    public var executable: String
    public var timeout: Duration

    public init(executable: String = "gnuplot", timeout: Duration = .seconds(60)) {
        self.executable = executable
        self.timeout = timeout
    }

    /// Runs `script` (a file name) in `folder`. A run that takes longer than `timeout` is killed.
    public func draw(_ script: String, in folder: String) async throws(GnuplotFailure) {
        switch await run(["-d", script], in: folder) {
        case .ended(nil, _): return
        case .ended(let status?, let message): throw .failed(script: script, status: status, message: message)
        case .absent: throw .missing(executable: executable)
        case .late: throw .timedOut(script: script, seconds: Int(timeout.components.seconds))
        case .broken(let message): throw .failed(script: script, status: "could not be run", message: message)
        }
    }

    /// The version that runs (`5.4`), or nil when there is none.
    public func version() async -> String? {
        let program: Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        guard let result = try? await Subprocess.run(program, arguments: ["--version"], output: .string(limit: 4_096), error: .discarded) else { return nil }
        let words = result.standardOutput.split(separator: " ")
        return words.count > 3 ? "\(words[1]) patchlevel \(words[3].trimmingCharacters(in: .whitespacesAndNewlines))" : nil
    }

    /// Draws one table through a template (its text). Paths may be relative to the current folder.
    public func draw(template: String, table: String, output: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-plot-\(UInt32.random(in: 0...UInt32.max))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try template.write(toFile: folder + "/template.gp", atomically: false, encoding: .utf8)
        let arguments = ["-d", "-c", "template.gp", URL(fileURLWithPath: table).path, URL(fileURLWithPath: output).path]
        switch await run(arguments, in: folder) {
        case .ended(nil, _): return
        case .ended(let status?, let message): throw GnuplotFailure.failed(script: "template", status: status, message: message)
        case .absent: throw GnuplotFailure.missing(executable: executable)
        case .late: throw GnuplotFailure.timedOut(script: "template", seconds: Int(timeout.components.seconds))
        case .broken(let message): throw GnuplotFailure.failed(script: "template", status: "could not be run", message: message)
        }
    }

    private enum Outcome: Sendable {
        case ended(status: String?, message: String)
        case absent
        case late
        case broken(String)
    }

    private func run(_ arguments: [String], in folder: String) async -> Outcome {
        let program: Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        // Numbers in figures are written with a point, whatever the user's locale.
        let environment = Environment.inherit.updating(["LC_ALL": "C.UTF-8", "GNUPLOT_LIB": nil, "GNUTERM": nil])
        let guardian = ProcessGuardian()
        do {
            let result = try await Subprocess.run(
                program, arguments: Arguments(arguments), environment: environment, workingDirectory: FilePath(folder), input: .none,
                output: .discarded, error: .bytes(limit: 1 << 20)
            ) { execution in
                guardian.watch(execution.processIdentifier.value, for: timeout)
            }
            if guardian.end() { return .late }
            let message = shownLines(String(decoding: result.standardError, as: UTF8.self))
            // Warnings (a panel without points, say) come with status 0 and are no failure.
            return .ended(status: result.terminationStatus.isSuccess ? nil : "\(result.terminationStatus)", message: message)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return .absent
        } catch {
            return guardian.end() ? .late : .broken(shownLines("\(error)"))
        }
    }
}

/// Kills a process that outlives its time.
///
/// The clock runs on a thread of the system, not in a task: when every thread of Swift's pool is busy computing, a sleeping task wakes late, and
/// the process would run on.
private final class ProcessGuardian: Sendable {
    private enum State { case running, killed, ended }
    private let state = Mutex(State.running)

    func watch(_ process: pid_t, for timeout: Duration) {
        let parts = timeout.components
        let seconds = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
        DispatchQueue.global(qos: .userInitiated).asyncAfter(deadline: .now() + seconds) { [self] in
            state.withLock { state in
                guard state == .running else { return }
                state = .killed
                kill(process, SIGKILL)
            }
        }
    }

    /// No more killing; whether the process was killed.
    func end() -> Bool {
        state.withLock { state in
            defer { state = .ended }
            return state == .killed
        }
    }
}

/// The last lines of a program's message, each with its control characters shown.
private func shownLines(_ text: String) -> String {
    text.split(separator: "\n").map { shown(String($0)) }.filter { !$0.allSatisfy { $0 == " " } }.suffix(12).joined(separator: "\n")
}
