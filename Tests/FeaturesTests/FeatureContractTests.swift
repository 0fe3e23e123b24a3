import ComponentKit
import Features
import Testing
import TradingTypes

/// What every feature in the catalogue must do; registering one is testing it.
@Suite struct FeatureContractTests {
    static let degenerate: [(id: String, bars: BarSeries)] = {
        var flat = randomBars(1_000)
        for t in 0..<1_000 { flat.open[t] = 100; flat.high[t] = 100; flat.low[t] = 100; flat.close[t] = 100; flat.volume[t] = 0 }
        var silent = randomBars(1_000)
        for t in 0..<1_000 { silent.volume[t] = 0 }
        var halted = randomBars(1_200)
        for t in 800..<1_100 {
            let c = halted.close[799]
            halted.open[t] = c; halted.high[t] = c; halted.low[t] = c; halted.close[t] = c; halted.volume[t] = 0
        }
        var geometric = randomBars(1_000)
        for t in 0..<1_000 {
            let c = 100 * (0..<t).reduce(1.0) { p, _ in p * 1.001 }
            geometric.open[t] = c; geometric.high[t] = c; geometric.low[t] = c; geometric.close[t] = c; geometric.volume[t] = 5
        }
        var dust = randomBars(1_000)
        for column in [\BarSeries.open, \.high, \.low, \.close] {
            for t in 0..<1_000 { dust[keyPath: column][t] *= 1e-12 }
        }
        return [("flat", flat), ("no volume", silent), ("halted for 300 bars", halted), ("equal returns", geometric), ("tiny prices", dust)]
    }()

    /// Once defined, a feature stays finite, whatever the market does, and it is defined on the row its card names.
    @Test(arguments: allFeatures, degenerate.map(\.id)) func staysFinite(_ name: String, _ market: String) throws {
        let bars = try #require(Self.degenerate.first { $0.id == market }?.bars)
        for denoise in Denoise.allCases {
            let column = computeFeatures(bars, names: [name], denoise: denoise).columns[0]
            let first = try #require(column.firstIndex { !$0.isNaN })
            #expect(FeatureCatalog.card(name)?.facts.first { $0.label == "warm-up" }?.text == "\(first) bars")
            let bad = (first..<column.count).first { !column[$0].isFinite || abs(column[$0]) > 1e5 }
            #expect(bad == nil, "\(name) is \(column[bad ?? 0]) on row \(bad ?? 0), \(denoise)")
        }
    }

    @Test func theSetIsComplete() throws {
        let names = try #require(FeatureCatalog.sets["btc-44"])
        #expect(names.count == 44 && Set(names).count == 44)
        #expect(names.first == "return_1" && names[6] == "ekf_gap" && names[16] == "adx_14" && names[32] == "atr_instability_24" && names.last == "hour_cos")
        let table = computeFeatures(CausalityTests.bars)
        #expect(table.names == names)
        #expect(table.warmUp == 743)
    }

    @Test(arguments: FeatureCatalog.cards.map(\.name)) func theCardSaysWhatMatters(_ name: String) throws {
        let card = try #require(FeatureCatalog.card(name))
        #expect(card.kind == "feature" && !card.summary.isEmpty && !card.formula.isEmpty && !card.unit.isEmpty)
        #expect(card.facts.contains { $0.label == "edge cases" })
        #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
    }

    /// In a market where nothing moves, each feature has the value its card promises.
    @Test(arguments: [
        ("return_1", 0), ("ekf_gap", 0), ("ekf_volatility", 1), ("trend_slope_24", 0), ("trend_r2_24", 0), ("adx_14", 0), ("di_difference_14", 0),
        ("rsi_14", -1), ("rsi_14_neutral", 0), ("macd", 0), ("stochastic_14", -0.5), ("cci_20", 0), ("mfi_14", -0.5), ("atr_14", 0), ("volatility_z", 0),
        ("volatility_24_168", 1), ("parkinson_24", 1), ("bollinger_position", 0.5), ("bollinger_width", 0), ("atr_instability_24", 0), ("body_ratio", 0),
        ("pullback_24", 0), ("donchian_24", 0.5), ("consolidation_24", 1), ("volume_z", 0), ("obv_slope_24", 0), ("close_vwap_24", 0),
    ]) func flatMarket(_ name: String, _ value: Double) {
        let column = computeFeatures(Self.degenerate[0].bars, names: [name]).columns[0]
        #expect(column.last == value)
    }
}
