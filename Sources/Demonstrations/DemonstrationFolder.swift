internal import ComponentKit
internal import CZlib
internal import Foundation
internal import RunRecords

/// A demonstration set on disk: `manifest.json` and one `.npy` file a column, which `numpy.load` opens as they are.
///
/// The folder is written beside its final place and renamed over it, so that a reader meets a whole one or none. The manifest lists
/// every file's element type, shape, size and CRC-32, the names of observations, actions, regimes, script states and flags, and the provenance.
/// `trajectories.npz`, on request, is the same data as Python's `imitation` loads them (`imitation.data.serialize.load`).
package enum DemonstrationFolder {
    static let kind = "assay-demonstrations"
    package static let manifestName = "manifest.json"
    package static let trajectoriesName = "trajectories.npz"

    /// Writes `set` as `path`. Throws `InputIssues` when the folder exists (unless `force`, and then only over another demonstration set), and
    /// `RecordNotWritten`.
    package static func write(_ set: DemonstrationSet, to path: String, force: Bool = false, includingTrajectories: Bool = false) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let exists = FileManager.default.fileExists(atPath: path)
        let isEmpty = exists && (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == true
        if exists, !isEmpty {
            guard FileManager.default.fileExists(atPath: path + "/" + manifestName), isDemonstrations(path) else {
                throw InputIssues(InputIssue(code: "folder_taken", file: path, message: "is there already and holds no demonstrations", help: "choose another --out"))
            }
            guard force else {
                throw InputIssues(InputIssue(code: "demonstrations_exist", file: path, message: "already holds demonstrations", help: "choose another --out, or add --force to replace them"))
            }
        }
        let name = (path as NSString).lastPathComponent, parent = (path as NSString).deletingLastPathComponent
        let folder = parent.isEmpty ? "." : parent
        let fresh = "\(folder)/.\(name).\(getpid()).partial", old = "\(folder)/.\(name).\(getpid()).old.partial"
        do {
            try? FileManager.default.removeItem(atPath: fresh)
            try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
        } catch {
            throw RecordNotWritten(InputIssue(code: "not_written", file: path, message: "cannot be created", help: "check the permissions of \(folder), or choose another folder with --out"))
        }
        do {
            var files: [String: JSONValue] = [:]
            func put<T: BitwiseCopyable>(_ file: String, _ values: [T], _ element: NumPyFile.Element, _ shape: [Int]) throws {
                let bytes = NumPyFile.encode(values, element, shape: shape)
                try AtomicFile.write(bytes, to: "\(fresh)/\(file).npy")
                files[file] = ["dtype": .text(element.rawValue), "shape": .list(shape.map { .integer($0) }), "bytes": .integer(bytes.count), "crc32": .integer(Int(checksum(bytes)))]
            }
            let N = set.steps, E = set.episodes
            try put("observations", set.observations, .float32, [set.rowCount, set.storedCount])
            if let rows = set.observationRows { try put("observation_rows", rows, .int32, [rows.count]) }
            if set.ownCount > 0 { try put("own_observations", set.ownObservations, .float32, [set.ownObservations.count / set.ownCount, set.ownCount]) }
            try put("actions", set.actions, .uint8, [N])
            try put("labels", set.labels, .uint8, [N])
            try put("masks", set.masks, .uint32, [N])
            try put("rewards", set.rewards, .float32, [N])
            try put("regimes", set.regimes, .uint8, [N])
            try put("script_states", set.scriptStates, .uint8, [N])
            try put("flags", set.flags, .uint8, [N])
            try put("episode_lengths", set.lengths.map(Int64.init), .int64, [E])
            try put("endings", set.endings.map(\.rawValue), .uint8, [E])
            if includingTrajectories { try AtomicFile.write(try ImitationFile.encode(set, file: path), to: "\(fresh)/\(trajectoriesName)") }
            func texts(_ list: [String]) -> JSONValue { .list(list.map { .text($0) }) }
            let manifest: JSONValue = [
                "kind": .text(kind), "schema_version": 1, "steps": .integer(N), "episodes": .integer(E), "observation_names": texts(set.names.observations),
                "action_names": texts(set.names.actions), "regime_names": texts(set.names.regimes), "script_states": texts(set.names.scriptStates),
                "flag_names": texts(DemonstrationFlags.names), "episode_names": texts(set.episodeNames), "files": .object(files),
                "provenance": .object(set.provenance),
            ]
            // Last, so that a folder with a manifest is a whole one.
            try AtomicFile.write(manifest.document, to: "\(fresh)/\(manifestName)")
            if exists {
                try? FileManager.default.removeItem(atPath: old)
                guard rename(path, old) == 0 else { throw moved(path) }
            }
            guard rename(fresh, path) == 0 else {
                let fault = moved(path)
                if exists { rename(old, path) }
                throw fault
            }
            try? FileManager.default.removeItem(atPath: old)
        } catch {
            try? FileManager.default.removeItem(atPath: fresh)
            throw error
        }
    }

    private static func moved(_ path: String) -> RecordNotWritten {
        RecordNotWritten(InputIssue(code: "not_written", file: path, message: "cannot be written: \(String(cString: strerror(errno)))", help: "check the permissions of the folder above it"))
    }

    /// Reads the set in folder `path`. Throws `InputMissing` (no such folder, no manifest, a file is gone) and `InputIssues` (damaged, of another
    /// size than the manifest says, columns that do not fit together).
    package static func read(_ path: String) throws -> DemonstrationSet {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let manifest = try manifest(of: path)
        let file = "\(path)/\(manifestName)"
        func fault(_ code: String, _ message: String) -> InputIssues {
            InputIssues(InputIssue(code: code, file: file, message: message, help: "record the demonstrations again with 'assay teach'"))
        }
        func texts(_ key: String) throws -> [String] {
            guard let list = manifest[key]?.list, case let words = list.compactMap(\.text), words.count == list.count else { throw fault("manifest", "lacks '\(key)', a list of texts") }
            return words
        }
        func column<T: BitwiseCopyable>(_ name: String, _ element: NumPyFile.Element, as type: T.Type) throws -> (values: [T], shape: [Int]) {
            let place = "\(path)/\(name).npy"
            guard let entry = manifest["files"]?[name], let size = entry["bytes"]?.integer, let crc = entry["crc32"]?.integer else { throw fault("manifest", "does not list the file of '\(name)'") }
            guard FileManager.default.fileExists(atPath: place) else {
                throw InputMissing(InputIssue(code: "missing", file: place, message: "no such file, though the manifest lists it", help: "the folder has lost a file: record the demonstrations again with 'assay teach'"))
            }
            guard let data = FileManager.default.contents(atPath: place) else {
                throw InputMissing(InputIssue(code: "unreadable", file: place, message: "cannot be read", help: "check its permissions"))
            }
            let bytes = [UInt8](data)
            func damaged(_ message: String) -> InputIssues {
                InputIssues(InputIssue(code: "demonstrations_damaged", file: place, message: message, help: "restore the file, or record the demonstrations again with 'assay teach'"))
            }
            guard bytes.count == size else { throw damaged("has \(bytes.count) bytes, the manifest says \(size)") }
            guard Int(checksum(bytes)) == crc else { throw damaged("is damaged: its CRC-32 is not the one it was written with") }
            do throws(NumPyFault) { return try NumPyFile.decode(bytes, element, as: type) } catch { throw damaged(error.message) }
        }
        let actionNames = try texts("action_names"), regimeNames = try texts("regime_names"), states = try texts("script_states")
        guard (2...32).contains(actionNames.count), regimeNames.count <= 256, states.count <= 256 else {
            throw fault("manifest", "names \(actionNames.count) actions (2 to 32 are possible), \(regimeNames.count) regimes and \(states.count) script states (up to 256)")
        }
        let names = DemonstrationNames(observations: try texts("observation_names"), actions: actionNames, regimes: regimeNames, scriptStates: states)
        let observations = try column("observations", .float32, as: Float.self)
        let hasRows = manifest["files"]?["observation_rows"] != nil, hasOwn = manifest["files"]?["own_observations"] != nil
        let own = hasOwn ? try column("own_observations", .float32, as: Float.self) : nil
        let widths = [observations.shape, own?.shape].compactMap { $0 }
        guard widths.allSatisfy({ $0.count == 2 }), widths.map({ $0[1] }).reduce(0, +) == names.observations.count else {
            throw fault("observations", "names \(names.observations.count) observations, observations.npy has the shape \(observations.shape)" + (own.map { ", own_observations.npy \($0.shape)" } ?? ""))
        }
        let steps = DemonstrationSet.Steps(
            actions: try column("actions", .uint8, as: UInt8.self).values, labels: try column("labels", .uint8, as: UInt8.self).values,
            masks: try column("masks", .uint32, as: UInt32.self).values, rewards: try column("rewards", .float32, as: Float.self).values,
            regimes: try column("regimes", .uint8, as: UInt8.self).values, scriptStates: try column("script_states", .uint8, as: UInt8.self).values,
            flags: try column("flags", .uint8, as: UInt8.self).values)
        let lengths = try column("episode_lengths", .int64, as: Int64.self).values.map { Int($0) }
        let rows = hasRows ? try column("observation_rows", .int32, as: Int32.self).values : nil
        let endings = try column("endings", .uint8, as: UInt8.self).values, episodeNames = try texts("episode_names")
        do throws(DemonstrationFault) {
            return try DemonstrationSet(
                names: names, provenance: manifest["provenance"]?.object ?? [:], observations: observations.values, observationRows: rows,
                ownObservations: own?.values ?? [], ownCount: own?.shape[1] ?? 0, steps: steps, lengths: lengths, endings: endings, episodeNames: episodeNames)
        } catch {
            throw fault(error.column, error.message)
        }
    }

    private static func manifest(of path: String) throws -> JSONValue {
        var isFolder: ObjCBool = false
        let file = "\(path)/\(manifestName)"
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            let parent = (path as NSString).deletingLastPathComponent
            let siblings = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
            let near = suggestion(for: (path as NSString).lastPathComponent, among: siblings)
            throw InputMissing(
                InputIssue(code: "missing", file: path, message: "no such folder of demonstrations", help: near.map { "did you mean '\(parent.isEmpty ? $0 : parent + "/" + $0)'?" } ?? "record some with 'assay teach SCRIPT --out \(path)'"))
        }
        guard isFolder.boolValue, FileManager.default.fileExists(atPath: file) else {
            throw InputMissing(InputIssue(code: "no_demonstrations", file: path, message: "holds no demonstrations: it has no \(manifestName)", help: "name a folder that 'assay teach' wrote"))
        }
        let document: JSONValue
        let text = FileManager.default.contents(atPath: file) ?? Data()
        do throws(JSONFault) {
            document = try JSONValue(parsing: text)
        } catch {
            throw InputIssues(InputIssue(code: "manifest", file: file, message: "is not JSON: \(error.message) (byte \(error.offset))", help: "record the demonstrations again with 'assay teach'"))
        }
        guard document["kind"]?.text == kind else {
            throw InputIssues(InputIssue(code: "manifest", file: file, message: "is not the manifest of demonstrations", help: "name a folder that 'assay teach' wrote"))
        }
        guard document["schema_version"]?.integer == 1 else {
            throw InputIssues(InputIssue(code: "schema", file: file, message: "was written by another version of Assay", help: "this version reads schema_version 1: record the demonstrations again"))
        }
        return document
    }

    private static func isDemonstrations(_ path: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(manifestName)"), let document = try? JSONValue(parsing: data) else { return false }
        return document["kind"]?.text == kind
    }

    /// zip's CRC-32.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = crc32(0, nil, 0), start = 0
        bytes.withUnsafeBufferPointer { all in
            while start < all.count {
                let part = min(all.count - start, 1 << 30)
                crc = crc32(crc, all.baseAddress! + start, UInt32(part))
                start += part
            }
        }
        return UInt32(crc)
    }
}
