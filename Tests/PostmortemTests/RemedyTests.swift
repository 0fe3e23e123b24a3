import Foundation
import Postmortem
import Testing

/// A forecaster of known answers.
struct MadeForecaster: Postmortem.RunForecaster {
    var entropyCoefficient = 0.01, method = "made", assumption = ""
    /// HOLD's share by entropy coefficient and factors.
    var hold: @Sendable (Double, [String: Double]) -> Double?

    func mix(entropyCoefficient: Double, factors: [String: Double]) -> [(action: String, share: Double)]? {
        hold(entropyCoefficient, factors).map { [("HOLD", $0), ("LONG", 0.6 * (1 - $0)), ("SHORT", 0.4 * (1 - $0))] }
    }
}

@Suite struct RemedyTests {
    /// A run that holds 95% of the time, paid for it by 'patience' and 'calm'.
    static func log(hold: Double = 0.95) -> TrainingLog {
        var log = TrainingLog(source: "made", kind: .progress)
        (log.actions, log.hold, log.entropyCoefficient, log.terms) = (["HOLD", "LONG", "SHORT"], 0, 0.01, ["patience", "calm"])
        log.termIsConstant = [true, true]
        for k in 1...40 {
            log.mixes.append(.init(step: Double(1_000 * k), shares: [hold, (1 - hold) * 0.5, (1 - hold) * 0.5], decisions: 2_000))
            for (a, sums) in [[500.0, 100], [0, 0]].enumerated() { log.paid.append(.init(step: Double(1_000 * k), regime: "CALM", action: a, decisions: 1_000, sums: sums)) }
        }
        return log
    }

    static func examine(_ log: TrainingLog = log(), assumption: String = "", _ hold: @escaping @Sendable (Double, [String: Double]) -> Double?) -> PostmortemReport {
        Postmortem.examine(log, .init(forecaster: MadeForecaster(assumption: assumption, hold: hold)))
    }

    /// 3 x the coefficient is the first that keeps a mix (60%), 'patience' gone leaves 45%, both at a half 50%; 'calm' alone helps nothing. Ranked by how near HOLD comes to a half.
    @Test func ranked() throws {
        let report = Self.examine { c, factors in
            if factors.isEmpty { return c < 0.025 ? 0.94 : 0.6 }
            if factors == ["patience": 0] { return 0.45 }
            if factors == ["calm": 0] { return 0.93 }
            return factors["patience"] == factors["calm"] && (factors["calm"] ?? 1) <= 0.5 ? 0.5 : 0.9
        }
        #expect(report.remedies.map(\.title) == ["2 terms x 0.500", "without patience", "ent_coef 0.0300", "without calm", "as it was"])
        #expect(report.remedies[0].sentence.contains("'patience' and 'calm' at 50% of their weights, the smallest cut of those tried that keeps a mix"))
        #expect(report.remedies[2].sentence.contains("ent_coef 0.0300 (was 0.0100), the smallest of those tried that keeps a mix"))
        #expect(report.remedies[3].sentence.hasSuffix("It would not be enough.") && report.remedies[4].sentence.contains("what not to do"))
        #expect(report.remedies.map { (($0.forecast?.first?.share ?? 0) * 100).rounded() } == [50, 45, 60, 93, 94] && report.remedies.allSatisfy { $0.method == "made" })
        #expect(report.evidence.contains { $0.contains("forecast to end at 94.0% HOLD (made); this one ended at 95.0%.") } && !report.evidence.contains { $0.contains("disagree") })
    }

    /// A term that pays for what the market does is not dropped lightly: that remedy comes after those that keep it, with a warning, and before what does not help.
    @Test func marketPayIsKept() throws {
        var context = Postmortem.Context(
            forecaster: MadeForecaster { c, factors in factors == ["patience": 0] ? 0.5 : factors == ["calm": 0] ? 0.93 : factors.isEmpty && c < 0.025 ? 0.94 : 0.65 })
        context.kinds = ["patience": ["guaranteed", "uncertain"], "calm": ["guaranteed"]]
        let report = Postmortem.examine(Self.log(), context)
        #expect(Set(report.remedies.prefix(2).map(\.title)) == ["2 terms x 0.750", "ent_coef 0.0300"] && report.remedies.map(\.title).suffix(3) == ["without patience", "without calm", "as it was"])
        #expect(report.remedies[2].sentence.contains("But 'patience' pays by what the market does") && !report.remedies[3].sentence.contains("market"))
    }

    /// Where nothing helps, that is said of everything, the largest coefficient and the terms gone included.
    @Test func nothingHelps() throws {
        let report = Self.examine { _, _ in 0.96 }
        #expect(report.remedies.count == 5 && report.remedies.dropLast().allSatisfy { $0.sentence.hasSuffix("It would not be enough.") })
        #expect(report.remedies.contains { $0.title == "ent_coef 0.500" } && report.remedies.contains { $0.title == "without all 2" })
    }

    /// A forecast of the settings given that is far from what the log shows, and settings that were assumed, are said.
    @Test func disagreement() throws {
        let report = Self.examine(assumption: "Settings: assumed.") { _, _ in 0.4 }
        #expect(report.evidence.contains { $0.contains("They disagree by 55 points") && $0.contains("not those of this run") } && report.unknown.contains("Settings: assumed."))
        #expect(report.remedies.last?.sentence.contains("another seed") == true)
    }

    /// No answer: the mean field speaks, and says so. A run without collapse is not forecast at all.
    @Test func withoutAnswer() throws {
        let report = Self.examine(assumption: "Settings: assumed.") { _, _ in nil }
        #expect(!report.remedies.isEmpty && report.remedies.allSatisfy { $0.method != "made" } && !report.unknown.contains("Settings: assumed."))
        #expect(Self.examine(Self.log(hold: 0.5)) { _, _ in 0.5 }.remedies.isEmpty)
    }

    /// Always trading, and the ledger says for what: the charge is what trading was paid over HOLD; without a ledger it is in units of sigma_A, as a bound where the log no longer resolves HOLD.
    @Test func alwaysTrading() throws {
        var log = Self.log(hold: 0.0005)
        for k in log.paid.indices { log.paid[k].sums = log.paid[k].action == 0 ? [0, 0] : [40, 10] }
        let paid = Postmortem.examine(log)
        #expect(paid.collapse == .alwaysTrade && paid.remedies[0].sentence.contains("about 0.0500 a step") && paid.remedies[0].sentence.contains("'patience' and 'calm' pay trading"), "\(paid.remedies)")
        #expect(abs((paid.remedies[0].forecast?.first { $0.action == "HOLD" }?.share ?? 0) - 1.0 / 3) < 1e-12)
        (log.paid, log.terms) = ([], [])
        let unpaid = Postmortem.examine(log)
        #expect(unpaid.remedies[0].sentence.contains("pay HOLD, at least") && unpaid.remedies[0].sentence.contains("sigma_A"))
        log.algorithm = "dqn"
        #expect(!Postmortem.isOfPPO(log) && Postmortem.examine(log).implied.isEmpty)
        log.algorithm = nil
        #expect(Postmortem.isOfPPO(log))
    }

    /// x as logged, over at least five roll-outs, says more than what the mix needs; only before the collapse, and not of three. What holds nearly always is not freed by repaired settings.
    @Test func loggedX() throws {
        var log = Self.log()
        log.curves[.x] = (1...6).map { .init(step: Double(100 * $0), value: Double($0)) } + [.init(step: 30_000, value: 900)]
        let known = try #require(Postmortem.examine(log).hysteresis)
        #expect(known.x == 3.5 && !known.isLowerBound && known.resumedRepaired == true)
        log.curves[.x] = [.init(step: 100, value: 3)]
        #expect(try #require(Postmortem.examine(log).hysteresis).isLowerBound)
        let stuck = try #require(Postmortem.examine(Self.log(hold: 0.9995)).hysteresis)
        #expect(stuck.resumedRepaired == false && stuck.sentence.contains("Do not resume"))
    }

    /// Four points are no change-point, whatever they do.
    @Test func fourPoints() {
        #expect(OnsetFinder(steps: [1, 2, 3, 4], levels: [0, 0, 5, 5]).change() == nil)
    }

    /// Trading goes from 60% to 85% and then to 97%, or on to 99.98%: the onset is where it leaves 60%, however far the last step goes in logits.
    @Test func onsetBeforeTheLine() throws {
        let noise = [0.011, -0.018, 0.006, 0.015, -0.013, 0.004, -0.007]
        func share(_ k: Int, _ third: Double) -> Double {
            let level = k < 30 ? 0.6 : k < 60 ? 0.85 : third, size = k < 60 ? 1 : 0.01
            return min(0.9999, level + size * noise[k * k % 7])
        }
        for third in [0.97, 0.9998] {
            let rows = (0..<120).map { k -> String in
                let trade = share(k, third)
                return "\((k + 1) * 500),\(1 - trade),\(trade / 2),\(trade / 2)"
            }
            let report = Postmortem.examine(try LogReader.pasted("step,HOLD,LONG,SHORT\n" + rows.joined(separator: "\n")).logs[0]), onset = try #require(report.onset)
            #expect(report.collapse == .alwaysTrade && (14_500...16_500).contains(onset.step), "third level \(third): \(onset)")
            #expect(onset.step <= (report.collapsedFrom ?? 0) + 1_000)
        }
    }
}
