import ArgumentParser
import ComponentKit
import Foundation
import Reports
import RunRecords
import TradingTypes
import Training

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "What a trained policy does in each regime, what it earns, and fixed policies beside it.",
        discussion: """
            Examples:
              assay evaluate runs/btc-s3-mlp --split test
              assay evaluate runs/btc-s3-mlp/seed-2 --split validation --json

            A folder of several seeds gives means and spreads over the seeds.
            """)

    @Argument(help: ArgumentHelp("Run folder.", valueName: "run"))
    var run: String

    @Option(help: "Part of the bars: train, validation, test or all.")
    var split: SplitName = .test

    @OptionGroup var threading: ThreadOptions

    @Flag(help: "One JSON document on standard output.")
    var json = false

    @Flag(help: "No remarks on standard error.")
    var quiet = false

    func validate() throws {
    }

    func run() async throws {
        let log = commandLogger(quiet: quiet || json)
        let threads = threading.count
        let folders = seedFolders(of: run)
        var policies: [TrainedPolicy] = []
        for folder in folders.isEmpty ? [run] : folders { policies.append(try TrainedPolicy(folder: folder, threads: threads, inputs: policies.first?.sharedInputs)) }
        for policy in policies where !policy.isFinal { log.warning("\(policy.folder) has not finished: its newest checkpoint is of step \(policy.steps)") }
        let found = policies.map { $0.evaluate(split) }
        let zoo = policies[0].zoo(split)
        if json {
            let documents = zip(policies, found).map { policy, evaluation -> JSONValue in
                ["run": .text(policy.folder), "seed": .integer(Int(policy.seed)), "steps": .integer(policy.steps), "splits": evaluationJSON([(split, evaluation, zoo)])]
            }
            var document = documents[0].object ?? [:]
            document["schema_version"] = 1
            if documents.count > 1 { document["seeds"] = .list(documents) }
            Console.print(JSONValue.object(document).document, terminator: "")
            return
        }
        let several = found.count > 1 ? ", mean ± standard deviation over \(found.count) seeds" : ""
        for (title, mixes) in [("Sampled", found.map(\.sampled)), ("Arg-max", found.map(\.argmax)), ("Mean probability", found.map(\.meanProbability))] {
            Console.print(mixTable(MixSummary(mixes), title: "\(title), \(split.rawValue) bars\(several)"))
        }
        let scalps = found.compactMap(\.scalp)
        if !scalps.isEmpty { Console.print(scalpTable([("sampled", scalps), ("arg-max", found.compactMap(\.argmaxScalp))])) }
        var rows: [[String]] = []
        func add(_ name: String, _ results: [TradingResult]) {
            func cell(_ value: (TradingResult) -> Double?, _ format: String, scale: Double = 1) -> String {
                let values = results.compactMap(value)
                guard !values.isEmpty else { return "-" }
                let mean = scale * values.reduce(0, +) / Double(values.count)
                return String(format: abs(mean) >= 1e7 ? "%.1e" : format, mean)
            }
            rows.append([
                name, cell({ Double($0.roundTrips) }, "%.0f"), cell({ $0.netReturn }, "%.1f", scale: 100), cell({ $0.sharpe }, "%.2f"),
                cell({ $0.maxDrawdown }, "%.1f", scale: 100),
            ])
        }
        add("policy, sampled", found.map(\.sampledResult))
        add("policy, arg-max", found.map(\.argmaxResult))
        for (name, result) in zoo { add(name, [result]) }
        if let risked = found.first?.sampledResult.riskedPerTrade {
            Console.print("Trading after costs, \(split.rawValue) bars: an account that pays \(shortNumber(100 * risked))% of what it holds at the day's start for each trade's premium")
        } else {
            Console.print("Trading after costs, \(split.rawValue) bars")
        }
        Console.print(plainTable(["", "round trips", "net %", "Sharpe", "drawdown %"], rows, textColumns: 1), terminator: "")
        Console.print("class: \(PolicyClass(shares: MixSummary(found.map(\.sampled)).all.map(\.mean), roundTrips: found.map(\.sampledResult.roundTrips).reduce(0, +)).rawValue)")
    }
}
