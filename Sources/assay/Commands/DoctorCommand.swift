import ArgumentParser
import Foundation
import NumericKernels
import Reports

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What is installed, which BLAS kernel runs, what is missing and how to get it.",
        discussion: "Example:\n  assay doctor")

    func run() async throws {
        let gnuplot = await Gnuplot().version()
        let blas = openBLASDescription()
        let remark = blas.coreTypeVariable.map { "OPENBLAS_CORETYPE=\($0) forces this kernel; unset it to let OpenBLAS choose" } ?? ""
        let rows = [
            ["assay", Assay.version, ""],
            ["gnuplot", gnuplot ?? "missing", gnuplot == nil ? "figures are not drawn; install it with: apt-get install gnuplot-nox" : ""],
            ["OpenBLAS", "\(blas.core) kernels", remark],
            ["processors", "\(ProcessInfo.processInfo.activeProcessorCount)", ""],
        ]
        Console.print(plainTable(["what", "found", "remark"], rows, textColumns: 3), terminator: "")
    }
}
