internal import NumericKernels
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import Rewards
internal import TradingTypes

/// What a reward pays along the steps of one policy on an options market, [K] terms.
struct OptionsPlay {
    let steps: Int
    /// Share of the steps on which each term pays anything, unweighted, [K].
    let activity: [Double]
    /// Mean weighted pay a step at zero edge: certain, uncertain, [K].
    let certain, uncertain: [Double]
    /// Deviation of the weighted pay a step, and its mean size where it pays, [K].
    let deviation, typical: [Double]
    /// Deviation of the uncertain total as it came.
    let uncertainDeviation: Double

    init(_ stack: RewardStack, _ market: OptionsMarket, _ trajectory: OptionsTrajectory, rules: EpisodeRules) {
        let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
        let reflected = mirrored(columns, market, trajectory)
        let n = columns.count, count = Double(max(1, n))
        var activity: [Double] = [], certain = activity, uncertain = activity, deviation = activity, typical = activity
        var came = [Double](repeating: 0, count: n)
        for (k, term) in stack.design.terms.enumerated() {
            var own = [Double](repeating: 0, count: n), fair = (certain: 0.0, uncertain: 0.0)
            for (a, b) in zip(stack.parts(of: k, tried: columns, taken: columns), stack.parts(of: k, tried: reflected, taken: columns)) where a.provenance != .shaping {
                for t in 0..<n {
                    let x = a.pay[t], y = b.pay[t]
                    guard x.isFinite, y.isFinite else { continue }
                    own[t] += x
                    if a.provenance == .uncertain {
                        fair.uncertain += 0.5 * term.weight * (x + y)
                        came[t] += term.weight * x
                    } else {
                        fair.certain += term.weight * x
                    }
                }
            }
            activity.append(Double(own.count { $0 != 0 }) / count)
            certain.append(fair.certain / count)
            uncertain.append(fair.uncertain / count)
            let mean = own.reduce(0, +) / count
            deviation.append(abs(term.weight) * (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
            let sizes = own.filter { $0 != 0 }.map { abs($0 * term.weight) }
            typical.append(sizes.isEmpty ? 0 : sizes.reduce(0, +) / Double(sizes.count))
        }
        let mean = came.reduce(0, +) / count
        (steps, self.activity, self.certain, self.uncertain, self.deviation, self.typical) = (n, activity, certain, uncertain, deviation, typical)
        uncertainDeviation = (came.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    }

    /// A trader that buys a call or a put with chance `entry` a minute while flat, sells all with chance `exit` and a part with chance `trim`; 0, 0, 0 always holds.
    static func trader(_ market: OptionsMarket, days: [Int], rules: EpisodeRules, entry: Double, exit: Double, trim: Double, seed: UInt64) -> OptionsTrajectory {
        var trajectory = OptionsTrajectory()
        market.withDynamics(rules) { dynamics in
            for day in days.sorted() {
                let rows = market.days[day].rows
                guard rows.count > 2 else { continue }
                var random = RandomStream(seed: seed, purpose: "lint trader", index: UInt64(day))
                var state = AgentState(market, firstRow: rows.lowerBound), steps: [RecordedStep] = []
                for _ in rows.lowerBound..<rows.upperBound - 1 {
                    let draw = random.uniform(), side = random.uniform()
                    var choice = OptionAction.hold
                    if state.isFlat {
                        if draw < entry { choice = side < 0.5 ? .buyCall : .buyPut }
                    } else if draw < exit {
                        choice = .exit
                    } else if draw < exit + trim {
                        choice = .trim
                    }
                    if dynamics.mask(state) & choice.bit == 0 { choice = .hold }
                    let before = state
                    steps.append(RecordedStep(before: before, facts: dynamics.step(&state, choice.rawValue)))
                }
                trajectory.append(steps[...], after: state)
            }
        }
        return trajectory
    }

    /// Every allowed action with the same chance at every step: what an untrained policy does.
    static func uniform(_ market: OptionsMarket, days: [Int], rules: EpisodeRules, seed: UInt64) -> OptionsTrajectory {
        var trajectory = OptionsTrajectory()
        market.withDynamics(rules) { dynamics in
            for day in days.sorted() {
                let rows = market.days[day].rows
                guard rows.count > 2 else { continue }
                var random = RandomStream(seed: seed, purpose: "uniform trader", index: UInt64(day))
                var state = AgentState(market, firstRow: rows.lowerBound), steps: [RecordedStep] = []
                for _ in rows.lowerBound..<rows.upperBound - 1 {
                    let mask = dynamics.mask(state), choices = OptionAction.allCases.filter { mask & $0.bit != 0 }
                    let choice = choices[Int(random.below(UInt64(choices.count)))], before = state
                    steps.append(RecordedStep(before: before, facts: dynamics.step(&state, choice.rawValue)))
                }
                trajectory.append(steps[...], after: state)
            }
        }
        return trajectory
    }
}
