import Foundation
import NetworkKernels
import NeuralNetworks

extension AssayBench {
    /// The BTC case's Transformer policy: samples a second of training (forward, loss, backward, clipping, Adam; batch 64 of 100 x 44) and of
    /// inference, on one and two threads; and the ceiling, the same number of multiplications as plain matrix products of the same shapes.
    static func transformer() {
        let batch = 64, rows = 4_000
        let arguments = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
        var c = RegimePolicyConfiguration()
        if arguments.count == 2 { (c.trainingPiece, c.inferencePiece) = (arguments[0], arguments[1]) }
        let bars = FloatBlock((0..<rows * c.features).map { Float(($0 &* 7_919) % 1_009 - 504) / 300 }), table = bars.matrix(rows: rows, columns: c.features)
        let ends = (0..<batch).map { Int32(99 + $0 &* 1_699 % (rows - 99)) }, regimes = (0..<batch).map { Int32($0 % c.regimes) }
        let logits = FloatBlock(count: batch * c.actions), values = FloatBlock(count: batch)
        for threads in [1, 2] {
            let policy = RegimeConditionedPolicy(c, seed: 1, team: ThreadTeam(threads: threads))
            if threads == 1 { print("transformer_parameters \(policy.parameterCount)") }
            let training = best(12) {
                policy.update(bars: table, ends: ends.span, regimes: regimes.span, AdamSettings(rate: 3e-4, maximumNorm: 0.5)) { range, logits, values in
                    softmaxRows(logits)
                    for (i, row) in range.enumerated() {
                        logits[i, row % 3] -= 1
                        values[i, 0] -= Float(row % 5) - 2
                    }
                }
            }
            let inference = best(30) {
                policy.forward(
                    bars: table, ends: ends.span, regimes: regimes.span, logits: logits.matrix(rows: batch, columns: c.actions),
                    values: values.matrix(rows: batch, columns: 1))
            }
            print("transformer_training_\(threads)threads \(String(format: "%.1f", Double(batch) / training * 1e3)) samples/s")
            print("transformer_inference_\(threads)threads \(String(format: "%.1f", Double(batch) / inference * 1e3)) samples/s")
        }
        for threads in [1, 2] { ceiling(c, threads: threads) }
        withExtendedLifetime(bars) {}
    }

    /// Products of one piece, forward and back, with nothing between them.
    private static func ceiling(_ c: RegimePolicyConfiguration, threads: Int) {
        let n = c.trainingPiece, r = n * c.context, team = ThreadTeam(threads: threads)
        struct Shape {
            var rows: Int, inputs: Int, outputs: Int
        }
        // The two full layers; the last layer and the folded projection come to 2% of these.
        let shapes = [
            Shape(rows: r, inputs: 48, outputs: 4 * c.width), Shape(rows: r, inputs: c.width, outputs: 3 * c.width),
            Shape(rows: r, inputs: c.width, outputs: c.width), Shape(rows: r, inputs: c.width, outputs: c.width),
            Shape(rows: r, inputs: c.width, outputs: c.feedForward), Shape(rows: r, inputs: c.width, outputs: c.feedForward),
            Shape(rows: r, inputs: c.feedForward, outputs: c.width), Shape(rows: r, inputs: c.feedForward, outputs: c.width),
        ]
        let lanes = (0..<threads).map { _ in
            (x: FloatBlock(count: r * c.feedForward), w: FloatBlock(count: c.width * c.feedForward), y: FloatBlock(count: r * c.feedForward),
             p: FloatBlock(count: c.context * 112), g: FloatBlock(count: c.width * c.feedForward))
        }
        func work(_ lane: Int, isTraining: Bool) {
            let (x, w, y, p, g) = lanes[lane]
            for (i, s) in shapes.enumerated() {
                let X = x.matrix(rows: s.rows, columns: s.inputs), W = w.matrix(rows: s.outputs, columns: s.inputs), Y = y.matrix(rows: s.rows, columns: s.outputs)
                multiply(X, transposed: false, W, transposed: true, into: Y)
                guard isTraining else { continue }
                multiply(Y, transposed: true, X, into: g.matrix(rows: s.outputs, columns: s.inputs), beta: 1)
                if i > 0 { multiply(Y, W, into: X) }
            }
            let heads = 2 * c.heads, P = p.matrix(rows: c.context, columns: 112).columns(0..<c.context)
            for s in 0..<n {
                let Q = x.matrix(at: s * c.context * 3 * c.width, rows: c.context, columns: 3 * c.width).columns(0..<c.width / c.heads)
                let Z = y.matrix(at: s * c.context * c.width, rows: c.context, columns: c.width).columns(0..<c.width / c.heads)
                for _ in 0..<heads {
                    multiply(Q, transposed: false, Q, transposed: true, into: P)
                    multiply(P, Q, into: Z)
                    guard isTraining else { continue }
                    multiply(Z, transposed: false, Q, transposed: true, into: P)
                    for _ in 0..<2 { multiply(P, transposed: true, Q, into: Z) }
                    multiply(P, Q, into: Z)
                }
            }
        }
        for isTraining in [true, false] {
            let milliseconds = best(8) { team.run(threads) { lane in for _ in 0..<2 { work(lane, isTraining: isTraining) } } }
            let name = isTraining ? "training" : "inference"
            print("transformer_products_\(name)_\(threads)threads \(String(format: "%.1f", Double(2 * threads * n) / milliseconds * 1e3)) samples/s")
        }
    }
}
