import AbstractMDP
import Rewards
import Testing
import TradingTypes

/// What policies do flat and with a position, and where PPO comes to rest.
@Suite struct RestingTests {
    private func model(_ terms: String) throws -> AbstractModel {
        let text = "schema: 1\nname: x\nenvironment: spot\nterms:\n" + terms
        let design = try RewardDesign(file: "x.yaml", text: text, scope: WorkedProcess.scope, gamma: 0.99)
        var settings = SpotAbstraction.Settings()
        settings.prior = 0
        return SpotAbstraction(RewardStack(design), WorkedProcess.market(), settings).model()
    }

    private static let base = "  - id: a\n    weight: 100\n    value: direction * next_return\n"
    private let sigma = [0.0030, 0.0055, 0.0085, 0.0140]

    private func policy(_ model: AbstractModel, _ choose: (PathState) -> [Double]) -> [Double] { (0..<model.regimes).flatMap { _ in model.path.flatMap(choose) } }

    /// Policies whose time flat, time held and round trips are plain.
    @Test func situations() throws {
        let model = try model(Self.base)
        let long = model.situations(of: policy(model) { _ in [0, 1, 0] })
        #expect(long.heldShare.allSatisfy { abs($0 - 1) < 1e-9 } && long.held.allSatisfy { abs($0[1] - 1) < 1e-9 } && abs(long.roundTrips) < 1e-9)
        #expect(long.flat.allSatisfy { $0.reduce(0, +) < 1e-6 || abs($0[1] - 1) < 1e-9 })
        let turning = model.situations(of: policy(model) { $0.position > 0 ? [0, 0, 1] : [0, 1, 0] })
        #expect(abs(turning.roundTrips - 1) < 1e-9)
        // In and out: every other bar flat, and a trade closed on every other.
        let inAndOut = model.situations(of: policy(model) { $0.position == 0 ? [0, 1, 0] : [1, 0, 0] })
        #expect(abs(inAndOut.roundTrips - 0.5) < 1e-9 && inAndOut.heldShare.allSatisfy { abs($0 - 0.5) < 1e-9 })
        #expect(inAndOut.flat.allSatisfy { $0 == [0, 1, 0] } && inAndOut.held.allSatisfy { $0 == [1, 0, 0] })
        // A coin flip a third each: a position (two thirds) is left with chance 2/3.
        let random = policy(model) { _ in [1.0 / 3, 1.0 / 3, 1.0 / 3] }, drawn = model.situations(of: random)
        #expect(abs(drawn.roundTrips - 4.0 / 9) < 1e-9)
        for (a, b) in zip(drawn.all, model.mix(of: random)) { for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-9) } }
    }

    /// |r| = .75 sigma on every bar: pay of a trade has deviation 100 x .75 sigma, that of HOLD none.
    @Test func theNoiseOfPay() throws {
        let model = try model(Self.base + "  - id: h\n    weight: 0.05\n    when: action == HOLD\n")
        for g in 0..<4 {
            for p in model.path.indices {
                #expect(model.noise[g][3 * p] < 1e-15)
                for a in 1...2 { #expect(abs(model.noise[g][3 * p + a].squareRoot() - 75 * sigma[g]) < 1e-9) }
            }
        }
    }

    /// At gamma 0 the variance is that of the pay, E.6's sum of w u sigma^2, and of the differences between actions; a discount multiplies the first by 1 / (1 - (gamma lambda)^2).
    @Test func theDeviationOfAdvantages() throws {
        let model = try model(Self.base + "  - id: h\n    weight: 0.3\n    when: action == HOLD\n")
        var bandit = model.process.fixedPoint(gamma: 0, temperature: 1)
        let shares = model.mix(of: bandit.policy), u = 1 - shares[0][0]
        let noise = (0..<4).reduce(0.0) { $0 + 0.25 * u * (75 * sigma[$1]) * (75 * sigma[$1]) }, between = u * (1 - u) * 0.3 * 0.3
        #expect(abs(model.advantageDeviation(bandit, gamma: 0, lambda: 0.95) - (noise + between).squareRoot()) < 1e-6)
        // The same policy discounted: nothing that follows depends on the action, so values move with the regime alone, and they do not differ here.
        bandit = model.process.fixedPoint(gamma: 0.9, temperature: 1)
        let factor = 1 / (1 - 0.855 * 0.855)
        #expect(abs(model.advantageDeviation(bandit, gamma: 0.9, lambda: 0.95) - (noise * factor + between).squareRoot()) < 1e-6)
    }

    /// The temperature belongs to the mix it makes, and the mix to the temperature: h = 1 / (1 + 2 exp(-d / temperature)).
    @Test(arguments: [0.5, 0.1]) func theFixedPointIsOne(_ c: Double) throws {
        let model = try model(Self.base + "  - id: h\n    weight: 0.02\n    when: action == HOLD\n")
        let rest = model.resting(gamma: 0, lambda: 0.95, entropyCoefficient: c)
        #expect(rest.solution.residual <= 1e-10)
        let found = c * model.advantageDeviation(rest.solution, gamma: 0, lambda: 0.95)
        #expect(abs(rest.temperature - found) < 0.02 * found)
        let expected = 1 / (1 + 2 * (-0.02 / rest.temperature).exponential)
        for mix in rest.mix.all { #expect(abs(mix[0] - expected) < 1e-6) }
    }

    /// Free to stay and dear to enter: with a cost on change PPO holds what it has.
    @Test func costsOfChangeMakeItStay() throws {
        let model = try model(Self.base + "  - id: c\n    weight: -0.1\n    when: action != HOLD\n    accrual: change\n")
        let mix = model.resting(gamma: 0.99, lambda: 0.95, entropyCoefficient: 0.05).mix, free = try self.model(Self.base).resting(gamma: 0.99, lambda: 0.95, entropyCoefficient: 0.05).mix
        #expect(mix.roundTrips < free.roundTrips - 0.05)
        #expect(mix.flat[0][0] > free.flat[0][0] + 0.01 && mix.held[0][0] < mix.flat[0][0])
    }
}

private extension Double {
    /// e to this.
    var exponential: Double {
        var sum = 1.0, term = 1.0
        for k in 1..<60 {
            term *= self / Double(k)
            sum += term
        }
        return sum
    }
}
