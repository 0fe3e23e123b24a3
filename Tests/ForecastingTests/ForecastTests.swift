import ComponentKit
import Foundation
import Forecasting
import MaskablePPO
import NetworkKernels
import TestSupport
import Testing
import TradingTypes
import Training

@Suite struct ForecastTests {
    /// An experiment on 4,000 synthetic bars with a reward of its own.
    static func inputs(_ terms: String, settings: [String] = [], steps: Int = 81_920) throws -> TrainingInputs {
        let folder = FileManager.default.temporaryDirectory.path + "/assay-forecast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let reward = folder + "/reward.yaml"
        try "schema: 1\nname: drawn\nenvironment: spot\nterms:\n\(terms)".write(toFile: reward, atomically: true, encoding: .utf8)
        let text = """
            schema: 1
            name: small
            data:
              bars: synthetic:btc-hourly,seed=5,bars=4000
            reward: \(reward)
            ppo:
              ent_coef: 0.02
              gamma: 0
            environment:
              kind: spot
              episode_bars: 200
            steps: \(steps)
            """
        return try TrainingInputs(Experiment(file: folder + "/experiment.yaml", text: text, overrides: settings.map { try ExperimentOverride($0) }))
    }

    static let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"
    static func hold(_ weight: Double) -> String { base + "  - id: hold\n    weight: \(weight)\n    when: action == HOLD\n" }

    /// Rewards whose outcome is plain: ten trained seeds of the first hold 96.2 +- 1.0% (`assay-bench forecast-study near`).
    @Test func plainRewards() throws {
        let holding = try Forecaster.forecast(Self.inputs(Self.hold(1), settings: ["ppo.n_steps=512"], steps: 245_760))
        #expect(holding.likeliestClass == .holdCollapse && holding.policyClass == .holdCollapse && holding.hysteresis == .bothCollapse, "HOLD \(holding.overall[0])")
        #expect(holding.collapseProbability > 0.95, "\(holding.collapseProbability) at a HOLD share of \(holding.overall[0])")
        let fined = try Forecaster.forecast(Self.inputs(Self.hold(-3)))
        #expect(fined.likeliestClass == .alwaysTrade && fined.collapseProbability < 0.01 && fined.hysteresis == .none)
        let sided = try Forecaster.forecast(Self.inputs("  - id: long\n    weight: 2\n    when: action == LONG\n" + Self.base))
        #expect(sided.likeliestClass == .oneSided && sided.overall[1] > 0.8)
    }

    /// Paid three times as much for HOLD, runs get stuck: some leave bars on which HOLD is no longer drawn, and which cannot come back. Ten trained seeds hold 89.0 +- 10.8%, from 66 to 100%; forecasts
    /// differ likewise, and their mean is near that of training.
    @Test func stuckRuns() throws {
        let inputs = try Self.inputs(Self.hold(3), settings: ["ppo.n_steps=512"], steps: 245_760)
        let shares = try (1...6).map { seed -> Double in
            var settings = ForecastSettings()
            settings.seed = UInt64(seed)
            let found = try Forecaster.forecast(inputs, settings)
            #expect(found.likeliestClass == .holdCollapse || found.overall[0] > 0.6, "HOLD \(found.overall[0])")
            return found.overall[0]
        }
        let trained = try (1...5).map { seed in
            let look = try ReferenceTraining.run(inputs, seed: UInt64(seed), steps: 245_760, looks: 1)[0]
            return look.overall(look.sampled)[0]
        }
        func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
        func spread(_ x: [Double]) -> Double { (x.reduce(0) { $0 + ($1 - mean(x)) * ($1 - mean(x)) } / Double(x.count - 1)).squareRoot() }
        #expect(abs(mean(shares) - mean(trained)) < 0.12, "forecast \(shares), trained \(trained)")
        // Where nothing gets stuck seeds differ by a point.
        #expect(spread(shares) > 0.02 && spread(trained) > 0.02, "forecast \(shares), trained \(trained)")
    }

    /// A perceptron as wide and as deep stands for the Transformer: the same shares as that perceptron's own forecast, wider bands, and it is said.
    @Test func theTransformersStandIn() throws {
        func found(_ policy: String) throws -> RewardForecast { try Forecaster.forecast(Self.inputs(Self.hold(0.1), settings: ["policy={\(policy)}"], steps: 20_480)) }
        let transformer = try found("kind: regime_transformer, context: 4, width: 24, layers: 3, heads: 2, feed_forward: 16, head_hidden: 8"), perceptron = try found("kind: mlp, hidden: [24, 24, 24]")
        #expect(transformer.standIn == [24, 24, 24] && perceptron.standIn == nil)
        #expect(transformer.regimes.map(\.sampled) == perceptron.regimes.map(\.sampled))
        for (wide, narrow) in zip(transformer.regimes, perceptron.regimes) { #expect(wide.band90[0].lowerBound < narrow.band90[0].lowerBound && wide.band90[0].upperBound > narrow.band90[0].upperBound) }
    }

    /// Everything in a forecast is consistent, and the same twice.
    @Test func shares() throws {
        let inputs = try Self.inputs(Self.hold(0.1))
        let found = try Forecaster.forecast(inputs)
        for regime in found.regimes where regime.bars > 0 {
            #expect(abs(regime.sampled.reduce(0, +) - 1) < 1e-4 && abs(regime.argmax.reduce(0, +) - 1) < 1e-9)
            for a in 0..<3 { #expect(regime.band90[a].contains(regime.sampled[a]) && regime.runBand90[a].contains(regime.sampled[a])) }
            #expect(regime.x != nil)
        }
        #expect(found.regimes.reduce(0) { $0 + $1.bars } == inputs.trainingBarCount)
        #expect(found.curve.count == 12 && found.curve.last?.step == 81_920 && found.curve.map(\.step) == found.curve.map(\.step).sorted())
        let chances = found.curve.map(\.collapseProbability)
        #expect(chances == chances.sorted())
        let again = try Forecaster.forecast(inputs)
        #expect(again.overall == found.overall && again.regimes == found.regimes && again.curve == found.curve)
        var other = ForecastSettings()
        other.seed = 2
        #expect(try Forecaster.forecast(inputs, other).overall != found.overall)
    }

    /// The forecast of what trains: within what seeds differ by, where greedy on mean pay is far off.
    @Test func nearTraining() throws {
        let inputs = try Self.inputs(Self.hold(0.15), steps: 163_840)
        let found = try Forecaster.forecast(inputs)
        let looks = try (1...2).map { try ReferenceTraining.run(inputs, seed: UInt64($0), steps: 163_840, looks: 4) }
        #expect(looks[0].map(\.step) == [40_960, 81_920, 122_880, 163_840])
        let mean = MixSnapshot.mean(looks.compactMap(\.last), step: 163_840), hold = mean.overall(mean.sampled)[0]
        #expect(hold > 0.1 && hold < 0.9)
        #expect(abs(found.overall[0] - hold) < 0.12, "forecast \(found.overall[0]), trained \(hold)")
    }

    @Test func aCollapsedStart() throws {
        let inputs = try Self.inputs(Self.hold(0.02), steps: 4_096)
        var settings = ForecastSettings()
        settings.start = .holding(0.95)
        let resumed = try Forecaster.forecast(inputs, settings), fresh = try Forecaster.forecast(inputs)
        // One update moves a policy by little.
        #expect(resumed.overall[0] > 0.85 && fresh.overall[0] < 0.45)
    }

    @Test func otherWeights() throws {
        let inputs = try Self.inputs(Self.hold(0.1))
        var quick = ForecastSettings()
        quick.effort = 0.25
        let study = ReweightedForecasts(inputs, quick)
        #expect(study.terms == ["base", "hold"] && study.weights == [100, 0.1])
        let own = try study.sampledMix(weights: [100, 0.1])
        #expect(own == (try Forecaster.forecast(inputs, quick)).regimes.map(\.sampled))
        let more = try study.forecast(weights: [100, 3]), less = try study.forecast(weights: [100, -3])
        #expect(more.overall[0] > 0.8 && less.overall[0] < 0.1)
    }

    @Test func theSmallestEntropyCoefficient() throws {
        let inputs = try Self.inputs(Self.hold(0.3), steps: 40_960)
        let found = try #require(try Forecaster.smallestEntropyCoefficient(inputs))
        #expect(found > 0.000_5 && found < 0.5)
        // The line lies there: above it the same forecasts stay below 80% HOLD, clearly below it they do not.
        var quick = ForecastSettings()
        quick.effort = 1.0 / 3
        let study = ReweightedForecasts(inputs, quick)
        #expect(try study.forecast(weights: study.weights, entropyCoefficient: found).overall[0] < 0.8)
        #expect(try study.forecast(weights: study.weights, entropyCoefficient: found / 3).overall[0] > 0.8)
        #expect(try Forecaster.smallestEntropyCoefficient(try Self.inputs(Self.hold(-3), steps: 40_960)) == 0.000_5)
    }

    /// Four of a training's steps are one of the actor's here, with the standard settings; twenty one of the critic's.
    @Test func whatIsCut() {
        let settings = SurrogateSettings()
        var training = PPOSettings()
        training.stepsPerRollout = 512
        let actor = settings.actor(training, environments: 8)
        #expect(settings.stepRatio == 4 && actor.stepsPerRollout == 256 && actor.batchSize == 128 && actor.epochs == 10)
        #expect(abs((actor.learningRate.constantValue ?? 0) - 6e-4) < 1e-12)
        // A run of few updates plays whole roll-outs; where the position matters two runs stand for a short one, unless less effort is asked for.
        var quick = ForecastSettings()
        quick.effort = 0.5
        func plan(_ updates: Int, steps: Int, _ isPositional: Bool, _ forecast: ForecastSettings = ForecastSettings()) -> SurrogatePlan {
            SurrogatePlan(.mlp(hidden: [32], batchNorm: false, observesRegime: false), forecast, updates: updates, steps: steps, isPositional: isPositional)
        }
        let few = plan(39, steps: 39_000, true), many = plan(40, steps: 200_000, true)
        #expect(few.settings.rolloutShare == 1 && few.settings.epochShare == 1 && few.runs == 1 && few.settings.stepRatio == 2)
        #expect(many.settings == settings && many.runs == 2)
        #expect(plan(40, steps: 200_001, true).runs == 1 && plan(200, steps: 200_000, false).runs == 1 && plan(40, steps: 200_000, true, quick).runs == 1)
        // A critic's rate: as long a way at 3e-5, as much noise at 3e-4, and the geometric mean of both in the middle.
        #expect(abs(SurrogateSettings.criticRateFactor(3e-5, ratio: 16) - 16) < 1e-9 && abs(SurrogateSettings.criticRateFactor(1e-6, ratio: 16) - 16) < 1e-9)
        #expect(abs(SurrogateSettings.criticRateFactor(3e-4, ratio: 16) - 4) < 1e-9 && abs(SurrogateSettings.criticRateFactor(1e-2, ratio: 16) - 4) < 1e-9)
        #expect(abs(SurrogateSettings.criticRateFactor(3e-5 * 10.0.squareRoot(), ratio: 16) - 8) < 1e-9)
    }

    /// Mean pay, noise and x by hand: HOLD pays .1, trades the return times 100.
    @Test func meanPay() throws {
        let inputs = try Self.inputs(Self.hold(0.1))
        let pay = try #require(RegimePay(inputs.market, rows: inputs.trainingRows))
        for g in 0..<4 where pay.bars[g] > 0 {
            #expect(abs(pay.mean[g][0] - 0.1) < 1e-6 && pay.deviation[g][0] < 1e-3)
            #expect(abs(pay.mean[g][1] + pay.mean[g][2]) < 1e-4 && abs(pay.gap[g] - 0.1) < 1e-4)
            let x = try #require(pay.x(entropyCoefficient: 0.02)[g])
            #expect(abs(x - 0.1 / (0.02 * pay.noise[g])) < 1e-2 * x)
        }
        #expect(pay.greedyHold.allSatisfy { $0 == 0 || $0 == 1 } && abs(pay.weights.reduce(0, +) - 1) < 1e-9)
    }
}
