import ComponentKit
import Forecasting
import Logging
import MixEmulation
import OptionsAnalysis
import Reports
import RewardAnalysis
import TradingTypes
import Training

/// The page of `assay forecast --out`: forecasts, expected values on the training bars they are for, and the playground with an emulator of the forecast.
///
/// `designs` weight vectors of every reward are forecast for the emulator; fewer than eight: none.
func writeForecastPage(
    _ inputs: [TrainingInputs], _ forecasts: [RewardForecast], outcomes: [ForecastOutcome?], _ settings: ForecastSettings, designs: Int, threads: Int, to folder: String, _ log: Logger
) async throws -> WrittenReport {
    let experiment = inputs[0].experiment
    let analysis = ExpectedValueSettings(replicates: 10_000, seed: settings.seed, threads: threads, gamma: experiment.ppo.gamma)
    if case .options(let market) = inputs[0].world {
        // Of the minutes before a decision; the sliders' emulator knows three actions only.
        let report = analyseOptionRewards(
            inputs.map(\.design), on: market.market, days: market.days(.train), split: SplitName.train.rawValue, rules: market.settings.rules, data: PreparedOptions.data(market.loaded, market.market),
            analysis, command: commandLine(), forOtherWeights: true)
        return try await writeReport(report, to: folder, forecasts: zip(forecasts, outcomes).map { ($0, $1) })
    }
    var report = analyseRewards(
        inputs.map(\.design), on: inputs[0].prepared, split: .train, detector: experiment.detector, analysis, command: commandLine(), forOtherWeights: true)
    if designs >= 8 {
        var plan = EmulationPlan()
        (plan.designs, plan.seed, plan.threads) = (designs, settings.seed, threads)
        for i in inputs.indices {
            guard let pay = report.rewards[i].weightPay else { continue }
            log.info("\(visible(forecasts[i].name)): forecasting \(designs) other weights for the sliders of the page")
            let emulator = try MixEmulator.fitted(to: inputs[i], pay: pay, bars: report.rewards[i].regimes.map(\.bars), forecast: forecasts[i], settings, plan)
            report.rewards[i].mixEmulator = emulator
            log.info("\(visible(forecasts[i].name)): the page's mix is within \(signed(100 * emulator.error, 1).drop { $0 == "+" }) points of a forecast on average (each left out in turn)")
        }
    }
    return try await writeReport(report, to: folder, forecasts: zip(forecasts, outcomes).map { ($0, $1) })
}
