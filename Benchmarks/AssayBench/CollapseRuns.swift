import ComponentKit
import Dispatch
import Environments
import Expressions
import Features
import Foundation
import MarketData
import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies
import Regimes
import Rewards
import TradingTypes
import Training

/// Many short runs of PPO on random rewards, for the collapse alarm of `assay postmortem`: some collapse, some do not, and each is logged update by update.
///
/// A design draws a mixture of reward-term families whose size puts the gap of HOLD over trading, in units of ent_coef x sigma_T, anywhere between -100 and 100, and with
/// it entropy coefficient, gamma, learning rate, roll-out length and market. Everything is drawn from the design's number: the same number is the same run.
///
/// Mild designs, 1 to 300 and 1,001 to 2,000, have gaps of up to 6 units, most of which the network's skill outweighs; strong ones, 301 to 1,000 and 2,001 to 3,000, up to 100, more often in
/// favour of HOLD. From 3,001 on they are the option scalper's (`OptionsCollapseDesign`).
struct CollapseDesign: Sendable {
    static let entropies = [0.003, 0.01, 0.02, 0.05, 0.1], gammas = [0, 0.5, 0.9, 0.95, 0.99], rates = [1e-4, 3e-4, 3e-4, 1e-3], rollouts = [128, 256, 512]
    let number: Int
    /// Real hourly BTC, or the synthetic market (every other design).
    let isReal: Bool
    let entropy, gamma, rate: Double
    let steps: Int
    let reward: String

    /// Of the draws; the strong designs begin again at 1, and those from 2,001 on go on where 1,000 ended.
    let index: Int
    static func isStrong(_ number: Int) -> Bool { (301...1_000).contains(number) || (2_001...3_000).contains(number) }

    init(_ number: Int, hasRealBars: Bool) {
        let isStrong = Self.isStrong(number), place = !isStrong ? number : number <= 1_000 ? number - 300 : number - 1_300
        index = place
        var random = RandomStream(seed: 20_261, purpose: "collapse design", index: UInt64(place))
        func pick<T>(_ list: [T]) -> T { list[Int(random.below(UInt64(list.count)))] }
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * random.uniform() }
        self.number = number
        isReal = hasRealBars && place % 2 == 1
        entropy = pick(Self.entropies)
        gamma = pick(Self.gammas)
        rate = pick(Self.rates)
        steps = pick(Self.rollouts)
        let scale = Double.exp(between(3.4, 5.7))
        // sigma_T of one decision: the base term's deviation, hourly BTC moving by about .7%, with the noise that generalised advantage estimation adds.
        let trace = isStrong ? gamma * 0.95 : 0, unit = entropy * scale * 0.007 / (1 - trace * trace).squareRoot()
        // Far above the mean field's .94: a network that learns the training bars by heart trades against much larger gaps.
        let x = (random.uniform() < (isStrong ? 0.85 : 0.7) ? 1 : -1) * (isStrong ? Double.exp(between(-0.7, 4.6)) : Double.exp(between(-2.3, 1.8)))
        var terms = ["  - id: base_return\n    weight: \(scale)\n    value: direction * next_return"]
        func add(_ id: String, _ weight: Double, _ when: String) { terms.append("  - id: \(id)\n    weight: \(weight)\n    when: \(when)") }
        // The gap is split at random between what HOLD earns, what trading costs and what regimes change about it.
        let parts = (0..<3).map { _ in between(0, 1) }, sum = parts.reduce(0, +)
        add("hold", x * unit * parts[0] / sum, "action == HOLD")
        add("trade", -x * unit * parts[1] / sum, "action != HOLD")
        let regime = pick(["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
        add("regime_hold", 2 * x * unit * parts[2] / sum, "action == HOLD and regime == \(regime)")
        if random.uniform() < 0.5 {
            let w = unit * between(0, 2)
            add("right", w, "direction * next_return > 0")
            add("wrong", -w, "direction * next_return < 0")
        }
        if isStrong {
            if random.uniform() < 0.2 { add("long_bias", unit * Double.exp(between(0, 4)), "action == LONG") }
        } else if random.uniform() < 0.25 {
            add("long_bias", unit * between(0, 3), "action == LONG")
        }
        reward = "schema: 1\nname: design-\(number)\nenvironment: spot\nterms:\n" + terms.joined(separator: "\n") + "\n"
    }

    var columns: String { "\(number),\(isReal ? "real" : "synthetic"),\(entropy),\(gamma),\(rate),\(steps)" }
}

enum CollapseRuns {
    static let totalSteps = 200_704
    static let header = "design,market,ent_coef,gamma,learning_rate,n_steps,step,hold,long,short,gap,gap_error,sigma_t,sigma_a,entropy,decisions\n"

    /// Trains designs `range` (two at a time) and writes every update of every run to `path`.
    static func run(_ range: ClosedRange<Int>, to path: String, real: String) throws {
        let scope = NameScope.spot(
            features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        let hasReal = FileManager.default.fileExists(atPath: real)
        if !hasReal { FileHandle.standardError.write(Data("no \(real): all designs on the synthetic market\n".utf8)) }
        func market(_ bars: String) throws -> PreparedMarket {
            var request = MarketRequest(source: try BarSource.parse(bars))
            if !bars.hasPrefix("synthetic:") { (request.from, request.to) = (parseTimeStamp("2020-01-01"), parseTimeStamp("2025-01-01")) }
            return try PreparedMarket(request)
        }
        let synthetic = try market("synthetic:btc-hourly,seed=3,bars=43816"), observed = hasReal ? try market(real) : synthetic
        let designs = range.map { CollapseDesign($0, hasRealBars: hasReal) }
        let compiled = try designs.map { try RewardDesign(file: "design-\($0.number)", text: $0.reward, scope: scope, gamma: $0.gamma) }
        nonisolated(unsafe) var texts = [String](repeating: "", count: designs.count)
        let lock = NSLock()
        DispatchQueue.concurrentPerform(iterations: designs.count) { i in
            let text = train(designs[i], compiled[i], designs[i].isReal ? observed : synthetic)
            lock.withLock { texts[i] = text }
        }
        try (header + texts.joined()).write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// One row of an update: the mix of its roll-out, and what x is made of.
    static func row(_ columns: String, step: Int, shares: [Double], facts: RolloutFacts, entropy: Double, decisions: Double) -> String {
        func text(_ x: Double?) -> String { x.map { String(format: "%.6g", $0) } ?? "" }
        return "\(columns),\(step),\(shares.map(text).joined(separator: ",")),\(text(facts.holdGap?.estimate)),\(text(facts.holdGap?.standardError)),"
            + "\(text(facts.tradeAdvantageDeviation)),\(text(facts.advantageDeviation)),\(text(entropy)),\(Int(decisions))\n"
    }

    private static func train(_ design: CollapseDesign, _ reward: RewardDesign, _ prepared: PreparedMarket) -> String {
        let market = SpotTrainingMarket(prepared, SpotConfiguration(), reward, observesRegime: true), seed = UInt64(design.index)
        let rows = prepared.split.train.clamped(to: 0..<market.environment.usableRows)
        let environment = SpotVectorEnvironment(market, rows: rows, environments: 8, episodeBars: 720, seed: seed)
        var settings = PPOSettings()
        settings.stepsPerRollout = design.steps
        settings.gamma = design.gamma
        settings.learningRate = .constant(design.rate)
        settings.entropyCoefficient = .constant(design.entropy)
        let learner = PPOLearner(
            environment, policy: MLPPolicy(observations: market.observationNames.count, actions: 3, seed: seed), settings: settings, seed: seed, totalSteps: totalSteps,
            team: ThreadTeam(threads: 1))
        var out = ""
        while !learner.isFinished {
            do {
                try learner.collect()
                let facts = RolloutFacts(learner.rollout), count = learner.rollout.count
                let metrics = try learner.improve()
                out += row(design.columns, step: learner.steps, shares: facts.mix.shares ?? [0, 0, 0], facts: facts, entropy: -metrics.entropyLoss, decisions: Double(count))
            } catch {
                FileHandle.standardError.write(Data("design \(design.number): \(error)\n".utf8))
                return ""
            }
        }
        return out
    }
}
