internal import NetworkKernels

/// What one thread needs to carry pieces of a batch through the policy and back: memories, scratch, and its own gradients.
final class PolicyLane: Sendable {
    private let c: RegimePolicyConfiguration
    private let layers: RegimePolicyLayers
    private let projection: FoldedProjection
    private let packed: [PackedEncoderWeights]
    private let last: LastPositionLayer
    private let capacity: Int
    private let bars: FloatBlock
    /// Inputs of the encoder layers, [R x width] each.
    private let inputs: [FloatBlock]
    private let memories: [EncoderMemory]
    private let scratch: EncoderScratch
    private let lastMemory: LastPositionMemory
    /// The last position's output beside the regime's vector, [n x 2 width], and the heads' hidden layers.
    private let joined: FloatBlock, actor: FloatBlock, critic: FloatBlock
    private let inputGradient: FloatBlock?, joinedGradient: FloatBlock, lastGradient: FloatBlock, headGradient: FloatBlock
    private let logits: FloatBlock, values: FloatBlock
    let foldedGradients: FoldedProjection.Gradients?

    /// For training, every layer keeps what the way back needs; otherwise all share one memory and two inputs.
    init(_ c: RegimePolicyConfiguration, _ layers: RegimePolicyLayers, _ projection: FoldedProjection, _ packed: [PackedEncoderWeights], isTraining: Bool) {
        self.c = c
        self.layers = layers
        self.projection = projection
        self.packed = packed
        last = LastPositionLayer(layers.encoder[c.layers - 1])
        capacity = isTraining ? c.trainingPiece : c.inferencePiece
        let rows = capacity * c.context, full = c.layers - 1
        bars = FloatBlock(count: rows * projection.paddedFeatures)
        let blocks = (0..<(isTraining ? c.layers : min(2, c.layers))).map { _ in FloatBlock(count: rows * c.width) }
        inputs = (0..<c.layers).map { blocks[$0 % blocks.count] }
        let own = (0..<(isTraining ? full : min(1, full))).map { [capacity] _ in EncoderMemory(c.encoder, samples: capacity, time: c.context) }
        memories = (0..<full).map { own[$0 % own.count] }
        scratch = EncoderScratch(c.encoder, samples: capacity, time: c.context)
        lastMemory = LastPositionMemory(c.encoder, samples: capacity, time: c.context)
        joined = FloatBlock(count: capacity * 2 * c.width)
        joinedGradient = FloatBlock(count: capacity * 2 * c.width)
        lastGradient = FloatBlock(count: capacity * c.width)
        actor = FloatBlock(count: capacity * c.headWidth)
        critic = FloatBlock(count: capacity * c.headWidth)
        headGradient = FloatBlock(count: capacity * c.headWidth)
        logits = FloatBlock(count: capacity * c.actions)
        values = FloatBlock(count: capacity)
        inputGradient = isTraining ? FloatBlock(rows: rows, spacedColumns: c.width) : nil
        foldedGradients = isTraining ? FoldedProjection.Gradients(projection) : nil
    }

    /// Logits [n x A] and values [n x 1] of the piece's windows, in this lane's own memory until the next call.
    func forward(
        bars table: MatrixView, ends: Span<Int32>, regimes: Span<Int32>, _ piece: EncoderPiece, _ parameters: ParameterVector
    ) -> (logits: MatrixView, values: MatrixView) {
        let n = piece.samples, rows = n * c.context
        precondition(n <= capacity, "a piece of \(n) windows in memory for \(capacity)")
        let windows = bars.matrix(rows: rows, columns: projection.paddedFeatures)
        gatherWindows(table, ends: ends, length: c.context, into: windows.columns(0..<c.features))
        projection.project(windows, into: input(0, rows))
        for l in 0..<c.layers - 1 {
            if l == 0 {
                projection.projectJoint(windows, into: memories[0].attention.queriesKeysValues(samples: n))
                layers.encoder[0].forwardFromProjection(
                    input(0, rows), piece, parameters, packed: packed[0], memory: memories[0], scratch: scratch, into: input(1, rows))
            } else {
                layers.encoder[l].forward(
                    input(l, rows), piece, parameters, packed: packed[l], memory: memories[l], scratch: scratch, into: input(l + 1, rows))
            }
        }
        let both = joined.matrix(rows: n, columns: 2 * c.width)
        last.forward(input(c.layers - 1, rows), piece, parameters, memory: lastMemory, into: both.columns(0..<c.width))
        layers.regimeEmbedding.forward(regimes, parameters, into: both.columns(c.width..<2 * c.width))
        let logits = logits.matrix(rows: n, columns: c.actions), values = values.matrix(rows: n, columns: 1)
        head(layers.actorHidden, layers.actorOutput, both, actor, parameters, into: logits)
        head(layers.criticHidden, layers.criticOutput, both, critic, parameters, into: values)
        return (logits, values)
    }

    /// After `forward` of the same piece, from the gradients of logits and values left in its results: adds to the gradients.
    func backward(regimes: Span<Int32>, _ piece: EncoderPiece, _ parameters: ParameterVector, gradients: ParameterVector) {
        guard let inputGradient, let foldedGradients else { preconditionFailure("a lane made for inference has no way back") }
        let n = piece.samples, rows = n * c.context
        let both = joinedGradient.matrix(rows: n, columns: 2 * c.width), g = inputGradient.spaced(rows: rows, columns: c.width)
        headBackward(
            layers.actorHidden, layers.actorOutput, logits.matrix(rows: n, columns: c.actions), actor, parameters, gradients, into: both, accumulate: false)
        headBackward(
            layers.criticHidden, layers.criticOutput, values.matrix(rows: n, columns: 1), critic, parameters, gradients, into: both, accumulate: true)
        layers.regimeEmbedding.backward(both.columns(c.width..<2 * c.width), regimes, gradients: gradients)
        let lastRows = lastGradient.matrix(rows: n, columns: c.width)
        lastRows.copy(from: both.columns(0..<c.width))
        last.backward(
            lastRows, input: input(c.layers - 1, rows), piece, parameters, memory: lastMemory, gradients: gradients, inputGradient: g)
        var joint: MatrixView?
        for l in (0..<c.layers - 1).reversed() {
            if l > 0 {
                layers.encoder[l].backward(
                    g, input: input(l, rows), piece, parameters, packed: packed[l], memory: memories[l], scratch: scratch, gradients: gradients)
            } else {
                joint = layers.encoder[0].backwardToProjection(
                    g, piece, parameters, packed: packed[0], memory: memories[0], scratch: scratch, gradients: gradients)
            }
        }
        projection.accumulate(bars.matrix(rows: rows, columns: projection.paddedFeatures), input: g, joint: joint, scratch: scratch.panel, into: foldedGradients)
    }

    private func input(_ l: Int, _ rows: Int) -> MatrixView { inputs[l].matrix(rows: rows, columns: c.width) }

    /// output(activation(hidden(x))).
    private func head(_ hidden: Linear, _ output: Linear, _ x: MatrixView, _ block: FloatBlock, _ parameters: ParameterVector, into y: MatrixView) {
        let middle = block.matrix(rows: x.rows, columns: c.headWidth)
        hidden.forward(x, parameters, into: middle)
        c.headActivation.forward(middle, into: middle)
        output.forward(middle, parameters, into: y)
    }

    private func headBackward(
        _ hidden: Linear, _ output: Linear, _ g: MatrixView, _ block: FloatBlock, _ parameters: ParameterVector, _ gradients: ParameterVector,
        into inputGradient: MatrixView, accumulate: Bool
    ) {
        let middle = block.matrix(rows: g.rows, columns: c.headWidth), middleGradient = headGradient.matrix(rows: g.rows, columns: c.headWidth)
        output.backward(g, input: middle, parameters, gradients: gradients, inputGradient: middleGradient)
        c.headActivation.backward(middleGradient, input: middle, output: middle)
        hidden.backward(
            middleGradient, input: joined.matrix(rows: g.rows, columns: 2 * c.width), parameters, gradients: gradients, inputGradient: inputGradient,
            accumulate: accumulate)
    }
}
