import ComponentKit
import Foundation
import RewardParity
import Rewards
import TestSupport
import Testing

/// Somebody's own implementation against ours, on transitions worked by hand.
@Suite struct ImplementationComparisonTests {
    let folder: Workspace
    let terms = "- {id: base, weight: 100, value: direction * next_return}\n- {id: hold, weight: 0.5, when: action == HOLD and regime == CRISIS}"
    let header = "action,regime,direction,next_return"
    let steps = ["HOLD,CRISIS,0,0.01", "LONG,LOW_VOL,1,0.02", "SHORT,CRISIS,-1,0.03", "HOLD,TRENDING,0,-0.01"]

    init() throws { folder = try Workspace() }

    func compare(_ terms: String? = nil, header: String, _ rows: [String], tolerance: Double = 1e-6) throws -> ImplementationComparison {
        let file = try folder.write("t.csv", ([header] + rows).joined(separator: "\n") + "\n")
        return try ImplementationComparison(reward(terms ?? self.terms), scope: spotScope, against: file, tolerance: tolerance)
    }

    func compare(pay: [String], columns: String = "base,hold,reward") throws -> ImplementationComparison {
        try compare(header: header + "," + columns, zip(steps, pay).map { $0 + "," + $1 })
    }

    @Test func equalPayIsEqual() throws {
        let found = try compare(pay: ["0,0.5,0.5", "2,0,2", "-3,0,-3", "-0.0,0,0"])
        #expect(found.isEqual && found.rows == 4 && found.missingTerms.isEmpty && found.columns.map(\.id) == ["base", "hold", nil])
    }

    /// Codes for names, quoted cells, semicolons, a byte-order mark, Windows line ends, blank last lines, columns of no interest.
    @Test func filesAsTheWorldWritesThem() throws {
        let text = "\u{FEFF}note;action;regime;direction;next_return;base;hold;reward\r\n\"a;\"\"b\"\"\";0;CRISIS;0;0.01;0;5e-1;0.5\r\n\"two\nlines\";1;0;1.0;2e-2;2;0;2\r\nx;HOLD;TRENDING;0;-0.01;0;1;0\r\n\r\n"
        let file = try folder.write("t.csv", text)
        let found = try ImplementationComparison(reward(terms), scope: spotScope, against: file)
        // The last row is wrong: HOLD in TRENDING pays nothing.
        #expect(found.columns.map(\.differingRows) == [0, 1, 0])
        #expect(found.columns[1].first?.line == 5 && found.columns[1].first?.row == 2)
    }

    @Test func theFirstDifferenceIsShown() throws {
        let found = try compare(pay: ["0,0.5,0.5", "2.1,0,2", "-3,0.5,-3", "-0.3,0,0"])
        #expect(!found.isEqual)
        let base = found.columns[0], first = try #require(base.first)
        #expect(base.differingRows == 2 && abs(base.largest - 0.3) < 1e-12)
        #expect(first.row == 1 && first.line == 3 && first.ours == 2 && first.theirs == 2.1)
        #expect(first.readings.map(\.name) == ["direction", "next_return"] && first.readings.map(\.text) == ["1", "0.02"])
        #expect(found.columns[1].hint == "where they differ, ours pays nothing")
        #expect(found.columns[2].differingRows == 0)
    }

    struct Hint: Sendable, CustomTestStringConvertible {
        let pay: [String], text: String
        var testDescription: String { text }
    }

    @Test(arguments: [
        Hint(pay: ["0", "0.02", "-0.03", "0"], text: "theirs is the unweighted value"),
        Hint(pay: ["0", "-2", "3", "0"], text: "opposite sign"),
        Hint(pay: ["2", "-3", "0", "0"], text: "one row early"),
        Hint(pay: ["0", "0", "2", "-3"], text: "one row late"),
        Hint(pay: ["0", "1", "-1.5", "0"], text: "theirs is ours times 0.5"),
        Hint(pay: ["0", "2", "0", "0"], text: "theirs pays nothing"),
    ]) func simpleCausesAreNamed(_ hint: Hint) throws {
        let found = try compare(pay: hint.pay, columns: "base")
        #expect(found.columns[0].hint?.contains(hint.text) == true, "\(found.columns[0].hint ?? "no hint")")
        #expect(found.missingTerms == ["hold"])
    }

    /// A single-precision implementation agrees; one that is off by a thousandth does not.
    @Test func toleranceIsRelative() throws {
        let single = try compare(pay: ["0", "\(Float(2) * (1 + 2e-7))", "\(Float(-3))", "0"], columns: "base")
        #expect(single.isEqual)
        #expect(try !compare(pay: ["0", "2.002", "-3", "0"], columns: "base").isEqual)
    }

    @Test func everythingMissingIsListed() throws {
        let issues = try #require(throws: InputIssues.self) { try compare(header: "actoin,regime,next_return,step", ["HOLD,CRISIS,0.1,1"]) }
        #expect(issues.errors.count == 3, "\(issues.description)")
        for text in ["the column 'action' is missing; hold reads it", "did you mean the column 'actoin'?", "the column 'direction' is missing; base reads it", "nothing to compare", "base, hold"] {
            #expect(issues.description.contains(text), "\(issues.description)")
        }
    }

    @Test func unreadableCellsAreListed() throws {
        let issues = try #require(throws: InputIssues.self) {
            try compare(header: header + ",base,reward", ["BUY,CRISIS,0,0.01,0,0.5", "LONG,STORM,1,x,2,", "SHORT,CRISIS,-1,nan,nan,0"])
        }
        for text in ["t.csv:2:1", "'action' is 'BUY', not one of HOLD, LONG, SHORT", "'regime' is 'STORM', not one of LOW_VOL", "'next_return' is 'x', not a number", "'reward' is empty, not a finite number", "'base' is 'nan', not a finite number"] {
            #expect(issues.description.contains(text), "\(issues.description)")
        }
        let ragged = try #require(throws: InputIssues.self) { try compare(header: header + ",base", ["HOLD,CRISIS,0,0.01", "HOLD,CRISIS,0,0.01,0,9"]) }
        #expect(ragged.errors.count == 2 && ragged.description.contains("has 4 cells, the header 5") && ragged.description.contains("has 6 cells"))
        let empty = try #require(throws: InputIssues.self) { try compare(header: "", []) }
        #expect(empty.description.contains("is empty"))
    }

    /// A memory starts anew where `episode` changes: without the column the second episode differs.
    @Test func episodesRestartTheMemory() throws {
        let dsr = "- {id: dsr, weight: 1, term: differential_sharpe, parameters: {rate: 0.5}}"
        // By hand, rate 1/2: after r = .02 A = .01, B = .0002; then r = .01 pays (B (r - A) - A (r^2 - B) / 2) / (B - A^2)^1.5 = (0 + .01 * .0001 / 2) / .0001^1.5 = .5.
        let rows = ["0,1,0.02,0,0", "0,1,0.01,0,0.5", "1,1,0.02,0,0", "1,1,0.01,0,0.5"]
        #expect(try compare(dsr, header: "episode,direction,next_return,cost,dsr", rows).isEqual)
        let whole = try compare(dsr, header: "direction,next_return,cost,dsr", rows.map { String($0.dropFirst(2)) })
        #expect(whole.columns[0].first?.row == 2)
    }

    /// gamma phi(next) - phi(now), and -phi(now) where the task ended.
    @Test func potentialsReadTheNextState() throws {
        let shape = "- {id: shape, weight: 2, term: potential, parameters: {phi: position}}"
        let rows = ["0,1,0,1.8", "1,-1,0,-3.8", "-1,1,1,2"]
        #expect(try compare(shape, header: "position,next_position,terminated,shape", rows).isEqual)
        let issues = try #require(throws: InputIssues.self) { try compare(shape, header: "position,shape", ["0,1"]) }
        #expect(issues.description.contains("'next_position' is missing; shape reads it: the value of 'position' after the step"))
    }

    /// A term with the name of something that is read has its pay under `reward.ID`.
    @Test func namesakesAreKeptApart() throws {
        let namesake = "- {id: close, weight: 2, value: close}"
        #expect(try compare(namesake, header: "close,reward.close", ["3,6", "4,8"]).isEqual)
        let issues = try #require(throws: InputIssues.self) { try compare(namesake, header: "close", ["3"]) }
        #expect(issues.description.contains("reward.close"))
        // Nor is the column of regimes the pay of a term that is called so and reads none.
        let regime = "- {id: regime, weight: 2, value: close}"
        #expect(try compare(regime, header: "regime,close,reward.regime", ["CRISIS,3,6"]).isEqual)
        let other = try #require(throws: InputIssues.self) { try compare(regime, header: "regime,close", ["CRISIS,3"]) }
        #expect(other.description.contains("nothing to compare") && other.description.contains("reward.regime"))
    }
}
