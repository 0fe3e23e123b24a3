import Intraday
import Testing
import TradingTypes

@Suite struct IntradayCausalityTests {
    /// Everything after this row of QQQ's eighth trading day is replaced.
    static let cut: Int = {
        let m = smallMarket.market
        return m.days[m.symbols[1].days.lowerBound + 27].regular.lowerBound + 217
    }()

    static let disturbed: IntradayFeatures = {
        let end = smallMarket.market.symbols[1].rows.upperBound
        return computeIntradayFeatures(
            altered(smallMarket.market) { columns in
                for name in ["open", "high", "low", "close"] {
                    for t in cut + 1..<end { columns[name]![t] *= 1.07 + 0.001 * Double(t % 7) }
                }
                for t in cut + 1..<end {
                    columns["high"]![t] += 3
                    columns["low"]![t] -= 3
                    columns["volume"]![t] = 17
                    columns["vix"]![t] = 55
                    columns["caps"]![t] = 0.01 * Double(t % 3)
                    columns["index"]![t] = .nan
                }
            })
    }()

    @Test(arguments: allIntradayFeatures)
    func laterRowsChangeNoEarlierOne(_ name: String) throws {
        let before = try #require(smallFeatures[name]), after = try #require(Self.disturbed[name])
        let range = smallMarket.market.symbols[1].rows
        let same = (range.lowerBound...Self.cut).allSatisfy { before[$0].bitPattern == after[$0].bitPattern }
        #expect(same)
        // The change is seen by what comes after, or the test would hold for a constant. (`previous_close` stands in the days, which stay.)
        if !["minutes_since_open", "minutes_to_close", "previous_close"].contains(name) {
            #expect((Self.cut + 1..<range.upperBound).contains { before[$0].bitPattern != after[$0].bitPattern })
        }
    }

    @Test(arguments: allIntradayFeatures)
    func aPrefixGivesTheSame(_ name: String) throws {
        let short = try IntradaySource.parse("synthetic:intraday,seed=5,days=7").load().market
        let features = computeIntradayFeatures(short, names: [name])
        for (s, symbol) in short.symbols.enumerated() {
            let long = smallMarket.market.symbols[s].rows
            let ours = features.columns[0][symbol.rows], whole = try #require(smallFeatures[name])[long.lowerBound..<long.lowerBound + symbol.rows.count]
            let same = zip(ours, whole).allSatisfy { $0.bitPattern == $1.bitPattern }
            #expect(same, "\(symbol.name)")
        }
    }

    @Test(arguments: allIntradayFeatures)
    func finiteOnEveryTradableMinute(_ name: String) throws {
        let column = try #require(smallFeatures[name]), m = smallMarket.market
        let finite = m.tradingDays.allSatisfy { m.days[$0].regular.allSatisfy { column[$0].isFinite } }
        #expect(finite)
        let outside = m.days.allSatisfy { $0.preMarket.allSatisfy { column[$0].isNaN } }
        #expect(outside)
        let first = try #require(IntradayFeatureCatalog.card(name)?.facts.first { $0.label == "warm-up" }?.text)
        let start = m.days[m.symbols[0].days.lowerBound].regular.lowerBound
        let defined = try #require(column[start...].firstIndex { !$0.isNaN }) - start
        #expect("\(defined) minutes" == first)
        #expect(defined <= IntradayFeatureCatalog.warmUpRows)
    }

    @Test func regimesReadNothingLater() {
        // Cut where the label has just changed: there the last minute casts the deciding vote, and a look at the next one would show.
        let m = smallMarket.market, symbol = m.symbols[1], days = Array(m.days[symbol.days])
        let regular = days.dropFirst(10).flatMap { Array($0.regular) }
        let cuts = regular.dropFirst().filter { m.regime[$0] != m.regime[$0 - 1] && m.minutesSinceOpen[$0] > 1 && m.regime[$0] != 3 }.prefix(24)
        #expect(cuts.count == 24)
        for cut in cuts {
            let changed = altered(m) { columns in
                for name in ["open", "high", "low", "close"] {
                    for t in cut + 1..<symbol.rows.upperBound { columns[name]![t] *= 1 + 0.02 * Double(t % 5 + 1) }
                }
            }
            let labels = IntradayRegimes().label(symbols: m.symbols, days: m.days, close: changed.close, high: changed.high, low: changed.low, open: changed.open)
            #expect(Array(labels[symbol.rows.lowerBound...cut]) == Array(m.regime[symbol.rows.lowerBound...cut]), "row \(cut)")
            #expect(labels[cut + 1..<symbol.rows.upperBound] != m.regime[cut + 1..<symbol.rows.upperBound])
        }
        #expect(Set(m.regime).count == 4)
    }
}
