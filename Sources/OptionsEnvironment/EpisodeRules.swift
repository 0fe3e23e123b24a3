/// The rules of an episode that a curriculum may change between roll-outs.
public struct EpisodeRules: Sendable, Equatable {
    /// Factor on fees; 0 trades without.
    public var feeMultiplier: Double
    /// Factor on the distance of bid and ask from the middle price that fills pay; 1 is the quote, 0 fills at the middle.
    public var spreadMultiplier: Double
    /// Actions that may be chosen at all, as bits; HOLD always may.
    public var allowedActions: UInt32

    public init(feeMultiplier: Double = 1, spreadMultiplier: Double = 1, allowedActions: UInt32 = OptionAction.everything) {
        precondition(feeMultiplier >= 0 && spreadMultiplier >= 0, "episode rules: fees times \(feeMultiplier), spread times \(spreadMultiplier)")
        self.feeMultiplier = feeMultiplier
        self.spreadMultiplier = spreadMultiplier
        self.allowedActions = allowedActions | OptionAction.hold.bit
    }
}

/// What a step looks up in a row of the market.
package struct RowFacts: Sendable {
    package var call, put: Int32
    /// BUY is allowed here, as far as the clock goes.
    package var isOpenForEntry: Bool
    package var regime: UInt8
    /// Whether the day ends with this row.
    package var isLastOfDay: Bool
}

/// What a step looks up for a contract.
package struct ContractFacts: Sendable {
    /// Entry of the tables less row of the market.
    package var offset: Int
    package var sign: Int32
}

/// The laws of a trade: which actions are allowed, and what a step does. Reads tables through pointers, which its maker keeps alive.
package struct TradeDynamics {
    let rows: UnsafePointer<RowFacts>
    let contracts: UnsafePointer<ContractFacts>
    /// [Q x 2], ticks.
    let quotes: UnsafePointer<Float>
    let lot: Int32
    let trimFraction, stopFactor, feeTicks, spreadFactor: Double
    let fillDelay: UInt8
    let allowed: UInt32
    /// Rising, filled up with infinity.
    let tiers: SIMD8<Double>

    /// Bid, ask and twice the middle price of a contract at a row, in ticks, as fills see them.
    @inline(__always)
    func quote(_ contract: Int32, _ row: Int32) -> (bid: Double, ask: Double, middleTwice: Double) {
        let entry = quotes + 2 * (contracts[Int(contract)].offset + Int(row))
        let bid = Double(entry[0]), ask = Double(entry[1]), sum = bid + ask
        if spreadFactor == 1 { return (bid, ask, sum) }
        let half = (ask - bid) / 2 * spreadFactor
        return (sum / 2 - half, sum / 2 + half, sum)
    }

    /// The actions allowed in a state; HOLD always is.
    @inline(__always)
    package func mask(_ s: borrowing AgentState) -> UInt32 {
        var mask = OptionAction.hold.bit
        if s.orderAction != 0 { return mask }
        if s.contract < 0 {
            let row = rows[Int(s.row)]
            if row.isOpenForEntry {
                if row.call >= 0 { mask |= OptionAction.buyCall.bit }
                if row.put >= 0 { mask |= OptionAction.buyPut.bit }
            }
        } else {
            mask |= OptionAction.exit.bit
            if s.held > 1 { mask |= OptionAction.trim.bit }
        }
        return mask & allowed
    }

    /// Takes one step: the decision of row t, its fill at row t (or `fillDelay` rows later), the minute to row t + 1, then the stop and the close.
    @inline(__always)
    package func step(_ s: inout AgentState, _ chosen: UInt8) -> StepFacts {
        var facts = StepFacts()
        facts.chosen = chosen
        var action = chosen, contract: Int32 = -1
        if s.orderAction != 0 {
            action = 0
            s.orderWait -= 1
            if s.orderWait == 0 {
                action = s.orderAction
                contract = s.orderContract
                s.orderAction = 0
                s.orderContract = -1
            }
        } else {
            if (mask(s) >> UInt32(chosen)) & 1 == 0 { action = 0 }
            if action == 1 || action == 2 {
                let row = rows[Int(s.row)]
                contract = action == 1 ? row.call : row.put
            }
            if fillDelay > 0, action != 0 {
                s.orderAction = action
                s.orderWait = fillDelay
                s.orderContract = contract
                action = 0
            }
        }
        facts.executed = action
        let t = s.row, next = t + 1
        s.row = next
        let dayEnds = rows[Int(next)].isLastOfDay
        if s.contract < 0, action == 0 {
            // Flat, and stays so: most steps of most agents.
            facts.episode = dayEnds ? 1 : next == s.lastRow ? 2 : 0
            return facts
        }
        trade(&s, action, contract, t, &facts, dayEnds: dayEnds)
        facts.episode = dayEnds ? 1 : next == s.lastRow ? 2 : 0
        return facts
    }

    /// The part of a step in which contracts are in hand, bought or sold.
    private func trade(_ s: inout AgentState, _ action: UInt8, _ picked: Int32, _ t: Int32, _ facts: inout StepFacts, dayEnds: Bool) {
        var held = Double(s.held), profit = 0.0, cost = 0.0, fees = 0.0, soldCount = 0.0, proceeds = 0.0
        if action == 1 || action == 2 {
            let q = quote(picked, t)
            s.contract = picked
            s.held = lot
            s.bought = lot
            s.sinceRow = t
            s.tiersPaid = 0
            s.entryTicks = q.ask
            s.entryFeeTicks = feeTicks
            s.peakTicksTwice = q.middleTwice
            s.bestSale = 0
            s.hasSold = false
            s.tradeProfit = 0
            held = Double(lot)
            profit -= held * (q.ask - q.middleTwice / 2 + feeTicks)
            cost += held * (q.ask - q.middleTwice / 2 + feeTicks)
            fees += held * feeTicks
            facts.bought = true
        }
        let paid = s.entryTicks * Double(s.bought)
        let before = quote(s.contract, t)
        facts.contractAfterFill = s.contract
        func sell(_ count: Double, _ q: (bid: Double, ask: Double, middleTwice: Double)) {
            let lost = count * (q.middleTwice / 2 - q.bid + feeTicks)
            profit -= lost
            cost += lost
            fees += count * feeTicks
            soldCount += count
            proceeds += count * q.bid
            held -= count
        }
        if action == 3 {
            sell(min(held - 1, max(1, (trimFraction * held).rounded())), before)
        } else if action == 4 {
            sell(held, before)
        }
        facts.acted = action != 0
        var ending = TradeEnding.exit
        if held > 0 {
            let after = quote(s.contract, t + 1)
            profit += held * (after.middleTwice - before.middleTwice) / 2
            if after.middleTwice > s.peakTicksTwice { s.peakTicksTwice = after.middleTwice }
            let isStopped = after.middleTwice <= 2 * s.entryTicks * stopFactor && stopFactor > 0
            if isStopped || dayEnds {
                sell(held, after)
                ending = isStopped ? .stop : .close
                if action == 0 { facts.executed = 4 }
            }
        } else {
            facts.contractAfterFill = -1
        }
        facts.netProfit = profit / paid
        facts.cost = cost / paid
        facts.fees = fees / paid
        s.tradeProfit += facts.netProfit
        s.equity += facts.netProfit
        if s.equity > s.equityPeak { s.equityPeak = s.equity }
        if soldCount > 0 {
            let reached = proceeds / (soldCount * s.entryTicks) - 1
            facts.sold = soldCount / Double(s.bought)
            facts.saleReturn = reached
            facts.realized = (proceeds - soldCount * (s.entryTicks + s.entryFeeTicks + feeTicks)) / paid
            s.bestSale = s.hasSold ? max(s.bestSale, reached) : reached
            s.hasSold = true
            var count: Int32 = 0
            for k in 0..<8 where tiers[k] <= reached + 1e-12 { count += 1 }
            if count > s.tiersPaid { s.tiersPaid = count }
        }
        s.held = Int32(held)
        if s.held == 0 {
            facts.closed = true
            facts.ending = ending.rawValue
            facts.tradeReturn = s.tradeProfit
            s.contract = -1
            s.bought = 0
            s.trades += 1
            // Sold by choice the agent is flat from this row's close on, by force from the next one's.
            s.sinceRow = ending == .exit ? t : t + 1
            s.entryTicks = 0
            s.entryFeeTicks = 0
            s.peakTicksTwice = 0
            s.tiersPaid = 0
            s.bestSale = 0
            s.hasSold = false
            s.tradeProfit = 0
            // An order to sell has nothing left to sell.
            s.orderAction = 0
            s.orderWait = 0
            s.orderContract = -1
        }
    }
}

extension OptionsMarket {
    /// The dynamics under `rules`, for the duration of `body`.
    package func withDynamics<Result>(_ rules: EpisodeRules, _ body: (TradeDynamics) -> Result) -> Result {
        var tiers = SIMD8<Double>(repeating: .infinity)
        for (k, tier) in configuration.tiers.prefix(8).enumerated() { tiers[k] = tier }
        return rowFacts.withUnsafeBufferPointer { rows in
            contractFacts.withUnsafeBufferPointer { contracts in
                body(
                    TradeDynamics(
                        rows: rows.baseAddress!, contracts: contracts.baseAddress!, quotes: UnsafePointer(quotes.all.base), lot: Int32(configuration.contracts),
                        trimFraction: configuration.trimFraction, stopFactor: configuration.stop >= 1 ? 0 : 1 - configuration.stop,
                        feeTicks: rules.feeMultiplier * configuration.feePerContract / OptionsConfiguration.multiplier / tick,
                        spreadFactor: rules.spreadMultiplier, fillDelay: UInt8(configuration.fillDelay), allowed: rules.allowedActions, tiers: tiers))
            }
        }
    }
}
