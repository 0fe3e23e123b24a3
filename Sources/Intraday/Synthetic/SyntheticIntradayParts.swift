internal import NumericKernels
internal import RealModule

/// A mean-reverting Gaussian component, stationary from its first value.
struct MeanReverting {
    private(set) var value: Double
    private let keep: Double, kick: Double

    /// Autocorrelation `keep` from one step to the next.
    init(keep: Double, deviation: Double, _ stream: inout RandomStream) {
        self.keep = keep
        kick = deviation * Double.sqrt(1 - keep * keep)
        value = deviation * stream.gaussian()
    }

    init(time: Double, deviation: Double, _ stream: inout RandomStream) {
        self.init(keep: Double.exp(-1 / time), deviation: deviation, &stream)
    }

    mutating func step(_ stream: inout RandomStream) -> Double {
        value = keep * value + kick * stream.gaussian()
        return value
    }
}

/// The latent regime of each day, a Markov chain with geometric durations.
struct DayRegime {
    private var current = 0
    private let leave: [Double]
    private let next: [[Double]]

    init(_ p: SyntheticIntradayParameters, _ stream: inout RandomStream) {
        leave = p.regimeDays.map { 1 / $0 }
        next = p.regimeNext
        let u = stream.uniform()
        current = u < 0.4 ? 0 : (u < 0.7 ? 1 : (u < 0.9 ? 2 : 3))
    }

    mutating func step(_ stream: inout RandomStream) -> Int {
        let leaves = stream.uniform() < leave[current]
        var u = stream.uniform()
        if leaves {
            let row = next[current]
            for k in row.indices {
                if u < row[k] {
                    current = k
                    break
                }
                u -= row[k]
            }
        }
        return current
    }
}

/// A planted day as drawn: sizes as simple returns of the index, `trend` in deviations of the day.
struct SetupPlan {
    let direction: Int
    let isHit: Bool
    let gap: Double
    let pullback: Double
    let trend: Double
}

/// Where the index goes on a planted day: a short push from the open, a pullback of a share of the gap below the session's VWAP, a
/// reclaim, and the move. The price follows the path with noise and is drawn back to it.
struct SetupPath {
    private var knots: [(minute: Double, level: Double)] = []
    private let plan: SetupPlan?
    private let daySigma: Double
    private var start = 0.0
    private var minute = 0
    static let length = 125

    init(_ plan: SetupPlan?, daySigma: Double) {
        self.plan = plan
        self.daySigma = daySigma
    }

    /// The session opens: the knots are levels relative to the open, in the size of the gap that really came.
    mutating func open(_ price: Double, before: Double) {
        guard let plan else { return }
        start = price
        let gap = price / before - 1
        let depth = -plan.pullback * gap
        knots = [
            (0, 0), (4, 0.12 * gap), (22, depth), (26, depth * 0.95), (38, 0.18 * gap), (44, 0.10 * gap), (52, 0.30 * gap),
            (Double(Self.length), 0.30 * gap + plan.trend * daySigma),
        ]
    }

    /// Drift of the index in the coming minute and the share of its usual noise; nil when the script is over or there is none.
    mutating func step(_ price: Double) -> (drift: Double, quiet: Double)? {
        guard plan != nil, minute < Self.length else { return nil }
        minute += 1
        let target = start * (1 + level(Double(minute)))
        return (0.25 * (target / price - 1), 0.6)
    }

    private func level(_ x: Double) -> Double {
        for k in 1..<knots.count where x <= knots[k].minute {
            let (a, b) = (knots[k - 1], knots[k])
            return a.level + (b.level - a.level) * (x - a.minute) / (b.minute - a.minute)
        }
        return knots.last?.level ?? 0
    }
}
