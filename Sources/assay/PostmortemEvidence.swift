import ComponentKit
import Environments
import Foundation
import MarketData
import OptionsAnalysis
import Postmortem
import RewardAnalysis
import Rewards
import TradingTypes
import Training

/// What is known of a run besides its log: what its reward pays on its bars, and what its settings are forecast to come to.
struct PostmortemEvidence {
    let inputs: TrainingInputs
    /// Whether the entropy coefficient is the run's: without it nothing is forecast.
    let knowsCoefficient: Bool
    /// What of the settings is not the run's own.
    let assumed: String

    init(_ inputs: TrainingInputs, knowsCoefficient: Bool, assumed: String) {
        self.inputs = inputs
        self.knowsCoefficient = knowsCoefficient
        self.assumed = assumed
    }

    /// A run's own experiment, reward and bars.
    init(ofRun folder: String) throws {
        inputs = try TrainingInputs(Experiment(file: folder + "/experiment.json"), rewardFile: folder + "/reward.yaml")
        knowsCoefficient = true
        var left: [String] = []
        if inputs.curriculum != nil { left.append("its curriculum's stages") }
        if inputs.experiment.cloning != nil { left.append("the clone that it started from") }
        assumed = left.isEmpty ? "" : "What \(left.joined(separator: " and ")) changed: forecasts are of a fresh start on the whole task under the reward file's own weights."
    }

    /// `steps` where the run stopped; nil takes the log's last step where it counts steps.
    func add(to context: inout Postmortem.Context, log: TrainingLog, steps: Int?) {
        context.reward = rewardFindings(of: inputs)
        context.kinds = kindsOfPay(inputs.design)
        // A forecast costs a few tenths of a second, and is asked for only where there is something to mend.
        guard knowsCoefficient, Postmortem.isOfPPO(log), let names = actionNames(of: log) else { return }
        let last = log.stepUnit == "steps" ? log.mixes.last.flatMap { $0.step >= 1 && $0.step < 1e8 ? Int($0.step) : nil } : nil
        context.forecaster = ForecastedRuns(inputs, steps: steps ?? last, names: names, isFlatOnly: log.isFlatOnly || inputs.experiment.kind == .spot, assumption: assumed)
    }

    /// The log's name of each action of the environment, nil for one that it does not have; nil where the log has an action that the environment does not.
    ///
    /// BUY and SELL are not taken for LONG and SHORT: a SELL may close what a BUY opened.
    private func actionNames(of log: TrainingLog) -> [String?]? {
        let aliases = ["LONG": ["GO_LONG", "OPEN_LONG", "ENTER_LONG"], "SHORT": ["GO_SHORT", "OPEN_SHORT", "ENTER_SHORT"]]
        let names = inputs.actionNames.map { name -> String? in
            if name == "HOLD" { return log.hold.map { log.actions[$0] } }
            return log.actions.first { own in
                let plain = ActionNames.normalised(own)
                return plain == name || aliases[name]?.contains(plain) == true
            }
        }
        let known = Set(names.compactMap { $0 })
        return log.actions.allSatisfy { known.contains($0) } ? names : nil
    }
}

/// The kinds of pay that a run's reward terms are made of, without its bars.
func kindsOfPay(inRun folder: String) throws -> [String: [String]] {
    let experiment = try Experiment(file: folder + "/experiment.json")
    return kindsOfPay(try RewardDesign(file: folder + "/reward.yaml", scope: readableNames(experiment.kind), gamma: experiment.ppo.gamma, choices: experiment.switches))
}

func kindsOfPay(_ design: RewardDesign) -> [String: [String]] {
    let stack = RewardStack(design)
    return Dictionary(uniqueKeysWithValues: design.terms.indices.map { (design.terms[$0].id, stack.provenance(of: $0).map(\.rawValue)) })
}

/// What a run's reward pays on the bars that it was trained on; with as few replicates as it takes, since only means are used.
func rewardFindings(of inputs: TrainingInputs) -> RewardFindings {
    let experiment = inputs.experiment
    let settings = ExpectedValueSettings(replicates: 200, seed: 1, threads: ProcessInfo.processInfo.activeProcessorCount, gamma: experiment.ppo.gamma)
    switch inputs.world {
    case .spot:
        return RewardFindings(analyseRewards([inputs.design], on: inputs.prepared, split: .train, detector: experiment.detector, settings, command: ""), bars: experiment.bars)
    case .options(let market):
        let report = analyseOptionRewards([inputs.design], on: market.market, days: market.days(.train), split: "train", rules: market.settings.rules, data: [], settings, command: "")
        return RewardFindings(report, bars: experiment.bars, isOfOptions: true)
    }
}

extension RewardFindings {
    /// Of the first reward of an analysis.
    init(_ report: ExpectedValueReport, bars: String, isOfOptions: Bool = false) {
        let value = report.rewards[0]
        self.init(
            reward: value.name, bars: bars,
            regimes: value.regimes.map { regime in
                let gap = regime.zeroEdgeGap.value ?? .nan
                return Regime(
                    name: regime.regime, share: regime.share,
                    actions: regime.actions.map { .init(name: $0.action, guaranteed: $0.guaranteed, path: $0.path, uncertain: $0.uncertain, shaping: $0.shaping, terms: $0.terms) }, gap: gap,
                    // Bars to decide at two sigma are (2 sd / gap)^2.
                    deviation: regime.barsToDecideIndependent.map { abs(gap) * $0.squareRoot() / 2 })
            }, isOfOptions: isOfOptions)
    }
}
