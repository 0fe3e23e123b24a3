import ArgumentParser
import ComponentKit
import Environments
import Foundation
import MarketData
import OptionsAnalysis
import Postmortem
import Reports
import RewardAnalysis
import Rewards
import RunRecords
import TradingTypes
import Training

struct PostmortemCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postmortem",
        abstract: "Why a run always holds, or always trades: from its folder or anybody's log.",
        discussion: """
            Examples:
              assay postmortem runs/btc-s2-mlp
              assay postmortem PPO_1/progress.csv --ent-coef 0.02
              assay postmortem events.out.tfevents.1754298758.host.1.0
              assay postmortem train.log --map maps/dqn-forex-console.yaml
              assay postmortem mixes.csv --reward rewards/btc-s2.yaml --bars btc.csv.gz
              pbpaste | assay postmortem - --ent-coef 0.02

            Reads run folders, Stable-Baselines3's progress.csv and monitor.csv,
            TensorBoard event files, a table of mixes over time (CSV or Markdown),
            transitions with a column per reward term, and any other CSV, JSON or
            line log through a map.
            """)

    @Argument(help: ArgumentHelp("Run folder or log; - reads a pasted table of mixes.", valueName: "run-or-log"))
    var source: String

    @Option(help: ArgumentHelp("Where the log has its step, actions and curves; maps/ has examples.", valueName: "file"))
    var map: String?

    @Option(help: ArgumentHelp("Entropy coefficient of the training, where the log lacks it.", valueName: "c"))
    var entCoef: Double?

    @Option(help: ArgumentHelp("The reward that was trained on; needs --bars.", valueName: "file"))
    var reward: String?

    @Option(help: ArgumentHelp("The bars that it was trained on; needs --reward.", valueName: "file|synthetic:..."))
    var bars: String?

    @Option(help: ArgumentHelp("First bar (with --bars).", valueName: "date"))
    var from: String?

    @Option(help: ArgumentHelp("End of the bars, exclusive (with --bars).", valueName: "date"))
    var to: String?

    @OptionGroup var output: OutputOptions

    @Flag(help: "Replace files in --out that an earlier run wrote.")
    var force = false

    func validate() throws {
        if let entCoef, !(entCoef >= 0 && entCoef <= 10) { throw ValidationError("--ent-coef must lie between 0 and 10, not \(entCoef)") }
        if (reward == nil) != (bars == nil) { throw ValidationError("--reward and --bars belong together: what a reward pays is known on bars") }
        if bars == nil, from != nil || to != nil { throw ValidationError("--from and --to choose among the bars of --bars") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        if let out = output.out { try PostmortemFolder.check(out, force: force) }
        let map = try map.map { try LogMap(file: $0) }
        if source == "-", map != nil { throw ValidationError("--map needs a file; standard input is for a pasted table of mixes") }
        let found: LogReader.Found
        if source == "-" {
            found = try LogReader.pasted(String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self))
        } else {
            found = try LogReader.read(source.count > 1 && source.hasSuffix("/") ? String(source.dropLast()) : source, map: map)
        }
        var context = Postmortem.Context(entropyCoefficient: entCoef)
        if let reward, let bars {
            context.reward = try findings(reward: reward, bars: bars, split: .train)
        } else if let run = found.logs.first, run.kind == .runFolder {
            do {
                let inputs = try spotInputs(ofRun: run.source)
                context.reward = rewardFindings(of: inputs)
                // Asked for only where there is something to mend; a few tenths of a second each.
                context.forecaster = ForecastedRuns(inputs, steps: run.mixes.last.map { Int($0.step) })
            } catch {
                log.info("not split into guaranteed and uncertain pay, and remedies by the mean field: \(firstLine(error))")
            }
        }
        let report = Postmortem.examine(found.logs, source: found.source, context)
        Console.print(output.json ? report.json.document : postmortemText(report), terminator: "")
        guard let out = output.out else {
            if !output.json { log.info("\nfigures: add --out FOLDER") }
            return
        }
        let written = try await writePostmortem(report, to: out)
        log.info("\nwrote \(visible(written.json)) and \(written.plotFiles.count) files in \(visible(out))/plots")
        if let failure = written.figureFailures.first { throw failure }
    }

    private func firstLine(_ error: any Error) -> String {
        if let missing = error as? InputMissing { return visible("\(missing.issue.file ?? ""): \(missing.issue.message)") }
        if let issues = error as? InputIssues, let first = issues.issues.first { return visible("\(first.file ?? ""): \(first.message)") }
        if let failure = error as? CommandFailure { return failure.message }
        return "\(error)".split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// What a reward pays on bars: the analysis of `assay ev`, with as few replicates as it takes, since only means are used.
    private func findings(reward: String, bars: String, split: SplitName) throws -> RewardFindings {
        var market = try MarketOptions.parse([])
        (market.bars, market.from, market.to) = (bars, from, to)
        let isOfOptions = RewardDesign.environment(of: reward) == .options
        let settings = ExpectedValueSettings(replicates: 200, seed: 1, threads: market.threadCount, gamma: isOfOptions ? 0.92 : 0.99)
        let designs = try loadDesigns([reward], for: isOfOptions ? .options : .spot, gamma: settings.gamma, choices: SwitchChoices([]))
        if isOfOptions {
            let prepared = try market.prepareOptions()
            return RewardFindings(analyseOptionRewards(designs, on: prepared.market, days: prepared.days(split), split: split.rawValue, data: prepared.data, settings, command: ""), bars: bars)
        }
        return RewardFindings(analyseRewards(designs, on: try market.prepare(), split: split, detector: market.detector, settings, command: ""), bars: bars)
    }
}

/// A spot run's experiment, reward and bars.
func spotInputs(ofRun folder: String) throws -> TrainingInputs {
    let experiment = try Experiment(file: folder + "/experiment.json")
    guard experiment.kind == .spot else { throw CommandFailure("an options reward is paid along trades: the ledger has it by term") }
    return try TrainingInputs(experiment, rewardFile: folder + "/reward.yaml")
}

/// What a run's reward pays on the bars that it was trained on; with as few replicates as it takes, since only means are used.
func rewardFindings(of inputs: TrainingInputs) -> RewardFindings {
    let experiment = inputs.experiment
    let settings = ExpectedValueSettings(replicates: 200, seed: 1, threads: ProcessInfo.processInfo.activeProcessorCount, gamma: experiment.ppo.gamma)
    return RewardFindings(analyseRewards([inputs.design], on: inputs.prepared, split: .train, detector: experiment.detector, settings, command: ""), bars: experiment.bars)
}

extension RewardFindings {
    /// Of the first reward of an analysis.
    init(_ report: ExpectedValueReport, bars: String) {
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
            })
    }
}

enum PostmortemFolder {
    /// Fails before the long part when `folder` cannot be written or already holds a post-mortem.
    static func check(_ folder: String, force: Bool) throws {
        if !force, FileManager.default.fileExists(atPath: folder + "/postmortem.json") {
            throw CommandFailure("'\(visible(folder))' already holds a post-mortem", help: "choose another --out, or add --force to replace it", code: 65)
        }
        try OutputFolder.check(folder, force: true)
    }
}
