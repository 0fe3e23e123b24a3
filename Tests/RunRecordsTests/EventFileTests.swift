import ComponentKit
import Foundation
import RunRecords
import Testing

@Suite struct EventFileTests {
    static let wallTime = RecordsFixture.shared.events.wall_time
    static let writer = "tensorboard.summary.writer.event_file_writer"

    /// The rows of generate.py, in another order than their keys'.
    static let rows: [(step: Int, values: [(key: String, value: LogValue)])] = [
        (4096, [("time/iterations", 1), ("time/fps", 5000), ("time/total_timesteps", 4096), ("rollout/ep_rew_mean", -1.25), ("time/time_elapsed", 3)]),
        (
            8192,
            [
                ("train/value_loss", 3.5e-7), ("time/fps", 5100), ("time/total_timesteps", 8192), ("train/approx_kl", 0.012345678), ("train/n_updates", 10),
                ("rollout/ep_rew_mean", .number(.nan)), ("assay/status", 0), ("note", "text goes to the CSV only"), ("none", .missing),
            ]
        ),
    ]

    static func write(_ path: String, rows: [(step: Int, values: [(key: String, value: LogValue)])]) throws {
        let file = try EventFile(creating: path, wallTime: wallTime, writer: writer)
        for row in rows { try file.write(progress: row.values, step: row.step, wallTime: wallTime) }
    }

    /// `sb3.tfevents` was written by Stable-Baselines3's TensorBoard writer.
    @Test(.tags(.parity)) func writesTheBytesOfStableBaselines() throws {
        let folder = try Scratch()
        try Self.write(folder("a"), rows: Self.rows)
        #expect(try folder.bytes("a") == fixtureBytes("sb3.tfevents"))
    }

    @Test(.tags(.parity)) func readsWhatTensorBoardReads() throws {
        let folder = try Scratch()
        try Data(fixtureBytes("sb3.tfevents")).write(to: URL(fileURLWithPath: folder("a")))
        let log = try EventLog(file: folder("a"))
        let expected = RecordsFixture.shared.events.read
        #expect(log.tags == expected.keys.sorted())
        for (tag, points) in expected {
            let found = log.scalars[tag, default: []]
            #expect(found.map(\.step) == points.map(\.step))
            #expect(found.map(\.wallTime) == points.map(\.wallTime))
            #expect(found.map { pythonText($0.value) } == points.map(\.value), "\(tag)")
        }
        #expect(log.others == 0 && !log.isCut)
    }

    @Test(.tags(.parity)) func readsScalarsStoredAsTensors() throws {
        let folder = try Scratch()
        try Data(fixtureBytes("tensors.tfevents")).write(to: URL(fileURLWithPath: folder("a")))
        let log = try EventLog(file: folder("a"))
        #expect(log.scalars["loss"] == [1, 2].map { .init(step: $0, wallTime: Self.wallTime + Double($0), value: Double(Float(0.1 * Double($0)))) })
        #expect(log.scalars["type1"]?.first?.value == 2.5)
        #expect(log.scalars["type2"]?.map(\.value) == [0.1, -2.5])
        #expect(log.scalars["type3"]?.first?.value == -7)
        #expect(log.scalars["type9"]?.first?.value == 0x1p40)
        #expect(log.scalars["type14"]?.first?.value == 1.5)
        #expect(log.scalars["type19"]?.first?.value == -2.5)
        #expect(log.scalars["text"] == nil && log.others == 1)
    }

    /// Killed at any byte after the first row, resumed there: the bytes of the run that was never interrupted.
    @Test func resumesToTheSameBytes() throws {
        let folder = try Scratch()
        try Self.write(folder("one"), rows: Array(Self.rows.prefix(1)))
        try Self.write(folder("two"), rows: Self.rows)
        let one = try folder.bytes("one"), two = try folder.bytes("two")
        for end in one.count...two.count {
            try Data(two[..<end]).write(to: URL(fileURLWithPath: folder("cut")))
            let file = try EventFile(resuming: folder("cut"), step: 4096)
            #expect(try folder.bytes("cut") == one)
            try file.write(progress: Self.rows[1].values, step: 8192, wallTime: Self.wallTime)
            #expect(try folder.bytes("cut") == two)
        }
        try Data(two).write(to: URL(fileURLWithPath: folder("cut")))
        _ = try EventFile(resuming: folder("cut"), step: 8191)
        #expect(try folder.bytes("cut") == one)
        let again = try EventFile(resuming: folder("cut"), step: 9000)
        try again.synchronize()
        #expect(try folder.bytes("cut") == one)
    }

    @Test func reportsDamage() throws {
        let folder = try Scratch()
        let bytes = fixtureBytes("sb3.tfevents")
        func found(_ change: (inout [UInt8]) -> Void) throws -> InputIssue? {
            var copy = bytes
            change(&copy)
            try Data(copy).write(to: URL(fileURLWithPath: folder("bad")))
            return issue { _ = try EventLog(file: folder("bad")) }
        }
        #expect(try found { $0[0] ^= 1 }?.message == "is not a TensorBoard event file")
        #expect(try found { $0[30] ^= 1 }?.message == "is not a TensorBoard event file")
        #expect(try found { $0[0x58] ^= 1 }?.message == "the record at byte 88 is damaged: the checksum of its length disagrees")
        #expect(try found { $0[0x70] ^= 1 }?.message == "the record at byte 88 is damaged: its checksum disagrees")
        #expect(try found { $0 = Array("step,loss\n1,2\n3,4\n".utf8) }?.code == "not_events")
        #expect(try found { $0.removeLast(3) } == nil)
        #expect(try EventLog(file: folder("bad")).isCut)
        #expect(try EventLog(file: folder("bad")).scalars["time/fps"]?.count == 2)
        #expect(issue { _ = try EventLog(file: folder("gone")) }?.message == "no such file")
        try folder.write("empty", "")
        #expect(issue { _ = try EventFile(resuming: folder("empty"), step: 5) }?.message == "holds no whole record")
    }

    @Test func names() {
        #expect(EventFile.name(seconds: 1_700_000_000, host: "a/b", process: 42, number: 3) == "events.out.tfevents.1700000000.a_b.42.3")
        #expect(EventFile.name(seconds: 5, host: "h", process: 1) == "events.out.tfevents.0000000005.h.1.0")
    }
}
