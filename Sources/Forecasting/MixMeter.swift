internal import Environments
package import NetworkKernels
package import Policies
internal import TradingTypes

/// A policy's mix at one moment. R regimes, A actions; shares in [0, 1].
package struct MixSnapshot: Sendable, Equatable {
    package var step: Int
    /// Mean probability of each action and share of bars on which it is the likeliest, [R][A]; zeros for a regime without bars.
    package var sampled: [[Double]]
    package var argmax: [[Double]]
    /// Bars of each regime, [R].
    package var bars: [Double]

    package init(step: Int, sampled: [[Double]], argmax: [[Double]], bars: [Double]) {
        self.step = step
        self.sampled = sampled
        self.argmax = argmax
        self.bars = bars
    }

    /// Means over looks at the same bars.
    package static func mean(_ looks: [MixSnapshot], step: Int) -> MixSnapshot {
        precondition(!looks.isEmpty, "the mean of no looks")
        let n = Double(looks.count)
        func average(_ part: KeyPath<MixSnapshot, [[Double]]>) -> [[Double]] {
            looks[0].sampled.indices.map { g in looks[0].sampled[g].indices.map { a in looks.reduce(0.0) { $0 + $1[keyPath: part][g][a] } / n } }
        }
        return MixSnapshot(step: step, sampled: average(\.sampled), argmax: average(\.argmax), bars: looks[0].bars)
    }

    /// Over all bars, [A].
    package func overall(_ shares: [[Double]]) -> [Double] {
        let total = bars.reduce(0, +)
        return (0..<(shares.first?.count ?? 0)).map { a in shares.indices.reduce(0.0) { $0 + shares[$1][a] * bars[$1] } / max(1, total) }
    }
}

/// Asks a policy about the bars of a split: mean probabilities instead of drawn actions, so that a look has no noise of its own.
package final class MixMeter {
    private let table: ObservationTable
    private let indices: [Int32]
    private let team: ThreadTeam
    private static let chunk = 1_024

    /// Looks at every `stride`th of `rows`.
    package init(_ table: ObservationTable, rows: Range<Int>, every stride: Int = 1, team: ThreadTeam) {
        self.table = table
        self.team = team
        indices = Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: max(1, stride)).map { Int32($0) }
    }

    package func look(_ policy: any ActorCritic, step: Int) -> MixSnapshot {
        let A = policy.actionCount, R = Regime.names.count
        var chances = Array(repeating: [Double](repeating: 0, count: A), count: R), best = chances, bars = [Double](repeating: 0, count: R)
        let scores = FloatBlock(count: Self.chunk * A), logs = FloatBlock(count: A * Self.chunk)
        var start = 0
        while start < indices.count {
            let count = min(Self.chunk, indices.count - start), width = MaskedCategorical.padded(count)
            let logits = scores.matrix(rows: count, columns: A), logP = logs.matrix(rows: A, columns: width)
            let part = Array(indices[start..<start + count])
            policy.infer(table, rows: part.span, logits: logits, values: nil, team: team)
            MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
            exponentials(logP, into: logP)
            for i in 0..<count {
                let regime = Int(table.regimes[Int(indices[start + i])])
                var top = 0
                for a in 0..<A {
                    chances[regime][a] += Double(logP[a, i])
                    if logits[i, a] > logits[i, top] { top = a }
                }
                best[regime][top] += 1
                bars[regime] += 1
            }
            start += count
        }
        for g in 0..<R where bars[g] > 0 { for a in 0..<A { (chances[g][a], best[g][a]) = (chances[g][a] / bars[g], best[g][a] / bars[g]) } }
        return MixSnapshot(step: step, sampled: chances, argmax: best, bars: bars)
    }
}
