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
        let plan = SurrogatePlan(experiment.policy, settings, updates: updates), team = ThreadTeam(threads: 1)
        let run = SteppedSurrogateRun(
            inputs.makeEnvironment(seed: seed), ppo, plan.settings, hidden: plan.hidden, batchNorm: plan.batchNorm, normalizesRewards: experiment.normalizesRewards, seed: seed, team: team)
        if case .holding(let share) = settings.start { try run.hold(share) }
        let coarse = PositionMeter(inputs, every: 4, team: team), fine = PositionMeter(inputs, team: team)
        let tail = max(1, updates / 10), tailLooks = min(4, tail), points = max(1, min(settings.curvePoints, updates))
        var looks: [PositionSnapshot] = [], last: [PositionSnapshot] = []
        try run.run(updates: updates) { done in
            let left = updates - done
            if left < tail, left * tailLooks % tail < tailLooks { last.append(fine.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done))) }
            if done < updates, done * points / updates > (done - 1) * points / updates { looks.append(coarse.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done))) }
        }
        let end = PositionSnapshot.mean(last, step: updates * rollout), c = ppo.entropyCoefficient.value(remaining: 0)
        let calibration = ForecastCalibration(position: kind, effort: settings.effort, isStandIn: plan.isStandIn)
        func situations(_ look: MixSnapshot) -> [SituationForecast] {
            look.bars.indices.map { g in
                SituationForecast(
                    decisions: look.bars[g], sampled: look.sampled[g], argmax: look.argmax[g],
                    band90: look.sampled[g].map { calibration.band($0, deviation: calibration.regimeDeviation) })
            }
        }
        let position = PositionForecast(
            flat: situations(end.flat), held: situations(end.held), roundTrips: end.roundTrips, roundTripsPer: kind == .options ? "day" : "1,000 bars",
            rest: settings.solvesRest ? RestProblem(inputs, entropyCoefficient: c)?.solved() : nil)
        return RewardForecast(
            name: inputs.rewardName, actions: inputs.actionNames, ppo: ppo, pay: nil, looks: (looks + [end]).map { $0.whole(kind) }, end: end.whole(kind), roundTrips: end.roundTrips,
            calibration: calibration, position: position, seconds: processorSeconds() - started)
    }
}
