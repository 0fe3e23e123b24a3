package import NetworkKernels

/// One named tensor of a network inside the flat vector of all its parameters.
package struct ParameterSlice: Sendable, Equatable {
    /// The name that PyTorch's `state_dict` would use.
    package let name: String
    package let shape: [Int]
    /// First float in the vector; a multiple of 16.
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<offset + count }
    /// As a matrix: [first dimension x the rest]; a vector is one row.
    package var rows: Int { shape.count > 1 ? shape[0] : 1 }
    package var columns: Int { count / max(1, rows) }
}

/// Names, shapes and places of a network's parameters, in PyTorch's order. Slices start at multiples of 16 floats; the gaps stay zero in values,
/// gradients and moments, so that one pass over the whole vector is an optimiser step and one sum of squares its gradient norm.
package struct ParameterLayout: Sendable, Equatable {
    package private(set) var slices: [ParameterSlice] = []
    /// Floats of the vector, gaps included.
    package private(set) var length = 0

    package init() {}

    package var parameterCount: Int { slices.reduce(0) { $0 + $1.count } }

    /// Appends a tensor; traps when the name is taken.
    package mutating func add(_ name: String, _ shape: [Int]) -> ParameterSlice {
        precondition(!slices.contains { $0.name == name }, "parameter '\(name)' exists already")
        precondition(!shape.isEmpty && shape.allSatisfy { $0 > 0 }, "parameter '\(name)' of shape \(shape)")
        let slice = ParameterSlice(name: name, shape: shape, offset: length)
        slices.append(slice)
        length += (slice.count + 15) / 16 * 16
        return slice
    }

    package func slice(named name: String) -> ParameterSlice? { slices.first { $0.name == name } }
}

/// A vector with one float for every parameter: values, gradients or moments.
package struct ParameterVector: Sendable {
    package let block: FloatBlock

    package init(_ layout: ParameterLayout) { block = FloatBlock(count: layout.length) }

    package subscript(_ slice: ParameterSlice) -> MatrixView { block.matrix(at: slice.offset, rows: slice.rows, columns: slice.columns) }

    /// Rows `range` of a slice.
    package func rows(_ range: Range<Int>, of slice: ParameterSlice) -> MatrixView { self[slice].rows(range) }
}

/// The parameters of one network and their gradients: what optimisers, clipping and checkpoints see.
package final class ParameterStore: Sendable {
    package let layout: ParameterLayout
    package let values: ParameterVector
    package let gradients: ParameterVector

    package init(_ layout: ParameterLayout) {
        self.layout = layout
        values = ParameterVector(layout)
        gradients = ParameterVector(layout)
    }
}
