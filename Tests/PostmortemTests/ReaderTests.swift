import ComponentKit
import Foundation
import Postmortem
import RunRecords
import TestSupport
import Testing

/// A folder that goes with the value.
final class Scratch {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("postmortem-\(UInt32.random(in: 0...UInt32.max))").path
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
        return path + "/" + name
    }
}

@Suite struct ReaderTests {
    /// Stable-Baselines3's own bytes: progress.csv, monitor.csv and event file of the records fixture.
    @Test func stableBaselinesFiles() throws {
        let progress = try LogReader.read(fixture("records/sb3-progress.csv")).logs[0], events = try LogReader.read(fixture("records/sb3.tfevents")).logs[0]
        let monitor = try LogReader.read(fixture("records/sb3.monitor.csv")).logs[0]
        #expect(progress.kind == .progress && events.kind == .events && monitor.kind == .monitor)
        // What generate.py beside them wrote; the event file rounds to 32 bits and its NaN is no reward.
        #expect(progress.curve(.reward).map(\.step) == [8_192] && progress.curve(.reward).map(\.value) == [-1.5e-05])
        #expect(events.curve(.reward).map(\.step) == [4_096] && events.curve(.reward).map(\.value) == [-1.25])
        for log in [progress, events] {
            let kl = log.curve(.approxKL)
            #expect(kl.count == 1 && abs(kl[0].value - 0.012345678) < 1e-8)
        }
        #expect(!monitor.curve(.reward).isEmpty && monitor.mixes.isEmpty)
        // What they do not say is said to be unknown.
        let report = Postmortem.examine([monitor], source: "monitor")
        #expect(report.collapse == .undecided && report.confidence == nil && report.unknown.contains { $0.contains("Which action was taken how often") } && report.remedies.isEmpty)
    }

    /// Transitions with pay by term: a bonus for HOLD in CRISIS that is certain, a return that is not; HOLD takes over. Round trips and executed actions are counted.
    @Test func transitions() throws {
        var text = "step,regime,action,executed,return,hold_bonus\n", state: UInt64 = 7
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(UInt64(1) << 31)
        }
        for t in 0..<20_000 {
            let regime = t / 10 % 2 == 0 ? "CALM" : "CRISIS", hold = t < 8_000 ? 0.35 : 0.93
            let action = uniform() < hold ? "HOLD" : uniform() < 0.5 ? "LONG" : "SHORT"
            let pay = action == "HOLD" ? 0 : uniform() - 0.5
            text += "\(t),\(regime),\(action),\(action == "SHORT" ? "HOLD" : action),\(pay),\(action == "HOLD" && regime == "CRISIS" ? 0.1 : 0)\n"
        }
        let folder = try Scratch(), log = try LogReader.read(try folder.write("t.csv", text)).logs[0]
        #expect(log.kind == .transitions && log.terms == ["return", "hold_bonus"] && log.termIsConstant == [false, true] && log.groups.map(\.name) == ["CALM", "CRISIS"])
        #expect(log.mixes.reduce(0) { $0 + ($1.decisions ?? 0) } == 20_000)
        let report = Postmortem.examine([log], source: "t.csv", .init(entropyCoefficient: 0.01))
        #expect(report.collapse == .holdCollapse && report.course == .collapsed)
        let onset = try #require(report.onset)
        #expect(onset.interval95.low <= 8_000 && onset.interval95.high >= 7_900 && abs(onset.step - 8_200) < 700, "\(onset)")
        let cause = try #require(report.causes.first)
        #expect(cause.term == "hold_bonus" && cause.regime == "CRISIS" && abs(cause.gap - 0.1) < 1e-9 && abs(cause.weighted - 0.05) < 0.003)
        #expect(!report.causes.contains { $0.term == "return" })
        // Guaranteed and uncertain pay of the run, by regime.
        let crisis = try #require(report.paid.first { $0.regime == "CRISIS" })
        #expect(crisis.guaranteed > 0.06 && abs(crisis.uncertain) < 0.02)
        #expect(report.evidence.contains { $0.contains("Chosen and executed actions differ") })
        // Closed or turned positions, as executed: SHORT is never held.
        #expect((log.curve(.roundTrips).reduce(0) { $0 + $1.value }) > 1_000)
    }

    /// Always BUY: exposure without a completed round trip.
    @Test func buyForever() throws {
        let folder = try Scratch(), rows = (0..<5_000).map { "\($0),\($0 % 3 == 0 ? "HOLD" : "BUY"),0.001" }.joined(separator: "\n")
        let report = Postmortem.examine(try LogReader.read(try folder.write("t.csv", "step,action,pnl\n" + rows + "\n")).logs, source: "t")
        #expect(report.collapse == .oneSided && report.verdict.contains("no round trip is completed") && (report.log.curve(.roundTrips).allSatisfy { $0.value == 0 }))
        // Ten episodes that each end long and begin long: what is open at the end of one is no round trip of the next. HOLD beside LONG and SHORT is flat, which makes one an episode.
        let long = (0..<5_000).map { "\($0),\($0 / 500),\($0 % 500 == 250 ? "HOLD" : "LONG"),0.001" }.joined(separator: "\n")
        let log = try LogReader.read(try folder.write("l.csv", "step,episode,action,pnl\n" + long + "\n")).logs[0]
        #expect(log.curve(.roundTrips).reduce(0) { $0 + $1.value } == 10)
        let turned = (0..<5_000).map { "\($0),\($0 / 500),\($0 / 500 % 2 == 0 ? "LONG" : "SHORT"),0.001" }.joined(separator: "\n")
        #expect(try LogReader.read(try folder.write("u.csv", "step,episode,action,pnl\n" + turned + "\n")).logs[0].curve(.roundTrips).allSatisfy { $0.value == 0 })
    }

    /// More scalars than a curve holds: neighbours are averaged, and the first and last steps stay.
    @Test func longEventFiles() throws {
        let folder = try Scratch(), path = folder.path + "/events.out.tfevents.1.host.1.0", file = try EventFile(creating: path, wallTime: 1)
        for k in stride(from: 0, to: 20_000, by: 1_000) {
            for j in k..<k + 1_000 { try file.write([("train/entropy_loss", Float(-1.0986 + 0.00001 * Double(j)))], step: 512 * (j + 1), wallTime: 1) }
        }
        let log = try LogReader.read(path).logs[0], curve = log.curve(.entropy)
        #expect(curve.count <= 4_097 && curve.count > 2_000 && curve.last?.step == 512 * 20_000)
        // Eight to a point, at the last of their steps.
        #expect(curve.first?.step == 512 * 8 && abs((curve.first?.value ?? 0) - (1.0986 - 0.00001 * 3.5)) < 1e-6)
        #expect(abs((curve.first?.value ?? 0) - 1.0986) < 1e-3 && abs((curve.last?.value ?? 0) - (1.0986 - 0.2)) < 1e-3)
        #expect(log.remarks.contains { $0.contains("20,000 scalars") })
        // Cut inside a record: read as far as it goes, and said.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count - 7).write(to: URL(fileURLWithPath: path))
        #expect(try LogReader.read(path).logs[0].remarks.contains { $0.contains("ends inside a record") })
        // A damaged byte: named by its place.
        var broken = bytes
        broken[bytes.count / 2] ^= 0xFF
        try broken.write(to: URL(fileURLWithPath: path))
        let issues = try #require(throws: InputIssues.self) { _ = try LogReader.read(path) }
        #expect(issues.description.contains("is damaged"))
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String, text: String, part: String
        var testDescription: String { "\(name): \(part)" }
    }
    static let faults = [
        Fault(name: "progress.csv", text: "", part: "is empty"), Fault(name: "progress.csv", text: "time/total_timesteps,train/entropy_loss\n", part: "no rows"),
        Fault(name: "progress.csv", text: "time/total_timesteps,train/entropy_loss\n1,2,3\n4,5\n", part: "has 3 cells, expected 2"),
        Fault(name: "progress.csv", text: "time/total_timesteps,train/entropy_loss\n512,lots\n", part: "'lots' in column 'train/entropy_loss' is no number"),
        Fault(name: "monitor.csv", text: "#{\"t_start\": 1}\nr,l,t\n", part: "holds no episode"), Fault(name: "monitor.csv", text: "#{nonsense\nr,l,t\n1,2,3\n", part: "does not begin with"),
        Fault(name: "monitor.csv", text: "#{\"t_start\": 1}\nr,l,t\n1,2\n1,2,3\n", part: "has 2 cells, expected 3"),
        Fault(name: "events.out.tfevents.1", text: "this is no event file, whatever it is called\n", part: "is not a TensorBoard event file"),
        Fault(name: "t.csv", text: "step,action,pnl\n1,HOLD,abc\n", part: "'abc' in column 'pnl' is no finite number"), Fault(name: "t.csv", text: "step,action,pnl\n", part: "no steps"),
        Fault(name: "x.log", text: "epoch one went well\n", part: "--map"), Fault(name: "x.json", text: "{\"a\": 1}", part: "--map"), Fault(name: "x.csv", text: "time/total_timesteps,a\n1\u{0},2\n", part: "neither text nor"),
    ]

    @Test(arguments: faults) func faultsAreNamed(_ fault: Fault) throws {
        let folder = try Scratch(), path = try folder.write(fault.name, fault.text)
        let issues = try #require(throws: InputIssues.self) { _ = try LogReader.read(path) }
        #expect(issues.description.contains(fault.part), "\(issues)")
    }

    /// A last row that its writer was killed in is left out, and said.
    @Test func cutRows() throws {
        let folder = try Scratch()
        let log = try LogReader.read(try folder.write("progress.csv", "time/total_timesteps,train/entropy_loss,rollout/ep_rew_mean\n512,-1,2\n1024,-1,2\n15")).logs[0]
        #expect(log.remarks.contains { $0.contains("last row is cut") } && log.curve(.reward).count == 2)
    }

    /// train/* of a row is of the update before it, rollout/* of its own.
    @Test func progressDates() throws {
        let folder = try Scratch()
        let log = try LogReader.read(try folder.write("progress.csv", "time/total_timesteps,train/entropy_loss,rollout/ep_rew_mean\n512,,1\n1024,-1,2\n1536,-0.5,3\n")).logs[0]
        #expect(log.curve(.entropy).map(\.step) == [512, 1_024] && log.curve(.entropy).map(\.value) == [1, 0.5] && log.curve(.reward).map(\.step) == [512, 1_024, 1_536])
    }

    /// Counts of actions by instrument: shares of each, and of all together.
    @Test func monitorCounts() throws {
        let folder = try Scratch(), row = "1.5,10,\"{'A': {'buy': 2, 'hold': 6}, 'B': {'buy': 1, 'hold': 1}}\"\n"
        let log = try LogReader.read(try folder.write("monitor.csv", "#{\"t_start\": 1}\nr,l,actions\n" + row + row)).logs[0]
        #expect(log.actions == ["BUY", "HOLD"] && log.mixes.count == 2 && log.mixes.allSatisfy { abs($0.shares[0] - 0.3) < 1e-12 && $0.decisions == 10 })
        #expect(log.groups.map(\.name) == ["A", "B"] && zip(log.groups, [0.25, 0.5]).allSatisfy { pair in pair.0.mixes.allSatisfy { abs($0.shares[0] - pair.1) < 1e-12 } })
    }

    /// The mean of the seeds, at steps that all of them have.
    @Test func seedsAreMeans() throws {
        func log(_ hold: Double, _ count: Int) -> TrainingLog {
            var log = TrainingLog(source: "made", kind: .progress)
            (log.actions, log.hold) = (["HOLD", "LONG"], 0)
            log.mixes = (1...count).map { .init(step: Double(100 * $0), shares: [hold, 1 - hold], decisions: 50) }
            log.curves[.reward] = log.mixes.map { .init(step: $0.step, value: 10 * hold) }
            return log
        }
        let report = Postmortem.examine([log(0.2, 12), log(0.6, 14)], source: "both")
        #expect(report.seeds.count == 2 && report.log.mixes.count == 12 && report.log.mixes.allSatisfy { abs($0.shares[0] - 0.4) < 1e-12 && $0.decisions == 100 })
        #expect(report.log.curve(.reward).allSatisfy { abs($0.value - 4) < 1e-12 } && abs((report.finalMix.first?.share ?? 0) - 0.4) < 1e-12)
    }

    @Test func missing() throws {
        #expect(throws: InputMissing.self) { _ = try LogReader.read("/no/such/log.csv") }
        let folder = try Scratch()
        let missing = try #require(throws: InputMissing.self) { _ = try LogReader.read(folder.path) }
        #expect(missing.description.contains("holds no run and no log"))
    }

    // MARK: Maps

    static let map = """
        schema: 1
        name: bars
        format: lines
        unit: updates
        step:
          pattern: '^update (\\d+)'
        actions:
          - name: hold
            measure: percent
            pattern: 'HOLD=([\\d.]+)%'
          - name: buy
            measure: percent
            pattern: 'BUY=([\\d.]+)%'
        curves:
          - quantity: reward
            pattern: 'reward (-?[\\d.]+)'

        """

    @Test func aLineLog() throws {
        let folder = try Scratch(), map = try LogMap(file: "map.yaml", text: Self.map)
        let text = (1...40).map { "update \($0)\n  reward \(Double($0) / 10)\n  HOLD=\(min(95, 30 + 2 * $0))% BUY=\(max(5, 70 - 2 * $0))%\n" }.joined()
        let log = try LogReader.read(try folder.write("x.log", text), map: map).logs[0]
        #expect(log.mixes.count == 40 && log.actions == ["HOLD", "BUY"] && log.hold == 0 && log.stepUnit == "updates")
        #expect(abs(log.mixes[0].shares[0] - 0.32) < 1e-12 && log.curve(.reward).last?.value == 4)
        // Percentages that leave a rest.
        let rest = try LogReader.read(try folder.write("z.log", (1...6).map { "update \($0)\n HOLD=50% BUY=30%\n" }.joined()), map: map).logs[0]
        #expect(rest.actions == ["HOLD", "BUY", "OTHER"] && rest.mixes.allSatisfy { abs($0.shares[2] - 0.2) < 1e-12 })
        let issues = try #require(throws: InputIssues.self) { _ = try LogReader.read(try folder.write("y.log", "nothing here\n"), map: map) }
        #expect(issues.description.contains("holds no record"))
    }

    @Test func csvAndJSONLines() throws {
        let folder = try Scratch()
        let csv = try LogMap(file: "m", text: "schema: 1\nname: m\nformat: csv\nstep:\n  field: t\nactions:\n  - name: HOLD\n    measure: count\n    field: stay\n  - name: BUY\n    measure: count\n    field: go\n")
        let log = try LogReader.read(try folder.write("x.csv", "t;stay;go\n1;30;10\n2;10;30\n"), map: csv).logs[0]
        #expect(log.mixes.map { $0.shares[0] } == [0.75, 0.25] && log.mixes[0].decisions == 40)
        let json = try LogMap(file: "m", text: "schema: 1\nname: m\nformat: jsonl\nstep:\n  field: n\ncurves:\n  - quantity: round_trips\n    field: info.trades\n")
        let other = try LogReader.read(try folder.write("x.jsonl", "{\"n\": 1, \"info\": {\"trades\": 3}}\n{\"n\": 2, \"info\": {\"trades\": 4}}\n"), map: json).logs[0]
        #expect(other.curve(.roundTrips).map(\.value) == [3, 4])
    }

    @Test(arguments: [
        ("name: x", "lacks 'format'"), ("format: lines", "lacks 'name'"), ("step:\n  pattern: '('", "regular expression"), ("step:\n  pattern: 'abc'", "no group"), ("colour: red", "unknown key"),
    ]) func faultsOfMaps(_ line: String, _ part: String) throws {
        let text = line.hasPrefix("step") ? "schema: 1\nname: m\nformat: lines\n\(line)\n" : line.hasPrefix("colour") ? Self.map + line + "\n" : "schema: 1\n\(line)\n"
        let issues = try #require(throws: InputIssues.self) { _ = try LogMap(file: "map.yaml", text: text) }
        #expect(issues.description.contains(part), "\(issues)")
    }

    @Test func shippedMaps() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: packageRoot + "/maps").filter { $0.hasSuffix(".yaml") }
        #expect(names.count >= 2)
        for name in names { #expect(throws: Never.self) { _ = try LogMap(file: packageRoot + "/maps/" + name) } }
    }
}
