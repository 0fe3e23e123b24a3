import Foundation
import NumericKernels
import Testing
import TestSupport

struct BootstrapFixture: Decodable {
    struct Length: Decodable { var x: [Double], stationary: Double, circular: Double }
    struct Draws: Decodable {
        var x: [Double], regime: [Int], mean_block: Double, levels: [Double], quantiles: [[Double]], standard_errors: [Double]
    }
    var block_lengths: [String: Length]
    var draws: Draws

    static let shared: BootstrapFixture = {
        let data = FileManager.default.contents(atPath: fixture("bootstrap/fixture.json")) ?? Data()
        guard let value = try? JSONDecoder().decode(BootstrapFixture.self, from: data) else {
            preconditionFailure("run python Tests/Parity/bootstrap/generate.py")
        }
        return value
    }()
}

/// The draws by definition: bar by bar, from the documented stream and length table, with no prefix sums.
private func draftDraws(_ labels: [UInt8], _ columns: [[Double]], regimes: Int, block: Double, seed: UInt64, replicate: Int)
    -> (means: [Double], errors: [Double], bars: [Int])
{
    let n = labels.count
    var random = RandomStream(seed: seed, purpose: "stationary-bootstrap", index: UInt64(replicate))
    var blocks: [[Int]] = []
    var left = n
    while left > 0 {
        let bits = random.next()
        let start = Int(bits.multipliedFullWidth(by: UInt64(n)).high)
        let u = (Double(bits & 0xffff) + 0.5) / 65_536
        let length = min(block == 1 ? 1 : max(1, Int(ceil(log1p(-u) / log1p(-1 / block)))), left)
        blocks.append((start..<start + length).map { $0 % n })
        left -= length
    }
    var means: [Double] = [], errors: [Double] = [], bars: [Int] = []
    for g in 0..<regimes {
        let own = blocks.map { $0.filter { Int(labels[$0]) == g } }
        let count = own.reduce(0) { $0 + $1.count }
        bars.append(count)
        for column in columns {
            let mean = own.joined().reduce(0.0) { $0 + column[$1] } / Double(count)
            let squares = own.map { rows in rows.reduce(0.0) { $0 + column[$1] - mean } }.reduce(0.0) { $0 + $1 * $1 }
            means.append(mean)
            errors.append(squares.squareRoot() / Double(count))
        }
    }
    return (means, errors, bars)
}

@Suite struct StationaryBootstrapTests {
    @Test(arguments: [(4, 8, 24.0), (4, 3, 1.0), (3, 2, 1.0), (2, 11, 2.3), (5, 1, 7.0), (1, 17, 300.0), (3, 8, 5000.0)])
    func drawsEqualTheirDefinition(regimes: Int, columns: Int, block: Double) {
        let n = 700
        // Label 3 of 3 regimes stands for bars of no regime.
        let labels = simulatedLabels(n, seed: 3, meanRun: 12).map { regimes == 1 ? UInt8(0) : regimes == 5 ? $0 + ($0 == 2 ? 2 : 0) : $0 }
        let data = (0..<columns).map { autoregression(n, phi: 0.4, seed: 4, index: UInt64($0)).map { $0 + 5 } }
        let table = RegimeTable(labels: labels, regimes: regimes, columns: data)
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: block, replicates: 40, seed: 11, threads: 2))
        for replicate in [0, 1, 17, 39] {
            let expected = draftDraws(labels, data, regimes: regimes, block: block, seed: 11, replicate: replicate)
            for g in 0..<regimes {
                #expect(Int(draws.regimeBars[g * 40 + replicate]) == expected.bars[g])
                if expected.bars[g] == 0 {
                    #expect(draws.values(g * columns)[replicate].isNaN)
                    continue
                }
                for c in 0..<columns {
                    let q = g * columns + c
                    #expect(abs(draws.values(q)[replicate] - expected.means[q]) < 1e-12)
                    // A replicate of one block has error 0 up to rounding, of which the square root is taken.
                    #expect(abs(draws.standardErrors[q * 40 + replicate] - expected.errors[q]) < 1e-7)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 8])
    func threadsDoNotChangeABit(threads: Int) {
        let n = 900
        let table = RegimeTable(labels: simulatedLabels(n, seed: 5), regimes: 4, columns: [autoregression(n, phi: 0.2, seed: 6)])
        let one = stationaryBootstrap(table, BootstrapPlan(meanBlock: 6, replicates: 333, seed: 1, threads: 1))
        let many = stationaryBootstrap(table, BootstrapPlan(meanBlock: 6, replicates: 333, seed: 1, threads: threads))
        #expect(one.deviations.map(\.bitPattern) == many.deviations.map(\.bitPattern))
        #expect(one.standardErrors.map(\.bitPattern) == many.standardErrors.map(\.bitPattern))
        #expect(one.regimeBars == many.regimeBars)
        let other = stationaryBootstrap(table, BootstrapPlan(meanBlock: 6, replicates: 333, seed: 2, threads: threads))
        #expect(one.deviations != other.deviations)
    }

    /// Politis and Romano 1994: n Var*(mean) = c_0 + 2 sum (1 - i/n)(1 - 1/b)^i c_i with circular autocovariances c_i.
    /// The draws' variance has a relative standard deviation of sqrt(2 / 20,000) = 1%; 5% is passed by chance once in a million.
    @Test(arguments: [1.0, 2, 5, 24, 80])
    func varianceOfTheDrawsIsTheTheoreticalOne(block: Double) {
        let n = 400
        let x = autoregression(n, phi: 0.6, seed: 8)
        let mean = x.reduce(0, +) / Double(n)
        var expected = 0.0
        for i in 0..<n {
            let c = (0..<n).reduce(0.0) { $0 + (x[$1] - mean) * (x[($1 + i) % n] - mean) } / Double(n)
            expected += (i == 0 ? 1 : 2) * (1 - Double(i) / Double(n)) * pow(1 - 1 / block, Double(i)) * c
        }
        let table = RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: [x])
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: block, replicates: 20_000, seed: 9, threads: 2))
        let variance = draws.estimateErrors[0] * draws.estimateErrors[0] * Double(n)
        #expect(abs(variance / expected - 1) < 0.05, "\(variance) against \(expected)")
    }

    /// Quantiles of arch 8.0's StationaryBootstrap over the same data. Both sides draw 40,000 replicates; the standard error of a
    /// 2.5% quantile is then about 0.013 standard deviations, so 0.08 is more than four standard errors of the difference.
    @Test func quantilesAgreeWithArch() {
        let f = BootstrapFixture.shared.draws
        let table = RegimeTable(labels: f.regime.map { UInt8($0) }, regimes: 2, columns: [f.x])
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: f.mean_block, replicates: 40_000, seed: 1, threads: 2))
        for g in 0..<2 {
            let ours = quantiles(draws.values(g), f.levels)
            #expect(abs(draws.estimateErrors[g] / f.standard_errors[g] - 1) < 0.03)
            for (a, b) in zip(ours, f.quantiles[g]) { #expect(abs(a - b) < 0.08 * f.standard_errors[g]) }
        }
    }

    @Test func aConstantColumnHasNoSpread() {
        let labels = simulatedLabels(500, seed: 1)
        // 0.1 is not a binary fraction: a mean formed by summing would be off in the last bits.
        let table = RegimeTable(labels: labels, regimes: 4, columns: [labels.map { 0.1 * (1 + Double($0)) }])
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: 9, replicates: 100, seed: 3))
        #expect(draws.estimates == [0.1, 0.2, 0.1 * 3, 0.4])
        #expect(draws.deviations.allSatisfy { $0 == 0 || $0.isNaN })
        let intervals = bootstrapIntervals(draws)
        #expect(intervals[0].studentised == Bounds(0.1, 0.1))
        #expect(intervals[0].percentile == Bounds(0.1, 0.1))
        #expect(intervals[0].probabilityWrongSign == 0)
    }
}

@Suite struct RatioIntervalTests {
    /// Five draws of L (mean 0) and B, in that order, L's own standard errors .1.
    private func draws(_ l: [Double], _ b: [Double], meanOfB: Double, errorOfB: Double) -> BootstrapDraws {
        let spread = { (x: [Double]) in (x.reduce(0) { $0 + $1 * $1 } / 5).squareRoot() }
        return BootstrapDraws(
            regimes: 1, columns: 2, replicates: 5, estimates: [0, meanOfB], deviations: l + b,
            standardErrors: [Double](repeating: 0.1, count: 5) + [Double](repeating: errorOfB, count: 5), regimeBars: [UInt32](repeating: 9, count: 5),
            estimateErrors: [spread(l), spread(b)], longRunErrors: [0.1, errorOfB])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var l = [-0.2, -0.1, 0, 0.1, 0.2], b: [Double], meanOfB = 1.0, errorOfB = 0.5
        let low: Double, high: Double
    }

    // At level .5 the quantiles are the second and the fourth draw. With s_LL = .01, s_BB = .25, t the quantile, a = 1 - .25 t^2 and c = t^2 s_LB the
    // ends are (-c -+ sqrt(c^2 + .01 a t^2)) / a from the ratio 2.
    static let cases = [
        // t = -1, 1; uncorrelated: a = .75, ends -+.1 / sqrt(.75).
        Case(testDescription: "uncorrelated", b: [2, -1, -2, -1, 2], low: -0.11547005, high: 0.11547005),
        // Correlation 1: s_LB = .05; (-.05 -+ sqrt(.0025 + .0075)) / .75.
        Case(testDescription: "correlated", b: [-2, -1, 0, 1, 2], low: -0.2, high: 0.2 / 3),
        // A denominator below zero turns the interval round: L draws of 1.5 and -1 sigma; the upper one bounds d above.
        // t = 1.5: a = .4375, .15 / sqrt(.4375) = .22678; t = -1: .11547.
        Case(testDescription: "falling", l: [-0.2, -0.1, 0, 0.15, 0.2], b: [0, 0, 0, 0, 0], meanOfB: -1, low: -0.11547005, high: 0.22677868),
        Case(testDescription: "rising, skewed", l: [-0.2, -0.1, 0, 0.15, 0.2], b: [0, 0, 0, 0, 0], low: -0.22677868, high: 0.11547005),
    ]

    @Test(arguments: cases) func byHand(_ c: Case) throws {
        let interval = ratioInterval(draws(c.l, c.b, meanOfB: c.meanOfB, errorOfB: c.errorOfB), residual: 0, denominator: 1, ratio: 2, level: 0.5)
        guard case .bounded(let bounds) = interval else {
            Issue.record("unbounded")
            return
        }
        #expect(abs(bounds.low - (2 + c.low)) < 1e-7 && abs(bounds.high - (2 + c.high)) < 1e-7, "\(bounds.low - 2) \(bounds.high - 2)")
    }

    /// s_BB >= B^2 at t = 1: the data do not tell the denominator from zero.
    @Test func anUncertainDenominatorBoundsNothing() {
        let d = draws([-0.2, -0.1, 0, 0.1, 0.2], [2, -1, -2, -1, 2], meanOfB: 1, errorOfB: 1)
        #expect(ratioInterval(d, residual: 0, denominator: 1, ratio: 2, level: 0.5) == .unbounded)
    }

    /// A = B / 2 on every bar.
    @Test func anExactRatioIsCertain() {
        let slope = autoregression(400, phi: 0.3, seed: 5).map { 2 + $0 }
        let table = RegimeTable(labels: simulatedLabels(400, seed: 6), regimes: 4, columns: [slope.map { _ in 0 }, slope])
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: 5, replicates: 100, seed: 3))
        #expect(ratioInterval(draws, residual: 0, denominator: 1, ratio: 0.5) == .bounded(Bounds(0.5, 0.5)))
    }
}

@Suite struct BlockLengthTests {
    @Test(.tags(.parity), arguments: BootstrapFixture.shared.block_lengths.keys.sorted())
    func agreesWithArch(name: String) throws {
        let f = try #require(BootstrapFixture.shared.block_lengths[name])
        let ours = optimalBlockLength(f.x)
        #expect(abs(ours.stationary - f.stationary) <= 1e-10 * max(1, f.stationary))
        #expect(abs(ours.circular - f.circular) <= 1e-10 * max(1, f.circular))
    }

    /// Noise hides a regime's small extra pay from the column's own block length, not from that of the regime means.
    @Test func pooledBlocksSeeRegimesThatNoiseHides() {
        let n = 20_000, labels = (0..<n).map { UInt8($0 / 500 % 2) }
        let noise = autoregression(n, phi: 0, seed: 31)
        let column = zip(noise, labels).map { $0 + ($1 == 0 ? 0 : 0.05) }
        let own = optimalBlockLength(column).stationary
        #expect(pooledBlockLength(column, labels: labels, regimes: 2) > max(100, 5 * own))
        // Without a difference between regimes there is nothing to see.
        #expect(pooledBlockLength(labels.map { _ in 0.3 }, labels: labels, regimes: 2) == 1)
        let one = noise.map { $0 - noise.reduce(0, +) / Double(n) }
        let single = pooledBlockLength(one, labels: [UInt8](repeating: 0, count: n), regimes: 1)
        #expect(abs(single - max(1, optimalBlockLength(one).stationary)) < 1e-9)
    }

    @Test func aConstantSeriesGivesOne() {
        #expect(optimalBlockLength([Double](repeating: 0.1, count: 50)) == optimalBlockLength([Double](repeating: 0, count: 20)))
        #expect(optimalBlockLength([Double](repeating: 0.1, count: 50)).stationary == 1)
    }

    /// White noise inside runs of a regime: the influence function asks for short blocks, the product with the indicator of a
    /// column with mean 1 for blocks as long as the runs.
    @Test func influenceFunctionDoesNotMeasureRegimeDuration() {
        let n = 20_000
        let labels = simulatedLabels(n, seed: 21, meanRun: 100).map { $0 == 3 ? UInt8(1) : 0 }
        let x = autoregression(n, phi: 0, seed: 22).map { 1 + $0 }
        let table = RegimeTable(labels: labels, regimes: 2, columns: [x])
        let byInfluence = optimalBlockLength(table.influence(regime: 1, column: 0)).stationary
        let byProduct = optimalBlockLength(zip(labels, x).map { $0 == 1 ? $1 : 0 }).stationary
        #expect(byInfluence < 10)
        #expect(byProduct > 50)
    }
}

@Suite struct IntervalTests {
    /// Five draws 1...5 of estimate 3, own errors 1: type 7 quantiles at .25 and .75 are the draws of rank 1 and 3 (from 0), 2 and 4.
    /// Basic: 2 * 3 - 4 = 2 and 2 * 3 - 2 = 4. t* = -2, -1, 0, 1, 2, quantiles -1 and 1; the standard error is sqrt(10/5) = sqrt 2.
    @Test func handWorkedIntervals() throws {
        let draws = BootstrapDraws(
            regimes: 1, columns: 1, replicates: 5, estimates: [3], deviations: [2, -2, 0, 1, -1], standardErrors: [1, 1, 1, 1, 1],
            regimeBars: [1, 1, 1, 1, 1], estimateErrors: [sqrt(2.0)])
        let x = bootstrapIntervals(draws, level: 0.5)[0]
        #expect(x.percentile == Bounds(2, 4))
        #expect(x.basic == Bounds(2, 4))
        #expect(x.studentised == Bounds(3 - sqrt(2.0), 3 + sqrt(2.0)))
        #expect(x.probabilityWrongSign == 0)
        // max |t*| over one quantity: 0, 1, 1, 2, 2; its median is 1.
        let band = simultaneousBands(draws, quantities: [0], level: 0.5)
        #expect(band.critical == 1)
        #expect(band.bands == [Bounds(3 - sqrt(2.0), 3 + sqrt(2.0))])
    }

    /// The error that scales bootstrap-t intervals is never below the draws' spread, and close to the truth where the block estimate falls
    /// short: an AR(1) with phi .8 has a long-run variance of 1 / (1 - .8)^2 = 25.
    @Test func longRunErrorRepairsTheBlockBias() {
        let n = 20_000
        var block = 0.0, long = 0.0
        for i in 0..<20 {
            let x = autoregression(n, phi: 0.8, seed: 77, index: UInt64(i))
            let table = RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: [x])
            let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: 8, replicates: 500, seed: 5, threads: 2))
            #expect(draws.longRunErrors[0] >= draws.estimateErrors[0])
            block += draws.estimateErrors[0] * draws.estimateErrors[0] * Double(n) / 20
            long += draws.longRunErrors[0] * draws.longRunErrors[0] * Double(n) / 20
        }
        // Expected for b = 8: 25 reduced to (1 + 2 sum (.8 * 7/8)^k) / .36 = (1 + 2 * .7 / .3) / .36 = 15.7.
        #expect(abs(block - 15.7) < 1)
        #expect(abs(long - 25) < 2.5)
    }

    @Test func wrongSignCountsDrawsBeyondZero() {
        let draws = BootstrapDraws(
            regimes: 1, columns: 2, replicates: 4, estimates: [1, -1], deviations: [-2, -1, 0, 1, 2, 0, 0, 3], standardErrors: [],
            regimeBars: [1, 1, 1, 1], estimateErrors: [1, 1])
        let x = bootstrapIntervals(draws)
        // Draws -1, 0, 1, 2 of estimate 1: one beyond zero, one on it. Draws 1, -1, -1, 2 of estimate -1: two beyond zero.
        #expect(x[0].probabilityWrongSign == 0.375)
        #expect(x[1].probabilityWrongSign == 0.5)
        #expect(x[0].studentised == nil)
    }

    /// For independent bars the 95% interval is close to mean +- 1.96 sd / sqrt n; bands over 8 independent quantities need |t| = 2.73
    /// (1 - .95^(1/8) = .00639 in two tails).
    @Test func independentBarsGiveTheNormalInterval() throws {
        let n = 4_000
        let columns = (0..<8).map { autoregression(n, phi: 0, seed: 31, index: UInt64($0)) }
        let table = RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: columns)
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: 1, replicates: 20_000, seed: 5, threads: 2))
        let x = bootstrapIntervals(draws, threads: 2)
        for i in x {
            let t = try #require(i.studentised)
            for (bounds, error) in [(i.percentile, i.standardError), (i.basic, i.standardError), (t, i.longRunError)] {
                #expect(abs((bounds.high - i.estimate) / error - 1.96) < 0.08)
                #expect(abs((i.estimate - bounds.low) / error - 1.96) < 0.08)
            }
        }
        #expect(abs(simultaneousBands(draws, quantities: Array(0..<8)).critical - 2.73) < 0.06)
        #expect(abs(simultaneousBands(draws, quantities: Array(0..<8), studentised: false).critical - 2.73) < 0.06)
    }

    @Test(arguments: [1, 2, 5, 16, 17, 100, 1001])
    func quantilesAreThoseOfTheSortedList(n: Int) {
        var random = RandomStream(seed: UInt64(n), purpose: "quantiles")
        let x = (0..<n).map { _ in (random.gaussian() * 4).rounded() / 4 }
        let sorted = x.sorted()
        for p in [0, 0.025, 0.5, 0.9, 0.975, 1] {
            let h = Double(n - 1) * p, k = Int(h)
            let expected = k + 1 < n ? sorted[k] + (h - Double(k)) * (sorted[k + 1] - sorted[k]) : sorted[k]
            #expect(quantile(x, p) == expected)
        }
    }
}

/// A column that is constant but for rounding has no spread and no memory; one that varies a little more keeps both.
@Test func roundingNoiseIsNotASeries() {
    let n = 4_000, labels = (0..<n).map { UInt8($0 / 1_000 % 2) }
    var random = RandomStream(seed: 1, purpose: "noise")
    let walk = (0..<n).reduce(into: [0.0]) { list, _ in list.append(list[list.count - 1] * 0.99 + random.gaussian()) }.dropFirst()
    let noise = walk.map { 0.015 + $0 * 1e-17 }, small = walk.map { 0.015 + $0 * 1e-6 }
    #expect(Set(noise).count > 1)
    let table = RegimeTable(labels: labels, regimes: 2, columns: [noise, small])
    for g in 0..<2 {
        #expect(table.influence(regime: g, column: 0).allSatisfy { $0 == 0 })
        #expect(table.means[g * 2] == noise[g * 1_000])
        #expect(table.influence(regime: g, column: 1).contains { $0 != 0 })
        #expect(table.deviations[g * 2] == 0 && table.deviations[g * 2 + 1] > 1e-6)
    }
}

/// A table filled in stretches is the table of whole columns.
@Test func tablesFilledInStretchesAreTheSame() {
    let n = 5_000, labels = (0..<n).map { UInt8(($0 / 37) % 5) }
    var random = RandomStream(seed: 2, purpose: "stretches")
    let columns = (0..<9).map { _ in (0..<n).map { _ in random.gaussian() } }
    let whole = RegimeTable(labels: labels, regimes: 4, columns: columns)
    let parts = RegimeTable(labels: labels, regimes: 4, columns: 9, stretch: 700, threads: 2) { rows in columns.map { Array($0[rows]) } }
    #expect(whole.means == parts.means && whole.counts == parts.counts)
    for g in 0..<4 { for c in 0..<9 { #expect(whole.influence(regime: g, column: c) == parts.influence(regime: g, column: c)) } }
    // By definition: divisor n_g.
    let mine = (0..<n).filter { labels[$0] == 3 }.map { columns[8][$0] }, mean = mine.reduce(0, +) / Double(mine.count)
    let variance = mine.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(mine.count)
    #expect(abs(whole.deviations[3 * 9 + 8] - variance.squareRoot()) < 1e-12)
}
