internal import ComponentKit
internal import NeuralNetworks
internal import NumericKernels
internal import RealModule
internal import Sweeps
public import TradingTypes
internal import Training

/// One round of the search: what was trained and what it did.
public struct SolveRound: Sendable {
    public var weights: [String: Double]
    public var entropyCoefficient: Double
    /// Share of HOLD by seed and regime on the training bars, [S][R]; NaN where the regime has no bars.
    public var hold: [[Double]]

    /// Mean over the seeds, [R].
    public var mean: [Double] { (hold.first ?? []).indices.map { g in hold.reduce(0) { $0 + $1[g] } / Double(max(1, hold.count)) } }
}

/// What a search ended with.
public struct SolveResult: Sendable {
    public enum Status: String, Sendable { case solved, infeasible }

    /// The mix that fresh seeds are expected to have, by regime.
    public struct Forecast: Sendable {
        public var hold: Double
        /// 90% of the seeds lie within.
        public var band90: ClosedRange<Double>
    }

    public var status: Status
    /// All weights, by term; those of the reward itself where nothing was found.
    public var weights: [String: Double]
    public var entropyCoefficient: Double
    /// [R], nil for regimes without a band.
    public var forecast: [Forecast?]
    /// Probability, by the search's own trainings, that a fresh seed lies inside all bands; nil without trainings.
    public var confidence: Double?
    public var conflicts: [String]
    /// The reward as it was, then every round.
    public var rounds: [SolveRound]
    /// Trainings on fresh seeds: HOLD by split, seed and regime.
    public var verified: [(split: SplitName, seeds: [UInt64], hold: [[Double]])]

    /// Fresh seeds inside all bands on a split.
    public func inside(_ split: SplitName, _ target: SolveTarget) -> Int? {
        verified.first { $0.split == split }.map { found in found.hold.count { hold in target.bands.allSatisfy { $0.hold.contains(hold[$0.regime]) } } }
    }
}

extension RewardSolver {
    /// Searches, then verifies. nil when `shouldStop` said so. Throws `TrainingFailure` and what preparing throws.
    public func solve(shouldStop: @Sendable @escaping () -> Bool = { false }, report: (String) -> Void = { _ in }) throws -> SolveResult? {
        let present = experiment.ppo.entropyCoefficient.value(remaining: 1)
        let range = target.bounds[SolveTarget.entropy] ?? 1e-3...max(0.5, 4 * present)
        var entropy = target.movesEntropy ? min(range.upperBound, max(range.lowerBound, settings.preference == .entropy ? 2 * present : present)) : present
        var aims = analyticAims(entropy: entropy)
        var solved: [Double]
        switch nearest(aims) {
        case .conflict(let sentences): return infeasible(sentences, entropy, [])
        case .weights(let found): solved = found
        }
        if settings.isAnalytic {
            let weights = assembled(solved)
            return SolveResult(
                status: .solved, weights: weights, entropyCoefficient: entropy, forecast: forecast { g in aims.first { $0.regime == g }.map { (gap(g, under: weights) / $0.temperature, 0.15) } },
                confidence: nil, conflicts: [], rounds: [], verified: [])
        }

        // The reward as it is: how far off, and from where the gaps count.
        var rounds: [SolveRound] = []
        func train(_ weights: [String: Double]) throws -> Bool {
            guard let found = try trainings(weights, entropy, seeds: (0..<settings.searchSeeds).map { SolveSettings.searchSeed + UInt64($0) }, steps: settings.searchSteps, shouldStop) else { return false }
            rounds.append(SolveRound(weights: weights, entropyCoefficient: entropy, hold: found.map { $0.hold(.train) }))
            let shares = aims.map { "\(Regime.names[$0.regime]) \(percent(rounds[rounds.count - 1].mean[$0.regime]))" }
            report("round \(rounds.count - 1): entropy coefficient \(text(entropy)), HOLD \(shares.joined(separator: ", "))")
            return true
        }
        guard try train(assembled(variables.map(\.present))) else { return nil }
        var ceiling = range.upperBound
        // Seeds that differ by more than a band is wide cannot be led by weights: only a softer policy makes them alike. A policy that is too soft follows no pay: what
        // is paid then becomes the noise that advantages are divided by, and more of it changes nothing.
        func adapt(_ wanted: (Aim) -> Double) {
            let lines = aims.map { line($0, rounds, entropy) }
            let isDeaf = zip(aims, lines).contains { aim, line in line.map { $0.slope < 0.12 / aim.temperature && aim.centre - $0.level > 0.2 } ?? false }
            if target.movesEntropy, isDeaf, entropy > 1.2 * range.lowerBound {
                let lowered = rounded(max(range.lowerBound, 0.6 * entropy))
                report("pay for holding hardly moves the mix any more: entropy coefficient \(text(entropy)) -> \(text(lowered))")
                ceiling = min(ceiling, 0.9 * entropy)
                aims = analyticAims(entropy: lowered)
                for k in aims.indices {
                    // The analytic temperature is the least it can be.
                    aims[k].temperature *= 2
                    aims[k].unit = aims[k].temperature
                    aims[k].gap *= 2
                }
                entropy = lowered
                return
            }
            let spread = deviation(rounds, entropy), needed = (aims.map { ($0.high - $0.low) / 2 }.min() ?? 1) / 2.4
            // A small raise forgets what the rounds so far have shown: only where it is badly needed.
            let isWide = target.movesEntropy && spread > 1.15 * needed && entropy < (spread > 1.5 * needed ? 0.97 : 0.85) * ceiling
            let raised = isWide ? rounded(min(ceiling, entropy * min(2, max(1.3, spread / needed)))) : entropy
            if isWide { report("seeds differ by \(text(spread)) log-odds, the narrowest band allows \(text(needed)): entropy coefficient \(text(entropy)) -> \(text(raised))") }
            for k in aims.indices {
                aims[k].gap = wanted(aims[k]) * raised / entropy
                if let found = lines[k] { aims[k].unit = raised / entropy / found.slope }
                if raised != entropy { aims[k].temperature = aims[k].unit }
            }
            entropy = raised
        }
        adapt { self.gap($0.regime, under: rounds[0].weights) + $0.temperature * ($0.centre - Self.meanLogOdds(rounds[0], $0.regime)) }
        var best: (weights: [String: Double], entropy: Double, chance: Double, means: [(mean: Double, deviation: Double)])?
        for _ in 0..<settings.rounds {
            switch nearest(aims) {
            case .conflict(let sentences): return infeasible(sentences, entropy, rounds)
            case .weights(let found): solved = found
            }
            let weights = assembled(solved)
            let predicted = aims.map { predict($0, gap: gap($0.regime, under: weights), rounds, entropy) }
            let chance = zip(aims, predicted).reduce(1.0) { $0 * $1.0.chance(mean: $1.1.mean, deviation: $1.1.deviation) }
            if rounds.contains(where: { $0.entropyCoefficient == entropy }), chance > best?.chance ?? 0 { best = (weights, entropy, chance, predicted) }
            if let best, best.chance >= settings.confidence { break }
            guard try train(weights) else { return nil }
            adapt { self.predictedGap($0, rounds, entropy) }
        }
        guard let best else { return infeasible(["no round of trainings came near the bands"], entropy, rounds) }
        var result = SolveResult(
            status: .solved, weights: best.weights, entropyCoefficient: best.entropy,
            forecast: forecast { g in aims.firstIndex { $0.regime == g }.map { best.means[$0] } }, confidence: best.chance, conflicts: [], rounds: rounds, verified: [])
        entropy = best.entropy
        if !settings.freshSeeds.isEmpty {
            report("verifying on \(settings.freshSeeds.count) fresh seeds, \(experiment.steps) steps each")
            guard let found = try trainings(best.weights, entropy, seeds: settings.freshSeeds, steps: nil, shouldStop) else { return nil }
            result.verified = TrialTraining.splits.map { split in (split: split, seeds: settings.freshSeeds, hold: found.map { $0.hold(split) }) }
        }
        let inside = result.inside(.train, target)
        let enough = inside.map { 5 * $0 >= 4 * settings.freshSeeds.count } ?? (best.chance >= 0.5)
        if !enough {
            result.status = .infeasible
            result.conflicts = misses(result, aims, rounds, entropy)
        }
        return result
    }

    /// The nearest weights that put every gap near its band's centre, or, where other demands stand against that, farther from it but within the band; the conflict
    /// is that of whole bands.
    private func nearest(_ aims: [Aim]) -> WeightProblem.Answer {
        for slack in [settings.isAnalytic ? 0.5 : 0.1, 0.5, 0.75] {
            let answer = problem(aims, slack: slack).solve()
            if case .weights = answer { return answer }
        }
        return problem(aims, slack: 1).solve()
    }

    // MARK: Trainings

    private func trainings(_ weights: [String: Double], _ entropy: Double, seeds: [UInt64], steps: Int?, _ shouldStop: @Sendable @escaping () -> Bool) throws -> [TrialOutcome]? {
        var experiment = experiment
        experiment.ppo.entropyCoefficient = .constant(entropy)
        if let steps { experiment.steps = steps }
        let trial = try TrainingInputs(sharing: inputs, experiment, weights: weights)
        let outcomes = try inParallel(seeds.count, threads: settings.threads) { i -> TrialOutcome? in
            shouldStop() ? nil : try TrialTraining.run(trial, seed: seeds[i], shouldStop: shouldStop)
        }.compactMap { $0 }
        return outcomes.count == seeds.count ? outcomes : nil
    }

    // MARK: What the rounds say

    private static func seedLogOdds(_ round: SolveRound, _ regime: Int) -> [Double] { round.hold.map { logOdds(min(0.999, max(0.001, $0[regime]))) } }

    private static func meanLogOdds(_ round: SolveRound, _ regime: Int) -> Double {
        let values = seedLogOdds(round, regime)
        return values.reduce(0, +) / Double(max(1, values.count))
    }

    /// Standard deviation of a seed's log-odds at an entropy coefficient, over rounds and regimes.
    private func deviation(_ rounds: [SolveRound], _ entropy: Double) -> Double {
        var squares = 0.0, freedom = 0.0
        for round in rounds where round.entropyCoefficient == entropy {
            for band in target.bands {
                let values = Self.seedLogOdds(round, band.regime), mean = Self.meanLogOdds(round, band.regime)
                squares += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                freedom += Double(values.count - 1)
            }
        }
        return freedom > 0 ? max(0.02, (squares / freedom).squareRoot()) : 0.15
    }

    /// Log-odds as a straight line of the gap around the last round at an entropy coefficient: `level` there, `slope` per unit of gap, and what is not known of both.
    private struct Line {
        var gap, level, slope: Double
        var levelVariance, slopeVariance, covariance: Double

        func mean(_ x: Double) -> Double { level + slope * (x - gap) }
        func variance(_ x: Double) -> Double { max(0, levelVariance + 2 * (x - gap) * covariance + (x - gap) * (x - gap) * slopeVariance) }
    }

    /// Least squares with the slope held to a prior of 1 / temperature, give or take the half of it. What HOLD answers to pay bends, so rounds farther off count less.
    private func line(_ aim: Aim, _ rounds: [SolveRound], _ entropy: Double) -> Line? {
        let own = rounds.filter { $0.entropyCoefficient == entropy }
        guard let last = own.last else { return nil }
        let noise = deviation(rounds, entropy), seeds = Double(max(1, settings.searchSeeds)), prior = 1 / aim.temperature
        let origin = gap(aim.regime, under: last.weights)
        // Normal equations of level and slope.
        var a = 0.0, b = 0.0, c = 1 / (0.25 * prior * prior), u = 0.0, v = prior * c
        for round in own {
            let x = gap(aim.regime, under: round.weights) - origin, y = Self.meanLogOdds(round, aim.regime)
            let bend = 0.3 * x * prior
            let w = 1 / (noise * noise / seeds + bend * bend)
            (a, b, c) = (a + w, b + w * x, c + w * x * x)
            (u, v) = (u + w * y, v + w * x * y)
        }
        let determinant = a * c - b * b
        let slope = max(0.05 * prior, (a * v - b * u) / determinant), level = (u - b * slope) / a
        return Line(gap: origin, level: level, slope: slope, levelVariance: c / determinant, slopeVariance: a / determinant, covariance: -b / determinant)
    }

    /// Log-odds that a seed is expected to have at a gap, and their standard deviation, seed to seed and our own doubt together.
    private func predict(_ aim: Aim, gap: Double, _ rounds: [SolveRound], _ entropy: Double) -> (mean: Double, deviation: Double) {
        let noise = deviation(rounds, entropy)
        guard let line = line(aim, rounds, entropy) else { return (gap / aim.temperature, 1) }
        return (line.mean(gap), (noise * noise + line.variance(gap)).squareRoot())
    }

    /// The gap at which the band's centre is expected; no farther than one unit of log-odds at a time.
    private func predictedGap(_ aim: Aim, _ rounds: [SolveRound], _ entropy: Double) -> Double {
        guard let line = line(aim, rounds, entropy) else { return aim.gap }
        return line.gap + max(-1, min(1, aim.centre - line.level)) / line.slope
    }

    private func forecast(_ at: (Int) -> (mean: Double, deviation: Double)?) -> [SolveResult.Forecast?] {
        func share(_ x: Double) -> Double { Double.exp(x) / (2 + Double.exp(x)) }
        return Regime.names.indices.map { g in
            at(g).map { SolveResult.Forecast(hold: share($0.mean), band90: share($0.mean - 1.645 * $0.deviation)...share($0.mean + 1.645 * $0.deviation)) }
        }
    }

    private func infeasible(_ sentences: [String], _ entropy: Double, _ rounds: [SolveRound]) -> SolveResult {
        SolveResult(
            status: .infeasible, weights: Dictionary(uniqueKeysWithValues: zip(gaps.terms, weights)), entropyCoefficient: entropy,
            forecast: Regime.names.map { _ in nil }, confidence: nil, conflicts: sentences, rounds: rounds, verified: [])
    }

    /// Why the verification fell short.
    private func misses(_ result: SolveResult, _ aims: [Aim], _ rounds: [SolveRound], _ entropy: Double) -> [String] {
        var sentences: [String] = []
        let spread = deviation(rounds, entropy)
        if let found = result.verified.first(where: { $0.split == .train }) {
            for aim in aims {
                let missed = found.hold.filter { !aim.band.contains($0[aim.regime]) }
                if !missed.isEmpty {
                    sentences.append("\(Regime.names[aim.regime]): \(missed.count) of \(found.hold.count) fresh seeds hold outside \(percent(aim.band.lowerBound)) to \(percent(aim.band.upperBound)) (\(missed.map { percent($0[aim.regime]) }.joined(separator: ", ")))")
                }
            }
        }
        let narrow = aims.min { $0.high - $0.low < $1.high - $1.low }
        if let narrow, spread > (narrow.high - narrow.low) / 4 {
            sentences.append("seeds differ by \(text(spread)) log-odds, and the band of \(Regime.names[narrow.regime]) is \(text(narrow.high - narrow.low)) wide: a wider band\(target.movesEntropy ? "" : ", or an entropy coefficient that may move,") would help")
        }
        return sentences
    }
}

extension RewardSolver.Aim {
    /// Probability that normal log-odds lie in the band.
    func chance(mean: Double, deviation: Double) -> Double {
        func below(_ x: Double) -> Double { 0.5 * Double.erfc(-(x - mean) / deviation / 2.0.squareRoot()) }
        return max(0, below(high) - below(low))
    }
}

extension TrialOutcome {
    /// Share of HOLD by regime on a split, sampled; NaN without bars.
    func hold(_ split: SplitName) -> [Double] { Regime.names.indices.map { g in self[split]?.sampled.shares(g)?[0] ?? .nan } }
}
