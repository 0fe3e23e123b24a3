internal import Glibc
internal import MaskablePPO
internal import NetworkKernels
internal import Policies
public import Training

/// Forecasts the mix that PPO reaches.
///
/// A surrogate run stands for the training: the experiment's own environment, features, pay and actor network, moved by PPO's clipped objective on drawn actions
/// with generalised advantages, so that means, the edge that this network can fit on these bars in this many steps, the temperature with its feedback, the noise
/// that gamma adds, and clipping all enter as they do in training. It is cheaper because the critic is cut down, and the minibatches are larger at a
/// learning rate to match. docs/forecast.md has how it was chosen and how far it lies from training.
public enum Forecaster {
    /// The forecast of the experiment's own reward. Throws `TrainingFailure`.
    public static func forecast(_ inputs: TrainingInputs, _ settings: ForecastSettings = ForecastSettings()) throws -> RewardForecast {
        if inputs.isPositional { return try forecastPosition(inputs, settings) }
        return try forecast(SurrogateProblem(inputs), name: inputs.rewardName, policy: inputs.experiment.policy, steps: inputs.experiment.steps, settings)
    }

    /// The forecast of a market under any pay and settings: what sweeps, solving and sliders ask for.
    package static func forecast(
        _ problem: SurrogateProblem, name: String, policy: PolicySettings, steps: Int, _ settings: ForecastSettings = ForecastSettings()
    ) throws -> RewardForecast {
        let started = threadSeconds()
        let rollout = problem.ppo.stepsPerRollout * problem.environments
        let steps = settings.steps ?? steps, updates = max(1, (steps + rollout - 1) / rollout)
        let plan = SurrogatePlan(policy, settings, updates: updates), team = ThreadTeam(threads: 1)
        let coarse = MixMeter(problem.market.table, rows: problem.rows, every: 4, team: team), fine = MixMeter(problem.market.table, rows: problem.rows, team: team)
        let schedule = LookSchedule(updates: updates, points: settings.curvePoints)
        let courses = try settings.runSeeds(atLeast: plan.runs).map { seed -> [MixSnapshot] in
            var looks: [MixSnapshot] = [], last: [MixSnapshot] = []
            let run = SurrogateRun(problem, plan.settings, hidden: plan.hidden, batchNorm: plan.batchNorm, seed: seed, team: team)
            if case .holding(let share) = settings.start { try run.hold(share) }
            try run.run(updates: updates) { done in
                if schedule.isNearTheEnd(done) { last.append(fine.look(run.policy, step: done * rollout)) }
                if schedule.isOnTheWay(done) { looks.append(coarse.look(run.policy, step: done * rollout)) }
            }
            return looks + [MixSnapshot.mean(last, step: updates * rollout)]
        }
        let looks = schedule.means(courses, MixSnapshot.mean)
        let ppo = problem.ppo, calibration = ForecastCalibration(gamma: ppo.gamma, lambda: ppo.gaeLambda, effort: settings.effort, runs: settings.runs, isShort: updates < SurrogatePlan.fewUpdates && !plan.isStandIn, isStandIn: plan.isStandIn)
        var found = RewardForecast(
            name: name, problem: problem, looks: looks, end: looks[looks.count - 1], calibration: calibration, seconds: threadSeconds() - started)
        found.standIn = plan.isStandIn ? plan.hidden : nil
        return found
    }

    /// Smallest entropy coefficient between `range`'s ends, to about 15%, at which HOLD is forecast to stay below 80%; nil where even the largest does not keep it there.
    ///
    /// Bisects on a logarithmic scale with forecasts at a third of the effort: about twice the price of one forecast.
    public static func smallestEntropyCoefficient(
        _ inputs: TrainingInputs, _ settings: ForecastSettings = ForecastSettings(), in range: ClosedRange<Double> = 0.000_5...0.5
    ) throws -> Double? {
        var quick = settings
        quick.effort = settings.effort / 3
        quick.runs = 1
        quick.curvePoints = 1
        quick.solvesRest = false
        func holds(_ coefficient: Double) throws -> Bool {
            if inputs.isPositional { return try forecastPosition(inputs, quick, entropyCoefficient: coefficient).overall[0] < 0.8 }
            var problem = SurrogateProblem(inputs)
            problem.ppo.entropyCoefficient = .constant(coefficient)
            let found = try forecast(problem, name: inputs.rewardName, policy: inputs.experiment.policy, steps: inputs.experiment.steps, quick)
            return found.overall[0] < 0.8
        }
        var low = log(range.lowerBound), high = log(range.upperBound)
        if try holds(range.lowerBound) { return range.lowerBound }
        if try !holds(range.upperBound) { return nil }
        while high - low > 0.3 {
            let middle = (low + high) / 2
            if try holds(exp(middle)) { high = middle } else { low = middle }
        }
        return exp(high)
    }

    /// Processor time of this process, seconds.
    package static func processorSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// Processor time of this thread, seconds: a forecast runs on one, and others may be made beside it.
    static func threadSeconds() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var spent = timespec()
        clock_gettime(clock, &spent)
        return Double(spent.tv_sec) + 1e-9 * Double(spent.tv_nsec)
    }
}
