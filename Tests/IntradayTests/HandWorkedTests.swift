import Foundation
import Intraday
import NumericKernels
import Testing
import TradingTypes

/// Cases worked by hand.
@Suite struct IntradayHandWorkedTests {
    /// Two sessions of one symbol: a quiet first one that ends at `level`, then `second` (closes from 09:30 on, continued flat).
    static func twoDays(_ second: [Double], level: Double = 100, volume: [Double]? = nil) -> IntradayMarket {
        let times = regularTimes(friday) + regularTimes(friday + 3)
        // A zigzag of two cents: an average true range of 4 cents with the wicks.
        var close = (0..<390).map { (i: Int) -> Double in level + (i % 2 == 0 ? 0.01 : -0.01) }
        close[389] = level
        close += second + [Double](repeating: second[second.count - 1], count: 390 - second.count)
        let quiet = [Double](repeating: 1_000, count: 390)
        let after = volume.map { $0 + [Double](repeating: 1_000, count: 390 - $0.count) } ?? quiet
        return market([minuteBars("XYZ", time: times, close: close, volume: quiet + after)], traded: ["XYZ"])
    }

    static func value(_ m: IntradayMarket, _ name: String, minute: Int, day: Int = 1) throws -> Double {
        try #require(computeIntradayFeatures(m, names: [name])[name])[m.days[day].regular.lowerBound + minute]
    }

    @Test func gapAndPreviousClose() throws {
        var m = Self.twoDays([101, 101.2])
        // The first bar of the second day opens at the close before: put its open at 101.
        m = altered(m) { $0["open"]![m.days[1].regular.lowerBound] = 101 }
        #expect(try abs(Self.value(m, "gap_pct", minute: 0) - 0.01) < 1e-12)
        #expect(try Self.value(m, "gap_pct", minute: 389) == Self.value(m, "gap_pct", minute: 0))
        #expect(try Self.value(m, "previous_close", minute: 5) == 100)
        // Without pre-market bars the night's range stands in: 100 to 101.
        #expect(try Self.value(m, "pm_high", minute: 5) == 101)
        #expect(try Self.value(m, "pm_low", minute: 5) == 100)
        #expect(try Self.value(m, "gap_pct", minute: 5, day: 0) == 0)
    }

    @Test func vwapWeighsByVolume() throws {
        // Typical prices: first bar o 100 c 100 (h 100.01, l 99.99): 100; second o 100 c 103 (h 103.01, l 99.99): 102.
        let m = Self.twoDays([100, 103], volume: [1_000, 3_000])
        #expect(try abs(Self.value(m, "vwap", minute: 0) - 100) < 1e-12)
        #expect(try abs(Self.value(m, "vwap", minute: 1) - 101.5) < 1e-12)
        // No volume at all, as for an index: the plain mean.
        let none = altered(m) { $0["volume"]! = $0["volume"]!.map { _ in 0 } }
        #expect(try abs(Self.value(none, "vwap", minute: 1) - 101) < 1e-12)
    }

    @Test func rejectionCandle() throws {
        // Open 100, close 100.02, high 100.30, low 99.99 on a market whose ATR14 is about 4 cents: wick .28 of a range of .31.
        let m = Self.twoDays([100.02])
        let row = m.days[1].regular.lowerBound
        let candle = altered(m) {
            $0["high"]![row] = 100.30
            $0["low"]![row] = 99.99
        }
        #expect(try abs(Self.value(candle, "upper_rej", minute: 0) - 0.28 / 0.31) < 1e-9)
        #expect(try Self.value(candle, "lower_rej", minute: 0) == 0)
        #expect(try abs(Self.value(candle, "body_ratio", minute: 0) - 0.02 / 0.31) < 1e-9)
        // The same candle upside down.
        let hammer = altered(m) {
            $0["high"]![row] = 100.03
            $0["low"]![row] = 99.72
        }
        #expect(try abs(Self.value(hammer, "lower_rej", minute: 0) - 0.28 / 0.31) < 1e-9)
        #expect(try Self.value(hammer, "upper_rej", minute: 0) == 0)
    }

    @Test func swingsAreKnownThreeBarsLater() throws {
        // A peak of 106 at minute 5 among highs of 101 to 105; the day before one of 100.5 at its minute 300.
        let m = Self.twoDays([100])
        let first = m.days[0].regular.lowerBound, second = m.days[1].regular.lowerBound
        func highs(_ values: [Double]) -> IntradayMarket {
            altered(m) { columns in
                columns["high"]![first + 300] = 100.5
                for (k, x) in values.enumerated() { columns["high"]![second + k] = x }
            }
        }
        let one = highs([101, 102, 103, 104, 105, 106, 105.5, 105, 104.5, 104, 104.2])
        // Until the first swing the highest high so far stands in.
        #expect(try Self.value(one, "swing_high", minute: 299, day: 0) < 100.1)
        #expect(try Self.value(one, "swing_high", minute: 389, day: 0) == 100.5)
        #expect(try Self.value(one, "swing_high", minute: 7) == 100.5)
        #expect(try Self.value(one, "swing_high", minute: 8) == 106)
        #expect(try Self.value(one, "swing_high", minute: 200) == 106)
        #expect(try Self.value(one, "day_high", minute: 5) == 106)
        // Two equal peaks three bars apart: the first is not above what follows it, the second is.
        let twin = highs([101, 102, 103, 104, 105, 106, 103, 104, 106, 103, 102, 101, 100.9])
        #expect(try Self.value(twin, "swing_high", minute: 10) == 100.5)
        #expect(try Self.value(twin, "swing_high", minute: 11) == 106)
    }

    @Test func setupScoresAreMirrorImages() throws {
        // A steady rise from the open, then its mirror image about 100: what a call sees going up a put sees going down.
        let rise = (0..<120).map { (i: Int) -> Double in 100 + 0.03 * Double(i) + (i % 3 == 0 ? -0.02 : 0.01) }
        let up = Self.twoDays(rise), down = Self.twoDays(rise.map { 200 - $0 })
        #expect(try Self.value(up, "setup_score_put", minute: 100) <= 2)
        for minute in [40, 70, 100] {
            let call = try Self.value(up, "setup_score", minute: minute)
            #expect(try call == Self.value(down, "setup_score_put", minute: minute))
            #expect(try abs(Self.value(up, "breakout", minute: minute) - Self.value(down, "breakdown", minute: minute)) < 1e-9)
            #expect(try abs(Self.value(up, "pullback", minute: minute) - Self.value(down, "pullback_put", minute: minute)) < 1e-9)
        }
        #expect(try Self.value(up, "setup_score", minute: 100) >= 4)
    }

    /// A cup of 32 minutes of the given depth in a rising market, then a handle of 7 minutes: 100 (left rim) down to 100 - depth and back.
    static func cup(depth: Double, handleDip: Double, handleVolume: Double = 500) -> IntradayMarket {
        let rise = (0..<60).map { (i: Int) -> Double in 98.5 + 1.5 * Double(i) / 59 }
        let bowl = (0..<32).map { (i: Int) -> Double in
            let x = (Double(i) - 15.5) / 15.5
            return 100 - depth * (1 - x * x)
        }
        let handle = (0..<7).map { (i: Int) -> Double in 100 - handleDip * (1 - abs(Double(i) - 3) / 3) }
        let closes = rise + bowl + handle
        return twoDays(closes, level: 98.5, volume: [Double](repeating: 1_000, count: 92) + [Double](repeating: handleVolume, count: 7))
    }

    @Test func aPerfectCupScoresNearOne() throws {
        let last = 98
        let good = try Self.value(Self.cup(depth: 0.15, handleDip: 0.02), "cup_handle", minute: last)
        #expect(good > 0.95 && good <= 1)
        // An inverted bowl, a handle that falls through the cup's bottom half, and a loud handle score less.
        #expect(try Self.value(Self.cup(depth: -0.15, handleDip: 0.02), "cup_handle", minute: last) < 0.5)
        let deep = try Self.value(Self.cup(depth: 0.15, handleDip: 0.14), "cup_handle", minute: last)
        #expect(deep < good - 0.2)
        let loud = try Self.value(Self.cup(depth: 0.15, handleDip: 0.02, handleVolume: 4_000), "cup_handle", minute: last)
        #expect(loud < good - 0.1)
    }

    @Test func cupAndHandleEqualsItsDefinition() throws {
        // The documented formula, worked anew for every shape with normal equations, on random minutes.
        let m = smallMarket.market
        let rows = m.days[m.symbols[0].days].flatMap { Array($0.regular) }.prefix(1_200).map { $0 }
        let h = rows.map { m.high[$0] }, l = rows.map { m.low[$0] }, c = rows.map { m.close[$0] }, v = rows.map { m.volume[$0] }
        let atr = rows.map { smallFeatures["atr_14"]![$0] }, ours = rows.map { smallFeatures["cup_handle"]![$0] }
        var ema = mean(Array(c[0..<50])), positive = 0
        #expect(h.count == 1_200)
        for t in 50..<1_200 {
            ema += (c[t] - ema) * 2 / 51
            guard t >= 85 else { continue }
            var best = 0.0
            for (cup, handles) in [(16, [2, 4, 5]), (32, [4, 7, 11]), (64, [7, 14, 21])] {
                for handle in handles where c[t] > ema {
                    let u = t - handle, y = (u - cup + 1...u).map { log(c[$0]) }
                    let left = c[u - cup + 1], right = c[u], bottom = c[u - cup + 1...u].min()!
                    let depth = (left + right) / 2 - bottom
                    guard depth > 0 else { continue }
                    let rims = max(0, 1 - abs(left - right) / depth)
                    let a = depth / atr[t]
                    let size = a < 1.5 ? max(0, (a - 0.75) / 0.75) : (a > 6 ? max(0, (9 - a) / 3) : 1)
                    let low = l[u + 1...t].min()!
                    let held = min(1, max(0, ((low - bottom) / depth - 0.5) / 0.1))
                    let ratio = mean(Array(v[u - cup + 1...u])) / mean(Array(v[u + 1...t]))
                    best = max(best, rims * size * held * min(1, ratio) * Self.roundness(y))
                }
            }
            let expected = pow(best, 1.0 / 6)
            if expected > 0.5 { positive += 1 }
            #expect(abs(ours[t] - expected) < 1e-6, "row \(t)")
        }
        #expect(positive > 100)
    }

    /// R squared of a parabola by its normal equations about the middle; 0 where it opens downwards.
    private static func roundness(_ y: [Double]) -> Double {
        let n = Double(y.count), x = y.indices.map { Double($0) - (n - 1) / 2 }
        let squares = x.map { $0 * $0 }
        let s2 = squares.reduce(0, +), s4 = squares.map { $0 * $0 }.reduce(0, +)
        let my = mean(y), d = y.map { $0 - my }
        let t1 = zip(x, d).map { $0 * $1 }.reduce(0, +), t2 = zip(squares, d).map { $0 * $1 }.reduce(0, +)
        let b = t1 / s2, c = t2 / (s4 - s2 * s2 / n)
        guard c > 0 else { return 0 }
        let fit = x.map { (v: Double) -> Double in b * v + c * (v * v - s2 / n) }
        let rest = zip(d, fit).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        return 1 - rest / d.map { $0 * $0 }.reduce(0, +)
    }

    @Test func companionsAbsent() throws {
        let m = Self.twoDays([100.1, 100.2])
        for name in ["mag7_corr", "spx_corr", "spx_beta", "vix", "vix_delta", "vix_day"] {
            let column = try #require(computeIntradayFeatures(m, names: [name])[name])
            #expect(m.days[1].regular.allSatisfy { column[$0] == 0 }, "\(name)")
        }
        // SPY stands in for the index of another symbol, never for its own.
        let times = regularTimes(friday) + regularTimes(friday + 3)
        let wave = times.indices.map { (i: Int) -> Double in 100 + sin(Double(i)) + 0.3 * sin(Double(i) * 0.37) }
        let both = market([minuteBars("SPY", time: times, close: wave), minuteBars("QQQ", time: times, close: wave.map { $0 * 2 })], traded: ["SPY", "QQQ"])
        let corr = try #require(computeIntradayFeatures(both, names: ["spx_corr"])["spx_corr"])
        #expect(both.days[both.symbols[0].days.lowerBound + 1].regular.allSatisfy { corr[$0] == 0 })
        #expect(both.days[both.symbols[1].days.lowerBound + 1].regular.allSatisfy { abs(corr[$0] - 1) < 1e-9 })
    }
}
