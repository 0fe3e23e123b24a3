internal import AbstractMDP
internal import Environments
internal import NumericKernels
internal import RewardAnalysis
internal import Rewards
internal import TradingTypes

/// What a reward pays along the steps of one policy, term by term, as the returns came and with every future mirrored. K terms, G regimes.
struct SpotPlay {
    /// Mean weighted pay of each term a bar of each regime, [K][G]: certain, uncertain as it came, uncertain mirrored.
    private(set) var certain, real, mirrored: [[Double]]
    /// Standard error of the mean of the zero-edge uncertain total over all steps.
    private(set) var standardError = 0.0
    /// Deviation of the uncertain total as it came.
    private(set) var deviation = 0.0
    /// Standard error of the zero-edge pay of each regime from the spread of 20 stretches of its bars, [G]: memories make neighbouring bars alike.
    private(set) var regimeErrors: [Double] = []
    let counts: [Int]

    /// Bars left out at the start for rewards with a memory, while it fills.
    static let warmUp = 200

    init(_ stack: RewardStack, _ market: AnalysisMarket, rows: Range<Int>, actions: [UInt8]) {
        let regimes = market.regimeNames.count, terms = stack.design.terms
        let steps = SpotSteps(stack, market, rows: rows, actions: actions), straight = steps.taken(), mirror = steps.taken(mirrored: true)
        let labels = market.labels[rows].map { Int($0) }, n = rows.count, first = stack.isStateful ? min(n, Self.warmUp) : 0
        var counts = [Int](repeating: 0, count: regimes)
        for g in labels.dropFirst(first) { counts[g] += 1 }
        let zeros = Array(repeating: [Double](repeating: 0, count: regimes), count: terms.count)
        (certain, real, mirrored) = (zeros, zeros, zeros)
        var fair = [Double](repeating: 0, count: n), came = fair, whole = fair
        for (k, term) in terms.enumerated() {
            for (a, b) in zip(stack.parts(of: k, tried: straight, taken: straight), stack.parts(of: k, tried: mirror, taken: straight)) {
                for t in 0..<n {
                    let x = a.pay[t], y = b.pay[t]
                    if t < first || term.weight == 0 || !x.isFinite || !y.isFinite { continue }
                    if a.provenance != .shaping { whole[t] += 0.5 * term.weight * (x + y) }
                    switch a.provenance {
                    case .guaranteed, .path: certain[k][labels[t]] += term.weight * x
                    case .shaping: break
                    case .uncertain:
                        real[k][labels[t]] += term.weight * x
                        mirrored[k][labels[t]] += term.weight * y
                        fair[t] += 0.5 * term.weight * (x + y)
                        came[t] += term.weight * x
                    }
                }
            }
            for g in 0..<regimes where counts[g] > 0 {
                certain[k][g] /= Double(counts[g])
                real[k][g] /= Double(counts[g])
                mirrored[k][g] /= Double(counts[g])
            }
        }
        self.counts = counts
        standardError = stack.isStateful ? RewardLints.standardError(fair) : moments(fair).deviation / Double(max(1, n)).squareRoot()
        deviation = moments(came).deviation
        regimeErrors = (0..<regimes).map { g in
            let own = (first..<n).filter { labels[$0] == g }.map { whole[$0] }
            let pieces = 20
            guard own.count >= 2 * pieces else { return .infinity }
            let means = (0..<pieces).map { i in moments(Array(own[(i * own.count / pieces)..<((i + 1) * own.count / pieces)])).mean }
            return moments(means).deviation / Double(pieces - 1).squareRoot()
        }
    }

    /// Zero-edge uncertain pay of term `k` a bar, over all regimes.
    func fairUncertain(_ k: Int) -> Double { pooled { 0.5 * (real[k][$0] + mirrored[k][$0]) } }

    /// Over all terms.
    var fairUncertain: Double { certain.indices.reduce(0) { $0 + fairUncertain($1) } }

    /// Zero-edge pay of everything in a regime; and the certain part of it.
    func fair(_ g: Int) -> Double { certain.indices.reduce(0) { $0 + certain[$1][g] + 0.5 * (real[$1][g] + mirrored[$1][g]) } }
    func certain(_ g: Int) -> Double { certain.reduce(0) { $0 + $1[g] } }

    private func pooled(_ value: (Int) -> Double) -> Double {
        let n = counts.reduce(0, +)
        return counts.indices.reduce(0) { $0 + Double(counts[$1]) * value($1) } / Double(max(1, n))
    }

    /// Policies that reach the states of interest: by turns, in trades of about eight and about sixty bars, always on one side, never.
    static func referencePolicies(bars n: Int, seed: UInt64) -> [(name: String, kind: ReachPolicy.Kind, actions: [UInt8])] {
        func sticky(_ change: Double, _ purpose: String) -> [UInt8] {
            var random = RandomStream(seed: seed, purpose: purpose), now: UInt8 = 0
            return (0..<n).map { _ in
                if random.uniform() < change { now = UInt8(random.below(3)) }
                return now
            }
        }
        return [
            ("random", .random, sticky(1, "random")), ("random trades of 8 bars", .random, sticky(1.0 / 8, "short trades")), ("random trades of 60 bars", .random, sticky(1.0 / 60, "long trades")),
            ("always LONG", .fixed, [UInt8](repeating: 1, count: n)), ("always SHORT", .fixed, [UInt8](repeating: 2, count: n)), ("always HOLD", .fixed, [UInt8](repeating: 0, count: n)),
        ]
    }

    /// Cycles of up to four actions, each once whatever action it is counted from, repeats of shorter ones left out.
    static let words: [[UInt8]] = {
        var found: [[UInt8]] = []
        for length in 1...4 {
            let count = (0..<length).reduce(1) { n, _ in 3 * n }
            for code in 0..<count {
                var rest = code
                let word = (0..<length).map { _ -> UInt8 in
                    defer { rest /= 3 }
                    return UInt8(rest % 3)
                }
                let turns = (0..<length).map { Array(word[$0...] + word[..<$0]) }
                let isFirst = turns.allSatisfy { !$0.lexicographicallyPrecedes(word) }
                let repeats = (1..<length).contains { length % $0 == 0 && turns[$0] == word }
                if isFirst, !repeats { found.append(word) }
            }
        }
        return found
    }()
}
