import ComponentKit
import Foundation
import RunRecords
import Synchronization
import Testing

@Suite struct AtomicFileTests {
    @Test func replacesTheWholeFileAndLeavesNothingBeside() throws {
        let folder = try Scratch()
        try AtomicFile.write([UInt8](repeating: 7, count: 3_000_000), to: folder("a.bin"))
        #expect(try folder.bytes("a.bin").count == 3_000_000)
        try AtomicFile.write("short", to: folder("a.bin"))
        #expect(try folder.text("a.bin") == "short")
        try AtomicFile.write([], to: folder("empty"))
        #expect(folder.names == ["a.bin", "empty"])
    }

    @Test func aReaderNeverSeesHalf() throws {
        let folder = try Scratch()
        let path = folder("w"), size = 2_000_000, last: UInt8 = 40
        try AtomicFile.write([UInt8](repeating: 0, count: size), to: path)
        // A thread of its own: a task might wait for this one, which reads without a pause, until other tests leave a thread free.
        let failure = Mutex<(any Error)?>(nil)
        Thread {
            do { for k in 1...last { try AtomicFile.write([UInt8](repeating: k, count: size), to: path) } } catch { failure.withLock { $0 = error } }
        }.start()
        var seen: UInt8 = 0, isWhole = true, reads = 0
        while seen != last, isWhole, reads < 1_000_000, failure.withLock({ $0 == nil }) {
            let bytes = try folder.bytes("w")
            isWhole = bytes.count == size && bytes.first == bytes.last
            seen = bytes.first ?? 0
            reads += 1
        }
        if let error = failure.withLock({ $0 }) { throw error }
        #expect(isWhole, "read number \(reads) met half a file")
        #expect(seen == last)
    }

    @Test func namesTheFolderThatIsMissing() throws {
        let folder = try Scratch()
        let found = issue { try AtomicFile.write("x", to: folder("no/such/a.txt")) }
        #expect(found?.file == folder("no/such/a.txt"))
        #expect(found?.message == "cannot be written: no such file or directory")
        #expect(found?.help == "the folder is gone or its path is wrong: create it, or choose another with --out")
    }

    @Test func aFolderInTheWayStaysAndTheTemporaryGoes() throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(atPath: folder("taken/inside"), withIntermediateDirectories: true)
        let found = issue { try AtomicFile.write("x", to: folder("taken")) }
        #expect(found?.message == "cannot be written: is a directory")
        #expect(folder.names == ["taken"])
    }

    @Test func removesOnlyUnfinishedFiles() throws {
        let folder = try Scratch()
        for name in [".a.bin.123-0.partial", ".b.9-4.partial", "kept.partial", ".hidden", "a.bin"] { try folder.write(name, "") }
        #expect(AtomicFile.removeTemporaries(in: folder.path) == 2)
        #expect(folder.names == [".hidden", "a.bin", "kept.partial"])
        #expect(AtomicFile.removeTemporaries(in: folder("absent")) == 0)
    }

    /// Needs the right to mount; elsewhere `/dev/full` below has to do.
    @Test func aFullDiskLeavesTheOldFile() throws {
        let folder = try Scratch()
        guard shell("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path) == 0 else {
            print("skipped: mounting a small file system is not permitted here")
            return
        }
        defer { shell("umount", "-l", folder.path) }
        try AtomicFile.write("old", to: folder("a.bin"))
        let found = issue { try AtomicFile.write([UInt8](repeating: 1, count: 200_000), to: folder("a.bin")) }
        #expect(found?.code == "disk_full")
        #expect(found?.file == folder("a.bin"))
        #expect(found?.message == "cannot be written: no space left on device")
        #expect(found?.help?.contains("free some space") == true)
        #expect(try folder.text("a.bin") == "old")
        #expect(folder.names == ["a.bin"])

        let log = try AppendFile(folder("log"), empty: true)
        try log.append(Array("row 1\n".utf8))
        #expect(issue { try log.append([UInt8](repeating: 65, count: 200_000)) }?.code == "disk_full")
        #expect(try folder.text("log") == "row 1\n", "half a row is left behind")
        try log.append(Array("row 2\n".utf8))
        #expect(try folder.text("log") == "row 1\nrow 2\n")
    }

    @Test func aDeviceWithoutRoom() throws {
        let log = try AppendFile("/dev/full", empty: false)
        let found = issue { try log.append([1, 2, 3]) }
        #expect(found?.rendered.hasPrefix("/dev/full: error: cannot be written: no space left on device\nhelp: the disk is full: free some space") == true)
        #expect(log.length == 0)
    }

    @Test func appendsAndCuts() throws {
        let folder = try Scratch()
        let log = try AppendFile(folder("log"), empty: true)
        try log.append(Array("abcdef".utf8))
        try log.cut(to: 2)
        try log.append(Array("X".utf8))
        #expect(log.length == 3)
        let again = try AppendFile(folder("log"), empty: false)
        #expect(again.length == 3)
        try again.append(Array("Y".utf8))
        try again.synchronize()
        #expect(try folder.text("log") == "abXY")
    }
}
