import ComponentKit
import Forecasting
import Foundation
import Logging
import NumericKernels
import Postmortem
import Reports
import TradingTypes
import Training

/// The hourly part of the demonstration: forecasts of the three BTC rewards, the trainings that they are of, and the post-mortem of the run that only holds.
struct HourlyStory {
    let forecasts: [(forecast: RewardForecast, outcome: ForecastOutcome?)]
    let chapter: PageChapter
    /// Steps of each training.
    static let steps = 204_800

    /// Trains into `folder`, which is replaced. Throws what reading the shipped files and training throw.
    init(folder: String, bars: String, seed: UInt64, threads: Int, _ log: Logger) throws {
        let names = ["btc-s1", "btc-s2", "btc-s3"]
        func experiment(_ name: String, _ others: [String] = []) throws -> TrainingInputs {
            let overrides = others + ["data.bars=\(bars)", "data.from=null", "data.to=null", "steps=\(Self.steps)", "reward=\(try shippedFile("rewards/\(name).yaml"))"]
            return try TrainingInputs(Experiment(file: try shippedFile("experiments/\(name)-mlp.yaml"), overrides: overrides.map { try ExperimentOverride($0) }))
        }
        let inputs = try names.map { try experiment($0) }
        log.info("forecasting what PPO makes of them in \(grouped(Self.steps)) steps ...")
        var settings = ForecastSettings()
        settings.seed = seed
        // A short run at gamma .99 is mostly noise, of which single surrogate runs have as much as single seeds.
        settings.runs = 3
        let asked = settings
        let found = try inParallel(inputs.count, threads: threads) { try Forecaster.forecast(inputs[$0], asked) }
        log.info("training three seeds of each beside the forecasts ...")
        forecasts = try inputs.indices.map { i in (found[i], try trained(inputs[i], beside: found[i], seeds: 3, threads: threads)) }

        let run = folder + "/btc-s2"
        // Larger minibatches and a shorter horizon learn less of the training bars' noise: what the reward pays then decides, as in the published log.
        let holding = try experiment("btc-s2", ["ppo.gamma=0.9", "ppo.batch_size=256"])
        log.info("a run of btc-s2 that collapses, and its post-mortem ...")
        _ = try TrainingRun(holding, seed: seed, folder: run, version: Assay.version, threads: threads, resuming: false, force: true).run()
        let logs = try LogReader.read(run, map: nil)
        var context = Postmortem.Context(entropyCoefficient: nil)
        context.reward = rewardFindings(of: holding)
        context.kinds = kindsOfPay(holding.design)
        context.forecaster = ForecastedRuns(holding, steps: Self.steps)
        let report = Postmortem.examine(logs.logs, source: logs.source, context)
        var parts: [PageChapter.Part] = [
            .text("Gamma 0.9 and minibatches of 256 instead of the log's 0.99 and 64: less of the noise in single bars is learnt, and what the reward pays decides."), .text(report.verdict),
            .text(alarmSentence(report)),
        ]
        if let figure = onsetFigure(report) { parts.append(.figure(figure)) }
        if !report.causes.isEmpty {
            parts.append(.heading("What paid for it"))
            let rows = report.causes.prefix(6).map { [$0.term, $0.regime, signed($0.gap), $0.evidence] }
            parts.append(.table(TextTable(["term", "regime", "pay a step beyond trading", "from"], textColumns: 2, rows: rows.map { $0.map { TextTable.Cell($0) } })))
        }
        if let sentence = report.hysteresis?.sentence { parts.append(.text(sentence)) }
        if !report.remedies.isEmpty { parts.append(.heading("What would help")) }
        if let figure = remediesFigure(report) { parts.append(.figure(figure)) }
        parts += report.remedies.enumerated().map { .text("\($0 + 1). \($1.sentence)") }
        if !report.unknown.isEmpty {
            parts.append(.heading("What the log cannot say"))
            parts += report.unknown.map { .text($0) }
        }
        chapter = PageChapter(anchor: "postmortem", link: "Post-mortem", title: "Why does it hold? The post-mortem of a run of btc-s2", parts: parts)
    }
}
