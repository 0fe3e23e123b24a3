import ArgumentParser
import Foundation

/// `--threads`, of every command that computes on several.
struct ThreadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads; results do not depend on their number.", valueName: "n"))
    var threads: Int?

    /// What was asked for, or one a processor.
    var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must lie between 1 and 256, not \(threads)") }
    }
}
