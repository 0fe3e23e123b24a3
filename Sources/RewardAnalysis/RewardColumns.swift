internal import Environments
internal import Features
internal import NumericKernels
package import Rewards
internal import TradingTypes

/// What a reward pays on some consecutive bars, and on their mirrored futures. A actions, N bars.
package struct ScoredBars: Sendable {
    /// Guaranteed and path pay, [A][N].
    package fileprivate(set) var certain: [[Double]]
    /// Uncertain and shaping pay, [A][N]; with `certain` it makes the reward.
    package fileprivate(set) var uncertain: [[Double]]
    /// Uncertain and shaping pay on the mirrored futures, [A][N].
    package fileprivate(set) var mirrored: [[Double]]

    fileprivate init(actions: Int, bars: Int) {
        certain = Array(repeating: [Double](repeating: 0, count: bars), count: actions)
        uncertain = certain
        mirrored = certain
    }
}

/// What a reward pays for each action on each bar, and the means that tables need.
///
/// A actions, N bars, R regimes, K terms. Up to `FeatureSource.wholeLimit` bars the pay is kept (72 bytes a bar), and so is that of a reward with a memory of
/// the episode, which has to be scored in one run; otherwise stretches are scored anew whenever they are read.
package struct RewardColumns: Sendable {
    /// Mean weighted pay by regime, [K][A][R].
    package private(set) var termMeans: [[[Double]]]
    /// Mean weighted pay by kind, regime and action; [kind in Provenance order][A][R].
    package private(set) var partMeans: [[[Double]]]
    /// Share of (bar, action) pairs on which each term pays anything, [K].
    package private(set) var activity: [Double]
    /// Ranges of analysed bars (the first being 0) in which they are best read, in order.
    package let stretches: [Range<Int>]
    private let scorer: StretchScorer
    private let kept: ScoredBars?

    /// - Parameter wholeLimit: other limits are for tests.
    package init(_ stack: RewardStack, _ market: AnalysisMarket, threads: Int = 1, wholeLimit: Int = FeatureSource.wholeLimit) {
        let n = market.rows.count, actions = SpotAction.allCases.count, regimes = market.regimeNames.count, terms = stack.design.terms.count
        let scorer = StretchScorer(stack, market)
        let step = stack.isStateful ? max(1, n) : FeatureSource.stretch
        let stretches = stride(from: 0, to: n, by: step).map { $0..<min(n, $0 + step) }
        let keeps = stack.isStateful || n <= wholeLimit
        let parts = inParallel(stretches.count, threads: threads) { i -> (sums: ScoreSums, bars: ScoredBars?) in
            var sums = ScoreSums(terms: terms, actions: actions, regimes: regimes)
            let bars = scorer.score(stretches[i], sums: &sums, mirrored: keeps)
            return (sums, keeps ? bars : nil)
        }
        var sums = ScoreSums(terms: terms, actions: actions, regimes: regimes)
        for part in parts { sums.add(part.sums) }
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        func means(_ rows: [[[Double]]]) -> [[[Double]]] { rows.map { $0.map { zip($0, counts).map { $0 / $1 } } } }
        termMeans = means(sums.terms)
        partMeans = means(sums.parts)
        activity = sums.active.map { $0 / Double(max(1, n * actions)) }
        self.scorer = scorer
        if keeps {
            var whole = ScoredBars(actions: actions, bars: n)
            for (stretch, part) in zip(stretches, parts) {
                guard let bars = part.bars else { continue }
                for a in 0..<actions {
                    whole.certain[a].replaceSubrange(stretch, with: bars.certain[a])
                    whole.uncertain[a].replaceSubrange(stretch, with: bars.uncertain[a])
                    whole.mirrored[a].replaceSubrange(stretch, with: bars.mirrored[a])
                }
            }
            kept = whole
        } else {
            kept = nil
        }
        self.stretches = stride(from: 0, to: n, by: FeatureSource.stretch).map { $0..<min(n, $0 + FeatureSource.stretch) }
    }

    /// The pay on some of the analysed bars, the first being 0.
    package func bars(_ range: Range<Int>) -> ScoredBars {
        if let kept {
            if range.count == kept.certain[0].count { return kept }
            var part = kept
            part.certain = kept.certain.map { Array($0[range]) }
            part.uncertain = kept.uncertain.map { Array($0[range]) }
            part.mirrored = kept.mirrored.map { Array($0[range]) }
            return part
        }
        var unused = ScoreSums(terms: 0, actions: 0, regimes: 0)
        return scorer.score(range, sums: &unused, mirrored: true)
    }
}

/// Sums of weighted pay over some bars: by term and by kind of pay, each by action and regime; and how many (bar, action) pairs each term pays.
private struct ScoreSums: Sendable {
    var terms: [[[Double]]]
    var parts: [[[Double]]]
    var active: [Double]

    /// No terms: nothing is summed.
    init(terms count: Int, actions: Int, regimes: Int) {
        let rows = Array(repeating: [Double](repeating: 0, count: regimes), count: actions)
        terms = Array(repeating: rows, count: count)
        parts = Array(repeating: rows, count: Provenance.allCases.count)
        active = [Double](repeating: 0, count: count)
    }

    mutating func add(_ other: ScoreSums) {
        func sum(_ a: [[[Double]]], _ b: [[[Double]]]) -> [[[Double]]] { zip(a, b).map { zip($0, $1).map { zip($0, $1).map(+) } } }
        terms = sum(terms, other.terms)
        parts = sum(parts, other.parts)
        active = zip(active, other.active).map(+)
    }
}

/// Outcomes of a run of the analysed bars, whichever action is tried on each of them.
struct TriedStretch {
    let labels: [UInt8]
    /// What the reference path really did; HOLD where no term keeps a memory of the episode.
    let taken: OutcomeColumns
    /// By action, the futures as they came or mirrored.
    let outcomes: (_ action: SpotAction, _ mirrored: Bool) -> OutcomeColumns
}

/// Scores runs of the analysed bars.
struct StretchScorer: Sendable {
    private let stack: RewardStack
    private let market: AnalysisMarket

    init(_ stack: RewardStack, _ market: AnalysisMarket) {
        self.stack = stack
        self.market = market
    }

    /// The outcomes of some of the analysed bars, the first being 0.
    func tried(_ local: Range<Int>) -> TriedStretch {
        let rows = (market.rows.lowerBound + local.lowerBound)..<(market.rows.lowerBound + local.upperBound)
        let names = stack.names, needsNext = stack.needsNext, readsPath = stack.readsPath(market.environment.configuration)
        let path = readsPath ? market.path : nil
        precondition(!readsPath || market.path != nil, "the reward reads the agent's path, and the market was made without one")
        let columns = market.columns(names, rows: rows.lowerBound..<(rows.upperBound + (needsNext ? 1 : 0)))
        func outcomes(_ action: SpotAction, mirrored: Bool) -> OutcomeColumns {
            market.environment.outcomes(
                of: action, rows: rows, along: path, market: columns, from: rows.lowerBound, mirrored: mirrored, needsNext: needsNext)
        }
        let taken: OutcomeColumns
        if stack.isStateful, let path {
            taken = market.environment.outcomes(taken: path, actions: market.pathActions, market: columns, from: rows.lowerBound, needsNext: needsNext)
        } else {
            taken = outcomes(.hold, mirrored: false)
        }
        return TriedStretch(labels: Array(market.labels[rows]), taken: taken) { outcomes($0, mirrored: $1) }
    }

    fileprivate func score(_ local: Range<Int>, sums: inout ScoreSums, mirrored: Bool) -> ScoredBars {
        let stretch = tried(local)
        var out = ScoredBars(actions: SpotAction.allCases.count, bars: local.count)
        for action in SpotAction.allCases {
            pay(stretch.outcomes(action, false), stretch.taken, stretch.labels, &out, &sums)
            if mirrored { payMirrored(stretch.outcomes(action, true), stretch.taken, &out) }
        }
        return out
    }

    private func pay(_ tried: OutcomeColumns, _ taken: OutcomeColumns, _ labels: [UInt8], _ out: inout ScoredBars, _ sums: inout ScoreSums) {
        let n = tried.count, a = tried.action ?? 0, isSumming = !sums.terms.isEmpty
        var certainRow = [Double](repeating: 0, count: n), uncertainRow = certainRow
        var perRegime = [Double](repeating: 0, count: market.regimeNames.count)
        for (k, term) in stack.design.terms.enumerated() {
            let weight = term.weight
            if weight == 0 && !isSumming { continue }
            for (provenance, pay) in stack.parts(of: k, tried: tried, taken: taken) {
                let isCertain = provenance == .guaranteed || provenance == .path
                for g in perRegime.indices { perRegime[g] = 0 }
                var active = 0
                switch pay {
                case .constant(let value):
                    if value == 0 { continue }
                    active = n
                    if isSumming { for t in 0..<n { perRegime[Int(labels[t])] += weight * value } }
                    if weight != 0 {
                        if isCertain { for t in 0..<n { certainRow[t] += weight * value } } else { for t in 0..<n { uncertainRow[t] += weight * value } }
                    }
                case .values(let values):
                    if isSumming {
                        for t in 0..<n {
                            perRegime[Int(labels[t])] += weight * values[t]
                            active += values[t] != 0 ? 1 : 0
                        }
                    }
                    if weight != 0 {
                        if isCertain { for t in 0..<n { certainRow[t] += weight * values[t] } } else { for t in 0..<n { uncertainRow[t] += weight * values[t] } }
                    }
                }
                if !isSumming { continue }
                sums.active[k] += Double(active)
                let kind = Provenance.allCases.firstIndex(of: provenance) ?? 0
                for g in perRegime.indices {
                    sums.terms[k][a][g] += perRegime[g]
                    sums.parts[kind][a][g] += perRegime[g]
                }
            }
        }
        out.certain[a] = certainRow
        out.uncertain[a] = uncertainRow
    }

    private func payMirrored(_ tried: OutcomeColumns, _ taken: OutcomeColumns, _ out: inout ScoredBars) {
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
        out.mirrored[tried.action ?? 0] = row
    }
}
