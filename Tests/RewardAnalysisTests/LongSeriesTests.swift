import Environments
import Features
import MarketData
import Regimes
import RewardAnalysis
import Rewards
import TestSupport
import Testing
import TradingTypes

/// A series too long to keep its features is worked through in stretches. The same series, worked through both ways, must give the same numbers.
@Suite struct LongSeriesTests {
    private static let count = 80_000
    private static let prepared = Result { try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,bars=\(count),edge=0.05"))) }

    private func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * max(1, abs(b)) }

    @Test(arguments: [0..<1_000, 700..<900, 32_768..<65_536, 60_000..<60_001]) func stretchesOfFeaturesAreRowsOfTheWhole(_ rows: Range<Int>) throws {
        let bars = try Self.prepared.get().bars
        let whole = computeFeatures(bars), source = FeatureSource(bars, wholeLimit: 0)
        #expect(!source.isKept && source.warmUp == whole.warmUp && source.count == bars.count)
        let part = source.table(rows: rows)
        #expect(part.names == whole.names && part.warmUp == max(0, min(rows.count, whole.warmUp - rows.lowerBound)))
        for (name, column) in zip(part.names, part.columns) {
            let full = try #require(whole[name])
            #expect(column.count == rows.count)
            #expect(
                rows.indices.allSatisfy { t in
                    let a = column[t - rows.lowerBound], b = full[t]
                    return a.isNaN && b.isNaN || close(a, b, 1e-9)
                }, "\(name)")
        }
        let picked = source.table(rows: rows, names: ["rsi_14", "return_1"])
        #expect(picked.names == ["rsi_14", "return_1"] && picked.columns.count == 2)
    }

    @Test func normalisingInStretchesIsNormalisingTheWhole() throws {
        let bars = try Self.prepared.get().bars, rows = 3_000..<70_000
        let whole = Normalizer(computeFeatures(bars), fittedOn: rows), parts = Normalizer(FeatureSource(bars, wholeLimit: 0), fittedOn: rows)
        #expect(whole.names == parts.names)
        #expect(zip(whole.mean, parts.mean).allSatisfy { close($0, $1, 1e-11) } && zip(whole.deviation, parts.deviation).allSatisfy { close($0, $1, 1e-11) })
    }

    @Test(arguments: [9_000, 30_000]) func regimesInStretchesAreThoseOfTheWhole(_ stretch: Int) throws {
        let bars = try Self.prepared.get().bars
        let whole = BalancedDetector().label(bars, stretch: bars.count), parts = BalancedDetector().label(bars, stretch: stretch)
        #expect(whole == parts)
    }

    @Test func namedColumnsOfAStretchAreRowsOfTheWhole() throws {
        let prepared = try Self.prepared.get(), whole = prepared.columns(), rows = 40_000..<41_000
        #expect(Set(whole.keys) == Set(["open", "high", "low", "close", "volume", "regime", "hour", "volatility_24h", "trend"] + prepared.features.names))
        let part = prepared.columns(named: Set(whole.keys).union(["nobody"]), rows: rows)
        #expect(Set(part.keys) == Set(whole.keys))
        for (name, column) in part { #expect(rows.allSatisfy { close(column[$0 - 40_000], whole[name]![$0], 1e-9) }, "\(name)") }
    }

    /// Scores, the edge and the whole judgement.
    @Test func theAnalysisDoesNotDependOnWhatIsKept() throws {
        let prepared = try Self.prepared.get(), rows = prepared.split.range(.all)
        func market(_ keeps: Bool) -> AnalysisMarket {
            let whole = keeps ? prepared.columns() : [:]
            if keeps {
                return AnalysisMarket(environment: prepared.environment, columns: whole, labels: prepared.regimes.labels, rows: rows, seed: 1)
            }
            return AnalysisMarket(environment: prepared.environment, labels: prepared.regimes.labels, rows: rows, seed: 1, needsPath: false) {
                prepared.columns(named: $0, rows: $1)
            }
        }
        let settings = ExpectedValueSettings(replicates: 400, seed: 1, threads: 2)
        let design = try WorkedMarket.reward("btc-s3")
        let kept = market(true), read = market(false)
        let edges = [EdgeModel(kept, features: prepared.featureSource, settings: settings), EdgeModel(read, features: FeatureSource(prepared.bars, wholeLimit: 0), settings: settings)]
        let population = try edges.map { try #require($0.estimate.population.value) }, reached = try edges.map { try #require($0.estimate.outOfFold.value) }
        #expect(close(population[0], population[1], 1e-7) && close(reached[0], reached[1], 1e-7))
        for (a, b) in zip(edges[0].estimate.regimes, edges[1].estimate.regimes) { #expect(close(a.population.value ?? -1, b.population.value ?? -1, 1e-6)) }

        let stack = RewardStack(design)
        let columns = [RewardColumns(stack, kept), RewardColumns(stack, read, threads: 2, wholeLimit: 0)]
        #expect(columns[0].activity == columns[1].activity)
        for k in design.terms.indices {
            for a in 0..<3 { #expect(zip(columns[0].termMeans[k][a], columns[1].termMeans[k][a]).allSatisfy { close($0, $1, 1e-12) }) }
        }
        let some = columns.map { $0.bars(32_000..<34_000) }
        #expect(some[0].certain == some[1].certain && some[0].uncertain == some[1].uncertain && some[0].mirrored == some[1].mirrored)

        let values = [analyseReward(design, kept, edge: edges[0], settings), analyseReward(design, read, edge: edges[1], settings)]
        #expect(values[0].verdictClass == values[1].verdictClass && values[0].learnableEdgeClass == values[1].learnableEdgeClass)
        for (a, b) in zip(values[0].regimes, values[1].regimes) {
            #expect(zip(a.actions, b.actions).allSatisfy { close($0.expected, $1.expected, 1e-12) && close($0.interval95.low, $1.interval95.low, 1e-9) })
            #expect(zip(a.learnableGreedy, b.learnableGreedy).allSatisfy { close($0.share, $1.share, 1e-3) })
            #expect(zip(a.clairvoyantGreedy, b.clairvoyantGreedy).allSatisfy { close($0.share, $1.share, 1e-12) })
            #expect(close(a.barsToDecide.value ?? -1, b.barsToDecide.value ?? -1, 1e-9))
        }
    }
}
