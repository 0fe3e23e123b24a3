import Foundation
import TestSupport
import Testing

/// A small experiment on the synthetic market in `folder`: an update takes some hundredths of a second.
@discardableResult
func writeExperiment(_ folder: Workspace, _ name: String = "small", reward: String = "btc-s3", steps: Int = 16_384, seeds: String = "[1]") throws -> String {
    try folder.write(
        "\(name).yaml",
        """
        schema: 1
        name: \(name)
        data:
          bars: synthetic:btc-hourly,bars=6000
        reward: \(reward.hasSuffix(".yaml") ? reward : "\(packageRoot)/rewards/\(reward).yaml")
        policy:
          hidden: [32, 32]
        environment:
          episode_bars: 200
        ppo:
          environments: 4
          n_steps: 128
          batch_size: 64
          n_epochs: 10
          ent_coef: 0.01
        steps: \(steps)
        seeds: \(seeds)
        evaluate_every: 4

        """)
    return "\(name).yaml"
}

/// What must not depend on interruptions or threads: the weights, and the logs without their two wall-clock columns.
struct RunBytes: Equatable {
    var policy: Data
    var progress: [[Substring]]
    var mix, ledger: String

    /// Of the run in `path` below `folder`; fails the test where a file is missing.
    init(_ folder: Workspace, _ path: String) throws {
        policy = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(path)/policy.safetensors"))
        let lines = try folder.text(path + "/progress.csv").split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let kept = (lines.first ?? []).indices.filter { lines[0][$0] != "time/fps" && lines[0][$0] != "time/time_elapsed" }
        progress = lines.map { row in kept.map { row[$0] } }
        mix = try folder.text(path + "/mix.csv")
        ledger = try folder.text(path + "/ledger.csv")
    }
}

/// Files of checkpoints of the run in `path` below `folder`, oldest first.
func checkpointFiles(_ folder: Workspace, _ path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(path)/checkpoints")) ?? []
    return names.filter { $0.hasPrefix("step-") }.sorted().map { "\(path)/checkpoints/\($0)" }
}

/// The same numbers every time: the seed stands beside each use.
struct Delays {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// Seconds, uniform in a range.
    mutating func next(_ range: ClosedRange<Double>) -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Double(state >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
    }
}
