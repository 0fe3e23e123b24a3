internal import ComponentKit
package import Environments
internal import Expressions
internal import Features
internal import Foundation
internal import MarketData
internal import NumericKernels
package import NetworkKernels
internal import NeuralNetworks
package import Policies
internal import Regimes
package import Rewards
package import RunRecords
package import TradingTypes

/// An experiment with its files read: bars prepared, reward compiled, pay tabled. Shared by all seeds.
public final class TrainingInputs: Sendable {
    public let experiment: Experiment
    // Unchecked below: built here, then only read.
    package nonisolated(unsafe) let market: SpotTrainingMarket
    package let design: RewardDesign
    package var prepared: PreparedMarket { market.prepared }

    /// Reads bars and reward. `rewardFile` overrides the experiment's path (a run's own copy).
    /// Throws `InputIssues` and `InputMissing`, of reward and market.
    public init(_ experiment: Experiment, rewardFile: String? = nil) throws {
        self.experiment = experiment
        let scope = NameScope.spot(
            features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        design = try RewardDesign(file: rewardFile ?? experiment.reward, scope: scope, gamma: experiment.ppo.gamma, choices: experiment.switches)
        let known = Set(design.switches.map(\.id))
        if let stranger = experiment.switches.keys.sorted().first(where: { !known.contains($0) }) {
            throw InputIssues(InputIssue(code: "switch", file: experiment.reward, message: "the reward has no switch '\(stranger)'", help: known.isEmpty ? "it has none" : "known: \(known.sorted().joined(separator: ", "))"))
        }
        var source = try BarSource.parse(experiment.bars)
        source.options.timeZone = experiment.timeZone
        guard let type = RegimeDetectorCatalog.detector(named: experiment.detector) else {
            throw InputIssues(InputIssue(code: "choice", message: "unknown regime detector '\(experiment.detector)'"))
        }
        var request = MarketRequest(
            source: source, from: experiment.from.flatMap { parseTimeStamp($0) }, to: experiment.to.flatMap { parseTimeStamp($0) },
            denoise: experiment.denoise, detector: type.init())
        request.fractions = experiment.fractions
        request.configuration = experiment.spot
        let prepared = try PreparedMarket(request)
        let observesRegime = if case .mlp(_, _, let observes) = experiment.policy { observes } else { false }
        market = SpotTrainingMarket(prepared, experiment.spot, design, observesRegime: observesRegime)
        guard trainingRows.count > experiment.policy.context + 2 else {
            throw InputIssues(InputIssue(code: "too_few_bars", file: experiment.bars, message: "the training split has \(trainingRows.count) bars, too few for episodes", help: "give more bars or a larger training fraction"))
        }
    }

    /// Bars of a split whose outcome is known under the experiment's way of filling.
    package func rows(_ split: SplitName) -> Range<Int> { prepared.split.range(split).clamped(to: 0..<market.environment.usableRows) }
    package var trainingRows: Range<Int> { rows(.train) }
    package var actionNames: [String] { EnvironmentKind.spot.actionNames }

    /// A fresh policy of the experiment's kind.
    package func makePolicy(seed: UInt64, team: ThreadTeam) -> any ActorCritic {
        Self.makePolicy(experiment.policy, observations: market.table.features.columns, actions: actionNames.count, seed: seed, team: team)
    }

    /// A fresh policy.
    package static func makePolicy(_ settings: PolicySettings, observations: Int, actions: Int, seed: UInt64, team: ThreadTeam) -> any ActorCritic {
        switch settings {
        case .mlp(let hidden, let batchNorm, _):
            return MLPPolicy(observations: observations, actions: actions, hidden: hidden, batchNorm: batchNorm, seed: seed)
        case .regimeTransformer(let settings):
            var sizes = RegimePolicyConfiguration()
            sizes.features = observations
            sizes.actions = actions
            sizes.context = settings.context
            sizes.width = settings.width
            sizes.layers = settings.layers
            sizes.heads = settings.heads
            sizes.feedForward = settings.feedForward
            sizes.headWidth = settings.headHidden
            sizes.dropout = Float(settings.dropout)
            sizes.positions = settings.positions == .learned ? .learned : .sinusoidal
            return TransformerPolicy(sizes, seed: seed, team: team)
        }
    }

    /// The manifest of a run with `seed`.
    package func manifest(seed: UInt64, version: String, commit: String?, started: Double) -> RunManifest {
        var parameters = experiment.parameters.object ?? [:]
        parameters["reward_sha256"] = .text(SHA256.hex(Array(design.text.utf8)))
        // Where files lie says nothing about the result; their content is hashed.
        parameters["reward"] = .text(design.name)
        if var data = parameters["data"]?.object {
            data["bars"] = .null
            parameters["data"] = .object(data)
        }
        if let plan = experiment.cloning {
            parameters["teacher"] = ["demonstrations_sha256": .text(Self.hash(of: plan.demonstrations + "/manifest.json"))]
            if var cloning = parameters["cloning"]?.object, let from = plan.from {
                cloning["from"] = .text(Self.hash(of: from.hasSuffix(".safetensors") ? from : from + "/policy.safetensors"))
                parameters["cloning"] = .object(cloning)
            }
        }
        return RunManifest(
            version: version, commit: commit, seeds: [seed],
            data: [.init(name: experiment.bars, sha256: prepared.loaded.manifest.sha256, bars: prepared.bars.count)], parameters: .object(parameters),
            started: started)
    }

    /// SHA-256 of a file's content; empty where it is missing, which reading it reports.
    private static func hash(of path: String) -> String { FileManager.default.contents(atPath: path).map { SHA256.hex(Array($0)) } ?? "" }

    /// The experiment as a file of its own, for the run folder: readable by `Experiment(file:)`.
    package func experimentDocument(seeds: [UInt64]) -> String {
        var parameters = experiment.parameters.object ?? [:]
        parameters["schema"] = 1
        parameters["seeds"] = .list(seeds.map { .integer(Int($0)) })
        parameters["about"] = .text(experiment.about)
        return JSONValue.object(parameters).document
    }
}

extension TrainingInputs {
    public var trainingBarCount: Int { trainingRows.count }
    public var rewardName: String { design.name }

    /// What a run's folder holds besides its results: experiment, reward, standardisation of the observations.
    package func writeRunInputs(to folder: String, seed: UInt64) throws {
        // The reward first: where there is an experiment.json, a run can be resumed.
        try AtomicFile.write(design.text, to: folder + "/reward.yaml")
        try AtomicFile.write(experimentDocument(seeds: [seed]), to: folder + "/experiment.json")
        try normalizerFile.write(to: folder + "/normalizer.safetensors")
    }

    /// Writes the experiment, with all its seeds, and the reward into `folder`.
    public func writeExperiment(to folder: String) throws {
        try AtomicFile.write(design.text, to: folder + "/reward.yaml")
        try AtomicFile.write(experimentDocument(seeds: experiment.seeds), to: folder + "/experiment.json")
    }
}
