import Features
import Glibc
import NumericKernels
import Testing
import TestSupport

@Suite struct LongSeriesTests {
    /// A million bars: the last rows of the rolling windows equal those computed from the last bars alone, so nothing has drifted.
    @Test func aMillionBarsDoNotDrift() throws {
        let n = 1_000_000
        let bars = randomBars(n, seed: 3)
        let long = computeFeatures(bars)
        let short = computeFeatures(bars.slice(n - 6_000..<n))
        print("1,000,000 bars: warm-up \(long.warmUp)")
        for (name, column) in zip(long.names, long.columns) {
            let late = try #require(short[name])
            var worst = 0.0
            for k in 1...500 { worst = max(worst, abs(column[n - k] - late[6_000 - k])) }
            #expect(worst < 1e-9, "\(name) differs by \(worst)")
        }
    }

    /// Rolling sums leave no residue: after 1e15 has left the window, ones sum to exactly their number.
    @Test(arguments: [5, 24, 33, 168]) func largeValuesLeaveNoResidue(_ window: Int) {
        var x = [Double](repeating: 1, count: 1_000)
        for t in 100..<300 { x[t] = 1e15 + 0.3 }
        let sums = RollingWindow.sum(x, window: window)
        #expect(sums[(300 + window)...].allSatisfy { $0 == Double(window) })
    }

    /// Against the definition, term by term.
    @Test(arguments: [1, 2, 3, 7, 14, 24, 31, 32, 33, 100], [0, 1, 5]) func rollingWindowsEqualTheirDefinition(_ window: Int, _ from: Int) {
        let x = randomBars(257).close.enumerated().map { $0.offset < from ? Double.nan : $0.element }
        let sums = RollingWindow.sum(x, window: window, from: from)
        let top = RollingWindow.maximum(x, window: window, from: from), bottom = RollingWindow.minimum(x, window: window, from: from)
        for t in x.indices {
            guard t >= from + window - 1 else {
                #expect(sums[t].isNaN && top[t].isNaN && bottom[t].isNaN)
                continue
            }
            let part = x[(t - window + 1)...t]
            let total = part.reduce(0, +)
            #expect(abs(sums[t] / total - 1) < 1e-14)
            #expect(top[t] == part.max() && bottom[t] == part.min())
        }
        guard window > 1 else { return }
        let deviation = RollingWindow.deviation(x.map { $0 / 10_000 - 1 }, window: window, from: from)
        let score = RollingWindow.standardScore(x.map { $0 / 10_000 - 1 }, window: window, from: from)
        let t = 200
        let part = x[(t - window + 1)...t].map { $0 / 10_000 - 1 }
        let m = part.reduce(0, +) / Double(window)
        var squares = 0.0
        for value in part { squares += (value - m) * (value - m) }
        let s = (squares / Double(window - 1)).squareRoot()
        #expect(abs(deviation[t] / s - 1) < 1e-9)
        #expect(abs(score[t] - (x[t] / 10_000 - 1 - m) / s) < 1e-9)
    }
}
