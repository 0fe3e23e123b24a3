package import NetworkKernels

/// y = x W' + b: [B x in] -> [B x out], with W [out x in] as in PyTorch.
package struct Linear: Sendable {
    package let weight: ParameterSlice
    package let bias: ParameterSlice?

    package init(_ name: String, inputs: Int, outputs: Int, hasBias: Bool = true, in layout: inout ParameterLayout) {
        weight = layout.add(name + ".weight", [outputs, inputs])
        bias = hasBias ? layout.add(name + ".bias", [outputs]) : nil
    }

    /// Overwrites y.
    package func forward(_ x: MatrixView, _ values: ParameterVector, into y: MatrixView) {
        multiply(x, transposed: false, values[weight], transposed: true, into: y)
        if let bias { addBias(y, values[bias]) }
    }

    /// Adds to the parameters' gradients; with `inputGradient` writes (or, where `accumulate`, adds) the gradient of x there.
    package func backward(
        _ outputGradient: MatrixView, input x: MatrixView, _ values: ParameterVector, gradients: ParameterVector, inputGradient: MatrixView?,
        accumulate: Bool = false
    ) {
        multiply(outputGradient, transposed: true, x, into: gradients[weight], beta: 1)
        if let bias { addColumnSums(outputGradient, into: gradients[bias]) }
        if let inputGradient { multiply(outputGradient, values[weight], into: inputGradient, beta: accumulate ? 1 : 0) }
    }
}

/// The bend between two linear layers.
package enum Activation: String, Sendable, CaseIterable {
    case tanh, relu, gelu, geluTanh = "gelu_tanh"

    /// y = f(x): [B x n] both. y may be x unless this is a GELU.
    package func forward(_ x: MatrixView, into y: MatrixView) {
        switch self {
        case .tanh: NetworkKernels.tanh(x, into: y)
        case .relu: NetworkKernels.relu(x, into: y)
        case .gelu: NetworkKernels.gelu(x, into: y)
        case .geluTanh: NetworkKernels.gelu(x, into: y, form: .tanh)
        }
    }

    /// Whether the way back needs the input kept apart from the output.
    package var needsInput: Bool { self == .gelu || self == .geluTanh }

    /// Turns the output's gradient into the input's, in place.
    package func backward(_ gradient: MatrixView, input x: MatrixView, output y: MatrixView) {
        switch self {
        case .tanh: backwardThroughTanh(gradient, output: y)
        case .relu: backwardThroughReLU(gradient, output: y)
        case .gelu: backwardThroughGELU(gradient, input: x)
        case .geluTanh: backwardThroughGELU(gradient, input: x, form: .tanh)
        }
    }
}
