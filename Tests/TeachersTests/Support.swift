import ComponentKit
import Environments
import Expressions
import NumericKernels
import Testing
import TradingTypes

import Teachers

/// A small scope: three market columns, one boolean, two path names, one outcome.
func testScope(_ kind: EnvironmentKind) -> NameScope {
    if kind == .spot {
        return NameScope.spot(features: [], regimeNames: Regime.names)
    }
    return NameScope.options(regimeNames: Regime.names)
}

func read(_ text: String, file: String = "test.yaml") throws -> TeacherScript { try TeacherScript(file: file, text: text, scope: testScope) }

/// The issues of a broken script.
func faults(_ text: String) -> [InputIssue] {
    do {
        _ = try read(text)
        return []
    } catch let found as InputIssues {
        return found.issues
    } catch {
        Issue.record("\(error)")
        return []
    }
}

/// A program over hand-made columns, one minute a row.
func program(_ script: TeacherScript, _ columns: [String: [Double]], minutes: [Double]? = nil, segments: [Range<Int>]? = nil) throws -> TeacherProgram {
    let rows = columns.values.first?.count ?? 0
    return try TeacherProgram(script, rows: rows, segments: segments ?? [0..<rows], minutes: minutes ?? (0..<rows).map(Double.init)) { columns[$0].map { .values($0) } }
}

/// Steps a machine over rows with a hand-made agent: `agent` gives side, gain and units at a row, from the decisions so far.
struct Walk {
    var actions: [UInt8] = []
    var states: [String] = []
    var events: [[TeacherEvent]] = []

    init(
        _ program: TeacherProgram, rows: Range<Int>, seed: UInt64 = 1, noise: TeacherNoise = .none, path: [String: (Int) -> Double] = [:],
        mask: (Int, UInt8) -> UInt32 = { _, side in side == 0 ? 0b00111 : 0b11001 }, agent: (Int, [UInt8]) -> (side: UInt8, gain: Double, units: Int)
    ) {
        var machine = TeacherMachine(program, noise: noise)
        machine.isTracing = true
        machine.begin(seed: seed, episode: 0)
        for row in rows {
            let now = agent(row, actions)
            let view = AgentView(row: row, side: now.side, mask: mask(row, now.side), gain: now.gain, units: now.units)
            let decision = machine.decide(view) { slots in
                for (i, name) in program.path.pathNames.enumerated() { slots[i] = path[name]?(row) ?? (name == "premium_change" ? now.gain : .nan) }
            }
            actions.append(decision.action)
            states.append(program.states[Int(decision.state)])
            events.append(machine.events)
        }
    }
}

/// Flat for ever: BUY is decided but never filled.
func alwaysFlat(_ row: Int, _ actions: [UInt8]) -> (side: UInt8, gain: Double, units: Int) { (0, 0, 0) }

import Features

/// The scopes with the spot features, as the program has them.
func testScopeWithFeatures(_ kind: EnvironmentKind) -> NameScope {
    kind == .spot
        ? NameScope.spot(features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        : NameScope.options(regimeNames: Regime.names)
}
