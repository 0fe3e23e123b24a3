import ComponentKit
import Foundation
import RunRecords
import TestSupport
import Testing

/// Logs as a reader meets them: whole, in the middle of a row, damaged.
@Suite struct LoggedTableTests {
    @Test func reads() throws {
        let folder = try Workspace()
        let path = try folder.write("mix.csv", "step,regime,sampled_HOLD,sampled_\"\"\n1,\"a,\"\"b\"\"\",0.5,\n2,c,nan,0.25\n3,d,0.")
        let table = try LoggedTable(file: path)
        #expect(table.rows == [["1", "a,\"b\"", "0.5", ""], ["2", "c", "nan", "0.25"]])
        #expect(try table.numbers("step") == [1, 2] && table.numbers("sampled_\"\"") == [nil, 0.25])
        #expect(try table.numbers("sampled_HOLD")?[1]?.isNaN == true && table.numbers("nothing") == nil)
        #expect(table.names(after: "sampled_") == ["HOLD", "\"\""])
    }

    @Test func saysWhatIsDamaged() throws {
        let folder = try Workspace()
        func issue(_ text: String, _ column: String = "a") throws -> InputIssue? {
            let path = try folder.write("log.csv", text)
            do { _ = try LoggedTable(file: path).numbers(column) } catch let issues as InputIssues { return issues.issues.first }
            return nil
        }
        let short = try issue("a,b\n1,2\n3\n")
        #expect(short?.line == 3 && short?.message == "has 1 cells, expected 2 as in the header")
        #expect(try issue("")?.message == "has no header")
        let word = try issue("a,b\n1,2\nx,4\n")
        #expect(word?.line == 3 && word?.message == "'x' in column 'a' is no number")
        #expect(try issue("a,b\n1,2\n", "b") == nil)
        #expect(throws: InputMissing.self) { try LoggedTable(file: folder.path + "/none.csv") }
    }

    /// Commands are added one after the other, begun anew with the first, and a damaged list counts as none.
    @Test func commands() throws {
        let folder = try Workspace(), run = RunFolder(path: folder.path)
        #expect(run.commandLines == [])
        try run.record(command: "assay train 'a\nb.yaml'", isFirst: true)
        try run.record(command: "assay train --resume x", isFirst: false)
        #expect(run.commandLines == ["assay train 'a\nb.yaml'", "assay train --resume x"])
        try run.record(command: "again", isFirst: true)
        #expect(run.commandLines == ["again"])
        try folder.write("commands.json", "[\"")
        #expect(run.commandLines == [])
    }
}
