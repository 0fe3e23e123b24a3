import ArgumentParser
import Cloning
import ComponentKit
import Foundation
import RunRecords
import Training

struct CloneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Fit a policy to a teacher's demonstrations.",
        discussion: """
            Examples:
              assay clone experiments/btc-cloned.yaml
              assay clone experiments/btc-s3-mlp.yaml --demos demos/donchian
              assay clone --demos demos/donchian --set policy.hidden='[64, 64]'

            Masked cross-entropy on the actions that the teacher's script wanted, with the
            last episodes held out. Writes runs/NAME-clone: weights that 'assay train' starts
            from (cloning.from), accuracies by action and regime, calibration.
            """)

    @Argument(help: ArgumentHelp("Experiment file; without one the demonstrations alone say what is observed.", valueName: "experiment"))
    var experiment: String?

    @Option(help: ArgumentHelp("Demonstrations instead of the experiment's.", valueName: "folder"))
    var demos: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Any part of the experiment, by name. Repeatable.", valueName: "name=value"))
    var settings: [String] = []

    @Option(help: ArgumentHelp("Seed of the weights and the minibatches instead of the experiment's first.", valueName: "n"))
    var seed: UInt64?

    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("Folder of the clone; runs/NAME-clone when absent.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace what --out holds.")
    var force = false

    @OptionGroup var output: PrintOptions

    func validate() throws {
        if experiment == nil, demos == nil { throw ValidationError("name an experiment file, or --demos FOLDER, a folder that 'assay teach' wrote") }
    }

    func run() throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        var overrides = try settings.map { try ExperimentOverride($0) }
        if let demos { overrides.append(try ExperimentOverride("teacher.demonstrations=\(yamlQuoted(demos))")) }
        // No cloning section at all means its defaults here: the verb asks for it.
        overrides.append(try ExperimentOverride("cloning.critic=none"))
        let read: Experiment
        if let experiment {
            read = try Experiment(file: experiment, overrides: overrides)
        } else {
            let name = (demos! as NSString).lastPathComponent
            read = try Experiment(file: "--set", text: "schema: 1\nname: \(yamlQuoted(name))\nreward: none\n", overrides: overrides)
        }
        let job = try CloneRun(
            read, readsMarket: experiment != nil, folder: out ?? "runs/\(read.name)-clone", seed: seed ?? read.seeds.first ?? 1,
            threads: threading.count)
        log.info("\(read.name): \(job.episodes) episodes, \(job.trainingSteps) steps to learn from, \(job.heldOutSteps) held out, \(job.parameterCount) parameters")
        Interruption.watch()
        try job.run(version: Assay.version, force: force, shouldStop: { Interruption.isAsked }) { epoch, loss, heldOutLoss, accuracy in
            log.info("epoch \(epoch): loss \(String(format: "%.4f", loss)), held out \(String(format: "%.4f", heldOutLoss)), accuracy \(String(format: "%.2f", 100 * accuracy))%")
        }
        if output.json { Console.print(job.document.document, terminator: "") } else { present(job) }
        if Interruption.isAsked { Foundation.exit(130) }
    }

    private func present(_ job: CloneRun) {
        guard let result = job.result else { return }
        func percent(_ x: Double?) -> String { x.map { String(format: "%.1f%%", 100 * $0) } ?? "-" }
        let held = result.heldOut
        var rows: [[String]] = []
        for (name, group) in zip(job.data.names.actions, held.byAction) { rows.append([name, "\(group.steps)", percent(group.accuracy)]) }
        for (name, group) in zip(job.data.names.regimes, held.byRegime) where group.steps > 0 { rows.append([name, "\(group.steps)", percent(group.accuracy)]) }
        rows.append(["all", "\(held.all.steps)", percent(held.accuracy)])
        Console.print("Held-out demonstrations: how often the policy's likeliest action is the teacher's")
        Console.print(plainTable(["teacher's action, regime", "steps", "agreement"], rows), terminator: "")
        Console.print("training steps \(percent(result.training.accuracy)); calibration error \(percent(held.calibrationError)); best of \(result.epochs.count) epochs: \(result.best)")
        Console.print("\(Int(result.samplesPerSecond)) samples/s")
        Console.print("next: assay train EXPERIMENT --set cloning.from=\(shellQuoted(job.folder))")
    }
}
