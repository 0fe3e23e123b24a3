import Environments
import RewardAnalysis
import Rewards
import Testing
import TradingTypes

/// The emulator against a made-up forecast whose answer is known everywhere.
@Suite struct MixEmulatorTests {
    struct Setting {
        let pay: WeightPay
        let bars: [Int]
        let weights: [Double]
    }

    static let setting = Result {
        let market = WorkedMarket.make(), design = try WorkedMarket.reward("btc-s3")
        return Setting(pay: WeightPay(RewardStack(design), market, blockLength: 24, threads: 2), bars: market.regimeCounts, weights: design.terms.map(\.weight))
    }

    /// A mix that follows the gaps in units of the noise as a policy's softmax does: temperature 1/4 of a unit of the stretched gap, more trading where pay is spread more.
    private func truth(_ row: [Double]) -> [Double] {
        let long = 1.5 * row[0] + 0.3 * row[2] + 0.4 * row[3], short = 1.5 * row[1] - 0.3 * row[2] + 0.4 * row[3]
        let e = [1, exponential(long), exponential(short)], sum = e.reduce(0, +)
        return e.map { $0 / sum }
    }

    private func exponential(_ x: Double) -> Double { var sum = 1.0, term = 1.0; for n in 1..<200 { term *= x / Double(n); sum += term }; return sum }

    @Test func designsLieAroundTheFile() throws {
        let weights = [200, 0, -0.01], designs = weightDesigns(weights, count: 41, seed: 3)
        #expect(designs.count == 41 && designs[0] == weights && designs == weightDesigns(weights, count: 41, seed: 3))
        #expect(designs.allSatisfy { $0[1] == 0 })
        for (i, design) in designs.enumerated() {
            if i % 2 == 1 { #expect((0...400).contains(design[0]) && (-0.02...0).contains(design[2])) }
            #expect(abs(design[0]) <= 600 && abs(design[2]) <= 0.03)
        }
        // The lattice leaves no quarter of the range of either weight empty.
        for k in [0, 2] {
            let seen = Set(stride(from: 1, to: 41, by: 2).map { Int(4 * designs[$0][k] / (2 * weights[k])) })
            #expect(seen.isSuperset(of: [0, 1, 2, 3]))
        }
        #expect(weightDesigns([0, 0], count: 9, seed: 1) == [[0, 0]])
    }

    /// PPO divides advantages by their spread: all weights times a factor is the same training.
    @Test func onlyTheProportionsOfWeightsCount() throws {
        let s = try Self.setting.get(), features = MixFeatures(s.pay, bars: s.bars)
        let one = features(s.weights), tenfold = features(s.weights.map { 10 * $0 })
        for (a, b) in zip(one.flatMap { $0 }, tenfold.flatMap { $0 }) { #expect(abs(a - b) < 1e-9) }
        #expect(one.count == 4 && one.allSatisfy { $0.count == MixFeatures.count && $0.allSatisfy { $0.isFinite } })
        // HIGH_VOL pays HOLD more than a trade, TRENDING less.
        #expect(one[2][0] < 0 && one[1][0] > 0)
    }

    @Test func findsTheMixOfWeightsItHasNotSeen() throws {
        let s = try Self.setting.get(), features = MixFeatures(s.pay, bars: s.bars)
        func mix(_ w: [Double]) -> [[Double]] { features(w).map(truth) }
        let seen = weightDesigns(s.weights, count: 64, seed: 1), unseen = weightDesigns(s.weights, count: 40, seed: 2)
        let emulator = MixEmulator(s.pay, bars: s.bars, weights: seen, mixes: seen.map(mix), steps: 1_000)
        let errors = unseen.flatMap { w in zip(emulator.mix(w), mix(w)).map { abs($0[0] - $1[0]) } }
        let mean = errors.reduce(0, +) / Double(errors.count)
        #expect(mean < 0.02, "\(mean)")
        // What it says of its own error is about what it is.
        #expect(emulator.error < 3 * mean + 0.005 && emulator.error > mean / 4, "says \(emulator.error), is \(mean)")
        #expect(emulator.error90 >= emulator.error && emulator.designs == 64 && emulator.steps == 1_000)
        for shares in emulator.mix(s.weights) { #expect(abs(shares.reduce(0, +) - 1) < 1e-12 && shares.allSatisfy { $0 >= 0 }) }
    }

    /// Forecasts with noise of their own: the fit does not run after it, and says how large it is.
    @Test func noiseIsAveragedAndReported() throws {
        let s = try Self.setting.get(), features = MixFeatures(s.pay, bars: s.bars)
        var state: UInt64 = 5
        func noise() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) / Double(1 << 53) - 0.5) * 0.2
        }
        let designs = weightDesigns(s.weights, count: 80, seed: 1)
        let noisy = designs.map { w in
            features(w).map(truth).map { shares -> [Double] in
                let hold = min(0.98, max(0.02, shares[0] + noise())), scale = (1 - hold) / max(1e-9, 1 - shares[0])
                return [hold, shares[1] * scale, shares[2] * scale]
            }
        }
        let emulator = MixEmulator(s.pay, bars: s.bars, weights: designs, mixes: noisy, steps: 1)
        let others = weightDesigns(s.weights, count: 60, seed: 9)
        let errors = others.flatMap { w in zip(emulator.mix(w), features(w).map(truth)).map { abs($0[0] - $1[0]) } }
        let mean = errors.reduce(0, +) / Double(errors.count)
        // Noise is uniform on +-0.1, 0.05 on average: less than that against the truth, about that against left-out forecasts.
        #expect(mean < 0.04, "\(mean)")
        #expect((0.03...0.09).contains(emulator.error), "\(emulator.error)")
    }

    /// Anchored, it says of the file's weights what the full forecast says, and elsewhere leans to the same side.
    @Test func anchored() throws {
        let s = try Self.setting.get(), features = MixFeatures(s.pay, bars: s.bars), designs = weightDesigns(s.weights, count: 32, seed: 1)
        let emulator = MixEmulator(s.pay, bars: s.bars, weights: designs, mixes: designs.map { features($0).map(truth) }, steps: 1)
        let own = [[0.5, 0.3, 0.2], [0.9, 0.06, 0.04], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5]]
        let anchored = emulator.anchored(at: s.weights, to: own), found = anchored.mix(s.weights)
        for (a, b) in zip(found.flatMap { $0 }, own.flatMap { $0 }) { #expect(abs(a - b) < 1e-9) }
        // The odds of LONG against HOLD shift by the same factor everywhere.
        let w = designs[3]
        for g in 0..<4 {
            let at = emulator.mix(s.weights)[g], before = emulator.mix(w)[g], after = anchored.mix(w)[g]
            let factor: Double = (own[g][1] / own[g][0]) / (at[1] / at[0]), seen: Double = (after[1] / after[0]) / (before[1] / before[0])
            #expect(abs(seen / factor - 1) < 1e-6)
        }
    }

    @Test func aRegimeWithoutBarsHasNone() throws {
        var s = try Self.setting.get()
        s = Setting(pay: s.pay, bars: [s.bars[0], s.bars[1], s.bars[2], 0], weights: s.weights)
        let features = MixFeatures(s.pay, bars: s.bars), designs = weightDesigns(s.weights, count: 16, seed: 1)
        let emulator = MixEmulator(s.pay, bars: s.bars, weights: designs, mixes: designs.map { features($0).map(truth) }, steps: 1)
        #expect(emulator.regimes[3] == nil && emulator.regimes[0] != nil)
        let third: Double = 1.0 / 3, shares = emulator.mix(s.weights)[3]
        #expect(shares == [third, third, third])
    }
}
