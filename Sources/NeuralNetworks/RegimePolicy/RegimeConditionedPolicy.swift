package import NetworkKernels

/// The regime-conditioned Transformer actor-critic of the hourly BTC case: a window of bars and the present regime -> action logits and a value.
///
/// bars -> linear to `width` + position -> post-norm ReLU encoder layers -> the last position's vector beside the regime's embedding -> an actor head
/// (2 width -> headWidth -> actions) and a critic head (2 width -> headWidth -> 1). The semantics are PyTorch's `TransformerEncoder`; the computation is
/// not: the last layer is computed for the last position only (`LastPositionLayer`), the first projection is folded into the input's
/// (`FoldedProjection`), and a batch passes in pieces that stay in the cache. Same bytes for every number of threads.
///
/// Observations are windows into one table of bars [T x features]: a window is named by its last row, so nobody copies windows.
/// One caller at a time.
package final class RegimeConditionedPolicy {
    package let configuration: RegimePolicyConfiguration
    /// The parameters in PyTorch's names, and the gradients of the last minibatch. After writing to the values call `parametersChanged`.
    package let store: ParameterStore
    package let optimizer: AdamOptimizer
    package let team: ThreadTeam
    private let layers: RegimePolicyLayers
    private let projection: FoldedProjection
    /// Of all layers but the last.
    private let packed: [PackedEncoderWeights]
    private let seed: UInt64
    private var trainingLanes: [PolicyLane] = []
    private var inferenceLanes: [PolicyLane] = []
    /// Gradients of lanes 1, 2, ...; lane 0 uses the store's.
    private var otherGradients: [ParameterVector] = []
    private var isPrepared = false, isPreparedForTraining = false

    package var parameterCount: Int { store.layout.parameterCount }

    /// Parameters from `seed`; traps where the configuration has `issues`. The team's threads beyond `gradientLanes` help in inference only.
    package init(_ configuration: RegimePolicyConfiguration = .init(), seed: UInt64, team: ThreadTeam) {
        let issues = configuration.issues
        precondition(issues.isEmpty, issues.joined(separator: "; "))
        self.configuration = configuration
        self.seed = seed
        self.team = team
        layers = RegimePolicyLayers(configuration)
        store = ParameterStore(layers.layout)
        optimizer = AdamOptimizer(layers.layout)
        projection = FoldedProjection(configuration)
        packed = layers.encoder.dropLast().map { PackedEncoderWeights($0) }
        layers.initialize(store.values, configuration, seed: seed)
    }

    /// Call after the parameters were changed by other means than `update` (loading a checkpoint, a copy from elsewhere).
    package func parametersChanged() { (isPrepared, isPreparedForTraining) = (false, false) }

    /// Logits [B x actions] and values [B x 1] of the windows that end at rows `ends` of `bars` [T x features], in regimes `regimes` (0 ..< regimes).
    /// Without dropout. Traps when a window reaches before row 0.
    package func forward(bars: MatrixView, ends: Span<Int32>, regimes: Span<Int32>, logits: MatrixView, values: MatrixView) {
        let count = ends.count, size = configuration.inferencePiece
        check(bars, count, regimes.count)
        precondition(
            logits.rows == count && logits.columns == configuration.actions && values.rows == count && values.columns == 1,
            "logits [\(logits.rows) x \(logits.columns)], values [\(values.rows) x \(values.columns)] for \(count) windows")
        prepare()
        while inferenceLanes.count < team.threads { inferenceLanes.append(PolicyLane(configuration, layers, projection, packed, isTraining: false)) }
        // With few windows, smaller pieces so that all threads have one.
        let piece = max(1, min(size, (count + team.threads - 1) / team.threads)), pieces = (count + piece - 1) / piece
        let parameters = store.values, context = configuration.context, lanes = inferenceLanes
        team.run(min(lanes.count, pieces)) { lane in
            for p in stride(from: lane, to: pieces, by: min(lanes.count, pieces)) {
                let range = p * piece..<min(count, (p + 1) * piece)
                let result = lanes[lane].forward(
                    bars: bars, ends: ends.extracting(range), regimes: regimes.extracting(range), EncoderPiece(samples: range.count, time: context), parameters)
                logits.rows(range).copy(from: result.logits)
                values.rows(range).copy(from: result.values)
            }
        }
    }

    /// Sums the gradients of a minibatch into the store (the first lane's part) and this policy's other lanes.
    ///
    /// `loss(range, logits, values)` gets the rows `range` of the minibatch and turns logits [n x actions] and values [n x 1] in place into the
    /// gradients of the loss. It is called from several threads at once, for disjoint ranges, in an order that must not matter.
    /// `step` numbers the dropout masks; without dropout it is not used.
    package func accumulateGradients(
        bars: MatrixView, ends: Span<Int32>, regimes: Span<Int32>, step: Int, loss: (Range<Int>, MatrixView, MatrixView) -> Void
    ) {
        let count = ends.count, size = configuration.trainingPiece, laneCount = configuration.gradientLanes
        check(bars, count, regimes.count)
        prepare()
        prepareWayBack()
        while trainingLanes.count < laneCount {
            trainingLanes.append(PolicyLane(configuration, layers, projection, packed, isTraining: true))
            if trainingLanes.count > 1 { otherGradients.append(ParameterVector(store.layout)) }
        }
        let parameters = store.values, context = configuration.context, lanes = trainingLanes
        let gradients = [store.gradients] + otherGradients
        let dropout = DropoutPlan(rate: configuration.dropout, seed: seed, step: UInt64(step))
        team.run(laneCount) { lane in
            gradients[lane].block.all.fill(0)
            lanes[lane].foldedGradients?.block.all.fill(0)
            let end = count * (lane + 1) / laneCount
            var start = count * lane / laneCount
            while start < end {
                let range = start..<min(end, start + size)
                let part = EncoderPiece(samples: range.count, time: context, firstSample: start, dropout: dropout)
                let regimesOfPart = regimes.extracting(range)
                let result = lanes[lane].forward(bars: bars, ends: ends.extracting(range), regimes: regimesOfPart, part, parameters)
                loss(range, result.logits, result.values)
                lanes[lane].backward(regimes: regimesOfPart, part, parameters, gradients: gradients[lane])
                start = range.upperBound
            }
        }
        projection.expand(
            lanes.compactMap(\.foldedGradients), layers, parameters, gradients: store.gradients, isFirstLayerFull: configuration.layers > 1, team: team)
    }

    /// Adds up the lanes' gradients, clips and takes an optimiser step; returns the gradient norm before clipping. When that is not finite the
    /// parameters stay as they are.
    @discardableResult
    package func step(_ settings: AdamSettings) -> Double {
        parametersChanged()
        return optimizer.step(store, adding: otherGradients, settings, team: team)
    }

    /// Moves the other lanes' gradients into the store's, for a caller that wants to see the whole gradient before `step`, which otherwise does it.
    package func sumGradients() {
        for other in otherGradients {
            add(other.block.all, into: store.gradients.block.all)
            other.block.all.fill(0)
        }
    }

    /// One minibatch: `accumulateGradients`, then `step`.
    @discardableResult
    package func update(
        bars: MatrixView, ends: Span<Int32>, regimes: Span<Int32>, _ settings: AdamSettings, loss: (Range<Int>, MatrixView, MatrixView) -> Void
    ) -> Double {
        accumulateGradients(bars: bars, ends: ends, regimes: regimes, step: optimizer.steps, loss: loss)
        return step(settings)
    }

    private func prepare() {
        if isPrepared { return }
        projection.prepare(layers, store.values, isFirstLayerFull: configuration.layers > 1, team: team)
        // The first layer's joint projection is part of the folded one.
        team.run(packed.count * 4) { part in if part > 0 { packed[part / 4].pack(part % 4, store.values) } }
        isPrepared = true
    }

    private func prepareWayBack() {
        if isPreparedForTraining { return }
        team.run(packed.count * 4) { part in if part > 0 { packed[part / 4].pack(4 + part % 4, store.values) } }
        isPreparedForTraining = true
    }

    private func check(_ bars: MatrixView, _ windows: Int, _ regimes: Int) {
        precondition(bars.columns == configuration.features, "bars of \(bars.columns) features for a policy of \(configuration.features)")
        precondition(windows == regimes, "\(windows) windows and \(regimes) regimes")
    }
}
