import ArgumentParser
import ComponentKit
import Forecasting
import Foundation
import NumericKernels
import Reports
import Rewards
import TradingTypes
import Training

struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "The action mix that training will reach, per regime, before training.",
        discussion: """
            Examples:
              assay forecast rewards/btc-s3.yaml --experiment experiments/btc-s3-mlp.yaml
              assay forecast rewards/*.yaml --experiment experiments/btc-s3-mlp.yaml --set ppo.ent_coef=0.01
              assay forecast rewards/btc-s2.yaml --bars synthetic:btc-hourly --verify
              assay forecast rewards/btc-s2.yaml --smallest-entropy --json
              assay forecast rewards/scalp-audited.yaml --experiment experiments/scalp-audited.yaml

            Shares of the actions with a 90% band, their course over training, the
            class, the probability of collapse. Costs a third to a half of one training,
            of a short one up to three quarters.
            Where the agent's own position matters (options, 'environment: observe:',
            costs of change) flat and in a trade are told apart, with round trips and
            the point of rest that training tends to. --verify trains and compares.
            """)

    @Argument(help: ArgumentHelp("Reward files; the experiment's own when none is named.", valueName: "reward"))
    var rewards: [String] = []

    @Option(help: ArgumentHelp("Experiment file: data, features, network, PPO settings, steps; the shipped experiments/btc-s3-mlp.yaml when absent, for options experiments/scalp-audited.yaml.", valueName: "file"))
    var experiment: String?

    @OptionGroup var changes: ExperimentOptions

    @Option(help: ArgumentHelp("Environment steps instead of the experiment's.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("HOLD share that the policy starts with, such as 0.95 for a collapsed checkpoint; fresh weights when absent.", valueName: "share"))
    var startHold: Double?

    @Option(help: ArgumentHelp("Surrogate runs whose mean is the forecast: three miss by less, at three times the price.", valueName: "n"))
    var runs = 1

    @Flag(help: "Train as well (three seeds) and compare.")
    var verify = false

    @Option(help: ArgumentHelp("Seeds that --verify trains.", valueName: "n"))
    var seeds = 3

    @Flag(help: "Look for the smallest entropy coefficient that keeps HOLD below 80%: costs about two more forecasts.")
    var smallestEntropy = false

    @Flag(inversion: .prefixedNo, help: "Where training would come to rest (options, and spot with a position); when neither is given, only where finding it costs at most a quarter of the training.")
    var rest: Bool?

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("Other weights that are forecast for the sliders of the page in --out; 0 leaves the mix out of the sliders.", valueName: "n"))
    var sliders = 64

    @OptionGroup var output: OutputOptions

    @Flag(help: "Replace files in --out that an earlier run wrote.")
    var force = false

    func validate() throws {
        if let startHold, !(startHold > 0 && startHold < 1) { throw ValidationError("--start-hold must lie between 0 and 1, both excluded, not \(startHold)") }
        if !(0...1_000).contains(sliders) { throw ValidationError("--sliders must lie between 0 and 1,000, not \(sliders)") }
        if !(1...100).contains(seeds) { throw ValidationError("--seeds must lie between 1 and 100, not \(seeds)") }
        if !(1...100).contains(runs) { throw ValidationError("--runs must lie between 1 and 100, not \(runs)") }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps)") }
    }

    func run() async throws {
        let log = commandLogger(quiet: output.quiet || output.json)
        if let out = output.out { try OutputFolder.check(out, force: force) }
        let inputs = try load()
        for one in inputs { log.info("\(one.experiment.name): \(one.experiment.bars), \(one.trainingBarCount) training bars, reward \(one.rewardName)") }
        let threads = threading.count
        var asked = ForecastSettings()
        asked.steps = steps
        asked.seed = seed
        asked.runs = runs
        asked.solvesRest = rest
        if let startHold { asked.start = .holding(startHold) }
        let settings = asked
        let forecasts = try inParallel(inputs.count, threads: threads) { i -> RewardForecast in
            let found = try Forecaster.forecast(inputs[i], settings)
            return smallestEntropy ? found.with(smallestEntropyCoefficient: try Forecaster.smallestEntropyCoefficient(inputs[i], settings)) : found
        }
        var outcomes: [ForecastOutcome?] = inputs.map { _ in nil }
        if verify {
            for i in inputs.indices {
                log.info("training \(seeds) seed\(seeds == 1 ? "" : "s") of \(forecasts[i].steps) steps on \(forecasts[i].name)")
                outcomes[i] = try trained(inputs[i], beside: forecasts[i], seeds: seeds, threads: threads)
            }
        }
        if output.json {
            Console.print(forecastJSON(forecasts, outcomes: outcomes), terminator: "")
        } else {
            for i in forecasts.indices { Console.print((i > 0 ? "\n" : "") + forecastText(forecasts[i], outcome: outcomes[i], color: Console.hasColour), terminator: "") }
        }
        guard let out = output.out else { return }
        let written = try await writeForecast(forecasts, outcomes: outcomes, to: out)
        let page = try await writeForecastPage(inputs, forecasts, outcomes: outcomes, settings, designs: sliders, threads: threads, to: out, log)
        log.info("\nwrote \(visible(page.page)), \(visible(out))/forecast.json and \(written.plotFiles.count + page.plotFiles.count) files in \(visible(out))/plots")
        if let failure = written.figureFailures.first { throw failure }
    }

    /// The experiment with each reward.
    private func load() throws -> [TrainingInputs] {
        let kinds = rewards.map { RewardDesign.environment(of: $0) }
        let experiment = try experiment ?? shippedFile(!kinds.isEmpty && kinds.allSatisfy { $0 == .options } ? "experiments/scalp-audited.yaml" : "experiments/btc-s3-mlp.yaml")
        let overrides = try changes.overrides(steps.map { ["steps=\($0)"] } ?? [])
        if rewards.isEmpty { return [try TrainingInputs(Experiment(file: experiment, overrides: overrides))] }
        var found: [TrainingInputs] = [], issues: [InputIssue] = []
        for reward in rewards {
            if let kind = RewardDesign.environment(of: reward), try Experiment(file: experiment, overrides: overrides).kind != kind {
                issues.append(
                    InputIssue(
                        code: "forecast", file: reward, message: kind == .options ? "this reward is for options, and \(visible(experiment)) trades the spot market" : "this reward is for the spot market, and \(visible(experiment)) trades options",
                        help: "name an experiment of its environment: --experiment \(kind == .options ? "experiments/scalp-audited.yaml" : "experiments/btc-s3-mlp.yaml")"))
                continue
            }
            do {
                found.append(try TrainingInputs(Experiment(file: experiment, overrides: overrides + [try ExperimentOverride("reward=\(yamlQuoted(reward))")])))
            } catch let refused as InputIssues {
                issues += refused.issues
            }
        }
        if !issues.isEmpty { throw InputIssues(issues) }
        return found
    }
}

/// What training comes to that `forecast` is of: the mean of `seeds` seeds from 1 on.
func trained(_ inputs: TrainingInputs, beside forecast: RewardForecast, seeds: Int, threads: Int) throws -> ForecastOutcome {
    let before = Forecaster.processorSeconds(), list = (1...UInt64(seeds)).map { $0 }
    if inputs.isPositional {
        let ends = try inParallel(list.count, threads: threads) { i -> PositionSnapshot in
            let looks = try ReferenceTraining.positions(inputs, seed: list[i], steps: forecast.steps, looks: 1)
            return looks[looks.count - 1]
        }
        return ForecastOutcome(seeds: list, positions: PositionSnapshot.mean(ends, step: ends[0].step), forecast: forecast, seconds: Forecaster.processorSeconds() - before)
    }
    let ends = try inParallel(list.count, threads: threads) { i -> MixSnapshot in
        let looks = try ReferenceTraining.run(inputs, seed: list[i], steps: forecast.steps, looks: 1)
        return looks[looks.count - 1]
    }
    let mean = MixSnapshot.mean(ends, step: ends[0].step)
    return ForecastOutcome(
        seeds: list, steps: mean.step, sampled: mean.sampled, overall: mean.overall(mean.sampled), forecast: forecast, seconds: Forecaster.processorSeconds() - before)
}
