import ComponentKit
import Foundation
import MarketData
import Testing
import TradingTypes

/// Statistics of a series that the calibration speaks of, computed here independently of the generator.
struct SeriesMoments {
    var deviation = 0.0, kurtosis = 0.0, parkinson = 0.0
    var absoluteAutocorrelation: [Int: Double] = [:]

    init(_ s: BarSeries) {
        let r = (1..<s.count).map { log(s.close[$0] / s.close[$0 - 1]) }
        let n = Double(r.count)
        let mean = r.reduce(0, +) / n
        let m2 = r.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let m4 = r.reduce(0) { $0 + pow($1 - mean, 4) } / n
        deviation = m2.squareRoot()
        kurtosis = m4 / (m2 * m2)
        let a = r.map(abs)
        let am = a.reduce(0, +) / n
        let d = a.map { $0 - am }
        let v = d.reduce(0) { $0 + $1 * $1 } / n
        for lag in [1, 24, 168] { absoluteAutocorrelation[lag] = zip(d.dropFirst(lag), d).reduce(0) { $0 + $1.0 * $1.1 } / (n - Double(lag)) / v }
        let range = (0..<s.count).reduce(0) { $0 + pow(log(s.high[$1] / s.low[$1]), 2) } / Double(s.count)
        parkinson = (range / (4 * log(2.0))).squareRoot() / deviation
    }
}

/// Pearson correlation.
private func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(x.count), mx = x.reduce(0, +) / n, my = y.reduce(0, +) / n
    var xy = 0.0, xx = 0.0, yy = 0.0
    for (a, b) in zip(x, y) {
        xy += (a - mx) * (b - my)
        xx += (a - mx) * (a - mx)
        yy += (b - my) * (b - my)
    }
    return xy / (xx * yy).squareRoot()
}

@Suite struct SyntheticMarketTests {
    private func analysed(_ seed: UInt64) -> BarSeries {
        let s = SyntheticMarket(seed: seed).generate()
        return s.slice(SyntheticMarket.warmUpBars..<s.count)
    }

    @Test func shape() throws {
        let loaded = try BarSource.parse("synthetic:btc-hourly").load(strict: true)
        let s = loaded.series
        #expect(loaded.warmUpBars == 2_880)
        #expect(s.count == 43_816 + 2_880)
        #expect(s.time[2_880] == 1_577_836_800)
        #expect(zip(s.time, s.time.dropFirst()).allSatisfy { $1 - $0 == 3600 })
        #expect((0..<s.count).allSatisfy { s.low[$0] > 0 && s.low[$0] <= min(s.open[$0], s.close[$0]) && s.high[$0] >= max(s.open[$0], s.close[$0]) && s.volume[$0] > 0 })
        #expect(zip(s.close, s.open.dropFirst()).allSatisfy { $0 == $1 })
    }

    @Test func sameSeedSameBytesAndMoreBarsExtend() {
        let a = SyntheticMarket(seed: 7, bars: 2_000).generate(), b = SyntheticMarket(seed: 7, bars: 2_000).generate()
        let longer = SyntheticMarket(seed: 7, bars: 3_000).generate(), other = SyntheticMarket(seed: 8, bars: 2_000).generate()
        #expect(a == b)
        #expect(longer.slice(0..<a.count) == a)
        #expect(a.close != other.close)
    }

    /// Targets: the real file, 2020-01-01 to 2024-12-31, 43,816 bars (docs/synthetic-market.md): sd 0.7042%, kurtosis 55.9, autocorrelation of
    /// |r| .290, .169, .130, Parkinson ratio 1.08. Distances in units of what is allowed: 20% of sd and kurtosis, .05 of an autocorrelation, 5% of the ratio.
    private func distances(_ seed: UInt64) -> [Double] {
        let m = SeriesMoments(analysed(seed)), a = m.absoluteAutocorrelation
        print(String(format: "seed %3d  sd %.4f%%  kurtosis %.1f  acf %.3f %.3f %.3f  parkinson %.3f", Int(seed), m.deviation * 100, m.kurtosis, a[1]!, a[24]!, a[168]!, m.parkinson))
        return [
            (m.deviation / 0.007042 - 1) / 0.2, (m.kurtosis / 55.9 - 1) / 0.2, (a[1]! - 0.290) / 0.05, (a[24]! - 0.169) / 0.05, (a[168]! - 0.130) / 0.05,
            (m.parkinson / 1.08 - 1) / 0.05,
        ]
    }

    @Test func theDefaultSeedResemblesHourlyBTC() {
        for (k, distance) in distances(1).enumerated() { #expect(abs(distance) < 0.7, "number \(k): \(distance)") }
    }

    /// Seeds 101 to 120 were not used by the search for the parameters. At least 18 of 20 are inside on every number.
    @Test func otherSeedsResembleHourlyBTC() {
        let all = (101...120).map { distances(UInt64($0)) }
        for k in all[0].indices {
            let inside = all.count { abs($0[k]) <= 1 }
            #expect(inside >= 18, "number \(k): \(inside) of 20")
        }
    }

    /// At zero edge the simple return divided by sigma has mean 0 given the signal: over a million bars |t| stays below 4 (false alarm 1 in 16,000 each).
    @Test func zeroEdgeMeansZeroExpectation() {
        let (s, truth) = SyntheticMarket(seed: 3, bars: 1_000_000).generateWithTruth()
        var sum = 0.0, squares = 0.0, cross = 0.0, crossSquares = 0.0
        for i in 24..<s.count {
            let u = (s.close[i] / s.open[i] - 1) / truth.sigma[i]
            sum += u
            squares += u * u
            cross += u * truth.signal[i]
            crossSquares += u * u * truth.signal[i] * truth.signal[i]
        }
        #expect(abs(sum / squares.squareRoot()) < 4)
        #expect(abs(cross / crossSquares.squareRoot()) < 4)
    }

    /// Without jumps, corr(s_t, R_{t+1} / sigma) is the planted edge: within 4 standard errors, 1/sqrt(n), and s has unit variance within 1%.
    @Test(arguments: [0.0, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, -0.1, -0.3, -0.5]) func thePlantedEdgeIsTheCorrelation(_ edge: Double) {
        let (s, truth) = SyntheticMarket(seed: 5, bars: 1_000_000, edge: edge).generateWithTruth()
        let rows = (24..<s.count).filter { !truth.isJump[$0] }
        let u = rows.map { (s.close[$0] / s.open[$0] - 1) / truth.sigma[$0] }, x = rows.map { truth.signal[$0] }
        let variance = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        print("edge \(edge): variance of the signal \(variance), correlation \(correlation(x, u))")
        #expect(abs(correlation(x, u) - edge) < 0.004 + 0.01 * abs(edge))
        #expect(abs(variance - 1) < 0.02)
    }

    /// The signal is feature 3: log(c_t / c_{t-6}) / (sd24 * sqrt 6), with the sample deviation of the last 24 log returns, up to one constant.
    @Test func theSignalIsTheFeature() {
        let (s, truth) = SyntheticMarket(seed: 2, bars: 500).generateWithTruth()
        var ratio: Double?
        for i in 100..<s.count {
            let r = (i - 24..<i).map { log(s.close[$0] / s.close[$0 - 1]) }  // the last 24 known before bar i
            let m = r.reduce(0, +) / 24
            let sd = (r.reduce(0) { $0 + ($1 - m) * ($1 - m) } / 23).squareRoot()
            let f = log(s.close[i - 1] / s.close[i - 7]) / (sd * 6.0.squareRoot())
            guard abs(truth.signal[i]) < 3, abs(f) > 0.01 else { continue }
            let q = truth.signal[i] / f
            if let ratio { #expect(abs(q / ratio - 1) < 1e-9) } else { ratio = q }
        }
        #expect(ratio != nil)
    }

    @Test func anEdgeOfOneRegimeStaysThere() throws {
        var market = SyntheticMarket(seed: 4, bars: 1_000_000)
        market.edge[Int(Regime.crisis.rawValue)] = 0.2
        let (s, truth) = market.generateWithTruth()
        for g in Regime.allCases {
            let rows = (24..<s.count).filter { !truth.isJump[$0] && truth.regime[$0] == g.rawValue }
            // Slope of the standardised return on the signal: e exactly, whatever the signal's variance; 5 standard errors of 1/sqrt(n).
            var xy = 0.0, xx = 0.0
            for i in rows {
                xy += truth.signal[i] * (s.close[i] / s.open[i] - 1) / truth.sigma[i]
                xx += truth.signal[i] * truth.signal[i]
            }
            #expect(abs(xy / xx - (g == .crisis ? 0.2 : 0)) < 5 / xx.squareRoot())
        }
    }

    @Test func argumentsAreRead() throws {
        let a = try BarSource.parse("synthetic:btc-hourly,seed=9,bars=1000,edge=0.03,edge.CRISIS=0.05").load()
        #expect(a.series.count == 3_880)
        #expect(a.manifest.notes.contains("in full: synthetic:btc-hourly,seed=9,bars=1000,edge.LOW_VOL=0.03,edge.TRENDING=0.03,edge.HIGH_VOL=0.03,edge.CRISIS=0.05"))
        let b = try BarSource.parse("synthetic:btc-hourly,edge.CRISIS=0.05,edge=0.03,bars=1000,seed=9").load()
        #expect(a.series == b.series)
        #expect(a.manifest.sha256 == b.manifest.sha256)
    }

    @Test(arguments: [
        ("synthetic:btc-hourli", "synthetic", "did you mean 'btc-hourly'?"), ("synthetic:btc-hourly,sead=1", "unknown_parameter", "did you mean 'seed'?"),
        ("synthetic:btc-hourly,edge.CRISES=0.1", "unknown_parameter", "did you mean 'edge.CRISIS'?"), ("synthetic:btc-hourly,edge=2", "range", nil), ("synthetic:btc-hourly,edge=nan", "range", nil),
        ("synthetic:btc-hourly,bars=5", "range", nil), ("synthetic:btc-hourly,bars=99999999999999999999", "range", nil), ("synthetic:btc-hourly,seed=-1", "range", nil),
        ("synthetic:btc-hourly,", "syntax", nil), ("synthetic:btc-hourly,seed", "syntax", nil), ("synthetic:btc-hourly,seed=1,seed=2", "duplicate", nil), ("synthetic:", "synthetic", nil),
    ] as [(String, String, String?)])
    func badArguments(_ argument: String, _ code: String, _ note: String?) throws {
        do {
            _ = try BarSource.parse(argument)
            Issue.record("accepted")
        } catch let error as InputIssues {
            #expect(error.issues.map(\.code) == [code])
            #expect(error.issues.first?.note == note)
            #expect(error.issues.first?.sourceLine == argument)
        }
    }
}
