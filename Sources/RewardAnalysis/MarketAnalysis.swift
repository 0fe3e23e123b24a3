internal import ComponentKit
public import Environments
internal import Features
internal import MarketData
internal import NumericKernels
public import Rewards
public import TradingTypes

/// Runs the expected-value analysis of several rewards on one part of a prepared market.
///
/// - Parameters:
///   - split: the part of the usable bars that is analysed; the model of the learnable edge is fitted and judged on it alone.
///   - command: the command line that reproduces the report.
///   - forOtherWeights: whether `RewardValue.weightPay` is worked out: what a page needs to answer for other weights.
public func analyseRewards(
    _ designs: [RewardDesign], on prepared: PreparedMarket, split: SplitName, detector: String, _ settings: ExpectedValueSettings, command: String,
    forOtherWeights: Bool = false
) -> ExpectedValueReport {
    let rows = prepared.split.range(split)
    let configuration = prepared.environment.configuration
    let needsPath = designs.contains { RewardStack($0).readsPath(configuration) }
    let isKept = prepared.featureSource.isKept, kept = isKept ? prepared.columns() : [:]
    let market = AnalysisMarket(
        environment: prepared.environment, labels: prepared.regimes.labels, rows: rows, seed: settings.seed, needsPath: needsPath
    ) { names, range in
        isKept ? cutColumns(kept, names, range) : prepared.columns(named: names, rows: range)
    }
    var (edge, values) = judged(designs, market, prepared.featureSource, settings)
    if forOtherWeights {
        for i in designs.indices { values[i].weightPay = WeightPay(RewardStack(designs[i]), market, blockLength: values[i].blockLength, threads: settings.threads) }
    }
    let bars = prepared.bars, manifest = prepared.loaded.manifest
    return ExpectedValueReport(
        rewards: values, edge: edge.estimate, gamma: settings.gamma, discount: discountTable(gamma: settings.gamma, barSeconds: bars.barDurationSeconds),
        data: [
            ("bars", manifest.path), ("symbol", bars.symbol), ("SHA-256", manifest.sha256),
            ("analysed", "\(timeText(bars.time[rows.lowerBound])) to \(timeText(bars.time[rows.upperBound - 1])), \(grouped(Double(rows.count))) bars (\(split.rawValue) split)"),
            ("warm-up before them", "\(grouped(Double(prepared.warmUp))) bars"),
        ],
        parameters: [
            ("split", split.rawValue), ("gamma", "\(settings.gamma)"), ("replicates", "\(settings.replicates)"), ("seed", "\(settings.seed)"),
            ("regime detector", detector), ("denoise", prepared.denoise.rawValue), ("reference path", "coin-flip policy (uniform over the actions)"),
        ] + environmentParameters(configuration),
        actionNames: SpotAction.allCases.map(\.name), regimeNames: market.regimeNames, replicates: settings.replicates, bars: rows.count,
        strip: thinned(bars, prepared.regimes.labels, rows), command: command)
}

/// The settings of the environment, for the report's parameters.
private func environmentParameters(_ c: SpotConfiguration) -> [(label: String, value: String)] {
    [
        ("fee", "\(shortNumber(c.feeBasisPoints)) bps"), ("slippage", "\(shortNumber(c.slippageBasisPoints)) bps"), ("HOLD", c.hold.rawValue),
        ("fill", c.fill.rawValue), ("funding", "\(shortNumber(c.fundingBasisPointsPer8h)) bps every 8 h"),
        ("borrow", "\(shortNumber(c.borrowBasisPointsPerYear)) bps a year"),
    ]
}

extension RewardStack {
    /// Whether scoring needs the agent's path: a term reads it, or HOLD keeps the position and a term reads the direction held.
    func readsPath(_ configuration: SpotConfiguration) -> Bool {
        readsPath || (configuration.hold == .keep && names.contains("direction"))
    }
}

/// The model of the edge, and the finished analysis of every reward.
private func judged(
    _ designs: [RewardDesign], _ market: AnalysisMarket, _ features: FeatureSource, _ settings: ExpectedValueSettings
) -> (EdgeModel, [RewardValue]) {
    guard features.isKept else {
        // One after the other, so that only one of them holds tables as long as the series.
        let edge = EdgeModel(market, features: features, settings: settings)
        return (edge, designs.map { RewardJudgement($0, market, settings).value(edge: edge) })
    }
    // The model of the edge and the judgements of the rewards do not need each other until the end.
    enum Part { case edge(EdgeModel), judgements([RewardJudgement]) }
    let parts = inParallel(2, threads: settings.threads) { part -> Part in
        part == 0
            ? .edge(EdgeModel(market, features: features, settings: settings))
            : .judgements(designs.map { RewardJudgement($0, market, settings) })
    }
    guard case .edge(let edge) = parts[0], case .judgements(let judgements) = parts[1] else { preconditionFailure("parts come back in order") }
    return (edge, judgements.map { $0.value(edge: edge) })
}

/// Present values of a payment of 1 after k bars, and of 1 on every bar from now to k, at powers of two and the round times of the bar length.
package func discountTable(gamma: Double, barSeconds: Int) -> [DiscountRow] {
    let steps = [1, 2, 4, 8, 15, 30, 60, 100, 200, 500, 1_000]
    var rows = steps.map { k -> DiscountRow in
        var power = 1.0
        for _ in 0..<k { power *= gamma }
        return DiscountRow(bars: k, presentValue: power, annuity: gamma == 1 ? Double(k) : (1 - power) / (1 - gamma))
    }
    rows.removeAll { $0.presentValue < 1e-9 }
    return rows
}

/// At most about 3,000 evenly spaced bars for the regime strip.
private func thinned(_ bars: BarSeries, _ labels: [UInt8], _ rows: Range<Int>) -> [(time: Int64, close: Double, regime: UInt8)] {
    let step = max(1, rows.count / 3_000)
    return stride(from: rows.lowerBound, to: rows.upperBound, by: step).map { (bars.time[$0], bars.close[$0], labels[$0]) }
}
