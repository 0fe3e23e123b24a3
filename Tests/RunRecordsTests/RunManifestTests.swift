import ComponentKit
import Foundation
import NumericKernels
import RunRecords
import Testing

@Suite struct RunManifestTests {
    static let sample = RunManifest(
        version: "0.1.0", commit: String(repeating: "ab", count: 20), seeds: [1, .max], data: [.init(name: "btc.csv.gz", sha256: "3fa9", bars: 43_816)],
        parameters: ["ppo": ["gamma": 0.99, "n_steps": 512, "target_kl": .null], "features": ["set": "btc-44"], "seeds_side_by_side": false],
        blasCore: "SkylakeX", hardware: Hardware(processor: "AMD EPYC 9355", cores: 2, memoryBytes: 24 << 30, system: "Linux 6.1.0 x86_64"), started: 1_700_000_000.5)

    @Test func writeReadEqual() throws {
        let folder = try Scratch()
        try Self.sample.write(to: folder("manifest.json"))
        #expect(try RunManifest(file: folder("manifest.json")) == Self.sample)
        #expect(try folder.text("manifest.json") == Self.document)
        var plain = Self.sample
        plain.commit = nil
        try plain.write(to: folder("manifest.json"))
        #expect(try RunManifest(file: folder("manifest.json")) == plain)
        #expect(try folder.text("manifest.json").contains("\"commit\": null,\n  \"commit_reason\": \"the program does not stand"))
    }

    /// The hash is that of the line below, by `printf '%s' '...' | sha256sum`.
    ///
    ///     {"blas_core":"SkylakeX","commit":"abababababababababababababababababababab","data":["3fa9"],"parameters":{"features":{"set":"btc-44"},"ppo":{"gamma":0.99,"n_steps":512,"target_kl":null},"seeds_side_by_side":false},"seeds":[1,"18446744073709551615"],"version":"0.1.0"}
    static let document = """
        {
          "blas_core": "SkylakeX",
          "commit": "abababababababababababababababababababab",
          "data": [
            {
              "bars": 43816,
              "name": "btc.csv.gz",
              "sha256": "3fa9"
            }
          ],
          "hardware": {
            "cores": 2,
            "memory_bytes": 25769803776,
            "processor": "AMD EPYC 9355",
            "system": "Linux 6.1.0 x86_64"
          },
          "hash": "a8a639e5fda0f5ffa1d2bda6fca26ed6d55160c9d545bef693229214c36339a7",
          "parameters": {
            "features": {
              "set": "btc-44"
            },
            "ppo": {
              "gamma": 0.99,
              "n_steps": 512,
              "target_kl": null
            },
            "seeds_side_by_side": false
          },
          "schema": 1,
          "seeds": [1, "18446744073709551615"],
          "started_unix_seconds": 1700000000.5,
          "version": "0.1.0"
        }

        """

    struct Change: Sendable, CustomTestStringConvertible {
        let name: String, message: String?, kind: ManifestDifference.Kind?, apply: @Sendable (inout RunManifest) -> Void
        var testDescription: String { name }
    }

    static let changes = [
        Change(name: "data", message: "data file 'btc.csv.gz' changed: sha256 3fa9 then, 9c1e now", kind: .data) { $0.data[0].sha256 = "9c1e" },
        Change(name: "more data", message: "data file 'vix.csv' changed: sha256 none then, 77 now", kind: .data) { $0.data.append(.init(name: "vix.csv", sha256: "77", bars: 1)) },
        Change(name: "parameter", message: "ppo.gamma changed: 0.99 then, 0.95 now", kind: .parameter) {
            $0.parameters = ["ppo": ["gamma": 0.95, "n_steps": 512, "target_kl": .null], "features": ["set": "btc-44"], "seeds_side_by_side": false]
        },
        Change(name: "parameter gone", message: "features.set changed: \"btc-44\" then, absent now", kind: .parameter) {
            $0.parameters = ["ppo": ["gamma": 0.99, "n_steps": 512, "target_kl": .null], "seeds_side_by_side": false]
        },
        Change(name: "seeds", message: "the seeds changed: [1, 18446744073709551615] then, [2] now", kind: .seeds) { $0.seeds = [2] },
        Change(name: "kernels", message: "other BLAS kernels run: SkylakeX then, Haswell now; they differ in the last bits", kind: .blasCore) { $0.blasCore = "Haswell" },
        Change(name: "version", message: "Assay's version changed: 0.1.0 then, 0.2.0 now", kind: .version) { $0.version = "0.2.0" },
        Change(name: "commit", message: "Assay was built from another commit: abababababababababababababababababababab then, unknown now", kind: .commit) { $0.commit = nil },
        Change(name: "file name", message: nil, kind: nil) { $0.data[0].name = "elsewhere/btc.csv.gz" },
        Change(name: "hardware", message: nil, kind: nil) { $0.hardware.cores = 64 },
        Change(name: "start", message: nil, kind: nil) { $0.started = 5 },
    ]

    @Test(arguments: changes) func namesWhatDiffers(_ change: Change) throws {
        var now = Self.sample
        change.apply(&now)
        let found = now.differences(from: Self.sample)
        #expect(found.map(\.message) == (change.message.map { [$0] } ?? []))
        #expect(found.first?.kind == change.kind)
        #expect((now.hash == Self.sample.hash) == (change.message == nil))
        let thrown = issue { try now.requireSame(as: Self.sample, file: "runs/x/manifest.json") }
        #expect(thrown?.message == change.message)
        if change.kind == .data { #expect(thrown?.file == found[0].name) }
        if let kind = change.kind { try now.requireSame(as: Self.sample, file: "x", ignoring: [kind]) }
    }

    @Test(arguments: [
        ("\"gamma\": 0.99", "\"gamma\": 0.98", "was changed since the run wrote it: it says hash "), ("\"schema\": 1", "\"schema\": 2", "is of schema 2"),
        ("\"schema\": 1,", "", "is not a run's manifest"), ("{\n  \"blas", "{{\n  \"blas", "is not JSON: expected a key in double quotes (byte 1)"),
        ("\"bars\": 43816,", "", "was changed since the run wrote it: it says hash "),
    ]) func refusesChangedFiles(_ old: String, _ new: String, _ message: String) throws {
        let folder = try Scratch()
        try Self.sample.write(to: folder("m.json"))
        try folder.write("m.json", folder.text("m.json").replacing(old, with: new))
        let found = issue { _ = try RunManifest(file: folder("m.json")) }
        #expect(found?.message.hasPrefix(message) == true, "\(found?.message ?? "read")")
        #expect(found?.file == folder("m.json"))
    }

    @Test func knowsTheMachine() {
        let here = Hardware.current()
        #expect(here.cores >= 1 && here.memoryBytes > 1 << 28 && here.system.hasPrefix("Linux "))
        #expect(RunManifest(version: "1", commit: nil, seeds: [], data: [], parameters: [:], started: 0).blasCore == openBLASDescription().core)
    }

    @Test func readsTheCommit() throws {
        let folder = try Scratch()
        let hash = String(repeating: "0123456789", count: 4)
        try FileManager.default.createDirectory(atPath: folder(".build/release"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder(".git/refs/heads"), withIntermediateDirectories: true)
        try folder.write(".build/release/assay", "")
        try FileManager.default.createSymbolicLink(atPath: folder("exe"), withDestinationPath: folder(".build/release/assay"))
        #expect(sourceCommit(executable: folder("exe")) == nil)
        try folder.write("Package.swift", "")
        try folder.write(".git/HEAD", "ref: refs/heads/main\n")
        #expect(sourceCommit(executable: folder("exe")) == nil)
        try folder.write(".git/packed-refs", "# pack-refs\n\(hash) refs/heads/main\n")
        #expect(sourceCommit(executable: folder("exe")) == hash)
        try folder.write(".git/refs/heads/main", String(hash.reversed()) + "\n")
        #expect(sourceCommit(executable: folder("exe")) == String(hash.reversed()))
        try folder.write(".git/HEAD", hash + "\n")
        #expect(sourceCommit(executable: folder("exe")) == hash)
    }
}
