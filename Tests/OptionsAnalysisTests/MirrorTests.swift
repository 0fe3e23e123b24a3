import Intraday
import OptionsAnalysis
import OptionsEnvironment
import RewardAnalysis
import Rewards
import Testing
import TradingTypes

/// What the mirror image of a minute pays, against markets in which just that minute goes the other way.
@Suite struct MirrorTests {
    private static let minutes = 90

    /// A day that rises a thousandth a minute; in the minute after `turned` it falls by as much instead (and rises again from there).
    private static func market(turned: Int? = nil) -> OptionsMarket {
        var close = [500.0]
        for t in 1..<minutes { close.append(close[t - 1] * (turned == t - 1 ? 0.999 : 1.001)) }
        let none = [Double](repeating: .nan, count: minutes), day = IntradayDay(symbol: 0, date: 20_157, preMarket: 0..<0, regular: 0..<minutes, previousClose: .nan, isWarmUp: false)
        let bars = IntradayMarket(
            name: "rising", symbols: [TradedSymbol(name: "SPY", rows: 0..<minutes, days: 0..<1, quotes: nil)], days: [day],
            time: (0..<minutes).map { NewYorkSession.utc(date: 20_157, minute: NewYorkSession.openMinute + $0) }, open: close, high: close, low: close, close: close,
            volume: [Double](repeating: 1, count: minutes), isRecorded: [Bool](repeating: true, count: minutes), minutesSinceOpen: (0..<minutes).map { Double($0 + 1) },
            minutesToClose: (0..<minutes).map { Double(minutes - 1 - $0) }, volatilityIndex: [Double](repeating: 20, count: minutes), impliedVolatility: none, companions: [:],
            largeCapReturn: none, indexReturn: none, regime: [UInt8](repeating: 0, count: minutes))
        // One volatility at every strike: by a smile that of a fixed strike moves with the price, and the mirror image leaves volatilities as they came.
        var configuration = OptionsConfiguration()
        configuration.surface.skew = 0
        configuration.surface.curvature = 0
        return OptionsMarket(bars, features: [], configuration)
    }

    /// `action` at a row, met flat, or with a call bought three minutes before and, where asked, partly sold.
    private static func step(_ action: OptionAction, at row: Int, inTrade: Bool, trimmed: Bool, _ market: OptionsMarket) -> OptionsTrajectory {
        var trajectory = OptionsTrajectory()
        market.withDynamics(EpisodeRules()) { dynamics in
            var state = AgentState(market, firstRow: 0)
            state.row = Int32(inTrade ? row - 3 : row)
            if inTrade { for choice in [OptionAction.buyCall, trimmed ? .trim : .hold, .hold] { _ = dynamics.step(&state, choice.rawValue) } }
            let before = state
            trajectory.append([RecordedStep(before: before, facts: dynamics.step(&state, action.rawValue))][...], after: state)
        }
        return trajectory
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let action: OptionAction
        var inTrade = false, trimmed = false
    }

    static let cases = [
        Case(testDescription: "holding nothing", action: .hold), Case(testDescription: "buying a call", action: .buyCall), Case(testDescription: "buying a put", action: .buyPut),
        Case(testDescription: "keeping a call", action: .hold, inTrade: true), Case(testDescription: "selling a part", action: .trim, inTrade: true),
        Case(testDescription: "keeping what is left", action: .hold, inTrade: true, trimmed: true), Case(testDescription: "selling all", action: .exit, inTrade: true),
    ]

    /// Quotes come in whole ticks: over some thirty minutes what that rounds away averages out to a thousandth or so of the premium, where the two ways a minute can go are several hundredths apart.
    @Test(arguments: cases) func theMinuteTurnedRound(_ c: Case) throws {
        let market = Self.market(), rows = 20..<52, names: Set<String> = ["net_profit", "next_premium_return"]
        var misses = [0.0, 0], moves = misses
        for row in rows {
            let turned = Self.market(turned: row), came = Self.step(c.action, at: row, inTrade: c.inTrade, trimmed: c.trimmed, market)
            let other = turned.outcomes(of: Self.step(c.action, at: row, inTrade: c.inTrade, trimmed: c.trimmed, turned), names: names)
            let real = market.outcomes(of: came, names: names), mirror = mirrored(real, market, came)
            for (i, name) in ["net_profit", "next_premium_return"].enumerated() {
                let expected = try #require(other.columns[name])[0], found = try #require(mirror.columns[name])[0]
                misses[i] += (found - expected) / Double(rows.count)
                moves[i] += (try #require(real.columns[name])[0] - expected) / Double(rows.count)
            }
        }
        let isExposed = c.action != .exit && (c.inTrade || c.action != .hold)
        for i in 0..<2 {
            #expect(abs(misses[i]) < 0.0015, "\(misses)")
            #expect(isExposed ? abs(moves[i]) > 0.05 : abs(moves[i]) < 1e-12, "\(moves)")
        }
    }

    /// Calls win on every minute of a day that only rises. At zero edge that is nobody's doing: either side loses what it costs, and no minute's greedy action is to buy.
    @Test func aRisingDayIsNoEdge() throws {
        let text = "schema: 1\nname: x\nenvironment: options\nterms:\n  - id: net\n    weight: 1\n    value: net_profit\n"
        let design = try RewardDesign(file: "x.yaml", text: text, scope: .options(regimeNames: Regime.names), gamma: 0.92)
        let report = analyseOptionRewards([design], on: Self.market(), days: [0], split: "all", data: [], ExpectedValueSettings(replicates: 100, gamma: 0.92), command: "")
        let regime = try #require(report.rewards.first?.regimes.first { $0.bars > 0 })
        #expect(regime.actions[1].expected > 0.03 && regime.actions[2].expected < -0.03, "\(regime.actions.map(\.expected))")
        #expect(regime.clairvoyantGreedy.first { $0.action == "BUY_CALL" }?.share == 1)
        let gap = try #require(regime.zeroEdgeGap.value)
        #expect(gap < -0.005 && gap > -0.03 && regime.zeroEdgeGreedy == "HOLD", "\(gap)")
        #expect(regime.zeroEdgeShares.first { $0.action == "HOLD" }?.share == 1, "\(regime.zeroEdgeShares)")
    }

    /// BUY, EXIT by turns with calls and puts: what one gains on a day that only rises the other loses, and both pay their way in and out.
    @Test func callsAndPutsByTurns() throws {
        let text = "schema: 1\nname: x\nenvironment: options\nterms:\n  - id: net\n    weight: 1\n    value: net_profit\n"
        let design = try RewardDesign(file: "x.yaml", text: text, scope: .options(regimeNames: Regime.names), gamma: 0.92)
        let cycle = optionCycle(RewardStack(design), Self.market(), days: [0], rules: EpisodeRules(), seed: 1, gamma: 0.92)
        let pay = try #require(cycle.terms.first).pay
        #expect(cycle.friction > 0.01 && cycle.friction < 0.05 && abs(pay + cycle.friction / 2) < 0.005, "\(pay), \(cycle.friction)")
    }
}
