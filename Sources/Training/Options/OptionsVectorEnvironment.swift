package import MaskablePPO
package import NetworkKernels
package import OptionsEnvironment
internal import NumericKernels
internal import Policies
package import Rewards
internal import TradingTypes

/// An environment that training can log: PPO's view of it, and a ledger of what its reward's terms paid.
package protocol TrainingEnvironment: VectorEnvironment {
    /// Weighted pay since the last call, [R x A x payWidth], the first of each row the total; and steps, [R x A].
    func takeLedger() -> (sums: [Float], steps: [Int])
}

/// N agents on the options market. Steps are recorded as they happen and scored together at the end of a roll-out: any reward that can judge a recorded
/// trajectory can be trained on.
///
/// Rules, days and reward may change between roll-outs (`batch.rules`, `batch.draw`, `stack`).
package final class OptionsVectorEnvironment: DeferredRewardEnvironment, TrainingEnvironment {
    package let environments: Int
    package let actionCount = OptionAction.allCases.count
    package let hasMasks = true
    package var observationCount: Int { market.observation.count }
    package let batch: OptionsBatch
    /// The reward that the next roll-out is scored by; as many terms as the market's.
    package var stack: RewardStack
    /// What was done since the last `takeStatistics`.
    package private(set) var statistics = ScalpStatistics()

    private let market: OptionsTrainingMarket
    private var ledger: FloatBlock
    private var ledgerSteps: [Int]
    private var facts: [StepFacts]
    /// Records at the head of each agent's list that were scored with an earlier roll-out.
    private var scored: [Int]

    package init(_ market: OptionsTrainingMarket, days: [Int], environments: Int, seed: UInt64) {
        self.market = market
        self.environments = environments
        stack = market.stack
        batch = OptionsBatch(market.market, market.observation, draw: EpisodeDraw(days: days, minutes: market.settings.episodeMinutes), count: environments, seed: seed)
        batch.rules = market.settings.rules
        batch.isRecording = true
        ledger = FloatBlock(count: Regime.names.count * actionCount * market.payWidth)
        ledgerSteps = [Int](repeating: 0, count: Regime.names.count * actionCount)
        facts = [StepFacts](repeating: StepFacts(), count: environments)
        scored = [Int](repeating: 0, count: environments)
    }

    package func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        batch.observe(into: observations, masks: &masks)
        for n in 0..<environments { regimes[n] = market.market.regimes[Int(batch.states[n].row)] }
    }

    package func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        batch.step(actions, facts: &facts) { n, state in batch.observe(state, into: terminal.rows(n..<n + 1)) }
        for n in 0..<environments {
            rewards[n] = 0
            endings[n] = facts[n].episode == 0 ? .goesOn : facts[n].episode == 1 ? .terminated : .truncated
        }
    }

    package func score(steps: Int, rewards: inout [Float]) {
        precondition(rewards.count == steps * environments, "\(rewards.count) rewards for \(steps) steps of \(environments)")
        // Rows of the trajectory that are paid now, as indices into `rewards`; -1 for what was paid before or is not part of the roll-out.
        var trajectory = OptionsTrajectory(), target: [Int] = []
        for n in 0..<environments {
            let records = batch.records[n]
            precondition(records.count == scored[n] + steps, "agent \(n): \(records.count) records, \(scored[n]) scored before, \(steps) steps")
            var first = 0
            func add(_ end: Int, _ final: AgentState, isOver: Bool) {
                guard end > first else { return }
                target += (first..<end).map { $0 < scored[n] ? -1 : ($0 - scored[n]) * environments + n }
                if isOver {
                    trajectory.append(records[first..<end], after: final)
                } else {
                    // One more step, so that what is paid at an episode's end falls on it and not on the newest step.
                    var after = final
                    let next = market.market.withDynamics(batch.rules) { $0.step(&after, 0) }
                    trajectory.append(records[first..<end] + [RecordedStep(before: final, facts: next)], after: after)
                    target.append(-1)
                }
                first = end
            }
            for episode in batch.finished where episode.agent == n { add(episode.end, episode.state, isOver: true) }
            add(records.count, batch.states[n], isOver: false)
        }
        let outcomes = market.market.outcomes(of: trajectory, names: stack.names, rules: batch.rules, needsNext: stack.needsNext)
        let pay = stack.ledger(outcomes)
        market.market.withDynamics(batch.rules) { dynamics in
            for (row, i) in target.enumerated() where i >= 0 {
                let step = trajectory.steps[row], market = market.market, at = Int(step.before.row)
                let cell = Int(market.regimes[at]) * actionCount + Int(step.facts.chosen)
                let sum = ledger.all.base + cell * self.market.payWidth
                var total = 0.0
                for term in pay.indices {
                    total += pay[term][row]
                    sum[1 + term] += Float(pay[term][row])
                }
                sum[0] += Float(total)
                rewards[i] = Float(total)
                ledgerSteps[cell] += 1
                statistics.add(step, mask: dynamics.mask(step.before), isStrong: self.market.isStrong[at])
            }
        }
        // Terms with a memory, and those paid at an episode's end, need its steps from the first on.
        batch.clearRecords(keepingOpen: stack.isStateful)
        scored = batch.records.map(\.count)
    }

    package func takeLedger() -> (sums: [Float], steps: [Int]) {
        defer {
            ledger.all.fill(0)
            ledgerSteps = [Int](repeating: 0, count: ledgerSteps.count)
        }
        return (ledger.values, ledgerSteps)
    }

    package func takeStatistics() -> ScalpStatistics {
        defer { statistics = ScalpStatistics() }
        return statistics
    }

    package func snapshot() -> [Int64] {
        let own = batch.snapshot()
        return [Int64(own.count)] + own + scored.map(Int64.init) + ledgerSteps.map(Int64.init) + ledger.values.map { Int64($0.bitPattern) }
            + statistics.words.map { Int64(bitPattern: $0.bitPattern) }
    }

    package func restore(_ snapshot: [Int64]) {
        var rest = snapshot.dropFirst()
        func take(_ n: Int) -> ArraySlice<Int64> {
            defer { rest = rest.dropFirst(n) }
            return rest.prefix(n)
        }
        batch.restore(Array(take(Int(snapshot[0]))))
        scored = take(environments).map { Int($0) }
        ledgerSteps = take(ledgerSteps.count).map { Int($0) }
        ledger.values = take(ledger.count).map { Float(bitPattern: UInt32($0)) }
        statistics = ScalpStatistics(words: take(ScalpStatistics.wordCount).map { Double(bitPattern: UInt64(bitPattern: $0)) })
    }
}
