internal import ComponentKit
internal import Foundation
package import MaskablePPO
internal import NetworkKernels
package import Policies
internal import RunRecords
public import TradingTypes

/// A run on disk with its policy: the final one, or the newest whole checkpoint's.
public struct TrainedPolicy {
    public let folder: String
    public let seed: UInt64
    public let steps: Int
    public let isFinal: Bool
    package let inputs: TrainingInputs
    package let policy: any ActorCritic
    /// Running statistics of its observations, where it was trained on such.
    package let normalizer: RunningNormalizer?
    let team: ThreadTeam

    /// Opens `folder`. `inputs` of a sibling run are reused when they are given. Throws `InputMissing` and `InputIssues`.
    public init(folder: String, threads: Int, inputs shared: TrainingInputs? = nil) throws {
        let records = try RunFolder.open(folder)
        let experiment = try Experiment(file: folder + "/experiment.json")
        let inputs = try shared ?? TrainingInputs(experiment, rewardFile: folder + "/reward.yaml")
        self.folder = folder
        self.inputs = inputs
        seed = experiment.seeds.first ?? 0
        team = ThreadTeam(threads: threads)
        policy = inputs.makePolicy(seed: seed, team: team)
        let file: SafetensorsFile, path: String
        if FileManager.default.fileExists(atPath: records.policy) {
            path = records.policy
            file = try SafetensorsFile(file: path)
            isFinal = true
        } else if let found = try records.newestCheckpoint() {
            path = found.checkpoint.path
            file = found.content
            isFinal = false
        } else {
            throw InputMissing(InputIssue(code: "no_policy", file: folder, message: "the run has no checkpoint yet", help: "let it train for one update: assay train --resume \(folder)"))
        }
        steps = Int(file.metadata["steps"] ?? file.metadata["step"] ?? "") ?? 0
        if experiment.normalizesObservations {
            guard let found = try records.newestCheckpoint() else {
                throw InputMissing(InputIssue(code: "no_policy", file: folder, message: "the run has lost its checkpoints, which hold the statistics of its observations"))
            }
            normalizer = try RunCheckpoint(found.content, path: found.checkpoint.path).normalizer
        } else {
            normalizer = nil
        }
        var named: [String: NamedTensor] = [:]
        for tensor in file.tensors { if let values = tensor.floats { named[tensor.name] = NamedTensor(name: tensor.name, shape: tensor.shape, values: values) } }
        do { try policy.load(named, includingOptimizer: false) } catch {
            throw InputIssues(InputIssue(code: "policy", file: path, message: error.description, help: "was the run trained by another version of Assay?"))
        }
    }

    /// The policy on one split, with the zoo beside it.
    public func evaluate(_ split: SplitName) -> PolicyEvaluation {
        inputs.evaluate(policy, split, normalizer: normalizer, seed: seed, team: team)
    }

    /// Fixed policies on the same split.
    public func zoo(_ split: SplitName) -> [(name: String, result: TradingResult)] { inputs.zoo(split, seed: seed) }

    public var sharedInputs: TrainingInputs { inputs }
}

/// The folders of a run with several seeds: `NAME/seed-1`, `NAME/seed-2`, ...; of a run with one, its own.
public func seedFolders(of folder: String) -> [String] {
    if FileManager.default.fileExists(atPath: folder + "/manifest.json") { return [folder] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in name.hasPrefix("seed-") ? UInt64(name.dropFirst(5)) : nil }.sorted().map { "\(folder)/seed-\($0)" }
        .filter { FileManager.default.fileExists(atPath: $0 + "/manifest.json") }
}
