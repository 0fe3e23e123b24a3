import Foundation
import Logging

/// Results go to standard output, everything else to standard error.
enum Console {
    static func print(_ text: String, terminator: String = "\n") {
        FileHandle.standardOutput.write(Data((text + terminator).utf8))
    }

    static func error(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Colour on standard output: only on a terminal that wants it.
    static var hasColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb" && isatty(STDOUT_FILENO) == 1
    }
}

/// Progress and remarks: one line each on standard error, `warning:` before warnings.
struct StandardErrorHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Console.error((event.level >= .warning ? "\(event.level): " : "") + event.message.description)
    }
}

extension Logger {
    /// The command's logger. `--quiet` keeps warnings and errors.
    static func command(quiet: Bool) -> Logger {
        var logger = Logger(label: "assay") { _ in StandardErrorHandler() }
        logger.logLevel = quiet ? .warning : .info
        return logger
    }
}
