import Foundation
import Postmortem
import Testing

@Suite struct AlarmTests {
    /// A log of `count` updates in which HOLD goes from a third to `end` along a logistic about update `middle`, with a ripple of sampling size; x as given.
    static func log(_ count: Int, end: Double, middle: Double, x: Double? = nil) -> TrainingLog {
        var log = TrainingLog(source: "made", kind: .progress)
        (log.actions, log.hold) = (["HOLD", "LONG", "SHORT"], 0)
        for k in 1...count {
            let hold = 1.0 / 3 + (end - 1.0 / 3) / (1 + exp(-(Double(k) - middle) / (middle / 5))) + 0.006 * sin(2.3 * Double(k))
            log.mixes.append(.init(step: Double(4_096 * k), shares: [hold, (1 - hold) / 2, (1 - hold) / 2]))
            if let x { log.curves[.x, default: []].append(.init(step: Double(4_096 * k), value: x)) }
        }
        return log
    }

    @Test func soundsOnTheWay() throws {
        for x in [nil, 6.0] {
            let log = Self.log(60, end: 0.96, middle: 20, x: x), reading = try #require(CollapseAlarm.read(log)), step = try #require(reading.step)
            let complete = try #require(log.mixes.first { $0.shares[0] >= 0.8 }).step
            #expect(step < complete && reading.target == .hold && reading.readsX == (x != nil), "\(step) of \(complete)")
        }
    }

    @Test func isQuietOnSoundRuns() throws {
        for end in [1.0 / 3, 0.4, 0.25] {
            #expect(try #require(CollapseAlarm.read(Self.log(120, end: end, middle: 30))).step == nil, "end \(end)")
            #expect(try #require(CollapseAlarm.read(Self.log(120, end: end, middle: 30, x: 0.2))).step == nil, "end \(end) with x")
        }
    }

    /// What comes after an alarm does not change when it sounded, nor do other units of step.
    @Test func readsThePastAlone() throws {
        let whole = Self.log(60, end: 0.96, middle: 20, x: 6), step = try #require(CollapseAlarm.read(whole)?.step)
        var cut = whole
        cut.mixes.removeAll { $0.step > step }
        #expect(CollapseAlarm.read(cut)?.step == step)
        cut.mixes.removeLast()
        #expect(CollapseAlarm.read(cut)?.step == nil)
        var scaled = whole
        scaled.mixes = scaled.mixes.map { .init(step: $0.step / 64, shares: $0.shares) }
        scaled.curves[.x] = scaled.curve(.x).map { .init(step: $0.step / 64, value: $0.value) }
        #expect(CollapseAlarm.read(scaled)?.step == step / 64)
    }

    /// The shipped figures are of enough runs, and reach the goal that the documentation states: at least 20% lead at no more than 5% false alarms.
    @Test func shippedFigures() {
        for m in [CollapseAlarm.measuredWithX, CollapseAlarm.measuredMixAlone] {
            #expect(m.collapsed + m.sound >= 200 && m.medianLead >= 0.2 && m.falseAlarms <= 0.05 && m.foundBefore <= m.found)
        }
        #expect(CollapseAlarm.read(TrainingLog(source: "", kind: .progress)) == nil)
    }
}
