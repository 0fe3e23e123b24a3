import Foundation
import Intraday
import NetworkKernels
import OptionPricing
import OptionsEnvironment
import Testing

@Suite struct ContractTests {
    /// Tuesday's contracts on Monday, Monday's on Friday over a weekend, the same day's with 0.
    @Test func expiry() {
        let week = OptionsMarket(market(walk(days: 5, minutes: 390, seed: 5)), features: [])
        let first = Int(week.callContract[0])
        #expect(week.contracts[first].expiry == monday + 1 && week.feature(.minutesToExpiry, of: first, row: 0) == 389 + 1_440)
        let friday = week.days[4].rows.lowerBound, contract = Int(week.callContract[friday])
        #expect(week.contracts[contract].expiry == monday + 7 && week.days[4].daysOff == 2)
        #expect(week.feature(.minutesToExpiry, of: contract, row: friday) == 389 + 3 * 1_440)
        let same = OptionsMarket(market(walk(days: 1, minutes: 390, seed: 5)), features: [], OptionsConfiguration(daysToExpiry: 0))
        #expect(same.feature(.minutesToExpiry, of: Int(same.putContract[389]), row: 389) == 0)
    }

    /// The strike picked has the delta nearest to the goal among all listed ones.
    @Test(arguments: [0.5, 0.3, 0.15, 0.7]) func deltaRule(goal: Double) {
        let configuration = OptionsConfiguration(strike: .delta(goal))
        let options = OptionsMarket(market(walk(days: 2, minutes: 60, seed: 9)), features: [], configuration)
        for row in [0, 17, 59, 60, 100] {
            for contract in [Int(options.callContract[row]), Int(options.putContract[row])] {
                let picked = options.contracts[contract]
                let found = abs(options.feature(.delta, of: contract, row: row))
                // Another rule's market holds neighbours' prices: recompute the two neighbours' deltas.
                for other in [picked.strike - 1, picked.strike + 1] {
                    #expect(abs(found - goal) <= abs(delta(options, picked.right, other, row) - goal) + 1e-7)
                }
                #expect(abs(delta(options, picked.right, picked.strike, row) - found) < 1e-6)
            }
        }
    }

    private func delta(_ options: OptionsMarket, _ right: OptionRight, _ strike: Double, _ row: Int) -> Double {
        let c = options.configuration, source = options.source, t = options.sourceRows[row]
        let minutes = options.minutesToClose[row] + options.days[Int(options.dayOfRow[row])].minutesAfterClose
        let years = OptionTime.years(minutes: minutes), spot = source.close[t]
        let session = Double(options.days[Int(options.dayOfRow[row])].rows.count)
        let days = c.surface.clock.tradingDays(elapsed: 1 - options.minutesToClose[row] / session, sessions: 1, daysOff: 0)
        let v = c.surface.volatility(level: 0.78 * 0.2, days: days, years: years, strike: strike, forward: spot * exp((c.rate - c.dividendYield) * years))
        return abs(BlackScholes.value(right, spot: spot, strike: strike, years: years, volatility: v, rate: c.rate, dividendYield: c.dividendYield).delta)
    }

    @Test func volatilityLevel() {
        let days = walk(days: 3, minutes: 390, seed: 2)
        #expect(OptionsMarket(market(days), features: []).level.allSatisfy { close($0, 0.78 * 0.20) })
        // Without an index: realised volatility, from one hour of returns on; 16% before.
        let realized = OptionsMarket(market(days, volatilityIndex: .nan), features: []).level
        #expect(realized[0] == 0.16 && realized[59] == 0.16 && realized[60] != 0.16)
        // At the end of the third day all 3 x 389 returns count (days start anew).
        var sum = 0.0
        for day in days { for i in 1..<390 { sum += pow(log(day[i] / day[i - 1]), 2) } }
        #expect(close(realized[1_169], 1.1 * sqrt(sum / (3 * 389) * 390 * 252 / 0.6), 1e-9))
    }

    /// Premium features by hand, on quoted prices and an underlying that stands still.
    @Test func premiumFeatures() {
        let middles = [2, 2.1, 2.2, 2.1, 2.3, 2.4, 2.5]
        let options = quotedMarket(around(middles)), contract = Int(options.callContract[0])
        #expect(options.contracts[contract].strike == 500 && options.contracts[contract].isQuoted)
        func value(_ f: ContractFeature, _ row: Int) -> Double { options.feature(f, of: contract, row: row) }
        #expect(close(options.quote(contract, row: 5).bid, 2.38) && close(options.quote(contract, row: 5).ask, 2.42))
        #expect(value(.midChange, 0) == 0 && close(value(.midChange, 1), log(2.1 / 2.0), 1e-7))
        #expect(close(value(.midChange5, 5), log(2.4 / 2.0), 1e-7) && close(value(.midChange5, 6), log(2.5 / 2.1), 1e-7) && close(value(.midChange5, 2), log(1.1), 1e-7))
        #expect(close(value(.spread, 4), 0.04 / 2.3, 1e-7) && close(value(.premium, 4), 2.3, 1e-6))
        // The underlying did not move: delta says nothing, the premium moves as it says; and its noise has no explanation.
        #expect(value(.relativeMove, 6) == 1 && value(.stability, 6) == 0 && value(.stability, 1) == 1)
        // Volatility and greeks: those that reprice the middle of bid and ask.
        let minutes = value(.minutesToExpiry, 5), years = minutes / 525_600
        let implied = value(.impliedVolatility, 5)
        let model = BlackScholes.value(.call, spot: 500, strike: 500, years: years, volatility: implied, rate: 0.04, dividendYield: 0.013)
        #expect(close(model.price, 2.4, 1e-5) && close(value(.delta, 5), model.delta, 1e-6) && close(value(.gamma, 5), model.gamma, 1e-7))
        #expect(close(value(.vega, 5), model.vega, 1e-4) && close(value(.theta, 5) / model.theta, 1, 1e-5))
        #expect(close(value(.thetaShare, 5), model.theta / 525_600 / 2.4, 1e-9))
        #expect(close(value(.volatilityChange, 5), implied / value(.impliedVolatility, 0) - 1, 1e-5))
    }

    /// The premium's move against delta's, with an underlying that moves.
    @Test func moveAgainstDelta() {
        let options = OptionsMarket(market([[500, 500.2, 500.4, 500.3, 500.6, 500.9, 501.2, 500.1]]), features: [], hand())
        let contract = Int(options.callContract[0])
        func middle(_ row: Int) -> Double { (options.quote(contract, row: row).bid + options.quote(contract, row: row).ask) / 2 }
        let expected = (middle(5) - middle(0)) / (options.feature(.delta, of: contract, row: 0) * 0.9)
        #expect(close(options.feature(.relativeMove, of: contract, row: 5), expected, 1e-4) && expected != 1)
        // Stability: 1 / (1 + noise of the premium / what delta explains of it), over the minutes so far.
        func deviation(_ x: [Double]) -> Double {
            let changes = (1..<x.count).map { log(x[$0] / x[$0 - 1]) }, mean = changes.reduce(0, +) / Double(changes.count)
            return sqrt(changes.reduce(0) { $0 + pow($1 - mean, 2) } / Double(changes.count - 1))
        }
        let spot = [500, 500.2, 500.4, 500.3, 500.6, 500.9], premium = (0...5).map(middle)
        let explained = options.feature(.delta, of: contract, row: 5) * 500.9 * deviation(spot) / middle(5)
        #expect(close(options.feature(.stability, of: contract, row: 5), 1 / (1 + deviation(premium) / explained), 1e-5))
    }

    /// A minute without a quote keeps the last quote for five minutes, then the model's price at the ratio of the volatilities, so that nothing jumps.
    @Test func betweenQuotes() {
        let expiry = monday + 1, minute0 = NewYorkSession.utc(date: monday, minute: 570)
        let series = OptionQuoteSeries(contract: OptionContract(root: "SPY", expiry: expiry, strike: 500, isCall: true), time: [minute0], bid: [3.98], ask: [4.02])
        let options = OptionsMarket(market([[Double](repeating: 500, count: 12)], quotes: OptionQuotes([series])), features: [], hand())
        let contract = Int(options.callContract[0])
        for row in [0, 5] { #expect(close(options.quote(contract, row: row).bid, 3.98) && close(options.quote(contract, row: row).ask, 4.02)) }
        let after = options.quote(contract, row: 6)
        #expect(after.bid > 3.8 && after.ask < 4.05 && !close(after.bid, 3.98))
        let modelOnly = OptionsMarket(market([[Double](repeating: 500, count: 12)]), features: [], hand())
        #expect(modelOnly.quote(Int(modelOnly.callContract[6]), row: 6).ask < 3)
    }
}

/// What happens after a minute must not change anything that was known at it.
@Suite struct CausalityTests {
    @Test(arguments: [1, 40, 77]) func theFutureChangesNothing(minute: Int) {
        let days = walk(days: 3, minutes: 100, seed: 21)
        var other = days
        for i in minute + 1..<100 { other[1][i] *= 1 + 0.01 * Double(i % 3 - 1) }
        other[2] = other[2].map { $0 * 1.02 }
        for source in [20.0, .nan] {
            let a = OptionsMarket(market(days, volatilityIndex: source), features: [("close_again", days.flatMap { $0 })])
            let b = OptionsMarket(market(other, volatilityIndex: source), features: [("close_again", other.flatMap { $0 })])
            let seenA = OptionsObservation(a, fittedOn: [0]), seenB = OptionsObservation(b, fittedOn: [0])
            #expect(seenA.names == seenB.names)
            let last = 100 + minute
            for row in 0...last {
                #expect(a.level[row] == b.level[row] && a.callContract[row] == b.callContract[row] && a.putContract[row] == b.putContract[row])
                for contract in Set([a.callContract[row], a.putContract[row]] + (row >= 100 ? [a.callContract[100]] : [])) {
                    let c = Int(contract)
                    #expect(a.contracts[c].strike == b.contracts[c].strike && a.quote(c, row: row) == b.quote(c, row: row))
                    for f in ContractFeature.allCases { #expect(a.feature(f, of: c, row: row) == b.feature(f, of: c, row: row), "\(f) at row \(row)") }
                }
            }
            // The same actions lead to the same observations up to that minute.
            func observations(_ market: OptionsMarket, _ observation: OptionsObservation) -> [[Float]] {
                let batch = OptionsBatch(market, observation, draw: EpisodeDraw(days: [1]), count: 1, seed: 1)
                let block = FloatBlock(count: observation.count)
                let row = block.matrix(rows: 1, columns: observation.count)
                var masks: [UInt32] = [0], facts = [StepFacts()]
                return (0...minute).map { k in
                    batch.observe(into: row, masks: &masks)
                    let seen = block.values + [Float(masks[0])]
                    if k < minute { batch.step([[1, 0, 0, 3, 0, 4, 2, 0, 4][k % 9]], facts: &facts) { _, _ in } }
                    return seen
                }
            }
            #expect(observations(a, seenA) == observations(b, seenB))
        }
    }

    /// The test above can see the future: the minute after, prices differ.
    @Test func theTestIsNotBlind() {
        let days = walk(days: 3, minutes: 100, seed: 21)
        var other = days
        for i in 41..<100 { other[1][i] *= 1 + 0.01 * Double(i % 3 - 1) }
        let a = OptionsMarket(market(days), features: []), b = OptionsMarket(market(other), features: [])
        let contract = Int(a.callContract[140])
        #expect(a.quote(contract, row: 140) == b.quote(contract, row: 140) && a.quote(contract, row: 141) != b.quote(contract, row: 141))
    }
}

@Suite struct OwnVolatilityTests {
    /// Where the market tells its own implied volatility, the level gives back the variance that it says is left of the day.
    @Test func levelFromTheMarket() {
        let closes = [Double](repeating: 500, count: 390)
        var source = market([closes])
        // Variance left, by the clock itself: then the level is one number all day.
        let clock = VarianceClock(), day = 0.2 * 0.2 * 0.6 / 252
        let own = (0..<390).map { i -> Double in
            let left = Double(389 - i)
            return left == 0 ? 0.3 : sqrt(day * clock.ahead(Double(i + 1) / 390) / (left / (252 * 390)))
        }
        source = IntradayMarket(
            name: source.name, symbols: source.symbols, days: source.days, time: source.time, open: source.open, high: source.high, low: source.low, close: source.close,
            volume: source.volume, isRecorded: source.isRecorded, minutesSinceOpen: source.minutesSinceOpen, minutesToClose: source.minutesToClose,
            volatilityIndex: source.volatilityIndex, impliedVolatility: own, companions: [:], largeCapReturn: source.largeCapReturn, indexReturn: source.indexReturn,
            regime: source.regime)
        let options = OptionsMarket(source, features: [])
        #expect(options.level.allSatisfy { close($0, 0.2, 1e-9) })
        #expect(own.max()! / own.min()! > 1.1)
    }
}
