import Features
import Foundation
import Testing
import TradingTypes

@Suite struct HandWorkedTests {
    /// One bar o 10, h 14, l 9, c 12: range 5, body (12-10)/5 = .4, upper wick (14-12)/5 = .4, lower wick (10-9)/5 = .2.
    @Test func candle() {
        let bars = BarSeries(symbol: "X", barDurationSeconds: 3600, time: [21_600], open: [10], high: [14], low: [9], close: [12], volume: [1])
        let table = computeFeatures(bars)
        #expect(table["body_ratio"] == [0.4])
        #expect(table["upper_wick"] == [0.4])
        #expect(table["lower_wick"] == [0.2])
        // 06:00 UTC is a quarter of the day: sin 1, cos 0.
        #expect(table["hour_sin"] == [1])
        #expect(abs(table["hour_cos"]![0]) < 1e-15)
    }

    /// Half past midnight is 7.5 degrees: sin 0.13052619222.
    @Test func minutesCount() {
        let bars = BarSeries(symbol: "X", barDurationSeconds: 60, time: [1_800], open: [1], high: [1], low: [1], close: [1], volume: [1])
        #expect(abs(computeFeatures(bars)["hour_sin"]![0] - 0.13052619222005157) < 1e-15)
    }

    /// Closes 1, 2, ..., each bar its own open to close, ranges of 1: after 14 rises RSI = 100 and (RSI - 50)/50 = 1; true range
    /// is 1 throughout (high c, low c - 1), so ATR14 = 1 and the 100 ATR / c at c = 20 is 5; the close is the highest high, pullback 0; OBV rises by
    /// the volume, 3, every bar, slope 3, s = 3, and the random-walk factor is sqrt(6 * 577 / (5 * 24 * 575)) = 0.22398589, so 1 / .22398589 = 4.4645669.
    @Test func staircase() {
        let n = 60
        let close = (1...n).map(Double.init)
        let bars = BarSeries(
            symbol: "X", barDurationSeconds: 3600, time: (0..<n).map { Int64($0) * 3600 }, open: close.map { $0 - 1 }, high: close,
            low: close.map { $0 - 1 }, close: close, volume: [Double](repeating: 3, count: n))
        let table = computeFeatures(bars)
        #expect(table["rsi_14"]![14] == 1)
        #expect(abs(table["atr_14"]![19] - 5) < 1e-12)
        #expect(table["pullback_24"]![30] == 0)
        #expect(table["donchian_24"]![30] == 1)
        let randomWalk = (6.0 * 577 / (5 * 24 * 575)).squareRoot()
        #expect(abs(table["obv_slope_24"]![40] - 1 / randomWalk) < 1e-12)
        // +DM = 1 and TR = 1 on every bar: +DI = 100, -DI = 0, DX = 100, ADX = 100.
        #expect(abs(table["adx_14"]![40] - 1) < 1e-12)
        #expect(abs(table["di_difference_14"]![40] - 1) < 0.08)
    }

    @Test func marketNames() {
        // Closes 100, 101, 100, 101, ...: simple returns alternate +.01 and -1/101, 12 of each in any 24;
        // half their distance is a = (.01 + 1/101)/2, the sample sd a * sqrt(24/23).
        let close = (0..<80).map { $0 % 2 == 0 ? 100.0 : 101.0 }
        let bars = BarSeries(
            symbol: "X", barDurationSeconds: 3600, time: (0..<80).map { Int64($0) * 3600 }, open: close, high: close, low: close, close: close,
            volume: close)
        let a = (0.01 + 1 / 101.0) / 2
        let names = computeMarketNames(bars)
        let expected = a * (24.0 / 23).squareRoot()
        #expect(abs(names["volatility_24h"]![24] - expected) < 1e-15)
        #expect(names["volatility_24h"]![23].isNaN)
        var rising = bars
        for t in 0..<80 { rising.close[t] = 100 + Double(t) }
        #expect(computeMarketNames(rising)["trend"]![60] == 1)
        for t in 0..<80 { rising.close[t] = 200 - Double(t) }
        #expect(computeMarketNames(rising)["trend"]![60] == -1)
        for t in 0..<80 { rising.close[t] = 200 }
        #expect(computeMarketNames(rising)["trend"]![60] == 0)
    }

    /// With `denoise: ekf` the indicators read the filtered close; candle shapes, clock and the filter itself do not change.
    @Test func denoise() throws {
        let bars = randomBars(900)
        let plain = computeFeatures(bars), filtered = computeFeatures(bars, denoise: .ekf)
        for name in ["body_ratio", "upper_wick", "ekf_innovation", "ekf_slope", "hour_sin", "volume_z"] {
            #expect(zip(plain[name]!, filtered[name]!).allSatisfy(sameBits), "\(name)")
        }
        for name in ["return_1", "rsi_14", "macd", "stochastic_14", "bollinger_position", "volatility_z"] {
            #expect(plain[name]![899] != filtered[name]![899], "\(name)")
        }
        // The filtered close moves less from bar to bar than the recorded one.
        var smooth = bars
        smooth.close = FeatureInputs(bars, denoise: .ekf).close
        let ratio = computeMarketNames(smooth)["volatility_24h"]![899] / computeMarketNames(bars)["volatility_24h"]![899]
        #expect(ratio < 0.95)
    }
}
