public import ArgumentParser
import ComponentKit
import Foundation
import Logging
import Reports
import RunRecords
public import Sweeps
import Synchronization
import TradingTypes
import Training

extension SweepPlan.Method: ExpressibleByArgument {}

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Train over a grid, random or Sobol points of weights, settings and seeds; resumable, results in SQLite.",
        discussion: """
            Examples:
              assay sweep experiments/btc-s3-mlp.yaml --vary ppo.ent_coef=0.02,0.05,0.2 --seeds 3 --steps 200000
              assay sweep experiments/btc-s3-mlp.yaml --vary reward.crisis_hold=0..1 --vary ppo.ent_coef=log:0.01..0.5 --method sobol --trials 32
              assay sweep sweeps/my-sweep.yaml

            Varies weights (reward.TERM) and any part of an experiment by its name.
            The same command again goes on where it stopped, also after a kill.
            Writes sweeps/NAME: sweep.sqlite, trials.csv and plots/.
            """)

    @Argument(help: ArgumentHelp("Experiment file, or a sweep file (experiment, vary, method, trials, seeds, steps, set).", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("\(SweepDimension.forms). Repeatable.", valueName: "name=values"))
    var vary: [String] = []

    @Option(help: "grid, random or sobol.")
    var method: SweepPlan.Method?

    @Option(help: ArgumentHelp("Points of a random or Sobol sweep.", valueName: "n"))
    var trials: Int?

    @Option(help: ArgumentHelp("Environment steps of each training instead of the experiment's.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("Seeds 1 to N of each point instead of the experiment's.", valueName: "n"))
    var seeds: Int?

    @Option(help: ArgumentHelp("Seed of random points.", valueName: "n"))
    var seed: UInt64?

    @OptionGroup var changes: ExperimentOptions

    @Option(help: ArgumentHelp("Reward file instead of the experiment's.", valueName: "file"))
    var reward: String?

    @Option(help: "Bars that the table and the figure show: train, validation or test.")
    var split: SplitName = .train

    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("Folder of the results; sweeps/NAME when absent.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace results of another sweep in --out.")
    var force = false

    @Flag(help: "Train nothing: show what is on record.")
    var show = false

    @OptionGroup var output: PrintOptions

    func validate() throws {
        if let seeds, !(1...10_000).contains(seeds) { throw ValidationError("--seeds must lie between 1 and 10,000, not \(seeds)") }
        if let trials, !(1...10_000).contains(trials) { throw ValidationError("--trials must lie between 1 and 10,000, not \(trials)") }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps)") }
        if split == .all { throw ValidationError("--split is train, validation or test: a sweep records these") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        let plan = try readPlan()
        let folder = out ?? "sweeps/\(plan.name)"
        let sweep = try Sweep(plan, folder: folder, force: force)
        let total = sweep.points.count * sweep.seeds.count, before = try sweep.records().count
        log.info("\(plan.name): \(grouped(sweep.points.count)) points, \(sweep.seeds.count) seed\(sweep.seeds.count == 1 ? "" : "s") each, \(grouped(sweep.experiment.steps)) steps\(before > 0 ? "; \(before) of \(total) trainings are on record" : "")")
        var isDone = before == total
        if !show, !isDone {
            Interruption.watch()
            let isShown = !output.quiet, names = plan.dimensions.map(\.name), points = sweep.points
            isDone = try sweep.run(threads: threading.count, shouldStop: { Interruption.isAsked }) { progress in
                guard isShown else { return }
                let values = zip(names, points[progress.record.point]).map { "\($0)=\($1)" }.joined(separator: " ")
                let hold = progress.record[.train]?.sampled.shares.map { "HOLD \(percent($0[0]))" } ?? progress.record.failure ?? ""
                Console.error("\(progress.done)/\(progress.total)  \(visible(values)) seed \(progress.record.seed): \(hold)")
            }
        }
        let records = try sweep.records()
        let summary = SweepSummary(names: plan.dimensions.map(\.name), points: sweep.points, records: records, split: split)
        let text = SweepSummary.csv(names: summary.names, points: sweep.points, records: records)
        try AtomicFile.write(text, to: folder + "/trials.csv")
        try await draw(sweep, summary, records, folder, log)
        if output.json {
            Console.print(summary.json(name: plan.name, database: sweep.database).document, terminator: "")
        } else {
            let table = summary.table()
            Console.print(plainTable(table.heads, table.rows, textColumns: summary.names.count))
            Console.print("sampled actions, \(split.rawValue) bars\(sweep.seeds.count > 1 ? ", mean ± standard deviation over the seeds" : ""); \(records.count) of \(total) trainings")
        }
        log.info("results: \(visible(sweep.database)), \(visible(folder))/trials.csv")
        if !isDone, !show {
            Console.error("interrupted; the same command goes on")
            Foundation.exit(130)
        }
    }

    private func readPlan() throws -> SweepPlan {
        var plan: SweepPlan
        if try SweepPlan.isSweep(file: file) {
            plan = try SweepPlan(file: file)
        } else {
            plan = SweepPlan(name: try Experiment(file: file).name, experiment: file)
        }
        for argument in vary {
            let dimension = try SweepDimension(argument)
            if let k = plan.dimensions.firstIndex(where: { $0.name == dimension.name }) { plan.dimensions[k] = dimension } else { plan.dimensions.append(dimension) }
        }
        plan.method = method ?? plan.method
        if trials != nil, plan.method == .grid { throw ValidationError("--trials is for --method sobol or random: a grid has as many points as its values make") }
        plan.trials = trials ?? plan.trials
        plan.steps = steps ?? plan.steps
        plan.seed = seed ?? plan.seed
        if let seeds { plan.seeds = (1...seeds).map(UInt64.init) }
        plan.settings += changes.assignments
        if let reward { plan.settings.append("reward=\(yamlQuoted(reward))") }
        return plan
    }

    private func draw(_ sweep: Sweep, _ summary: SweepSummary, _ records: [TrialRecord], _ folder: String, _ log: Logger) async throws {
        let chart = SweepChart(
            name: sweep.plan.name, caption: "\(records.count) trainings of \(sweep.experiment.steps) steps, sampled actions on the \(split.rawValue) bars", regimes: summary.regimes,
            panels: summary.names.enumerated().map { d, name in .init(name: name, values: sweep.points.map { $0[d] }) },
            trials: records.compactMap { record in
                record[split].map { found in .init(point: record.point, hold: summary.regimes.indices.map { found.sampled.shares($0)?[0] }) }
            }, isGrid: sweep.plan.method == .grid)
        guard let figure = sweepFigure(chart) else { return }
        let drawn = try await writeFigures([figure], to: folder)
        if let failure = drawn.failures.first { log.warning("the results are whole, but the figure is missing: \(failure)") } else { log.info("figure: \(visible(folder))/plots/sweep-hold.svg") }
    }
}
