internal import MaskablePPO
internal import NetworkKernels
internal import TradingTypes
package import Training

extension TrainingInputs {
    /// Whether pay or observations depend on what the agent has in hand: then a surrogate is stepped, and its mix told apart by situation.
    package var isPositional: Bool {
        switch world {
        case .options: true
        case .spot(let market): !market.observedState.isEmpty || market.pay == nil
        }
    }
}

extension Forecaster {
    /// The forecast where the agent's position matters: a surrogate run on the experiment's own environment, and beside it the abstract process at rest.
    ///
    /// `entropyCoefficient` instead of the experiment's. Throws `TrainingFailure`.
    static func forecastPosition(_ inputs: TrainingInputs, _ settings: ForecastSettings, entropyCoefficient: Double? = nil) throws -> RewardForecast {
        let started = processorSeconds()
        let experiment = inputs.experiment, kind = experiment.kind
        var ppo = experiment.ppo
        if let entropyCoefficient { ppo.entropyCoefficient = .constant(entropyCoefficient) }
        let seed = settings.seed &+ 1_000, rollout = ppo.stepsPerRollout * experiment.environments
        let steps = settings.steps ?? experiment.steps, updates = max(1, (steps + rollout - 1) / rollout)
        let plan = SurrogatePlan(experiment.policy, settings, updates: updates, steps: updates * rollout, isPositional: true), team = ThreadTeam(threads: 1)
        // A look at all training days costs what stepping through them does: a run that hardly sees them is looked at less.
        let passes = updates * rollout / max(1, inputs.trainingBarCount), isShort = passes < 5
        let coarse = PositionMeter(inputs, every: isShort ? 12 : 4, team: team), fine = PositionMeter(inputs, team: team)
        let tail = max(1, updates / 10), tailLooks = isShort ? 1 : min(4, tail)
        let points = 2 * updates * rollout < inputs.trainingBarCount ? 1 : max(1, min(settings.curvePoints, updates))
        /// Looks of all runs at the same moment, in the order of the moments, and those of the last tenth.
        var moments: [Int: [PositionSnapshot]] = [:], last: [PositionSnapshot] = []
        for k in 0..<plan.runs {
            let seed = seed &+ 1_000_000 &* UInt64(k)
            let run = SteppedSurrogateRun(
                inputs.makeEnvironment(seed: seed), ppo, plan.settings, hidden: plan.hidden, batchNorm: plan.batchNorm, normalizesRewards: experiment.normalizesRewards, seed: seed, team: team)
            if case .holding(let share) = settings.start { try run.hold(share) }
            try run.run(updates: updates) { done in
                let left = updates - done
                if left < tail, left * tailLooks % tail < tailLooks { last.append(fine.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done))) }
                if done < updates, done * points / updates > (done - 1) * points / updates {
                    moments[done, default: []].append(coarse.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done)))
                }
            }
        }
        let looks = moments.sorted { $0.key < $1.key }.map { PositionSnapshot.mean($0.value, step: $0.key * rollout) }
        let end = PositionSnapshot.mean(last, step: updates * rollout), c = ppo.entropyCoefficient.value(remaining: 0)
        let calibration = ForecastCalibration(position: kind, effort: settings.effort, isStandIn: plan.isStandIn)
        func situations(_ look: MixSnapshot) -> [SituationForecast] {
            look.bars.indices.map { g in
                SituationForecast(
                    decisions: look.bars[g], sampled: look.sampled[g], argmax: look.argmax[g],
                    band90: look.sampled[g].map { calibration.band($0, deviation: calibration.regimeDeviation) })
            }
        }
        var rest: RestForecast?, restReason: String?
        let cost = RestCost(inputs, hidden: plan.hidden, steps: updates * rollout)
        if c <= 0 {
            restReason = "no entropy bonus, whose temperature would be 0"
        } else if settings.solvesRest ?? cost.isAffordable {
            rest = RestProblem(inputs, entropyCoefficient: c)?.solved()
        } else {
            restReason = settings.solvesRest == false ? "not asked for" : cost.reason
        }
        let position = PositionForecast(
            flat: situations(end.flat), held: situations(end.held), roundTrips: end.roundTrips, roundTripsPer: kind == .options ? "day" : "1,000 bars",
            rest: rest, restReason: restReason)
        return RewardForecast(
            name: inputs.rewardName, actions: inputs.actionNames, ppo: ppo, pay: nil, looks: (looks + [end]).map { $0.whole(kind) }, end: end.whole(kind), roundTrips: end.roundTrips,
            calibration: calibration, position: position, seconds: processorSeconds() - started)
    }
}
