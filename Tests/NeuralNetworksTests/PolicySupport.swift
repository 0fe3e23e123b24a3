import NetworkKernels
import NeuralNetworks

/// Cross-entropy of the actions plus half the mean squared error of the values, over a minibatch: the fixture's loss. Turns logits and values of
/// the rows `range` into gradients; `losses` gets each row's share.
struct ActorCriticLoss {
    let actions: [Int]
    let returns: [Float]
    let losses: FloatBlock

    init(actions: [Int], returns: [Float]) {
        self.actions = actions
        self.returns = returns
        losses = FloatBlock(count: actions.count)
    }

    func callAsFunction(_ range: Range<Int>, _ logits: MatrixView, _ values: MatrixView) {
        let share = 1 / Float(actions.count)
        for (i, row) in range.enumerated() {
            softmaxRows(logits.rows(i..<i + 1))
            let error = values[i, 0] - returns[row]
            losses[row] = share * (-logarithm(logits[i, actions[row]]) + 0.5 * error * error)
            logits[i, actions[row]] -= 1
            for a in 0..<logits.columns { logits[i, a] *= share }
            values[i, 0] = error * share
        }
    }

    var total: Double { losses.values.reduce(0) { $0 + Double($1) } }

    private func logarithm(_ x: Float) -> Float { log16(SIMD16(repeating: x))[0] }
}

/// The policy written the plain way: every layer for every position, nothing folded, one piece, one thread. Uses the general layers only.
struct PlainPolicy {
    let configuration: RegimePolicyConfiguration
    let layout: ParameterLayout
    private let projection: Linear
    private let positions: ParameterSlice?
    private let encoder: [EncoderLayer]
    private let regimeEmbedding: Embedding
    private let actor: (Linear, Linear), critic: (Linear, Linear)

    init(_ c: RegimePolicyConfiguration) {
        configuration = c
        var layout = ParameterLayout()
        let shape = EncoderShape(width: c.width, heads: c.heads, feedForward: c.feedForward)
        projection = Linear("input_projection", inputs: c.features, outputs: c.width, in: &layout)
        positions = c.positions == .learned ? layout.add("positions.weight", [c.context, c.width]) : nil
        encoder = (0..<c.layers).map { EncoderLayer("encoder.layers.\($0)", shape, index: $0, in: &layout) }
        regimeEmbedding = Embedding("regime_embedding", count: c.regimes, width: c.width, in: &layout)
        actor = (Linear("actor.0", inputs: 2 * c.width, outputs: c.headWidth, in: &layout), Linear("actor.2", inputs: c.headWidth, outputs: c.actions, in: &layout))
        critic = (Linear("critic.0", inputs: 2 * c.width, outputs: c.headWidth, in: &layout), Linear("critic.2", inputs: c.headWidth, outputs: 1, in: &layout))
        self.layout = layout
    }

    /// Logits and values row by row; with a loss also the gradients of the parameters, which are added to the store's.
    func run(
        _ store: ParameterStore, bars: MatrixView, ends: [Int32], regimes: [Int32], dropout: DropoutPlan = .none,
        loss: ((Range<Int>, MatrixView, MatrixView) -> Void)? = nil
    ) -> (logits: [Float], values: [Float]) {
        let c = configuration, n = ends.count, rows = n * c.context, piece = EncoderPiece(samples: n, time: c.context, dropout: dropout)
        let shape = EncoderShape(width: c.width, heads: c.heads, feedForward: c.feedForward)
        let values = store.values, gradients = store.gradients
        let windows = FloatBlock(count: rows * c.features), joined = FloatBlock(count: n * 2 * c.width)
        let inputs = (0...c.layers).map { _ in FloatBlock(count: rows * c.width) }
        let memories = encoder.map { _ in EncoderMemory(shape, samples: n, time: c.context) }, scratch = EncoderScratch(shape, samples: n, time: c.context)
        let w = windows.matrix(rows: rows, columns: c.features), both = joined.matrix(rows: n, columns: 2 * c.width)
        func x(_ l: Int) -> MatrixView { inputs[l].matrix(rows: rows, columns: c.width) }
        gatherWindows(bars, ends: ends.span, length: c.context, into: w)
        projection.forward(w, values, into: x(0))
        let fixed = FloatBlock(c.positions == .sinusoidal ? sinusoidalPositions(length: c.context, width: c.width) : [])
        let table = positions.map { values[$0] } ?? fixed.matrix(rows: c.context, columns: c.width)
        for s in 0..<n { add(table, into: x(0).rows(s * c.context..<(s + 1) * c.context)) }
        for l in 0..<c.layers { encoder[l].forward(x(l), piece, values, memory: memories[l], scratch: scratch, into: x(l + 1)) }
        for s in 0..<n { both.rows(s..<s + 1).columns(0..<c.width).copy(from: x(c.layers).rows((s + 1) * c.context - 1..<(s + 1) * c.context)) }
        regimeEmbedding.forward(regimes.span, values, into: both.columns(c.width..<2 * c.width))
        let blocks = [FloatBlock(count: n * c.headWidth), FloatBlock(count: n * c.headWidth), FloatBlock(count: n * c.actions), FloatBlock(count: n)]
        let hidden = [blocks[0].matrix(rows: n, columns: c.headWidth), blocks[1].matrix(rows: n, columns: c.headWidth)]
        let outputs = [blocks[2].matrix(rows: n, columns: c.actions), blocks[3].matrix(rows: n, columns: 1)]
        for (i, head) in [actor, critic].enumerated() {
            head.0.forward(both, values, into: hidden[i])
            c.headActivation.forward(hidden[i], into: hidden[i])
            head.1.forward(hidden[i], values, into: outputs[i])
        }
        let result = (outputs[0].values, outputs[1].values)
        guard let loss else { return result }
        loss(0..<n, outputs[0], outputs[1])
        let more = [FloatBlock(count: n * c.headWidth), FloatBlock(count: n * 2 * c.width), FloatBlock(count: rows * c.width)]
        let hiddenGradient = more[0].matrix(rows: n, columns: c.headWidth), bothGradient = more[1].matrix(rows: n, columns: 2 * c.width)
        let g = more[2].matrix(rows: rows, columns: c.width)
        for (i, head) in [actor, critic].enumerated() {
            head.1.backward(outputs[i], input: hidden[i], values, gradients: gradients, inputGradient: hiddenGradient)
            c.headActivation.backward(hiddenGradient, input: hidden[i], output: hidden[i])
            head.0.backward(hiddenGradient, input: both, values, gradients: gradients, inputGradient: bothGradient, accumulate: i > 0)
        }
        regimeEmbedding.backward(bothGradient.columns(c.width..<2 * c.width), regimes.span, gradients: gradients)
        for s in 0..<n { g.rows((s + 1) * c.context - 1..<(s + 1) * c.context).copy(from: bothGradient.rows(s..<s + 1).columns(0..<c.width)) }
        for l in (0..<c.layers).reversed() {
            encoder[l].backward(g, input: x(l), piece, values, memory: memories[l], scratch: scratch, gradients: gradients)
        }
        if let positions { for s in 0..<n { add(g.rows(s * c.context..<(s + 1) * c.context), into: gradients[positions]) } }
        projection.backward(g, input: w, values, gradients: gradients, inputGradient: nil)
        withExtendedLifetime((windows, joined, inputs, fixed, blocks, more)) {}
        return result
    }
}

extension RegimePolicyConfiguration {
    init(_ f: NetworkFixture.PolicyConfiguration) {
        self.init()
        features = f.features
        context = f.context
        width = f.width
        layers = f.layers
        heads = f.heads
        feedForward = f.feedforward
        regimes = f.regimes
        headWidth = f.head_width
        actions = f.actions
        headActivation = f.head_activation.map { Activation(rawValue: $0)! } ?? .relu
        positions = f.positions.map { PositionEncoding(rawValue: $0)! } ?? .learned
    }
}

/// The multiplicative hash that the fixture's `formula` uses: numbers in [-scale, scale) that float32 holds exactly.
func formula(_ count: Int, salt: Int, scale: Double) -> [Float] {
    (0..<count).map { i in
        var h = UInt32(truncatingIfNeeded: i &+ salt &* 7919 &+ 1) &* 2_654_435_761
        h = (h ^ (h >> 15)) &* 2_246_822_519
        h ^= h >> 13
        return Float((Double(h >> 8) / 8_388_608 - 1) * scale)
    }
}
