package import NetworkKernels

/// Sizes and kind of an encoder layer.
package struct EncoderShape: Sendable, Equatable {
    package enum NormOrder: String, Sendable, CaseIterable {
        /// y = norm(x + f(x)): Vaswani et al. 2017; PyTorch's default.
        case post
        /// y = x + f(norm x): `norm_first=True`.
        case pre
    }

    package let width: Int, heads: Int, feedForward: Int
    package let order: NormOrder
    package let activation: Activation

    package init(width: Int, heads: Int, feedForward: Int, order: NormOrder = .post, activation: Activation = .relu) {
        self.width = width
        self.heads = heads
        self.feedForward = feedForward
        self.order = order
        self.activation = activation
    }
}

/// What an encoder layer keeps of a piece of up to `samples` sequences for the way back.
package struct EncoderMemory: Sendable {
    package let attention: AttentionMemory
    let norm1: LayerNormMemory, norm2: LayerNormMemory
    /// [R x width]: after the first residual sum (normalised when post-norm).
    let middle: FloatBlock
    /// [R x feedForward] after the activation and dropout; before it where the activation needs that.
    let hidden: FloatBlock, preactivation: FloatBlock?
    /// Pre-norm only, [R x width]: the normalised inputs of attention and of the feed-forward part.
    let attentionInput: FloatBlock?, feedForwardInput: FloatBlock?

    package init(_ shape: EncoderShape, samples: Int, time: Int) {
        let rows = samples * time
        attention = AttentionMemory(samples: samples, time: time, width: shape.width, heads: shape.heads)
        norm1 = LayerNormMemory(rows: rows, width: shape.width)
        norm2 = LayerNormMemory(rows: rows, width: shape.width)
        middle = FloatBlock(count: rows * shape.width)
        hidden = FloatBlock(count: rows * shape.feedForward)
        preactivation = shape.activation.needsInput ? FloatBlock(count: rows * shape.feedForward) : nil
        attentionInput = shape.order == .pre ? FloatBlock(count: rows * shape.width) : nil
        feedForwardInput = shape.order == .pre ? FloatBlock(count: rows * shape.width) : nil
    }
}

/// Scratch that one thread uses for all its encoder layers in turn.
package struct EncoderScratch: Sendable {
    package let attention: AttentionScratch
    let wide: FloatBlock, narrow: FloatBlock, branch: FloatBlock, joint: FloatBlock

    package init(_ shape: EncoderShape, samples: Int, time: Int) {
        let rows = samples * time
        attention = AttentionScratch(time: time, heads: shape.heads)
        wide = FloatBlock(count: rows * shape.feedForward)
        narrow = FloatBlock(count: rows * shape.width)
        branch = FloatBlock(count: rows * shape.width)
        joint = FloatBlock(count: rows * 3 * shape.width)
    }
}

/// Which samples a piece holds and what is dropped: the arguments that every pass through a layer shares.
package struct EncoderPiece: Sendable {
    package let samples: Int, time: Int
    /// Place of the piece's first sample in the minibatch; only dropout asks for it.
    package let firstSample: Int
    package let dropout: DropoutPlan

    package init(samples: Int, time: Int, firstSample: Int = 0, dropout: DropoutPlan = .none) {
        self.samples = samples
        self.time = time
        self.firstSample = firstSample
        self.dropout = dropout
    }

    var rows: Int { samples * time }
    var firstRow: Int { firstSample * time }
}

/// One encoder layer: attention and a feed-forward part, each with a residual sum and a layer norm. Semantics and parameter names of PyTorch's
/// `TransformerEncoderLayer`: [samples time x width] -> [samples time x width].
package struct EncoderLayer: Sendable {
    package let shape: EncoderShape
    /// Its number in the stack; dropout's masks depend on it.
    package let index: Int
    package let attention: MultiHeadAttention
    package let linear1: Linear, linear2: Linear
    package let norm1: LayerNorm, norm2: LayerNorm

    package init(_ name: String, _ shape: EncoderShape, index: Int, in layout: inout ParameterLayout) {
        self.shape = shape
        self.index = index
        attention = MultiHeadAttention(name + ".self_attn", width: shape.width, heads: shape.heads, in: &layout)
        linear1 = Linear(name + ".linear1", inputs: shape.width, outputs: shape.feedForward, in: &layout)
        linear2 = Linear(name + ".linear2", inputs: shape.feedForward, outputs: shape.width, in: &layout)
        norm1 = LayerNorm(name + ".norm1", width: shape.width, in: &layout)
        norm2 = LayerNorm(name + ".norm2", width: shape.width, in: &layout)
    }

    /// y = layer(x); x must stay as it is until the way back.
    package func forward(
        _ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory: EncoderMemory, scratch: EncoderScratch, into y: MatrixView
    ) {
        attention.project(attentionInput(x, piece, values, memory), samples: piece.samples, values, memory: memory.attention)
        forwardFromProjection(x, piece, values, memory: memory, scratch: scratch, into: y)
    }

    /// `forward` from where queries, keys and values lie in the memory: for a first layer that gets them in a cheaper way.
    package func forwardFromProjection(
        _ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory: EncoderMemory, scratch: EncoderScratch, into y: MatrixView
    ) {
        let middle = memory.middle.matrix(rows: piece.rows, columns: shape.width)
        let branch = scratch.branch.matrix(rows: piece.rows, columns: shape.width)
        attention.mix(
            samples: piece.samples, memory: memory.attention, scratch: scratch.attention, dropout: piece.dropout, layer: index,
            firstSample: piece.firstSample)
        multiply(memory.attention.context(samples: piece.samples), transposed: false, values[attention.output.weight], transposed: true, into: branch)
        var feedForwardInput = middle
        join(branch, bias: attention.output.bias, residual: x, .attentionOutput, norm1, memory.norm1, piece, values, into: middle)
        if let block = memory.feedForwardInput {
            feedForwardInput = block.matrix(rows: piece.rows, columns: shape.width)
            norm2.forward(middle, values, into: feedForwardInput, record: memory.norm2.record(rows: piece.rows))
        }
        let hidden = memory.hidden.matrix(rows: piece.rows, columns: shape.feedForward)
        bend(feedForwardInput, piece, values, memory, into: hidden)
        multiply(hidden, transposed: false, values[linear2.weight], transposed: true, into: branch)
        join(branch, bias: linear2.bias, residual: middle, .feedForwardOutput, norm2, memory.norm2, piece, values, into: y)
    }

    /// The way back of `forward`, in place: g turns from the gradient of y into that of x; adds to the parameters' gradients.
    package func backward(
        _ g: MatrixView, input x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory: EncoderMemory, scratch: EncoderScratch,
        gradients: ParameterVector
    ) {
        let joint = backwardToProjection(g, piece, values, memory: memory, scratch: scratch, gradients: gradients)
        guard let input = memory.attentionInput else {
            return attention.projectBackward(joint, input: x, values, gradients: gradients, inputGradient: g, accumulate: true)
        }
        let branch = scratch.branch.matrix(rows: piece.rows, columns: shape.width)
        attention.projectBackward(
            joint, input: input.matrix(rows: piece.rows, columns: shape.width), values, gradients: gradients, inputGradient: branch, accumulate: false)
        norm1.backward(branch, record: memory.norm1.record(rows: piece.rows), values, gradients: gradients)
        add(branch, into: g)
    }

    /// The way back of `forwardFromProjection`: g turns into the gradient that reaches x by the residual path; the result is the gradient of
    /// queries, keys and values [R x 3 width], valid until the scratch is used again.
    package func backwardToProjection(
        _ g: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory: EncoderMemory, scratch: EncoderScratch, gradients: ParameterVector
    ) -> MatrixView {
        let rows = piece.rows, isPost = shape.order == .post
        let middle = memory.middle.matrix(rows: rows, columns: shape.width)
        let wide = scratch.wide.matrix(rows: rows, columns: shape.feedForward), branch = scratch.branch.matrix(rows: rows, columns: shape.width)
        // Feed-forward part
        if isPost { norm2.backward(g, record: memory.norm2.record(rows: rows), values, gradients: gradients) }
        let hidden = memory.hidden.matrix(rows: rows, columns: shape.feedForward)
        linear2.backward(dropped(g, .feedForwardOutput, piece, scratch), input: hidden, values, gradients: gradients, inputGradient: wide)
        let isBiasDone = bendBackward(wide, output: hidden, piece, memory, gradients)
        if !isBiasDone, let bias = linear1.bias { addColumnSums(wide, into: gradients[bias]) }
        let input = memory.feedForwardInput?.matrix(rows: rows, columns: shape.width) ?? middle
        multiply(wide, transposed: true, input, into: gradients[linear1.weight], beta: 1)
        if isPost {
            multiply(wide, values[linear1.weight], into: g, beta: 1)
            norm1.backward(g, record: memory.norm1.record(rows: rows), values, gradients: gradients)
        } else {
            multiply(wide, values[linear1.weight], into: branch)
            norm2.backward(branch, record: memory.norm2.record(rows: rows), values, gradients: gradients)
            add(branch, into: g)
        }
        // Attention
        let joint = scratch.joint.matrix(rows: rows, columns: 3 * shape.width)
        attention.output.backward(
            dropped(g, .attentionOutput, piece, scratch), input: memory.attention.context(samples: piece.samples), values, gradients: gradients,
            inputGradient: branch)
        attention.mixBackward(
            branch, samples: piece.samples, memory: memory.attention, scratch: scratch.attention, into: joint, dropout: piece.dropout, layer: index,
            firstSample: piece.firstSample)
        return joint
    }

    /// What attention reads: x itself, or its normalised copy when pre-norm.
    private func attentionInput(_ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, _ memory: EncoderMemory) -> MatrixView {
        guard let block = memory.attentionInput else { return x }
        let input = block.matrix(rows: piece.rows, columns: shape.width)
        norm1.forward(x, values, into: input, record: memory.norm1.record(rows: piece.rows))
        return input
    }

    /// y = residual + dropout(branch + bias), normalised when post-norm. Overwrites the branch.
    private func join(
        _ branch: MatrixView, bias: ParameterSlice?, residual: MatrixView, _ site: DropoutPlan.Site, _ norm: LayerNorm, _ record: LayerNormMemory,
        _ piece: EncoderPiece, _ values: ParameterVector, into y: MatrixView
    ) {
        var offset = bias.map { values[$0] }
        if let bias = offset, piece.dropout.isActive || shape.order == .pre {
            addBias(branch, bias)
            offset = nil
        }
        piece.dropout.apply(to: branch, layer: index, site: site, firstRow: piece.firstRow)
        switch shape.order {
        case .post: norm.forward(branch, offset: offset, residual: residual, values, into: y, record: record.record(rows: piece.rows))
        case .pre: sum(branch, residual, into: y)
        }
    }

    /// The hidden layer: activation(x W1' + b1) after dropout.
    private func bend(_ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, _ memory: EncoderMemory, into hidden: MatrixView) {
        if let block = memory.preactivation {
            let before = block.matrix(rows: piece.rows, columns: shape.feedForward)
            linear1.forward(x, values, into: before)
            shape.activation.forward(before, into: hidden)
        } else if shape.activation == .relu, let bias = linear1.bias {
            multiply(x, transposed: false, values[linear1.weight], transposed: true, into: hidden)
            addBiasThenReLU(hidden, values[bias])
        } else {
            linear1.forward(x, values, into: hidden)
            shape.activation.forward(hidden, into: hidden)
        }
        piece.dropout.apply(to: hidden, layer: index, site: .hidden, firstRow: piece.firstRow)
    }

    /// The way back of the activation and its dropout, in place. True when the first linear layer's bias gradient was added on the way.
    private func bendBackward(
        _ g: MatrixView, output: MatrixView, _ piece: EncoderPiece, _ memory: EncoderMemory, _ gradients: ParameterVector
    ) -> Bool {
        piece.dropout.apply(to: g, layer: index, site: .hidden, firstRow: piece.firstRow)
        if shape.activation == .relu, let bias = linear1.bias {
            // A dropped unit is 0 in the output and in g alike.
            backwardThroughReLU(g, output: output, biasGradient: gradients[bias])
            return true
        }
        let before = memory.preactivation?.matrix(rows: piece.rows, columns: shape.feedForward) ?? output
        precondition(shape.activation != .tanh || !piece.dropout.isActive, "tanh in an encoder layer works without dropout only")
        shape.activation.backward(g, input: before, output: output)
        return false
    }

    /// The gradient behind a residual sum's dropout: g itself without, a scratch copy with.
    private func dropped(_ g: MatrixView, _ site: DropoutPlan.Site, _ piece: EncoderPiece, _ scratch: EncoderScratch) -> MatrixView {
        if !piece.dropout.isActive { return g }
        let copy = scratch.narrow.matrix(rows: piece.rows, columns: shape.width)
        copy.copy(from: g)
        piece.dropout.apply(to: copy, layer: index, site: site, firstRow: piece.firstRow)
        return copy
    }
}
