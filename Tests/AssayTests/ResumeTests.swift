import Foundation
import TestSupport
import Testing

/// Runs stopped in every way, and what becomes of them.
@Suite struct ResumeTests {
    /// kill -9 at random moments, reading of the bars, first checkpoint and last row included: the bytes of a run that was never stopped.
    /// Seeds of the delays: 1, 2, 3. A part lasts at most .4 s, an uninterrupted run about 3 s of its own: on any machine it takes ten parts or so.
    @Test func killedAtRandomMoments() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 491_520)
        try await assay("train", "small.yaml", "--no-report", "--out", "whole", "--threads", "1", "--quiet", in: folder)
        let expected = try RunBytes(folder, "whole")
        #expect(expected.progress.count == 962 && expected.mix.split(separator: "\n").count == 1 + 240 * 4)
        var kills = 0
        for seed in 1...3 {
            var delays = Delays(seed: UInt64(seed))
            let path = "cut-\(seed)"
            var arguments = ["train", "small.yaml", "--no-report", "--out", path]
            for _ in 0..<12 {
                let run = try await runAssay(
                    arguments + ["--threads", "1", "--quiet"], in: folder.path, signal: (SIGKILL, delays.next(0.01...0.4)))
                #expect(run.signal == SIGKILL || run.code == 0, "\(run.summary)")
                if run.signal == 0 { break }
                kills += 1
                if folder.contents.contains("\(path)/experiment.json") {
                    arguments = ["train", "--no-report", "--resume", path]
                } else {
                    // Nothing was begun: there is nothing to resume, and it says so.
                    let none = try await assay("train", "--no-report", "--resume", path, in: folder, exits: 66)
                    #expect(none.err.contains("no such run") || none.err.contains("is not the folder of a run"))
                    arguments = ["train", "small.yaml", "--no-report", "--out", path, "--force"]
                }
            }
            try await assay(list: arguments + ["--threads", "1", "--quiet"], in: folder)
            #expect(try RunBytes(folder, path) == expected)
            // After the end: nothing happens, exit 0.
            let evaluation = try folder.text(path + "/evaluation.json")
            try await assay("train", "--no-report", "--resume", path, "--quiet", in: folder)
            #expect(try RunBytes(folder, path) == expected && folder.text(path + "/evaluation.json") == evaluation)
            #expect(try folder.text("whole/evaluation.json") == evaluation)
            #expect(!folder.contents.contains { $0.hasSuffix(".partial") })
        }
        #expect(kills >= 20)
    }

    /// As a killed process leaves it between its manifest and its first checkpoint, and between the folders of two seeds.
    @Test func beforeTheFirstCheckpoint() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_048, seeds: "[4, 5]")
        try await assay("train", "small.yaml", "--no-report", "--out", "run", "--quiet", in: folder)
        let four = try RunBytes(folder, "run/seed-4"), five = try RunBytes(folder, "run/seed-5")
        let files = FileManager.default
        for file in checkpointFiles(folder, "run/seed-4") { try files.removeItem(atPath: "\(folder.path)/\(file)") }
        try files.removeItem(atPath: folder.path + "/run/seed-4/policy.safetensors")
        try files.removeItem(atPath: folder.path + "/run/seed-5/manifest.json")
        let early = try await assay("evaluate", "run/seed-4", in: folder, exits: 66)
        #expect(early.err.contains("the run has no checkpoint yet") && early.err.contains("assay train --resume run/seed-4"))
        try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder)
        #expect(try RunBytes(folder, "run/seed-4") == four && RunBytes(folder, "run/seed-5") == five)
        // One event file a seed: the one of the first attempt is gone.
        #expect(folder.contents.count { $0.contains("events.out.tfevents") } == 2)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func interrupted(_ signal: Int32) async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_000_000)
        let run = try await runAssay(["train", "small.yaml", "--no-report", "--out", "it's here", "--no-progress"], in: folder.path, signal: (signal, 1.5))
        #expect(run.code == 130 && run.signal == 0, "\(run.summary)")
        #expect(run.err.contains("; go on with: assay train --resume 'it'\\''s here'"), "\(run.err)")
        #expect(run.output.isEmpty && !checkpointFiles(folder, "it's here").isEmpty)
        // It can be evaluated meanwhile.
        let found = try await assay("evaluate", "it's here", in: folder)
        #expect(found.err.contains("has not finished: its newest checkpoint is of step"))
    }

    @Test func damagedCheckpoints() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 4_096)
        try await assay("train", "small.yaml", "--no-report", "--out", "run", "--quiet", in: folder)
        let whole = try RunBytes(folder, "run"), files = checkpointFiles(folder, "run")
        #expect(files.count == 3)
        func damage(_ file: String) throws {
            let path = "\(folder.path)/\(file)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count - 100] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        // The newest: the one before serves, with a warning.
        try damage(files[2])
        let run = try await assay("train", "--no-report", "--resume", "run", "--no-progress", in: folder)
        #expect(run.err.contains("\(files[2]): error: the checkpoint is damaged"), "\(run.err)")
        #expect(try RunBytes(folder, "run") == whole)
        // Cut short, as by a full disk elsewhere.
        let path = "\(folder.path)/\(files[2])"
        try Data(contentsOf: URL(fileURLWithPath: path)).prefix(1_000).write(to: URL(fileURLWithPath: path))
        try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder)
        #expect(try RunBytes(folder, "run") == whole)
        // All.
        for file in checkpointFiles(folder, "run") { try damage(file) }
        let none = try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 65)
        for file in checkpointFiles(folder, "run") { #expect(none.err.contains(file)) }
        #expect(none.err.contains("no checkpoint of this run is whole: start it again with --force"))
        #expect(try RunBytes(folder, "run") == whole)
    }

    @Test func whatIsMissingOrChanged() async throws {
        let folder = try Workspace()
        try folder.write("bars.csv", hourlyBars(3_000))
        try writeExperiment(folder, steps: 1_024)
        try await assay("train", "small.yaml", "--no-report", "--set", "data.bars=bars.csv", "--out", "run", "--quiet", in: folder)
        let recorded = try JSONView(Data(contentsOf: URL(fileURLWithPath: folder.path + "/run/manifest.json")))["data"][0]["sha256"].string ?? ""
        #expect(recorded.count == 64)
        // Another file under the same name: both digests are named.
        try folder.write("bars.csv", hourlyBars(3_001))
        let changed = try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 65)
        let digest = try #require(changed.err.firstMatch(of: /data file 'bars.csv' changed: sha256 ([0-9a-f]{64}) then, ([0-9a-f]{64}) now/))
        #expect(digest.1 == recorded && digest.2 != recorded)
        // No file at all.
        try FileManager.default.removeItem(atPath: folder.path + "/bars.csv")
        let gone = try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 66)
        #expect(gone.err.hasPrefix("bars.csv: error: no such file"))
        try folder.write("bars.csv", hourlyBars(3_000))
        try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder)
        // A log shortened by hand.
        let log = try folder.text("run/mix.csv")
        try folder.write("run/mix.csv", String(log.prefix(200)))
        #expect(try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 65).err.contains("run/mix.csv: error: holds"))
        try folder.write("run/mix.csv", log)
        // A manifest changed by hand, then none.
        let manifest = try folder.text("run/manifest.json")
        try folder.write("run/manifest.json", manifest.replacing("\"n_epochs\": 10", with: "\"n_epochs\": 11"))
        #expect(try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 65).err.contains("was changed since the run wrote it"))
        try FileManager.default.removeItem(atPath: folder.path + "/run/experiment.json")
        try FileManager.default.removeItem(atPath: folder.path + "/run/manifest.json")
        let none = try await assay("train", "--no-report", "--resume", "run", "--quiet", in: folder, exits: 66)
        #expect(none.err.contains("run: error: is not the folder of a run: it has no manifest.json"))
        #expect(try await assay("train", "--no-report", "--resume", "rum", in: folder, exits: 66).err.contains("did you mean 'run'?"))
        #expect(try await assay("evaluate", "rum", in: folder, exits: 66).err.contains("did you mean 'run'?"))
    }

    /// A file system of 200 kB: the run stops with the system's reason, leaves nothing half written, and goes on once there is room.
    @Test func fullDisk() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 4_096)
        try await assay("train", "small.yaml", "--no-report", "--out", "whole", "--quiet", in: folder)
        try FileManager.default.createDirectory(atPath: folder.path + "/disk", withIntermediateDirectories: true)
        // The program runs in a mount namespace of its own: the small disk disappears with it, copied out before.
        let script = """
            mount -t tmpfs -o size=200k none disk || exit 99
            "$0" train small.yaml --out disk/run --quiet; code=$?
            ls -A disk/run disk/run/checkpoints > left
            mkdir out && cp -a disk/run out/run
            exit $code
            """
        let run = try await runAssay([], in: folder.path, through: ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script])
        guard run.code != 99, folder.contents.contains("left") else {
            print("skipped: no file system can be mounted here")
            return
        }
        #expect(run.code == 65, "\(run.summary)")
        #expect(run.err.contains("cannot be") && run.err.contains("no space left on device") && run.err.contains("the disk is full: free some space"))
        #expect(try !folder.text("left").contains(".partial") && !folder.text("left").contains("policy.safetensors"))
        // Everything that stands there is whole: with room, the run goes on to the bytes of one that always had it.
        try await assay("train", "--no-report", "--resume", "out/run", "--quiet", in: folder)
        #expect(try RunBytes(folder, "out/run") == RunBytes(folder, "whole"))
    }

    @Test func takenFolders() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 512)
        try await assay("train", "small.yaml", "--no-report", "--quiet", in: folder)
        let first = try RunBytes(folder, "runs/small")
        let taken = try await assay("train", "small.yaml", "--no-report", "--seed", "9", in: folder, exits: 65)
        #expect(taken.err.contains("runs/small: error: already holds a run") && taken.err.contains("assay train --resume runs/small") && taken.err.contains("--force"))
        #expect(try RunBytes(folder, "runs/small") == first)
        // By several seeds, by one again: nothing of the earlier run stays.
        try await assay("train", "small.yaml", "--no-report", "--seeds", "2", "--force", "--quiet", in: folder)
        #expect(!folder.contents.contains("runs/small/manifest.json") && !folder.contents.contains("runs/small/policy.safetensors"))
        #expect(try await assay("evaluate", "runs/small", in: folder).out.contains("over 2 seeds"))
        let several = try await assay("train", "small.yaml", "--no-report", "--seeds", "2", in: folder, exits: 65)
        #expect(several.err.contains("runs/small: error: is not empty"))
        try await assay("train", "small.yaml", "--no-report", "--force", "--quiet", in: folder)
        #expect(try RunBytes(folder, "runs/small") == first)
        #expect(!folder.contents.contains("runs/small/seed-1"))
        // A user's own files are never touched.
        try folder.write("runs/notes.txt", "mine")
        try await assay("train", "small.yaml", "--no-report", "--out", "runs", "--quiet", in: folder, exits: 65)
        try folder.write("file", "x")
        let file = try await assay("train", "small.yaml", "--no-report", "--out", "file", in: folder, exits: 65)
        #expect(file.err.contains("file: error: is a file, not a folder"))
    }
}
