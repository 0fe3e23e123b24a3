import Demonstrations
import OptionsEnvironment
import Testing
import TradingTypes
import Training

import Teachers
import Teaching

@Suite struct OptionsTeachingTests {
    private func teaching(_ market: OptionsTrainingMarket, _ script: String) throws -> OptionsTeaching {
        try OptionsTeaching(market.market, market.observation, shippedScript(script), market.stack, days: Array(market.market.days.indices), isStrong: market.isStrong)
    }

    static let teachers = ["gap-pullback-reclaim", "gap-pullback-reclaim-put", "vwap-reclaim", "opening-range-breakout", "cup-and-handle", "trend-pullback"]

    /// Every day is played to its end; masks, actions and labels fit (the set itself refuses what does not); the same seed gives the same bytes.
    @Test(arguments: teachers) func teachersPlayWholeDays(_ name: String) throws {
        let teaching = try teaching(plain, name)
        let (set, report) = teaching.record(episodes: 12, seed: 4)
        #expect(set.episodes == 12 && set.steps == report.steps)
        #expect(set.endings.allSatisfy { $0 == .terminated })
        #expect(Set(set.episodeNames).count == 12, "every day once before any comes twice")
        let again = teaching.record(episodes: 12, seed: 4)
        #expect(set == again.set)
        #expect(!report.trades.isEmpty)
    }

    /// What is recorded is what the environment shows, step by step and after the last one, when the same actions are played again.
    @Test func recordedObservationsAreTheEnvironments() throws {
        let teaching = try teaching(plain, "vwap-reclaim"), seen = plain.observation, F = seen.count
        let set = teaching.record(episodes: 4, seed: 4).set, laid = set.observationsInOrder
        var place = 0, step = 0, inTrade = 0
        for e in 0..<set.episodes {
            let day = teaching.day(e, seed: 4)
            var state = teaching.start(day), row = [Float](repeating: 0, count: F)
            plain.market.withDynamics(teaching.teacher.rules) { dynamics in
                for t in 0...set.lengths[e] {
                    row.withUnsafeMutableBufferPointer { seen.write(state, mask: dynamics.mask(state), dynamics, to: $0.baseAddress!) }
                    #expect(laid[(place + t) * F..<(place + t + 1) * F].elementsEqual(row), "episode \(e), step \(t)")
                    if !state.isFlat { inTrade += 1 }
                    if t < set.lengths[e] { _ = dynamics.step(&state, set.actions[step + t]) }
                }
            }
            place += set.lengths[e] + 1
            step += set.lengths[e]
        }
        #expect(laid.count == place * F && inTrade > 10)
    }

    /// Net profit's rewards add up to the trades' profits, day by day.
    @Test func rewardsAddUpToTheTrades() throws {
        let (_, report) = try teaching(plain, "vwap-reclaim").record(episodes: 12, seed: 4)
        let paid = report.returns.reduce(0, +), traded = report.trades.reduce(0, +)
        #expect(abs(paid - traded) < 1e-4 * max(1, abs(traded)), "rewards \(paid), trades \(traded)")
    }

    /// On planted gap-up days the script finds its setup before noon; on plain days less often, and without the profit.
    @Test func plantedDaysAreFound() throws {
        func entered(_ market: OptionsTrainingMarket) throws -> (days: Int, profit: Double) {
            let teaching = try teaching(market, "gap-pullback-reclaim")
            var machine = TeacherMachine(teaching.teacher.program, noise: TeacherNoise.none), episode = TeacherEpisode(), days = 0, profit = 0.0
            for day in market.market.days.indices {
                teaching.teacher.play(from: teaching.start(day), &machine, seed: 0, episode: 0, into: &episode)
                if episode.actions.prefix(150).contains(1) {
                    days += 1
                    profit += episode.trades.first ?? 0
                }
            }
            return (days, profit)
        }
        let found = try entered(planted), missed = try entered(plain)
        #expect(found.days >= 5, "\(found.days) of 12 planted days")
        #expect(missed.days <= 4 && missed.days < found.days, "\(missed.days) of 12 plain days")
        #expect(found.profit > 0.2 && found.profit > missed.profit, "first trades: \(found.profit) planted, \(missed.profit) plain")
    }

    /// The fast look-up of the agent's names against the environment's own columns, along played days.
    @Test func theAgentsNamesAreTheEnvironments() throws {
        let market = plain.market
        let names = [
            "position", "flat", "contracts", "can_buy", "can_trim", "entry_premium", "premium_change", "unrealized", "peak_premium", "peak_change", "off_peak", "stop_dist",
            "minutes_in_trade", "minutes_flat", "sold_fraction", "tiers_paid", "best_sale", "trades", "drawdown", "delta", "gamma", "theta", "vega", "iv", "iv_pct", "mid_change",
            "mid_change_5", "premium_stability", "spread_frac", "delta_rel_move", "theta_share", "premium", "minutes_to_expiry", "bid", "ask", "strike",
        ]
        let teacher = try OptionsTeacher(shippedScript("vwap-reclaim"), market)
        var noise = TeacherNoise()
        noise.explore = 0.2
        var machine = TeacherMachine(teacher.program, noise: noise), episode = TeacherEpisode(), states: [AgentState] = [], masks: [UInt32] = []
        for day in 0..<3 {
            teacher.play(from: AgentState(market, firstRow: market.days[day].rows.lowerBound), &machine, seed: 1, episode: UInt64(day), into: &episode) { state, mask, _, _, _ in
                states.append(state)
                masks.append(mask)
            }
        }
        let columns = market.stateColumns(states, names: Set(names))
        #expect(states.contains { !$0.isFlat } && states.contains { $0.hasSold })
        var slots = [Double](repeating: 0, count: names.count)
        for (i, state) in states.enumerated() {
            teacher.fill(state, mask: masks[i], names: names, &slots)
            for (k, name) in names.enumerated() {
                let expected = try #require(columns[name])[i]
                let agrees = slots[k] == expected || abs(slots[k] - expected) <= 1e-9 * max(1, abs(expected)) || (slots[k].isNaN && expected.isNaN)
                if !agrees {
                    Issue.record("\(name) at step \(i): \(slots[k]), the environment says \(expected)")
                    return
                }
            }
        }
    }

    /// The trace is the play without noise, and says of each step whether it fired.
    @Test func theTraceFollowsThePlay() throws {
        let teaching = try teaching(planted, "gap-pullback-reclaim")
        for day in 0..<3 {
            let trace = teaching.trace(day)
            var machine = TeacherMachine(teaching.teacher.program, noise: TeacherNoise.none), episode = TeacherEpisode()
            teaching.teacher.play(from: teaching.start(day), &machine, seed: 0, episode: 0, into: &episode)
            #expect(trace.bars.map(\.action) == episode.actions.map { EnvironmentKind.options.actionNames[Int($0)] })
            for bar in trace.bars where bar.isFlat {
                let fired = bar.events.contains { if case .stepFired = $0 { true } else { false } }
                let held = bar.checks.contains { $0.what.hasPrefix("step") && $0.held }
                let isReset = bar.checks.contains { $0.what == "reset_when" && $0.held }
                // A time limit may send the machine back to a step that the trace did not look at.
                let timedOut = bar.events.contains { if case .timedOut = $0 { true } else { false } }
                if !timedOut, (held && !isReset) != fired { Issue.record("\(trace.title) \(bar.time): \(bar.eventTexts), checks held \(held)") }
            }
        }
    }

    @Test func anOutOfRangeSizeIsRefused() throws {
        var settings = OptionsSettings()
        settings.configuration.contracts = 3
        let market = OptionsTrainingMarket(plain.loaded, fractions: (60, 20, 20), settings, try design(.options, "net_profit"), observesRegime: true)
        #expect(throws: (any Error).self) { try teaching(market, "gap-pullback-reclaim") }
    }
}
