internal import ComponentKit
internal import NumericKernels

/// `manifest.json`: what a run was made from. Two runs of equal `hash` have equal results, byte for byte.
package struct RunManifest: Sendable, Equatable {
    /// One input of market data.
    package struct DataSource: Sendable, Equatable {
        /// As the user named it: a path, or `synthetic:...`.
        package var name: String
        /// SHA-256 of the file's bytes; of a synthetic market, of its bars.
        package var sha256: String
        package var bars: Int

        package init(name: String, sha256: String, bars: Int) {
            self.name = name
            self.sha256 = sha256
            self.bars = bars
        }
    }

    /// Assay's version, and the commit it was built from where that is known.
    package var version: String
    package var commit: String?
    package var seeds: [UInt64]
    package var data: [DataSource]
    /// Every parameter after defaults, as the experiment names them: `{"ppo": {"gamma": 0.99, ...}, ...}`.
    package var parameters: JSONValue
    /// The name of the BLAS kernels (`SkylakeX`): kernels differ in the last bits, so it is part of the hash.
    package var blasCore: String
    /// Where it ran; not part of the hash.
    package var hardware: Hardware
    /// Seconds since 1970 at the start; not part of the hash.
    package var started: Double

    package init(
        version: String, commit: String?, seeds: [UInt64], data: [DataSource], parameters: JSONValue, blasCore: String = openBLASDescription().core,
        hardware: Hardware = .current(), started: Double
    ) {
        self.version = version
        self.commit = commit
        self.seeds = seeds
        self.data = data
        self.parameters = parameters
        self.blasCore = blasCore
        self.hardware = hardware
        self.started = started
    }

    /// SHA-256 over everything that determines the result: version, commit, seeds, the data's digests, parameters, BLAS kernels.
    ///
    /// Of the compact JSON text of those, keys sorted. A data file's name and place do not count, nor do hardware, time and threads.
    package var hash: String {
        let determining: JSONValue = .object([
            "version": .text(version), "commit": commit.map { .text($0) } ?? .null, "seeds": .list(seeds.map(RunManifest.seed)),
            "data": .list(data.map { .text($0.sha256) }), "parameters": parameters, "blas_core": .text(blasCore),
        ])
        return SHA256.hex(Array(determining.compact.utf8))
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "schema": 1, "version": .text(version), "commit": commit.map { .text($0) } ?? .null, "seeds": .list(seeds.map(RunManifest.seed)),
            "data": .list(data.map { .object(["name": .text($0.name), "sha256": .text($0.sha256), "bars": .integer($0.bars)]) }),
            "parameters": parameters, "blas_core": .text(blasCore), "hash": .text(hash), "hardware": hardware.json, "started_unix_seconds": .number(started),
        ]
        if commit == nil { members["commit_reason"] = "the program does not stand in the repository it was built from" }
        return .object(members)
    }

    /// Writes the file atomically. Throws `RecordNotWritten`.
    package func write(to path: String) throws(RecordNotWritten) { try AtomicFile.write(json.document, to: path) }

    /// Reads `path`. Throws `InputMissing`, or `InputIssues` when it is no manifest, of a later schema, or its hash does not fit its content.
    package init(file path: String) throws {
        let bytes = try readBytes(path, help: "is this the folder of a run? It holds a manifest.json")
        func issue(_ message: String, _ help: String) -> InputIssues { InputIssues(InputIssue(code: "manifest", file: path, message: message, help: help)) }
        let json: JSONValue
        do throws(JSONFault) {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw issue("is not JSON: \(error.message) (byte \(error.offset))", "restore the file, or start the run again with --force")
        }
        if let schema = json["schema"]?.integer, schema != 1 {
            throw issue("is of schema \(schema)", "this version of Assay reads schema 1; use the version that wrote the run")
        }
        guard json["schema"]?.integer == 1, let version = json["version"]?.text, let listed = json["seeds"]?.list, let sources = json["data"]?.list,
            let parameters = json["parameters"], let core = json["blas_core"]?.text, let hash = json["hash"]?.text
        else { throw issue("is not a run's manifest", "restore the file, or start the run again with --force") }
        let seeds = listed.compactMap { $0.integer.map { UInt64(clamping: $0) } ?? $0.text.flatMap { UInt64($0) } }
        let data = sources.compactMap { source -> DataSource? in
            guard let name = source["name"]?.text, let sha256 = source["sha256"]?.text, let bars = source["bars"]?.integer else { return nil }
            return DataSource(name: name, sha256: sha256, bars: bars)
        }
        self.init(
            version: version, commit: json["commit"]?.text, seeds: seeds, data: data, parameters: parameters, blasCore: core,
            hardware: Hardware(json["hardware"]), started: json["started_unix_seconds"]?.number ?? 0)
        guard self.hash == hash, seeds.count == listed.count, data.count == sources.count else {
            throw issue("was changed since the run wrote it: it says hash \(hash.prefix(12)), its content has \(self.hash.prefix(12))", "restore the file; a run's parameters are changed by starting another run")
        }
    }

    /// Seeds past the range of JSON's integers become text.
    private static func seed(_ value: UInt64) -> JSONValue { Int(exactly: value).map { .integer($0) } ?? .text(String(value)) }
}
