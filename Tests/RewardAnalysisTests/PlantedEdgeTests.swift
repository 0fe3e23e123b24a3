import Environments
import Features
import MarketData
import RewardAnalysis
import Testing
import TradingTypes

/// The synthetic market says how predictable its next return is; the analysis has to find that out.
@Suite struct PlantedEdgeTests {
    private func edge(_ planted: Double, seed: Int) throws -> EdgeEstimate {
        let prepared = try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,seed=\(seed),edge=\(planted)")))
        let market = AnalysisMarket(
            environment: SpotEnvironment(prepared.bars), columns: prepared.columns(), labels: prepared.regimes.labels, rows: prepared.split.range(.all), seed: 1)
        return EdgeModel(market, features: prepared.features, settings: ExpectedValueSettings(replicates: 200, seed: 1, threads: 2)).estimate
    }

    // Each interval misses with probability .05 by design; the seeds are fixed, so the outcome is too.
    @Test(arguments: [(0.0, 1), (0.03, 1), (0.05, 1), (0.1, 1), (0.0, 2), (0.05, 2)])
    func intervalHoldsThePlantedEdge(planted: Double, seed: Int) throws {
        let estimate = try edge(planted, seed: seed)
        let interval = try #require(estimate.population.interval95)
        #expect(interval.low <= planted && planted <= interval.high, "planted \(planted), seed \(seed): [\(interval.low), \(interval.high)]")
        // Out of fold the model reaches no more than is there, up to the noise of 43,816 bars (.0048 standard error).
        let reached = try #require(estimate.outOfFold.value)
        #expect(reached < planted + 0.015)
        if planted >= 0.05 { #expect(reached > planted / 2) }
    }
}
