/// What became of a run, in DESIGN section 12's classes.
package enum CollapseClass: String, Sendable, CaseIterable {
    case holdCollapse = "hold_collapse", alwaysTrade = "always_trade", oneSided = "one_sided", mixed, undecided

    package var words: String {
        switch self {
        case .holdCollapse: "collapse to HOLD"
        case .alwaysTrade: "always trades"
        case .oneSided: "one-sided"
        case .mixed: "mixed"
        case .undecided: "undecided"
        }
    }

    /// Past one of the lines below: nothing is left to choose between.
    package var isCollapse: Bool { self == .holdCollapse || self == .alwaysTrade || self == .oneSided }

    package static let holdLine = 0.8, tradeLine = 0.05, sideLine = 0.8
}

/// How the run came to where it ended.
package enum CollapseCourse: String, Sendable {
    /// Moved to the collapsed state and stayed.
    case collapsed
    /// Was there from the first record on.
    case fromStart = "from_start"
    /// Was there, or near, and came back.
    case recovered
    /// Moves one way without having got there.
    case drift
    case steady
    /// Too little is logged.
    case unknown
}

/// Everything that a post-mortem found; what is not known is nil, with a reason in `unknown`.
package struct PostmortemReport: Sendable {
    /// When a change began.
    package struct Onset: Sendable, Equatable {
        package enum Method: String, Sendable { case changePoint = "change_point", relaxation }
        package var step: Double
        package var interval95: (low: Double, high: Double)
        package var method: Method
        package static func == (a: Self, b: Self) -> Bool { a.step == b.step && a.interval95 == b.interval95 && a.method == b.method }
    }

    /// Advantage of HOLD over a trading action, read back from the mix.
    package struct ImpliedGap: Sendable, Equatable {
        package var step: Double
        package var hold: Double
        /// ln of HOLD's share over the mean trading action's.
        package var logOdds: Double
        /// In units of sigma_A: entropy coefficient times log-odds.
        package var gap: Double?
        /// Rate of entries on strong setups over that on all steps.
        package var lift: Double?
        /// x at which this mix would be stationary.
        package var x: Double
    }

    package struct Cause: Sendable, Equatable {
        package var term: String
        package var regime: String
        /// Mean pay of the collapsed side (HOLD; of trading in always_trade) over the other, per step, reward units.
        package var gap: Double
        /// That times the share of the decisions in the regime.
        package var weighted: Double
        /// `ledger`: paid while training; `reward`: by the reward on the bars, at zero edge.
        package var evidence: String
    }

    package struct Remedy: Sendable, Equatable {
        package var sentence: String
        /// Forecast shares by action; nil with a reason.
        package var forecast: [(action: String, share: Double)]?
        package var reason: String
        /// How the forecast was made.
        package var method: String
        /// Short name for the figure.
        package var title: String
        package static func == (a: Self, b: Self) -> Bool { a.sentence == b.sentence && a.reason == b.reason }
    }

    /// What the run was paid a step in one regime, by kind.
    package struct PaidSplit: Sendable, Equatable {
        package var regime: String
        package var share: Double
        package var guaranteed, path, uncertain, shaping: Double
        /// The uncertain pay of the same mix if it chose blindly within the regime, by the reward on the bars; nil when unknown.
        package var blind: Double?
        package var total: Double { guaranteed + path + uncertain + shaping }
    }

    /// Where one regime or instrument ended.
    package struct GroupEnd: Sendable {
        package var name: String
        package var mix: [(action: String, share: Double)]
        /// By its shares alone.
        package var collapse: CollapseClass
        /// First step from which the class's line held to the end; nil where it is no collapse.
        package var since: Double?
    }

    /// Where `paid` comes from.
    package enum PaidSource: Sendable, Equatable {
        /// What was paid after this step, as logged.
        case ledger(from: Double)
        /// What the final mix would be paid by the reward on the bars, choosing blindly within a regime.
        case reward
    }

    package struct Hysteresis: Sendable, Equatable {
        /// Whether a fresh start, and one from where the run ended, come to a mixture under the settings as they were.
        package var freshUnchanged: Bool?
        package var resumedUnchanged: Bool?
        /// The same once the gap is brought to x = .5.
        package var freshRepaired: Bool?
        package var resumedRepaired: Bool?
        /// x of the run, and whether that is only a lower bound.
        package var x: Double
        package var isLowerBound: Bool
        package var sentence: String
    }

    package var source: String
    package var kind: TrainingLog.Kind
    package var stepUnit: String
    package var collapse = CollapseClass.undecided
    /// Probability that the class is right, given the spread of the last records; nil when there is nothing to judge it by.
    package var confidence: Double?
    package var classReason = ""
    package var course = CollapseCourse.unknown
    package var verdict = ""
    package var evidence: [String] = []
    package var onset: Onset?
    package var onsetReason = ""
    /// The share of HOLD that a fitted relaxation approaches; nil where none was fitted.
    package var approachedHold: Double?
    /// First step from which the class's line held to the end.
    package var collapsedFrom: Double?
    package var finalMix: [(action: String, share: Double)] = []
    package var groups: [GroupEnd] = []
    /// Groups that collapsed where the whole did not, in words.
    var verdictOfGroups: [String] = []
    /// Actions that are hardly ever taken, in any record.
    package var starved: [String] = []
    package var implied: [ImpliedGap] = []
    package var impliedReason = ""
    package var causes: [Cause] = []
    package var paid: [PaidSplit] = []
    package var paidSource: PaidSource?
    package var hysteresis: Hysteresis?
    package var remedies: [Remedy] = []
    package var unknown: [String] = []
    package var alarm: CollapseAlarm.Reading?
    package var log: TrainingLog
    /// Several seeds: each one's own report.
    package var seeds: [PostmortemReport] = []

    package init(_ log: TrainingLog) {
        self.log = log
        source = log.source
        kind = log.kind
        stepUnit = log.stepUnit
    }
}

/// What a reward pays on bars, per regime and action, as `assay ev` splits it.
package struct RewardFindings: Sendable {
    package struct Action: Sendable {
        package var name: String
        package var guaranteed, path, uncertain, shaping: Double
        package var terms: [(id: String, value: Double)]
        package init(name: String, guaranteed: Double, path: Double, uncertain: Double, shaping: Double, terms: [(id: String, value: Double)]) {
            self.name = name
            self.guaranteed = guaranteed
            self.path = path
            self.uncertain = uncertain
            self.shaping = shaping
            self.terms = terms
        }
        package var total: Double { guaranteed + path + uncertain + shaping }
    }

    package struct Regime: Sendable {
        package var name: String
        package var share: Double
        package var actions: [Action]
        /// Trading minus HOLD a bar at zero edge, and its standard deviation over bars; nil when unknown.
        package var gap: Double
        package var deviation: Double?
        package init(name: String, share: Double, actions: [Action], gap: Double, deviation: Double?) {
            self.name = name
            self.share = share
            self.actions = actions
            self.gap = gap
            self.deviation = deviation
        }
    }

    package var reward: String
    package var bars: String
    package var regimes: [Regime]
    /// A single step's pay of a flat agent; what an option's trade brings comes later.
    package var isOfOptions: Bool
    package init(reward: String, bars: String, regimes: [Regime], isOfOptions: Bool = false) {
        self.reward = reward
        self.bars = bars
        self.regimes = regimes
        self.isOfOptions = isOfOptions
    }
}
