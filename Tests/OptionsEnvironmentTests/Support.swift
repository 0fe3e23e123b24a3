import Foundation
import Intraday
import OptionPricing
import OptionsEnvironment

/// Monday, 10 March 2025.
let monday = 20_157

/// A market of one symbol whose days have the given closes (open, high and low equal them), 10 March 2025 first. Regimes are LOW_VOL unless given.
func market(
    _ days: [[Double]], quotes: OptionQuotes? = nil, volatilityIndex: Double = 20, regimes: [[UInt8]]? = nil, warmUpDays: Int = 0
) -> IntradayMarket {
    var made: [IntradayDay] = [], time: [Int64] = [], close: [Double] = [], since: [Double] = [], left: [Double] = [], regime: [UInt8] = []
    var date = monday
    for (d, closes) in days.enumerated() {
        let start = close.count
        made.append(
            IntradayDay(
                symbol: 0, date: date, preMarket: start..<start, regular: start..<start + closes.count, previousClose: close.last ?? .nan,
                isWarmUp: d < warmUpDays))
        for (i, price) in closes.enumerated() {
            time.append(NewYorkSession.utc(date: date, minute: NewYorkSession.openMinute + i))
            close.append(price)
            since.append(Double(i + 1))
            left.append(Double(closes.count - 1 - i))
            regime.append(regimes?[d][i] ?? 0)
        }
        date = NewYorkSession.tradingDay(from: date + 1)
    }
    let n = close.count, none = [Double](repeating: .nan, count: n)
    return IntradayMarket(
        name: "test", symbols: [TradedSymbol(name: "SPY", rows: 0..<n, days: 0..<days.count, quotes: quotes)], days: made, time: time, open: close, high: close,
        low: close, close: close, volume: [Double](repeating: 1, count: n), isRecorded: [Bool](repeating: true, count: n), minutesSinceOpen: since,
        minutesToClose: left, volatilityIndex: [Double](repeating: volatilityIndex, count: n), impliedVolatility: none, companions: [:],
        largeCapReturn: none, indexReturn: none, regime: regime)
}

/// One day at a price of 500 on which the calls of strike 500 have exactly these quotes, a minute each; puts are quoted 2.98 at 3.02 throughout.
func quotedMarket(_ calls: [(bid: Double, ask: Double)], _ configuration: OptionsConfiguration = hand()) -> OptionsMarket {
    let expiry = (0..<configuration.daysToExpiry).reduce(monday) { date, _ in NewYorkSession.tradingDay(from: date + 1) }
    let time = calls.indices.map { NewYorkSession.utc(date: monday, minute: NewYorkSession.openMinute + $0) }
    let quotes = OptionQuotes([
        OptionQuoteSeries(
            contract: OptionContract(root: "SPY", expiry: expiry, strike: 500, isCall: true), time: time, bid: calls.map(\.bid), ask: calls.map(\.ask)),
        OptionQuoteSeries(
            contract: OptionContract(root: "SPY", expiry: expiry, strike: 500, isCall: false), time: time, bid: calls.map { _ in 2.98 },
            ask: calls.map { _ in 3.02 }),
    ])
    return OptionsMarket(market([[Double](repeating: 500, count: calls.count)], quotes: quotes), features: [], configuration)
}

/// Quotes two cents either side of the given middle prices.
func around(_ middles: [Double]) -> [(bid: Double, ask: Double)] { middles.map { ($0 - 0.02, $0 + 0.02) } }

/// The strike at the money; the rest as shipped: six contracts, a third trimmed, a stop at 15%, 65 cents a contract.
func hand(_ change: (inout OptionsConfiguration) -> Void = { _ in }) -> OptionsConfiguration {
    var configuration = OptionsConfiguration(strike: .moneyness(0))
    change(&configuration)
    return configuration
}

/// A random walk of `days` sessions of `minutes` minutes near 500.
func walk(days: Int, minutes: Int, seed: UInt64) -> [[Double]] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1, price = 500.0
    func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) * 0x1p-53
    }
    return (0..<days).map { _ in
        (0..<minutes).map { _ in
            price *= exp(0.0008 * (uniform() + uniform() + uniform() + uniform() - 2))
            return (price * 100).rounded() / 100
        }
    }
}

func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool { abs(a - b) <= tolerance }
