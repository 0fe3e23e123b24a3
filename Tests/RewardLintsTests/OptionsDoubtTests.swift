import OptionsEnvironment
import RewardLints
import Testing
import TradingTypes

/// How many trades it takes to tell entering from staying out, against sums over the same random trades.
@Suite struct OptionsDoubtTests {
    private struct Count {
        var gaps: [Double] = []
        var minutes = 0
    }

    /// What each random trade is paid beyond holding as long, by the regime of its entry, and the mean minutes of a trade: `trade_return` (which has no mirror image), a bonus for entering and pay for each flat minute.
    private static func trades(_ market: OptionsMarket, entry: Double, rest: Double) -> (regimes: [Count], length: Double) {
        let days = Array(market.days.indices), walk = market.randomTrader(days: days, rules: EpisodeRules(), entry: 0.1, exit: 1.0 / 15, trim: 0.03, seed: 1, purpose: "lint trader")
        var regimes = Array(repeating: Count(), count: Regime.names.count), begun: (regime: Int, minutes: Int)?, lengths = 0, number = 0
        for day in days { for row in market.days[day].rows { regimes[Int(market.regimes[row])].minutes += 1 } }
        for step in walk.steps {
            if step.facts.bought { begun = (Int(market.regimes[Int(step.before.row)]), 0) }
            begun?.minutes += 1
            guard let trade = begun, step.facts.closed else { continue }
            regimes[trade.regime].gaps.append(step.facts.tradeReturn + entry - rest * Double(trade.minutes))
            lengths += trade.minutes
            number += 1
            begun = nil
        }
        return (regimes, Double(lengths) / Double(number))
    }

    @Test(arguments: [(0.033, 0.0), (0.04, 0.0005)]) func tradesNeeded(_ entry: Double, _ rest: Double) throws {
        let terms = "  - id: trade\n    weight: 1\n    value: trade_return\n  - id: entry\n    weight: \(entry)\n    when: action in [BUY_CALL, BUY_PUT]\n  - id: rest\n    weight: \(rest)\n    when: action == HOLD and flat\n"
        let report = try OptionsLintTests.lint(OptionsLintTests.design(terms)), market = try OptionsLintTests.market.get()
        let message = try #require(report.issues.first { $0.code == "not_identifiable" }, "\(report.issues.map(\.message))").message
        let (regimes, length) = Self.trades(market, entry: entry, rest: rest)
        func number(_ text: Substring) throws -> Double { try #require(Double(text.replacing(",", with: ""))) }
        var told = 0
        for match in message.matches(of: /([A-Z_]+) ([-+0-9.]+) a trade, ([0-9,]+) trades needed, ([0-9,]+) fit/) {
            let regime = regimes[try #require(Regime.names.firstIndex(of: String(match.1)))], n = Double(regime.gaps.count)
            let mean = regime.gaps.reduce(0, +) / n, square = regime.gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
            #expect(try abs(number(match.2) - mean) <= 0.006 * abs(mean), "\(message)")
            #expect(try abs(number(match.3) - 4 * square / (mean * mean)) <= 1, "\(message)")
            #expect(try abs(number(match.4) - Double(regime.minutes) / length) <= 1, "\(message)")
            told += 1
        }
        #expect(told > 0, "\(message)")
    }
}
