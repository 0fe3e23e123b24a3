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

/// Lints rewards on one market a kind of environment, loaded when the first reward of that kind is met.
final class RewardLinting {
    private let market: MarketOptions
    private let environment: EnvironmentOptions
    private let run: TrainedPolicy?
    private let explains: Bool
    private var spot: PreparedMarket?
    private var options: [(configuration: OptionsConfiguration, prepared: PreparedOptions)] = []

    /// Scripts whose steps stand beside random policies in the table of what is reached.
    private static let spotScripts = ["moving-average-trend", "donchian-breakout"], optionScripts = ["vwap-reclaim", "gap-pullback-reclaim", "opening-range-breakout"]

    /// - Parameter run: a trained run whose policy joins the table of what is reached; its market must be the one of `--bars`.
    init(_ market: MarketOptions, _ environment: EnvironmentOptions, run: TrainedPolicy? = nil, explains: Bool = false) {
        self.explains = explains
        self.market = market
        self.environment = environment
        self.run = run
    }

    /// - Parameter experiment: the experiment that names the reward; it says what the policy sees and what trading costs.
    func lint(_ design: RewardDesign, _ experiment: Experiment? = nil, gamma: Double) throws -> LintReport {
        switch design.environment {
        case .spot: try lintReward(design, on: spotMarket(for: design, experiment, gamma: gamma))
        case .options: try lintReward(design, on: optionsMarket(experiment, gamma: gamma))
        }
    }

    /// The bars that spot rewards are judged on, with the costs and the observation of the experiment where there is one.
    func spotMarket(for design: RewardDesign, _ experiment: Experiment? = nil, gamma: Double = 0.99) throws -> SpotLintMarket {
        if !market.bars.hasPrefix("synthetic:btc"), IntradaySource.isIntraday(market.bars) {
            throw InputIssues(InputIssue(code: "environment", file: design.file, message: "the reward is for 'spot', the bars are an intraday market", help: "give hourly bars, or leave --bars out"))
        }
        let prepared = try spot ?? market.prepare()
        spot = prepared
        let asked = experiment?.spot ?? environment.configuration
        let configuration = SpotLintMarket.withFees(asked, for: design)
        let judged = SpotEnvironment(prepared.bars, configuration)
        let rows = prepared.split.range(market.split).clamped(to: 0..<judged.usableRows)
        let columns = prepared.columns()
        let analysed = AnalysisMarket(environment: judged, columns: columns, labels: prepared.regimes.labels, rows: rows, seed: market.seed)
        let states = experiment.map { $0.observedState } ?? SpotState.allCases
        var seen = FeatureCatalog.cards.map(\.name) + states.map(\.rawValue), observesRegime = true
        if case .mlp(_, _, let observes)? = experiment?.policy { observesRegime = observes }
        if observesRegime { seen.append("regime") }
        let title = "the features\(observesRegime ? ", the regime" : "")" + (experiment == nil ? ", its own position, age, profit and drawdown" : states.isEmpty ? ", nothing of its own position" : ", " + states.map(\.rawValue).joined(separator: ", "))
        var others: [(name: String, actions: [UInt8])] = []
        let played = rows.prefix(SpotLintMarket.playedBars)
        if configuration.hold == .flat {
            for name in Self.spotScripts {
                guard let path = try? Shipped.script(name), let script = try? TeacherScript(file: path, scope: readableNames), let teacher = try? SpotTeacher(script, judged, columns: columns) else { continue }
                var machine = TeacherMachine(teacher.program, noise: nil), episode = TeacherEpisode()
                teacher.play(played, &machine, seed: market.seed, episode: 0, into: &episode)
                others.append(("script \(name)", episode.actions))
            }
        }
        if let run { others.append(("trained \(run.folder)", try runActions(run, prepared, played))) }
        let fees = configuration == asked ? "" : ", fees of 10 basis points assumed"
        return SpotLintMarket(
            market: analysed, observed: ObservedNames(title: title, columns: seen, environment: .spot), scope: readableNames(.spot),
            title: "\(prepared.loaded.manifest.path), \(grouped(rows.count)) bars (\(market.split.rawValue) split)\(fees)", others: others, explains: explains,
            gamma: min(gamma, 0.9999))
    }

    /// What the trained policy does on the bars judged.
    private func runActions(_ run: TrainedPolicy, _ prepared: PreparedMarket, _ rows: Range<Int>) throws -> [UInt8] {
        let evaluation = run.evaluate(market.split)
        guard evaluation.sampledActions.count >= rows.count else {
            throw InputIssues(InputIssue(code: "run", file: run.folder, message: "the run was trained on other bars than those judged here", help: "give its bars with --bars"))
        }
        return Array(evaluation.sampledActions.prefix(rows.count))
    }

    /// The days that options rewards are judged on.
    func optionsMarket(_ experiment: Experiment?, gamma: Double) throws -> OptionsLintMarket {
        let settings = experiment?.options ?? OptionsSettings()
        let prepared: PreparedOptions
        if let found = options.first(where: { $0.configuration == settings.configuration }) {
            prepared = found.prepared
        } else {
            // A month of minutes is enough to judge by, and quick.
            let bars = IntradaySource.isIntraday(market.bars) ? market.bars : "synthetic:intraday,days=20"
            if bars != market.bars, market.bars != MarketOptions.standardBars {
                throw InputIssues(InputIssue(code: "environment", message: "the reward is for 'options', which needs an intraday market", help: "use --bars synthetic:intraday, or --bars 'SPY: spy.csv.gz, VIX: vix.csv.gz'"))
            }
            prepared = PreparedOptions(try IntradaySource.parse(bars).load(strict: market.strict), settings.configuration)
            options.append((settings.configuration, prepared))
        }
        let days = bars(of: prepared)
        let set = settings.observations
        var seen = set.market + set.contract.map(\.name) + set.contract.map { "call_\($0.name)" } + set.contract.prefix(set.putCount).map { "put_\($0.name)" } + StateFeature.allCases.map(\.name)
        if case .mlp(_, _, let observes)? = experiment?.policy, !observes {} else { seen.append("regime") }
        var others: [(name: String, trajectory: OptionsTrajectory)] = []
        for name in Self.optionScripts {
            guard let path = try? Shipped.script(name), let script = try? TeacherScript(file: path, scope: readableNames), let teacher = try? OptionsTeacher(script, prepared.market, rules: settings.rules) else { continue }
            var machine = TeacherMachine(teacher.program, noise: nil), episode = TeacherEpisode(), trajectory = OptionsTrajectory()
            for (number, day) in days.enumerated() {
                var steps: [RecordedStep] = []
                let final = teacher.play(from: AgentState(prepared.market, firstRow: prepared.market.days[day].rows.lowerBound), &machine, seed: market.seed, episode: UInt64(number), into: &episode) { before, _, _, facts, _ in
                    steps.append(RecordedStep(before: before, facts: facts))
                }
                trajectory.append(steps[...], after: final)
            }
            others.append(("script \(name)", trajectory))
        }
        return OptionsLintMarket(
            market: prepared.market, days: days, rules: settings.rules, observed: ObservedNames(title: "the features \(set.name) and its own trade", columns: seen, environment: .options),
            scope: readableNames(.options), gamma: gamma, title: "\(prepared.loaded.manifest.argument), \(days.count) days", others: others, explains: explains)
    }

    /// The days of the split where the user named bars; all of the small default market.
    private func bars(of prepared: PreparedOptions) -> [Int] {
        IntradaySource.isIntraday(market.bars) ? prepared.days(market.split) : prepared.days(.all)
    }
}
