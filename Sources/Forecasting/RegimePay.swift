internal import Environments
internal import NetworkKernels
internal import TradingTypes
package import Training

/// What each action pays in each regime, over the training bars: the facts that need no training. R regimes, A = 3 actions.
package struct RegimePay: Sendable, Equatable {
    /// Bars, [R]; mean and standard deviation of pay, [R][A].
    package var bars: [Double]
    package var mean: [[Double]]
    package var deviation: [[Double]]

    /// nil where pay depends on the agent's path.
    package init?(_ market: SpotTrainingMarket, rows: Range<Int>) {
        guard let pay = market.pay else { return nil }
        let R = Regime.names.count, A = SpotAction.allCases.count, width = market.payWidth
        var sums = Array(repeating: [Double](repeating: 0, count: A), count: R), squares = sums
        bars = [Double](repeating: 0, count: R)
        for t in rows {
            let g = Int(market.table.regimes[t]), row = pay.all.base + (t - market.firstPaid) * A * width
            bars[g] += 1
            for a in 0..<A {
                let value = Double(row[a * width])
                sums[g][a] += value
                squares[g][a] += value * value
            }
        }
        let counts = bars
        mean = sums.indices.map { g in sums[g].map { $0 / max(1, counts[g]) } }
        let means = mean
        deviation = sums.indices.map { g in (0..<A).map { a in max(0, squares[g][a] / max(1, counts[g]) - means[g][a] * means[g][a]).squareRoot() } }
    }

    /// HOLD's mean pay less the mean of the trades', [R].
    package var gap: [Double] { mean.map { $0[0] - ($0[1] + $0[2]) / 2 } }
    /// Half of LONG's mean pay less SHORT's, [R].
    package var tilt: [Double] { mean.map { ($0[1] - $0[2]) / 2 } }
    /// Deviation of a trade's pay, [R].
    package var noise: [Double] { deviation.map { (($0[1] * $0[1] + $0[2] * $0[2]) / 2).squareRoot() } }
    package var weights: [Double] {
        let total = bars.reduce(0, +)
        return bars.map { $0 / max(1, total) }
    }

    /// HOLD share of choosing by the regime's mean pay: 1 where HOLD pays most, else 0.
    package var greedyHold: [Double] { mean.map { $0[0] > max($0[1], $0[2]) ? 1 : 0 } }

    /// d / (c sigma_T) of each regime, [R]; nil without noise or entropy bonus.
    package func x(entropyCoefficient c: Double) -> [Double?] {
        zip(gap, noise).map { gap, noise in c > 0 && noise > 0 ? gap / (c * noise) : nil }
    }
}
