import ArgumentParser
import Environments
import Foundation
import MarketData
import RewardAnalysis
import TradingTypes

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The whole story on synthetic markets, in minutes, in one report.",
        usage: "assay demo [--out <folder>] [<options>]",
        discussion: """
            Example:
              assay demo --out demo

            Judges rewards/btc-s1.yaml, btc-s2.yaml and btc-s3.yaml (the three reward
            sets of a real training log) on synthetic hourly bars without any edge,
            so that the right answers are known: what each pays, the mix that PPO will reach,
            three trained seeds beside that, and the post-mortem of the run that only holds.
            Then the option scalper: a teacher script
            plays a synthetic intraday market, a policy is cloned from it and trained by
            PPO through a curriculum, and PPO from scratch beside it.
            """)

    @Option(help: ArgumentHelp("Folder for the report; created when missing.", valueName: "folder"))
    var out = "demo"

    @Option(help: "Seed of the synthetic market and of everything else random.")
    var seed: UInt64 = 1

    @OptionGroup var threading: ThreadOptions

    @OptionGroup var output: PrintOptions

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        let files = try ["btc-s1", "btc-s2", "btc-s3"].map { try shippedFile("rewards/\($0).yaml") }
        try OutputFolder.check(out, force: true)
        var arguments = ["--bars", "synthetic:btc-hourly,seed=\(seed)", "--seed", "\(seed)"]
        if let threads = threading.threads { arguments += ["--threads", "\(threads)"] }
        let market = try MarketOptions.parse(arguments)
        log.info("synthetic hourly market, seed \(seed): features, regimes ...")
        let designs = try loadDesigns(files, gamma: 0.99, choices: SwitchChoices([]))
        let prepared = try market.prepare()
        log.info("expected values of \(designs.count) rewards on \(prepared.split.train.count) training bars ...")
        let settings = ExpectedValueSettings(replicates: 10_000, seed: seed, threads: market.threadCount, gamma: 0.99)
        let report = analyseRewards(designs, on: prepared, split: .train, detector: market.detector, settings, command: commandLine(), forOtherWeights: true)
        let folder = out.hasSuffix("/") ? String(out.dropLast()) : out
        let hourly = try HourlyStory(folder: folder + "/hourly", bars: "synthetic:btc-hourly,seed=\(seed)", seed: seed, threads: market.threadCount, log)
        let scalper = try ScalperStory(folder: folder + "/scalper", seed: seed, threads: market.threadCount, log)
        try await present(report, forecasts: hourly.forecasts, chapters: [hourly.chapter, scalper.chapter], json: output.json, out: out, log)
    }
}

/// A file that ships with Assay: below the current folder, or below the package that the running program was built from.
func shippedFile(_ relative: String) throws -> String {
    if FileManager.default.fileExists(atPath: relative) { return relative }
    var folder = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
    for _ in 0..<5 {
        folder.deleteLastPathComponent()
        let path = folder.appendingPathComponent(relative).path
        if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw CommandFailure("'\(relative)' is not below this folder", help: "run the command in the folder of the cloned repository", code: 66)
}
