package import NetworkKernels
internal import RealModule

/// A table of vectors looked up by number: indices [B] -> rows [B x width].
package struct Embedding: Sendable {
    package let weight: ParameterSlice

    package init(_ name: String, count: Int, width: Int, in layout: inout ParameterLayout) {
        weight = layout.add(name + ".weight", [count, width])
    }

    package func forward(_ indices: Span<Int32>, _ values: ParameterVector, into rows: MatrixView) { gatherRows(values[weight], indices, into: rows) }

    /// Adds to the table's gradient, in rising order of the batch.
    package func backward(_ gradient: MatrixView, _ indices: Span<Int32>, gradients: ParameterVector) {
        scatterAddRows(gradient, indices, into: gradients[weight])
    }
}

/// How the place of a bar in its window is told to the network.
package enum PositionEncoding: String, Sendable, CaseIterable {
    /// A trained vector for each place.
    case learned
    /// sin and cos of falling rates, fixed: Vaswani et al. 2017, section 3.5.
    case sinusoidal
}

/// Sine in even columns, cosine in odd ones, of t / 10000^(column pair / width): [length x width], width even.
package func sinusoidalPositions(length: Int, width: Int) -> [Float] {
    precondition(width % 2 == 0, "sinusoidal positions need an even width, not \(width)")
    var table = [Float]()
    table.reserveCapacity(length * width)
    for t in 0..<length {
        for pair in 0..<width / 2 {
            let angle = Double(t) * Double.exp(-Double.log(10_000) * Double(2 * pair) / Double(width))
            table.append(Float(Double.sin(angle)))
            table.append(Float(Double.cos(angle)))
        }
    }
    return table
}
