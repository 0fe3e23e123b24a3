import Foundation
import ComponentKit
import Intraday
import Testing
import TradingTypes

@Suite struct SyntheticIntradayTests {
    /// Markets of 120 days over four seeds that the calibration did not look at.
    static let markets: [IntradayMarket] = (301...304).map { seed in
        do { return try IntradaySource.parse("synthetic:intraday,seed=\(seed),days=120").load().market } catch { preconditionFailure("\(error)") }
    }

    /// What the numbers of SPY must be near, of the mean of the two real files (docs/intraday-market.md), over 120 days: widths hold the spread of
    /// such samples over seeds, as printed by `assay-bench intraday`.
    static let targets: [(name: String, low: Double, high: Double)] = [
        ("sd of a minute, bp", 2.3, 4.6), ("kurtosis", 7, 22), ("kurtosis, day and hour divided out", 3.8, 6.5), ("acf abs(r) 1", 0.20, 0.36), ("acf abs(r) 30", 0.13, 0.30),
        ("acf abs(r) 390", 0.06, 0.26), ("acf r 1", -0.03, 0.03), ("volatility first 5 min / mean", 1.3, 2.1), ("volatility 13:30-15:00", 0.74, 1.0), ("sd of ln day volatility", 0.25, 0.55),
        ("gap sd, %", 0.36, 0.8), ("open to close sd, %", 0.4, 0.9), ("volume first 5 min / mean", 1.8, 3.0), ("volume 12:00-13:30", 0.55, 0.75), ("volume last 5 min", 6, 10),
        ("range over sd", 1.1, 1.45), ("corr ln volume, ln abs(r)", 0.2, 0.42),
    ]

    @Test(arguments: targets)
    func numbersOfTheRealMarket(_ target: (name: String, low: Double, high: Double)) throws {
        let k = try #require(IntradayNumbers.lines.firstIndex { $0.name == target.name })
        for market in Self.markets {
            let value = IntradayNumbers(market, symbol: "SPY").values[k]
            #expect(value >= target.low && value <= target.high, "\(target.name)")
        }
    }

    @Test func correlations() {
        for market in Self.markets {
            #expect(abs(minuteCorrelation(market, "SPY", "QQQ") - 0.92) < 0.03)
            #expect(minuteCorrelation(market, "SPY", "SPX") > 0.98)
            for name in ["AAPL", "AMZN", "GOOG", "META", "MSFT", "NVDA", "TSLA"] { #expect((0.5...0.8).contains(minuteCorrelation(market, "SPY", name)), "\(name)") }
            #expect((0.82...0.93).contains(largeCapCorrelation(market)))
            let night = preMarketNumbers(market)
            #expect((0.01...0.03).contains(night.volumeShare))
            #expect((0.4...0.75).contains(night.volatility))
            let shares = regimeShares(market)
            #expect(abs(shares[0] - 0.45) < 0.06 && abs(shares[1] - 0.25) < 0.05 && abs(shares[2] - 0.17) < 0.05 && abs(shares[3] - 0.13) < 0.06)
        }
    }

    @Test func sameArgumentSameBits() throws {
        let again = try IntradaySource.parse("synthetic:intraday,seed=5,days=12").load()
        #expect(again.market.close == smallMarket.market.close && again.market.volume == smallMarket.market.volume && again.manifest.sha256 == smallMarket.manifest.sha256)
        let other = try IntradaySource.parse("synthetic:intraday,seed=6,days=12").load()
        #expect(other.market.close != smallMarket.market.close && other.manifest.sha256 != smallMarket.manifest.sha256)
        // One symbol alone has the bars it has among the others.
        let alone = try IntradaySource.parse("synthetic:intraday,seed=5,days=12,symbols=QQQ").load().market
        #expect(alone.close == Array(smallMarket.market.close[smallMarket.market.symbols[1].rows]))
    }

    @Test func theClockIsNewYorks() throws {
        let m = smallMarket.market
        #expect(m.symbols.map(\.name) == ["SPY", "QQQ", "SPX"])
        for day in m.days {
            #expect(day.preMarket.count == 330)
            #expect(NewYorkSession.isTradingDay(day.date))
            #expect(m.time[day.regular.lowerBound] == NewYorkSession.utc(date: day.date, minute: 570))
            #expect(m.minutesSinceOpen[day.regular.lowerBound] == 1 && m.minutesToClose[day.regular.upperBound - 1] == 0)
            #expect(m.minutesSinceOpen[day.preMarket.lowerBound] == -329)
        }
        // 09:30 is 14:30 UTC in winter and 13:30 from the second Sunday of March on.
        #expect(NewYorkSession.utc(date: friday, minute: 570) % 86_400 == 14 * 3600 + 1800)
        #expect(NewYorkSession.utc(date: friday + 3, minute: 570) % 86_400 == 13 * 3600 + 1800)
        // A year holds its half days: 2024-07-03, the day after Thanksgiving, Christmas Eve.
        let year = try IntradaySource.parse("synthetic:intraday,days=252,symbols=SPY").load().market
        let halves = year.days.filter { $0.isHalfDay && !$0.isWarmUp }
        #expect(halves.map(\.dateText) == ["2024-07-03", "2024-11-29", "2024-12-24"])
        #expect(halves.allSatisfy { $0.regular.count == 210 && year.minutesToClose[$0.regular.lowerBound] == 209 })
        #expect(year.days[year.tradingDays[0]].dateText == "2024-01-02" && year.tradingDays.count == 252)
    }

    /// Standardised regular returns of a symbol against the signal before them.
    private static func pairs(_ argument: String, symbol: String) throws -> [(s: Double, r: Double)] {
        var market = try SyntheticIntraday(argument: argument)
        market.traded = [symbol]
        let loaded = market.load()
        let truth = try #require(loaded.truth), m = loaded.market
        let signal = try #require(truth.signal[symbol])
        var out: [(Double, Double)] = []
        let own = try #require(market.parameters.symbols.first { $0.name == symbol }).volatility
        let sigma = zip(truth.dates, 0...).reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
        // Rows of the market are the rows of the truth, day for day.
        #expect(truth.sigma.count == m.rowCount && sigma.count == m.days.count)
        for day in m.days {
            for t in day.regular {
                let simple = m.close[t] / m.open[t] - 1
                out.append((signal[t], simple / (truth.sigma[t] * own)))
            }
        }
        return out
    }

    @Test(arguments: ["SPY", "QQQ", "NVDA"])
    func thePlantedEdgeIsFound(_ symbol: String) throws {
        // 100 days have 46,800 minutes with the warm-up's: the standard error of a correlation is .0046. Bounds of four of them fail by chance once in 16,000.
        let none = try Self.pairs("synthetic:intraday,seed=21,days=100", symbol: symbol)
        #expect(abs(correlation(none.map(\.s), none.map(\.r))) < 0.0185)
        let spread = mean(none.map { $0.r * $0.r })
        #expect(abs(spread - 1) < 0.05)
        let planted = try Self.pairs("synthetic:intraday,seed=21,days=100,edge=0.1", symbol: symbol)
        #expect(abs(correlation(planted.map(\.s), planted.map(\.r)) - 0.1) < 0.0185)
        let variance = mean(planted.map { $0.s * $0.s })
        #expect(abs(variance - 1) < 0.08)
    }

    @Test func theSignalIsTheFeature() throws {
        let m = smallMarket.market, truth = try #require(smallMarket.truth), signal = try #require(truth.signal["SPY"])
        let momentum = try #require(smallFeatures["momentum_6"])
        let k = SyntheticIntradayParameters().signalDeviation(edge: 0)
        for day in m.days[m.symbols[0].days].dropFirst() {
            for t in day.regular.dropLast() {
                #expect(abs(signal[t + 1] - min(max(momentum[t] / k, -3), 3)) < 1e-6)
            }
        }
    }

    @Test func oneRegimesEdgeIsItsOwn() throws {
        let market = try SyntheticIntraday(argument: "synthetic:intraday,seed=3,days=10,edge.CRISIS=0.05,edge=0.02")
        #expect(market.edge == [0.02, 0.02, 0.02, 0.05])
    }

    @Test func pricesAreMartingales() {
        // Open to close and gap returns of SPX over four seeds and 480 days have mean 0: within four standard errors.
        var moves: [Double] = [], gaps: [Double] = []
        for m in Self.markets {
            for day in m.days[m.symbols[2].days] where !day.isWarmUp {
                moves.append(m.close[day.regular.upperBound - 1] / m.open[day.regular.lowerBound] - 1)
                gaps.append(m.open[day.regular.lowerBound] / day.previousClose - 1)
            }
        }
        for x in [moves, gaps] {
            let deviation = mean(x.map { $0 * $0 }).squareRoot()
            #expect(abs(mean(x)) < 4 * deviation / Double(x.count).squareRoot())
        }
    }

    @Test func impliedVolatilityIsFairUpToItsPremium() {
        // Over all minutes at 11:00: realised variance of the rest of the day over iv^2 of it. The premium is 7% in volatility, 15% in variance.
        var realised = 0.0, implied = 0.0
        for m in Self.markets {
            for day in m.days[m.symbols[2].days] where !day.isHalfDay {
                let now = day.regular.lowerBound + 90
                let iv: Double = m.impliedVolatility[now]
                implied += iv * iv * m.minutesToClose[now] / 98_280
                for t in now + 1..<day.regular.upperBound { realised += pow(m.close[t] / m.close[t - 1] - 1, 2.0) }
            }
        }
        #expect((0.7...1.05).contains(realised / implied))
    }

    @Test func plantedDaysGapPullBackAndReclaim() throws {
        let loaded = try IntradaySource.parse("synthetic:intraday,seed=9,days=120,setups=0.25,setups.down=0.1,setups.hit=0.8").load()
        let m = loaded.market, truth = try #require(loaded.truth)
        let vwap = try #require(computeIntradayFeatures(m, names: ["vwap"])["vwap"])
        var ups = 0, downs = 0, hits = 0, reclaims = 0, wentRight = 0
        for (k, day) in m.days[m.symbols[0].days].enumerated() where truth.setup[k] != 0 && !day.previousClose.isNaN {
            let side = Double(truth.setup[k]), o = day.regular.lowerBound
            let gap = m.open[o] / day.previousClose - 1
            #expect(side * gap > 0.001)
            ups += side > 0 ? 1 : 0
            downs += side < 0 ? 1 : 0
            let beyond = day.regular.map { side * (m.close[$0] - vwap[$0]) }
            let below = beyond[10...28].contains { $0 < 0 }, above = beyond[30...60].contains { $0 > 0 }
            reclaims += below && above ? 1 : 0
            hits += truth.isHit[k] ? 1 : 0
            wentRight += (side * (m.close[o + 124] - m.close[o + 50]) > 0) == truth.isHit[k] ? 1 : 0
        }
        // 140 days: shares within four standard errors.
        #expect((18...52).contains(ups) && (3...27).contains(downs))
        #expect(Double(reclaims) >= 0.9 * Double(ups + downs))
        #expect(Double(wentRight) >= 0.9 * Double(ups + downs))
        #expect(Double(hits) > 0.6 * Double(ups + downs) && hits < ups + downs)
        // Unplanted days are those of the market without setups only in their regimes; its days are planted nowhere.
        #expect(smallMarket.truth?.setup.allSatisfy { $0 == 0 } == true)
    }

    @Test func argumentsAreChecked() throws {
        for (text, code) in [
            ("synthetic:intraday,sed=1", "unknown_parameter"), ("synthetic:intraday,days=0", "range"), ("synthetic:intraday,edge=2", "range"),
            ("synthetic:intraday,symbols=SPI", "symbols"), ("synthetic:intraday,days", "syntax"), ("synthetic:intraday,seed=1,seed=2", "duplicate"),
            ("synthetic:intraday,setups=0.7,setups.down=0.7", "range"), ("synthetic:intraday,days=3,bars=390", "duplicate"),
        ] {
            #expect { try IntradaySource.parse(text) } throws: { ($0 as? InputIssues)?.issues.first?.code == code }
        }
        let fault = #expect(throws: InputIssues.self) { try SyntheticIntraday(argument: "synthetic:intraday,seed=1,dais=3") }
        #expect(fault?.description.contains("did you mean 'days'?") == true)
        #expect(try SyntheticIntraday(argument: "synthetic:intraday,bars=391").days == 2)
    }
}
