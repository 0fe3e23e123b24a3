internal import Environments
package import NetworkKernels
internal import NumericKernels
internal import OptionsEnvironment
package import Policies
package import TradingTypes
package import Training

/// A policy's mix at one moment, with nothing in hand and with something, told apart. Decisions with one action allowed are left out.
package struct PositionSnapshot: Sendable, Equatable {
    /// `bars` are decisions.
    package var flat: MixSnapshot
    package var held: MixSnapshot
    /// Positions closed or turned over: a day on options, a thousand bars on the spot market.
    package var roundTrips: Double

    package init(flat: MixSnapshot, held: MixSnapshot, roundTrips: Double) {
        self.flat = flat
        self.held = held
        self.roundTrips = roundTrips
    }

    package var step: Int { flat.step }

    /// What counts as the policy's mix: decisions taken flat on options, all on the spot market.
    package func whole(_ kind: EnvironmentKind) -> MixSnapshot {
        if kind == .options { return flat }
        var all = flat
        for g in all.bars.indices {
            let total = flat.bars[g] + held.bars[g], share = total > 0 ? held.bars[g] / total : 0
            all.sampled[g] = zip(flat.sampled[g], held.sampled[g]).map { (1 - share) * $0 + share * $1 }
            all.argmax[g] = zip(flat.argmax[g], held.argmax[g]).map { (1 - share) * $0 + share * $1 }
            all.bars[g] = total
        }
        return all
    }

    /// Means, decisions as weights.
    package static func mean(_ looks: [PositionSnapshot], step: Int) -> PositionSnapshot {
        precondition(!looks.isEmpty, "the mean of no looks")
        func average(_ part: KeyPath<PositionSnapshot, MixSnapshot>) -> MixSnapshot {
            var mean = looks[0][keyPath: part]
            mean.step = step
            for g in mean.bars.indices {
                let total = looks.reduce(0.0) { $0 + $1[keyPath: part].bars[g] }
                for a in mean.sampled[g].indices {
                    mean.sampled[g][a] = total > 0 ? looks.reduce(0.0) { $0 + $1[keyPath: part].sampled[g][a] * $1[keyPath: part].bars[g] } / total : 0
                    mean.argmax[g][a] = total > 0 ? looks.reduce(0.0) { $0 + $1[keyPath: part].argmax[g][a] * $1[keyPath: part].bars[g] } / total : 0
                }
                mean.bars[g] = total / Double(looks.count)
            }
            return mean
        }
        return PositionSnapshot(flat: average(\.flat), held: average(\.held), roundTrips: looks.reduce(0.0) { $0 + $1.roundTrips } / Double(looks.count))
    }
}

/// Plays a policy over the training split and asks it about every state that it meets: mean probabilities, so that only the path is drawn.
package struct PositionMeter {
    private let inputs: TrainingInputs
    private let team: ThreadTeam
    /// Looks at one day, or stretch of bars, of `stride`.
    private let stride: Int

    package init(_ inputs: TrainingInputs, every stride: Int = 1, team: ThreadTeam) {
        self.inputs = inputs
        self.stride = max(1, stride)
        self.team = team
    }

    package func look(_ policy: any ActorCritic, step: Int, seed: UInt64 = 1) -> PositionSnapshot {
        switch inputs.world {
        case .spot(let market): lookAtSpot(policy, market, step, seed)
        case .options(let market): lookAtOptions(policy, market, step, seed)
        }
    }

    /// Whole training days side by side.
    private func lookAtOptions(_ policy: any ActorCritic, _ market: OptionsTrainingMarket, _ step: Int, _ seed: UInt64) -> PositionSnapshot {
        let table = market.market, days = market.days(.train).enumerated().filter { $0.offset % stride == 0 }.map(\.element), A = policy.actionCount
        var tally = Tally(actions: A), random = RandomStream(seed: seed, purpose: "forecast look"), trips = 0
        let inference = OptionsInference(policy, market, capacity: days.count, normalizer: nil, team: team)
        var states = days.map { AgentState(table, firstRow: table.days[$0].rows.lowerBound) }
        var active = states.indices.filter { states[$0].row < states[$0].lastRow }
        while !active.isEmpty {
            let present = active.map { states[$0] }
            table.withDynamics(market.settings.rules) { dynamics in
                let masks = present.map { dynamics.mask($0) }
                inference.see(present, masks: masks)
                for (k, n) in active.enumerated() {
                    let action = MaskedCategorical.sample(inference.probabilities, row: k, uniform: Float(random.next() >> 40) * 0x1p-24)
                    if masks[k].nonzeroBitCount > 1 {
                        let regime = Int(table.regimes[Int(present[k].row)]), best = inference.best(k, mask: masks[k])
                        tally.add(regime, isFlat: present[k].isFlat, best: best) { masks[k] >> UInt32($0) & 1 == 1 ? Double(inference.probabilities[$0, k]) : 0 }
                    }
                    if dynamics.step(&states[n], UInt8(action)).closed { trips += 1 }
                }
            }
            active = active.filter { states[$0].row < states[$0].lastRow }
        }
        return tally.snapshot(step, roundTrips: Double(trips) / Double(max(1, days.count)))
    }

    /// Stretches of an episode's length side by side, each from flat, as training meets them.
    private func lookAtSpot(_ policy: any ActorCritic, _ market: SpotTrainingMarket, _ step: Int, _ seed: UInt64) -> PositionSnapshot {
        let rows = inputs.trainingRows, length = min(inputs.experiment.episodeBars, rows.count), A = policy.actionCount, width = market.observationNames.count
        let starts = Swift.stride(from: rows.lowerBound, through: rows.upperBound - length, by: length * stride).map { $0 }, N = starts.count
        var tally = Tally(actions: A), random = RandomStream(seed: seed, purpose: "forecast look"), trips = 0
        var agents = [SpotAgent](repeating: SpotAgent(market.environment), count: N)
        let padded = MaskedCategorical.padded(N)
        let seen = FloatBlock(count: N * width), scores = FloatBlock(count: N * A), logs = FloatBlock(count: A * padded), chances = FloatBlock(count: A * padded)
        let observations = seen.matrix(rows: N, columns: width), logits = scores.matrix(rows: N, columns: A)
        let logP = logs.matrix(rows: A, columns: padded), p = chances.matrix(rows: A, columns: padded)
        let table = ObservationTable(features: observations), indices = (0..<Int32(N)).map { $0 }
        for t in 0..<length {
            for n in 0..<N { market.observe(row: starts[n] + t, agents[n], into: observations.rows(n..<n + 1)) }
            policy.infer(table, rows: indices.span, logits: logits, values: nil, team: team)
            MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
            exponentials(logP, into: p)
            for n in 0..<N {
                let row = starts[n] + t, before = agents[n].position
                var best = 0
                for a in 1..<A where logits[n, a] > logits[n, best] { best = a }
                tally.add(Int(market.table.regimes[row]), isFlat: before == 0, best: best) { Double(p[$0, n]) }
                let action = MaskedCategorical.sample(p, row: n, uniform: Float(random.next() >> 40) * 0x1p-24)
                _ = agents[n].step(SpotAction(rawValue: UInt8(action)) ?? .hold, market.environment.nextReturn[row])
                if before != 0, agents[n].position != before { trips += 1 }
            }
        }
        return tally.snapshot(step, roundTrips: 1_000 * Double(trips) / Double(max(1, N * length)))
    }
}

/// Sums of a look.
private struct Tally {
    private var flat, held: MixSnapshot

    init(actions: Int) {
        let none = Array(repeating: [Double](repeating: 0, count: actions), count: Regime.names.count)
        flat = MixSnapshot(step: 0, sampled: none, argmax: none, bars: [Double](repeating: 0, count: Regime.names.count))
        held = flat
    }

    @inline(__always)
    mutating func add(_ regime: Int, isFlat: Bool, best: Int, probability: (Int) -> Double) {
        func note(_ look: inout MixSnapshot) {
            for a in look.sampled[regime].indices { look.sampled[regime][a] += probability(a) }
            look.argmax[regime][best] += 1
            look.bars[regime] += 1
        }
        if isFlat { note(&flat) } else { note(&held) }
    }

    func snapshot(_ step: Int, roundTrips: Double) -> PositionSnapshot {
        func shares(_ sums: MixSnapshot) -> MixSnapshot {
            var look = sums
            look.step = step
            for g in look.bars.indices where look.bars[g] > 0 {
                look.sampled[g] = look.sampled[g].map { $0 / sums.bars[g] }
                look.argmax[g] = look.argmax[g].map { $0 / sums.bars[g] }
            }
            return look
        }
        return PositionSnapshot(flat: shares(flat), held: shares(held), roundTrips: roundTrips)
    }
}
