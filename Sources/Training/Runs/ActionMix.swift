public import TradingTypes

/// How often each action is chosen, by regime. R regimes, A actions; counts may be fractions of bars (mean probabilities).
public struct ActionMix: Sendable, Equatable {
    public let regimes: [String]
    public let actions: [String]
    /// [R][A]
    public var counts: [[Double]]

    public init(regimes: [String] = Regime.names, actions: [String] = EnvironmentKind.spot.actionNames) {
        self.regimes = regimes
        self.actions = actions
        counts = Array(repeating: [Double](repeating: 0, count: actions.count), count: regimes.count)
    }

    public mutating func add(_ action: Int, regime: Int, weight: Double = 1) { counts[regime][action] += weight }

    public func bars(_ regime: Int) -> Double { counts[regime].reduce(0, +) }
    public var total: Double { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Shares of the actions in one regime, [A]; nil where it never occurred.
    public func shares(_ regime: Int) -> [Double]? {
        let n = bars(regime)
        return n > 0 ? counts[regime].map { $0 / n } : nil
    }

    /// Shares over all regimes, weighted by their bars; nil without any.
    public var shares: [Double]? {
        let n = total
        return n > 0 ? actions.indices.map { a in counts.reduce(0) { $0 + $1[a] } / n } : nil
    }
}

/// What a mix amounts to.
public enum PolicyClass: String, Sendable, CaseIterable {
    case holdCollapse = "hold_collapse", alwaysTrade = "always_trade", oneSided = "one_sided", mixed, undecided

    /// HOLD at least 80%: hold_collapse; one trading action at least 80%, or exposure without completed round trips: one_sided; HOLD at most
    /// 5%: always_trade; else mixed. `undecided` when `margin` (half the width of the share's interval) puts HOLD on both sides of a line.
    public init(shares: [Double], roundTrips: Int?, margin: Double = 0) {
        let hold = shares[0], trade = shares.dropFirst().max() ?? 0
        for line in [0.8, 0.05] where abs(hold - line) < margin {
            self = .undecided
            return
        }
        if hold >= 0.8 {
            self = .holdCollapse
        } else if trade >= 0.8 || (hold < 0.999 && roundTrips == 0) {
            self = .oneSided
        } else if hold <= 0.05 {
            self = .alwaysTrade
        } else {
            self = .mixed
        }
    }
}
