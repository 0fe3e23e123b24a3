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

    /// The size of the next return is forecast, not known, which leaves 95% of a correlation. The estimate makes up for it: its mean over 16 series at .1
    /// is off by less than .004, three standard errors .0054 / sqrt(16) (false alarm .3%); without the correction it would be off by .005.
    @Test func strongEdgesAreNotUnderestimated() throws {
        let mean = try (11...26).reduce(0.0) { try $0 + (edge(0.1, seed: $1).population.value ?? 0) / 16 }
        #expect(abs(mean - 0.1) < 0.004, "\(mean)")
    }
}

/// The interval of out-of-fold results.
@Suite struct EdgeJackknifeTests {
    /// One regime: `hits` of 10 bars predicted rightly.
    private func sums(_ hits: Int) -> OutOfFoldSums {
        var sums = OutOfFoldSums(regimes: 2)
        for i in 0..<10 { sums.add(i < hits ? 1 : -1, 0.5, regime: 0) }
        return sums
    }

    /// Rates .4 and .6 in turn without each of twenty blocks: se = sqrt(19 / 20 * 20 * .01) = sqrt(.19); t(.975, 19) = 2.093024.
    @Test func byHand() throws {
        let all = [sums(5)] + (0..<20).map { sums($0 % 2 == 0 ? 4 : 6) }
        let estimate = EdgeJackknife.estimate(all, missing: "none") { $0.hitRate(0) }
        let interval = try #require(estimate.interval95), half = 2.093024 * 0.19.squareRoot()
        #expect(estimate.value == 0.5)
        #expect(abs(interval.low - (0.5 - half)) < 1e-12 && abs(interval.high - (0.5 + half)) < 1e-12)
    }

    @Test func whatIsMissingHasAReason() {
        let all = [sums(5)] + (0..<20).map { sums($0 % 2 == 0 ? 4 : 6) }
        #expect(EdgeJackknife.estimate(all, missing: "no bars of this regime") { $0.hitRate(1) } == Estimate(nil, reason: "no bars of this regime"))
        // A regime with bars in one block only: nothing is left without it.
        var lonely = all
        lonely[7] = OutOfFoldSums(regimes: 2)
        let estimate = EdgeJackknife.estimate(lonely, missing: "") { $0.hitRate(0) }
        #expect(estimate.value == 0.5 && estimate.interval95 == nil && !estimate.reason.isEmpty)
    }

    /// Predictions and returns of 1 and -1, six of eight pairs alike: r = (6 - 2) / 8.
    @Test func correlationAndTies() throws {
        var sums = OutOfFoldSums(regimes: 1)
        for (p, y) in [(1.0, 1.0), (-1, -1), (1, 1), (-1, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)] { sums.add(p, y, regime: 0) }
        #expect(abs(try #require(sums.correlation) - 0.5) < 1e-12)
        #expect(sums.hitRate(0) == 0.75)
        // A prediction or a return of exactly 0 counts half.
        sums.add(0, 1, regime: 0)
        sums.add(1, 0, regime: 0)
        #expect(sums.hitRate(0) == 0.7)
        #expect(OutOfFoldSums(regimes: 1).correlation == nil)
    }
}
