import ArgumentParser
import Foundation
import NumericKernels
import Reports

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What is installed, which BLAS kernel runs, what is missing and how to get it.")

    func run() async throws {
        var table = TextTable(["what", "found", "remark"], left: [0, 1, 2])
        table.rows.append(["assay", Assay.version, ""])
        let gnuplot = await Gnuplot.version()
        table.rows.append(["gnuplot", gnuplot ?? "missing", gnuplot == nil ? "figures are not drawn; install it with: apt-get install gnuplot-nox" : ""])
        let blas = openBLASDescription()
        let remark = blas.forcedCore.map { "OPENBLAS_CORETYPE=\($0) forces this kernel; unset it to let OpenBLAS choose" } ?? ""
        table.rows.append(["OpenBLAS", "\(blas.core) kernels", remark])
        table.rows.append(["processors", "\(ProcessInfo.processInfo.activeProcessorCount)", ""])
        Console.print(table.rendered())
    }
}
