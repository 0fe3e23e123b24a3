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

/// The matrices of an encoder layer in the layout of `PackedMatrix`, both ways. They are copies: pack again after every change of the parameters.
package struct PackedEncoderWeights: Sendable {
    /// For the way forward, inputs to outputs, and for the way back, outputs' gradients to inputs'.
    struct Pair: Sendable {
        let forward: PackedMatrix, back: PackedMatrix
        let source: ParameterSlice

        init(_ slice: ParameterSlice) {
            source = slice
            forward = PackedMatrix(rows: slice.columns, columns: slice.rows)
            back = PackedMatrix(rows: slice.rows, columns: slice.columns)
        }
    }
    let joint: Pair, output: Pair, linear1: Pair, linear2: Pair

    package init(_ layer: EncoderLayer) {
        joint = Pair(layer.attention.inputWeight)
        output = Pair(layer.attention.output.weight)
        linear1 = Pair(layer.linear1.weight)
        linear2 = Pair(layer.linear2.weight)
    }

    /// The copies to make, each independent of the others: [0, 4) for the way forward, [4, 8) for the way back.
    package func pack(_ part: Int, _ values: ParameterVector) {
        let pair = [joint, output, linear1, linear2][part % 4]
        if part < 4 { pair.forward.pack(values[pair.source], transposed: true) } else { pair.back.pack(values[pair.source], transposed: false) }
    }
}

extension FloatBlock {
    /// Floats from row to row for `columns` columns: whole multiples of a kilobyte would crowd the rows into few sets of the first cache.
    package static func spacing(_ columns: Int) -> Int { columns % 256 == 0 ? columns + 16 : columns }

    /// A block for `rows` rows at that spacing.
    convenience init(rows: Int, spacedColumns columns: Int) { self.init(count: rows * Self.spacing(columns)) }

    /// The first `rows` rows at that spacing.
    func spaced(rows: Int, columns: Int) -> MatrixView { matrix(rows: rows, columns: Self.spacing(columns)).columns(0..<columns) }
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
        hidden = FloatBlock(rows: rows, spacedColumns: shape.feedForward)
        preactivation = shape.activation.needsInput ? FloatBlock(count: rows * shape.feedForward) : nil
        attentionInput = shape.order == .pre ? FloatBlock(count: rows * shape.width) : nil
        feedForwardInput = shape.order == .pre ? FloatBlock(count: rows * shape.width) : nil
    }
}

/// Scratch that one thread uses for all its encoder layers in turn.
package struct EncoderScratch: Sendable {
    package let attention: AttentionScratch
    let wide: FloatBlock, narrow: FloatBlock, branch: FloatBlock, joint: FloatBlock
    /// One panel of `addTransposedProduct`.
    package let panel: FloatBlock

    package init(_ shape: EncoderShape, samples: Int, time: Int) {
        let rows = samples * time
        attention = AttentionScratch(time: time, heads: shape.heads)
        wide = FloatBlock(rows: rows, spacedColumns: shape.feedForward)
        narrow = FloatBlock(rows: rows, spacedColumns: shape.width)
        branch = FloatBlock(rows: rows, spacedColumns: shape.width)
        joint = FloatBlock(rows: rows, spacedColumns: 3 * shape.width)
        panel = FloatBlock(count: 6_400)
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
        _ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, packed: PackedEncoderWeights? = nil, memory: EncoderMemory,
        scratch: EncoderScratch, into y: MatrixView
    ) {
        let input = attentionInput(x, piece, values, memory), joint = memory.attention.queriesKeysValues(samples: piece.samples)
        product(input, values[attention.inputWeight], packed?.joint, into: joint)
        addBias(joint, values[attention.inputBias])
        forwardFromProjection(x, piece, values, packed: packed, memory: memory, scratch: scratch, into: y)
    }

    /// `forward` from where queries, keys and values lie in the memory: for a first layer that gets them in a cheaper way.
    package func forwardFromProjection(
        _ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, packed: PackedEncoderWeights? = nil, memory: EncoderMemory,
        scratch: EncoderScratch, into y: MatrixView
    ) {
        let middle = memory.middle.matrix(rows: piece.rows, columns: shape.width)
        let branch = scratch.branch.spaced(rows: piece.rows, columns: shape.width)
        attention.mix(
            samples: piece.samples, memory: memory.attention, scratch: scratch.attention, dropout: piece.dropout, layer: index,
            firstSample: piece.firstSample)
        product(memory.attention.context(samples: piece.samples), values[attention.output.weight], packed?.output, into: branch)
        var feedForwardInput = middle
        join(branch, bias: attention.output.bias, residual: x, .attentionOutput, norm1, memory.norm1, piece, values, into: middle)
        if let block = memory.feedForwardInput {
            feedForwardInput = block.matrix(rows: piece.rows, columns: shape.width)
            norm2.forward(middle, values, into: feedForwardInput, record: memory.norm2.record(rows: piece.rows))
        }
        let hidden = memory.hidden.spaced(rows: piece.rows, columns: shape.feedForward)
        bend(feedForwardInput, piece, values, packed, memory, into: hidden)
        product(hidden, values[linear2.weight], packed?.linear2, into: branch)
        join(branch, bias: linear2.bias, residual: middle, .feedForwardOutput, norm2, memory.norm2, piece, values, into: y)
    }

    /// The way back of `forward`, in place: g turns from the gradient of y into that of x; adds to the parameters' gradients.
    package func backward(
        _ g: MatrixView, input x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, packed: PackedEncoderWeights? = nil,
        memory: EncoderMemory, scratch: EncoderScratch, gradients: ParameterVector
    ) {
        let joint = backwardToProjection(g, piece, values, packed: packed, memory: memory, scratch: scratch, gradients: gradients)
        let input = memory.attentionInput?.matrix(rows: piece.rows, columns: shape.width) ?? x
        addColumnSums(joint, into: gradients[attention.inputBias])
        weightGradient(joint, input, packed, scratch, into: gradients[attention.inputWeight])
        if shape.order == .post {
            return productBack(joint, values[attention.inputWeight], packed?.joint, into: g, accumulate: true)
        }
        let branch = scratch.branch.spaced(rows: piece.rows, columns: shape.width)
        productBack(joint, values[attention.inputWeight], packed?.joint, into: branch)
        norm1.backward(branch, record: memory.norm1.record(rows: piece.rows), values, gradients: gradients)
        add(branch, into: g)
    }

    /// The way back of `forwardFromProjection`: g turns into the gradient that reaches x by the residual path; the result is the gradient of
    /// queries, keys and values [R x 3 width], valid until the scratch is used again.
    package func backwardToProjection(
        _ g: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, packed: PackedEncoderWeights? = nil, memory: EncoderMemory,
        scratch: EncoderScratch, gradients: ParameterVector
    ) -> MatrixView {
        let rows = piece.rows, isPost = shape.order == .post
        let middle = memory.middle.matrix(rows: rows, columns: shape.width)
        let wide = scratch.wide.spaced(rows: rows, columns: shape.feedForward), branch = scratch.branch.spaced(rows: rows, columns: shape.width)
        // Feed-forward part
        if isPost { norm2.backward(g, record: memory.norm2.record(rows: rows), values, gradients: gradients) }
        let hidden = memory.hidden.spaced(rows: rows, columns: shape.feedForward)
        linearBackward(linear2, packed?.linear2, packed, dropped(g, .feedForwardOutput, piece, scratch), hidden, values, scratch, gradients, into: wide)
        let isBiasDone = bendBackward(wide, output: hidden, piece, memory, gradients)
        if !isBiasDone, let bias = linear1.bias { addColumnSums(wide, into: gradients[bias]) }
        let input = memory.feedForwardInput?.matrix(rows: rows, columns: shape.width) ?? middle
        weightGradient(wide, input, packed, scratch, into: gradients[linear1.weight])
        if isPost {
            productBack(wide, values[linear1.weight], packed?.linear1, into: g, accumulate: true)
            norm1.backward(g, record: memory.norm1.record(rows: rows), values, gradients: gradients)
        } else {
            productBack(wide, values[linear1.weight], packed?.linear1, into: branch)
            norm2.backward(branch, record: memory.norm2.record(rows: rows), values, gradients: gradients)
            add(branch, into: g)
        }
        // Attention
        let joint = scratch.joint.spaced(rows: rows, columns: 3 * shape.width)
        linearBackward(
            attention.output, packed?.output, packed, dropped(g, .attentionOutput, piece, scratch), memory.attention.context(samples: piece.samples),
            values, scratch, gradients, into: branch)
        attention.mixBackward(
            branch, samples: piece.samples, memory: memory.attention, scratch: scratch.attention, into: joint, dropout: piece.dropout, layer: index,
            firstSample: piece.firstSample)
        return joint
    }

    // MARK: Products with packed matrices where there are any, else with the parameters themselves

    /// y = x w'.
    private func product(_ x: MatrixView, _ w: MatrixView, _ packed: PackedEncoderWeights.Pair?, into y: MatrixView) {
        if let packed { multiply(x, packed.forward, into: y) } else { multiply(x, transposed: false, w, transposed: true, into: y) }
    }

    /// y (+)= g w.
    private func productBack(_ g: MatrixView, _ w: MatrixView, _ packed: PackedEncoderWeights.Pair?, into y: MatrixView, accumulate: Bool = false) {
        if let packed { multiply(g, packed.back, into: y, accumulate: accumulate) } else { multiply(g, w, into: y, beta: accumulate ? 1 : 0) }
    }

    /// dw += g' x.
    private func weightGradient(_ g: MatrixView, _ x: MatrixView, _ packed: PackedEncoderWeights?, _ scratch: EncoderScratch, into target: MatrixView) {
        if packed != nil { addTransposedProduct(g, x, into: target, scratch: scratch.panel) } else { multiply(g, transposed: true, x, into: target, beta: 1) }
    }

    /// `Linear.backward` with these products.
    private func linearBackward(
        _ linear: Linear, _ pair: PackedEncoderWeights.Pair?, _ packed: PackedEncoderWeights?, _ g: MatrixView, _ x: MatrixView, _ values: ParameterVector,
        _ scratch: EncoderScratch, _ gradients: ParameterVector, into inputGradient: MatrixView
    ) {
        if let bias = linear.bias { addColumnSums(g, into: gradients[bias]) }
        weightGradient(g, x, packed, scratch, into: gradients[linear.weight])
        productBack(g, values[linear.weight], pair, into: inputGradient)
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
    private func bend(
        _ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, _ packed: PackedEncoderWeights?, _ memory: EncoderMemory, into hidden: MatrixView
    ) {
        if let block = memory.preactivation {
            let before = block.matrix(rows: piece.rows, columns: shape.feedForward)
            linear1.forward(x, values, into: before)
            shape.activation.forward(before, into: hidden)
        } else if shape.activation == .relu, let bias = linear1.bias {
            product(x, values[linear1.weight], packed?.linear1, into: hidden)
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
        let copy = scratch.narrow.spaced(rows: piece.rows, columns: shape.width)
        copy.copy(from: g)
        piece.dropout.apply(to: copy, layer: index, site: site, firstRow: piece.firstRow)
        return copy
    }
}
