internal import NetworkKernels
package import NumericKernels

/// A matrix with orthonormal rows or columns, whichever are fewer, times `gain`: [rows x columns], row by row.
///
/// The Q of the QR decomposition of a Gaussian matrix with the diagonal of R positive, which makes Q uniform over such matrices; PyTorch's
/// `orthogonal_`, Stable-Baselines3's initialisation. By Gram-Schmidt, twice, in double. Source: Saxe, McClelland and Ganguli 2014.
package func orthogonal(rows: Int, columns: Int, gain: Double, _ random: inout RandomStream) -> [Float] {
    let count = min(rows, columns), length = max(rows, columns)
    var vectors = [[Double]]()
    while vectors.count < count {
        var v = (0..<length).map { _ in random.gaussian() }
        for _ in 0..<2 {
            for u in vectors {
                var product = 0.0
                for i in 0..<length { product += u[i] * v[i] }
                for i in 0..<length { v[i] -= product * u[i] }
            }
        }
        let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        vectors.append(v.map { $0 / norm })
    }
    var result = [Float](repeating: 0, count: rows * columns)
    for (k, v) in vectors.enumerated() {
        for i in 0..<length { result[rows <= columns ? k * columns + i : i * columns + k] = Float(gain * v[i]) }
    }
    return result
}

/// How the parameters of a layer start.
package enum Initializer: Sendable {
    case zeros, ones
    /// Uniform on [-bound, bound].
    case uniform(bound: Double)
    /// Normal with mean 0.
    case normal(deviation: Double)
    case orthogonal(gain: Double)

    /// PyTorch's default of a linear layer's weight and bias: uniform, bound 1 / sqrt(inputs) (Kaiming uniform with a = sqrt 5).
    package static func linear(inputs: Int) -> Initializer { .uniform(bound: 1 / Double(inputs).squareRoot()) }

    /// Glorot and Bengio 2010: uniform, bound sqrt(6 / (inputs + outputs)); PyTorch's default of attention's joint projection.
    package static func xavier(inputs: Int, outputs: Int) -> Initializer { .uniform(bound: (6 / Double(inputs + outputs)).squareRoot()) }

    /// Overwrites a slice. Each slice has its own stream, so that adding a layer never shifts another's numbers.
    package func apply(to slice: ParameterSlice, of values: ParameterVector, seed: UInt64) {
        var random = RandomStream(seed: seed, purpose: "parameters " + slice.name)
        let view = values[slice]
        switch self {
        case .zeros: view.fill(0)
        case .ones: view.fill(1)
        case .uniform(let bound): view.assign((0..<slice.count).map { _ in Float(bound * (2 * random.uniform() - 1)) })
        case .normal(let deviation): view.assign((0..<slice.count).map { _ in Float(deviation * random.gaussian()) })
        case .orthogonal(let gain): view.assign(NeuralNetworks.orthogonal(rows: slice.rows, columns: slice.columns, gain: gain, &random))
        }
    }
}
