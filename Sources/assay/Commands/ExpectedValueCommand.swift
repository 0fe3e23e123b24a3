import ArgumentParser
import ComponentKit
import Environments
import Expressions
import Features
import Foundation
import MarketData
import OptionsAnalysis
import Reports
import RewardAnalysis
import Rewards
import TradingTypes

struct ExpectedValueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ev",
        abstract: "What a reward pays per regime and action, with intervals and a verdict.",
        discussion: """
            Splits the expected reward of every action into guaranteed, path,
            uncertain and shaping pay.

            Examples:
              assay ev rewards/btc-s3.yaml --bars synthetic:btc-hourly,edge=0.03
              assay ev rewards/btc-s*.yaml --bars btc.csv.gz --from 2020-01-01
              assay ev rewards/btc-s3.yaml --switch cost_accrual=change
              assay ev my-reward.yaml --fee-bps 5 --fill next_open --out report
              assay ev rewards/scalp-audited.yaml --bars synthetic:intraday
              assay ev --transitions my-env.csv
            """)

    @Argument(help: ArgumentHelp("Reward files.", valueName: "reward"))
    var rewards: [String] = []

    @OptionGroup var market: MarketOptions
    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Option(help: ArgumentHelp(
        "Rewards paid elsewhere, term by term: columns regime, action, one per term, optional episode, step.", valueName: "file"))
    var transitions: String?

    @Option(help: "Discount of the training to come, for the discount table and potentials; 0.99, for options 0.92.")
    var gamma: Double?

    @Option(help: ArgumentHelp("Bootstrap replicates.", valueName: "n"))
    var replicates = 10_000

    @Flag(help: "Replace files in --out that an earlier run wrote.")
    var force = false

    func validate() throws {
        if let gamma, !(0...1).contains(gamma) { throw ValidationError("--gamma must lie between 0 and 1, not \(gamma)") }
        if !(200...1_000_000).contains(replicates) { throw ValidationError("--replicates must lie between 200 and 1,000,000, not \(replicates)") }
        if rewards.isEmpty, transitions == nil {
            throw ValidationError("name at least one reward file, such as rewards/btc-s3.yaml, or give --transitions FILE")
        }
        if !rewards.isEmpty, transitions != nil {
            throw ValidationError("--transitions holds the rewards already paid; give it without reward files")
        }
        if transitions != nil, environment.configuration != SpotConfiguration() {
            throw ValidationError("--transitions holds the rewards already paid: fees, fills, funding and --hold cannot change them")
        }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        if let out = output.out { try OutputFolder.check(out, force: force) }
        let kinds = Set(rewards.compactMap { RewardDesign.environment(of: $0) })
        if kinds.count > 1 { throw ValidationError("rewards for the spot and for the options environment cannot stand side by side; run them apart") }
        let isOfOptions = kinds == [.options]
        let settings = ExpectedValueSettings(
            replicates: replicates, seed: market.seed, threads: market.threadCount, gamma: gamma ?? (isOfOptions ? 0.92 : 0.99))
        let report: ExpectedValueReport
        if let transitions {
            report = try analyseTransitions(TransitionLog(file: transitions), settings, command: commandLine())
        } else {
            let choices = try SwitchChoices(switches)
            let designs = try loadDesigns(rewards, for: isOfOptions ? .options : .spot, gamma: settings.gamma, choices: choices)
            for warning in designs.flatMap(\.warnings) { log.info("\(warning.rendered)") }
            if isOfOptions {
                if environment.configuration != SpotConfiguration() { throw ValidationError("--fee-bps, --hold and their like are settings of the spot environment; these rewards are for options") }
                let prepared = try market.prepareOptions()
                log.info("\(prepared.remark)")
                report = analyseOptionRewards(
                    designs, on: prepared.market, days: prepared.days(market.split), split: market.split.rawValue, data: prepared.data, settings, command: commandLine(),
                    forOtherWeights: output.out != nil)
                return try await present(report, json: output.json, out: output.out, log)
            }
            let prepared = try market.prepare(environment.configuration)
            log.info("\(remark(on: prepared.loaded.manifest))")
            report = analyseRewards(
                designs, on: prepared, split: market.split, detector: market.detector, settings, command: commandLine(), forOtherWeights: output.out != nil)
        }
        try await present(report, json: output.json, out: output.out, log)
    }
}

/// `--switch name=option` arguments.
struct SwitchChoices {
    let chosen: [String: String]

    init(_ arguments: [String]) throws {
        var chosen: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw ValidationError("--switch '\(visible(argument))' is not of the form NAME=OPTION, such as cost_accrual=change")
            }
            chosen[parts[0]] = parts[1]
        }
        self.chosen = chosen
    }

    /// Throws for a choice whose switch none of the rewards has.
    func requireKnown(in designs: [RewardDesign]) throws {
        let known = Set(designs.flatMap { $0.switches.map(\.id) })
        for name in chosen.keys.sorted() where !known.contains(name) {
            let near = suggestion(for: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("no reward given has a switch '\(visible(name))'\(near)\(known.isEmpty ? "" : " Known: \(known.sorted().map(visible).joined(separator: ", "))")")
        }
    }
}

/// The names that spot rewards can read.
func spotScope() -> NameScope {
    NameScope.spot(
        features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
}

/// Reads all reward files and reports the faults of all of them at once. A switch must exist in at least one file.
func loadDesigns(_ files: [String], for environment: EnvironmentKind = .spot, gamma: Double, choices: SwitchChoices) throws -> [RewardDesign] {
    let scope = readableNames(environment)
    var designs: [RewardDesign] = []
    var issues: [InputIssue] = []
    for file in files {
        do {
            designs.append(try RewardDesign(file: file, scope: scope, gamma: gamma, choices: choices.chosen))
        } catch let found as InputIssues {
            issues += found.issues
        }
    }
    if !issues.isEmpty { throw InputIssues(issues) }
    try choices.requireKnown(in: designs)
    return designs
}

/// The command line as typed, for reports.
func commandLine() -> String {
    (["assay"] + CommandLine.arguments.dropFirst().map(shellQuoted)).joined(separator: " ")
}

/// `text` as one word of a POSIX shell.
func shellQuoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || "-_./=:,@%+".unicodeScalars.contains($0) }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
