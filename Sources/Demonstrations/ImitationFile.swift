package import ComponentKit

/// Trajectories as Python's `imitation` loads them: its older, still supported `.npz` form.
///
/// A zip archive of stored `.npy` arrays: `obs` (observations of all episodes, T + 1 each), `acts`, `infos`, `rews` (T each), `terminal` [E] and
/// `indices`, the cumulative lengths without the last. `infos` is an array of zeros, since none of ours is a dictionary; masks, regimes and labels
/// have no place in the format. `acts` are the labels: what the script wanted. Source: imitation 1.0.1, `imitation/data/serialize.py`.
package enum ImitationFile {
    /// Throws `InputIssues` for what the format cannot hold: nothing at all, or 4 GiB and more.
    package static func encode(_ set: DemonstrationSet, file: String) throws(InputIssues) -> [UInt8] {
        func refused(_ message: String, _ help: String) -> InputIssues { InputIssues(InputIssue(code: "trajectories", file: file, message: message, help: help)) }
        guard set.episodes > 0 else { throw refused("no episode to write for imitation", "record at least one") }
        let F = set.observationCount, rows = set.observationRows?.count ?? set.rowCount
        guard rows * F * 4 + set.steps * 32 < Int(UInt32.max) else {
            throw refused("more than 4 GiB of trajectories do not fit imitation's .npz", "load the folder in Python instead: scripts/demonstrations.py")
        }
        let count = set.steps
        let entries: [(String, [UInt8])] = [
            ("obs", NumPyFile.encode(set.observationsInOrder, .float32, shape: [rows, F])),
            ("acts", NumPyFile.encode(set.labels.map(Int64.init), .int64, shape: [count])),
            ("infos", NumPyFile.encode([UInt8](repeating: 0, count: count), .uint8, shape: [count])),
            ("rews", NumPyFile.encode(set.rewards, .float32, shape: [count])),
            ("terminal", NumPyFile.encode(set.endings.map { $0 == .terminated ? UInt8(1) : 0 }, .bool, shape: [set.episodes])),
            ("indices", NumPyFile.encode(set.firstSteps.dropFirst().dropLast().map(Int64.init), .int64, shape: [set.episodes - 1])),
        ]
        return archive(entries.map { ($0.0 + ".npy", $0.1) })
    }

    /// A zip archive whose entries are stored without compression (PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16).
    private static func archive(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var out: [UInt8] = [], directory: [UInt8] = []
        func two(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
        func four(_ value: Int) -> [UInt8] { two(value & 0xFFFF) + two(value >> 16) }
        for (name, bytes) in entries {
            let place = out.count
            // Version 2.0, no flags, stored, midnight of 1 January 1980 (so that equal data give equal bytes), CRC, sizes, length of the name.
            let common = two(20) + two(0) + two(0) + two(0) + two(33) + four(Int(DemonstrationFolder.checksum(bytes))) + four(bytes.count) + four(bytes.count) + two(name.utf8.count) + two(0)
            out += four(0x0403_4B50) + common + Array(name.utf8)
            out.append(contentsOf: bytes)
            directory += four(0x0201_4B50) + two(20) + common + two(0) + two(0) + two(0) + four(0) + four(place) + Array(name.utf8)
        }
        let start = out.count
        out += directory
        return out + four(0x0605_4B50) + two(0) + two(0) + two(entries.count) + two(entries.count) + four(directory.count) + four(start) + two(0)
    }
}
