internal import NetworkKernels

/// Memory of the last encoder layer for pieces of up to `samples` windows.
struct LastPositionMemory: Sendable {
    let query: FloatBlock, folded: FloatBlock, probabilities: FloatBlock, mixed: FloatBlock, context: FloatBlock, last: FloatBlock
    let norm1: LayerNormMemory, norm2: LayerNormMemory
    let middle: FloatBlock, hidden: FloatBlock
    /// Scratch of both ways.
    let branch: FloatBlock, wide: FloatBlock, gradient: FloatBlock, dropped: FloatBlock, foldedGradient: FloatBlock, narrow: FloatBlock
    let rowLength: Int

    init(_ shape: EncoderShape, samples: Int, time: Int) {
        rowLength = (time + 15) / 16 * 16
        let wideCount = samples * shape.heads * shape.width, scores = samples * shape.heads * rowLength
        query = FloatBlock(count: samples * shape.width)
        folded = FloatBlock(count: wideCount)
        foldedGradient = FloatBlock(count: wideCount)
        mixed = FloatBlock(count: wideCount)
        probabilities = FloatBlock(count: scores)
        gradient = FloatBlock(count: scores)
        dropped = FloatBlock(count: scores)
        context = FloatBlock(count: samples * shape.width)
        last = FloatBlock(count: samples * shape.width)
        middle = FloatBlock(count: samples * shape.width)
        branch = FloatBlock(count: samples * shape.width)
        narrow = FloatBlock(count: samples * shape.width)
        hidden = FloatBlock(count: samples * shape.feedForward)
        wide = FloatBlock(count: samples * shape.feedForward)
        norm1 = LayerNormMemory(rows: samples, width: shape.width)
        norm2 = LayerNormMemory(rows: samples, width: shape.width)
    }
}

/// The last encoder layer (post-norm, ReLU), computed for the last position only: [n time x width] -> [n x width].
///
/// Nothing else of its output is read. One query per window and head remains, so that the key and value matrices act on single vectors: with
/// u = Wk' q, scores are x u (the key's bias shifts all scores of a head alike and drops out), and with z = sum over t of p x the head's output is
/// Wv z + bv sum p. The gradient of x is then p z' + s u' per head, of rank one in time. About width / heads times less work than the plain layer.
struct LastPositionLayer: Sendable {
    let layer: EncoderLayer
    private var attention: MultiHeadAttention { layer.attention }
    private var shape: EncoderShape { layer.shape }
    private var headWidth: Int { attention.headWidth }

    init(_ layer: EncoderLayer) {
        precondition(layer.shape.order == .post && layer.shape.activation == .relu, "the last-position layer is post-norm with ReLU")
        self.layer = layer
    }

    func forward(_ x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory m: LastPositionMemory, into y: MatrixView) {
        let n = piece.samples, heads = shape.heads, width = shape.width, time = piece.time
        let weight = values[attention.inputWeight], bias = values[attention.inputBias]
        let last = narrow(m.last, n), query = narrow(m.query, n), context = narrow(m.context, n), branch = narrow(m.branch, n)
        for s in 0..<n { last.rows(s..<s + 1).copy(from: x.rows((s + 1) * time - 1..<(s + 1) * time)) }
        multiply(last, transposed: false, weight.rows(0..<width), transposed: true, into: query)
        addBias(query, bias.columns(0..<width))
        let folded = m.folded.matrix(rows: n, columns: heads * width), mixed = m.mixed.matrix(rows: n, columns: heads * width)
        for h in 0..<heads { multiply(query.columns(head(h)), keyRows(weight, h), into: folded.columns(wide(h))) }
        let scale = 1 / Float(headWidth).squareRoot()
        for s in 0..<n {
            let rows = x.rows(s * time..<(s + 1) * time), scores = scores(m.probabilities, s, m, time)
            multiply(perHead(m.folded, s), transposed: false, rows, transposed: true, into: scores, alpha: scale)
        }
        softmaxRows(allScores(m.probabilities, n, m, time), isPadded: true)
        let used = dropped(n, piece, m)
        for s in 0..<n { multiply(scores(used, s, m, time), x.rows(s * time..<(s + 1) * time), into: perHead(m.mixed, s)) }
        for h in 0..<heads { multiply(mixed.columns(wide(h)), transposed: false, valueRows(weight, h), transposed: true, into: context.columns(head(h))) }
        addValueBias(bias.columns(2 * width..<3 * width), times: used, n, piece, m, to: context)
        multiply(context, transposed: false, values[attention.output.weight], transposed: true, into: branch)
        let middle = narrow(m.middle, n), hidden = m.hidden.matrix(rows: n, columns: shape.feedForward)
        join(branch, values[attention.output.bias!], last, .attentionOutput, layer.norm1, m.norm1.record(rows: n), piece, values, into: middle)
        multiply(middle, transposed: false, values[layer.linear1.weight], transposed: true, into: hidden)
        addBiasThenReLU(hidden, values[layer.linear1.bias!])
        drop(hidden, .hidden, piece)
        multiply(hidden, transposed: false, values[layer.linear2.weight], transposed: true, into: branch)
        join(branch, values[layer.linear2.bias!], middle, .feedForwardOutput, layer.norm2, m.norm2.record(rows: n), piece, values, into: y)
    }

    /// The gradient of y [n x width], which it overwrites, -> the gradient of x [n time x width], overwritten; adds to the parameters' gradients.
    func backward(
        _ g: MatrixView, input x: MatrixView, _ piece: EncoderPiece, _ values: ParameterVector, memory m: LastPositionMemory, gradients: ParameterVector,
        inputGradient: MatrixView
    ) {
        let n = piece.samples, heads = shape.heads, width = shape.width, time = piece.time
        // Feed-forward part
        let wideGradient = m.wide.matrix(rows: n, columns: shape.feedForward), hidden = m.hidden.matrix(rows: n, columns: shape.feedForward)
        layer.norm2.backward(g, record: m.norm2.record(rows: n), values, gradients: gradients)
        layer.linear2.backward(copyDropped(g, .feedForwardOutput, piece, m), input: hidden, values, gradients: gradients, inputGradient: wideGradient)
        drop(wideGradient, .hidden, piece)
        backwardThroughReLU(wideGradient, output: hidden)
        layer.linear1.backward(wideGradient, input: narrow(m.middle, n), values, gradients: gradients, inputGradient: g, accumulate: true)
        // Attention
        layer.norm1.backward(g, record: m.norm1.record(rows: n), values, gradients: gradients)
        let context = narrow(m.branch, n)
        attention.output.backward(
            copyDropped(g, .attentionOutput, piece, m), input: narrow(m.context, n), values, gradients: gradients, inputGradient: context)
        let weight = values[attention.inputWeight], weightGradient = gradients[attention.inputWeight]
        let bias = values[attention.inputBias], biasGradient = gradients[attention.inputBias]
        let mixed = m.mixed.matrix(rows: n, columns: heads * width), folded = m.foldedGradient.matrix(rows: n, columns: heads * width)
        let used = piece.dropout.isActive ? m.dropped : m.probabilities
        addValueBiasGradient(context, times: used, n, piece, m, to: biasGradient.columns(2 * width..<3 * width))
        for h in 0..<heads {
            multiply(context.columns(head(h)), transposed: true, mixed.columns(wide(h)), into: valueRows(weightGradient, h), beta: 1)
            multiply(context.columns(head(h)), valueRows(weight, h), into: folded.columns(wide(h)))
        }
        // Scores: dp = x dz (+ dcontext bv, which is the same for all t and drops out of the soft-max's gradient unless dropout thins the sum).
        for s in 0..<n {
            let rows = x.rows(s * time..<(s + 1) * time), target = scores(m.gradient, s, m, time)
            multiply(perHead(m.foldedGradient, s), transposed: false, rows, transposed: true, into: target)
            addValueBiasToScores(bias.columns(2 * width..<3 * width), context.rows(s..<s + 1), target, piece)
            multiply(scores(used, s, m, time), transposed: true, perHead(m.foldedGradient, s), into: inputGradient.rows(s * time..<(s + 1) * time))
        }
        dropScores(m.gradient, n, piece, m)
        backwardThroughSoftmax(
            allScores(m.gradient, n, m, time), probabilities: allScores(m.probabilities, n, m, time), scale: 1 / Float(headWidth).squareRoot(), isPadded: true)
        for s in 0..<n {
            let rows = s * time..<(s + 1) * time, gradient = scores(m.gradient, s, m, time)
            multiply(gradient, transposed: true, perHead(m.folded, s), into: inputGradient.rows(rows), beta: 1)
            multiply(gradient, x.rows(rows), into: perHead(m.foldedGradient, s))
        }
        // Key and query matrices
        let query = narrow(m.query, n)
        for h in 0..<heads {
            multiply(query.columns(head(h)), transposed: true, folded.columns(wide(h)), into: keyRows(weightGradient, h), beta: 1)
            multiply(folded.columns(wide(h)), transposed: false, keyRows(weight, h), transposed: true, into: context.columns(head(h)))
        }
        addColumnSums(context, into: biasGradient.columns(0..<width))
        multiply(context, transposed: true, narrow(m.last, n), into: weightGradient.rows(0..<width), beta: 1)
        multiply(context, weight.rows(0..<width), into: g, beta: 1)
        for s in 0..<n { add(g.rows(s..<s + 1), into: inputGradient.rows((s + 1) * time - 1..<(s + 1) * time)) }
    }

    // MARK: Parts of the matrices

    private func narrow(_ block: FloatBlock, _ n: Int) -> MatrixView { block.matrix(rows: n, columns: shape.width) }
    private func head(_ h: Int) -> Range<Int> { h * headWidth..<(h + 1) * headWidth }
    private func wide(_ h: Int) -> Range<Int> { h * shape.width..<(h + 1) * shape.width }
    private func keyRows(_ weight: MatrixView, _ h: Int) -> MatrixView { weight.rows(shape.width + h * headWidth..<shape.width + (h + 1) * headWidth) }
    private func valueRows(_ weight: MatrixView, _ h: Int) -> MatrixView { weight.rows(2 * shape.width + h * headWidth..<2 * shape.width + (h + 1) * headWidth) }
    /// One sample's row of [n x heads width] as [heads x width].
    private func perHead(_ block: FloatBlock, _ s: Int) -> MatrixView { block.matrix(at: s * shape.heads * shape.width, rows: shape.heads, columns: shape.width) }
    private func allScores(_ block: FloatBlock, _ n: Int, _ m: LastPositionMemory, _ time: Int) -> MatrixView {
        block.matrix(rows: n * shape.heads, columns: m.rowLength).columns(0..<time)
    }
    private func scores(_ block: FloatBlock, _ s: Int, _ m: LastPositionMemory, _ time: Int) -> MatrixView {
        allScores(block, s + 1, m, time).rows(s * shape.heads..<(s + 1) * shape.heads)
    }

    /// y = norm(residual + dropout(branch + bias)). Overwrites the branch.
    private func join(
        _ branch: MatrixView, _ bias: MatrixView, _ residual: MatrixView, _ site: DropoutPlan.Site, _ norm: LayerNorm, _ record: LayerNormRecord,
        _ piece: EncoderPiece, _ values: ParameterVector, into y: MatrixView
    ) {
        addBias(branch, bias)
        drop(branch, site, piece)
        norm.forward(branch, residual: residual, values, into: y, record: record)
    }

    // MARK: Dropout: the same masks that the plain layer would draw at the last position

    private func drop(_ rows: MatrixView, _ site: DropoutPlan.Site, _ piece: EncoderPiece) {
        if !piece.dropout.isActive { return }
        for s in 0..<piece.samples {
            piece.dropout.apply(to: rows.rows(s..<s + 1), layer: layer.index, site: site, firstRow: (piece.firstSample + s + 1) * piece.time - 1)
        }
    }

    private func copyDropped(_ g: MatrixView, _ site: DropoutPlan.Site, _ piece: EncoderPiece, _ m: LastPositionMemory) -> MatrixView {
        if !piece.dropout.isActive { return g }
        let copy = narrow(m.narrow, piece.samples)
        copy.copy(from: g)
        drop(copy, site, piece)
        return copy
    }

    private func dropScores(_ block: FloatBlock, _ n: Int, _ piece: EncoderPiece, _ m: LastPositionMemory) {
        if !piece.dropout.isActive { return }
        let all = allScores(block, n, m, piece.time)
        for row in 0..<n * shape.heads {
            piece.dropout.apply(
                to: all.rows(row..<row + 1), layer: layer.index, site: .attention,
                firstRow: (piece.firstSample * shape.heads + row + 1) * piece.time - 1)
        }
    }

    /// The block that holds the probabilities after dropout.
    private func dropped(_ n: Int, _ piece: EncoderPiece, _ m: LastPositionMemory) -> FloatBlock {
        if !piece.dropout.isActive { return m.probabilities }
        allScores(m.dropped, n, m, piece.time).copy(from: allScores(m.probabilities, n, m, piece.time))
        dropScores(m.dropped, n, piece, m)
        return m.dropped
    }

    /// context += bv times the sum of the probabilities, which is 1 without dropout.
    private func addValueBias(_ bias: MatrixView, times used: FloatBlock, _ n: Int, _ piece: EncoderPiece, _ m: LastPositionMemory, to context: MatrixView) {
        if !piece.dropout.isActive { return addBias(context, bias) }
        forEachHead(used, n, piece, m) { s, h, sum in add(bias.columns(head(h)), into: context.rows(s..<s + 1).columns(head(h)), scale: sum) }
    }

    private func addValueBiasGradient(
        _ context: MatrixView, times used: FloatBlock, _ n: Int, _ piece: EncoderPiece, _ m: LastPositionMemory, to gradient: MatrixView
    ) {
        if !piece.dropout.isActive { return addColumnSums(context, into: gradient) }
        forEachHead(used, n, piece, m) { s, h, sum in add(context.rows(s..<s + 1).columns(head(h)), into: gradient.columns(head(h)), scale: sum) }
    }

    private func addValueBiasToScores(_ bias: MatrixView, _ context: MatrixView, _ target: MatrixView, _ piece: EncoderPiece) {
        if !piece.dropout.isActive { return }
        for h in 0..<shape.heads {
            var product: Float = 0
            for c in head(h) { product += bias[0, c] * context[0, c] }
            for t in 0..<piece.time { target[h, t] += product }
        }
    }

    private func forEachHead(_ used: FloatBlock, _ n: Int, _ piece: EncoderPiece, _ m: LastPositionMemory, _ body: (Int, Int, Float) -> Void) {
        let all = allScores(used, n, m, piece.time)
        for row in 0..<n * shape.heads {
            var sum: Float = 0
            for t in 0..<piece.time { sum += all[row, t] }
            body(row / shape.heads, row % shape.heads, sum)
        }
    }
}
