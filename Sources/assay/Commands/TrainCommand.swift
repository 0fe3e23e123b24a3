import ArgumentParser
import ComponentKit
import Dispatch
import Foundation
import Logging
import NumericKernels
import Reports
import RunRecords
import Synchronization
import TradingTypes
import Training

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train policies with maskable PPO, several seeds side by side.",
        discussion: """
            Examples:
              assay train experiments/btc-s3-mlp.yaml
              assay train experiments/btc-s3-mlp.yaml --steps 200000 --seeds 3
              assay train experiments/btc-s3-mlp.yaml --set ppo.ent_coef=0.1
              assay train --resume runs/btc-s3-mlp

            Writes runs/NAME (one folder a seed when there are several): weights,
            checkpoints, progress.csv in Stable-Baselines3's columns, TensorBoard
            events, action mixes by regime, the ledger of reward terms, and at the
            end report.html with its figures.
            """)

    enum Finding: String, ExpressibleByArgument, CaseIterable { case collapse }

    @Argument(help: ArgumentHelp("Experiment file.", valueName: "experiment"))
    var experiment: String?

    @Option(help: ArgumentHelp("Go on with the run in this folder.", valueName: "run"))
    var resume: String?

    @OptionGroup var changes: ExperimentOptions

    @Option(help: ArgumentHelp("Reward file instead of the experiment's.", valueName: "file"))
    var reward: String?

    @Option(help: ArgumentHelp("Environment steps instead of the experiment's.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("One seed instead of the experiment's.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Train seeds 1 to N, side by side.", valueName: "n"))
    var seeds: Int?

    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("Run folder; runs/NAME when absent.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the run that --out holds.")
    var force = false

    @Option(help: "Stop and exit with 2 when a seed collapses.")
    var failOn: Finding?

    @OptionGroup var output: PrintOptions

    @Flag(help: "No progress display.")
    var noProgress = false

    @Flag(help: "No figures and no report.html at the end; 'assay report RUN' makes them later.")
    var noReport = false

    func validate() throws {
        if (experiment == nil) == (resume == nil) { throw ValidationError("name an experiment file, such as experiments/btc-s3-mlp.yaml, or --resume RUN") }
        if resume != nil, changes.isGiven || reward != nil || steps != nil || seed != nil || seeds != nil || out != nil || force {
            throw ValidationError("--resume goes on with the run as it was started; leave the other settings out")
        }
        if seed != nil, seeds != nil { throw ValidationError("give --seed or --seeds, not both") }
        if let seeds, !(1...10_000).contains(seeds) { throw ValidationError("--seeds must lie between 1 and 10,000, not \(seeds)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        let plan = try resume.map { try TrainingPlan(resuming: $0) } ?? newPlan()
        let threads = threading.count
        log.info("\(remark(on: plan.inputs))")
        if !plan.isResuming { try StageGate.check(plan.inputs, log) }
        let runs = try plan.open(version: Assay.version, threads: threads, force: force)
        let records = RunFolder(path: plan.folder), isOver = runs.allSatisfy { $0.steps >= plan.inputs.experiment.steps }
        if !isOver { try records.record(command: commandLine(), isFirst: !plan.isResuming) }
        for warning in runs.flatMap(\.warnings) { log.warning("\(warning.rendered)") }
        if let first = runs.first { log.info("policy: \(first.parameterCount) parameters; \(runs.count == 1 ? "seed \(first.seed)" : "\(runs.count) seeds"), \(plan.inputs.experiment.steps) steps each") }
        for run in runs { if let remark = run.startRemark { log.info("seed \(run.seed): \(remark)") } }
        let display = TrainingDisplay(seeds: runs.map(\.seed), isShown: !output.quiet && !noProgress, steps: plan.inputs.experiment.steps)
        Interruption.watch()
        let clock = ContinuousClock(), start = clock.now, before = runs.reduce(0) { $0 + $1.steps }
        let ends = try train(runs, threads: threads, display, log)
        display.close()
        let spent = clock.now - start
        let seconds = Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        let steps = runs.reduce(0) { $0 + $1.steps } - before
        if ends.contains(.interrupted) {
            Console.error("interrupted after \(runs.map(\.steps).min() ?? 0) steps; go on with: assay train --resume \(shellQuoted(plan.folder))")
            Foundation.exit(130)
        }
        let evaluations = runs.map { $0.evaluation(.train) }
        for (run, _) in zip(runs, evaluations) { try plan.writeEvaluation(run.folder, threads: threads) }
        try present(plan, runs, evaluations, steps: steps, seconds: seconds)
        if !noReport, !isOver || !FileManager.default.fileExists(atPath: records.report) { await writeReport(plan, threads: threads, log) }
        if failOn == .collapse, let worst = ends.compactMap({ if case .collapsed(let status) = $0 { status } else { nil } }).max() {
            Console.error("collapse: \(worst.name)")
            Foundation.exit(2)
        }
    }

    /// Page and figures. Whatever goes wrong here is a warning: the run is whole without them.
    private func writeReport(_ plan: TrainingPlan, threads: Int, _ log: Logger) async {
        let again = "'assay report \(shellQuoted(plan.folder))' tries again"
        do {
            let written = try await writeRunReport(try readRunReport(plan.folder, threads: threads, inputs: plan.inputs), to: plan.folder)
            log.info("wrote \(visible(written.page)) and \(written.plotFiles.count) files in \(visible(plan.folder))/plots")
            if let failure = written.figureFailures.first { log.warning("the run is whole, but figures are missing: \(failure)\n\(again)") }
        } catch {
            log.warning("the run is whole, but its report was not written: \(error)\n\(again)")
        }
    }

    private func newPlan() throws -> TrainingPlan {
        let chosen = seed.map { "\($0)" } ?? seeds.map { "[" + (1...$0).map(String.init).joined(separator: ", ") + "]" }
        let own = [reward.map { "reward=\(yamlQuoted($0))" }, steps.map { "steps=\($0)" }, chosen.map { "seeds=\($0)" }]
        let read = try Experiment(file: experiment ?? "", overrides: changes.overrides(own.compactMap { $0 }))
        return try TrainingPlan(read, folder: out ?? "runs/\(read.name)")
    }

    /// Several seeds run side by side, one thread each; one seed uses all threads.
    private func train(_ runs: [TrainingRun], threads: Int, _ display: TrainingDisplay, _ log: Logger) throws -> [TrainingEnd] {
        let ends = Mutex([TrainingEnd](repeating: .finished, count: runs.count)), failure = Mutex<(any Error)?>(nil), next = Atomic<Int>(0)
        nonisolated(unsafe) let runs = runs
        DispatchQueue.concurrentPerform(iterations: min(threads, runs.count)) { _ in
            while true {
                let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if i >= runs.count || failure.withLock({ $0 != nil }) { return }
                do {
                    let end = try runs[i].run(stopsOnCollapse: failOn == .collapse, shouldStop: { Interruption.isAsked || failure.withLock { $0 != nil } }) { progress in
                        if !progress.notices.isEmpty { display.close() }
                        for notice in progress.notices { log.warning("seed \(progress.seed): \(notice)") }
                        display.show(progress)
                    }
                    ends.withLock { $0[i] = end }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) {
            display.close()
            throw error
        }
        return ends.withLock { $0 }
    }

    private func present(_ plan: TrainingPlan, _ runs: [TrainingRun], _ evaluations: [PolicyEvaluation], steps: Int, seconds: Double) throws {
        let overall = MixSummary(evaluations.map(\.sampled))
        let roundTrips = evaluations.map(\.sampledResult.roundTrips).reduce(0, +)
        let classOfAll = PolicyClass(shares: overall.all.map(\.mean), roundTrips: roundTrips, margin: overall.all.first.map { 2 * $0.standardError } ?? 0)
        if output.json {
            let rate = seconds > 0 ? Double(steps) / seconds : 0
            let document: JSONValue = [
                "schema_version": 1, "run": .text(plan.folder), "steps": .integer(steps), "seconds": .number(seconds), "steps_per_second": .number(rate),
                "class": .text(classOfAll.rawValue),
                "seeds": .list(zip(runs, evaluations).map { ["seed": .integer(Int($0.seed)), "run": .text($0.folder), "steps": .integer($0.steps), "class": .text($1.policyClass.rawValue)] }),
            ]
            Console.print(document.document, terminator: "")
            return
        }
        Console.print(mixTable(overall, title: "Sampled actions on the training bars\(plan.inputs.experiment.kind == .options ? ", flat" : ""), mean over \(runs.count) seed\(runs.count == 1 ? "" : "s")"), terminator: "")
        let scalps = evaluations.compactMap(\.scalp)
        if !scalps.isEmpty { Console.print(scalpTable([("sampled", scalps)])) }
        Console.print("class: \(classOfAll.rawValue)")
        if steps > 0 { Console.print("\(steps) steps in \(String(format: "%.1f", seconds)) s, \(Int(Double(steps) / max(1e-9, seconds))) steps/s") } else { Console.print("the run was finished already") }
        Console.print("next: assay evaluate \(shellQuoted(plan.folder)) --split test")
    }

    private func remark(on inputs: TrainingInputs) -> String {
        let e = inputs.experiment
        return "\(e.name): \(e.bars), \(inputs.trainingBarCount) training bars, reward \(inputs.rewardName)"
    }
}

/// Ctrl-C and SIGTERM: the first asks the run to stop after the update under way, the second ends the program at once.
enum Interruption {
    private static let asked = Atomic<Int>(0)
    static var isAsked: Bool { asked.load(ordering: .relaxed) > 0 }

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if Interruption.asked.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
            }
        }
    }
}
