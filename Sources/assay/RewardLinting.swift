import ArgumentParser
import ComponentKit
import Environments
import Expressions
import Features
import Foundation
import Intraday
import MarketData
import OptionsEnvironment
import RewardAnalysis
import RewardLints
import Rewards
import Teachers
import TradingTypes
import Training

/// Lints rewards on the bars of `--bars`, of an experiment or of a trained run, each market loaded once.
///
/// An experiment's reward is judged on its own bars where `--bars` names none; where these are missing, on the standard ones, which the title says. With runs everything is judged on their market.
final class RewardLinting {
    private let market: MarketOptions
    private let environment: EnvironmentOptions
    private let runs: [TrainedPolicy]
    private let teachers: [String]
    private let explains: Bool
    /// Markets by what names them; and what could not be loaded or used, for remarks.
    private var spot: [String: PreparedMarket] = [:]
    private var options: [(key: String, configuration: OptionsConfiguration, prepared: PreparedOptions)] = []
    private(set) var remarks: [String] = []

    /// Scripts whose steps stand beside random policies in the table of what is reached.
    private static let spotScripts = ["moving-average-trend", "donchian-breakout"], optionScripts = ["vwap-reclaim", "gap-pullback-reclaim", "opening-range-breakout"]
    /// Days of an options market that are enough to judge by, and quick.
    static let judgedDays = 60

    /// - Parameters:
    ///   - runs: seeds of a trained run, whose policies join the table of what is reached.
    ///   - teachers: script files that join it.
    init(_ market: MarketOptions, _ environment: EnvironmentOptions, runs: [TrainedPolicy] = [], teachers: [String] = [], explains: Bool = false) {
        self.market = market
        self.environment = environment
        self.runs = runs
        self.teachers = teachers
        self.explains = explains
    }

    /// - Parameter experiment: the experiment that names the reward; it says what the policy sees and what trading costs. With runs, theirs stands in.
    func lint(_ design: RewardDesign, _ experiment: Experiment? = nil, gamma: Double) throws -> LintReport {
        if let run = runs.first, run.sharedInputs.experiment.kind != design.environment {
            throw InputIssues(InputIssue(code: "environment", file: design.file, message: "the reward is for '\(design.environment.rawValue)', the run \(run.folder) was trained on '\(run.sharedInputs.experiment.kind.rawValue)'", help: "choose a run of the same environment"))
        }
        let experiment = experiment ?? runs.first?.sharedInputs.experiment
        return switch design.environment {
        case .spot: try lintReward(design, on: spotMarket(for: design, experiment, gamma: gamma))
        case .options: try lintReward(design, on: optionsMarket(for: design, experiment, gamma: gamma))
        }
    }

    /// Takes an experiment's market as it was prepared for training.
    func use(_ inputs: TrainingInputs) {
        switch inputs.world {
        case .spot(let market): spot[key(inputs.experiment)] = market.prepared
        case .options(let market): options.append((key(inputs.experiment), inputs.experiment.options.configuration, PreparedOptions(market)))
        }
    }

    private var namesBars: Bool { market.bars != MarketOptions.standardBars || market.from != nil || market.to != nil }

    private func key(_ e: Experiment) -> String { "\(e.bars) \(e.from ?? "") \(e.to ?? "") \(e.timeZone ?? "") \(e.denoise) \(e.detector) \(e.fractions) \(e.featureSet)" }

    /// The market of an experiment by `load`; nil where its files are missing, which is remarked.
    private func own<Market>(_ experiment: Experiment, _ load: () throws -> Market) throws -> Market? {
        do { return try load() } catch let missing as InputMissing {
            let remark = "\(experiment.name): \(missing.issue.file ?? experiment.bars) is missing, so its reward is judged on the standard market"
            if !remarks.contains(remark) { remarks.append(remark) }
            return nil
        }
    }

    // MARK: Spot

    /// The bars that spot rewards are judged on, with the costs and the observation of the experiment where there is one.
    func spotMarket(for design: RewardDesign, _ experiment: Experiment? = nil, gamma: Double = 0.99) throws -> SpotLintMarket {
        if !market.bars.hasPrefix("synthetic:btc"), IntradaySource.isIntraday(market.bars) {
            throw InputIssues(InputIssue(code: "environment", file: design.file, message: "the reward is for 'spot', the bars are an intraday market", help: "give hourly bars, or leave --bars out"))
        }
        var prepared = runs.first?.sharedInputs.prepared
        if prepared == nil, let experiment, !namesBars {
            prepared = try spot[key(experiment)] ?? own(experiment) { try TrainingInputs.prepare(experiment) }
            spot[key(experiment)] = prepared
        }
        let isOwn = prepared != nil
        let bars = try prepared ?? spot["--bars"] ?? market.prepare()
        if !isOwn { spot["--bars"] = bars }
        let asked = experiment?.spot ?? environment.configuration
        let configuration = SpotLintMarket.withFees(asked, for: design)
        let judged = SpotEnvironment(bars.bars, configuration), columns = bars.columns()
        func rows(_ split: SplitName) -> Range<Int> { bars.split.range(split).clamped(to: 0..<judged.usableRows) }
        let analysed = AnalysisMarket(environment: judged, columns: columns, labels: bars.regimes.labels, rows: rows(market.split), seed: market.seed)
        let states = experiment.map { $0.observedState } ?? SpotState.allCases
        var seen = (experiment == nil ? FeatureCatalog.cards.map(\.name) : bars.features.names) + states.map(\.rawValue), observesRegime = true
        if case .mlp(_, _, let observes)? = experiment?.policy { observesRegime = observes }
        if observesRegime { seen.append("regime") }
        let title = "the features\(observesRegime ? ", the regime" : "")" + (experiment == nil ? ", its own position, age, profit and drawdown" : states.isEmpty ? ", nothing of its own position" : ", " + states.map(\.rawValue).joined(separator: ", "))
        var trainingBars: [Int]?
        if isOwn {
            var counts = [Int](repeating: 0, count: Regime.names.count)
            for t in rows(.train) { counts[Int(bars.regimes.labels[t])] += 1 }
            trainingBars = counts
        }
        let fees = configuration == asked ? "" : ", fees of 10 basis points assumed"
        return SpotLintMarket(
            market: analysed, observed: ObservedNames(title: title, columns: seen, environment: .spot), scope: readableNames(.spot), trainingBars: trainingBars,
            title: "\(bars.loaded.manifest.path), \(grouped(analysed.rows.count)) bars (\(market.split.rawValue) split)\(fees)",
            others: try spotPolicies(bars, judged, columns, played: analysed.rows.prefix(SpotLintMarket.playedBars), experiment, isOwn: isOwn), explains: explains, gamma: min(gamma, 0.9999))
    }

    /// Scripted teachers, the experiment's demonstrations and trained policies on the bars judged.
    private func spotPolicies(_ bars: PreparedMarket, _ environment: SpotEnvironment, _ columns: [String: Column], played: Range<Int>, _ experiment: Experiment?, isOwn: Bool) throws -> [SpotPlayed] {
        var policies: [SpotPlayed] = []
        if environment.configuration.hold == .flat {
            for script in try scripts(Self.spotScripts, .spot) {
                let teacher: SpotTeacher
                do { teacher = try SpotTeacher(script, environment, columns: columns) } catch where !teachers.contains(script.file) { continue }
                var machine = TeacherMachine(teacher.program, noise: nil), episode = TeacherEpisode()
                teacher.play(played, &machine, seed: market.seed, episode: 0, into: &episode)
                policies.append(SpotPlayed("script \(script.name)", .teacher, episodes: [(played, episode.actions)]))
            }
        }
        if isOwn, let experiment, let shown = try recorded(experiment, { try DemonstratedSteps.onBars(bars.loaded.manifest.sha256, of: experiment, atMost: SpotLintMarket.playedBars) }) {
            policies.append(SpotPlayed("the experiment's teacher (\(shown.script))", .teacher, episodes: shown.steps))
        }
        for run in runs {
            try run.requireItsBars()
            policies.append(SpotPlayed(name(run), .trained, episodes: [(played, run.actions(rows: played))]))
        }
        return policies
    }

    // MARK: Options

    /// The days that options rewards are judged on.
    func optionsMarket(for design: RewardDesign? = nil, _ experiment: Experiment? = nil, gamma: Double) throws -> OptionsLintMarket {
        let settings = experiment?.options ?? OptionsSettings()
        var prepared: PreparedOptions?
        if let run = runs.first {
            if options.isEmpty { use(run.sharedInputs) }
            prepared = options.first?.prepared
        } else if let experiment, !namesBars {
            prepared = options.first { $0.key == key(experiment) && $0.configuration == settings.configuration }?.prepared
            if prepared == nil {
                var source = try IntradaySource.parse(experiment.bars)
                source.timeZone = experiment.timeZone
                prepared = try own(experiment) { PreparedOptions(try source.load(strict: market.strict), settings.configuration, fractions: experiment.fractions) }
                if let prepared { options.append((key(experiment), settings.configuration, prepared)) }
            }
        }
        let isOwn = prepared != nil, named = IntradaySource.isIntraday(market.bars)
        if prepared == nil {
            // A month of minutes is enough to judge by, and quick.
            let bars = named ? market.bars : "synthetic:intraday,days=20"
            if bars != market.bars, market.bars != MarketOptions.standardBars {
                throw InputIssues(InputIssue(code: "environment", file: design?.file, message: "the reward is for 'options', which needs an intraday market", help: "use --bars synthetic:intraday, or --bars 'SPY: spy.csv.gz, VIX: vix.csv.gz'"))
            }
            prepared = options.first { $0.key == bars && $0.configuration == settings.configuration }?.prepared
            if prepared == nil {
                let loaded = PreparedOptions(try IntradaySource.parse(bars).load(strict: market.strict), settings.configuration)
                options.append((bars, settings.configuration, loaded))
                prepared = loaded
            }
        }
        guard let prepared else { preconditionFailure("an options market was neither found nor loaded") }
        let all = isOwn || named ? prepared.days(market.split) : prepared.days(.all)
        let days = all.count > Self.judgedDays ? (0..<Self.judgedDays).map { all[$0 * all.count / Self.judgedDays] } : all
        let set = settings.observations
        var seen = set.market + set.contract.map(\.name) + set.contract.map { "call_\($0.name)" } + set.contract.prefix(set.putCount).map { "put_\($0.name)" } + StateFeature.allCases.map(\.name)
        if case .mlp(_, _, let observes)? = experiment?.policy, !observes {} else { seen.append("regime") }
        var minutes: [Int]?
        if isOwn {
            var counts = [Int](repeating: 0, count: Regime.names.count)
            for day in prepared.days(.train) { for row in prepared.market.days[day].rows { counts[Int(prepared.market.regimes[row])] += 1 } }
            minutes = counts
        }
        return OptionsLintMarket(
            market: prepared.market, days: days, rules: settings.rules, observed: ObservedNames(title: "the features \(set.name) and its own trade", columns: seen, environment: .options),
            scope: readableNames(.options), gamma: gamma, title: "\(prepared.loaded.manifest.argument), \(days.count)\(days.count < all.count ? " of \(all.count)" : "") days",
            others: try optionPolicies(prepared, days, settings, experiment, isOwn: isOwn), trainingMinutes: minutes, explains: explains)
    }

    private func optionPolicies(_ prepared: PreparedOptions, _ days: [Int], _ settings: OptionsSettings, _ experiment: Experiment?, isOwn: Bool) throws -> [(name: String, kind: ReachPolicy.Kind, trajectory: OptionsTrajectory)] {
        var policies: [(name: String, kind: ReachPolicy.Kind, trajectory: OptionsTrajectory)] = []
        for script in try scripts(Self.optionScripts, .options) {
            guard let trajectory = try played(script, prepared.market, days, settings) else { continue }
            policies.append(("script \(script.name)", .teacher, trajectory))
        }
        if isOwn, let experiment, let shown = try demonstrated(experiment, prepared.market, settings) {
            policies.append(("the experiment's teacher (\(shown.script))", .teacher, shown.steps))
        }
        for run in runs {
            try run.requireItsBars()
            policies.append((name(run), .trained, run.trajectory(days: days)))
        }
        return policies
    }

    // MARK: Policies

    /// The days as a script plays them, without noise; nil where a shipped script does not fit the market.
    private func played(_ script: TeacherScript, _ table: OptionsMarket, _ days: [Int], _ settings: OptionsSettings) throws -> OptionsTrajectory? {
        let fitting = teachers.contains(script.file) ? try OptionsTeacher(script, table, rules: settings.rules) : try? OptionsTeacher(script, table, rules: settings.rules)
        guard let teacher = fitting else { return nil }
        var machine = TeacherMachine(teacher.program, noise: nil), episode = TeacherEpisode(), trajectory = OptionsTrajectory(), steps: [RecordedStep] = []
        for (number, day) in days.enumerated() {
            let final = teacher.play(
                from: AgentState(table, firstRow: table.days[day].rows.lowerBound), &machine, seed: market.seed, episode: UInt64(number), into: &episode, steps: &steps)
            trajectory.append(steps[...], after: final)
        }
        return trajectory
    }

    /// What the experiment's teacher did on its days.
    private func demonstrated(_ experiment: Experiment, _ table: OptionsMarket, _ settings: OptionsSettings) throws -> DemonstratedSteps<OptionsTrajectory>? {
        try recorded(experiment) { try DemonstratedSteps.onDays(of: table, rules: settings.rules, experiment, atMost: 30_000) }
    }

    /// The shipped scripts, and those that were asked for; the latter must be sound and of this environment.
    private func scripts(_ shipped: [String], _ kind: EnvironmentKind) throws -> [TeacherScript] {
        let standard = shipped.compactMap { name in (try? Shipped.script(name)).flatMap { try? TeacherScript(file: $0, scope: readableNames) } }
        let asked = try teachers.map { try TeacherScript(file: $0, scope: readableNames) }
        if let stranger = asked.first(where: { $0.environment != kind }) {
            throw InputIssues(InputIssue(code: "environment", file: stranger.file, message: "the script is for '\(stranger.environment.rawValue)', the reward for '\(kind.rawValue)'", help: "choose a script of the same environment"))
        }
        return standard.filter { script in !asked.contains { $0.name == script.name } } + asked
    }

    /// What the experiment's teacher recorded, by `read`; nil without a teacher, and where nothing is recorded yet, which is remarked.
    private func recorded<Steps>(_ experiment: Experiment, _ read: () throws -> DemonstratedSteps<Steps>?) throws -> DemonstratedSteps<Steps>? {
        guard let folder = experiment.cloning?.demonstrations else { return nil }
        if let found = try read() { return found }
        let remark = "\(experiment.name): its teacher's demonstrations are not recorded yet (\(folder)), so the table of what is reached goes without them"
        if !remarks.contains(remark) { remarks.append(remark) }
        return nil
    }

    /// The run's folder, without those above it; of one seed among several, with the run's name.
    private func name(_ run: TrainedPolicy) -> String {
        let parts = run.folder.split(separator: "/")
        return "trained " + (parts.last?.hasPrefix("seed-") == true ? parts.suffix(2) : parts.suffix(1)).joined(separator: "/")
    }
}
