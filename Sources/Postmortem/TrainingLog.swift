/// What a training log says, whoever wrote it: mixes over time, curves, and what was paid. A actions; shares are fractions; what a log does not say is absent, not 0.
package struct TrainingLog: Sendable {
    package enum Kind: String, Sendable { case runFolder = "run folder", progress = "progress.csv", monitor = "monitor.csv", events = "TensorBoard event file", table = "table of mixes", transitions = "transition log", mapped = "mapped log" }

    /// Curves that a verdict reads.
    package enum Quantity: String, Sendable, CaseIterable {
        case reward, episodeLength = "episode_length"
        /// Mean entropy of the policy, nats.
        case entropy
        case explainedVariance = "explained_variance", clipFraction = "clip_fraction", approxKL = "approx_kl"
        case advantageDeviation = "advantage_std"
        /// Gap of HOLD over trading over (c sigma_T), a roll-out each.
        case x
        /// Completed round trips (or trades) an episode, or a step's look.
        case roundTrips = "round_trips"
        /// The same in the trainer's own evaluation.
        case evaluationTrips = "evaluation_round_trips"
        case equity, winRate = "win_rate"
        /// Share of strong setups on which a position was opened.
        case setupRate = "setup_rate"
        /// That over the rate on all steps.
        case setupLift = "setup_lift"
        /// Longest run of one action, steps.
        case longestRun = "longest_run"
    }

    package struct Point: Sendable, Equatable {
        package var step, value: Double
        package init(step: Double, value: Double) {
            self.step = step
            self.value = value
        }
    }

    package struct Mix: Sendable, Equatable {
        package var step: Double
        /// [A], summing to 1.
        package var shares: [Double]
        /// Decisions behind them; nil when unknown.
        package var decisions: Double?
        package init(step: Double, shares: [Double], decisions: Double? = nil) {
            self.step = step
            self.shares = shares
            self.decisions = decisions
        }
    }

    /// A part of the decisions: a regime, or an instrument.
    package struct Group: Sendable, Equatable {
        package var name: String
        package var mixes: [Mix]
        package init(name: String, mixes: [Mix]) {
            self.name = name
            self.mixes = mixes
        }
    }

    /// Sums of what a term paid for an action in a regime, over the steps of a stretch of the log.
    package struct Paid: Sendable, Equatable {
        package var step: Double
        package var regime: String
        package var action: Int
        package var decisions: Double
        /// [K]
        package var sums: [Double]
        package init(step: Double, regime: String, action: Int, decisions: Double, sums: [Double]) {
            self.step = step
            self.regime = regime
            self.action = action
            self.decisions = decisions
            self.sums = sums
        }
    }

    /// What every term paid in a regime over a stretch of the log, all actions together, those in a trade included.
    package struct Received: Sendable, Equatable {
        package var step: Double
        package var regime: String
        package var decisions: Double
        /// [K]
        package var sums: [Double]
        package init(step: Double, regime: String, decisions: Double, sums: [Double]) {
            self.step = step
            self.regime = regime
            self.decisions = decisions
            self.sums = sums
        }
    }

    package var source: String
    package var kind: Kind
    /// `steps`, `episodes`.
    package var stepUnit = "steps"
    package var actions: [String] = []
    /// Index of the action that does nothing; nil when there is none, or it cannot be told.
    package var hold: Int?
    /// Sampled while training.
    package var mixes: [Mix] = []
    package var groups: [Group] = []
    /// `regime`, `instrument`.
    package var groupWord = "regime"
    /// What the environment made of the chosen actions, where it differs or may differ.
    package var executed: [Mix] = []
    package var curves: [Quantity: [Point]] = [:]
    package var terms: [String] = []
    package var paid: [Paid] = []
    /// Empty where `paid` has every action.
    package var received: [Received] = []
    /// Share of HOLD's decisions in `paid` that were made flat. On options the ledger adds those in trades, where HOLD is patience.
    package var flatShareOfHold = 1.0
    /// Whether a term was the same on every step (in a run folder: at every look) of a regime and action, [K]; empty when unknown.
    package var termIsConstant: [Bool] = []
    package var entropyCoefficient: Double?
    /// How many actions the policy chose among, where the log says it without naming them.
    package var actionCount: Int?
    /// `ppo`, `dqn`, ...; nil when the log does not say.
    package var algorithm: String?
    /// The trainer smoothed its shares before it wrote them.
    package var isSmoothed = false
    /// Entropy of the first record, nats, before any averaging.
    package var firstEntropy: Double?
    package var gamma: Double?
    /// Kind of the environment, where it says: in `options` HOLD in a trade means something else than HOLD while flat.
    package var isFlatOnly = false
    /// What was left out in reading, and why.
    package var remarks: [String] = []
    package var seed: UInt64?

    package init(source: String, kind: Kind) {
        self.source = source
        self.kind = kind
    }

    package func curve(_ quantity: Quantity) -> [Point] { curves[quantity] ?? [] }

    /// Share of HOLD over time; empty without one.
    package var holdShares: [Point] { hold.map { h in mixes.map { Point(step: $0.step, value: $0.shares[h]) } } ?? [] }
}

/// Names of actions across trainers.
package enum ActionNames {
    private static let holds: Set = [
        "HOLD", "NO_ACTION", "NOACTION", "NOOP", "NO_OP", "WAIT", "NOTHING", "DO_NOTHING", "STAY", "IDLE", "PASS", "SKIP", "HOLDING",
    ]

    /// Upper case with underscores: `no-action` is `NO_ACTION`.
    package static func normalised(_ name: String) -> String {
        String(name.uppercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    }

    /// The action that does nothing; `FLAT` or `NEUTRAL` where no other name says so.
    package static func hold(in names: [String]) -> Int? {
        let plain = names.map(normalised)
        return plain.firstIndex { holds.contains($0) } ?? plain.firstIndex { $0 == "FLAT" || $0 == "NEUTRAL" || $0 == "CASH" }
    }

    /// Opens a position: a rate of BUYs is their sum.
    package static func isEntry(_ name: String) -> Bool {
        let plain = normalised(name)
        return plain.hasPrefix("BUY") || plain == "LONG" || plain == "SHORT" || plain == "SELL_SHORT" || plain.hasPrefix("OPEN")
    }
}
