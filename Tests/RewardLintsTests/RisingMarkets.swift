import Environments
import Features
import Intraday
import OptionsEnvironment
import RewardAnalysis
import RewardLints
import Rewards
import Testing
import TradingTypes

/// Markets that only rise: what came and what is paid at zero edge differ as much as they can.
enum RisingMarkets {
    /// `days` of 390 minutes, each a fortieth to a tenth of a thousandth higher than the one before; one regime.
    static func options(days: Int) -> OptionsLintMarket {
        let minutes = 390, n = days * minutes
        var close = [500.0]
        for t in 1..<n { close.append(close[t - 1] * (1 + 2.5e-5 * Double(1 + t % 4))) }
        var made: [IntradayDay] = [], date = 20_157, dates: [Int] = []
        for d in 0..<days {
            made.append(
                IntradayDay(
                    symbol: 0, date: date, preMarket: d * minutes..<d * minutes, regular: d * minutes..<(d + 1) * minutes, previousClose: d == 0 ? .nan : close[d * minutes - 1], isWarmUp: false))
            dates.append(date)
            date = NewYorkSession.tradingDay(from: date + 1)
        }
        let none = [Double](repeating: .nan, count: n)
        let bars = IntradayMarket(
            name: "rising", symbols: [TradedSymbol(name: "SPY", rows: 0..<n, days: 0..<days, quotes: nil)], days: made,
            time: (0..<n).map { NewYorkSession.utc(date: dates[$0 / minutes], minute: NewYorkSession.openMinute + $0 % minutes) }, open: close, high: close, low: close, close: close,
            volume: [Double](repeating: 1, count: n), isRecorded: [Bool](repeating: true, count: n), minutesSinceOpen: (0..<n).map { Double($0 % minutes + 1) },
            minutesToClose: (0..<n).map { Double(minutes - 1 - $0 % minutes) }, volatilityIndex: [Double](repeating: 20, count: n), impliedVolatility: none, companions: [:],
            largeCapReturn: none, indexReturn: none, regime: [UInt8](repeating: 0, count: n))
        let market = OptionsMarket(bars, features: [])
        return OptionsLintMarket(
            market: market, days: Array(market.days.indices), observed: ObservedNames(title: "all", columns: ["regime", "position"], environment: .options), scope: OptionsLintTests.scope,
            gamma: 0.92, title: "rising")
    }

    /// `count` bars, each .2 to .5% higher than the one before; one regime.
    static func spot(bars count: Int) -> SpotLintMarket {
        var close = [100.0]
        for t in 0..<count { close.append(close[t] * (1.002 + 0.001 * Double(t % 4))) }
        let bars = BarSeries(
            symbol: "UP", barDurationSeconds: 3_600, time: close.indices.map { Int64($0) * 3_600 }, open: close, high: close, low: close, close: close, volume: close.map { _ in 1 })
        let market = AnalysisMarket(
            environment: SpotEnvironment(bars), columns: ["close": .values(close), "regime": .constant(0)], labels: [UInt8](repeating: 0, count: close.count), rows: 0..<count, seed: 1)
        return SpotLintMarket(market: market, observed: ObservedNames(title: "all", columns: ["regime"] + LintMarkets.states, environment: .spot), scope: LintMarkets.scope, title: "rising")
    }
}
