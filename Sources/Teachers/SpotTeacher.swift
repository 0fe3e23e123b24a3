package import ComponentKit
package import Environments
internal import Expressions
package import TradingTypes

/// A script on the spot market. In a position the entry's action is repeated at every bar; HOLD goes flat.
package final class SpotTeacher: Sendable {
    package let program: TeacherProgram
    package let environment: SpotEnvironment
    private let names: [SpotName]

    private enum SpotName: String {
        case position, bars_in_position, bars_flat, unrealized, drawdown

        init(known name: String) {
            guard let known = SpotName(rawValue: name) else { preconditionFailure("the spot agent has no '\(name)'") }
            self = known
        }
    }

    /// - `columns`: decision-time market columns by name, the whole series long.
    /// Throws `InputIssues` for a script of another environment, without an entry, or that reads what the market lacks.
    package init(_ script: TeacherScript, _ environment: SpotEnvironment, columns: [String: Column]) throws(InputIssues) {
        try script.requireTeacher(for: .spot)
        guard environment.configuration.hold == .flat else {
            throw InputIssues(InputIssue(code: "hold", file: script.file, message: "with 'hold: keep' no action goes flat, so a teacher cannot end its trades", help: "use 'hold: flat'"))
        }
        self.environment = environment
        let bars = environment.bars
        program = try TeacherProgram(script, rows: bars.count, segments: [0..<bars.count], minutes: bars.time.map { Double($0) / 60 }) { columns[$0] }
        names = program.path.pathNames.map(SpotName.init(known:))
    }

    /// What the machine sees at `row`.
    @inline(__always)
    package func view(_ agent: SpotAgent, row: Int) -> AgentView {
        AgentView(row: row, side: agent.position == 0 ? 0 : agent.position > 0 ? 1 : 2, mask: 0b111, gain: agent.unrealized, units: agent.position == 0 ? 0 : 1)
    }

    /// Writes the values of `program.path.pathNames`.
    @inline(__always)
    package func fill(_ agent: SpotAgent, _ slots: inout [Double]) {
        for (i, name) in names.enumerated() { slots[i] = value(name, agent) }
    }

    /// Writes the values of `names`, for explanations.
    package func fill(_ agent: SpotAgent, names: [String], _ slots: inout [Double]) {
        for (i, name) in names.enumerated() { slots[i] = value(SpotName(known: name), agent) }
    }

    @inline(__always)
    private func value(_ name: SpotName, _ agent: SpotAgent) -> Double {
        switch name {
        case .position: agent.position
        case .bars_in_position: agent.barsInPosition
        case .bars_flat: agent.barsFlat
        case .unrealized: agent.unrealized
        case .drawdown: agent.drawdown
        }
    }

    /// Plays the bars of `rows`, which must have known outcomes. The episode is truncated at its end.
    package func play(_ rows: Range<Int>, _ machine: inout TeacherMachine, seed: UInt64, episode: UInt64, into result: inout TeacherEpisode) {
        precondition(rows.upperBound <= environment.usableRows, "rows \(rows), usable \(environment.usableRows)")
        result.begin(rows.lowerBound)
        machine.begin(seed: seed, episode: episode)
        var agent = SpotAgent(environment), growth = 1.0, isScripted = true
        for row in rows {
            let decision = machine.decide(view(agent, row: row)) { fill(agent, &$0) }
            result.add(decision, mask: 0b111, isFlat: agent.position == 0)
            let before = agent.position, equity = agent.equity
            let held = agent.step(SpotAction(rawValue: decision.action) ?? .hold, environment.nextReturn[row])
            if before != 0, held != before {
                // The cost of leaving falls on this bar, with the new position's bar when it is turned over.
                result.isScripted.append(isScripted)
                result.trades.append(growth * (1 - environment.cost(from: before, to: 0)) - 1)
                growth = 1
                if held != 0 { growth = (agent.equity / equity) / (1 - environment.cost(from: before, to: 0)) }
            } else if held != 0 {
                growth *= agent.equity / equity
            }
            if held != 0, held != before { isScripted = decision.action == decision.label }
        }
    }
}

extension TeacherScript {
    func requireTeacher(for kind: EnvironmentKind) throws(InputIssues) {
        if environment != kind {
            throw InputIssues(InputIssue(code: "environment", file: file, message: "the script is written for '\(environment.rawValue)', the market is '\(kind.rawValue)'", help: "give bars of the matching market with --bars"))
        }
        if entries.isEmpty {
            throw InputIssues(InputIssue(code: "no_entry", file: file, message: "the script has no entry, so it never trades", help: "it is a part for other scripts to take; name a script with an 'entry'"))
        }
    }
}
