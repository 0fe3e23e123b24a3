import ArgumentParser
import ComponentKit
import Foundation
import PolicyExport
import Reports
import RunRecords
import TradingTypes
import Training

/// What `assay export` writes.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case safetensors, onnx, csv
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "A trained policy or a reward for other programs: weights, a model, decisions, a NumPy module.",
        discussion: """
            Examples:
              assay export runs/btc-s3-mlp/seed-1 --format onnx --out policy.onnx
              assay export runs/btc-s3-mlp/seed-1 --format csv --split test > bars.csv
              assay export rewards/btc-s3.yaml --numpy --out btc_s3.py
              assay export rewards/btc-s3.yaml --transitions --out transitions.csv

            safetensors: the weights, a perceptron's under Stable-Baselines3's keys.
            onnx: raw features and a mask in; probabilities, action and value out.
            csv: time, regime, raw features, probabilities and value of every bar.
            --numpy: a reward as a Python module over NumPy, a function a term.
            --transitions: steps of a random agent with everything the reward reads
            and every term's pay, to try an implementation of it on.
            """)

    @Argument(help: ArgumentHelp("Run folder of one seed; with --numpy or --transitions a reward file.", valueName: "run|reward"))
    var run: String

    @Option(help: "safetensors, onnx or csv.")
    var format: ExportFormat?

    @Flag(help: "A reward file as a Python module over NumPy.")
    var numpy = false

    @Flag(help: "Transitions of a random agent, scored by a reward file (CSV).")
    var transitions = false

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Option(help: ArgumentHelp("Discount of potentials in a reward; 0.99, for options 0.92.", valueName: "x"))
    var gamma: Double?

    @Option(help: ArgumentHelp("For --transitions, the bars; a synthetic market when absent.", valueName: "file|synthetic:..."))
    var bars: String?

    @Option(help: ArgumentHelp("For --transitions, how many episodes.", valueName: "n"))
    var episodes = 10

    @Option(help: ArgumentHelp("For --transitions, seed of the random agent.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("File to write; csv goes to standard output without it.", valueName: "file"))
    var out: String?

    @Option(help: "For csv, part of the bars: train, validation, test or all.")
    var split: SplitName = .test

    @Flag(help: "Replace the file when it exists.")
    var force = false

    @Flag(help: "No remarks on standard error.")
    var quiet = false

    func validate() throws {
        guard [format != nil, numpy, transitions].count(where: { $0 }) == 1 else { throw ValidationError("say what to export: --format safetensors, onnx or csv of a run, or --numpy or --transitions of a reward file") }
        if let format, format != .csv, out == nil { throw ValidationError("--format \(format.rawValue) needs --out FILE") }
        if format != nil, !switches.isEmpty || gamma != nil || bars != nil { throw ValidationError("--switch, --gamma and --bars go with --numpy or --transitions") }
        if let gamma, !(0...1).contains(gamma) { throw ValidationError("--gamma must lie between 0 and 1, not \(gamma)") }
        if !(1...100_000).contains(episodes) { throw ValidationError("--episodes must lie between 1 and 100,000, not \(episodes)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: quiet)
        guard let format else { return try exportReward(log) }
        let folders = seedFolders(of: run)
        guard folders.count < 2 else {
            throw CommandFailure(
                "'\(visible(run))' holds the runs of \(folders.count) seeds", help: "name one: assay export \(shellQuoted(folders[0])) --format \(format.rawValue)", code: 65)
        }
        if let out, !force, FileManager.default.fileExists(atPath: out) {
            throw CommandFailure("'\(visible(out))' exists", help: "choose another --out, or add --force to replace it", code: 65)
        }
        let policy = try TrainedPolicy(folder: folders.first ?? run, threads: 1)
        if !policy.isFinal { log.warning("\(policy.folder) has not finished: its newest checkpoint is of step \(policy.steps)") }
        switch format {
        case .safetensors: try policy.weights().write(to: out ?? "")
        case .onnx: try policy.model(version: Assay.version).write(to: out ?? "")
        case .csv:
            let text = try policy.decisions(split)
            guard let out else { return Console.print(text, terminator: "") }
            try AtomicFile.write(text, to: out)
        }
        if let out { log.info("wrote \(visible(out))") }
    }
}
