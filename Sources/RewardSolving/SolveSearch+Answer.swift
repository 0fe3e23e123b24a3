internal import ComponentKit
internal import RealModule
internal import Sweeps
internal import TradingTypes
internal import Training

extension SolveSearch {
    /// The answer of the analytic gaps alone.
    func analytic(_ weights: [String: Double]) -> SolveResult {
        let means = aims.map { solver.gap($0.regime, $0.action, under: weights) / $0.temperature }
        return SolveResult(
            status: .solved, weights: weights, entropyCoefficient: levers.entropy, forecast: forecast(means, aims.map { _ in 0.15 }, mix: nil), confidence: nil, conflicts: [],
            reasons: reasons + solver.spilled(weights), rounds: rounds, verified: [])
    }

    func infeasible(_ sentences: [String]) -> SolveResult {
        SolveResult(
            status: .infeasible, weights: Dictionary(uniqueKeysWithValues: zip(solver.gaps.terms, solver.weights)), entropyCoefficient: levers.entropy, learningRateFalls: levers.falls,
            forecast: Regime.names.map { _ in nil }, confidence: nil, conflicts: sentences, reasons: reasons, rounds: rounds, verified: [])
    }

    /// Trains the candidate on fresh seeds, looks for farms, and says whether it holds.
    func verified(_ candidate: Candidate) throws -> SolveResult? {
        let mix = rounds.last { $0.source == .training && $0.levers == candidate.levers }?.mean
        var result = SolveResult(
            status: .solved, weights: candidate.weights, entropyCoefficient: candidate.levers.entropy, learningRateFalls: candidate.levers.falls,
            forecast: forecast(candidate.means, candidate.deviations, mix: mix), confidence: candidate.chance, conflicts: [], reasons: reasons + solver.spilled(candidate.weights), rounds: rounds, verified: [])
        let farms = try solver.farms(candidate.weights)
        if !farms.isEmpty {
            result.status = .infeasible
            result.conflicts = farms.map(solver.sentence)
            return result
        }
        if !settings.freshSeeds.isEmpty {
            report("verifying on \(settings.freshSeeds.count) fresh seeds, \(solver.experiment.steps) steps each")
            guard let found = try solver.trainings(candidate.weights, candidate.levers, seeds: settings.freshSeeds, steps: nil, shouldStop) else { return nil }
            result.verified = TrialTraining.splits.map { split in SolveResult.Verification(split: split, seeds: settings.freshSeeds, mixes: found.map { $0.sampled(split) }) }
        }
        let isEnough = result.inside(.train, target).map { 5 * $0 >= 4 * settings.freshSeeds.count } ?? (candidate.chance >= 0.5)
        if !isEnough {
            result.status = .infeasible
            result.conflicts = misses(result, candidate)
        }
        return result
    }

    /// Mixes and bands of the regimes that have bands, from log-odds by aim. What has no band shares what is left as `mix` [R][A] does, or evenly.
    private func forecast(_ means: [Double], _ deviations: [Double], mix: [[Double]]?) -> [SolveResult.Forecast?] {
        Regime.names.indices.map { g in
            let own = aims.indices.filter { aims[$0].regime == g }
            guard !own.isEmpty else { return nil }
            var shares = [Double?](repeating: nil, count: 3), bands: [Int: ClosedRange<Double>] = [:]
            for k in own {
                shares[aims[k].action] = RewardSolver.share(means[k])
                bands[aims[k].action] = RewardSolver.share(means[k] - 1.645 * deviations[k])...RewardSolver.share(means[k] + 1.645 * deviations[k])
            }
            let left = max(0, 1 - shares.reduce(0) { $0 + ($1 ?? 0) }), free = shares.indices.filter { shares[$0] == nil }
            let before = free.map { mix?[g][$0] ?? 1 }, total = before.reduce(0, +)
            for (a, share) in zip(free, before) { shares[a] = left * (total > 0 ? share / total : 1 / Double(free.count)) }
            // Three bands at once may not add up to the last digit.
            let found = shares.map { $0 ?? 0 }, sum = found.reduce(0, +)
            return SolveResult.Forecast(sampled: found.map { $0 / sum }, bands90: bands)
        }
    }

    /// Why the verification fell short.
    private func misses(_ result: SolveResult, _ candidate: Candidate) -> [String] {
        var sentences: [String] = []
        if let found = result.verified.first(where: { $0.split == .train }) {
            for aim in aims {
                let shares = found.mixes.map { $0[aim.regime][aim.action] }, missed = shares.filter { !aim.band.contains($0) }
                if !missed.isEmpty {
                    sentences.append("\(aim.name): \(missed.count) of \(shares.count) fresh seeds \(aim.action == 0 ? "hold" : "are") outside \(percent(aim.band.lowerBound)) to \(percent(aim.band.upperBound)) (\(missed.map(percent).joined(separator: ", ")))")
                }
            }
        }
        // The aim that seeds themselves miss most often.
        let seeds = spread(rounds.filter { $0.source == .training && $0.levers == candidate.levers })
        let chances = aims.indices.map { (k: $0, chance: aims[$0].chance(mean: aims[$0].centre, deviation: drawn(seeds.deviations[$0], aims[$0]))) }
        if let worst = chances.min(by: { $0.chance < $1.chance }), worst.chance < 0.95 {
            let aim = aims[worst.k]
            let others = [target.movesEntropy ? nil : SolveTarget.entropy, target.movesLearningRate ? nil : SolveTarget.learningRate].compactMap { $0 }
            sentences.append("\(aim.name): seeds differ by \(text(seeds.deviations[worst.k])) log-odds, so that \(percent(1 - worst.chance)) of them would miss this band even around its centre: a wider band\(others.isEmpty ? "" : ", or \(others.joined(separator: " and ")) in 'move',") would help")
        }
        let off = aims.indices.filter { abs(candidate.means[$0] - aims[$0].centre) > 0.5 * (aims[$0].high - aims[$0].low) / 2 }
        for k in off { sentences.append("\(aims[k].name): the nearest that was found is \(percent(RewardSolver.share(candidate.means[k]))), for \(percent(RewardSolver.share(aims[k].centre)))") }
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
