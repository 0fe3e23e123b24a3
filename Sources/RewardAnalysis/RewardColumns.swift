internal import Environments
package import Rewards
internal import TradingTypes

/// What a reward pays for each action on each bar, and the means that tables need.
///
/// A actions, N bars, R regimes, K terms. `certain` is guaranteed and path pay, `uncertain` is uncertain and shaping pay;
/// their sum is the reward.
package struct RewardColumns: Sendable {
    /// [A][N]
    package private(set) var certain: [[Double]]
    package private(set) var uncertain: [[Double]]
    /// Uncertain pay on the mirrored futures, [A][N].
    package private(set) var mirrored: [[Double]]
    /// Mean weighted pay by regime, [K][A][R].
    package private(set) var termMeans: [[[Double]]]
    /// Mean weighted pay by kind, regime and action; [kind in Provenance order][A][R].
    package private(set) var partMeans: [[[Double]]]
    /// Share of (bar, action) pairs on which each term pays anything, [K].
    package private(set) var activity: [Double]

    /// Bars scored at a time: bounds the memory of a run over millions of bars.
    static let chunk = 65_536

    package init(_ stack: RewardStack, _ market: AnalysisMarket) {
        let n = market.rows.count, actions = SpotAction.allCases, regimes = market.regimeNames.count
        let terms = stack.design.terms
        let zeroRow = [Double](repeating: 0, count: n)
        certain = Array(repeating: zeroRow, count: actions.count)
        uncertain = certain
        mirrored = certain
        let byRegime = [Double](repeating: 0, count: regimes)
        termMeans = Array(repeating: Array(repeating: byRegime, count: actions.count), count: terms.count)
        partMeans = Array(repeating: Array(repeating: byRegime, count: actions.count), count: Provenance.allCases.count)
        activity = [Double](repeating: 0, count: terms.count)
        let path = stack.readsPath ? market.path : nil
        let needed = market.columns.filter { stack.names.contains($0.key) }
        let step = stack.isStateful ? max(1, n) : Self.chunk
        var start = 0
        while start < n {
            let local = start..<min(n, start + step)
            let rows = (market.rows.lowerBound + local.lowerBound)..<(market.rows.lowerBound + local.upperBound)
            func outcomes(_ action: SpotAction, mirrored: Bool) -> OutcomeColumns {
                market.environment.outcomes(of: action, rows: rows, along: path, market: needed, mirrored: mirrored, needsNext: stack.needsNext)
            }
            let taken = stack.isStateful
                ? market.environment.outcomes(taken: market.path, actions: market.pathActions, market: needed, needsNext: stack.needsNext)
                : outcomes(.hold, mirrored: false)
            let labels = Array(market.labels[rows])
            for action in actions {
                score(stack, outcomes(action, mirrored: false), taken, Int(action.rawValue), local, labels)
                scoreMirrored(stack, outcomes(action, mirrored: true), taken, Int(action.rawValue), local)
            }
            start = local.upperBound
        }
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        for a in actions.indices {
            for g in 0..<regimes {
                for k in terms.indices { termMeans[k][a][g] /= counts[g] }
                for p in partMeans.indices { partMeans[p][a][g] /= counts[g] }
            }
        }
        activity = activity.map { $0 / Double(max(1, n * actions.count)) }
    }

    private mutating func score(
        _ stack: RewardStack, _ tried: OutcomeColumns, _ taken: OutcomeColumns, _ a: Int, _ local: Range<Int>, _ labels: [UInt8]
    ) {
        let n = tried.count, regimes = termMeans.first?.first?.count ?? 0
        var certainRow = [Double](repeating: 0, count: n), uncertainRow = certainRow
        var perRegime = [Double](repeating: 0, count: max(regimes, 1))
        for (k, term) in stack.design.terms.enumerated() {
            let weight = term.weight
            for (provenance, pay) in stack.parts(of: k, tried: tried, taken: taken) {
                let isCertain = provenance == .guaranteed || provenance == .path
                for g in perRegime.indices { perRegime[g] = 0 }
                var active = 0
                switch pay {
                case .constant(let value):
                    if value == 0 { continue }
                    active = n
                    for t in 0..<n { perRegime[Int(labels[t])] += weight * value }
                    if weight != 0 {
                        if isCertain { for t in 0..<n { certainRow[t] += weight * value } } else { for t in 0..<n { uncertainRow[t] += weight * value } }
                    }
                case .values(let values):
                    for t in 0..<n {
                        let paid = weight * values[t]
                        perRegime[Int(labels[t])] += paid
                        active += values[t] != 0 ? 1 : 0
                    }
                    if weight != 0 {
                        if isCertain { for t in 0..<n { certainRow[t] += weight * values[t] } } else { for t in 0..<n { uncertainRow[t] += weight * values[t] } }
                    }
                }
                activity[k] += Double(active)
                let kind = Provenance.allCases.firstIndex(of: provenance) ?? 0
                for g in 0..<regimes {
                    termMeans[k][a][g] += perRegime[g]
                    partMeans[kind][a][g] += perRegime[g]
                }
            }
        }
        for t in 0..<n {
            certain[a][local.lowerBound + t] = certainRow[t]
            uncertain[a][local.lowerBound + t] = uncertainRow[t]
        }
    }

    private mutating func scoreMirrored(_ stack: RewardStack, _ tried: OutcomeColumns, _ taken: OutcomeColumns, _ a: Int, _ local: Range<Int>) {
        let n = tried.count
        var row = [Double](repeating: 0, count: n)
        for (k, term) in stack.design.terms.enumerated() where term.weight != 0 {
            for (provenance, pay) in stack.parts(of: k, tried: tried, taken: taken) where provenance == .uncertain || provenance == .shaping {
                switch pay {
                case .constant(let value): for t in 0..<n { row[t] += term.weight * value }
                case .values(let values): for t in 0..<n { row[t] += term.weight * values[t] }
                }
            }
        }
        for t in 0..<n { mirrored[a][local.lowerBound + t] = row[t] }
    }
}
