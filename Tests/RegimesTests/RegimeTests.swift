import Features
import Foundation
import MarketData
import NumericKernels
import Regimes
import TestSupport
import Testing
import TradingTypes

/// Hourly BTC from the shared data, nil where it is absent.
func hourlyBTC() throws -> BarSeries? {
    guard let path = sharedData("crypto/btcusdt_1h_binance_spot.csv.gz") else { return nil }
    return try BarSource.parse(path).load(strict: false).series
}

/// The bars of 2020 to 2024 and their training part, the first 60%.
func caseStudySplit(_ bars: BarSeries) -> Split {
    let from = bars.time.firstIndex { $0 >= 1_577_836_800 } ?? 0  // 2020-01-01
    let to = bars.time.firstIndex { $0 >= 1_735_689_600 } ?? bars.count  // 2025-01-01
    return Split(bars: from..<to)
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let before = clock()  // processor time of the process: other programs on the machine do not count
    try body()
    return Double(clock() - before) * 1e-3
}

/// Volatility that changes slowly between calm and wild, and a drift now and then.
func marketBars(_ count: Int, seed: UInt64 = 1) -> BarSeries {
    var state = seed
    func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double((state >> 11) & ((1 << 52) - 1)) + 0.5) / Double(1 << 52)
    }
    func normal() -> Double { (0..<12).reduce(-6) { s, _ in s + uniform() } }
    var price = 10_000.0, h = 0.0
    var open: [Double] = [], high: [Double] = [], low: [Double] = [], close: [Double] = []
    for _ in 0..<count {
        h = 0.98 * h + 0.15 * normal()
        let s = 0.006 * exp(h), before = price
        price *= exp(s * normal())
        open.append(before)
        close.append(price)
        high.append(max(before, price) * (1 + s * uniform()))
        low.append(min(before, price) * (1 - s * uniform()))
    }
    return BarSeries(
        symbol: "M", barDurationSeconds: 3600, time: (0..<count).map { Int64($0) * 3600 }, open: open, high: high, low: low, close: close,
        volume: [Double](repeating: 1, count: count))
}

let noFeatures = FeatureTable(names: [], columns: [], warmUp: 0)

@Suite struct DetectorContractTests {
    static let bars = marketBars(4_200, seed: 9)

    /// The label of a bar does not depend on later bars, when the training bars are the same.
    @Test(arguments: RegimeDetectorCatalog.cards.map(\.name)) func labelsAreCausal(_ name: String) throws {
        let detector = try #require(RegimeDetectorCatalog.detector(named: name)).init()
        let whole = try detector.label(Self.bars, noFeatures, fittedOn: 0..<1_500)
        for length in [1_500, 1_501, 2_303, 3_000, 4_199] {
            let part = try detector.label(Self.bars.slice(0..<length), noFeatures, fittedOn: 0..<1_500)
            #expect(part.labels == Array(whole.labels[0..<length]), "first \(length) bars")
            #expect(part.firstValid == whole.firstValid)
        }
    }

    @Test(arguments: RegimeDetectorCatalog.cards.map(\.name)) func allRegimesOccur(_ name: String) throws {
        let detector = try #require(RegimeDetectorCatalog.detector(named: name)).init()
        let labels = try detector.label(Self.bars, noFeatures, fittedOn: 0..<2_500)
        #expect(Set(labels.labels[labels.firstValid...]) == [0, 1, 2, 3])
        #expect(labels.labels[..<labels.firstValid].allSatisfy { $0 == 0 })
        // Calmer names, calmer bars.
        var size = [0.0, 0, 0, 0], counts = size
        for t in labels.firstValid + 1..<Self.bars.count {
            let r = log(Self.bars.close[t] / Self.bars.close[t - 1])
            size[Int(labels.labels[t])] += r * r
            counts[Int(labels.labels[t])] += 1
        }
        for k in 0..<4 { size[k] /= counts[k] }
        #expect(size[0] < size[2] && size[2] < size[3], "\(size)")
    }
}

@Suite struct BalancedDetectorTests {
    /// REWARD-ANALYSIS D2: 45.3 / 26.2 / 16.9 / 11.5 on the training part of hourly BTC 2020 to 2024, within 1 point.
    @Test func sharesOnRealData() throws {
        guard let bars = try hourlyBTC() else { return }
        let split = caseStudySplit(bars)
        var labels = RegimeLabels(labels: [], firstValid: 0)
        var time = Double.infinity
        keepFreedMemory()
        for _ in 0..<5 { time = min(time, try milliseconds { labels = try BalancedDetector().label(bars, noFeatures, fittedOn: split.train) }) }
        print("balanced over \(bars.count) bars: \(time) ms")
        for name in [SplitName.train, .validation, .test, .all] {
            let s = RegimeSummary(labels, rows: split.range(name))
            print("balanced", name, s.bars, "shares", s.shares, "runs", s.runs, "durations", s.meanDuration, s.impliedDuration)
            if name == .train { print(s.transition.map { "\($0)" }.joined(separator: "\n")) }
        }
        let shares = RegimeSummary(labels, rows: split.train).shares.map { $0 * 100 }
        for (share, target) in zip(shares, [45.3, 26.2, 16.9, 11.5]) {
            #expect(abs(share - target) < 1, "\(shares)")
        }
    }

    /// The same labels by the definition: windows sorted afresh for every bar.
    @Test func equalsTheDefinition() throws {
        var bars = marketBars(3_600, seed: 4)
        for t in 3_000..<3_040 {  // a steady fall, for the drawdown clause
            for column in [\BarSeries.open, \.high, \.low, \.close] { bars[keyPath: column][t] *= exp(-0.01 * Double(t - 2_999)) }
        }
        for t in 3_040..<3_600 {
            for column in [\BarSeries.open, \.high, \.low, \.close] { bars[keyPath: column][t] *= exp(-0.4) }
        }
        let detector = BalancedDetector()
        let n = bars.count
        let r = (0..<n).map { $0 == 0 ? .nan : log(bars.close[$0] / bars.close[$0 - 1]) }
        func sd(_ t: Int, _ w: Int) -> Double {
            guard t >= w else { return .nan }
            let x = r[(t - w + 1)...t], m = x.reduce(0, +) / Double(w)
            var squares = 0.0
            for value in x { squares += (value - m) * (value - m) }
            return (squares / Double(w - 1)).squareRoot()
        }
        let sigma = (0..<n).map { sd($0, 24) }
        let adx = computeFeatures(bars, names: ["adx_14"]).columns[0]
        var calm = [Bool](repeating: false, count: n), wanted = [Int](repeating: 0, count: n), fell = 0
        for t in 743..<n {
            let window = max(24, t - 2_159)...t
            let share = Double(window.filter { sigma[$0] < sigma[t] }.count) / Double(window.count)
            let high = bars.close[(t - 23)...t].max()!
            let falls = log(bars.close[t] / high) <= -3 * sd(t, 168) * 24.0.squareRoot()
            if falls && share < detector.crisisQuantile { fell += 1 }
            if share >= detector.crisisQuantile || falls {
                wanted[t] = 3
            } else if share >= detector.highQuantile {
                wanted[t] = 2
            } else {
                calm[t] = true
                let rest = window.filter { calm[$0] }
                let weaker = Double(rest.filter { adx[$0] < adx[t] }.count) / Double(rest.count)
                wanted[t] = weaker >= detector.trendQuantile ? 1 : 0
            }
        }
        // Three bars in a row that ask for the same other regime make the change.
        var expected = wanted, current = wanted[743]
        for t in 743..<n {
            if t >= 746, wanted[t] != current, wanted[t] == wanted[t - 1], wanted[t] == wanted[t - 2] { current = wanted[t] }
            expected[t] = current
        }
        let labels = try detector.label(bars, noFeatures, fittedOn: 0..<1)
        #expect(labels.firstValid == 743)
        #expect(labels.labels.map(Int.init) == expected)
        #expect(fell > 0)
    }

    @Test(arguments: [(3600, 2_160), (900, 8_640), (86_400, 720), (60, 129_600)]) func windowFollowsTheBarLength(_ seconds: Int, _ window: Int) {
        #expect(BalancedDetector.windowBars(barDurationSeconds: seconds) == window)
    }

    @Test func tooShortIsNeverValid() throws {
        let labels = try BalancedDetector().label(marketBars(743), noFeatures, fittedOn: 0..<743)
        #expect(labels.firstValid == 743 && labels.labels.count == 743)
    }

    @Test func aMarketThatStandsStillIsCalm() throws {
        var bars = marketBars(2_000)
        for t in 0..<2_000 { for column in [\BarSeries.open, \.high, \.low, \.close] { bars[keyPath: column][t] = 5 } }
        let labels = try BalancedDetector().label(bars, noFeatures, fittedOn: 0..<1)
        #expect(labels.labels.allSatisfy { $0 == 0 })
    }
}

@Suite struct RegimeSummaryTests {
    /// 0 0 1 1 1 0 3: shares 3/7, 3/7, 0, 1/7; runs 2, 1, 0, 1; durations 1.5, 3, -, 1. From 0 (three with a successor): 0->0 once,
    /// 0->1 once, 0->3 once; from 1: 1->1 twice, 1->0 once.
    @Test func handWorked() {
        let labels = RegimeLabels(labels: [0, 0, 1, 1, 1, 0, 3], firstValid: 0)
        let s = RegimeSummary(labels)
        let shares: [Double] = [3.0 / 7, 3.0 / 7, 0, 1.0 / 7]
        #expect(s.shares == shares)
        #expect(s.runs == [2, 1, 0, 1])
        #expect(s.meanDuration[0] == 1.5)
        #expect(s.meanDuration[1] == 3)
        #expect(s.meanDuration[2].isNaN)
        #expect(s.meanDuration[3] == 1)
        let third = 1.0 / 3
        #expect(s.transition[0] == [third, third, 0, third])
        #expect(s.transition[1] == [third, 2 * third, 0, 0])
        #expect(s.transition[3].allSatisfy { $0.isNaN })
        #expect(abs(s.impliedDuration[0] - 1.5) < 1e-12)
        #expect(abs(s.impliedDuration[1] - 3) < 1e-12)
        #expect(RegimeSummary(labels, rows: 0..<0).shares == [0, 0, 0, 0])
    }

    /// 10 bars: both 0 on four, both 1 on three, 0 against 1 on one, 1 against 0 on two. Equal .7; shares of the first .5, .5, of the
    /// second .6, .4: chance .3 + .2 = .5; kappa (.7 - .5)/(1 - .5) = .4.
    @Test func kappaByHand() {
        let a = RegimeLabels(labels: [0, 0, 0, 0, 1, 1, 1, 0, 1, 1], firstValid: 0)
        let b = RegimeLabels(labels: [0, 0, 0, 0, 1, 1, 1, 1, 0, 0], firstValid: 0)
        let agreement = RegimeAgreement(a, b)
        #expect(agreement.confusion[0] == [4, 1, 0, 0] && agreement.confusion[1] == [2, 3, 0, 0])
        #expect(abs(agreement.equalShare - 0.7) < 1e-12)
        #expect(abs(agreement.kappa - 0.4) < 1e-12)
    }
}

/// The synthetic market has the regimes of hourly BTC, as this detector sees them (docs/synthetic-market.md).
@Suite struct SyntheticRegimeTests {
    /// Shares and mean durations on the real file, 2020 to 2024; allowed are 2 points and 25%.
    static let shares = [0.444, 0.258, 0.182, 0.116], durations = [33.1, 19.8, 17.1, 27.0]

    /// Distances in units of what is allowed.
    private func distances(_ seed: UInt64) throws -> [Double] {
        let bars = SyntheticMarket(seed: seed).generate()
        let rows = SyntheticMarket.warmUpBars..<bars.count - 1
        let labels = try BalancedDetector().label(bars, FeatureSource(FeatureTable(names: [], columns: [], warmUp: 0)), fittedOn: rows)
        let summary = RegimeSummary(labels, rows: rows)
        return zip(summary.shares, Self.shares).map { ($0 - $1) / 0.02 } + zip(summary.meanDuration, Self.durations).map { ($0 / $1 - 1) / 0.25 }
    }

    @Test func theDefaultSeed() throws {
        for (k, distance) in try distances(1).enumerated() { #expect(abs(distance) < 0.8, "number \(k): \(distance)") }
    }

    /// Seeds 101 to 120 were not used by the search for the market's parameters. At least 18 of 20 are inside on every number.
    @Test func otherSeeds() throws {
        let all = try (101...120).map { try distances(UInt64($0)) }
        for k in all[0].indices {
            let inside = all.count { abs($0[k]) <= 1 }
            #expect(inside >= 18, "number \(k): \(inside) of 20")
            // The mean over the seeds moves a fifth as much as one seed: half of what is allowed is far outside its noise.
            let mean = all.reduce(0) { $0 + $1[k] } / Double(all.count)
            #expect(abs(mean) < 0.5, "number \(k): mean distance \(mean)")
        }
    }
}
