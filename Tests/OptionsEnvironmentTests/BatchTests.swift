import Foundation
import NetworkKernels
import OptionsEnvironment
import TradingTypes
import Testing

@Suite struct BatchTests {
    private func random(_ k: inout UInt64, _ n: Int) -> Int {
        k = k &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((k >> 33) % UInt64(n))
    }

    /// A batch is its sessions side by side; episodes depend on the seed alone.
    @Test func equalsSessions() {
        let options = OptionsMarket(market(walk(days: 4, minutes: 90, seed: 3)), features: [])
        let observation = OptionsObservation(options, fittedOn: [0, 1])
        let batch = OptionsBatch(options, observation, draw: EpisodeDraw(days: [0, 1, 2], minutes: 30), count: 5, seed: 7)
        var sessions = (0..<5).map { OptionsSession(options, state: batch.start(agent: $0, episode: 0)) }
        var episodes = [Int](repeating: 0, count: 5), k: UInt64 = 1
        var facts = [StepFacts](repeating: StepFacts(), count: 5), ended = 0
        for _ in 0..<400 {
            let actions = (0..<5).map { _ in UInt8(random(&k, 5)) }
            batch.step(actions, facts: &facts) { _, _ in ended += 1 }
            for n in 0..<5 {
                let own = sessions[n].step(OptionAction(rawValue: actions[n])!)
                #expect(own == facts[n])
                if sessions[n].isOver {
                    episodes[n] += 1
                    sessions[n] = OptionsSession(options, state: batch.start(agent: n, episode: episodes[n]))
                }
            }
            #expect(batch.states == sessions.map(\.state))
        }
        #expect(ended == episodes.reduce(0, +) && ended >= 60)
        #expect(Set(batch.states.map(\.firstRow)).count > 1)
    }

    @Test func snapshot() {
        let options = OptionsMarket(market(walk(days: 4, minutes: 90, seed: 3)), features: [])
        let observation = OptionsObservation(options, fittedOn: [0])
        func make() -> OptionsBatch {
            let batch = OptionsBatch(options, observation, draw: EpisodeDraw(days: [0, 1, 2, 3]), count: 3, seed: 5)
            batch.isRecording = true
            return batch
        }
        let batch = make()
        var k: UInt64 = 9, facts = [StepFacts](repeating: StepFacts(), count: 3)
        for _ in 0..<130 { batch.step((0..<3).map { _ in UInt8(random(&k, 5)) }, facts: &facts) { _, _ in } }
        batch.clearRecords(keepingOpen: true)
        let words = batch.snapshot(), again = make()
        again.restore(words)
        #expect(again.snapshot() == words && again.states == batch.states && again.records.map(\.count) == batch.records.map(\.count))
        #expect(batch.records.allSatisfy { !$0.isEmpty && $0.count < 90 })
        for _ in 0..<200 {
            let actions = (0..<3).map { _ in UInt8(random(&k, 5)) }
            batch.step(actions, facts: &facts) { _, _ in }
            var other = facts
            again.step(actions, facts: &other) { _, _ in }
            #expect(other == facts && again.states == batch.states)
        }
    }

    /// Days and regimes of a draw, and starts from given states.
    @Test func draws() {
        // Day 0 all calm, day 1 mostly crisis, day 2 half of each from minute 50 on.
        let regimes: [[UInt8]] = [[UInt8](repeating: 0, count: 100), [UInt8](repeating: 3, count: 60) + [UInt8](repeating: 0, count: 40), [UInt8](repeating: 0, count: 50) + [UInt8](repeating: 3, count: 50)]
        let options = OptionsMarket(market(walk(days: 3, minutes: 100, seed: 8), regimes: regimes), features: [])
        #expect(EpisodeDraw(days: [0, 1, 2]).starts(options) == [0, 100, 200])
        #expect(EpisodeDraw(days: [0, 1], regimes: [3]).starts(options) == [100])
        let minutes = EpisodeDraw(days: [2], regimes: [3], minutes: 30).starts(options)
        #expect(minutes == (250...269).map { Int32($0) })
        #expect(!OptionsBatch.canStart(EpisodeDraw(days: [0], regimes: [2]), in: options))
        // A trade under way, as a start.
        var session = OptionsSession(options, day: 1)
        session.step(.buyPut)
        let draw = EpisodeDraw(days: [0], startStates: [session.state], startShare: 0.5)
        let batch = OptionsBatch(options, OptionsObservation(options, fittedOn: [0]), draw: draw, count: 1, seed: 3)
        let drawn = (0..<400).map { batch.start(agent: 0, episode: $0) }
        let inTrade = drawn.filter { !$0.isFlat }
        #expect(inTrade.count > 150 && inTrade.count < 250)
        #expect(inTrade.allSatisfy { $0.row == 101 && $0.lastRow == 199 && $0.held == 6 && $0.equity == 0 && $0.firstRow == 101 })
        #expect(drawn.filter(\.isFlat).allSatisfy { $0.row == 0 && $0.lastRow == 99 })
    }

    /// Every observation holds what the columns of the same names say, standardised or scaled as documented.
    @Test func observationsMatchColumns() {
        let closes = walk(days: 3, minutes: 90, seed: 12)
        let flat = closes.flatMap { $0 }
        let rising = flat.indices.map { Double($0 % 17) }
        let options = OptionsMarket(market(closes), features: [("ema_diff", rising), ("setup_score", flat.map { $0 > 500 ? 3.0 : .nan })])
        let observation = OptionsObservation(options, fittedOn: [0, 1])
        #expect(observation.names.prefix(3) == ["ema_diff", "setup_score", "minutes_to_close"] && observation.count == 3 + 12 + 5 + 14)
        let batch = OptionsBatch(options, observation, draw: EpisodeDraw(days: [2]), count: 1, seed: 1)
        let block = FloatBlock(count: observation.count)
        let row = block.matrix(rows: 1, columns: observation.count)
        var masks: [UInt32] = [0], facts = [StepFacts()], k: UInt64 = 4, states: [AgentState] = [], seen: [[Float]] = [], allowed: [UInt32] = []
        for _ in 0..<88 {
            batch.observe(into: row, masks: &masks)
            states.append(batch.states[0])
            seen.append(block.values)
            allowed.append(masks[0])
            batch.step([UInt8([0, 0, 0, 1, 2, 3, 4][random(&k, 7)])], facts: &facts) { _, _ in }
        }
        #expect(states.filter(\.isFlat).count > 10 && states.filter { !$0.isFlat }.count > 10)
        let columns = options.stateColumns(states, names: Set(observation.names))
        let scales: [String: Double] = [
            "position": 1, "contracts": 6, "premium_change": 0.15, "unrealized": 0.15, "peak_change": 0.15, "off_peak": 0.15, "stop_dist": 0.15,
            "minutes_in_trade": 30, "minutes_flat": 30, "tiers_paid": 3,
        ]
        for (f, name) in observation.names.enumerated() {
            for (i, state) in states.enumerated() {
                let found = Double(seen[i][f])
                if let bit = ["may_buy_call", "may_buy_put", "may_trim", "may_exit"].firstIndex(of: name) {
                    #expect(found == Double(allowed[i] >> UInt32(bit + 1) & 1))
                    continue
                }
                guard let column = columns[name] else {
                    Issue.record("no column '\(name)'")
                    break
                }
                if let scale = scales[name] {
                    #expect(close(found, min(10, column[i] / scale), 1e-5), "\(name) at \(i)")
                } else if name.hasPrefix("put_"), !state.isFlat {
                    #expect(found == 0)
                } else {
                    let base = name.hasPrefix("put_") ? String(name.dropFirst(4)) : name
                    let s = observation.standardized.first { $0.name == base }!
                    let expected = column[i].isNaN || s.deviation == 0 ? 0 : min(10, max(-10, (column[i] - s.mean) / s.deviation))
                    #expect(close(found, expected, 1e-4), "\(name) at \(i)")
                }
            }
        }
    }
}

@Suite struct OutcomeColumnTests {
    /// The seatbelt case, as a reward sees it.
    @Test func columns() {
        let market = quotedMarket([(1.98, 2.02), (2.38, 2.42), (2.38, 2.42), (1.66, 1.70), (1.67, 1.75), (1.67, 1.75), (1.67, 1.75)])
        let trajectory = OptionsTrajectory(OptionsSession(market, day: 0), actions: [.buyCall, .trim, .hold, .exit, .hold, .hold, .hold])
        #expect(trajectory.steps.count == 6)
        let names: Set<String> = [
            "action", "executed_action", "changed", "flat", "position", "contracts", "entry_premium", "premium_change", "unrealized", "peak_change", "off_peak",
            "minutes_in_trade", "minutes_flat", "sold_fraction", "best_sale", "tiers_paid", "trades", "sold", "sale_return", "closed", "bought", "forced_exit",
            "stopped_out", "day_closed", "next_premium_return", "direction", "bid", "put_ask", "close", "minutes_to_close", "can_trim", "can_buy", "stop_dist",
        ]
        let found = market.outcomes(of: trajectory, names: names, needsNext: true)
        #expect(Set(found.columns.keys) == names)
        func column(_ name: String) -> [Double] { (0..<6).map { found.columns[name]![$0] } }
        func expect(_ name: String, _ values: [Double]) { #expect(zip(column(name), values).allSatisfy { close($0, $1, 1e-6) }, "\(name): \(column(name))") }
        expect("action", [1, 3, 0, 4, 0, 0])
        // Bought, trimmed; at the second minute's end the premium falls to 1.68: sold by force in the step that held; the EXIT after it has nothing to sell.
        expect("executed_action", [1, 3, 4, 0, 0, 0])
        expect("changed", [1, 1, 0, 0, 0, 0])
        expect("flat", [1, 0, 0, 1, 1, 1])
        expect("position", [0, 1, 1, 0, 0, 0])
        expect("contracts", [0, 6, 4, 0, 0, 0])
        expect("entry_premium", [0, 2.02, 2.02, 0, 0, 0])
        expect("premium_change", [0, 2.4 / 2.02 - 1, 2.4 / 2.02 - 1, 0, 0, 0])
        expect("unrealized", [0, 2.38 / 2.02 - 1, 2.38 / 2.02 - 1, 0, 0, 0])
        expect("peak_change", [0, 2.4 / 2.02 - 1, 2.4 / 2.02 - 1, 0, 0, 0])
        expect("off_peak", [0, 0, 0, 0, 0, 0])
        expect("stop_dist", [0, (2.4 - 1.717) / 2.4, (2.4 - 1.717) / 2.4, 0, 0, 0])
        expect("minutes_in_trade", [0, 1, 2, 0, 0, 0])
        expect("minutes_flat", [0, 0, 0, 0, 1, 2])
        expect("sold_fraction", [0, 0, 2.0 / 6, 0, 0, 0])
        expect("best_sale", [0, 0, 2.38 / 2.02 - 1, 0, 0, 0])
        expect("tiers_paid", [0, 0, 0, 0, 0, 0])
        expect("trades", [0, 0, 0, 1, 1, 1])
        expect("sold", [0, 2.0 / 6, 4.0 / 6, 0, 0, 0])
        expect("sale_return", [0, 2.38 / 2.02 - 1, 1.66 / 2.02 - 1, 0, 0, 0])
        expect("closed", [0, 0, 1, 0, 0, 0])
        expect("bought", [1, 0, 0, 0, 0, 0])
        expect("forced_exit", [0, 0, 1, 0, 0, 0])
        expect("stopped_out", [0, 0, 1, 0, 0, 0])
        expect("day_closed", [0, 0, 0, 0, 0, 0])
        expect("next_premium_return", [0.2, 0, 1.68 / 2.4 - 1, 0, 0, 0])
        expect("direction", [1, 0, 0, 0, 0, 0])
        expect("bid", [1.98, 2.38, 2.38, 1.66, 1.67, 1.67])
        expect("put_ask", [3.02, 3.02, 3.02, 3.02, 3.02, 3.02])
        expect("can_buy", [1, 0, 0, 1, 1, 1])
        expect("can_trim", [0, 1, 1, 0, 0, 0])
        // What follows each step.
        #expect((0..<6).map { found.next["contracts"]![$0] } == [6, 4, 0, 0, 0, 0])
        #expect((0..<6).map { found.next["minutes_to_close"]![$0] } == [5, 4, 3, 2, 1, 0])
        #expect((0..<6).map { found.terminated[$0] } == [0, 0, 0, 0, 0, 1])
    }
}
