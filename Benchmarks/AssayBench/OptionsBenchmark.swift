import Foundation
import Intraday
import MaskablePPO
import NetworkKernels
import NumericKernels
import OptionsEnvironment
import Policies
import Rewards
import TradingTypes
import Training

/// The options environment alone: observations, masks and steps of 8 agents on one thread, then PPO on it.
func benchmarkOptions(threads: Int) throws {
    let clock = ContinuousClock()
    func seconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        Double((to - from).components.seconds) + 1e-18 * Double((to - from).components.attoseconds)
    }
    let text = """
        schema: 1
        name: bench
        environment: options
        terms:
          - id: profit
            weight: 10
            value: net_profit
          - id: buy
            weight: 0.02
            when: action in [BUY_CALL, BUY_PUT]
          - id: good_buy
            weight: 0.05
            when: (action == BUY_CALL and setup_score >= 3) or (action == BUY_PUT and setup_score_put >= 3)
          - id: missed
            weight: -0.02
            when: action == HOLD and flat and (setup_score >= 3 or setup_score_put >= 3)
          - id: tiers
            weight: 1
            value: tier(sale_return, 0.2 -> 0.3, 0.3 -> 0.5, 0.5 -> 0.7, 0.7 -> 1, 1 -> 1.2, 2 -> 2)
            when: closed
          - id: slow
            weight: -0.05
            when: minutes_in_trade > 30
        """
    let design = try RewardDesign(file: "bench.yaml", text: text, scope: OptionsTrainingMarket.scope, gamma: 0.92)
    let start = clock.now
    let loaded = try IntradaySource.parse("synthetic:intraday,seed=1,days=60").load()
    let made = clock.now
    let market = OptionsTrainingMarket(loaded, fractions: (60, 20, 20), OptionsSettings(), design, observesRegime: true)
    let tabled = clock.now
    print("options_market \(market.market.rowCount) rows, \(market.market.contracts.count) contracts, \(market.observation.count) observations; bars \(String(format: "%.2f", seconds(start, made))) s, features and tables \(String(format: "%.2f", seconds(made, tabled))) s")
    for isRecording in [false, true] {
        let batch = OptionsBatch(market.market, market.observation, draw: EpisodeDraw(days: market.days(.train)), count: 8, seed: 1)
        batch.isRecording = isRecording
        let block = FloatBlock(count: 8 * market.observation.count)
        let observations = block.matrix(rows: 8, columns: market.observation.count)
        var masks = [UInt32](repeating: 0, count: 8), facts = [StepFacts](repeating: StepFacts(), count: 8), actions = [UInt8](repeating: 0, count: 8)
        // Three quarters HOLD, the rest anything; an action that is not allowed does nothing.
        var random = RandomStream(seed: 1, purpose: "bench")
        let pool = (0..<65_536).map { _ in random.below(4) > 0 ? UInt8(0) : UInt8(random.below(5)) }
        var best = Double.infinity
        for _ in 0..<5 {
            let begin = clock.now, rounds = 250_000
            for t in 0..<rounds {
                for n in 0..<8 { actions[n] = pool[(8 * t + n) & 65_535] }
                batch.observe(into: observations, masks: &masks)
                batch.step(actions, facts: &facts) { _, _ in }
                if isRecording, t % 512 == 511 { batch.clearRecords(keepingOpen: false) }
            }
            best = min(best, seconds(begin, clock.now) / Double(8 * rounds))
        }
        print("options_steps\(isRecording ? "_recorded" : "") \(String(format: "%.2f", 1e-6 / best)) M steps/s on one core, observation and mask included (\(String(format: "%.0f", 1e9 * best)) ns)")
    }
    var settings = PPOSettings()
    settings.stepsPerRollout = 512
    settings.gamma = 0.92
    settings.entropyCoefficient = .constant(0.05)
    let environment = OptionsVectorEnvironment(market, days: market.days(.train), environments: 8, seed: 1)
    let policy = MLPPolicy(observations: market.observation.count, actions: 5, seed: 1)
    let learner = PPOLearner(environment, policy: policy, settings: settings, seed: 1, totalSteps: .max / 4, team: ThreadTeam(threads: threads))
    var collected = 0.0, improved = 0.0
    let updates = 40
    for update in 0..<updates + 3 {
        let begin = clock.now
        try learner.collect()
        let middle = clock.now
        _ = try learner.improve()
        if update >= 3 {
            collected += seconds(begin, middle)
            improved += seconds(middle, clock.now)
        }
    }
    print("options_ppo_\(threads)_threads \(Int(Double(updates * 4096) / (collected + improved))) steps/s")
    print("  roll-out \(String(format: "%.2f", 1e3 * collected / Double(updates))) ms, update \(String(format: "%.2f", 1e3 * improved / Double(updates))) ms")
}
