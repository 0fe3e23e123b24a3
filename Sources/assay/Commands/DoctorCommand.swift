import ArgumentParser
import Foundation
import NumericKernels
import Reports
import Sweeps

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What is installed, which BLAS kernel runs, which one fits, what is missing and how to get it.",
        discussion: "Example:\n  assay doctor")

    /// Prints the kernel and its speed alone: how `doctor` asks itself what would run without the environment variable.
    @Flag(help: .hidden)
    var measureKernel = false

    func run() async throws {
        if measureKernel { return Console.print("\(openBLASDescription().core) \(KernelCheck.measure())") }
        let gnuplot = await Gnuplot().version()
        let kernel = KernelCheck()
        let rows = [
            ["assay", Assay.version, ""],
            ["gnuplot", gnuplot ?? "missing", gnuplot == nil ? "figures are not drawn; install it with: apt-get install gnuplot-nox" : ""],
            ["OpenBLAS", kernel.found, kernel.remark],
            ["SQLite", sqliteVersion, ""],
            ["processors", "\(ProcessInfo.processInfo.activeProcessorCount), \(kernel.fitting.name)", ""],
        ]
        Console.print(plainTable(["what", "found", "remark"], rows, textColumns: 3), terminator: "")
    }
}
