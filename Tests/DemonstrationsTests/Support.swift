import Foundation
import NumericKernels
import RunRecords

import Demonstrations

/// A folder of one test's own, gone with the value.
final class Scratch {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "assay-demonstrations-" + UUID().uuidString
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

enum Sample {
    static let names = DemonstrationNames(
        observations: ["return_1", "vwap_dist", "position"], actions: ["HOLD", "BUY_CALL", "EXIT"], regimes: ["LOW_VOL", "TRENDING"],
        scriptStates: ["gap", "pullback", "in trade"])

    /// Episodes of 3, 1 and 4 steps with their own observations; HOLD is always allowed, the others now and then.
    static func ownObservations(seed: UInt64 = 7) -> DemonstrationSet {
        var set = DemonstrationSet(names: names, provenance: ["script": "gap-pullback-reclaim", "seed": 7])
        for (k, length) in [3, 1, 4].enumerated() {
            let (steps, observations) = episode(k, length, seed: seed)
            set.append(steps, observations: observations, ending: k == 1 ? .terminated : .truncated, name: "day \(k)")
        }
        return set
    }

    /// The same steps on a table of 9 rows, in which episodes overlap.
    static func onTable(seed: UInt64 = 7) -> DemonstrationSet {
        var random = RandomStream(seed: seed, purpose: "table")
        var set = DemonstrationSet(names: names, table: (0..<27).map { _ in Float(random.gaussian()) })
        for (k, length) in [3, 1, 4].enumerated() {
            set.append(episode(k, length, seed: seed).steps, rows: (0...length).map { Int32(2 * k + $0) }, ending: .truncated, name: "bar \(2 * k)")
        }
        return set
    }

    /// The same steps, two columns of every observation from a table of 9 rows and the third its own.
    static func besideTable(seed: UInt64 = 7) -> DemonstrationSet {
        var random = RandomStream(seed: seed, purpose: "beside")
        var set = DemonstrationSet(names: names, table: (0..<18).map { _ in Float(random.gaussian()) }, ownCount: 1)
        for (k, length) in [3, 1, 4].enumerated() {
            let own = (0...length).map { _ in Float(random.gaussian()) }
            set.appendObservations(2 * k..<2 * k + length + 1) { for (i, x) in own.enumerated() { $0[i] = x } }
            set.append(episode(k, length, seed: seed).steps, ending: .terminated, name: "day \(k)")
        }
        return set
    }

    static let all = [ownObservations(), onTable(), besideTable()]

    private static func episode(_ k: Int, _ length: Int, seed: UInt64) -> (steps: DemonstrationSet.Steps, observations: [Float]) {
        var random = RandomStream(seed: seed, purpose: "episode", index: UInt64(k))
        let masks = (0..<length).map { _ in UInt32(random.below(4)) << 1 | 1 }
        let labels = masks.map { $0 & 2 != 0 ? UInt8(1) : 0 }
        let actions = masks.map { $0 & 4 != 0 ? UInt8(2) : 0 }
        let steps = DemonstrationSet.Steps(
            actions: actions, labels: labels, masks: masks, rewards: (0..<length).map { _ in Float(random.gaussian()) },
            regimes: (0..<length).map { _ in UInt8(random.below(2)) }, scriptStates: (0..<length).map { _ in UInt8(random.below(3)) },
            flags: (0..<length).map { _ in UInt8(random.below(8)) })
        return (steps, (0..<(length + 1) * 3).map { _ in Float(random.gaussian()) })
    }
}
