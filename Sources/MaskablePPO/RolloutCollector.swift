package import NetworkKernels
package import NumericKernels
package import Policies

/// Fills roll-outs: asks the policy, samples actions, steps the environment, notes values and log-probabilities.
package final class RolloutCollector {
    package let environment: any VectorEnvironment
    package let settings: PPOSettings
    package var normalizer: RunningNormalizer
    package var episodes: EpisodeRecord
    /// Whether the coming step is the first of an episode, [N].
    package var startsEpisode: [Bool]
    package let rollout: Rollout

    private let steps, count: Int
    private let foreseeable: (any ForeseeableEnvironment)?
    /// Own observations where the environment's are made on the way: S N rows, then N for what follows, then N terminal ones a step.
    private let observations: FloatBlock
    private let current, terminal: FloatBlock
    private let logits, logProbabilities, probabilities, values: FloatBlock

    package init(_ environment: any VectorEnvironment, _ settings: PPOSettings, normalizer: RunningNormalizer) {
        self.environment = environment
        self.settings = settings
        self.normalizer = normalizer
        let N = environment.environments, F = environment.observationCount, A = environment.actionCount
        steps = settings.stepsPerRollout
        count = steps * N
        foreseeable = normalizer.observations == nil ? environment as? any ForeseeableEnvironment : nil
        episodes = EpisodeRecord(environments: N)
        startsEpisode = [Bool](repeating: true, count: N)
        let rows = foreseeable == nil ? 2 * count + N : 0
        observations = FloatBlock(count: rows * F)
        current = FloatBlock(count: N * F)
        terminal = FloatBlock(count: N * F)
        let batch = foreseeable == nil ? N : count
        logits = FloatBlock(count: (foreseeable == nil ? N : 2 * count + N) * A)
        logProbabilities = FloatBlock(count: MaskedCategorical.padded(batch) * A)
        probabilities = FloatBlock(count: MaskedCategorical.padded(batch) * A)
        values = FloatBlock(count: 2 * count + N)
        let table = foreseeable?.table ?? ObservationTable(features: observations.matrix(rows: rows, columns: F))
        rollout = Rollout(steps: steps, environments: N, actionCount: A, table: table)
        rollout.hasMasks = environment.hasMasks
    }

    /// One roll-out with `policy`, advantages included. Throws when an environment allows no action.
    package func collect(_ policy: any ActorCritic, _ random: inout RandomStream, team: ThreadTeam) throws(TrainingFailure) {
        if let foreseeable { collect(foreseeable, policy, &random, team) } else { try collectStepByStep(policy, &random, team) }
        rollout.estimateAdvantages(gamma: settings.gamma, lambda: settings.gaeLambda)
    }

    /// All observations at once, then all actions, then all steps.
    private func collect(_ environment: any ForeseeableEnvironment, _ policy: any ActorCritic, _ random: inout RandomStream, _ team: ThreadTeam) {
        let N = environment.environments, A = environment.actionCount
        let foreseen = environment.foresee(steps: steps)
        rollout.rows = foreseen.rows
        rollout.isFirst = foreseen.isFirst
        let regimes = environment.table.regimes
        if !regimes.isEmpty { for i in 0..<count { rollout.regimes[i] = regimes[Int(foreseen.rows[i])] } }
        let all = foreseen.rows + foreseen.nextRows + foreseen.terminalRows
        // One question for both: a policy with a shared body then does its work once.
        let logits = logits.matrix(rows: all.count, columns: A), values = values.matrix(rows: all.count, columns: 1)
        policy.infer(environment.table, rows: all.span, logits: logits, values: values, team: team)
        sample(logits.rows(0..<count), first: 0, count: count, &random)
        environment.play(rollout.actions, steps: steps, rewards: &rollout.rewards)
        for i in 0..<count { rollout.values[i] = values[i, 0] }
        for n in 0..<N { rollout.lastValues[n] = values[count + n, 0] }
        var truncated = 0
        for t in 0..<steps {
            finish(step: t, ended: { foreseen.endings[t * N + $0] != .goesOn })
            for n in 0..<N where foreseen.endings[t * N + n] == .truncated {
                rollout.rewards[t * N + n] += Float(settings.gamma) * values[count + N + truncated, 0]
                truncated += 1
            }
        }
        for n in 0..<N { rollout.endedLast[n] = foreseen.endings[count - N + n] != .goesOn }
        startsEpisode = rollout.endedLast
    }

    private func collectStepByStep(_ policy: any ActorCritic, _ random: inout RandomStream, _ team: ThreadTeam) throws(TrainingFailure) {
        let N = environment.environments, A = environment.actionCount, F = environment.observationCount
        let logits = logits.matrix(rows: N, columns: A)
        let everything = MaskedCategorical.everything(A)
        var masks = [UInt32](repeating: everything, count: N), regimes = [UInt8](repeating: 0, count: N)
        var rewards = [Float](repeating: 0, count: N), endings = [StepEnding](repeating: .goesOn, count: N)
        let now = current.matrix(rows: N, columns: F), after = terminal.matrix(rows: N, columns: F)
        let store = observations.matrix(rows: 2 * count + N, columns: F)
        var truncated: [Int] = [], ended = [Bool](repeating: false, count: count)
        var rows = [Int32](repeating: 0, count: N)
        for t in 0..<steps {
            environment.observe(into: now, masks: &masks, regimes: &regimes)
            take(now, at: t * N, of: store, learn: true)
            for n in 0..<N {
                let i = t * N + n
                rows[n] = Int32(i)
                rollout.rows[i] = Int32(i)
                rollout.masks[i] = masks[n] & everything
                rollout.regimes[i] = regimes[n]
                rollout.isFirst[i] = startsEpisode[n]
                if rollout.masks[i] == 0 { throw TrainingFailure.allActionsMasked(step: t, environment: n) }
            }
            policy.infer(rollout.table, rows: rows.span, logits: logits, values: nil, team: team)
            sample(logits, first: t * N, count: N, &random)
            environment.step(Array(rollout.actions[t * N..<(t + 1) * N]), rewards: &rewards, endings: &endings, terminal: after)
            for n in 0..<N {
                rollout.rewards[t * N + n] = rewards[n]
                startsEpisode[n] = endings[n] != .goesOn
                ended[t * N + n] = startsEpisode[n]
                if endings[n] == .truncated {
                    take(after.rows(n..<n + 1), at: count + N + truncated.count, of: store, learn: false)
                    truncated.append(t * N + n)
                }
            }
        }
        if let deferred = environment as? any DeferredRewardEnvironment { deferred.score(steps: steps, rewards: &rollout.rewards) }
        for t in 0..<steps { finish(step: t, ended: { ended[t * N + $0] }) }
        environment.observe(into: now, masks: &masks, regimes: &regimes)
        take(now, at: count, of: store, learn: false)
        let total = count + N + truncated.count
        let values = values.matrix(rows: total, columns: 1)
        let order = (0..<Int32(total)).map { $0 }
        policy.infer(rollout.table, rows: order.span, logits: nil, values: values, team: team)
        for i in 0..<count { rollout.values[i] = values[i, 0] }
        for n in 0..<N {
            rollout.lastValues[n] = values[count + n, 0]
            rollout.endedLast[n] = startsEpisode[n]
        }
        for (k, i) in truncated.enumerated() { rollout.rewards[i] += Float(settings.gamma) * values[count + N + k, 0] }
    }

    /// Observations into the roll-out's own table, normalised when asked; `learn` updates the statistics first.
    private func take(_ source: MatrixView, at row: Int, of store: MatrixView, learn: Bool) {
        let target = store.rows(row..<row + source.rows)
        guard normalizer.observations != nil else { return target.copy(from: source) }
        if learn { normalizer.observations!.update(source.values.map(Double.init)) }
        for r in 0..<source.rows { for c in 0..<source.columns { target[r, c] = normalizer.normalise(source[r, c], column: c) } }
    }

    /// Actions and their log-probabilities for the samples `first ..< first + count`.
    private func sample(_ logits: MatrixView, first: Int, count: Int, _ random: inout RandomStream) {
        let A = logits.columns, width = MaskedCategorical.padded(count)
        let logP = logProbabilities.matrix(rows: A, columns: width), p = probabilities.matrix(rows: A, columns: width)
        rollout.masks.withUnsafeBufferPointer { masks in
            MaskedCategorical.logProbabilities(logits, masks: rollout.hasMasks ? masks.baseAddress! + first : nil, into: logP)
        }
        exponentials(logP, into: p)
        for i in 0..<count {
            let uniform = Float(random.next() >> 40) * 0x1p-24
            let action = MaskedCategorical.sample(p, row: i, uniform: uniform)
            rollout.actions[first + i] = UInt8(action)
            rollout.logProbabilities[first + i] = logP[action, i]
        }
    }

    /// Episode records and reward normalisation of one step.
    private func finish(step t: Int, ended: (Int) -> Bool) {
        let N = environment.environments
        for n in 0..<N { episodes.add(reward: rollout.rewards[t * N + n], environment: n, ended: ended(n)) }
        normalizer.normalise(&rollout.rewards, at: t * N, ended: ended, gamma: settings.gamma)
    }
}
