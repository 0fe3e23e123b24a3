import ChangePoints
import Foundation
import NumericKernels
import TestSupport
import Testing

struct ChangePointFixture: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        var name: String, series: String, model: String, minimum: Int, penalty: Double, changes: [Int], cost: Double, optimum: Double
        var testDescription: String { name }
    }
    var series: [String: [Double]]
    var cases: [Case]

    static let shared: ChangePointFixture = {
        let data = FileManager.default.contents(atPath: fixture("changepoints/fixture.json")) ?? Data()
        guard let value = try? JSONDecoder().decode(ChangePointFixture.self, from: data) else { preconditionFailure("run python Tests/Parity/changepoints/generate.py") }
        return value
    }()
}

@Suite struct SegmentationTests {
    /// The same changes as ruptures with jump=1, and the optimum of the penalised cost by dynamic programming over ruptures' own costs.
    @Test(.tags(.parity), arguments: ChangePointFixture.shared.cases)
    func agreesWithRuptures(_ c: ChangePointFixture.Case) throws {
        let x = try #require(ChangePointFixture.shared.series[c.series]), kind = try #require(SegmentCost.Kind(rawValue: c.model))
        let cost = SegmentCost(x, kind), found = Segmentation.pelt(cost, penalty: c.penalty, minimum: c.minimum)
        let total = found.cost + c.penalty * Double(found.changes.count + 1)
        #expect(abs(total - c.optimum) <= 1e-8 * (1 + abs(c.optimum)), "penalised cost \(total), optimum \(c.optimum)")
        #expect(found.changes == c.changes)
        #expect(abs(found.cost - c.cost) <= 1e-8 * (1 + abs(c.cost)))
    }

    /// Levels without noise are found to the value, whatever the penalty between nothing and the jumps.
    @Test func exactOnNoiselessSteps() {
        let x = [0.0, 5, 1, -3, 7].flatMap { [Double](repeating: $0, count: 12) }
        for penalty in [1e-6, 1, 20] {
            let found = Segmentation.pelt(SegmentCost(x, .l2), penalty: penalty, minimum: 2)
            #expect(found.changes == [12, 24, 36, 48] && found.cost < 1e-9)
            #expect(found.segments == [0..<12, 12..<24, 24..<36, 36..<48, 48..<60])
        }
        #expect(Segmentation.pelt(SegmentCost(x, .l2), penalty: 1e9).changes.isEmpty)
    }

    /// PELT against the plain recursion on random series: pruning changes nothing.
    @Test(arguments: 1...40)
    func pruningKeepsTheOptimum(seed: Int) {
        var random = RandomStream(seed: UInt64(seed), purpose: "pelt")
        let n = 20 + Int(random.below(60)), minimum = 1 + Int(random.below(5))
        let x = (0..<n).map { 1.5 * Double(($0 * (1 + seed % 4) / n) % 2) + random.gaussian() }
        for kind in [SegmentCost.Kind.l2, .normal] where kind == .l2 || minimum > 1 {
            let cost = SegmentCost(x, kind), penalty = (0.2 + 2 * random.uniform()) * cost.penalty(noise: 1)
            var best = [0.0] + [Double](repeating: .infinity, count: n)
            for end in minimum...n { for start in 0...end - minimum where best[start].isFinite { best[end] = min(best[end], best[start] + cost(start, end) + penalty) } }
            let found = Segmentation.pelt(cost, penalty: penalty, minimum: minimum)
            #expect(abs(found.cost + penalty * Double(found.changes.count + 1) - best[n]) < 1e-9 * (1 + abs(best[n])), "seed \(seed), \(kind), minimum \(minimum)")
            #expect(found.segments.allSatisfy { $0.count >= minimum })
        }
    }

    /// Where a start that is dropped at once, as ruptures drops it, misses the optimum, because segments have at least `minimum` values: found by a search over small whole numbers.
    @Test func prunesNoSooner() {
        let x = [5.0, 0, 3, 5, 4, 6, 5, 4, 3, 2, 5, 6], y = [1.0, 0, 0, 5, 5, 0, 6, 3, 6, 3, 1, 1]
        let found = Segmentation.pelt(SegmentCost(x, .l2), penalty: 3, minimum: 3)
        #expect(found.changes == [3] && abs(found.cost + 6 - 296.0 / 9) < 1e-9)
        #expect(Segmentation.pelt(SegmentCost(y, .l2), penalty: 8, minimum: 4).changes.isEmpty)
    }

    @Test func edges() {
        #expect(Segmentation.pelt(SegmentCost([], .l2), penalty: 1).segments == [0..<0])
        #expect(Segmentation.pelt(SegmentCost([1, 2, 9], .l2), penalty: 0, minimum: 2).changes.isEmpty)
        #expect(Segmentation.singleChange(SegmentCost([0, 0, 1, 1, 1], .l2), in: 0..<5) == 2)
        #expect(Segmentation.singleChange(SegmentCost([0, 0, 1], .l2), in: 0..<3) == nil)
        // The last place that leaves two values.
        #expect(Segmentation.singleChange(SegmentCost([0, 0, 0, 1, 1], .l2), in: 0..<5) == 3)
        // sum of squares 2, variance 1: n ln(1 + 1e-6).
        #expect(SegmentCost([3, 5], .l2)(0, 2) == 2)
        #expect(abs(SegmentCost([3, 5], .normal)(0, 2) - 2 * log(1 + 1e-6)) < 1e-15)
        #expect(abs(SegmentCost([Double](repeating: 0, count: 100), .l2).penalty(noise: 0.5) - 0.5 * log(100)) < 1e-12)
        #expect(abs(SegmentCost([Double](repeating: 0, count: 100), .normal).penalty(noise: 9) - 3 * log(100)) < 1e-12)
    }

    /// On noise alone the BIC penalties find a change rarely. Measured: 44 of 400 series of 100 values with the normal cost, fewer with L2.
    @Test(arguments: [SegmentCost.Kind.l2, .normal])
    func rarelyFindsWhatIsNotThere(kind: SegmentCost.Kind) {
        var random = RandomStream(seed: 5, purpose: "no change"), found = 0
        for _ in 0..<400 {
            let x = (0..<100).map { _ in random.gaussian() }, cost = SegmentCost(x, kind)
            if !Segmentation.pelt(cost, penalty: cost.penalty(noise: 1), minimum: 3).changes.isEmpty { found += 1 }
        }
        #expect(found <= 60, "\(found) of 400")
    }
}

@Suite struct OnlineTests {
    /// Average run length of the two-sided chart on independent normal residuals: 465 in the literature (k = .5, h = 5), from 600 runs a standard error of 19.
    @Test func averageRunLength() {
        var random = RandomStream(seed: 8, purpose: "run length"), total = 0
        let runs = 600
        for _ in 0..<runs {
            var chart = CUSUM(), length = 1
            while chart.observe(random.gaussian()) == nil { length += 1 }
            total += length
        }
        let mean = Double(total) / Double(runs)
        #expect(mean > 405 && mean < 530, "average run length \(mean)")
    }

    @Test func findsAShiftAndSaysWhichWay() {
        var random = RandomStream(seed: 9, purpose: "shift")
        for sign in [1.0, -1] {
            var delays: [Int] = []
            for _ in 0..<200 {
                var chart = CUSUM(), delay = 0, side: CUSUM.Side?
                while side == nil { (side, delay) = (chart.observe(sign + random.gaussian()), delay + 1) }
                #expect(side == (sign > 0 ? .up : .down))
                delays.append(delay)
            }
            let mean = Double(delays.reduce(0, +)) / 200
            #expect(mean > 8 && mean < 13, "mean delay \(mean)")
        }
        var chart = CUSUM()
        #expect(chart.observe(3) == nil && chart.up == 2.5)
        #expect(chart.observe(.nan) == nil && chart.up == 2.5 && chart.down == 0)
    }

    /// AR(1) noise: the coefficient is found whatever steps the level makes, and whitened residuals are white.
    @Test(arguments: [0.0, 0.3, 0.6, 0.8])
    func whitening(phi: Double) {
        var random = RandomStream(seed: 3, purpose: "ar"), x: [Double] = [], state = 0.0
        for t in 0..<4_000 {
            state = phi * state + random.gaussian()
            x.append(state + (t < 1_500 ? 0 : t < 2_500 ? 10 : -5))
        }
        let ar = ARWhitening(estimatedFrom: x)
        #expect(abs(ar.coefficient - phi) < 0.07, "\(ar.coefficient) for \(phi)")
        let white = ar.whitened(x)
        #expect(abs(autocorrelation(Array(white[100..<1_400]), lag: 1)) < 0.12)
        // Levels stay what they were.
        #expect(abs(mean(Array(white[1_600..<2_400])) - 10) < 0.6)
        #expect(ARWhitening(estimatedFrom: [1, 1, 1, 1, 1, 1, 1, 1, 1]).coefficient == 0 && ARWhitening(estimatedFrom: [1, 2]).coefficient == 0)
    }

    @Test func noiseFromDifferences() {
        var random = RandomStream(seed: 4, purpose: "noise")
        let x = (0..<2_000).map { Double($0 / 500) * 8 + 0.5 * random.gaussian() }
        #expect(abs(ARWhitening.noise(x) - 0.5) < 0.03)
        #expect(ARWhitening.noise([2]).isNaN && ARWhitening.noise([2, 2, 2]) == 0)
        // More than half of the steps change nothing: the mean square of all, 16 / (2 x 4).
        #expect(abs(ARWhitening.noise([1, 1, 1, 1, 5]) - 2.0.squareRoot()) < 1e-12)
    }
}

@Suite struct IntervalTests {
    /// Two levels one and a half deviations apart, 40 values each: how often the 95% interval holds the true change. 200 series, nominal 190; a standard error of 3.
    @Test func covers() {
        var random = RandomStream(seed: 12, purpose: "coverage"), held = 0, width = 0
        for k in 0..<200 {
            let x = (0..<80).map { ($0 < 40 ? 0 : 1.5) + random.gaussian() }, cost = SegmentCost(x, .l2)
            let place = Segmentation.singleChange(cost, in: 0..<80) ?? 0
            let found = Segmentation(changes: [place], cost: 0, count: 80)
            let interval = ChangeInterval(of: place, in: x, found, kind: .l2, block: 1, replicates: 400, seed: UInt64(k))
            if interval.low <= 40, 40 <= interval.high { held += 1 }
            width += interval.high - interval.low
        }
        #expect(held >= 178, "\(held) of 200")
        #expect(width < 200 * 16, "mean width \(Double(width) / 200)")
    }

    @Test func withoutNoiseAPoint() {
        let x = [Double](repeating: 1, count: 10) + [Double](repeating: 4, count: 12)
        let found = Segmentation.pelt(SegmentCost(x, .l2), penalty: 1)
        let interval = ChangeInterval(of: 10, in: x, found, kind: .l2, block: 3, seed: 1)
        #expect(interval.low == 10 && interval.high == 10 && interval.deviation == 0)
    }
}

@Suite struct RelaxationTests {
    @Test func findsWhatMadeThePoints() throws {
        let times = [1.0, 3, 4, 9, 20], fit = try #require(Relaxation(times: times, values: times.map { 2.5 * (1 - exp(-$0 / 6)) }))
        #expect(abs(fit.level - 2.5) < 1e-6 && abs(fit.time - 6) < 1e-5 && fit.deviation < 1e-6)
        #expect(abs(fit.time(ofShare: 0.5) - 6 * log(2)) < 1e-4 && abs(fit.value(at: 9) - 2.5 * (1 - exp(-1.5))) < 1e-6)
        #expect(fit.timeInterval.low <= fit.time && fit.time <= fit.timeInterval.high && fit.timeInterval.high - fit.timeInterval.low < 0.2)
    }

    /// The scalping case's log-odds, steps in thousands. An independent scan (NumPy, steps of .1): tau 9.0, level 2.69, 95% of tau from 3.4 to 18.0.
    @Test func theScalpingCase() throws {
        let odds = [(55.8, 44.1), (76, 24), (84.1, 16), (87.2, 12.7)].map { log(2 * $0 / $1) }
        let fit = try #require(Relaxation(times: [5, 10, 15, 85], values: odds))
        #expect(abs(fit.time - 9) < 0.1 && abs(fit.level - 2.69) < 0.01)
        #expect(abs(fit.timeInterval.low - 3.4) < 0.15 && abs(fit.timeInterval.high - 18) < 0.2)
    }

    @Test func refuses() {
        #expect(Relaxation(times: [1, 2], values: [1, 2]) == nil && Relaxation(times: [0, 1, 2], values: [1, 2, 3]) == nil && Relaxation(times: [1, 2, 3], values: [0, 0, 0]) == nil)
    }
}
