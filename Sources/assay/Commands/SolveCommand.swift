public import ArgumentParser
import ComponentKit
import Foundation
import Logging
import Reports
public import RewardSolving
import RunRecords
import TradingTypes
import Training

extension SolvePreference: ExpressibleByArgument {}

struct SolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solve",
        abstract: "Weights under which a trained policy has the mix that a target file asks for, or the demands that conflict.",
        discussion: """
            Examples:
              assay solve rewards/btc-s3.yaml --target rewards/targets/btc.yaml --experiment experiments/btc-s3-mlp.yaml --out btc-solved.yaml
              assay solve rewards/btc-s3.yaml --target my-target.yaml --bars btc.csv.gz --analytic

            Forecasts give the start, rounds of training correct it, and fresh seeds
            verify the result. A target file has bands (regime, then HOLD, LONG or
            SHORT: [low, high]) and may have move, bounds, scales, add, hit_rates,
            coin_flip_at_most and no_farm: docs/solving.md.
            Ends with 1 where no weights were found.
            """)

    @Argument(help: ArgumentHelp("Reward file.", valueName: "reward"))
    var reward: String

    @Option(help: ArgumentHelp("Target file, such as rewards/targets/btc.yaml.", valueName: "file"))
    var target: String

    @Option(help: ArgumentHelp("Experiment whose data, policy and PPO settings are used; the defaults when absent.", valueName: "file"))
    var experiment: String?

    @OptionGroup var changes: ExperimentOptions

    @Option(help: "What to change first: bonus (what HOLD is paid), cost (what trading costs) or entropy (the entropy coefficient).")
    var prefer: SolvePreference = .bonus

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Flag(help: "No training: the analytic answer alone.")
    var analytic = false

    @Option(help: ArgumentHelp("Steps of a search training instead of the experiment's.", valueName: "n"))
    var searchSteps: Int?

    @Option(help: ArgumentHelp("Seeds of a search round; twice as many near the end.", valueName: "n"))
    var searchSeeds = 3

    @Option(help: ArgumentHelp("Draws the search: another number, other trainings.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "Begin the search from the analytic gaps instead of forecasts.")
    var noForecast = false

    @Option(help: ArgumentHelp("Most rounds of search.", valueName: "n"))
    var rounds = 12

    @Option(help: ArgumentHelp("Fresh seeds that verify the result, 1 to N; 0 for none.", valueName: "n"))
    var seeds = 5

    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("Reward file to write.", valueName: "file"))
    var out: String?

    @Flag(help: "Replace --out when it exists.")
    var force = false

    @OptionGroup var output: PrintOptions

    func validate() throws {
        if !(2...100).contains(searchSeeds) { throw ValidationError("--search-seeds must lie between 2 and 100, not \(searchSeeds): one seed does not show how much seeds differ") }
        if !(1...1_000).contains(rounds) { throw ValidationError("--rounds must lie between 1 and 1000, not \(rounds)") }
        if !(0...1_000).contains(seeds) { throw ValidationError("--seeds must lie between 0 and 1000, not \(seeds)") }
        if let searchSteps, searchSteps < 1 { throw ValidationError("--search-steps must be at least 1, not \(searchSteps)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        if let out, !force, FileManager.default.fileExists(atPath: out) {
            throw CommandFailure("'\(visible(out))' exists", help: "choose another --out, or add --force to replace it", code: 65)
        }
        let asked = try SolveTarget(file: target), experiment = try readExperiment()
        if prefer == .entropy, !asked.movesEntropy {
            throw CommandFailure("--prefer entropy, but \(visible(target)) does not let the entropy coefficient move", help: "add \(SolveTarget.entropy) to its 'move', or choose --prefer bonus", code: 65)
        }
        var search = SolveSettings()
        (search.preference, search.searchSeeds, search.searchSteps, search.rounds) = (prefer, searchSeeds, searchSteps, rounds)
        search.freshSeeds = seeds > 0 ? (1...seeds).map(UInt64.init) : []
        (search.seed, search.usesForecast) = (seed, !noForecast)
        search.threads = threading.count
        search.isAnalytic = analytic
        let solver = try RewardSolver(experiment, rewardText: readTextFile(reward), target: asked, settings: search)
        for (id, when) in solver.added { log.info("added with weight 0: \(visible(id)), when \(when)") }
        Interruption.watch()
        guard let result = try solver.solve(shouldStop: { Interruption.isAsked }, report: { log.info("\(visible($0))") }) else {
            Console.error("interrupted; nothing was written")
            Foundation.exit(130)
        }
        if let out, result.status == .solved || !result.verified.isEmpty {
            let name = URL(fileURLWithPath: out).deletingPathExtension().lastPathComponent
            try AtomicFile.write(try solver.solvedFile(result, name: name, command: commandLine()), to: out)
        }
        if output.json { Console.print(solver.json(result).document, terminator: "") } else { Console.print(Self.text(solver, result, asked), terminator: "") }
        if let out, result.status == .infeasible { log.info(result.verified.isEmpty ? "\(visible(out)) was not written" : "wrote \(visible(out)), the nearest that was found, which falls short") }
        if let out, result.status == .solved {
            log.info("wrote \(visible(out))")
            let more = solver.trainingSettings(result).map { " --set \(shellQuoted($0))" }.joined()
            if let file = self.experiment { log.info("next: assay train \(shellQuoted(file)) --reward \(shellQuoted(out))\(more)") }
        }
        if result.status == .infeasible { throw ExitCode(1) }
    }

    private func readExperiment() throws -> Experiment {
        let chosen = try SwitchChoices(switches).chosen.sorted { $0.key < $1.key }
        let overrides = try changes.overrides(["reward=\(yamlQuoted(reward))"] + chosen.map { "switches.\($0.key)=\(yamlQuoted($0.value))" })
        if let experiment { return try Experiment(file: experiment, overrides: overrides) }
        return try Experiment(file: "(defaults)", text: "schema: 1\nname: solve\nreward: x\n", overrides: overrides)
    }

    /// Bands against forecast and trained, weights before and after, conflicts.
    static func text(_ solver: RewardSolver, _ result: SolveResult, _ target: SolveTarget) -> String {
        func range(_ band: ClosedRange<Double>) -> String { "\(percent(band.lowerBound)) - \(percent(band.upperBound))" }
        func spread(_ values: [Double]) -> String {
            let mean = values.reduce(0, +) / Double(max(1, values.count))
            let deviation = values.count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot() : 0
            return String(format: "%.1f%% ± %.1f", 100 * mean, 100 * deviation)
        }
        let isHold = target.bands.allSatisfy { $0.action == 0 }
        var heads = ["regime", "band"], rows = target.bands.map { [Regime.names[$0.regime] + (isHold ? "" : " " + $0.actionName), range($0.share)] }
        if let first = result.present {
            heads.append("as it was")
            for (k, band) in target.bands.enumerated() { rows[k].append(percent(first.mean[band.regime][band.action])) }
        }
        if result.forecast.contains(where: { $0 != nil }) {
            heads += ["expected", "90% of seeds"]
            for (k, band) in target.bands.enumerated() {
                let found = result.forecast[band.regime]
                rows[k] += [found.map { percent($0.sampled[band.action]) } ?? "-", found?.bands90[band.action].map(range) ?? "-"]
            }
        }
        for found in result.verified {
            heads.append("trained, \(found.split.rawValue)")
            for (k, band) in target.bands.enumerated() { rows[k].append(spread(found.mixes.map { $0[band.regime][band.action] })) }
        }
        var text = "\(isHold ? "HOLD" : "Shares"), sampled\n" + plainTable(heads, rows, textColumns: 2)
        let changes = solver.changes(result)
        if !changes.isEmpty { text += "\n" + plainTable(["weight", "from", "to"], changes, textColumns: 1) }
        let moved = solver.moved(result)
        text += "\nentropy coefficient \(shortNumber(result.entropyCoefficient))\(result.learningRateFalls ? ", learning rate falling to 0" : "")\n"
        // Where nothing was found, these are the settings of the last round.
        if !moved.isEmpty { text += (result.forecast.contains { $0 != nil } ? "moved: " : "tried: ") + moved.map { "\(Self.words($0.lever)) (\(visible($0.names.joined(separator: ", "))))" }.joined(separator: "; ") + "\n" }
        for reason in result.reasons { text += "  \(visible(reason))\n" }
        if let confidence = result.confidence { text += "probability that a fresh seed lies inside all bands, by the search: \(percent(confidence))\n" }
        for found in result.verified { if let inside = result.inside(found.split, target) { text += "inside all bands on the \(found.split.rawValue) bars: \(inside) of \(found.seeds.count) fresh seeds\n" } }
        switch result.status {
        case .solved: text += "solved\n"
        case .infeasible:
            let isContradiction = result.confidence == nil && result.conflicts.count > 1
            text += "not solved\(isContradiction ? ": these cannot hold together" : "")\n" + result.conflicts.map { "  - \(visible($0))\n" }.joined()
        }
        return text
    }

    private static func words(_ lever: SolveLever) -> String {
        switch lever {
        case .bonus: "pay for holding"
        case .cost: "cost of trading"
        case .side: "pay for one side"
        case .other: "other weights"
        case .entropy: "entropy coefficient"
        case .learningRate: "learning rate"
        }
    }
}
