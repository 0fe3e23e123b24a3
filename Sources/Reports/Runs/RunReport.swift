internal import ComponentKit

/// Everything that a training run's page, figures and JSON say. A actions (HOLD first), R regimes, K reward terms.
///
/// Shares are fractions. Texts come from users' files and are not trusted.
public struct RunReport: Sendable {
    /// Shares of the actions, [A], in three readings; nil where nothing was counted.
    public struct Mix: Sendable, Equatable {
        public var sampled, argmax, probability: [Double]?

        public init(sampled: [Double]? = nil, argmax: [Double]? = nil, probability: [Double]? = nil) {
            self.sampled = sampled
            self.argmax = argmax
            self.probability = probability
        }
    }

    /// What a policy earned on a split, after costs.
    public struct Trading: Sendable, Equatable {
        public var roundTrips: Double
        /// Final equity over initial, minus 1.
        public var netReturn: Double
        /// Annualised; nil when the bars' returns do not vary.
        public var sharpe: Double?
        /// Largest drop from a peak, positive fraction.
        public var maxDrawdown: Double

        public init(roundTrips: Double, netReturn: Double, sharpe: Double?, maxDrawdown: Double) {
            self.roundTrips = roundTrips
            self.netReturn = netReturn
            self.sharpe = sharpe
            self.maxDrawdown = maxDrawdown
        }
    }

    /// A policy on one split.
    public struct SplitFindings: Sendable {
        /// In the order of `RunReport.regimes`.
        public var regimes: [(bars: Int, mix: Mix)]
        public var all: Mix
        public var sampledResult, argmaxResult: Trading
        /// Fixed policies on the same bars.
        public var zoo: [(name: String, result: Trading)]

        public init(regimes: [(bars: Int, mix: Mix)], all: Mix, sampledResult: Trading, argmaxResult: Trading, zoo: [(name: String, result: Trading)]) {
            self.regimes = regimes
            self.all = all
            self.sampledResult = sampledResult
            self.argmaxResult = argmaxResult
            self.zoo = zoo
        }
    }

    /// What was paid for one action in one regime since the look before.
    public struct Pay: Sendable, Equatable {
        public var decisions: Int
        /// Sums of weighted pay, [K].
        public var terms: [Double]

        public init(decisions: Int, terms: [Double]) {
            self.decisions = decisions
            self.terms = terms
        }

        public var total: Double { terms.reduce(0, +) }
    }

    /// One evaluation while training.
    public struct Look: Sendable {
        public struct Regime: Sendable {
            public var decisions: Int
            public var mix: Mix
            /// By action, [A]; empty where the ledger has no row.
            public var pay: [Pay]

            public init(decisions: Int, mix: Mix, pay: [Pay]) {
                self.decisions = decisions
                self.mix = mix
                self.pay = pay
            }
        }

        /// Environment steps so far.
        public var step: Int
        /// Collapse status after it, 0 to 4 as `RunReport.statusNames`; nil when it is not recorded.
        public var status: Int?
        /// x-statistic of the roll-out that it followed.
        public var x: Double?
        /// [R]
        public var regimes: [Regime]

        public init(step: Int, status: Int?, x: Double?, regimes: [Regime]) {
            self.step = step
            self.status = status
            self.x = x
            self.regimes = regimes
        }

        /// Share of HOLD among all its decisions; nil without any.
        public var holdShare: Double? {
            var held = 0.0, all = 0.0
            for regime in regimes {
                guard let shares = regime.mix.sampled, let hold = shares.first else { continue }
                held += hold * Double(regime.decisions)
                all += Double(regime.decisions)
            }
            return all > 0 ? held / all : nil
        }
    }

    /// One seed.
    public struct SeedRun: Sendable {
        public var seed: UInt64
        public var folder: String
        public var steps: Int
        public var isFinished: Bool
        /// Learning curves by their key in `progress.csv`: step and value, in order.
        public var curves: [String: [(step: Int, value: Double)]]
        public var looks: [Look]
        /// By split's name: train, validation, test.
        public var splits: [String: SplitFindings]
        /// Changes of the curriculum's stage in order, the start among them: step, reason (`started`, `promoted`, ...), id of the stage entered.
        public var stages: [(step: Int, reason: String, stage: String)] = []

        public init(
            seed: UInt64, folder: String, steps: Int, isFinished: Bool, curves: [String: [(step: Int, value: Double)]] = [:], looks: [Look] = [],
            splits: [String: SplitFindings] = [:]
        ) {
            self.seed = seed
            self.folder = folder
            self.steps = steps
            self.isFinished = isFinished
            self.curves = curves
            self.looks = looks
            self.splits = splits
        }
    }

    /// Policies through a split, bar by bar. T bars.
    public struct EquityPath: Sendable {
        public struct Curve: Sendable {
            public var name: String
            /// Equity after each bar over that before the first, [runs][T]; one run a seed, or a single one.
            public var runs: [[Double]]
            public var isPolicy: Bool

            public init(name: String, runs: [[Double]], isPolicy: Bool) {
                self.name = name
                self.runs = runs
                self.isPolicy = isPolicy
            }
        }

        public var split: String
        /// Start of each bar, seconds since 1970 UTC, [T].
        public var time: [Int64]
        /// Index into `RunReport.regimes`, [T].
        public var regimes: [UInt8]
        public var curves: [Curve]

        public init(split: String, time: [Int64], regimes: [UInt8], curves: [Curve]) {
            self.split = split
            self.time = time
            self.regimes = regimes
            self.curves = curves
        }
    }

    public static let statusNames = ["ok", "early warning", "collapsing", "critical", "failed"]
    /// HOLD share from which each status above ok holds: the collapse monitor's rule.
    public static let statusLevels = [0.5, 0.7, 0.8, 0.95]

    public var name: String
    public var folder: String
    public var rewardName: String
    public var actions: [String]
    public var regimes: [String]
    public var terms: [String]
    /// What kind of pay each term is (guaranteed, path, uncertain, shaping), [K] or empty.
    public var termKinds: [String] = []
    /// Steps that each seed is to train.
    public var plannedSteps: Int
    public var seeds: [SeedRun]
    /// Of the sampled mix over a split, seeds together: DESIGN section 12.
    public var classes: [String: String] = [:]
    public var equity: EquityPath?
    /// Ids of the curriculum's stages in its order; empty without one.
    public var stages: [String] = []
    public var data: [(label: String, value: String)] = []
    public var parameters: [(label: String, value: String)] = []
    public var commands: [String] = []
    /// The post-mortem's verdict with its onset, and the alarm, a sentence each.
    public var postmortem: [String] = []
    /// What could not be shown, and why.
    public var notes: [String] = []

    public init(
        name: String, folder: String, rewardName: String, actions: [String], regimes: [String], terms: [String], plannedSteps: Int, seeds: [SeedRun]
    ) {
        self.name = name
        self.folder = folder
        self.rewardName = rewardName
        self.actions = actions
        self.regimes = regimes
        self.terms = terms
        self.plannedSteps = plannedSteps
        self.seeds = seeds
    }

    public var isFinished: Bool { seeds.allSatisfy(\.isFinished) }
    /// Steps that every seed has reached.
    public var steps: Int { seeds.map(\.steps).min() ?? 0 }
}

/// Mean and standard deviation (n - 1) over seeds.
package struct SeedSpread: Sendable, Equatable {
    package let mean: Double
    /// 0 for a single seed.
    package let deviation: Double
    package let count: Int

    package init(_ values: [Double]) {
        count = values.count
        let mean = values.isEmpty ? Double.nan : values.reduce(0, +) / Double(values.count)
        self.mean = mean
        deviation = count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot() : 0
    }
}
