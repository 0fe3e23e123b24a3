import ComponentKit
import Demonstrations
import Foundation
import Logging
import NumericKernels
import Reports
import RunRecords
import Teachers
import Teaching
import TradingTypes
import Training

/// The scalper's part of `assay demo`: a teacher plays, a policy is cloned from it, PPO goes on through a curriculum, and PPO from scratch beside it; then what came of it.
struct ScalperStory {
    let chapter: PageChapter

    /// Runs it all. Demonstrations and runs stay in `folder`. Throws what its parts throw.
    init(folder: String, seed: UInt64, threads: Int, _ log: Logger) throws {
        let demos = folder + "/demonstrations"
        func experiment(_ more: [String]) throws -> Experiment {
            let files = try ["reward=\(yamlQuoted(shippedFile("rewards/scalp-audited.yaml")))", "seeds=[\(seed)]"]
            return try Experiment(file: shippedFile("experiments/scalp-demo.yaml"), overrides: (files + more).map { try ExperimentOverride($0) })
        }
        let read = try experiment(["teacher.demonstrations=\(yamlQuoted(demos))", "curriculum=\(yamlQuoted(shippedFile("curricula/scalper.yaml")))"])
        log.info("scalper: \(read.bars) ...")
        let inputs = try TrainingInputs(read)
        guard case .options(let market) = inputs.world else { throw CommandFailure("experiments/scalp-demo.yaml is not of the options environment", help: "restore the shipped file", code: 65) }

        let script = try TeacherScript(file: shippedFile("teacher-scripts/gap-scalps.yaml"), scope: readableNames)
        let teaching = try OptionsTeaching(market.market, market.observation, script, market.stack, days: market.days(.train), isStrong: market.isStrong)
        let (set, report) = teaching.record(episodes: 3 * market.days(.train).count, seed: seed)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try DemonstrationFolder.write(set, to: demos, force: true, includingTrajectories: true)
        log.info("scalper: teacher \(script.name) played \(grouped(report.episodes)) days, \(grouped(report.steps)) steps; cloning, then PPO, and PPO from scratch beside it ...")

        let scratch = try TrainingInputs(try experiment(["teacher=null", "cloning=null", "curriculum=null"]))
        let plans = try [(inputs, "cloned"), (scratch, "scratch")].map { inputs, name in (inputs, folder + "/" + name) }
        let runs = try Self.train(plans, seed: seed, threads: threads)
        let teacherOnTest = try OptionsTeaching(market.market, market.observation, script, market.stack, days: market.days(.test), isStrong: market.isStrong)
            .record(episodes: market.days(.test).count, seed: seed, noise: TeacherNoise.none).report

        var cloned = try RunReport(folder: plans[0].1, seedFolders: [plans[0].1]), plain = try RunReport(folder: plans[1].1, seedFolders: [plans[1].1])
        cloned.name = "cloned, then PPO through a curriculum"
        plain.name = "PPO from scratch"
        let best = report.returns.indices.max { report.returns[$0] < report.returns[$1] } ?? 0
        let chart = teacherDayFigure(TeacherDayChart(teaching.trace(teaching.day(best, seed: seed))))

        var parts: [PageChapter.Part] = [
            .text("The second case on a synthetic intraday market (\(read.bars)): on four days of five the first two hours hold a gap, a pullback and a reclaim. A script that knows the pattern teaches; a policy is cloned from what it did, then trained by PPO under the audited reward through the stages of a curriculum, held to its teacher by a KL term that runs out and by replayed demonstrations. Beside it PPO from random weights, with as many steps."),
            .heading("The teacher"), .text(report.verdict),
        ]
        if let chart { parts.append(.figure(chart)) }
        parts += [.figure(Self.coverage(report)), .heading("The clone")]
        if let start = runs[0].clonedStart { parts += Self.clone(start) }
        parts.append(.heading("Training through the curriculum"))
        if let figure = stagesFigure(cloned) { parts.append(.figure(figure)) }
        for (report, name) in [(cloned, "scalp-mix-cloned"), (plain, "scalp-mix-scratch")] {
            if var figure = mixFigure(report) {
                figure.name = name
                parts.append(.figure(figure))
            }
        }
        parts.append(.heading("What came of it, on the test days"))
        let found = runs.map { $0.evaluation(.test) }, table = Self.results(found, runs, teacherOnTest, inputs)
        parts.append(.table(table))
        parts.append(.text("Sampled actions. Account: one that pays 2% of what it holds at the day's start for each trade's premium. Who trades on every minute takes more from a market in which four days of five have a move to catch, and risks more for it; per trade the clone nets more. Lift: BUY rate where the teacher's setup stands over the BUY rate anywhere, while flat. One seed and \(market.days(.test).count) days: docs/scalper.md has five seeds and intervals."))
        chapter = PageChapter(anchor: "scalper", link: "Scalper", title: "From a teacher to a policy: the option scalper", parts: parts)
        log.info("\n\(table.terminal())")
    }

    /// Both runs side by side, one thread each where there are two.
    private static func train(_ plans: [(TrainingInputs, String)], seed: UInt64, threads: Int) throws -> [TrainingRun] {
        let runs = try plans.map { inputs, path in
            try TrainingRun(inputs, seed: seed, folder: path, version: Assay.version, threads: max(1, threads / plans.count), resuming: false, force: true)
        }
        nonisolated(unsafe) let shared = runs
        _ = try inParallel(runs.count, threads: runs.count) { try shared[$0].run() }
        return runs
    }

    private static func coverage(_ report: TeachingReport) -> Figure {
        let regimes = Regime.names
        return shareBarsFigure(
            name: "demonstration-coverage", heading: "What the demonstrations visit: \(report.script.name)",
            caption: "\(grouped(report.episodes)) days, \(grouped(report.steps)) steps; \(report.coverage.visited) of \(report.coverage.reachable) cells (regime x quarter of \(report.coverage.columns.joined(separator: " x quarter of ")) x position)",
            reading: "For each regime the share of its market cells in which the demonstrations hold a decision while flat, in a call and in a put. What is not visited cannot be cloned: there the policy does what its weights happen to say, and PPO has to find out.",
            axis: "share of cells", groups: regimes, series: ["flat", "in a call", "in a put"],
            shares: regimes.indices.map { r in (0..<3).map { report.coverage.share(regime: r, side: $0, of: regimes.count) } })
    }

    private static func clone(_ start: ClonedStart) -> [PageChapter.Part] {
        guard let result = start.result else { return [.text(start.remark)] }
        let held = result.heldOut, actions = EnvironmentKind.options.actionNames, total = Double(max(1, held.all.steps))
        return [
            .text("Before training: " + start.remark + "."),
            .figure(
                shareBarsFigure(
                    name: "cloning-accuracy", heading: "How often the clone's likeliest action is the teacher's",
                    caption: "\(grouped(held.all.steps)) held-out steps; best of \(result.epochs.count) epochs: \(result.best); calibration error \(percent(held.calibrationError))",
                    reading: "For each action of the teacher the share of its held-out steps on which the clone would do the same. Beside it how often the teacher took the action: most steps are HOLD, so accuracy over all steps says little; the entries decide. A likeliest action hides probabilities below one half: the forgetting meter in progress.csv has those.",
                    axis: "share", groups: actions, series: ["agreement", "share of the teacher's steps"],
                    shares: actions.indices.map { a in [held.byAction[a].accuracy, Double(held.byAction[a].steps) / total] })),
        ]
    }

    private static func results(_ found: [PolicyEvaluation], _ runs: [TrainingRun], _ teacher: TeachingReport, _ inputs: TrainingInputs) -> TextTable {
        func number(_ x: Double?, _ format: String, scale: Double = 1) -> TextTable.Cell { .init(x.map { String(format: format, scale * $0) } ?? "-") }
        var table = TextTable(["", "HOLD while\nflat %", "lift of\nsetups", "trades\na day", "net a trade,\n% of premium", "account\n%", "largest\ndrawdown %"])
        for (name, evaluation) in zip(["cloned, curriculum PPO", "PPO from scratch"], found) {
            let scalp = evaluation.scalp, result = evaluation.sampledResult
            table.rows.append([
                .init(name), number(scalp?.holdWhileFlat, "%.1f", scale: 100), number(scalp?.setupLift, "%.1f"), number(scalp?.tradesPerEpisode, "%.1f"),
                number(scalp?.expectancy, "%+.1f", scale: 100), number(result.netReturn, "%+.1f", scale: 100), number(result.maxDrawdown, "%.1f", scale: 100),
            ])
        }
        for (name, result) in inputs.zoo(.test, seed: runs[0].seed) where ["always_hold", "random"].contains(name) {
            let mean = result.roundTrips > 0 ? result.premiumReturn.map { $0 / Double(result.roundTrips) } : nil
            table.rows.append([
                .init(zooWords(name)), .init(name == "always_hold" ? "100.0" : "-"), .init("-"), number(Double(result.roundTrips) / Double(max(1, teacher.episodes)), "%.1f"),
                number(mean, "%+.1f", scale: 100), number(result.netReturn, "%+.1f", scale: 100), number(result.maxDrawdown, "%.1f", scale: 100),
            ])
        }
        table.rows.append([
            .init("the teacher itself"), number(teacher.flatSteps > 0 ? 1 - Double(teacher.entered) / Double(teacher.flatSteps) : nil, "%.1f", scale: 100), .init("-"),
            number(Double(teacher.trades.count) / Double(max(1, teacher.episodes)), "%.1f"), number(teacher.expectancy, "%+.1f", scale: 100), .init("-"), .init("-"),
        ])
        return table
    }
}
