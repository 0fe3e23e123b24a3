internal import ComponentKit

/// When HOLD became the usual action of a regime, for good.
package struct HoldOnset: Sendable, Equatable {
    /// Between the first step and the second: the last look before, and the first from which HOLD stays at 50% or more.
    package let after, by: Int

    package init(after: Int, by: Int) {
        self.after = after
        self.by = by
    }
}

/// What trading and holding were paid in one regime at one look, seeds together, a step.
package struct PayContrast: Sendable {
    package let regime: Int
    /// The look's step.
    package let step: Int
    package let holds, trades: Int
    package let hold, trade: Double
    /// Trading minus HOLD a step, [K].
    package let terms: [Double]
    /// Standard deviation of the total over seeds; nil for one seed.
    package let deviation: Double?

    package var gap: Double { trade - hold }

    /// Terms that push towards HOLD (`forHold`) or trading, largest first, by index.
    package func leading(forHold: Bool) -> [Int] {
        let scale = terms.map(abs).max() ?? 0
        return terms.indices.filter { (forHold ? -terms[$0] : terms[$0]) > 0.02 * scale }.sorted { abs(terms[$0]) > abs(terms[$1]) }
    }
}

extension RunReport {
    /// Steps of looks that every seed has had.
    package var sharedLooks: [Int] {
        guard let first = seeds.first else { return [] }
        return first.looks.map(\.step).filter { step in seeds.allSatisfy { $0.looks.contains { $0.step == step } } }
    }

    /// The looks of all seeds at `step`.
    package func looks(at step: Int) -> [Look] { seeds.compactMap { $0.looks.first { $0.step == step } } }

    /// Mean sampled shares of a regime at a look, over the seeds that met it; nil when none did.
    package func meanShares(regime r: Int, at step: Int) -> [Double]? {
        let shares = looks(at: step).compactMap { $0.regimes[r].mix.sampled }
        if shares.isEmpty { return nil }
        return actions.indices.map { a in shares.reduce(0) { $0 + $1[a] } / Double(shares.count) }
    }

    /// Onset on the mean over seeds, or of one seed; nil when HOLD is below one half at the last look.
    package func holdOnset(regime r: Int, seed: Int? = nil) -> HoldOnset? {
        let shares: [(step: Int, hold: Double)] =
            if let seed {
                seeds[seed].looks.compactMap { look in look.regimes[r].mix.sampled.map { (look.step, $0[0]) } }
            } else {
                sharedLooks.compactMap { step in meanShares(regime: r, at: step).map { (step, $0[0]) } }
            }
        guard let last = shares.last, last.hold >= 0.5 else { return nil }
        let lastBelow = shares.lastIndex { $0.hold < 0.5 }
        guard let k = lastBelow else { return HoldOnset(after: 0, by: shares[0].step) }
        return HoldOnset(after: shares[k].step, by: shares[k + 1].step)
    }

    /// First look at which the mean share of HOLD reaches `level`; nil when none does.
    package func firstLook(regime r: Int, holdFrom level: Double) -> Int? {
        sharedLooks.first { step in meanShares(regime: r, at: step).map { $0[0] >= level } ?? false }
    }

    /// Fewest decisions of either kind that a contrast rests on.
    package static let fewestDecisions = 30

    /// The newest look that has enough decisions of both kinds in the regime; nil when none has.
    package func payContrast(regime r: Int) -> PayContrast? {
        for step in sharedLooks.reversed() {
            let pays = looks(at: step).map { $0.regimes[r].pay }.filter { !$0.isEmpty }
            func pooled(_ list: [[Pay]], _ actions: Range<Int>) -> (count: Int, terms: [Double]) {
                var count = 0, sums = [Double](repeating: 0, count: terms.count)
                for pay in list { for a in actions { count += pay[a].decisions; for k in sums.indices { sums[k] += pay[a].terms[k] } } }
                return (count, sums)
            }
            let held = pooled(pays, 0..<1), traded = pooled(pays, 1..<actions.count)
            guard held.count >= Self.fewestDecisions, traded.count >= Self.fewestDecisions else { continue }
            func mean(_ p: (count: Int, terms: [Double])) -> [Double] { p.terms.map { $0 / Double(p.count) } }
            let h = mean(held), t = mean(traded)
            let gaps = pays.compactMap { pay -> Double? in
                let one = pooled([pay], 0..<1), other = pooled([pay], 1..<actions.count)
                return one.count > 0 && other.count > 0 ? mean(other).reduce(0, +) - mean(one).reduce(0, +) : nil
            }
            return PayContrast(
                regime: r, step: step, holds: held.count, trades: traded.count, hold: h.reduce(0, +), trade: t.reduce(0, +), terms: zip(t, h).map { $0 - $1 },
                deviation: gaps.count > 1 ? SeedSpread(gaps).deviation : nil)
        }
        return nil
    }

    /// Pay a step by term in a regime at a look, mean over the seeds, each weighing the same; [K] and [seeds][K]. Nil without decisions there.
    package func payByTerm(regime r: Int, at step: Int) -> (mean: [Double], seeds: [[Double]])? {
        let each = seeds.map { seed -> [Double] in
            guard let look = seed.looks.first(where: { $0.step == step }) else { return [] }
            let pay = look.regimes[r].pay, count = pay.reduce(0) { $0 + $1.decisions }
            return count > 0 ? terms.indices.map { k in pay.reduce(0) { $0 + $1.terms[k] } / Double(count) } : []
        }
        let known = each.filter { !$0.isEmpty }
        if known.isEmpty { return nil }
        return (terms.indices.map { k in known.reduce(0) { $0 + $1[k] } / Double(known.count) }, each)
    }

    /// Values over the seeds that have `split`.
    package func spread(_ split: String, _ value: (SplitFindings) -> Double?) -> SeedSpread { SeedSpread(seeds.compactMap { $0.splits[split].flatMap(value) }) }

    /// The highest status at the last look of any seed, and its seed.
    package var worstLastStatus: (status: Int, seed: Int)? {
        seeds.indices.compactMap { k in seeds[k].looks.last.flatMap { look in look.status.map { (status: $0, seed: k) } } }.max { $0.status < $1.status }
    }
}
