internal import RealModule

/// How often nominal 95% intervals held the true mean in one simulated scenario.
package struct CoverageRow: Sendable {
    package let scenario: String
    /// Bars of the whole series.
    package let bars: Int
    /// Mean number of bars, and of uninterrupted runs, of the regime whose mean is estimated.
    package let regimeBars: Double
    package let runs: Double
    package let series: Int
    /// Mean of the estimated block lengths.
    package let meanBlock: Double
    package let percentile: Double
    package let basic: Double
    package let studentised: Double
    /// mean +- 1.96 Newey-West standard errors of the influence function.
    package let neweyWest: Double
    /// `ratioInterval` of a break-even: E[A] / E[B] = 1/2 with A = B / 2 + x, B = exp(y / 2), x and y independent AR(1)s of variance 1.
    package let ratio: Double
    /// The percentile interval of the same ratio.
    package let ratioPercentile: Double
    /// Studentised interval of a mean over all bars, of x plus a level that is .25 higher in one of two regimes (the scenario's; for a plain
    /// autoregression, regimes in force half the time each, in runs of 24 bars).
    package let pooled: Double
    /// Intervals of `UnpairedMeans` on a log of the same series: each step has one of three actions, drawn anew with probability .3, of which the second is paid .3 more than the
    /// first. Its mean pay within the regime, and the difference to the first.
    package let logged: Double
    package let loggedContrast: Double
    /// Mean width of the studentised interval over that of the percentile interval.
    package let relativeWidth: Double
}

/// What a coverage study simulates.
package enum CoverageScenario: Sendable {
    /// One regime, n bars of x_t = phi x_(t-1) + e_t.
    case autoregression(bars: Int, phi: Double)
    /// The same series, but the mean is that of a regime which comes in runs of geometric length: it lasts `meanRun` bars and is
    /// left for `meanGap` bars, independently of x.
    case rareRegime(bars: Int, phi: Double, meanRun: Double, meanGap: Double)
}

/// The scenarios of the recorded study: AR(1) with phi .5 at five lengths, and two regimes that are in force on about 11% of 20,000 bars:
/// about 93 runs of 24 bars, and about 23 runs of 96.
package let standardCoverageScenarios: [CoverageScenario] =
    [250, 500, 1000, 2000, 5000].map { .autoregression(bars: $0, phi: 0.5) } + [
        .rareRegime(bars: 20_000, phi: 0.5, meanRun: 24, meanGap: 190), .rareRegime(bars: 20_000, phi: 0.5, meanRun: 96, meanGap: 760),
    ]

/// Coverage of nominal 95% intervals for a mean that is 0 in truth, over simulated series, with the block length estimated on the influence
/// function. Series i draws from streams of index i, so results do not depend on `threads`. The standard error of a coverage of .95
/// over 2,000 series is half a point.
/// docs/intervals.md records the result.
package func coverageStudy(
    _ scenarios: [CoverageScenario] = standardCoverageScenarios, series: Int = 2_000, replicates: Int = 1_000, seed: UInt64 = 1, threads: Int = 1
) -> [CoverageRow] {
    scenarios.enumerated().map { number, scenario in
        let outcomes = [SeriesOutcome](unsafeUninitializedCapacity: series) { target, filled in
            nonisolated(unsafe) let out = target.baseAddress!
            parallelFor(count: series, threads: threads) { range in
                for i in range {
                    (out + i).initialize(to: simulate(scenario, replicates: replicates, seed: seed, index: UInt64(number) << 32 | UInt64(i)))
                }
            }
            filled = series
        }
        func average(_ value: (SeriesOutcome) -> Double) -> Double { outcomes.reduce(0) { $0 + value($1) } / Double(series) }
        func share(_ truth: Double = 0, _ bounds: (SeriesOutcome) -> Bounds) -> Double { average { bounds($0).contains(truth) ? 1 : 0 } }
        return CoverageRow(
            scenario: scenario.name, bars: scenario.bars, regimeBars: average(\.regimeBars), runs: average(\.runs), series: series,
            meanBlock: average(\.block), percentile: share { $0.percentile }, basic: share { $0.basic }, studentised: share { $0.studentised },
            neweyWest: share { $0.neweyWest }, ratio: share(0.5) { $0.ratio }, ratioPercentile: share(0.5) { $0.ratioPercentile }, pooled: share { $0.pooled },
            logged: share(0.3) { $0.logged }, loggedContrast: share(0.3) { $0.loggedContrast },
            relativeWidth: average { $0.studentised.high - $0.studentised.low } / average { $0.percentile.high - $0.percentile.low })
    }
}

extension CoverageScenario {
    fileprivate var bars: Int {
        switch self {
        case .autoregression(let bars, _), .rareRegime(let bars, _, _, _): bars
        }
    }

    fileprivate var name: String {
        switch self {
        case .autoregression(_, let phi): "AR(1) phi \(phi)"
        case .rareRegime(_, let phi, let run, let gap): "AR(1) phi \(phi), regime of runs \(run), gaps \(gap)"
        }
    }
}

private struct SeriesOutcome: Sendable {
    var regimeBars = 0.0, runs = 0.0, block = 1.0
    var percentile = Bounds(0, 0), basic = Bounds(0, 0), studentised = Bounds(0, 0), neweyWest = Bounds(0, 0)
    var ratio = Bounds(0, 0), ratioPercentile = Bounds(0, 0), pooled = Bounds(0, 0)
    var logged = Bounds(0, 0), loggedContrast = Bounds(0, 0)
}

private func simulate(_ scenario: CoverageScenario, replicates: Int, seed: UInt64, index: UInt64) -> SeriesOutcome {
    let n = scenario.bars
    let phi: Double
    var labels = [UInt8](repeating: 0, count: n), runs = 1.0
    let inRegime: [Bool], share: Double
    switch scenario {
    case .autoregression(_, let value):
        phi = value
        share = 0.5
        inRegime = regimeRuns(n, meanRun: 24, meanGap: 24, seed: seed, index: index).inside
    case .rareRegime(_, let value, let meanRun, let meanGap):
        phi = value
        share = meanRun / (meanRun + meanGap)
        (inRegime, runs) = regimeRuns(n, meanRun: meanRun, meanGap: meanGap, seed: seed, index: index)
        for t in 0..<n { labels[t] = inRegime[t] ? 0 : 1 }
    }
    var noise = RandomStream(seed: seed, purpose: "coverage-noise", index: index)
    let values = autoregression(n, phi: phi, &noise)
    let table = RegimeTable(labels: labels, regimes: 1, columns: [values])
    var outcome = SeriesOutcome(regimeBars: Double(table.counts[0]), runs: runs)
    if table.counts[0] == 0 { return outcome }
    let influence = table.influence(regime: 0, column: 0)
    outcome.block = max(1, optimalBlockLength(influence).stationary)
    let plan = BootstrapPlan(meanBlock: outcome.block, replicates: replicates, seed: seed &+ index &* 0x9e37_79b9, threads: 1)
    let interval = bootstrapIntervals(stationaryBootstrap(table, plan))[0]
    outcome.percentile = interval.percentile
    outcome.basic = interval.basic
    outcome.studentised = interval.studentised ?? interval.percentile
    let error = 1.959963984540054 * longRunVariance(influence).standardErrorOfMean
    outcome.neweyWest = Bounds(interval.estimate - error, interval.estimate + error)
    (outcome.ratio, outcome.ratioPercentile) = breakEven(values, phi: phi, labels: labels, replicates: replicates, seed: seed, index: index)
    let level = (0..<n).map { values[$0] + 0.25 * ((inRegime[$0] ? 1 : 0) - share) }
    let pooled = RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: [level])
    let block = pooledBlockLength(level, labels: inRegime.map { $0 ? 0 : 1 }, regimes: 2)
    outcome.pooled = bootstrapIntervals(resampled(pooled, block: block, replicates: replicates, seed: seed, index: index))[0].preferred
    (outcome.logged, outcome.loggedContrast) = logged(values, labels: labels, replicates: replicates, seed: seed, index: index)
    return outcome
}

/// Intervals of the second action's mean pay in the regime labelled 0 and of its difference to the first's; both are .3 in truth.
private func logged(_ x: [Double], labels: [UInt8], replicates: Int, seed: UInt64, index: UInt64) -> (Bounds, Bounds) {
    var random = RandomStream(seed: seed, purpose: "coverage-actions", index: index)
    var action = UInt8(random.below(3))
    let actions = x.map { _ in
        defer { if random.uniform() < 0.3 { action = UInt8(random.below(3)) } }
        return action
    }
    let pay = zip(x, actions).map { $1 == 1 ? $0 + 0.3 : $0 }
    let means = UnpairedMeans(
        values: pay, groups: actions, groupCount: 3, labels: labels, regimes: 1, reference: 0, replicates: replicates, seed: seed &+ index &* 0x9e37_79b9, threads: 1)
    return (means.levels[1][0].preferred, means.contrast(1, regime: 0)?.interval ?? Bounds(-.infinity, .infinity))
}

/// Draws with blocks of one mean length.
private func resampled(_ table: RegimeTable, block: Double, replicates: Int, seed: UInt64, index: UInt64) -> BootstrapDraws {
    stationaryBootstrap(table, BootstrapPlan(meanBlock: block, replicates: replicates, seed: seed &+ index &* 0x9e37_79b9, threads: 1))
}

/// Studentised and percentile interval of the ratio 1/2 in the bars labelled 0.
private func breakEven(_ x: [Double], phi: Double, labels: [UInt8], replicates: Int, seed: UInt64, index: UInt64) -> (Bounds, Bounds) {
    var noise = RandomStream(seed: seed, purpose: "coverage-slope", index: index)
    let unit = Double.sqrt(1 - phi * phi)
    let slope = autoregression(x.count, phi: phi, &noise).map { Double.exp(0.5 * unit * $0) }
    let top = zip(slope, x).map { 0.5 * $0 + unit * $1 }
    let means = RegimeTable(labels: labels, regimes: 1, columns: [top, slope]).means
    let ratio = means[0] / means[1]
    let table = RegimeTable(labels: labels, regimes: 1, columns: [zip(top, slope).map { $0 - ratio * $1 }, slope])
    let block = max(1, optimalBlockLength(table.influence(regime: 0, column: 0)).stationary)
    let draws = resampled(table, block: block, replicates: replicates, seed: seed, index: index)
    let everything = Bounds(-.infinity, .infinity)
    let percentile = percentileBounds(zip(draws.values(0), draws.values(1)).map { ratio + $0 / $1 })
    if case .bounded(let bounds) = ratioInterval(draws, residual: 0, denominator: 1, ratio: ratio) { return (bounds, percentile) }
    return (everything, percentile)
}

/// x_t = phi x_(t-1) + e_t, started in its stationary distribution.
private func autoregression(_ n: Int, phi: Double, _ noise: inout RandomStream) -> [Double] {
    var x = noise.gaussian() / Double.sqrt(1 - phi * phi)
    return (0..<n).map { _ in
        defer { x = phi * x + noise.gaussian() }
        return x
    }
}

/// Whether a regime of geometric runs and gaps is in force, bar by bar, and how many runs it has.
private func regimeRuns(_ n: Int, meanRun: Double, meanGap: Double, seed: UInt64, index: UInt64) -> (inside: [Bool], runs: Double) {
    var random = RandomStream(seed: seed, purpose: "coverage-regime", index: index)
    var inside = random.uniform() < meanRun / (meanRun + meanGap), runs = inside ? 1.0 : 0
    let states = (0..<n).map { _ in
        defer {
            if random.uniform() < 1 / (inside ? meanRun : meanGap) {
                inside.toggle()
                if inside { runs += 1 }
            }
        }
        return inside
    }
    return (states, runs)
}
