internal import Environments
internal import Intraday
internal import MarketData
internal import OptionsEnvironment
package import Teachers
internal import TradingTypes

/// A stretch of bars that a script was walked through, bar by bar: what it did and why.
package struct TeacherTrace: Sendable {
    package struct Bar: Sendable {
        package var row: Int
        /// Seconds as the market's clock shows them (New York for options, UTC for spot), for axes.
        package var clock: Int64
        package var time: String
        package var open, high, low, close: Double
        /// NaN where the market has none.
        package var vwap: Double
        /// Middle price of the contract in hand, or of the call that would be bought; NaN on the spot market.
        package var premium: Double
        package var isFlat: Bool
        package var gain: Double
        package var units: Int
        package var action: String
        package var state: String
        package var events: [TeacherEvent]
        package var eventTexts: [String]
        package var checks: [TraceCheck]
        /// What the environment did to the trade at the end of the bar: `seatbelt_stop`, `close_of_day`; empty otherwise.
        package var forced: String
    }

    package let script: TeacherScript
    /// `SPY 2024-03-05`.
    package let title: String
    package var bars: [Bar] = []

    /// Stretches of bars with the same state and no event are one line; every bar with an event has its own.
    package var text: String {
        var lines: [String] = [], i = 0
        while i < bars.count {
            let bar = bars[i]
            if !bar.eventTexts.isEmpty || !bar.forced.isEmpty {
                var words = bar.eventTexts
                if !bar.forced.isEmpty { words.append("closed by force: \(bar.forced)") }
                lines.append("\(bar.time)  \(words.joined(separator: "; "))")
                for check in bar.checks where check.held { lines.append("         \(check.what) held: \(check.reason)") }
                if bar.action != "HOLD", !bar.isFlat || bar.eventTexts.contains(where: { $0.hasPrefix("ENTER") }) { lines.append("         -> \(bar.action)") }
                i += 1
                continue
            }
            var j = i
            while j + 1 < bars.count, bars[j + 1].state == bar.state, bars[j + 1].eventTexts.isEmpty, bars[j + 1].forced.isEmpty, bars[j + 1].action == bar.action { j += 1 }
            let stretch = bars[i...j], last = bars[j]
            let span = i == j ? bar.time : "\(bar.time) to \(last.time)"
            lines.append("\(span)  \(bar.state), \(stretch.count) bar\(stretch.count == 1 ? "" : "s")" + (bar.isFlat ? "" : ", gain \(percentText(last.gain)) at the last") + (bar.action == "HOLD" ? "" : " -> \(bar.action)"))
            for k in last.checks.indices {
                let what = last.checks[k].what
                // That nothing sent the machine back is no news.
                if what.hasPrefix("reset_when") { continue }
                guard stretch.allSatisfy({ $0.checks.indices.contains(k) && $0.checks[k].what == what }) else { continue }
                // How often each part stood in the way, and what it read at the last bar.
                let parts = last.checks[k].parts.indices.compactMap { p -> String? in
                    let failed = stretch.count { $0.checks[k].parts.indices.contains(p) && !$0.checks[k].parts[p].held }
                    guard failed > 0 else { return nil }
                    let part = last.checks[k].parts[p]
                    let values = part.readings.map { "\($0.text) \(TraceCheck.text($0.value))" }.joined(separator: ", ")
                    return "'\(part.text)' failed on \(failed)" + (values.isEmpty ? "" : " (at the last: \(values))")
                }
                if !parts.isEmpty { lines.append("         no \(what): \(parts.joined(separator: "; "))") }
            }
            i = j + 1
        }
        return lines.joined(separator: "\n")
    }

    private func percentText(_ x: Double) -> String { "\((1_000 * x).rounded() / 10)%" }
}

extension SpotTeaching {
    /// Walks the script over `rows` after `before` bars that bring it into its state; only `rows` are kept. Without noise.
    package func trace(_ rows: Range<Int>, before: Int, title: String) -> TeacherTrace {
        let program = teacher.program, bars = market.prepared.bars, columns = market.prepared.columns()
        var tracer = TeacherTracer(program, rows: bars.count, segments: [0..<bars.count]) { name in
            if case .values(let values)? = columns[name] { return values }
            return nil
        }
        tracer.begin()
        let pathNames = tracer.pathNames
        var machine = TeacherMachine(program, noise: TeacherNoise.none), agent = SpotAgent(market.environment)
        machine.isTracing = true
        machine.begin(seed: 0, episode: 0)
        var trace = TeacherTrace(script: program.script, title: title)
        let names = EnvironmentKind.spot.actionNames
        for row in max(market.prepared.warmUp, rows.lowerBound - before)..<rows.upperBound {
            let view = teacher.view(agent, row: row)
            let checks = tracer.look(machine, view) { teacher.fill(agent, names: pathNames, &$0) }
            let decision = machine.decide(view) { teacher.fill(agent, &$0) }
            if rows.contains(row) {
                let time = MarketTime.text(bars.time[row])
                trace.bars.append(
                    TeacherTrace.Bar(
                        row: row, clock: bars.time[row] + Int64(bars.barDurationSeconds), time: String(time.dropFirst(11).prefix(5)), open: bars.open[row],
                        high: bars.high[row], low: bars.low[row], close: bars.close[row], vwap: .nan, premium: .nan, isFlat: agent.position == 0,
                        gain: agent.unrealized, units: view.units, action: names[Int(decision.action)], state: program.states[Int(decision.state)],
                        events: machine.events, eventTexts: machine.events.filter { $0 != .tradeBegan && $0 != .tradeEnded }.map(program.script.text), checks: checks, forced: ""))
            }
            let r = row < market.environment.usableRows ? market.environment.nextReturn[row] : .nan
            _ = agent.step(SpotAction(rawValue: decision.action) ?? .hold, r)
        }
        return trace
    }
}

extension OptionsTeaching {
    /// Walks the script through a day. Without noise.
    package func trace(_ day: Int) -> TeacherTrace {
        let program = teacher.program, source = market.source
        let flat = (0..<market.rowCount).map { row in
            var state = AgentState()
            state.row = Int32(row)
            return state
        }
        var tracer = TeacherTracer(program, rows: market.rowCount, segments: market.days.map(\.rows)) { name in
            if let column = market.column(name) { return column }
            if case .values(let values)? = market.stateColumns(flat, names: [name])[name] { return values }
            return nil
        }
        tracer.begin()
        let pathNames = tracer.pathNames
        var machine = TeacherMachine(program, noise: TeacherNoise.none)
        machine.isTracing = true
        machine.begin(seed: 0, episode: 0)
        var trace = TeacherTrace(script: program.script, title: name(day))
        let names = EnvironmentKind.options.actionNames, vwap = market.column("vwap")
        var state = start(day)
        market.withDynamics(teacher.rules) { dynamics in
            while state.row < state.lastRow {
                let mask = dynamics.mask(state), view = teacher.view(state, mask: mask), row = Int(state.row), r = market.sourceRows[row], before = state
                let checks = tracer.look(machine, view) { teacher.fill(before, mask: mask, names: pathNames, &$0) }
                let decision = machine.decide(view) { teacher.fill(before, mask: mask, &$0) }
                let contract = Int(before.contract < 0 ? market.callContract[row] : before.contract)
                let quote = market.quote(contract, row: row)
                let facts = dynamics.step(&state, decision.action)
                let minutes = Int(source.minutesSinceOpen[r]) + 570
                func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
                trace.bars.append(
                    TeacherTrace.Bar(
                        row: row, clock: Int64(market.days[day].date) * 86_400 + Int64(minutes) * 60, time: "\(two(minutes / 60)):\(two(minutes % 60))",
                        open: source.open[r], high: source.high[r], low: source.low[r], close: source.close[r], vwap: vwap?[row] ?? .nan,
                        premium: (quote.bid + quote.ask) / 2, isFlat: before.contract < 0, gain: view.gain, units: view.units,
                        action: names[Int(decision.action)], state: program.states[Int(decision.state)], events: machine.events,
                        eventTexts: machine.events.filter { $0 != .tradeBegan && $0 != .tradeEnded }.map(program.script.text), checks: checks,
                        forced: facts.isForced ? (TradeEnding(rawValue: facts.ending)?.name ?? "") : ""))
            }
        }
        return trace
    }
}
