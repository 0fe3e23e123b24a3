import NetworkKernels
import NumericKernels

/// Where a minibatch of PPO goes: every kernel of it alone, in cache, for the two networks 44-64-64-(3, 1) at batch 64, one thread, in the order of their cost. The sum of the
/// products is the ceiling: no update can be faster than they are.
func profilePPO() {
    let batch = 64, table = FloatBlock((0..<26_100 * 44).map { Float(($0 &* 7_919) % 1_009 - 504) / 300 }), market = table.matrix(rows: 26_100, columns: 44)
    let indices = (0..<batch).map { Int32(($0 &* 1_699 + 17) % 26_100) }
    struct Net {
        let sizes: [Int], weights: [FloatBlock], outputs: [FloatBlock], slopes: [FloatBlock], gradients: [FloatBlock]
        let parameters: [FloatBlock]
        init(_ sizes: [Int], batch: Int) {
            self.sizes = sizes
            func values(_ count: Int) -> FloatBlock { FloatBlock((0..<count).map { Float(($0 &* 31) % 17 - 8) / 40 }) }
            weights = zip(sizes, sizes.dropFirst()).map { values($0 * $1) }
            gradients = zip(sizes, sizes.dropFirst()).map { FloatBlock(count: $0 * $1) }
            outputs = sizes.map { values(batch * $0) }
            slopes = sizes.map { values(batch * $0) }
            let count = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
            parameters = (0..<4).map { _ in FloatBlock(count: count) }
        }
        func weight(_ i: Int) -> MatrixView { weights[i].matrix(rows: sizes[i], columns: sizes[i + 1]) }
        func gradient(_ i: Int) -> MatrixView { gradients[i].matrix(rows: sizes[i], columns: sizes[i + 1]) }
        func output(_ i: Int, _ batch: Int) -> MatrixView { outputs[i].matrix(rows: batch, columns: sizes[i]) }
        func slope(_ i: Int, _ batch: Int) -> MatrixView { slopes[i].matrix(rows: batch, columns: sizes[i]) }
    }
    let nets = [Net([44, 64, 64, 3], batch: batch), Net([44, 64, 64, 1], batch: batch)]
    let layers = 0..<3
    let repeats = 200
    /// Microseconds of both networks together.
    func cost(_ body: (Net) -> Void) -> Double {
        let milliseconds = AssayBench.best(40) { for _ in 0..<repeats { for net in nets { body(net) } } }
        return milliseconds * 1e3 / Double(repeats)
    }
    var step = 0
    let parts: [(name: String, microseconds: Double)] = [
        ("products, forward", cost { net in for i in layers { multiply(net.output(i, batch), net.weight(i), into: net.output(i + 1, batch)) } }),
        ("products, weight gradients", cost { net in for i in layers { multiply(net.output(i, batch), transposed: true, net.slope(i + 1, batch), into: net.gradient(i)) } }),
        ("products, input gradients", cost { net in for i in layers where i > 0 { multiply(net.slope(i + 1, batch), transposed: false, net.weight(i), transposed: true, into: net.slope(i, batch)) } }),
        ("bias and tanh", cost { net in for i in 1...2 { addBiasThenTanh(net.output(i, batch), net.gradients[0].row(0..<64)) } }),
        ("tanh's gradient, bias gradients", cost { net in
            for i in 1...2 { backwardThroughTanh(net.slope(i, batch), output: net.output(i, batch)) }
            for i in 1...3 { columnSums(net.slope(i, batch), into: net.gradients[1].row(0..<net.sizes[i])) }
        }),
        ("gather", cost { net in gatherRows(market, indices.span, into: net.output(0, batch)) }),
        ("gradient norm, Adam", cost { net in
            let p = net.parameters.map(\.all)
            _ = sumOfSquares(p[1])
            step += 1
            adamStep(p[0], gradient: p[1], first: p[2], second: p[3], scale: 1, rate: 3e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-5, step: step)
        }),
    ]
    for part in parts.sorted(by: { $0.microseconds > $1.microseconds }) { print("ppo_part \(part.name): \(String(format: "%.2f", part.microseconds)) us a minibatch") }
    let products = parts.prefix(3).reduce(0) { $0 + $1.microseconds }, known = parts.reduce(0) { $0 + $1.microseconds }
    print("ppo_parts_sum \(String(format: "%.2f", known)) us; the rest of a minibatch is the loss, and waiting for the other thread")
    for threads in [1.0, 2.0] { print("ppo_products_ceiling_\(Int(threads))_threads \(Int(4096 / (640 * products / threads * 1e-6))) steps/s") }
    withExtendedLifetime((table, nets)) {}
}
