package import NetworkKernels

/// Memory of self-attention over up to `samples` sequences of `time` positions.
package struct AttentionMemory: Sendable {
    let queriesKeysValues: FloatBlock, probabilities: FloatBlock, context: FloatBlock
    let time: Int, width: Int, heads: Int
    /// Floats from one row of probabilities to the next: `time` rounded up to whole vectors.
    var rowLength: Int { (time + 15) / 16 * 16 }

    package init(samples: Int, time: Int, width: Int, heads: Int) {
        self.time = time
        self.width = width
        self.heads = heads
        queriesKeysValues = FloatBlock(rows: samples * time, spacedColumns: 3 * width)
        context = FloatBlock(count: samples * time * width)
        probabilities = FloatBlock(count: samples * heads * time * ((time + 15) / 16 * 16))
    }

    /// Queries, keys and values side by side of the first `samples` sequences: [samples time x 3 width].
    package func queriesKeysValues(samples: Int) -> MatrixView { queriesKeysValues.spaced(rows: samples * time, columns: 3 * width) }
    /// The heads' mixed values side by side: [samples time x width].
    package func context(samples: Int) -> MatrixView { context.matrix(rows: samples * time, columns: width) }
    /// All heads' probabilities of one sample before dropout, head by head: [heads time x time].
    func probabilities(ofSample s: Int) -> MatrixView {
        probabilities.matrix(at: s * heads * time * rowLength, rows: heads * time, columns: rowLength).columns(0..<time)
    }
}

/// Scratch of attention, shared by layers that one thread works through in turn.
package struct AttentionScratch: Sendable {
    let gradient: FloatBlock, dropped: FloatBlock

    package init(time: Int, heads: Int) {
        let count = heads * time * ((time + 15) / 16 * 16)
        gradient = FloatBlock(count: count)
        dropped = FloatBlock(count: count)
    }
}

/// Self-attention with several heads over sequences of equal length, without a mask: [B time x width] -> [B time x width].
///
/// head = softmax(q k' / sqrt(width / heads)) v; output = heads side by side times Wo' + bo. Parameters as PyTorch's `MultiheadAttention`.
/// Source: Vaswani et al. 2017, section 3.2.
package struct MultiHeadAttention: Sendable {
    /// Queries, keys and values, one below the other: [3 width x width].
    package let inputWeight: ParameterSlice
    package let inputBias: ParameterSlice
    package let output: Linear
    package let width: Int
    package let heads: Int
    package var headWidth: Int { width / heads }

    package init(_ name: String, width: Int, heads: Int, in layout: inout ParameterLayout) {
        precondition(heads > 0 && width % heads == 0, "width \(width) does not divide into \(heads) heads")
        self.width = width
        self.heads = heads
        inputWeight = layout.add(name + ".in_proj_weight", [3 * width, width])
        inputBias = layout.add(name + ".in_proj_bias", [3 * width])
        output = Linear(name + ".out_proj", inputs: width, outputs: width, in: &layout)
    }

    /// Writes queries, keys and values of x [samples time x width] to the memory.
    package func project(_ x: MatrixView, samples: Int, _ values: ParameterVector, memory: AttentionMemory) {
        let joint = memory.queriesKeysValues(samples: samples)
        multiply(x, transposed: false, values[inputWeight], transposed: true, into: joint)
        addBias(joint, values[inputBias])
    }

    /// From queries, keys and values to the heads' mixed values, both in the memory.
    package func mix(
        samples: Int, memory: AttentionMemory, scratch: AttentionScratch, dropout: DropoutPlan = .none, layer: Int = 0, firstSample: Int = 0
    ) {
        let time = memory.time, scale = 1 / Float(headWidth).squareRoot()
        for s in 0..<samples {
            let (joint, context) = rows(of: s, memory)
            let probabilities = memory.probabilities(ofSample: s)
            for h in 0..<heads {
                multiply(
                    joint.columns(part(0, h)), transposed: false, joint.columns(part(1, h)), transposed: true, into: probabilities.rows(h * time..<(h + 1) * time),
                    alpha: scale)
            }
            softmaxRows(probabilities, isPadded: true)
            let used = dropped(probabilities, memory, scratch, dropout, layer, firstSample + s)
            for h in 0..<heads {
                multiply(used.rows(h * time..<(h + 1) * time), joint.columns(part(2, h)), into: context.columns(part(0, h)))
            }
        }
    }

    /// The way back of `mix`: gradient of the mixed values [samples time x width] -> gradient of queries, keys and values [samples time x 3 width].
    package func mixBackward(
        _ contextGradient: MatrixView, samples: Int, memory: AttentionMemory, scratch: AttentionScratch, into jointGradient: MatrixView,
        dropout: DropoutPlan = .none, layer: Int = 0, firstSample: Int = 0
    ) {
        let time = memory.time, scale = 1 / Float(headWidth).squareRoot()
        let gradient = scratch.gradient.matrix(rows: heads * time, columns: memory.rowLength).columns(0..<time)
        for s in 0..<samples {
            let (joint, _) = rows(of: s, memory)
            let upstream = contextGradient.rows(s * time..<(s + 1) * time), target = jointGradient.rows(s * time..<(s + 1) * time)
            let probabilities = memory.probabilities(ofSample: s)
            let used = dropped(probabilities, memory, scratch, dropout, layer, firstSample + s)
            for h in 0..<heads {
                let head = h * time..<(h + 1) * time, upstreamHead = upstream.columns(part(0, h))
                multiply(upstreamHead, transposed: false, joint.columns(part(2, h)), transposed: true, into: gradient.rows(head))
                multiply(used.rows(head), transposed: true, upstreamHead, into: target.columns(part(2, h)))
            }
            dropout.apply(to: gradient, layer: layer, site: .attention, firstRow: (firstSample + s) * heads * time)
            backwardThroughSoftmax(gradient, probabilities: probabilities, scale: scale, isPadded: true)
            for h in 0..<heads {
                let head = gradient.rows(h * time..<(h + 1) * time)
                multiply(head, joint.columns(part(1, h)), into: target.columns(part(0, h)))
                multiply(head, transposed: true, joint.columns(part(0, h)), into: target.columns(part(1, h)))
            }
        }
    }

    /// The whole layer: y = attention(x): [samples time x width] both.
    package func forward(_ x: MatrixView, samples: Int, _ values: ParameterVector, memory: AttentionMemory, scratch: AttentionScratch, into y: MatrixView) {
        project(x, samples: samples, values, memory: memory)
        mix(samples: samples, memory: memory, scratch: scratch)
        output.forward(memory.context(samples: samples), values, into: y)
    }

    /// The way back of `forward`; adds to the parameters' gradients and overwrites the input's.
    package func backward(
        _ outputGradient: MatrixView, input x: MatrixView, samples: Int, _ values: ParameterVector, memory: AttentionMemory, scratch: AttentionScratch,
        gradients: ParameterVector, inputGradient: MatrixView
    ) {
        let contextGradient = FloatBlock(count: x.count), jointGradient = FloatBlock(count: 3 * x.count)
        let context = contextGradient.matrix(rows: x.rows, columns: width), joint = jointGradient.matrix(rows: x.rows, columns: 3 * width)
        output.backward(outputGradient, input: memory.context(samples: samples), values, gradients: gradients, inputGradient: context)
        mixBackward(context, samples: samples, memory: memory, scratch: scratch, into: joint)
        projectBackward(joint, input: x, values, gradients: gradients, inputGradient: inputGradient, accumulate: false)
        withExtendedLifetime((contextGradient, jointGradient)) {}
    }

    /// The way back of `project`.
    package func projectBackward(
        _ jointGradient: MatrixView, input x: MatrixView, _ values: ParameterVector, gradients: ParameterVector, inputGradient: MatrixView, accumulate: Bool
    ) {
        addColumnSums(jointGradient, into: gradients[inputBias])
        multiply(jointGradient, transposed: true, x, into: gradients[inputWeight], beta: 1)
        multiply(jointGradient, values[inputWeight], into: inputGradient, beta: accumulate ? 1 : 0)
    }

    /// Columns of head h among the queries (0), keys (1) or values (2).
    private func part(_ which: Int, _ h: Int) -> Range<Int> { which * width + h * headWidth..<which * width + (h + 1) * headWidth }

    private func rows(of s: Int, _ memory: AttentionMemory) -> (joint: MatrixView, context: MatrixView) {
        let joint = memory.queriesKeysValues(samples: s + 1).rows(s * memory.time..<(s + 1) * memory.time)
        return (joint, memory.context.matrix(at: s * memory.time * width, rows: memory.time, columns: width))
    }

    /// The probabilities after dropout: themselves without, a scratch copy with.
    private func dropped(
        _ probabilities: MatrixView, _ memory: AttentionMemory, _ scratch: AttentionScratch, _ dropout: DropoutPlan, _ layer: Int, _ sample: Int
    ) -> MatrixView {
        if !dropout.isActive { return probabilities }
        let copy = scratch.dropped.matrix(rows: heads * memory.time, columns: memory.rowLength).columns(0..<memory.time)
        copy.copy(from: probabilities)
        dropout.apply(to: copy, layer: layer, site: .attention, firstRow: sample * heads * memory.time)
        return copy
    }
}
