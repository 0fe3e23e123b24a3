import ComponentKit
import Foundation
import RunRecords
import Testing

@Suite struct RunFolderTests {
    /// A run's folder with a manifest, held by the lock.
    private func run(in scratch: Scratch, _ name: String = "runs/x") throws -> (folder: RunFolder, lock: RunLock) {
        let made = try RunFolder.create(scratch(name))
        try RunManifestTests.sample.write(to: made.folder.manifest)
        return made
    }

    @Test func refusesToOverwrite() throws {
        let scratch = try Scratch()
        do {
            let (folder, lock) = try run(in: scratch)
            withExtendedLifetime(lock) {}
            for name in ["progress.csv", "events.out.tfevents.0000000001.h.1.0", "notes.txt", "plots/mix.svg", "plots/mine.md", "checkpoints/step-000000000512.safetensors"] {
                try scratch.write("runs/x/" + name, "")
            }
            #expect(folder.eventFile == folder.path + "/events.out.tfevents.0000000001.h.1.0")
        }
        let found = issue { _ = try RunFolder.create(scratch("runs/x")) }
        #expect(found?.message == "already holds a run")
        #expect(found?.help == "go on with it by 'assay train --resume \(scratch("runs/x"))', choose another --out, or add --force to replace it")
        let (folder, _) = try RunFolder.create(scratch("runs/x"), force: true)
        let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        #expect(left == [".lock", "checkpoints", "notes.txt", "plots", "plots/mine.md"])
        #expect(issue { _ = try RunFolder.create(scratch("runs/x")) }?.message == "is not empty")
        try scratch.write("file", "")
        #expect(issue { _ = try RunFolder.create(scratch("file")) }?.message == "is a file, not a folder")
        #expect(issue { _ = try RunFolder.create(scratch("file/run")) }?.message == "cannot be created: not a directory")
        _ = try RunFolder.create(scratch("runs/only-a-lock"))
        try FileManager.default.removeItem(atPath: scratch("runs/only-a-lock/checkpoints"))
        try FileManager.default.removeItem(atPath: scratch("runs/only-a-lock/plots"))
        try scratch.write("runs/only-a-lock/.manifest.json.1-0.partial", "")
        _ = try RunFolder.create(scratch("runs/only-a-lock"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("runs/only-a-lock")).sorted() == [".lock", "checkpoints", "plots"])
    }

    @Test func opensOnlyRuns() throws {
        let scratch = try Scratch()
        _ = try run(in: scratch, "runs/btc-s3")
        #expect(try RunFolder.open(scratch("runs/btc-s3")).path == scratch("runs/btc-s3"))
        let missing = issue { _ = try RunFolder.open(scratch("runs/btc-s4")) }
        #expect(missing?.message == "no such run" && missing?.help == "did you mean 'btc-s3'?")
        #expect(issue { _ = try RunFolder.open(scratch("runs")) }?.message == "is not the folder of a run: it has no manifest.json")
    }

    @Test func oneWriterAtATime() throws {
        let scratch = try Scratch()
        do {
            let (folder, lock) = try run(in: scratch)
            let found = issue { _ = try folder.lock() }
            #expect(found?.message == "is being written by another process (\(ProcessInfo.processInfo.processIdentifier))")
            #expect(found?.code == "run_in_use")
            #expect(issue { _ = try RunFolder.create(folder.path, force: true) }?.code == "run_in_use")
            withExtendedLifetime(lock) {}
        }
        _ = try RunFolder.open(scratch("runs/x")).lock()
    }

    static func content(_ step: Int) -> SafetensorsFile {
        SafetensorsFile(tensors: [.init("weights", (0..<100).map { Float($0 * step) }), .init("steps", [step])], metadata: ["progress_rows": "\(step / 512)"])
    }

    @Test func keepsTheNewestCheckpoints() throws {
        let scratch = try Scratch()
        let (folder, lock) = try run(in: scratch)
        #expect(try folder.newestCheckpoint() == nil)
        for step in [0, 512, 1024, 10_000_000_000_000] { try folder.writeCheckpoint(Self.content(step), step: step, keeping: 3) }
        #expect(folder.checkpoints.map(\.step) == [512, 1024, 10_000_000_000_000])
        let newest = try #require(try folder.newestCheckpoint())
        #expect(newest.checkpoint.step == 10_000_000_000_000 && newest.damaged.isEmpty)
        #expect(newest.content.tensors == Self.content(10_000_000_000_000).tensors)
        // A run that went on from an earlier step has no later ones.
        try folder.writeCheckpoint(Self.content(2048), step: 2048, keeping: 3)
        #expect(folder.checkpoints.map(\.step) == [512, 1024, 2048])
        try folder.writeCheckpoint(Self.content(4096), step: 4096, keeping: 1)
        #expect(folder.checkpoints.map(\.step) == [4096])
        #expect(folder.checkpoints[0].path == folder.path + "/checkpoints/step-000000004096.safetensors")
        #expect(try folder.read(folder.checkpoints[0]).metadata["progress_rows"] == "8")
        withExtendedLifetime(lock) {}
    }

    /// Each way a file can go bad, in the newest of three checkpoints: it is named, and the one before is used.
    @Test(arguments: [
        ("one bit", "the checkpoint is damaged: its content does not have the SHA-256 it was written with"), ("cut", "not a whole safetensors file: it ends after 407 bytes of data; its header promises 408"),
        ("empty", "not a whole safetensors file: it has 0 bytes, fewer than the 8 of a header length"), ("other step", "is no checkpoint of step 1536"),
    ]) func namesTheDamagedOne(_ damage: String, _ message: String) throws {
        let scratch = try Scratch()
        let (folder, lock) = try run(in: scratch)
        for step in [512, 1024, 1536] { try folder.writeCheckpoint(Self.content(step), step: step, keeping: 5) }
        let newest = folder.checkpoints[2].path
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: newest)))
        switch damage {
        case "one bit": bytes[bytes.count - 30] ^= 4
        case "cut": bytes.removeLast(1)
        case "empty": bytes = []
        default: bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.checkpoints[0].path)))
        }
        try Data(bytes).write(to: URL(fileURLWithPath: newest))
        let found = try #require(try folder.newestCheckpoint())
        #expect(found.checkpoint.step == 1024)
        #expect(found.damaged.map(\.message) == [message])
        #expect(found.damaged.map(\.file) == [newest])

        for checkpoint in folder.checkpoints { try Data().write(to: URL(fileURLWithPath: checkpoint.path)) }
        let all = #expect(throws: InputIssues.self) { try folder.newestCheckpoint() }
        #expect(all?.issues.count == 3)
        #expect(all?.issues.last?.help == "no checkpoint of this run is whole: start it again with --force")
        withExtendedLifetime(lock) {}
    }

    @Test func aFullDiskKeepsTheEarlierCheckpoint() throws {
        let scratch = try Scratch()
        let (folder, lock) = try run(in: scratch)
        try folder.writeCheckpoint(Self.content(512), step: 512, keeping: 1)
        guard shell("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.checkpointFolder) == 0 else {
            print("skipped: mounting a small file system is not permitted here")
            return
        }
        defer { shell("umount", "-l", folder.checkpointFolder) }
        try folder.writeCheckpoint(Self.content(1024), step: 1024, keeping: 1)
        let big = SafetensorsFile(tensors: [.init("weights", [Float](repeating: 1, count: 100_000))])
        #expect(issue { try folder.writeCheckpoint(big, step: 1536, keeping: 1) }?.code == "disk_full")
        #expect(try folder.newestCheckpoint()?.checkpoint.step == 1024)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.checkpointFolder).count == 1)
        withExtendedLifetime(lock) {}
    }
}
