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
        let started = threadSeconds()
        let experiment = inputs.experiment, kind = experiment.kind
        var ppo = experiment.ppo
        if let entropyCoefficient { ppo.entropyCoefficient = .constant(entropyCoefficient) }
        let rollout = ppo.stepsPerRollout * experiment.environments
        let steps = settings.steps ?? experiment.steps, updates = max(1, (steps + rollout - 1) / rollout)
        let plan = SurrogatePlan(experiment.policy, settings, updates: updates, steps: updates * rollout, isPositional: true), team = ThreadTeam(threads: 1)
        // A look at all training days costs what stepping through them does: a run that hardly sees them is looked at less.
        let passes = updates * rollout / max(1, inputs.trainingBarCount), isShort = passes < 5
        let coarse = PositionMeter(inputs, every: isShort ? 12 : 4, team: team), fine = PositionMeter(inputs, team: team)
        let schedule = LookSchedule(updates: updates, points: 2 * updates * rollout < inputs.trainingBarCount ? 1 : settings.curvePoints, lastLooks: isShort ? 1 : 4)
        let courses = try settings.runSeeds(atLeast: plan.runs).map { seed -> [PositionSnapshot] in
            var looks: [PositionSnapshot] = [], last: [PositionSnapshot] = []
            let run = SteppedSurrogateRun(
                inputs.makeEnvironment(seed: seed), ppo, plan.settings, hidden: plan.hidden, batchNorm: plan.batchNorm, normalizesRewards: experiment.normalizesRewards, seed: seed, team: team)
            if case .holding(let share) = settings.start { try run.hold(share) }
            try run.run(updates: updates) { done in
                if schedule.isNearTheEnd(done) { last.append(fine.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done))) }
                if schedule.isOnTheWay(done) { looks.append(coarse.look(run.policy, step: done * rollout, seed: seed &+ UInt64(done))) }
            }
            return looks + [PositionSnapshot.mean(last, step: updates * rollout)]
        }
        let looks = schedule.means(courses, PositionSnapshot.mean), end = looks[looks.count - 1], c = ppo.entropyCoefficient.value(remaining: 0)
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
            name: inputs.rewardName, actions: inputs.actionNames, ppo: ppo, pay: nil, looks: looks.map { $0.whole(kind) }, end: end.whole(kind), roundTrips: end.roundTrips,
            calibration: calibration, position: position, seconds: threadSeconds() - started)
    }
}
