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
        abstract: "A trained policy for other programs: weights, a model, or its decisions.",
        discussion: """
            Examples:
              assay export runs/btc-s3-mlp/seed-1 --format onnx --out policy.onnx
              assay export runs/btc-s3-mlp/seed-1 --format csv --split test > bars.csv

            safetensors: the weights, a perceptron's under Stable-Baselines3's keys.
            onnx: raw features and a mask in; probabilities, action and value out.
            csv: time, regime, raw features, probabilities and value of every bar.
            """)

    @Argument(help: ArgumentHelp("Run folder of one seed.", valueName: "run"))
    var run: String

    @Option(help: "safetensors, onnx or csv.")
    var format: ExportFormat

    @Option(help: ArgumentHelp("File to write; csv goes to standard output without it.", valueName: "file"))
    var out: String?

    @Option(help: "For csv, part of the bars: train, validation, test or all.")
    var split: SplitName = .test

    @Flag(help: "Replace the file when it exists.")
    var force = false

    @Flag(help: "No remarks on standard error.")
    var quiet = false

    func validate() throws {
        if format != .csv, out == nil { throw ValidationError("--format \(format.rawValue) needs --out FILE") }
    }

    func run() async throws {
        let log = commandLogger(quiet: quiet)
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
