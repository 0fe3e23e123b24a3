import Foundation
import NetworkKernels
import NeuralNetworks

extension AssayBench {
    /// Every large product of the Transformer alone, a piece of 8 windows, one thread: GFLOP/s of the panel kernel and of OpenBLAS.
    static func transformerProducts() {
        let rows = 800, scratch = FloatBlock(count: 6_400)
        func spaced(_ rows: Int, _ columns: Int) -> (FloatBlock, MatrixView) {
            let spacing = FloatBlock.spacing(columns), block = FloatBlock((0..<rows * spacing).map { Float($0 % 23) * 0.01 })
            return (block, block.matrix(rows: rows, columns: spacing).columns(0..<columns))
        }
        func line(_ name: String, _ m: Int, _ n: Int, _ k: Int, _ ours: () -> Void, _ theirs: () -> Void) {
            let operations = 2e-6 * Double(m) * Double(n) * Double(k)
            print("product_\(name) \(String(format: "%.0f", operations / best(40, ours))) GFLOP/s, OpenBLAS \(String(format: "%.0f", operations / best(40, theirs)))")
        }
        for (name, inputs, outputs) in [("joint", 256, 768), ("output", 256, 256), ("linear1", 256, 1_024), ("linear2", 1_024, 256), ("folded", 64, 768)] {
            let x = spaced(rows, inputs), y = spaced(rows, outputs), w = FloatBlock((0..<inputs * outputs).map { Float($0 % 19) * 0.01 })
            let W = w.matrix(rows: outputs, columns: inputs), g = FloatBlock(count: inputs * outputs), G = g.matrix(rows: outputs, columns: inputs)
            let forward = PackedMatrix(rows: inputs, columns: outputs), back = PackedMatrix(rows: outputs, columns: inputs)
            forward.pack(W, transposed: true)
            back.pack(W, transposed: false)
            line("\(name)_forward", rows, outputs, inputs) { multiply(x.1, forward, into: y.1) } _: { multiply(x.1, transposed: false, W, transposed: true, into: y.1) }
            y.1.fill(0.5)
            line("\(name)_back", rows, outputs, inputs) { multiply(y.1, back, into: x.1) } _: { multiply(y.1, W, into: x.1) }
            x.1.fill(0.5)
            line("\(name)_weight", rows, outputs, inputs) { addTransposedProduct(y.1, x.1, into: G, scratch: scratch) } _: {
                multiply(y.1, transposed: true, x.1, into: G, beta: 1)
            }
            print("  packing \(String(format: "%.3f", best(20) { forward.pack(W, transposed: true) })) and \(String(format: "%.3f", best(20) { back.pack(W, transposed: false) })) ms")
            withExtendedLifetime((x, y, w, g)) {}
        }
    }
}
