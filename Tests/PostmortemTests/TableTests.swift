import ComponentKit
import Foundation
import Postmortem
import TestSupport
import Testing

func examine(_ text: String, entropy: Double? = nil) throws -> PostmortemReport {
    Postmortem.examine(try LogReader.pasted(text).logs, source: "pasted", .init(entropyCoefficient: entropy))
}

/// The scalping audit's table, as Markdown and as CSV.
enum ScalpingTable {
    static let markdown = """
        ### **Diagnostics Trend (from training log)**

        | Step | HOLD % | BUY_CALL % | BUY_PUT % | Strong-Setup BUY Rate | Status |
        |------|--------|------------|-----------|----------------------|--------|
        | **5,000** | 55.8% | 20.7% | 23.4% | 45.9% | (partial) Early warning |
        | **10,000** | 76.0% | 11.5% | 12.5% | 24.4% | Collapsing |
        | **15,000** | 84.1% | 7.7% | 8.3% | 16.3% | **CRITICAL** |
        | **85,000** | 87.2% | 6.4% | 6.3% | 14.5% | **FAILED** |

        ### **Root Causes (Hypothesis)**
        """
    static let csv = "step,HOLD,BUY_CALL,BUY_PUT,strong_setup_buy_rate\n5000,55.8,20.7,23.4,45.9\n10000,76.0,11.5,12.5,24.4\n15000,84.1,7.7,8.3,16.3\n85000,87.2,6.4,6.3,14.5\n"
    static let mixed = "step,HOLD,BUY_CALL,BUY_PUT,strong_setup_buy_rate\n5000,.558,.207,.234,45.9\n10000,.76,.115,.125,24.4\n15000,.841,.077,.083,16.3\n85000,.872,.064,.063,14.5\n"
    static let fractions = "step,HOLD,BUY_CALL,BUY_PUT,strong_setup_buy_rate\n5000,.558,.207,.234,.459\n10000,.76,.115,.125,.244\n15000,.841,.077,.083,.163\n85000,.872,.064,.063,.145\n"
}

@Suite struct TableTests {
    /// REWARD-ANALYSIS E.6, the SPY log backwards: gaps .019 / .037 / .047 / .052 sigma_A at ent_coef .02, lifts 1.04 / 1.02 / 1.02 / 1.14.
    @Test(arguments: [ScalpingTable.markdown, ScalpingTable.csv, ScalpingTable.fractions, ScalpingTable.mixed])
    func theScalpingCase(text: String) throws {
        let report = try examine(text, entropy: 0.02)
        #expect(report.collapse == .holdCollapse && report.course == .collapsed)
        #expect(report.implied.map { (($0.gap ?? 0) * 1_000).rounded() } == [19, 37, 47, 52])
        #expect(report.implied.map { (($0.lift ?? 0) * 100).rounded() } == [104, 102, 102, 114])
        #expect(report.implied.map { ($0.logOdds * 100).rounded() } == [93, 185, 235, 262])
        // Four records: no change-point, the relaxation instead.
        let onset = try #require(report.onset)
        #expect(onset.method == .relaxation && onset.step > 5_000 && onset.step < 8_000 && onset.interval95.low < 3_000 && onset.interval95.high < 15_000)
        #expect(report.evidence.contains { $0.contains("too few for a change-point") && $0.contains("90% of the final log-odds are there at step 15,000") })
        #expect(report.collapsedFrom == 15_000)
        // The fold: x stands at .94 from 84.1% to 87.2%.
        let hysteresis = try #require(report.hysteresis)
        #expect(report.implied[2].x > 0.93 && report.implied[3].x > 0.93 && hysteresis.isLowerBound && hysteresis.freshUnchanged == false && hysteresis.resumedUnchanged == false)
        // Student's t with two degrees of freedom: 3.3 standard errors are 96%, not the normal's 99.95%.
        #expect(abs((report.confidence ?? 0) - 0.96) < 0.01)
        #expect(hysteresis.resumedRepaired == true && hysteresis.sentence.contains("can still free it"))
        // Trained on it stays at what the relaxation approaches, e^2.69 to 2 others.
        let stays = try #require(report.remedies.last?.forecast?.first { $0.action == "HOLD" }).share
        #expect(abs(stays - 0.88) < 0.005, "\(stays)")
        let first = try #require(report.remedies.first), mix = try #require(first.forecast)
        #expect(first.sentence.contains("ent_coef") && abs((mix.first { $0.action == "HOLD" }?.share ?? 0) - 0.5) < 1e-9 && abs(mix.reduce(0) { $0 + $1.share } - 1) < 1e-9)
        #expect(report.remedies.contains { $0.sentence.contains("observation") && $0.forecast == nil && !$0.reason.isEmpty })
        // Nothing is said of causes, and that is said.
        #expect(report.causes.isEmpty && report.unknown.contains { $0.contains("--reward") })
        #expect(report.unknown.contains { $0.contains("in a trade") })
    }

    @Test func withoutTheCoefficientNoGap() throws {
        let report = try examine(ScalpingTable.csv)
        #expect(report.implied.count == 4 && report.implied.allSatisfy { $0.gap == nil } && report.impliedReason.contains("--ent-coef"))
        let json = report.json
        #expect(json["implied_gap"]?.list?.first?["gap"] == .null && json["implied_gap"]?.list?.first?["gap_reason"]?.text?.contains("--ent-coef") == true)
        #expect(json["class"]?.text == "hold_collapse" && json["onset"]?["interval95"]?.list?.count == 2 && json["remedies"]?.list?.first?["forecast"]?["HOLD"]?.number != nil)
    }

    /// Always BUY without a completed trade is a collapse, however many round trips the engine could have counted.
    @Test func alwaysBuying() throws {
        let rows = (1...20).map { "\($0 * 1_000),0.31,0.69,0,0" }.joined(separator: "\n")
        let report = try examine("step,HOLD,BUY,SELL,round_trips\n\(rows)\n")
        #expect(report.collapse == .oneSided && report.verdict.contains("no round trip is completed"))
        let trading = try examine("step,HOLD,BUY,SELL,round_trips\n" + (1...20).map { "\($0 * 1_000),0.31,0.35,0.34,9" }.joined(separator: "\n"))
        #expect(trading.collapse == .mixed)
        let long = try examine("step,HOLD,LONG,SHORT\n" + (1...20).map { "\($0 * 1_000),0.02,0.97,0.01" }.joined(separator: "\n"))
        #expect(long.collapse == .oneSided && long.course == .fromStart)
        let both = try examine("step,HOLD,LONG,SHORT\n" + (1...20).map { "\($0 * 1_000),0.0,0.519,0.481" }.joined(separator: "\n"))
        #expect(both.collapse == .alwaysTrade)
    }

    /// Chosen and executed apart: an engine that refuses SELL makes HOLDs that the policy never chose.
    @Test func chosenAndExecuted() throws {
        let report = try examine("step,HOLD,BUY,SELL,executed_HOLD,executed_BUY,executed_SELL\n" + (1...12).map { "\($0 * 1_000),0.3,0.2,0.5,0.85,0.1,0.05" }.joined(separator: "\n"))
        #expect(report.collapse == .mixed)
        #expect(report.evidence.contains { $0.contains("Chosen and executed actions differ") && $0.contains("HOLD 85.0%") })
        #expect(report.evidence.contains { $0.contains("what rewrites actions to HOLD") })
    }

    /// A step from 35% to 92% HOLD at record 30 of 80, with noise: found within its interval, which is narrow.
    @Test func aChangePoint() throws {
        let noise = [0.013, -0.021, 0.008, 0.017, -0.012, 0.004, -0.009]
        let rows = (0..<80).map { k -> String in
            let hold = (k < 30 ? 0.35 : 0.92) + noise[k * k % 7] * (k < 30 ? 1 : 0.5)
            return "\((k + 1) * 500),\(hold),\((1 - hold) / 2),\((1 - hold) / 2)"
        }
        let report = try examine("step,HOLD,LONG,SHORT\n" + rows.joined(separator: "\n"), entropy: 0.01), onset = try #require(report.onset)
        #expect(report.collapse == .holdCollapse && onset.method == .changePoint)
        #expect(onset.interval95.low <= 15_500 && 15_500 <= onset.interval95.high && onset.interval95.high - onset.interval95.low <= 2_000, "\(onset)")
        #expect(report.implied.count == 12)
        // The other way round it is a collapse that came and went.
        let back = rows.enumerated().map { k, row in k < 60 ? row : "\((k + 1) * 500),0.35,0.33,0.32" }
        let recovered = try examine("step,HOLD,LONG,SHORT\n" + back.joined(separator: "\n"))
        #expect(recovered.collapse == .mixed && recovered.course == .recovered && recovered.onset == nil)
    }

    /// A row a regime, with its decisions: the whole is their weighted mean, 300 of 400 and 10 of 100.
    @Test func regimesArePooled() throws {
        let text = "step,regime,decisions,HOLD,LONG\n" + (1...3).map { "\($0 * 100),CALM,400,0.75,0.25\n\($0 * 100),CRISIS,100,0.1,0.9\n" }.joined()
        let log = try LogReader.pasted(text).logs[0]
        #expect(log.groups.map(\.name) == ["CALM", "CRISIS"] && log.mixes.count == 3 && log.mixes.allSatisfy { abs($0.shares[0] - 0.62) < 1e-12 && $0.decisions == 500 })
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var text: String, part: String
        var testDescription: String { part }
    }

    static let broken = [
        Broken(text: "", part: "is empty"), Broken(text: "hello\nworld\n", part: "holds no table of mixes"), Broken(text: "step,HOLD,LONG\n", part: "no rows"),
        Broken(text: "step,HOLD,LONG\n1000,abc,0.5\n", part: "'abc' in column 'HOLD' is no number"), Broken(text: "step,HOLD,LONG\n1000,80,60\n", part: "sum to 140"),
        Broken(text: "step,HOLD,LONG\n2000,.5,.5\n1000,.5,.5\n", part: "step 1,000 comes after step 2,000"), Broken(text: "step,HOLD,LONG\n1000,0,0\n", part: "no action has any share"),
    ]

    @Test(arguments: broken) func faultsAreNamed(_ broken: Broken) throws {
        let issues = try #require(throws: InputIssues.self) { _ = try LogReader.pasted(broken.text) }
        #expect(issues.description.contains(broken.part), "\(issues)")
    }
}
