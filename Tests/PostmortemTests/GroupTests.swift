import Foundation
import Postmortem
import RunRecords
import Testing

@Suite struct GroupTests {
    /// Forty records of two regimes: CALM goes from 40% HOLD to `calm` at record 20, STORM from 40% to `storm` at record 30. Shares are averaged over three records, so a line is passed one later.
    static func log(calm: Double, storm: Double) -> TrainingLog {
        var log = TrainingLog(source: "made", kind: .progress)
        (log.actions, log.hold) = (["HOLD", "LONG", "SHORT"], 0)
        let noise = [0.006, -0.009, 0.003, 0.008, -0.007, 0.002, -0.004]
        func mix(_ k: Int, _ hold: Double) -> TrainingLog.Mix {
            let h = min(0.999, max(0.001, hold + (hold > 0.95 || hold < 0.05 ? 0.02 : 1) * noise[k * k % 7]))
            return .init(step: Double(1_000 * k), shares: [h, (1 - h) * 0.75, (1 - h) * 0.25], decisions: 2_000)
        }
        log.groups = [
            .init(name: "CALM", mixes: (1...40).map { mix($0, $0 < 20 ? 0.4 : calm) }), .init(name: "STORM", mixes: (1...40).map { mix($0, $0 < 30 ? 0.4 : storm) }),
        ]
        log.mixes = MixTableReader.pooled(log.groups)
        return log
    }

    /// One regime holds, the whole does not: the verdict names it, since when is told, and the other's class is its own.
    @Test func oneRegimeAlone() throws {
        let report = Postmortem.examine(Self.log(calm: 0.97, storm: 0.4))
        #expect(report.collapse == .mixed && report.verdict.hasSuffix("CALM by itself holds on 97.0%."), "\(report.verdict)")
        #expect(report.groups.map(\.collapse) == [.holdCollapse, .mixed] && report.groups.map(\.since) == [21_000, nil])
        #expect(abs(report.groups[0].mix[0].share - 0.97) < 0.002 && abs(report.groups[1].mix[0].share - 0.4) < 0.01)
        let groups = try #require(report.json.object?["groups"]?.list)
        #expect(groups.count == 2 && groups[0].object?["regime"]?.text == "CALM" && groups[0].object?["class"]?.text == "hold_collapse" && groups[0].object?["collapsed_from"]?.number == 21_000)
        #expect(groups[1].object?["collapsed_from"] == .null && groups[1].object?["collapsed_from_reason"]?.text == "no collapse")
    }

    /// A regime that always trades, and one that buys alone.
    @Test func otherClasses() {
        let trades = Postmortem.examine(Self.log(calm: 0.02, storm: 0.6))
        #expect(trades.groups.map(\.collapse) == [.alwaysTrade, .mixed] && trades.groups[0].since == 21_000 && trades.verdict.contains("CALM by itself always trades (HOLD 2.0%)"), "\(trades.verdict)")
        var sided = Self.log(calm: 0.4, storm: 0.6)
        for k in 24..<40 { sided.groups[0].mixes[k].shares = [0.08, 0.9, 0.02] }
        sided.mixes = MixTableReader.pooled(sided.groups)
        let report = Postmortem.examine(sided)
        #expect(report.groups[0].collapse == .oneSided && report.groups[0].since == 26_000 && report.verdict.contains("CALM by itself is one-sided (LONG 90.0%)"), "\(report.verdict)")
    }

    /// All collapse: which went first, and which last.
    @Test func theFirstToGo() {
        let report = Postmortem.examine(Self.log(calm: 0.96, storm: 0.98))
        #expect(report.collapse == .holdCollapse && !report.verdict.contains("by itself"))
        #expect(report.evidence.contains("CALM was the first regime to go, at step 21,000, and STORM the last, at step 31,000."), "\(report.evidence)")
        var single = Self.log(calm: 0.96, storm: 0.98)
        single.groups = []
        #expect(Postmortem.examine(single).groups.isEmpty)
    }
}
