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
              assay postmortem mixes.csv --reward rewards/btc-s2.yaml --bars btc.csv.gz --ent-coef 0.01
              assay postmortem progress.csv --experiment my-run.yaml
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

    @Option(help: ArgumentHelp("The reward that was trained on; needs --bars or --experiment.", valueName: "file"))
    var reward: String?

    @Option(help: ArgumentHelp("The bars that it was trained on; needs --reward or --experiment.", valueName: "file|synthetic:..."))
    var bars: String?

    @Option(help: ArgumentHelp("What it was trained with, as an experiment file: reward, bars, features, network, PPO settings.", valueName: "file"))
    var experiment: String?

    @Option(help: ArgumentHelp("First bar (with --bars).", valueName: "date"))
    var from: String?

    @Option(help: ArgumentHelp("End of the bars, exclusive (with --bars).", valueName: "date"))
    var to: String?

    @OptionGroup var output: OutputOptions

    @Flag(help: "Replace files in --out that an earlier run wrote.")
    var force = false

    func validate() throws {
        if let entCoef, !(entCoef >= 0 && entCoef <= 10) { throw ValidationError("--ent-coef must lie between 0 and 10, not \(entCoef)") }
        if experiment == nil, (reward == nil) != (bars == nil) { throw ValidationError("--reward and --bars belong together: what a reward pays is known on bars; or name both in an --experiment") }
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
        if reward != nil || bars != nil || experiment != nil {
            try givenEvidence(found.logs[0]).add(to: &context, log: found.logs[0], steps: nil)
        } else if let run = found.logs.first, run.kind == .runFolder {
            do {
                context.kinds = try kindsOfPay(inRun: run.source)
                try PostmortemEvidence(ofRun: run.source).add(to: &context, log: run, steps: run.mixes.last.map { Int($0.step) })
            } catch {
                log.info("remedies by the mean field, and pay split as far as the ledger goes: \(firstLine(error))")
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

    /// The experiment that the flags describe: --experiment, or a shipped one, with --reward, --bars and the entropy coefficient in their places.
    private func givenEvidence(_ log: TrainingLog) throws -> PostmortemEvidence {
        var assumed = "", base = experiment
        if base == nil, log.kind == .runFolder { base = log.source + "/experiment.json" }
        let isOfOptions = reward.map { RewardDesign.environment(of: $0) == .options } ?? false, shipped = isOfOptions ? "experiments/scalp-audited.yaml" : "experiments/btc-s3-mlp.yaml"
        if base == nil { assumed = "Features, network and PPO settings of the training: forecasts take those of \(shipped), with the reward, the bars and the entropy coefficient given. Name the run's own with --experiment." }
        var assignments: [String] = []
        if let reward { assignments.append("reward=\(yamlQuoted(reward))") }
        if let bars {
            if isOfOptions, from != nil || to != nil {
                throw ValidationError("--from and --to choose hourly bars; of intraday data choose the last days with ', days=60' behind --bars")
            }
            assignments += ExperimentOptions.market(bars, from: from, to: to)
        }
        let coefficient = entCoef ?? (experiment == nil ? log.entropyCoefficient : nil)
        if let coefficient { assignments.append("ppo.ent_coef=\(coefficient)") }
        if base == nil, let gamma = log.gamma { assignments.append("ppo.gamma=\(gamma)") }
        let read = try Experiment(file: base ?? shippedFile(shipped), overrides: assignments.map { try ExperimentOverride($0) })
        // A run's own copy of its reward, unless another is named.
        let copy = log.kind == .runFolder && experiment == nil && reward == nil ? log.source + "/reward.yaml" : nil
        return PostmortemEvidence(try TrainingInputs(read, rewardFile: copy), knowsCoefficient: coefficient != nil || base != nil, assumed: assumed)
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
