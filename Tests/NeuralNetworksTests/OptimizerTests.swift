import Foundation
import NetworkKernels
import NeuralNetworks
import NumericKernels
import Testing

@Suite(.tags(.parity)) struct OptimizerParityTests {
    /// Ten steps of a two-layer tanh network on a cross-entropy, with Adam, AdamW, clipping and a falling rate.
    @Test(arguments: NetworkFixture.shared.optimisers, [1, 2]) func tenStepsAgreeWithPyTorch(_ f: NetworkFixture.Steps, threads: Int) {
        var layout = ParameterLayout()
        let layers = [
            Linear("0", inputs: 6, outputs: 16, in: &layout), Linear("2", inputs: 16, outputs: 16, in: &layout), Linear("4", inputs: 16, outputs: 3, in: &layout),
        ]
        let store = ParameterStore(layout), optimizer = AdamOptimizer(layout), team = ThreadTeam(threads: threads), n = 12
        store.load(f.parameters)
        let blocks = [FloatBlock(f.x.floats)] + [16, 16, 3].map { FloatBlock(count: n * $0) }, gradients = [6, 16, 16, 3].map { FloatBlock(count: n * $0) }
        let widths = [6, 16, 16, 3]
        func at(_ list: [FloatBlock], _ i: Int) -> MatrixView { list[i].matrix(rows: n, columns: widths[i]) }
        for step in f.losses.indices {
            for (i, layer) in layers.enumerated() {
                layer.forward(at(blocks, i), store.values, into: at(blocks, i + 1))
                if i < 2 { Activation.tanh.forward(at(blocks, i + 1), into: at(blocks, i + 1)) }
            }
            let loss = ActorCriticLoss(actions: f.target, returns: [Float](repeating: 0, count: n)), g = at(gradients, 3)
            let none = FloatBlock(count: n)
            g.copy(from: at(blocks, 3))
            loss(0..<n, g, none.matrix(rows: n, columns: 1))
            store.gradients.block.all.fill(0)
            for i in (0..<3).reversed() {
                layers[i].backward(at(gradients, i + 1), input: at(blocks, i), store.values, gradients: store.gradients, inputGradient: at(gradients, i))
                if i > 0 { Activation.tanh.backward(at(gradients, i), input: at(blocks, i), output: at(blocks, i)) }
            }
            if step == 0 { store.expectGradients(f.first_gradients, Tolerance.network, f.id) }
            var settings = AdamSettings(rate: f.rates[step], maximumNorm: f.max_norm)
            if f.id == "adam_default_eps" { settings.epsilon = 1e-8 }
            if f.id == "adamw" { (settings.weightDecay, settings.isDecoupled) = (0.1, true) }
            if f.id == "adamw_clipped_linear" {
                (settings.weightDecay, settings.isDecoupled, settings.beta1, settings.beta2) = (0.02, true, 0.8, 0.95)
                #expect(abs(Schedule.linear(from: 3e-2, to: 0).value(remaining: 1 - Double(step) / 10) - f.rates[step]) < 1e-15)
            }
            let norm = optimizer.step(store, settings, team: team)
            #expect(abs(loss.total - f.losses[step]) < Tolerance.network, "loss of step \(step)")
            #expect(abs(norm - f.norms[step]) < 10 * Tolerance.network * f.norms[step], "norm of step \(step)")
        }
        store.expectParameters(f.final, Tolerance.stepsOfRate * f.rates[0])
    }

    @Test func schedulesAgreeWithPyTorch() throws {
        let f = NetworkFixture.shared.schedules
        let ours: [String: Schedule] = [
            "cosine": .cosine(from: 0.3, to: 0.03), "linear": .linear(from: 0.3, to: 0),
            "warm_up_cosine": Schedule(.cosine, from: 0.3, to: 0, warmUp: 4.0 / 12),
        ]
        for (name, schedule) in ours {
            for (step, expected) in try #require(f[name]).enumerated() {
                #expect(abs(schedule.value(remaining: 1 - Double(step) / 12) - expected) < 1e-12, "\(name) at step \(step)")
            }
        }
        #expect(Schedule.constant(0.2).value(remaining: 0.3) == 0.2)
        #expect(Schedule.linear(from: 1, to: 0.5).value(remaining: -1) == 0.5)
    }
}

@Suite struct OptimizerTests {
    /// The lanes' gradients are added before the norm; the coefficient is maximumNorm / (norm + 1e-6).
    @Test func lanesAreAddedThenClipped() {
        var layout = ParameterLayout()
        let slice = layout.add("w", [2, 40])
        let store = ParameterStore(layout), other = ParameterVector(layout), optimizer = AdamOptimizer(layout)
        store.gradients[slice].fill(1)
        other[slice].fill(2)
        let norm = optimizer.step(store, adding: [other], AdamSettings(rate: 0.1, maximumNorm: 1), team: ThreadTeam(threads: 1))
        #expect(abs(norm - 3 * 80.0.squareRoot()) < 1e-5)
        #expect(abs(optimizer.first[slice][1, 39] - Float(0.1 * 3 / (norm + 1e-6))) < 1e-7)
        #expect(store.gradients[slice][0, 0] == 3)
    }
}

@Suite struct InitializationTests {
    @Test(arguments: [(12, 5), (5, 12), (8, 8)]) func orthogonalRowsOrColumnsOfLengthGain(rows: Int, columns: Int) {
        var random = RandomStream(seed: 4, purpose: "test")
        let w = orthogonal(rows: rows, columns: columns, gain: 2.0.squareRoot(), &random)
        let isWide = rows < columns, count = min(rows, columns), length = max(rows, columns)
        for a in 0..<count {
            for b in 0..<count {
                var product = 0.0
                for i in 0..<length {
                    product += Double(isWide ? w[a * columns + i] : w[i * columns + a]) * Double(isWide ? w[b * columns + i] : w[i * columns + b])
                }
                #expect(abs(product - (a == b ? 2 : 0)) < 1e-6)
            }
        }
    }

    /// One draw of 30,000: mean, spread and ends of the uniform and normal starts. False alarms below 1e-6 (five standard errors).
    @Test func uniformAndNormalHaveTheirSpread() {
        var layout = ParameterLayout()
        let slice = layout.add("w", [100, 300]), other = layout.add("v", [100, 300])
        let values = ParameterVector(layout)
        Initializer.linear(inputs: 300).apply(to: slice, of: values, seed: 2)
        Initializer.normal(deviation: 0.02).apply(to: other, of: values, seed: 2)
        let bound = 1 / 300.0.squareRoot(), u = values[slice].values.map(Double.init), v = values[other].values.map(Double.init)
        func spread(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot() }
        #expect(u.allSatisfy { abs($0) <= bound } && u.contains { $0 > 0.99 * bound } && u.contains { $0 < -0.99 * bound })
        #expect(abs(spread(u) - bound / 3.0.squareRoot()) < 0.02 * bound)
        #expect(abs(spread(v) - 0.02) < 0.0005)
        let again = ParameterVector(layout)
        Initializer.linear(inputs: 300).apply(to: slice, of: again, seed: 2)
        #expect(again[slice].values == values[slice].values)
        Initializer.linear(inputs: 300).apply(to: slice, of: again, seed: 3)
        #expect(again[slice].values != values[slice].values)
    }
}
