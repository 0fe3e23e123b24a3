internal import ComponentKit
package import Curricula
package import Environments
internal import Expressions
internal import Features
internal import Intraday
internal import OptionsEnvironment

internal import Foundation
internal import MarketData
internal import NumericKernels
package import MaskablePPO
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
    package nonisolated(unsafe) let world: World
    package let design: RewardDesign
    package let curriculum: Curriculum?
    /// The spot market; traps in a run on options.
    package var market: SpotTrainingMarket {
        guard case .spot(let market) = world else { preconditionFailure("\(experiment.name) trains on options, not on the spot market") }
        return market
    }
    package var prepared: PreparedMarket { market.prepared }

    /// The market that a run trains on, by the kind of its environment.
    package enum World {
        case spot(SpotTrainingMarket)
        case options(OptionsTrainingMarket)
    }

    /// Reads bars and reward. `rewardFile` overrides the experiment's path (a run's own copy).
    /// Throws `InputIssues` and `InputMissing`, of reward and market.
    public convenience init(_ experiment: Experiment, rewardFile: String? = nil) throws {
        try self.init(experiment, rewardFile: rewardFile, rewardText: nil)
    }

    /// `rewardText` is read instead of the reward's file, which still names it in messages.
    package init(_ experiment: Experiment, rewardFile: String? = nil, rewardText: String?) throws {
        self.experiment = experiment
        let scope = experiment.kind == .options ? OptionsTrainingMarket.scope : NameScope.spot(
            features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        let file = rewardFile ?? experiment.reward
        design = try RewardDesign(file: file, text: rewardText ?? readTextFile(file), scope: scope, gamma: experiment.ppo.gamma, choices: experiment.switches)
        let known = Set(design.switches.map(\.id))
        if let stranger = experiment.switches.keys.sorted().first(where: { !known.contains($0) }) {
            throw InputIssues(InputIssue(code: "switch", file: experiment.reward, message: "the reward has no switch '\(stranger)'", help: known.isEmpty ? "it has none" : "known: \(known.sorted().joined(separator: ", "))"))
        }
        // A run's own copy stands beside its reward.
        let copy = rewardFile.map { String($0.dropLast("reward.yaml".count)) + "curriculum.yaml" }
        let terms = design.terms.map(\.id)
        curriculum = try experiment.curriculum.map { file in
            try Curriculum(
                file: copy.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil } ?? file, rewardTerms: terms,
                dayScope: experiment.kind == .options ? StageDays.scope : nil)
        }
        let observesRegime = if case .mlp(_, _, let observes) = experiment.policy { observes } else { false }
        if experiment.kind == .options {
            var source = try IntradaySource.parse(experiment.bars)
            source.timeZone = experiment.timeZone
            let market = OptionsTrainingMarket(try source.load(), fractions: experiment.fractions, experiment.options, design, observesRegime: observesRegime)
            world = .options(market)
            let draw = EpisodeDraw(days: market.days(.train), minutes: experiment.options.episodeMinutes)
            guard OptionsBatch.canStart(draw, in: market.market) else {
                throw InputIssues(InputIssue(code: "too_few_bars", file: experiment.bars, message: "the training split has \(draw.days.count) days, none of which an episode can start on", help: "give more days or a larger training fraction"))
            }
            return
        }
        let prepared = try Self.prepare(experiment)
        world = .spot(SpotTrainingMarket(prepared, experiment.spot, design, observesRegime: observesRegime, observedState: experiment.observedState))
        guard trainingRows.count > experiment.policy.context + 2 else {
            throw InputIssues(InputIssue(code: "too_few_bars", file: experiment.bars, message: "the training split has \(trainingRows.count) bars, too few for episodes", help: "give more bars or a larger training fraction"))
        }
    }

    /// The bars of an experiment on the spot market: features, regimes, split. Throws `InputIssues` and `InputMissing`.
    package static func prepare(_ experiment: Experiment) throws -> PreparedMarket {
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
        return try PreparedMarket(request)
    }

    /// The market of `base` under other settings of learning and other weights, by term; all that `base` prepared is shared.
    ///
    /// `experiment` must name the base's data, features, regimes, environment, reward and switches. Throws `InputIssues` where its discount does not suit a term.
    package init(sharing base: TrainingInputs, _ experiment: Experiment, weights: [String: Double] = [:]) throws {
        self.experiment = experiment
        let scope = experiment.kind == .options ? OptionsTrainingMarket.scope : NameScope.spot(
            features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        design = try RewardDesign(file: base.design.file, text: base.design.text, scope: scope, gamma: experiment.ppo.gamma, choices: experiment.switches).reweighted(weights)
        curriculum = base.curriculum
        world = switch base.world {
        case .spot(let market): .spot(SpotTrainingMarket(market, experiment.spot, design))
        case .options(let market): .options(OptionsTrainingMarket(market, design))
        }
    }

    /// Bars of a split whose outcome is known under the experiment's way of filling.
    package func rows(_ split: SplitName) -> Range<Int> { prepared.split.range(split).clamped(to: 0..<market.environment.usableRows) }
    package var trainingRows: Range<Int> { rows(.train) }

    /// A fresh policy of the experiment's kind.
    package func makePolicy(seed: UInt64, team: ThreadTeam) -> any ActorCritic {
        Self.makePolicy(experiment.policy, observations: observationNames.count, actions: actionNames.count, seed: seed, team: team)
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
        if let curriculum {
            parameters["curriculum"] = .text(curriculum.name)
            parameters["curriculum_sha256"] = .text(SHA256.hex(Array(curriculum.text.utf8)))
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
            data: [dataRecord], parameters: .object(parameters),
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
    /// Rows of the training part: bars, or minutes of regular sessions.
    public var trainingBarCount: Int {
        switch world {
        case .spot: trainingRows.count
        case .options(let market): market.rowCount(.train)
        }
    }

    package var actionNames: [String] { experiment.kind.actionNames }

    package var observationNames: [String] {
        switch world {
        case .spot(let market): market.observationNames
        case .options(let market): market.observation.names
        }
    }

    /// Whether a policy sees what its own actions led to, so that its decisions hang together.
    package var readsOwnState: Bool {
        switch world {
        case .spot(let market): !market.observedState.isEmpty
        case .options: true
        }
    }

    package var termNames: [String] { design.terms.map(\.id) }
    /// Columns of a ledger's row: the total, then every term, padded to whole vectors.
    package var payWidth: Int { (design.terms.count + 1 + 15) / 16 * 16 }

    /// N agents in training.
    package func makeEnvironment(seed: UInt64) -> any TrainingEnvironment {
        switch world {
        case .spot(let market):
            let spot = SpotVectorEnvironment(market, rows: trainingRows, environments: experiment.environments, episodeBars: experiment.episodeBars, seed: seed)
            return market.observedState.isEmpty ? spot : SpotAgentsEnvironment(spot)
        case .options(let market):
            return OptionsVectorEnvironment(market, days: market.days(.train), environments: experiment.environments, seed: seed)
        }
    }

    /// A policy on one split.
    ///
    /// `isQuick` is for looks on the way: fewer days of the options market, and no arg-max result there.
    package func evaluate(
        _ policy: any ActorCritic, _ split: SplitName, normalizer: RunningNormalizer?, seed: UInt64, team: ThreadTeam, isQuick: Bool = false
    ) -> PolicyEvaluation {
        switch world {
        case .spot: evaluate(policy, rows: rows(split), normalizer: normalizer, seed: seed, team: team)
        case .options(let market): PolicyEvaluation(policy, market, days: market.days(split), normalizer: normalizer, seed: seed, team: team, isQuick: isQuick)
        }
    }

    /// A policy on some bars of the spot market.
    package func evaluate(_ policy: any ActorCritic, rows: Range<Int>, normalizer: RunningNormalizer?, seed: UInt64, team: ThreadTeam) -> PolicyEvaluation {
        market.observedState.isEmpty
            ? PolicyEvaluation(policy, market, rows: rows, normalizer: normalizer, seed: seed, team: team)
            : PolicyEvaluation(walking: policy, through: market, rows: rows, normalizer: normalizer, seed: seed, team: team)
    }

    /// Fixed policies on one split.
    package func zoo(_ split: SplitName, seed: UInt64) -> [(name: String, result: TradingResult)] {
        switch world {
        case .spot(let market): PolicyZoo.results(market, rows: rows(split), seed: seed)
        case .options(let market): OptionsZoo.results(market, days: market.days(split), seed: seed)
        }
    }

    /// What the manifest says of the data.
    package var dataRecord: RunManifest.DataSource {
        switch world {
        case .spot(let market): .init(name: experiment.bars, sha256: market.prepared.loaded.manifest.sha256, bars: market.prepared.bars.count)
        case .options(let market): .init(name: experiment.bars, sha256: market.loaded.manifest.sha256, bars: market.market.rowCount)
        }
    }

    public var rewardName: String { design.name }
    /// What kind of pay each reward term is, [K]: `guaranteed`, `path + uncertain`, ...
    public var termKinds: [String] {
        let stack = switch world {
        case .spot(let market): market.stack
        case .options(let market): market.stack
        }
        return stack.design.terms.indices.map { k in Set(stack.provenance(of: k)).map(\.rawValue).sorted().joined(separator: " + ") }
    }

    /// What a run's folder holds besides its results: experiment, reward, standardisation of the observations.
    package func writeRunInputs(to folder: String, seed: UInt64) throws {
        // The reward first: where there is an experiment.json, a run can be resumed.
        try AtomicFile.write(design.text, to: folder + "/reward.yaml")
        if let curriculum { try AtomicFile.write(curriculum.text, to: folder + "/curriculum.yaml") }
        try AtomicFile.write(experimentDocument(seeds: [seed]), to: folder + "/experiment.json")
        try normalizerFile.write(to: folder + "/normalizer.safetensors")
    }

    /// Writes the experiment, with all its seeds, and the reward into `folder`.
    public func writeExperiment(to folder: String) throws {
        try AtomicFile.write(design.text, to: folder + "/reward.yaml")
        if let curriculum { try AtomicFile.write(curriculum.text, to: folder + "/curriculum.yaml") }
        try AtomicFile.write(experimentDocument(seeds: experiment.seeds), to: folder + "/experiment.json")
    }
}
