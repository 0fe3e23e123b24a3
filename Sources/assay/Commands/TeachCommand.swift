import ArgumentParser
import ComponentKit
import Demonstrations
import Environments
import Expressions
import Foundation
import Intraday
import Logging
import MarketData
import OptionsEnvironment
import Reports
import Rewards
import RunRecords
import Teachers
import Teaching
import TradingTypes
import Training

struct TeachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teach",
        abstract: "Let a teacher script trade: demonstrations, what they cover, and why each step fired or not.",
        discussion: """
            Examples:
              assay teach teacher-scripts/donchian-breakout.yaml --episodes 100 --out demos
              assay teach gap-pullback-reclaim --bars synthetic:intraday,days=60 --out demos
              assay teach vwap-reclaim --reward rewards/scalp-audited.yaml --episodes 200
              assay teach gap-scalps --experiment experiments/scalp-cloned.yaml --out demos/gap-scalps
              assay teach vwap-reclaim --explain 2024-03-05 --out explained
              assay teach moving-average-trend --explain 2020-03-12

            SCRIPT is a file, or the name of a shipped one; 'assay list teachers' shows them.
            """)

    @Argument(help: ArgumentHelp("A teacher script: a file, or the name of a shipped one.", valueName: "script"))
    var script: String

    @OptionGroup var market: MarketOptions
    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Take market, split, features, environment and reward from this experiment, so that its policy can be cloned from what is recorded.", valueName: "file"))
    var experiment: String?

    @Option(help: ArgumentHelp("Reward file that pays the demonstrations; net profit when absent.", valueName: "file"))
    var reward: String?

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Option(help: ArgumentHelp("Episodes to play.", valueName: "n"))
    var episodes = 100

    @Option(help: ArgumentHelp("Bars of one episode on the spot market (an options episode is a day).", valueName: "n"))
    var episodeBars = 720

    @Flag(help: "Play the script without its noise.")
    var noNoise = false

    @Option(help: ArgumentHelp("Walk through one day instead (options: a date, with 'QQQ 2024-03-05' for a symbol; spot: a UTC date) and say what fired and why the rest did not.", valueName: "day"))
    var explain: String?

    @Flag(help: "Replace demonstrations in --out.")
    var force = false

    func validate() throws {
        if !(1...1_000_000).contains(episodes) { throw ValidationError("--episodes must lie between 1 and 1,000,000, not \(episodes)") }
        if !(2...1_000_000).contains(episodeBars) { throw ValidationError("--episode-bars must lie between 2 and 1,000,000, not \(episodeBars)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        let experiment = try experiment.map { try readExperiment($0) }
        let teacher = try TeacherScript(file: Shipped.script(script), scope: readableNames)
        switch teacher.environment {
        case .spot: try await spot(teacher, experiment, log)
        case .options: try await options(teacher, experiment, log)
        }
    }

    /// The experiment to record for, with the bars and the reward that the command line names in place of its own.
    private func readExperiment(_ file: String) throws -> TrainingInputs {
        var assignments = market.bars == MarketOptions.standardBars ? [] : ExperimentOptions.market(market.bars, from: market.from, to: market.to)
        if let reward { assignments.append("reward=\(yamlQuoted(reward))") }
        // The policy starts from what is recorded here, and a curriculum's start states may: neither need be there yet.
        let found = try Experiment(file: file, overrides: assignments.map { try ExperimentOverride($0) })
        return try TrainingInputs(found)
    }

    private func wrongKind(_ teacher: TeacherScript, _ inputs: TrainingInputs) -> InputIssues {
        InputIssues(InputIssue(
            code: "environment", file: teacher.file, message: "the script is written for '\(teacher.environment.rawValue)', the experiment \(inputs.experiment.name) for '\(inputs.experiment.kind.rawValue)'",
            help: "use a script and an experiment of the same environment"))
    }

    private func spot(_ teacher: TeacherScript, _ experiment: TrainingInputs?, _ log: Logger) async throws {
        if let experiment {
            guard case .spot(let training) = experiment.world else { throw wrongKind(teacher, experiment) }
            return try await spot(teacher, training, episodeBars: experiment.experiment.episodeBars, log)
        }
        if IntradaySource.isIntraday(market.bars) {
            throw InputIssues(InputIssue(code: "environment", file: teacher.file, message: "the script is written for 'spot', the bars are an intraday market", help: "use a script for options, or other bars"))
        }
        let design = try design(scope: spotScope(), plain: "direction * next_return - cost", kind: .spot)
        let prepared = try market.prepare(environment.configuration)
        log.info("\(remark(on: prepared.loaded.manifest))")
        try await spot(teacher, SpotTrainingMarket(prepared, environment.configuration, design, observesRegime: true), episodeBars: episodeBars, log)
    }

    private func spot(_ teacher: TeacherScript, _ training: SpotTrainingMarket, episodeBars: Int, _ log: Logger) async throws {
        let prepared = training.prepared
        let rows = prepared.split.range(market.split).clamped(to: 0..<training.environment.usableRows)
        let teaching = try SpotTeaching(training, teacher, rows: rows, episodeBars: episodeBars)
        if let explain {
            guard let start = parseTimeStamp(explain) else { throw ValidationError("--explain '\(visible(explain))' is not a date such as 2020-03-12") }
            let times = prepared.bars.time, end = start + 86_400
            guard let first = times.firstIndex(where: { $0 >= start }), first >= prepared.warmUp, first < training.environment.usableRows, times[first] < end else {
                let from = timeText(times[min(prepared.warmUp, times.count - 1)]), to = timeText(times.last ?? 0)
                throw InputIssues(InputIssue(code: "no_day", file: prepared.loaded.manifest.path, message: "no usable bar on \(visible(explain))", help: "bars run from \(from) to \(to)"))
            }
            let last = times[first...].firstIndex { $0 >= end } ?? times.count
            let trace = teaching.trace(first..<min(last, training.environment.usableRows), before: 720, title: "\(prepared.bars.symbol) \(visible(explain))")
            return try await show(trace, log)
        }
        try check(log)
        let (set, report) = teaching.record(episodes: episodes, seed: market.seed, noise: noNoise ? TeacherNoise.none : nil)
        try finish(set, report, log)
    }

    private func options(_ teacher: TeacherScript, _ experiment: TrainingInputs?, _ log: Logger) async throws {
        if let experiment {
            guard case .options(let training) = experiment.world else { throw wrongKind(teacher, experiment) }
            return try await options(teacher, training, bars: experiment.experiment.bars, log)
        }
        let bars = market.bars == MarketOptions.standardBars ? "synthetic:intraday" : market.bars
        guard IntradaySource.isIntraday(bars) || FileManager.default.fileExists(atPath: bars) else {
            throw InputIssues(InputIssue(code: "environment", file: teacher.file, message: "the script is written for 'options', which needs an intraday market", help: "use --bars synthetic:intraday, or --bars 'SPY: spy.csv.gz, VIX: vix.csv.gz'"))
        }
        let design = try design(scope: readableNames(.options), plain: "net_profit", kind: .options)
        if market.from != nil || market.to != nil { throw ValidationError("--from and --to choose hourly bars; of an intraday market take the last days with --days") }
        let loaded = try IntradayViews.load(bars, days: market.days, from: nil, to: nil, timeZone: market.timeZone, strict: market.strict)
        var settings = OptionsSettings()
        if let contracts = teacher.contracts { settings.configuration.contracts = contracts }
        try await options(teacher, OptionsTrainingMarket(loaded, fractions: (60, 20, 20), settings, design, observesRegime: true), bars: bars, log)
    }

    private func options(_ teacher: TeacherScript, _ training: OptionsTrainingMarket, bars: String, _ log: Logger) async throws {
        if let explain {
            let all = try OptionsTeaching(training.market, training.observation, teacher, training.stack, days: Array(training.market.days.indices), isStrong: training.isStrong)
            let wanted = explain.split(separator: " ").map(String.init)
            let names = training.market.days.indices.map { all.name($0) }
            guard let day = names.firstIndex(where: { $0 == explain || (wanted.count == 1 && $0.hasSuffix(" " + explain)) }) else {
                let near = suggestion(for: explain, among: names.map { String($0.suffix(10)) })
                throw InputIssues(InputIssue(
                    code: "no_day", file: bars, message: "no trading day '\(visible(explain))'", help: "days run from \(names.first ?? "-") to \(names.last ?? "-")", note: near.map { "did you mean '\($0)'?" }))
            }
            return try await show(all.trace(day), log)
        }
        try check(log)
        let teaching = try OptionsTeaching(training.market, training.observation, teacher, training.stack, days: training.days(market.split), isStrong: training.isStrong)
        let (set, report) = teaching.record(episodes: episodes, seed: market.seed, noise: noNoise ? TeacherNoise.none : nil)
        try finish(set, report, log)
    }

    private func design(scope: NameScope, plain: String, kind: EnvironmentKind) throws -> RewardDesign {
        let choices = try SwitchChoices(switches)
        let design: RewardDesign
        if let reward {
            design = try RewardDesign(file: reward, scope: scope, gamma: 0.99, choices: choices.chosen)
        } else {
            let text = "schema: 1\nname: net-profit\nenvironment: \(kind.rawValue)\nterms:\n  - id: net_profit\n    weight: 1\n    value: \(plain)\n"
            design = try RewardDesign(file: "net profit", text: text, scope: scope, gamma: 0.99)
        }
        try choices.requireKnown(in: [design])
        return design
    }

    /// Fails before the long part when `--out` is taken.
    private func check(_ log: Logger) throws {
        guard let out = output.out, !force, FileManager.default.fileExists(atPath: out), (try? FileManager.default.contentsOfDirectory(atPath: out))?.isEmpty == false else { return }
        throw CommandFailure("'\(visible(out))' is there already", help: "choose another --out, or add --force to replace demonstrations in it", code: 65)
    }

    private func finish(_ set: DemonstrationSet, _ report: TeachingReport, _ log: Logger) throws {
        let json = report.json
        if let out = output.out {
            try DemonstrationFolder.write(set, to: out, force: force, includingTrajectories: true)
            try AtomicFile.write(json.document, to: (out.hasSuffix("/") ? String(out.dropLast()) : out) + "/report.json")
        }
        if output.json {
            Console.print(json.document, terminator: "")
        } else {
            Console.print(report.text { plainTable($0, $1) })
            if let out = output.out {
                log.info("\nwrote \(visible(out)): \(grouped(set.episodes)) episodes as NumPy arrays, trajectories.npz for imitation, report.json")
            } else {
                log.info("\nto keep the demonstrations: add --out FOLDER")
            }
        }
    }

    private func show(_ trace: TeacherTrace, _ log: Logger) async throws {
        if output.json {
            Console.print(trace.json.document, terminator: "")
        } else {
            Console.print("\(visible(trace.script.name)) on \(trace.title), \(trace.script.environment == .options ? "New York time" : "UTC"), without noise\n\n\(trace.text)")
        }
        let folder = output.out ?? "out/explain/\(slug(trace.script.name))"
        guard let figure = teacherDayFigure(TeacherDayChart(trace)) else { return }
        try await writeFigure(figure, to: folder)
        log.info("\nwrote \(visible(folder))/teacher-day.png, .svg, .tsv and .gp")
    }
}

/// Files that come with the program.
enum Shipped {
    /// A script's path: the argument where it is a file, else the shipped script of that name.
    static func script(_ argument: String) throws -> String {
        if FileManager.default.fileExists(atPath: argument) || argument.contains("/") || argument.hasSuffix(".yaml") { return argument }
        let path = scriptFolder.map { "\($0)/\(argument).yaml" } ?? ""
        guard FileManager.default.fileExists(atPath: path) else {
            let near = suggestion(for: argument, among: scriptNames)
            throw InputMissing(InputIssue(code: "missing", file: argument, message: "no such script", help: near.map { "did you mean '\($0)'?" } ?? "'assay list teachers' shows the shipped ones"))
        }
        return path
    }

    static var scriptFolder: String? { try? shippedFile("teacher-scripts") }
    static var scriptNames: [String] {
        guard let folder = scriptFolder else { return [] }
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// One card a shipped script that can be read.
    static var scriptCards: [Card] {
        guard let folder = scriptFolder else { return [] }
        return scriptNames.compactMap { try? TeacherScript(file: "\(folder)/\($0).yaml", scope: readableNames).card }
    }
}

extension TeacherScript {
    /// What `list` and `explain` show.
    var card: Card {
        var facts: [(label: String, text: String)] = [("environment", environment.rawValue)]
        for entry in entries {
            facts.append(("entry \(entry.actionName)", entry.steps.map { "\($0.id): \($0.when.text)" + ($0.withinMinutes.map { " (within \(shortNumber($0)) min)" } ?? "") }.joined(separator: " -> ")))
            if let reset = entry.resetWhen { facts.append(("reset of \(entry.actionName)", reset.text)) }
        }
        if let profit = takeProfit {
            var parts = profit.tiers.map { "+\(shortNumber(100 * $0.gain))%: sell \(shortNumber((1_000 * $0.sell).rounded() / 10))% of what is left" }
            if let trail = profit.trail { parts.append("rest trails \(shortNumber(100 * trail))% off the high" + (profit.trailAfter.map { " from +\(shortNumber(100 * $0))%" } ?? "")) }
            facts.append(("take-profit", parts.joined(separator: "; ")))
        }
        for rule in invalidations {
            facts.append(("invalidation \(rule.id)" + (rule.side.map { " (\(environment.actionNames[Int($0)]))" } ?? ""), rule.when.text))
        }
        if cooldownMinutes > 0 { facts.append(("cooldown", "\(shortNumber(cooldownMinutes)) min")) }
        if noise != TeacherNoise.none {
            facts.append(("noise", "delay \(noise.delayBars.lowerBound) to \(noise.delayBars.upperBound) bars, missed \(shortNumber(100 * noise.missedEntries))%, early exits \(shortNumber(100 * noise.earlyExits))%, explore \(shortNumber(100 * noise.explore))%"))
        }
        let source = text.split(separator: "\n").first { $0.hasPrefix("# Source:") }.map { String($0.dropFirst(9)).trimmingCharacters(in: .whitespaces) } ?? ""
        return Card(name: name, kind: entries.isEmpty ? "part of a teacher script" : "teacher script", summary: about + ".", formula: "", unit: environment.rawValue, source: source, facts: facts)
    }
}

extension TeacherDayChart {
    init(_ trace: TeacherTrace) {
        let isOptions = trace.script.environment == .options
        let bars = trace.bars.enumerated().map { i, bar in
            var drawn = TeacherDayChart.Bar(
                clock: bar.clock, open: bar.open, high: bar.high, low: bar.low, close: bar.close, vwap: bar.vwap,
                lower: isOptions ? bar.premium : 100 * bar.gain, isInTrade: !bar.isFlat)
            let entered = bar.isFlat && bar.action != "HOLD"
            drawn.entersUp = entered && (bar.action == "BUY_CALL" || bar.action == "LONG")
            drawn.entersDown = entered && !drawn.entersUp
            drawn.trims = bar.action == "TRIM"
            drawn.exits = !bar.isFlat && (bar.action == "EXIT" || (!isOptions && bar.action == "HOLD"))
            drawn.isForcedOut = !bar.forced.isEmpty
            for case .stepFired(let e, let k) in bar.events { drawn.step = trace.script.entries[e].steps[k].id }
            return drawn
        }
        self.init(
            script: trace.script.name, title: trace.title, bars: bars, upName: isOptions ? "BUY_CALL" : "LONG", downName: isOptions ? "BUY_PUT" : "SHORT",
            lowerName: isOptions ? "premium" : "profit, %", clockName: isOptions ? "New York time" : "UTC")
    }
}

extension TeacherTrace {
    /// Every bar with its state, action, events and conditions.
    var json: JSONValue {
        func number(_ x: Double) -> JSONValue { x.isFinite ? .number(x) : .null }
        return [
            "schema_version": 1, "script": .text(script.name), "day": .text(title),
            "bars": .list(bars.map { bar in
                [
                    "time": .text(bar.time), "close": number(bar.close), "state": .text(bar.state), "action": .text(bar.action), "flat": .bool(bar.isFlat), "gain": number(bar.gain),
                    "events": .list(bar.eventTexts.map { .text($0) }), "forced": bar.forced.isEmpty ? .null : .text(bar.forced),
                    "checks": .list(bar.checks.map { check in
                        [
                            "what": .text(check.what), "held": .bool(check.held),
                            "parts": .list(check.parts.map { part in
                                ["condition": .text(part.text), "held": .bool(part.held), "values": .object(Dictionary(part.readings.map { ($0.text, number($0.value)) }) { a, _ in a })]
                            }),
                        ]
                    }),
                ]
            }),
        ]
    }
}
