import ComponentKit
import Foundation
import RunRecords
import TestSupport
import Testing

@Suite struct ProgressLogTests {
    /// `sb3-progress.csv` was written by Stable-Baselines3's own writer; the order of its columns is taken from it.
    @Test(.tags(.parity)) func writesTheBytesOfStableBaselines() throws {
        let folder = try Scratch()
        let expected = fixtureBytes("sb3-progress.csv")
        let order = String(decoding: expected, as: UTF8.self).prefix { $0 != "\n" }.split(separator: ",").map(String.init)
        let log = try ProgressLog(creating: folder("progress.csv"))
        #expect(try folder.text("progress.csv").isEmpty)
        for dump in RecordsFixture.shared.progress {
            let values = dump.map { entry -> (key: String, value: LogValue) in
                let value: LogValue =
                    switch entry[1] {
                    case "integer": .integer(Int(entry[2])!)
                    case "single": .single(Float(entry[2])!)
                    case "text": .text(entry[2])
                    default: .number(Double(entry[2])!)
                    }
                return (entry[0], value)
            }
            try log.write(values.sorted { order.firstIndex(of: $0.key)! < order.firstIndex(of: $1.key)! })
        }
        #expect(try folder.bytes("progress.csv") == expected)
        #expect(log.columns == order)
        #expect(log.rows == 4)
    }

    static func dump(_ k: Int) -> [(key: String, value: LogValue)] {
        var values: [(key: String, value: LogValue)] = [("time/iterations", .integer(k)), ("time/total_timesteps", .integer(512 * k))]
        if k > 1 { values += [("train/approx_kl", .number(1 / Double(k))), ("note, \"quoted\"", .text("a,\n\"b\" \(k)"))] }
        if k == 4 { values += [("late", .number(.nan)), ("never", .missing)] }
        return values
    }

    /// Killed anywhere (any number of rows more, half a row at the end), resumed from any row: the same bytes.
    @Test(arguments: 0...6) func resumesToTheSameBytes(from row: Int) throws {
        let folder = try Scratch()
        let whole = try ProgressLog(creating: folder("whole.csv"))
        var states: [[UInt8]] = [try folder.bytes("whole.csv")]
        for k in 1...6 {
            try whole.write(Self.dump(k))
            states.append(try folder.bytes("whole.csv"))
        }
        for killed in row...6 {
            for half in ["", "7,35", "7,3584,0.1,\"half a"] {
                try Data(states[killed] + half.utf8).write(to: URL(fileURLWithPath: folder("cut.csv")))
                let log = try ProgressLog(resuming: folder("cut.csv"), rows: row)
                #expect(try folder.bytes("cut.csv") == states[row], "killed after row \(killed)")
                #expect(log.rows == row)
                for k in row + 1..<7 { try log.write(Self.dump(k)) }
                #expect(try folder.bytes("cut.csv") == states[6])
                try log.synchronize()
            }
        }
        #expect(folder.names == ["cut.csv", "whole.csv"])
    }

    @Test func columnsKeepTheOrderOfTheirFirstComing() throws {
        let folder = try Scratch()
        let log = try ProgressLog(creating: folder("p.csv"))
        try log.write([("b", 1), ("a", 2.5)])
        try log.write([("c", .single(0.1)), ("a", 1e-5), ("d", .missing)])
        try log.write([("0", "x"), ("b", .number(-.infinity))])
        #expect(try folder.text("p.csv") == "b,a,c,0\n1,2.5,,\n,1e-05,0.1,\n-inf,,,\"x\"\n")
    }

    @Test func aRowTooFewIsAnError() throws {
        let folder = try Scratch()
        try folder.write("p.csv", "a\n1\n2\n3")
        let found = issue { _ = try ProgressLog(resuming: folder("p.csv"), rows: 3) }
        #expect(found?.message == "holds 2 rows, but the checkpoint was written after row 3")
        #expect(found?.file == folder("p.csv"))
        #expect(issue { _ = try ProgressLog(resuming: folder("gone.csv"), rows: 1) }?.code == "missing")
        _ = try ProgressLog(resuming: folder("gone.csv"), rows: 0)
        #expect(folder.names == ["gone.csv", "p.csv"])
    }

    @Test func aFolderThatWentAwayIsAnError() throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(atPath: folder("run"), withIntermediateDirectories: true)
        let log = try ProgressLog(creating: folder("run/p.csv"))
        try log.write([("a", 1)])
        try FileManager.default.removeItem(atPath: folder("run"))
        #expect(issue { try log.write([("a", 1), ("b", 2)]) }?.code == "missing")
        #expect(issue { _ = try ProgressLog(creating: folder("run/p.csv")) }?.message == "cannot be written: no such file or directory")
        #expect(log.columns == ["a"] && log.rows == 1)
    }
}

@Suite struct TableLogTests {
    static let columns = ["step", "regime", "HOLD"]

    @Test func writesAndResumes() throws {
        let folder = try Scratch()
        let log = try TableLog(creating: folder("mix.csv"), columns: Self.columns)
        try log.write([512, "TRENDING", 0.25])
        try log.write([1024, "a,\"b", .missing])
        let two = "step,regime,HOLD\n512,TRENDING,0.25\n1024,\"a,\"\"b\",\n"
        #expect(try folder.text("mix.csv") == two)
        try log.write([1536, "CRISIS", 1e-9])
        let again = try TableLog(resuming: folder("mix.csv"), columns: Self.columns, rows: 2)
        #expect(try folder.text("mix.csv") == two)
        try again.write([2048, "x", 1])
        #expect(try folder.text("mix.csv") == two + "2048,x,1\n")
        #expect(again.rows == 3)
        _ = try TableLog(resuming: folder("mix.csv"), columns: Self.columns, rows: 0)
        #expect(try folder.text("mix.csv") == "step,regime,HOLD\n")
    }

    @Test func otherColumnsAreAnError() throws {
        let folder = try Scratch()
        try folder.write("mix.csv", "step,HOLD\n1,0.5\n")
        let found = issue { _ = try TableLog(resuming: folder("mix.csv"), columns: Self.columns, rows: 1) }
        #expect(found?.message == "has the columns step, HOLD; this run writes step, regime, HOLD")
        #expect(try folder.text("mix.csv") == "step,HOLD\n1,0.5\n")
    }
}

@Suite struct MonitorFileTests {
    /// `sb3.monitor.csv` was written by Stable-Baselines3's own writer.
    @Test(.tags(.parity)) func writesTheBytesOfStableBaselines() throws {
        let folder = try Scratch()
        let f = RecordsFixture.shared.monitor
        let file = try MonitorFile(creating: folder("0.monitor.csv"), start: f.t_start, environment: f.env_id, extraColumns: ["regime", "net"])
        for (k, row) in f.rows.enumerated() {
            try file.write(return: row[0], steps: Int(row[1]), time: row[2], extra: [.text(["LOW_VOL", "a,b", "q\"q"][k]), .number(0.5 * Double(k))])
        }
        #expect(try folder.bytes("0.monitor.csv") == fixtureBytes("sb3.monitor.csv"))
    }

    @Test func resumesAfterAnEpisode() throws {
        let folder = try Scratch()
        let file = try MonitorFile(creating: folder("monitor.csv"), start: 1000.5, environment: "spot \"x\" \u{1F600}")
        try file.write(return: 1, steps: 2, time: 3)
        let one = try folder.bytes("monitor.csv")
        #expect(String(decoding: one, as: UTF8.self) == "#{\"t_start\": 1000.5, \"env_id\": \"spot \\\"x\\\" \\ud83d\\ude00\"}\nr,l,t\r\n1.0,2,3.0\r\n")
        try file.write(return: 4, steps: 5, time: 6)
        let two = try folder.bytes("monitor.csv")
        try Data(two + "7.0,8".utf8).write(to: URL(fileURLWithPath: folder("monitor.csv")))
        let again = try MonitorFile(resuming: folder("monitor.csv"), rows: 1)
        #expect(again.start == 1000.5 && again.rows == 1)
        #expect(try folder.bytes("monitor.csv") == one)
        try again.write(return: 4, steps: 5, time: 6)
        #expect(try folder.bytes("monitor.csv") == two)
        #expect(issue { _ = try MonitorFile(resuming: folder("monitor.csv"), rows: 3) }?.code == "rows_missing")
        #expect(issue { _ = try MonitorFile(resuming: folder("monitor.csv"), rows: 1, extraColumns: ["x"]) }?.code == "monitor_header")
        try folder.write("bad.monitor.csv", "r,l,t\n1,2,3\n")
        #expect(issue { _ = try MonitorFile(resuming: folder("bad.monitor.csv"), rows: 0) }?.code == "monitor_header")
    }
}

@Suite struct RunTablesTests {
    @Test func columns() throws {
        #expect(RunTables.mix(actions: ["HOLD", "LONG"]) == ["step", "regime", "decisions", "sampled_HOLD", "sampled_LONG", "argmax_HOLD", "argmax_LONG", "probability_HOLD", "probability_LONG"])
        #expect(RunTables.ledger(terms: ["a"]) == ["step", "regime", "action", "decisions", "term_a", "total"])
        // The page that explains the tables names every column.
        let page = try String(contentsOfFile: packageRoot + "/docs/run-folder.md", encoding: .utf8)
        for column in RunTables.mix(actions: ["X"]) + RunTables.ledger(terms: ["ID"]) { #expect(page.contains("`\(column)`"), "\(column)") }
    }
}
