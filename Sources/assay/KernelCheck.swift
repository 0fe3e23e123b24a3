import Foundation
import NetworkKernels
import NumericKernels

/// Which matrix kernels run, how fast they are, and whether an environment variable keeps better ones away.
struct KernelCheck {
    let core: String
    /// Billions of additions and multiplications a second in products of 64 x 64 x 64, single precision, one thread.
    let gigaflops: Double
    /// Core and speed without the variable; nil where none is set, or where the second process could not be run.
    let freed: (core: String, gigaflops: Double)?
    let variable: String?
    let kernels: OpenBLASKernels?
    let fitting: OpenBLASKernels

    static let measureFlag = "--measure-kernel"

    init() {
        let blas = openBLASDescription()
        core = blas.core
        gigaflops = Self.measure()
        variable = blas.coreTypeVariable
        kernels = OpenBLASKernels(core: blas.core)
        fitting = OpenBLASKernels(processorFlags: Self.processorFlags)
        freed = blas.coreTypeVariable == nil ? nil : Self.measureFreed()
    }

    /// What runs, and its speed.
    var found: String { "\(core) kernels\(kernels.map { " (\($0.name))" } ?? ""), \(String(format: "%.0f", gigaflops)) GFLOP/s a core" }

    /// What is in the way, and what it costs; empty when nothing is.
    var remark: String {
        if let variable {
            guard let freed else { return "OPENBLAS_CORETYPE=\(variable) forces these kernels; unset it to let OpenBLAS choose" }
            let speed = "\(freed.core) at \(String(format: "%.0f", freed.gigaflops)) GFLOP/s"
            let factor = freed.gigaflops / gigaflops
            if factor > 1.1 {
                return "OPENBLAS_CORETYPE=\(variable) is in the way: without it OpenBLAS takes \(speed), \(String(format: "%.1f", factor)) times as fast; unset it"
            }
            return "OPENBLAS_CORETYPE=\(variable) forces these kernels and costs nothing: without it OpenBLAS takes \(speed)"
        }
        if let kernels, kernels < fitting {
            return "the processor has \(fitting.name), which this OpenBLAS does not use: a newer libopenblas0 may"
        }
        return kernels == nil ? "" : "the widest that the processor has"
    }

    /// Best of twenty rounds of about a millisecond.
    static func measure() -> Double {
        let n = 64, products = 500
        let blocks = (0..<3).map { _ in FloatBlock((0..<n * n).map { Float($0 % 7) - 3 }) }
        let views = blocks.map { $0.matrix(rows: n, columns: n) }
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<20 {
            let start = clock.now
            for _ in 0..<products { multiply(views[0], views[1], into: views[2]) }
            let spent = clock.now - start
            best = min(best, Double(spent.components.seconds) * 1e9 + Double(spent.components.attoseconds) * 1e-9)
        }
        withExtendedLifetime(blocks) {}
        return Double(2 * n * n * n * products) / best
    }

    /// The same in a process of this program without the variable, since OpenBLAS chooses once, when it is loaded.
    private static func measureFreed() -> (core: String, gigaflops: Double)? {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["doctor", measureFlag]
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "OPENBLAS_CORETYPE" }
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil, let data = try? pipe.fileHandleForReading.readToEnd() else { return nil }
        process.waitUntilExit()
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard process.terminationStatus == 0, words.count == 2, let speed = Double(words[1]) else { return nil }
        return (String(words[0]), speed)
    }

    private static var processorFlags: Set<String> {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = info.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: ":").last ?? ""
        return Set(line.split(separator: " ").map(String.init))
    }
}
