import Environments
import Foundation
import MarketData
import RewardAnalysis
import TradingTypes

/// Table of how well the analysis finds a planted edge again: `seeds` synthetic markets of the default length a row, the same noise in every row.
func printEdgeCoverage(seeds: ClosedRange<UInt64>) throws {
    print("| planted | series | mean estimate | standard deviation | interval holds it | below it | above it | reached out of fold | interval holds its mean | hit rate | interval holds its mean |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for planted in [0, 0.03, 0.05, 0.1] {
        var estimates: [Double] = [], reached: [Estimate] = [], rates: [Estimate] = [], below = 0, above = 0
        for seed in seeds {
            let prepared = try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,seed=\(seed),edge=\(planted)")))
            let market = AnalysisMarket(
                environment: SpotEnvironment(prepared.bars), columns: prepared.columns(), labels: prepared.regimes.labels,
                rows: prepared.split.range(.all), seed: 1)
            let model = EdgeModel(market, features: prepared.features, settings: ExpectedValueSettings(replicates: 200, seed: 1, threads: 2))
            let edge = model.estimate
            rates.append(model.hitRate(regime: 0))
            reached.append(edge.outOfFold)
            guard let value = edge.population.value, let interval = edge.population.interval95 else { continue }
            estimates.append(value)
            if interval.high < planted { below += 1 }
            if interval.low > planted { above += 1 }
        }
        func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(max(1, x.count)) }
        let m = mean(estimates), n = estimates.count
        let deviation = (estimates.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(max(1, n - 1))).squareRoot()
        let (correlation, held) = shareHoldingTheMean(reached), (rate, heldRate) = shareHoldingTheMean(rates)
        func text(_ x: Double) -> String { String(format: "%.4f", x) }
        print("| \(planted) | \(n) | \(text(m)) | \(text(deviation)) | \(n - below - above) | \(below) | \(above) | \(text(correlation)) | \(held) | \(text(rate)) | \(heldRate) |")
    }
}

/// Mean of the estimates, and how many of their intervals hold it.
private func shareHoldingTheMean(_ estimates: [Estimate]) -> (mean: Double, held: Int) {
    let values = estimates.compactMap(\.value), mean = values.reduce(0, +) / Double(max(1, values.count))
    return (mean, estimates.count { $0.interval95?.contains(mean) ?? false })
}
