package import NumericKernels
package import OptionsEnvironment

extension OptionsMarket {
    /// Whole days of the market, each played from its first minute by `choose`, which sees the state, the allowed actions and random numbers of the day's own
    /// (seed, purpose, day). A choice that is not allowed is HOLD.
    package func walk(
        days: [Int], rules: EpisodeRules, seed: UInt64, purpose: String, _ choose: (_ state: AgentState, _ mask: UInt32, _ random: inout RandomStream) -> OptionAction
    ) -> OptionsTrajectory {
        var trajectory = OptionsTrajectory()
        withDynamics(rules) { dynamics in
            for day in days.sorted() {
                let rows = self.days[day].rows
                guard rows.count > 2 else { continue }
                var random = RandomStream(seed: seed, purpose: purpose, index: UInt64(day))
                var state = AgentState(self, firstRow: rows.lowerBound), steps: [RecordedStep] = []
                steps.reserveCapacity(rows.count)
                for _ in rows.lowerBound..<rows.upperBound - 1 {
                    let mask = dynamics.mask(state), before = state
                    let choice = choose(state, mask, &random)
                    steps.append(RecordedStep(before: before, facts: dynamics.step(&state, (mask & choice.bit != 0 ? choice : .hold).rawValue)))
                }
                trajectory.append(steps[...], after: state)
            }
        }
        return trajectory
    }

    /// A trader that buys a call or a put with chance `entry` a minute while flat, sells all with chance `exit` and a part with chance `trim`; 0, 0, 0 always holds.
    package func randomTrader(days: [Int], rules: EpisodeRules, entry: Double, exit: Double, trim: Double, seed: UInt64, purpose: String) -> OptionsTrajectory {
        walk(days: days, rules: rules, seed: seed, purpose: purpose) { state, _, random in
            let draw = random.uniform(), side = random.uniform()
            if state.isFlat { return draw < entry ? (side < 0.5 ? .buyCall : .buyPut) : .hold }
            return draw < exit ? .exit : draw < exit + trim ? .trim : .hold
        }
    }
}

/// Single steps, each an episode of its own: every allowed action, tried beside the one that a trajectory took.
package struct TriedSteps: Sendable {
    package private(set) var steps = OptionsTrajectory()
    /// The step of the trajectory that each was tried at, and the action, in the order of `steps`.
    package private(set) var at: [Int] = []
    package private(set) var actions: [UInt8] = []

    /// - Parameter include: which of the trajectory's steps to try actions at.
    package init(beside trajectory: OptionsTrajectory, _ market: OptionsMarket, rules: EpisodeRules, where include: (RecordedStep) -> Bool = { _ in true }) {
        market.withDynamics(rules) { dynamics in
            for (t, step) in trajectory.steps.enumerated() where include(step) {
                let mask = dynamics.mask(step.before)
                for action in OptionAction.allCases where mask & action.bit != 0 {
                    var state = step.before
                    let facts = dynamics.step(&state, action.rawValue)
                    steps.append([RecordedStep(before: step.before, facts: facts)][...], after: state)
                    at.append(t)
                    actions.append(action.rawValue)
                }
            }
        }
    }
}
