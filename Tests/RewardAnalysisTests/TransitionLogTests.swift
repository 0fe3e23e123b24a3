import ComponentKit
import RewardAnalysis
import Testing

/// Reading and judging of transition logs, without the command line.
@Suite struct TransitionLogTests {
    private func report(_ text: String, replicates: Int = 2_000) throws -> ExpectedValueReport {
        analyseTransitions(try TransitionLog(file: "dir/log.csv", text: text), ExpectedValueSettings(replicates: replicates, threads: 2), command: "assay")
    }

    /// Known names come first and in the product's order, others as they appear; `episode` and `step` are no terms.
    @Test func namesAndOrder() throws {
        let log = try TransitionLog(
            file: "l", text: "step,action,regime,pay,episode\n0,WAIT,odd,1,0\n1,SHORT,CRISIS,1,0\n2,HOLD,LOW_VOL,1,0\n3,LONG,other,1,0\n")
        #expect(log.regimeNames == ["LOW_VOL", "CRISIS", "odd", "other"])
        #expect(log.actionNames == ["HOLD", "LONG", "SHORT", "WAIT"])
        #expect(log.termNames == ["pay"])
    }

    /// Two cells by hand: HOLD in R pays 1 and 3 (mean 2), LONG pays .5 twice.
    @Test func cellsByHand() throws {
        let value = try report("regime,action,a,b\nR,HOLD,1,0\nR,LONG,0.25,0.25\nR,HOLD,3,0\nR,LONG,0.25,0.25\n").rewards[0]
        #expect(value.name == "log.csv")
        let hold = value.regimes[0].actions[0], long = value.regimes[0].actions[1]
        #expect(hold.expected == 2 && hold.guaranteed == 0 && hold.uncertain == 2)
        #expect(long.expected == 0.5 && long.guaranteed == 0.5 && long.uncertain == 0)
        #expect(long.interval95 == Interval(0.5, 0.5))
        #expect(value.regimes[0].guaranteePremium == -0.5)
        #expect(value.regimes[0].contrasts[0].name == "LONG-HOLD")
        #expect(value.regimes[0].contrasts[0].estimate == -1.5)
        // a varies under HOLD and is constant under LONG; b is constant in both.
        #expect(value.terms.map(\.provenance) == [["guaranteed", "uncertain"], ["guaranteed"]])
    }

    /// A cell that nobody visited has no mean, no contrast, and no place in the verdict.
    @Test func cellsNeverVisited() throws {
        let value = try report("regime,action,a\n" + (0..<100).map { $0 < 50 ? "A,HOLD,\($0 % 3)\n" : "B,LONG,\($0 % 5)\n" }.joined()).rewards[0]
        let a = value.regimes[0]
        #expect(a.actions[1].expected.isNaN)
        #expect(a.contrasts.isEmpty)
        #expect(a.sentence.contains("never taken here: LONG"))
    }

    /// What does not depend on the order of terms or on scale: doubling every pay doubles every mean and interval, and leaves the verdict.
    @Test func scalesWithThePay() throws {
        func text(_ scale: Double) -> String {
            "regime,action,a,b\n" + (0..<600).map { i in "\(i / 30 % 2 == 0 ? "A" : "B"),\(["HOLD", "LONG", "SHORT"][i * 7 % 3]),\(scale * Double(i * 37 % 11) / 8),\(scale * 0.5)\n" }.joined()
        }
        let one = try report(text(1)).rewards[0], two = try report(text(2)).rewards[0]
        #expect(one.verdictClass == two.verdictClass)
        for (r, s) in zip(one.regimes, two.regimes) {
            for (x, y) in zip(r.actions, s.actions) {
                #expect(2 * x.expected == y.expected)
                #expect(2 * x.interval95.low == y.interval95.low && 2 * x.interval95.high == y.interval95.high)
            }
        }
    }

    /// Bands that hold for all contrasts at once are at least as wide as each interval by itself.
    @Test func simultaneousBandsAreWider() throws {
        let text = "regime,action,a\n" + (0..<3_000).map { i in "\(i / 50 % 2 == 0 ? "A" : "B"),\(["HOLD", "LONG", "SHORT"][i * 31 % 7 % 3]),\(Double(i * 7_919 % 1_009) / 512)\n" }.joined()
        let value = try report(text).rewards[0]
        for contrast in value.regimes.flatMap(\.contrasts) {
            #expect(contrast.simultaneous95.high - contrast.simultaneous95.low > contrast.interval95.high - contrast.interval95.low, "\(contrast.name)")
        }
    }

    @Test func faultsTellTheLine() {
        let error = #expect(throws: InputIssues.self) { try TransitionLog(file: "l", text: "regime,action,a\nR,HOLD,1\n\nR,\"A\nB\",x\nR,HOLD,y\n") }
        #expect(error?.issues.map(\.line) == [4, 6])
    }

    @Test func longLogs() throws {
        var text = "regime,action,a\n"
        for i in 0..<50_000 { text += i % 3 == 0 ? "A,HOLD,1\n" : "A,LONG,\(i % 5)\n" }
        let names = try TransitionLog(file: "l", text: text).actionNames
        #expect(names == ["HOLD", "LONG"])
    }
}
