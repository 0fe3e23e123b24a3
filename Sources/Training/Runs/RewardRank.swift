package import MaskablePPO
internal import NetworkKernels
internal import NumericKernels
internal import Policies
package import RunRecords
internal import RealModule

/// What a policy earns under the run's reward, beside one that always holds, before any training.
///
/// Both play the same episodes in the run's own environments; means are per step, the difference is paired by environment. A teacher that
/// loses to HOLD under this reward will be unlearned by it.
package struct RewardRank: Sendable, Equatable {
    package var policy = 0.0
    package var hold = 0.0
    /// Standard error of the difference over the environments; NaN with one.
    package var standardError = Double.nan
    package var steps = 0

    package var difference: Double { policy - hold }
    /// Normal interval of the difference; nil with one environment.
    package var interval95: (low: Double, high: Double)? {
        standardError.isNaN ? nil : (difference - 1.96 * standardError, difference + 1.96 * standardError)
    }

    package var sentence: String {
        let gap = "\(rounded(policy)) a step, always HOLD \(rounded(hold))"
        guard let interval = interval95 else { return difference < 0 ? "the clone loses to always HOLD (\(gap)): this reward will unlearn it" : "the clone earns more than always HOLD (\(gap))" }
        if interval.high < 0 { return "the clone loses to always HOLD (\(gap)): this reward will unlearn it" }
        if interval.low > 0 { return "the clone earns more than always HOLD (\(gap))" }
        return "the clone cannot be told from always HOLD (\(gap)): the reward gives it no reason to stay"
    }

    package var json: JSONValue {
        [
            "clone_per_step": .number(policy), "always_hold_per_step": .number(hold), "difference": .number(difference),
            "interval95": interval95.map { .list([.number($0.low), .number($0.high)]) } ?? .null, "steps": .integer(steps), "sentence": .text(sentence),
        ]
    }

    private func rounded(_ x: Double) -> String {
        guard x.isFinite, x != 0 else { return "\(x)" }
        let scale = Double.pow(10, 3 - Double.log10(abs(x)).rounded(.up))
        return "\((x * scale).rounded() / scale)"
    }

    package init() {}

    /// Plays `rounds` roll-outs of `stepsPerRound` steps with either; the environment is put back as it was.
    package init(_ learner: PPOLearner, rounds: Int, stepsPerRound: Int) {
        let environment = learner.collector.environment, N = environment.environments
        let start = environment.snapshot()
        let held = Self.sums(environment, nil, learner, rounds, stepsPerRound)
        environment.restore(start)
        let played = Self.sums(environment, learner.policy, learner, rounds, stepsPerRound)
        environment.restore(start)
        let each = Double(rounds * stepsPerRound)
        steps = rounds * stepsPerRound * N
        hold = held.reduce(0, +) / each / Double(N)
        policy = played.reduce(0, +) / each / Double(N)
        if N > 1 {
            let gaps = zip(played, held).map { ($0 - $1) / each }, mean = gaps.reduce(0, +) / Double(N)
            standardError = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(N - 1) / Double(N)).squareRoot()
        }
    }

    /// Summed raw rewards of each environment, [N]; without a policy the first allowed action, which is HOLD wherever that is allowed.
    private static func sums(_ environment: any VectorEnvironment, _ policy: (any ActorCritic)?, _ learner: PPOLearner, _ rounds: Int, _ S: Int) -> [Double] {
        let N = environment.environments, A = environment.actionCount
        var sums = [Double](repeating: 0, count: N)
        var random = RandomStream(seed: learner.seed, purpose: "reward rank")
        if let foreseeable = environment as? any ForeseeableEnvironment {
            var rewards = [Float](repeating: 0, count: S * N)
            for _ in 0..<rounds {
                let rows = foreseeable.foresee(steps: S).rows
                let actions = choose(policy, foreseeable.table, rows, nil, A, &random, learner.team)
                foreseeable.play(actions, steps: S, rewards: &rewards)
                for i in rewards.indices { sums[i % N] += Double(rewards[i]) }
            }
            return sums
        }
        let F = environment.observationCount
        let now = FloatBlock(count: N * F), after = FloatBlock(count: N * F)
        let observations = now.matrix(rows: N, columns: F), rows = (0..<Int32(N)).map { $0 }
        var masks = [UInt32](repeating: MaskedCategorical.everything(A), count: N), regimes = [UInt8](repeating: 0, count: N)
        var rewards = [Float](repeating: 0, count: N), endings = [StepEnding](repeating: .goesOn, count: N)
        let deferred = environment as? any DeferredRewardEnvironment
        for step in 0..<rounds * S {
            environment.observe(into: observations, masks: &masks, regimes: &regimes)
            let actions = choose(policy, ObservationTable(features: observations, regimes: regimes), rows, masks, A, &random, learner.team)
            environment.step(actions, rewards: &rewards, endings: &endings, terminal: after.matrix(rows: N, columns: F))
            if deferred == nil { for n in 0..<N { sums[n] += Double(rewards[n]) } }
            guard let deferred, (step + 1) % S == 0 else { continue }
            var paid = [Float](repeating: 0, count: S * N)
            deferred.score(steps: S, rewards: &paid)
            for i in paid.indices { sums[i % N] += Double(paid[i]) }
        }
        return sums
    }

    private static func choose(
        _ policy: (any ActorCritic)?, _ table: ObservationTable, _ rows: [Int32], _ masks: [UInt32]?, _ A: Int, _ random: inout RandomStream, _ team: ThreadTeam
    ) -> [UInt8] {
        guard let policy else { return rows.indices.map { i in UInt8(masks.map { $0[i].trailingZeroBitCount } ?? 0) } }
        let width = MaskedCategorical.padded(rows.count)
        let logitBlock = FloatBlock(count: rows.count * A), logBlock = FloatBlock(count: A * width)
        let logits = logitBlock.matrix(rows: rows.count, columns: A), p = logBlock.matrix(rows: A, columns: width)
        policy.infer(table, rows: rows.span, logits: logits, values: nil, team: team)
        if let masks {
            masks.withUnsafeBufferPointer { MaskedCategorical.logProbabilities(logits, masks: $0.baseAddress, into: p) }
        } else {
            MaskedCategorical.logProbabilities(logits, masks: nil, into: p)
        }
        exponentials(p, into: p)
        return rows.indices.map { i in
            let uniform = Float(random.next() >> 40) * 0x1p-24
            return UInt8(MaskedCategorical.sample(p, row: i, uniform: uniform))
        }
    }
}
