import AbstractMDP
import OptionsEnvironment
import RewardLints
import Testing
import TradingTypes

/// Where the greedy action of two options rewards differs, against a scan of hit rates over pay worked out from quotes.
@Suite struct OptionsFlipTests {
    /// Paid the move of what was bought; and for holding, and for a put, some amounts for certain.
    private static func reward(rest: Double, put: Double) -> String {
        "  - id: move\n    weight: 1\n    value: next_premium_return\n    when: action in [BUY_CALL, BUY_PUT]\n  - id: rest\n    weight: \(rest)\n    when: action == HOLD\n"
            + "  - id: put\n    weight: \(put)\n    when: action == BUY_PUT\n"
    }

    /// Mean pay of HOLD, BUY_CALL and BUY_PUT in each regime on flat minutes when the minute goes the buyer's way, and against it: [G][3].
    private static func pay(_ market: OptionsMarket, rest: Double, put: Double) throws -> [[(good: Double, bad: Double)]] {
        let rules = EpisodeRules(), close = try #require(market.column("close"))
        let walk = market.randomTrader(days: Array(market.days.indices), rules: rules, entry: 0.1, exit: 0.25, trim: 0.03, seed: 1, purpose: "abstract trader 0")
        let tried = TriedSteps(beside: walk, market, rules: rules) { $0.before.isFlat }
        var sums = Array(repeating: [(good: Double, bad: Double, n: Double)](repeating: (0, 0, 0), count: 3), count: Regime.names.count)
        for (i, step) in tried.steps.steps.enumerated() {
            let row = Int(step.before.row), g = Int(market.regimes[row]), action = Int(tried.actions[i]), contract = Int(step.facts.contractAfterFill)
            var good = action == 0 ? rest : action == 2 ? put : 0, bad = good
            if action > 0, contract >= 0 {
                func middle(_ row: Int) -> Double { 0.5 * (market.quote(contract, row: row).bid + market.quote(contract, row: row).ask) }
                let move = middle(row + 1) / middle(row) - 1, mirror = move - 2 * market.feature(.delta, of: contract, row: row) * (close[row + 1] - close[row]) / middle(row)
                good += max(move, mirror)
                bad += min(move, mirror)
            }
            sums[g][action].good += good
            sums[g][action].bad += bad
            sums[g][action].n += 1
        }
        return sums.map { $0.map { ($0.good / max(1, $0.n), $0.bad / max(1, $0.n)) } }
    }

    @Test func flipsAgreeWithAScan() throws {
        let market = try OptionsLintTests.market.get(), amounts = [(rest: 0.004, put: 0.0), (rest: 0.0015, put: 0.001)], names = EnvironmentKind.options.actionNames
        let flips = try OptionsLintTests.compare(Self.reward(rest: amounts[0].rest, put: amounts[0].put), Self.reward(rest: amounts[1].rest, put: amounts[1].put)).flips
        let tables = try amounts.map { try Self.pay(market, rest: $0.rest, put: $0.put) }
        func best(_ table: [(good: Double, bad: Double)], _ p: Double) -> (action: Int, lead: Double) {
            let values = table.map { p * $0.good + (1 - p) * $0.bad }, order = values.indices.sorted { values[$0] > values[$1] }
            return (order[0], values[order[0]] - values[order[1]])
        }
        var compared = 0, differing = 0
        for g in Regime.names.indices where market.regimes.contains(UInt8(g)) {
            for i in 0...1_500 {
                let p = 0.5 + 1e-4 * Double(i), a = best(tables[0][g], p), b = best(tables[1][g], p)
                // Nearer than this to a crossing the two may round differently.
                guard min(a.lead, b.lead) > 1e-5 else { continue }
                let told = flips.first { $0.regime == Regime.names[g] && $0.hitRate <= p && p <= $0.until }
                compared += 1
                if a.action == b.action {
                    #expect(told == nil, "\(Regime.names[g]) at \(p): \(names[a.action]) under both, told \(String(describing: told))")
                } else {
                    differing += 1
                    #expect(told?.from == names[a.action] && told?.to == names[b.action], "\(Regime.names[g]) at \(p): \(names[a.action]) and \(names[b.action]), told \(String(describing: told))")
                }
                if a.action != b.action ? told == nil : told != nil { return }
            }
        }
        // Both kinds of flip are met: out of HOLD, and from a call to a put; some end inside the range.
        #expect(compared > 4_000 && differing > 400 && differing < compared)
        #expect(flips.contains { $0.from == "HOLD" && $0.until < 0.65 } && flips.contains { $0.from == "BUY_CALL" && $0.to == "BUY_PUT" }, "\(flips)")
    }

    /// Neighbouring ranges with the same two actions are told as one.
    @Test func rangesAreJoined() throws {
        let flips = try OptionsLintTests.compare(Self.reward(rest: 0.004, put: 0), Self.reward(rest: 0.0015, put: 0.001)).flips
        for (a, b) in zip(flips, flips.dropFirst()) where a.regime == b.regime { #expect(a.until <= b.hitRate && (a.from != b.from || a.to != b.to || a.until < b.hitRate - 1e-9), "\(a), \(b)") }
    }
}
