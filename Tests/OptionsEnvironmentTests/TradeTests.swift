import OptionsEnvironment
import Testing

/// Every rule of the environment with a case worked by hand. Prices are quoted, so that all numbers are exact.
@Suite struct TradeTests {
    /// 65 cents a contract are 0.0065 a share.
    let fee = 0.0065

    @Test func roundTripOnAnUnchangedMarketLosesSpreadAndFees() {
        let market = quotedMarket(around([2, 2, 2, 2, 2, 2]))
        var session = OptionsSession(market, day: 0)
        let buy = session.step(.buyCall)
        // Bought six at 2.02; marked at 2.00: half the spread and the fee are gone.
        #expect(buy.executed == OptionAction.buyCall.rawValue && buy.bought && !buy.closed && buy.acted)
        #expect(close(buy.netProfit, -(0.02 + fee) / 2.02) && close(buy.cost, (0.02 + fee) / 2.02) && close(buy.fees, fee / 2.02))
        #expect(session.state.held == 6 && session.state.entryTicks == 202)
        let hold = session.step(.hold)
        #expect(hold.netProfit == 0 && hold.cost == 0 && hold.executed == 0 && !hold.acted)
        let exit = session.step(.exit)
        #expect(exit.closed && exit.ending == TradeEnding.exit.rawValue && !exit.isForced)
        let whole = -(0.04 + 2 * fee) / 2.02
        #expect(close(exit.tradeReturn, whole) && close(exit.realized, whole) && close(session.state.equity, whole))
        #expect(exit.sold == 1 && close(exit.saleReturn, 1.98 / 2.02 - 1))
        #expect(session.state.isFlat && session.state.trades == 1)
    }

    /// Six contracts: 2, 1, 1 and 1 are trimmed (a third of 6, 4, 3, 2, rounded), the last one can only be sold by EXIT.
    @Test func ladder() {
        let market = quotedMarket(around([2, 2.65, 3.05, 3.45, 4.1, 4.1, 3.9, 3.9]))
        var session = OptionsSession(market, day: 0)
        session.step(.buyCall)
        let paid = 2.02
        var total = session.state.tradeProfit
        // 2.65 - 2.00 marked on six, less the entry's half-spread and fee.
        #expect(close(total, (2.65 - 2.02 - fee) / paid))
        var facts = session.step(.trim)
        #expect(facts.sold == 2.0 / 6 && close(facts.saleReturn, 2.63 / paid - 1) && session.state.held == 4)
        #expect(close(facts.realized, 2.0 / 6 * (2.63 - 2.02 - 2 * fee) / paid))
        #expect(close(facts.netProfit, (2 * (-0.02 - fee) + 4 * 0.4) / (6 * paid)))
        #expect(session.state.tiersPaid == 1 && close(session.state.bestSale, 2.63 / paid - 1))
        total += facts.netProfit
        facts = session.step(.trim)
        #expect(session.state.held == 3 && session.state.tiersPaid == 2 && close(facts.sold, 1.0 / 6))  // 3.03 / 2.02 - 1 is exactly 50%
        total += facts.netProfit
        facts = session.step(.trim)
        #expect(session.state.held == 2 && session.state.tiersPaid == 2)  // 3.43 / 2.02 - 1 = 69.8%
        total += facts.netProfit
        facts = session.step(.trim)
        #expect(session.state.held == 1 && session.state.tiersPaid == 3)  // 102%
        #expect(session.mask & OptionAction.trim.bit == 0 && session.mask & OptionAction.exit.bit != 0)
        total += facts.netProfit
        facts = session.step(.trim)  // not allowed: nothing happens
        #expect(facts.executed == 0 && facts.sold == 0 && session.state.held == 1)
        total += facts.netProfit
        facts = session.step(.exit)
        total += facts.netProfit
        let proceeds = 2 * 2.63 + 3.03 + 3.43 + 4.08 + 3.88, fees = 12 * fee
        #expect(close(total, (proceeds - 6 * 2.02 - fees) / (6 * paid)) && close(facts.tradeReturn, total))
    }

    @Test func seatbelt() {
        // The stop at 15% below 2.02 is 1.717: a middle price of 1.72 holds, 1.71 sells at the bid.
        let market = quotedMarket([(1.98, 2.02), (1.98, 2.02), (1.70, 1.74), (1.67, 1.75), (1.67, 1.75), (1.67, 1.75)])
        var session = OptionsSession(market, day: 0)
        session.step(.buyCall)
        let held = session.step(.hold)
        #expect(!held.closed && session.state.held == 6)
        let stopped = session.step(.hold)
        #expect(stopped.closed && stopped.ending == TradeEnding.stop.rawValue && stopped.isForced && !stopped.acted)
        #expect(stopped.chosen == 0 && stopped.executed == OptionAction.exit.rawValue)
        #expect(close(stopped.saleReturn, 1.67 / 2.02 - 1) && close(stopped.tradeReturn, (1.67 - 2.02 - 2 * fee) / 2.02))
        // Flat from the row of the stop on.
        #expect(session.state.isFlat && session.state.sinceRow == 3 && session.state.row == 3)
        // Switched off, nothing is sold.
        var free = OptionsSession(quotedMarket([(1.98, 2.02), (1.98, 2.02), (0.1, 0.14), (0.1, 0.14)], hand { $0.stop = 1 }), day: 0)
        free.step(.buyCall)
        #expect(!free.step(.hold).closed)
    }

    /// A stop may fire in the minute of the entry: bought and closed in one step.
    @Test func stopInTheFirstMinute() {
        var session = OptionsSession(quotedMarket([(1.98, 2.02), (1.5, 1.54), (1.5, 1.54)]), day: 0)
        let facts = session.step(.buyCall)
        #expect(facts.bought && facts.closed && facts.isForced && facts.executed == OptionAction.buyCall.rawValue)
        #expect(close(facts.netProfit, (1.5 - 2.02 - 2 * fee) / 2.02) && close(facts.tradeReturn, facts.netProfit) && close(facts.cost, (0.02 + 0.02 + 2 * fee) / 2.02))
    }

    @Test func closeOfTheDay() {
        let market = quotedMarket(around([2, 2, 2.2]))
        var session = OptionsSession(market, day: 0)
        #expect(session.step(.buyCall).episode == 0)
        let last = session.step(.hold)
        #expect(last.episode == 1 && last.closed && last.ending == TradeEnding.close.rawValue && session.isOver)
        #expect(close(last.saleReturn, 2.18 / 2.02 - 1) && close(last.tradeReturn, (2.18 - 2.02 - 2 * fee) / 2.02))
    }

    /// An episode of minutes is truncated, and its trade stays open: nothing is sold because we stop watching.
    @Test func truncation() {
        let market = quotedMarket(around([2, 2, 2.2, 2.2, 2.2]))
        var session = OptionsSession(market, day: 0, firstRow: 1, minutes: 2)
        #expect(session.step(.buyCall).episode == 0)
        let last = session.step(.hold)
        #expect(last.episode == 2 && !last.closed && session.isOver && session.state.held == 6)
        // One that reaches the end of the day is terminated.
        var other = OptionsSession(market, day: 0, firstRow: 2, minutes: 2)
        other.step(.hold)
        #expect(other.step(.hold).episode == 1)
    }

    @Test func masks() {
        let market = quotedMarket(around([2, 2, 2, 2, 2, 2]), hand { $0.noEntryMinutes = 2 })
        var session = OptionsSession(market, day: 0)
        #expect(session.mask == OptionAction.hold.bit | OptionAction.buyCall.bit | OptionAction.buyPut.bit)
        // TRIM and EXIT while flat do nothing.
        for action in [OptionAction.trim, .exit] {
            let facts = session.step(action)
            #expect(facts.executed == 0 && facts.chosen == action.rawValue && facts.netProfit == 0 && !facts.acted)
        }
        session.step(.buyPut)
        #expect(session.mask == OptionAction.hold.bit | OptionAction.trim.bit | OptionAction.exit.bit && session.state.entryTicks == 302)
        // BUY while in a trade does nothing.
        #expect(session.step(.buyCall).executed == 0 && session.state.entryTicks == 302)
        session.step(.exit)
        // Row 5 is the last, at row 4 one minute is left: no entry within the last two.
        #expect(session.isOver)
        var late = OptionsSession(market, day: 0, firstRow: 3)
        #expect(late.mask == OptionAction.hold.bit)
        #expect(late.step(.buyCall).executed == 0)
        // Of one contract nothing can be trimmed.
        var single = OptionsSession(quotedMarket(around([2, 2, 2]), hand { $0.contracts = 1 }), day: 0)
        single.step(.buyCall)
        #expect(single.mask == OptionAction.hold.bit | OptionAction.exit.bit)
    }

    @Test func fillDelay() {
        let market = quotedMarket(around([2, 2.1, 2.2, 2.3, 2.4, 2.5]), hand { $0.fillDelay = 1 })
        var session = OptionsSession(market, day: 0)
        let chosen = session.step(.buyCall)
        #expect(chosen.chosen == 1 && chosen.executed == 0 && !chosen.bought && session.state.isFlat)
        #expect(session.mask == OptionAction.hold.bit)
        // Whatever is chosen now, the order is filled, at the prices of this minute.
        let filled = session.step(.exit)
        #expect(filled.executed == 1 && filled.bought && session.state.entryTicks == 212 && session.state.sinceRow == 1)
        #expect(session.step(.exit).executed == 0 && session.state.held == 6)
        let sold = session.step(.hold)
        #expect(sold.closed && sold.executed == OptionAction.exit.rawValue && close(sold.saleReturn, 2.28 / 2.12 - 1))
        // A stop before the fill leaves nothing to sell, and no order behind.
        var stopped = OptionsSession(quotedMarket(around([2, 2, 1.5, 1.5, 1.5]), hand { $0.fillDelay = 1 }), day: 0)
        stopped.step(.buyCall)
        stopped.step(.hold)
        #expect(stopped.state.isFlat && stopped.state.orderAction == 0)
        var ordered = OptionsSession(quotedMarket(around([2, 2, 2, 1.5, 1.5, 1.5]), hand { $0.fillDelay = 2 }), day: 0)
        for action in [OptionAction.buyCall, .hold, .hold] { ordered.step(action) }
        #expect(ordered.state.isFlat && ordered.state.trades == 1)
    }

    @Test func rulesOfAStage() {
        let market = quotedMarket(around([2, 2, 2, 2, 2, 2]))
        func result(_ rules: EpisodeRules) -> Double {
            var session = OptionsSession(market, day: 0, rules: rules)
            session.step(.buyCall)
            return session.step(.exit).tradeReturn
        }
        #expect(close(result(EpisodeRules(feeMultiplier: 0)), -0.04 / 2.02))
        #expect(close(result(EpisodeRules(feeMultiplier: 2)), -(0.04 + 4 * fee) / 2.02))
        #expect(close(result(EpisodeRules(spreadMultiplier: 0)), -2 * fee / 2))
        #expect(close(result(EpisodeRules(spreadMultiplier: 2)), -(0.08 + 2 * fee) / 2.04))
        let simple = EpisodeRules(allowedActions: OptionAction.buyCall.bit | OptionAction.exit.bit)
        var session = OptionsSession(market, day: 0, rules: simple)
        #expect(session.mask == OptionAction.hold.bit | OptionAction.buyCall.bit)
        #expect(session.step(.buyPut).executed == 0)
        session.step(.buyCall)
        #expect(session.mask == OptionAction.hold.bit | OptionAction.exit.bit)
    }

    /// Higher fees never raise the profit of the same actions.
    @Test(arguments: [1, 2, 3]) func feesNeverHelp(seed: UInt64) {
        let options = OptionsMarket(market(walk(days: 1, minutes: 120, seed: seed)), features: [])
        var last = Double.infinity
        for fees in [0.0, 0.5, 1, 3] {
            var session = OptionsSession(options, day: 0, rules: EpisodeRules(feeMultiplier: fees)), k = 0
            while !session.isOver {
                session.step(OptionAction.allCases[(k * 7 + Int(seed)) % 5])
                k += 1
            }
            #expect(session.state.equity < last && session.state.trades > 5)
            last = session.state.equity
        }
    }
}

/// Money in equals money out, fees and spread.
@Suite struct ConservationTests {
    @Test(arguments: [UInt64](1...4)) func cashBalances(seed: UInt64) {
        let options = OptionsMarket(market(walk(days: 3, minutes: 200, seed: seed)), features: [])
        for day in 0..<3 {
            var session = OptionsSession(options, day: day), k = seed
            // Cash in dollars, kept independently of the environment's own fractions.
            var cash = 0.0, held = 0.0, contract = -1, paid = 0.0, fractions = 0.0, costs = 0.0, moves = 0.0, realized = 0.0, trades = 0.0
            while !session.isOver {
                k = k &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let action = OptionAction.allCases[Int((k >> 33) % 5)]
                let before = session.state, facts = session.step(action)
                let row = Int(before.row)
                let start = cash + (contract >= 0 ? held * 100 * middle(options, contract, row) : 0)
                func trade(_ count: Double, _ price: Double) {
                    cash -= count * 100 * price + abs(count) * 0.65
                    held += count
                }
                if facts.bought {
                    contract = Int(action == .buyCall ? options.callContract[row] : options.putContract[row])
                    let quote = options.quote(contract, row: row)
                    trade(6, quote.ask)
                    paid = 600 * quote.ask
                }
                if facts.acted, action == .trim { trade(-Double(options.configuration.trimmed(of: Int(held))), options.quote(contract, row: row).bid) }
                if facts.acted, action == .exit { trade(-held, options.quote(contract, row: row).bid) }
                if held > 0 { moves += held * 100 * (middle(options, contract, row + 1) - middle(options, contract, row)) / paid }
                if facts.isForced { trade(-held, options.quote(contract, row: row + 1).bid) }
                let end = cash + (held > 0 ? held * 100 * middle(options, contract, row + 1) : 0)
                if paid > 0 { #expect(close((end - start) / paid, facts.netProfit, 1e-9)) } else { #expect(facts.netProfit == 0) }
                fractions += facts.netProfit
                costs += facts.cost
                realized += facts.realized
                trades += facts.tradeReturn
                if facts.closed { contract = -1 }
                #expect(Double(session.state.held) == held)
            }
            #expect(held == 0 && session.state.trades > 3)
            #expect(close(fractions, moves - costs, 1e-9))
            #expect(close(fractions, realized, 1e-9) && close(fractions, trades, 1e-9) && close(fractions, session.state.equity, 1e-9))
        }
    }

    private func middle(_ market: OptionsMarket, _ contract: Int, _ row: Int) -> Double {
        let quote = market.quote(contract, row: row)
        return (quote.bid + quote.ask) / 2
    }
}
