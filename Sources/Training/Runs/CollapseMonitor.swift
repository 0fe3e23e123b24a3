internal import RealModule

/// How near a run is to doing nothing. Ordered.
public enum CollapseStatus: Int, Sendable, CaseIterable, Comparable {
    case ok, earlyWarning, collapsing, critical, failed

    public var name: String {
        switch self {
        case .ok: "ok"
        case .earlyWarning: "early warning"
        case .collapsing: "collapsing"
        case .critical: "critical"
        case .failed: "failed"
        }
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// One look at a policy's behaviour.
public struct CollapseObservation: Sendable, Equatable {
    /// Share of HOLD among the steps on which another action was allowed (and, with options, the agent was flat), in [0, 1].
    public var holdShare: Double
    /// Steps behind `holdShare`.
    public var count: Double
    /// Rate of entries on strong setups over the rate of entries on all steps; nil where there are no setups.
    public var setupLift: Double?
    /// Completed round trips since the last look; nil when unknown.
    public var roundTrips: Int?
    /// x = d / (c sigma_T) and its standard error; nil where it is that of the roll-outs since the last look, or unknown.
    public var x: (estimate: Double, standardError: Double)?

    public init(holdShare: Double, count: Double, setupLift: Double? = nil, roundTrips: Int? = nil, x: (estimate: Double, standardError: Double)? = nil) {
        self.holdShare = holdShare
        self.count = count
        self.setupLift = setupLift
        self.roundTrips = roundTrips
        self.x = x
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.holdShare == b.holdShare && a.count == b.count && a.setupLift == b.setupLift && a.roundTrips == b.roundTrips
            && a.x?.estimate == b.x?.estimate && a.x?.standardError == b.x?.standardError
    }
}

/// Watches the HOLD share of a run and says how near collapse it is.
///
/// The rule, at each look:
/// - a policy that is *selective* - it enters on strong setups at least twice as often as elsewhere - is `ok` however much it holds:
///   patience is not collapse;
/// - otherwise HOLD from 50% on is an early warning, from 70% on collapsing, from 80% on critical (the last stable mixture is 84% HOLD);
///   critical at two looks in a row, or HOLD from 95% on, is failed;
/// - x, the gap of HOLD over trading in units of entropy coefficient times noise, warns early when it is above .7 by two standard errors,
///   and makes it at least collapsing above .94, where no mixture is stable;
/// - a CUSUM on the change of the HOLD share's logit (k = .5, h = 5, two-sided) that alarms upwards is an early warning. Changes of a
///   stationary share cancel, so it alarms on a drift only: of 1,000 simulated runs of 100 looks at 4,096 decisions, HOLD at .33, none
///   alarmed either way (CollapseMonitorTests), where the same sums over independent residuals alarm once in 465 looks.
///
/// Levels and x: the mean-field analysis of PPO under advantage normalisation; CUSUM: Page 1954.
public struct CollapseMonitor: Sendable, Equatable {
    public private(set) var status = CollapseStatus.ok
    /// Upward and downward sums.
    public private(set) var cusum: (up: Double, down: Double) = (0, 0)
    private var lastLogit: Double?
    private var variance: Double?
    private var criticalBefore = false
    /// Roll-outs' x since the last look: count, sum, sum of squares, sum of squared standard errors.
    private var rollouts = (count: 0.0, sum: 0.0, squares: 0.0, errors: 0.0)

    public static let levels: [(share: Double, status: CollapseStatus)] = [(0.5, .earlyWarning), (0.7, .collapsing), (0.8, .critical)]
    public static let selectiveLift = 2.0
    public static let failedShare = 0.95
    public static let cusumSlack = 0.5
    public static let cusumLimit = 5.0

    public init() {}

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    /// Takes in the x of one roll-out. Single ones swing by tens, so a look judges their mean since the look before.
    public mutating func take(_ x: (estimate: Double, standardError: Double)) {
        guard x.estimate.isFinite, x.standardError.isFinite else { return }
        rollouts = (
            rollouts.count + 1, rollouts.sum + x.estimate, rollouts.squares + x.estimate * x.estimate, rollouts.errors + x.standardError * x.standardError
        )
    }

    /// Mean x of the roll-outs since the last look, and its standard error: that of their own errors, or of their scatter where that is larger; nil without any.
    public var meanX: (estimate: Double, standardError: Double)? {
        let n = rollouts.count
        guard n > 0 else { return nil }
        let mean = rollouts.sum / n, scatter = n > 1 ? max(0, rollouts.squares / n - mean * mean) / (n - 1) : 0
        return (mean, max(rollouts.errors / (n * n), scatter).squareRoot())
    }

    /// Takes in a look and gives the new status. A look without an x is judged by the mean of the roll-outs taken in since the one before.
    @discardableResult
    public mutating func observe(_ look: CollapseObservation) -> CollapseStatus {
        follow(look)
        defer { rollouts = (0, 0, 0, 0) }
        var new = CollapseStatus.ok
        for level in Self.levels where look.holdShare >= level.share { new = level.status }
        if let x = look.x ?? meanX {
            let low = x.estimate - 2 * x.standardError
            if low > 0.7 { new = max(new, .earlyWarning) }
            if low > 0.94 { new = max(new, .collapsing) }
        }
        if cusum.up > Self.cusumLimit { new = max(new, .earlyWarning) }
        if let lift = look.setupLift, lift >= Self.selectiveLift, look.roundTrips != 0 { new = .ok }
        if new == .critical, criticalBefore || look.holdShare >= Self.failedShare { new = .failed }
        criticalBefore = new >= .critical
        status = new
        return new
    }

    /// The CUSUM: changes of the logit, in units of their own past size, which is at least the sampling error of the share.
    private mutating func follow(_ look: CollapseObservation) {
        let n = max(1, look.count)
        let share = (look.holdShare * n + 0.5) / (n + 1)
        let logit = Double.log(share / (1 - share))
        defer { lastLogit = logit }
        guard let last = lastLogit else { return }
        let change = logit - last
        let sampling = 2 / (n * share * (1 - share))
        let scale = max(variance ?? 0, sampling).squareRoot()
        let z = change / scale
        // Held at twice the limit, so that the alarm ends soon after the drift does.
        cusum.up = min(2 * Self.cusumLimit, max(0, cusum.up + z - Self.cusumSlack))
        cusum.down = min(2 * Self.cusumLimit, max(0, cusum.down - z - Self.cusumSlack))
        // The size of ordinary changes follows slowly, and no single change counts for more than three times it.
        let capped = min(change * change, 9 * scale * scale)
        variance = variance.map { 0.9 * $0 + 0.1 * capped } ?? max(sampling, capped)
    }

    /// The whole state, for checkpoints.
    public var words: [Double] {
        [Double(status.rawValue), cusum.up, cusum.down, lastLogit ?? .nan, variance ?? .nan, criticalBefore ? 1 : 0, rollouts.count, rollouts.sum, rollouts.squares, rollouts.errors].map { $0.isNaN ? -1e300 : $0 }
    }

    public init(words: [Double]) {
        func optional(_ value: Double) -> Double? { value <= -1e299 ? nil : value }
        status = CollapseStatus(rawValue: Int(words[0])) ?? .ok
        cusum = (words[1], words[2])
        lastLogit = optional(words[3])
        variance = optional(words[4])
        criticalBefore = words[5] == 1
        // Checkpoints of before took x from the last roll-out alone.
        if words.count > 9 { rollouts = (words[6], words[7], words[8], words[9]) }
    }
}
