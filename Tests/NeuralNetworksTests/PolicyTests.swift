import Foundation
import NetworkKernels
import NeuralNetworks
import Testing

@Suite struct PolicyTests {
    private static func configuration(dropout: Float = 0, layers: Int = 3, piece: Int = 2) -> RegimePolicyConfiguration {
        var c = RegimePolicyConfiguration()
        c.features = 5
        c.context = 19
        c.width = 32
        c.layers = layers
        c.heads = 4
        c.feedForward = 48
        c.headWidth = 24
        c.dropout = dropout
        c.trainingPiece = piece
        return c
    }

    private static let bars = FloatBlock(formula(60 * 5, salt: 7, scale: 2))
    private static let ends: [Int32] = [18, 59, 30, 31, 32, 44, 19], regimes: [Int32] = [0, 3, 1, 2, 3, 3, 0]
    private static func loss() -> ActorCriticLoss { ActorCriticLoss(actions: [0, 1, 2, 2, 1, 0, 1], returns: formula(7, salt: 8, scale: 1)) }
    private static var table: MatrixView { bars.matrix(rows: 60, columns: 5) }

    /// Larger weights than at the start, so that soft-max, norms and ReLU all work away from their trivial range.
    private static func shake(_ policy: RegimeConditionedPolicy) {
        for (i, slice) in policy.store.layout.slices.enumerated() {
            let noise = FloatBlock(formula(slice.count, salt: 100 + i, scale: 0.4))
            add(noise.matrix(rows: slice.rows, columns: slice.columns), into: policy.store.values[slice])
        }
        policy.parametersChanged()
    }

    @Test func theCasesSizesGiveTwoPointSixSevenMillionParameters() {
        let policy = RegimeConditionedPolicy(seed: 1, team: ThreadTeam(threads: 1))
        // By hand: 11,520 projection + 25,600 positions + 3 x 789,760 layers + 1,024 regimes + 132,099 actor + 131,585 critic.
        #expect(policy.parameterCount == 2_671_108)
        #expect(policy.parameterCount == NetworkFixture.shared.full_policy.count)
    }

    struct Variant: Sendable, CustomTestStringConvertible {
        var layers: Int, dropout: Float, piece: Int, threads: Int
        var testDescription: String { "\(layers) layers, dropout \(dropout), pieces of \(piece), \(threads) threads" }
    }

    /// The fast path (last position only, folded matrices, pieces, lanes) against every layer for every position.
    @Test(arguments: [
        Variant(layers: 3, dropout: 0, piece: 2, threads: 2), Variant(layers: 3, dropout: 0.2, piece: 2, threads: 1),
        Variant(layers: 1, dropout: 0, piece: 3, threads: 1), Variant(layers: 1, dropout: 0.3, piece: 8, threads: 2),
        Variant(layers: 2, dropout: 0.1, piece: 1, threads: 2),
    ])
    func fastPathEqualsThePlainOne(_ v: Variant) {
        let c = Self.configuration(dropout: v.dropout, layers: v.layers, piece: v.piece)
        let policy = RegimeConditionedPolicy(c, seed: 3, team: ThreadTeam(threads: v.threads)), plain = PlainPolicy(c)
        Self.shake(policy)
        let store = ParameterStore(plain.layout)
        #expect(plain.layout == policy.store.layout)
        store.values.block.all.copy(from: policy.store.values.block.all)
        // Forward, without dropout
        let logits = FloatBlock(count: 21), values = FloatBlock(count: 7)
        policy.forward(
            bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, logits: logits.matrix(rows: 7, columns: 3),
            values: values.matrix(rows: 7, columns: 1))
        let expected = plain.run(store, bars: Self.table, ends: Self.ends, regimes: Self.regimes)
        expectClose(logits.values, expected.logits.map(Double.init), Tolerance.network, "logits")
        expectClose(values.values, expected.values.map(Double.init), Tolerance.network, "values")
        // Back, with
        let loss = Self.loss(), plainLoss = Self.loss()
        policy.accumulateGradients(bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, step: 4) { loss($0, $1, $2) }
        policy.sumGradients()
        _ = plain.run(
            store, bars: Self.table, ends: Self.ends, regimes: Self.regimes, dropout: DropoutPlan(rate: v.dropout, seed: 3, step: 4)
        ) { plainLoss($0, $1, $2) }
        #expect(abs(loss.total - plainLoss.total) < 1e-5)
        for slice in store.layout.slices {
            expectClose(policy.store.gradients[slice].values, store.gradients[slice].values.map(Double.init), Tolerance.network, "gradient of \(slice.name)")
        }
    }

    @Test(arguments: [Float(0), 0.25]) func sameBytesForEveryNumberOfThreads(dropout: Float) {
        let c = Self.configuration(dropout: dropout)
        let results = [1, 2, 3].map { threads in
            let policy = RegimeConditionedPolicy(c, seed: 9, team: ThreadTeam(threads: threads))
            var norms = [Double]()
            for _ in 0..<20 {
                let loss = Self.loss()
                norms.append(
                    policy.update(
                        bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, AdamSettings(rate: 1e-2, maximumNorm: 0.5)
                    ) { loss($0, $1, $2) })
            }
            let logits = FloatBlock(count: 21), values = FloatBlock(count: 7)
            policy.forward(
                bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, logits: logits.matrix(rows: 7, columns: 3),
                values: values.matrix(rows: 7, columns: 1))
            return (policy.store.values.block.values.map(\.bitPattern), norms, logits.values)
        }
        #expect(results[1].0 == results[0].0 && results[1].1 == results[0].1 && results[2].0 == results[0].0)
        #expect(zip(results[1].2, results[0].2).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    /// The minibatch may be of any size, the empty part of a lane included.
    @Test(arguments: [1, 2, 3]) func smallBatchesWork(count: Int) {
        let c = Self.configuration(), policy = RegimeConditionedPolicy(c, seed: 3, team: ThreadTeam(threads: 2)), plain = PlainPolicy(c)
        let store = ParameterStore(plain.layout)
        store.values.block.all.copy(from: policy.store.values.block.all)
        let ends = Array(Self.ends.prefix(count)), regimes = Array(Self.regimes.prefix(count))
        let loss = ActorCriticLoss(actions: Array([2, 1, 0].prefix(count)), returns: formula(count, salt: 3, scale: 1))
        policy.accumulateGradients(bars: Self.table, ends: ends.span, regimes: regimes.span, step: 0) { loss($0, $1, $2) }
        policy.sumGradients()
        _ = plain.run(store, bars: Self.table, ends: ends, regimes: regimes) { loss($0, $1, $2) }
        for slice in store.layout.slices {
            expectClose(policy.store.gradients[slice].values, store.gradients[slice].values.map(Double.init), Tolerance.network, "gradient of \(slice.name)")
        }
    }

    @Test func aGradientThatIsNotFiniteLeavesTheParametersAlone() {
        let policy = RegimeConditionedPolicy(Self.configuration(), seed: 3, team: ThreadTeam(threads: 1)), before = policy.store.values.block.values
        let norm = policy.update(bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, AdamSettings(rate: 1e-2)) { range, logits, values in
            logits.fill(0)
            values.fill(range.contains(5) ? .nan : 0)
        }
        #expect(norm.isNaN)
        #expect(policy.store.values.block.values == before)
        #expect(policy.optimizer.steps == 0)
    }

    @Test func startsNearlyUniform() {
        let policy = RegimeConditionedPolicy(Self.configuration(), seed: 21, team: ThreadTeam(threads: 1))
        let logits = FloatBlock(count: 21), values = FloatBlock(count: 7)
        policy.forward(
            bars: Self.table, ends: Self.ends.span, regimes: Self.regimes.span, logits: logits.matrix(rows: 7, columns: 3),
            values: values.matrix(rows: 7, columns: 1))
        #expect(logits.values.allSatisfy { abs($0) < 0.1 })
        #expect(logits.values.contains { $0 != 0 })
        #expect(values.values.contains { abs($0) > 0.1 })
    }

    @Test func wordsForWhatCannotBeBuilt() {
        var c = RegimePolicyConfiguration()
        c.heads = 5
        c.dropout = 1
        c.actions = 0
        #expect(c.issues == ["actions is 0: expected at least 1", "width 256 does not divide into 5 heads", "dropout 1.0 is outside [0, 1)"])
    }
}

@Suite(.tags(.parity)) struct PolicyParityTests {
    let fixture = NetworkFixture.shared

    private func start(_ f: NetworkFixture.Policy, threads: Int) -> RegimeConditionedPolicy {
        var c = RegimePolicyConfiguration(f.configuration)
        c.trainingPiece = 3
        let policy = RegimeConditionedPolicy(c, seed: 1, team: ThreadTeam(threads: threads))
        policy.store.load(f.parameters)
        policy.parametersChanged()
        return policy
    }

    @Test(arguments: NetworkFixture.shared.policies) func forwardAndGradientsAgreeWithPyTorch(_ f: NetworkFixture.Policy) {
        let policy = start(f, threads: 2), n = f.ends.count
        let bars = FloatBlock(f.bars.floats), table = bars.matrix(rows: f.bars.shape[0], columns: f.bars.shape[1])
        let logits = FloatBlock(count: n * 3), values = FloatBlock(count: n)
        policy.forward(
            bars: table, ends: f.ends.span, regimes: f.regimes.span, logits: logits.matrix(rows: n, columns: 3), values: values.matrix(rows: n, columns: 1))
        expectClose(logits.values, f.logits.values, Tolerance.network, "logits")
        expectClose(values.values, f.values.values, Tolerance.network, "values")
        let loss = ActorCriticLoss(actions: f.actions, returns: f.returns.floats)
        policy.accumulateGradients(bars: table, ends: f.ends.span, regimes: f.regimes.span, step: 0) { loss($0, $1, $2) }
        policy.sumGradients()
        policy.store.expectGradients(f.first_gradients, Tolerance.network, f.id)
        withExtendedLifetime(bars) {}
        // And the plain path, which stands for all positions
        let plain = PlainPolicy(RegimePolicyConfiguration(f.configuration)), store = ParameterStore(plain.layout)
        store.load(f.parameters)
        let result = plain.run(store, bars: table, ends: f.ends, regimes: f.regimes) { loss($0, $1, $2) }
        expectClose(result.logits, f.logits.values, Tolerance.network, "plain logits")
        store.expectGradients(f.first_gradients, Tolerance.network, "plain \(f.id)")
    }

    @Test(arguments: NetworkFixture.shared.policies) func tenStepsAgreeWithPyTorch(_ f: NetworkFixture.Policy) {
        let policy = start(f, threads: 2)
        let bars = FloatBlock(f.bars.floats), table = bars.matrix(rows: f.bars.shape[0], columns: f.bars.shape[1])
        for step in f.losses.indices {
            let loss = ActorCriticLoss(actions: f.actions, returns: f.returns.floats)
            let norm = policy.update(
                bars: table, ends: f.ends.span, regimes: f.regimes.span, AdamSettings(rate: f.rates[step], maximumNorm: f.max_norm)
            ) { loss($0, $1, $2) }
            #expect(abs(loss.total - f.losses[step]) < Tolerance.network * max(1, abs(f.losses[step])), "loss of step \(step)")
            #expect(abs(norm - f.norms[step]) < 10 * Tolerance.network * f.norms[step], "norm of step \(step)")
        }
        policy.store.expectParameters(f.final, Tolerance.stepsOfRate * f.rates[0])
        withExtendedLifetime(bars) {}
    }

    /// The case's own sizes, parameters by formula: logits, values, and of every gradient its norm, its largest element and its product with a fixed vector.
    @Test func theFullPolicyAgreesWithPyTorch() throws {
        let f = fixture.full_policy, policy = RegimeConditionedPolicy(seed: 1, team: ThreadTeam(threads: 2)), n = f.ends.count
        for (i, slice) in policy.store.layout.slices.enumerated() {
            let fan = slice.shape.count > 1 ? slice.shape.last! : 64
            let scale = exp2((log2((3.0 / Double(fan)).squareRoot())).rounded(.toNearestOrEven))
            var numbers = formula(slice.count, salt: i + 1, scale: scale)
            if slice.name.contains("norm"), slice.name.hasSuffix("weight") { numbers = numbers.map { Float(1 + Double($0)) } }
            policy.store.values[slice].assign(numbers)
        }
        policy.parametersChanged()
        let bars = FloatBlock(formula(160 * 44, salt: f.bars_salt, scale: 2)), table = bars.matrix(rows: 160, columns: 44)
        let logits = FloatBlock(count: n * 3), values = FloatBlock(count: n)
        policy.forward(
            bars: table, ends: f.ends.span, regimes: f.regimes.span, logits: logits.matrix(rows: n, columns: 3), values: values.matrix(rows: n, columns: 1))
        expectClose(logits.values, f.logits.values, Tolerance.fullNetwork, "logits")
        expectClose(values.values, f.values.values, Tolerance.fullNetwork, "values")
        let upstreamLogits = formula(n * 3, salt: 2_000, scale: 1), upstreamValues = formula(n, salt: 2_001, scale: 1)
        policy.accumulateGradients(bars: table, ends: f.ends.span, regimes: f.regimes.span, step: 0) { range, logits, values in
            for (i, row) in range.enumerated() {
                for a in 0..<3 { logits[i, a] = upstreamLogits[row * 3 + a] }
                values[i, 0] = upstreamValues[row]
            }
        }
        policy.sumGradients()
        for (i, slice) in policy.store.layout.slices.enumerated() {
            let expected = try #require(f.gradients[slice.name])
            #expect(expected.shape == slice.shape)
            let gradient = policy.store.gradients[slice].values, probe = formula(slice.count, salt: 3_000 + i, scale: 1)
            let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let product = zip(gradient, probe).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let bound = Tolerance.fullNetwork * max(expected.norm, 1e-2)
            #expect(abs(norm - expected.norm) <= bound, "\(slice.name): norm \(norm), expected \(expected.norm)")
            #expect(abs(product - expected.probe) <= bound, "\(slice.name): product \(product), expected \(expected.probe)")
            #expect(abs(Double(gradient.map(abs).max()!) - expected.largest) <= bound, "\(slice.name): largest")
        }
        withExtendedLifetime(bars) {}
    }
}

extension ParameterStore {
    /// Every parameter within an absolute bound.
    func expectParameters(_ tensors: [String: Tensor], _ bound: Double, location: SourceLocation = #_sourceLocation) {
        for slice in layout.slices {
            let theirs = tensors[slice.name]?.values ?? []
            #expect(theirs.count == slice.count, "\(slice.name)", sourceLocation: location)
            let worst = zip(values[slice].values, theirs).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
            #expect(worst <= bound, "\(slice.name): off by \(worst), allowed \(bound)", sourceLocation: location)
        }
    }
}
