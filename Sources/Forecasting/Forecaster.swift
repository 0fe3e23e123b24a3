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

/// When surrogate runs are looked at: at equal distances on the way, and up to four times in the last tenth, whose mean is the end: noise that comes and goes is not what a forecast is about.
struct LookSchedule {
    private let updates, tail, tailLooks, points: Int

    init(updates: Int, points: Int, lastLooks: Int = 4) {
        self.updates = updates
        tail = max(1, updates / 10)
        tailLooks = min(lastLooks, tail)
        self.points = max(1, min(points, updates))
    }

    func isNearTheEnd(_ done: Int) -> Bool { updates - done < tail && (updates - done) * tailLooks % tail < tailLooks }
    func isOnTheWay(_ done: Int) -> Bool { done < updates && done * points / updates > (done - 1) * points / updates }

    /// Look by look over several runs, [runs][looks] -> [looks].
    func means<Look>(_ courses: [[Look]], _ mean: ([Look], Int) -> Look) -> [Look] where Look: SteppedLook {
        courses.count == 1 ? courses[0] : courses[0].indices.map { k in mean(courses.map { $0[k] }, courses[0][k].step) }
    }
}

/// A look at a policy after so many environment steps.
protocol SteppedLook { var step: Int { get } }
extension MixSnapshot: SteppedLook {}
extension PositionSnapshot: SteppedLook {}

extension ForecastSettings {
    /// Seeds of the surrogate runs; the first is that of a forecast of one run.
    func runSeeds(atLeast fewest: Int) -> [UInt64] { (0..<UInt64(max(fewest, runs))).map { seed &+ 1_000 &+ 10_000 * $0 } }
}

/// How a policy's training is stood for.
package struct SurrogatePlan: Sendable {
    package var settings: SurrogateSettings
    package var hidden: [Int]
    package var batchNorm: Bool
    /// A perceptron stands for another network.
    package var isStandIn = false

    /// Runs to take the mean of.
    package var runs = 1

    /// Below this many updates roll-outs are played whole.
    package static let fewUpdates = 40
    /// Up to this many steps, two runs stand for a training in which the position matters.
    static let fewSteps = 200_000

    /// `updates` of the training, of `steps` steps together, and whether its position matters. At first it is the noise of each roll-out that a policy follows, so that half of one is too little; later
    /// it is what many have in common. Where the position matters short runs differ by tens of points from seed to seed, and one draw says little about their mean (docs/forecast.md).
    package init(_ policy: PolicySettings, _ forecast: ForecastSettings, updates: Int, steps: Int = 0, isPositional: Bool = false) {
        settings = forecast.surrogate
        if updates < Self.fewUpdates { settings.rolloutShare *= 2 } else if isPositional, steps <= Self.fewSteps, forecast.effort >= 1 { runs = 2 }
        switch policy {
        case .mlp(let sizes, let batchNorm, _): (hidden, self.batchNorm) = (sizes, batchNorm)
        // As wide and as deep: how fast a network learns the training bars by heart is a matter of its size (docs/forecast.md).
        case .regimeTransformer(let t): (hidden, batchNorm, isStandIn) = ([Int](repeating: t.width, count: t.layers), false, true)
        }
        settings.rolloutShare *= max(0.02, min(1, forecast.effort))
    }
}

extension MixSnapshot {
    package static func mean(_ looks: [MixSnapshot], step: Int) -> MixSnapshot {
        precondition(!looks.isEmpty, "the mean of no looks")
        let n = Double(looks.count)
        func average(_ part: KeyPath<MixSnapshot, [[Double]]>) -> [[Double]] {
            looks[0].sampled.indices.map { g in looks[0].sampled[g].indices.map { a in looks.reduce(0.0) { $0 + $1[keyPath: part][g][a] } / n } }
        }
        return MixSnapshot(step: step, sampled: average(\.sampled), argmax: average(\.argmax), bars: looks[0].bars)
    }
}
