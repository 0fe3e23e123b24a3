internal import ComponentKit
internal import RealModule
internal import Sweeps
internal import TradingTypes
internal import Training

/// One search: forecasts find where to begin, trainings correct them, and what all rounds together say is asked for.
///
/// 1. The reward as it is, forecast and trained: how far off it is, how much seeds differ, and what a forecast misses by.
/// 2. Where too many seeds would miss the bands even if their mean met the centre, the training is made steadier, as far as the target allows (`steady`).
/// 3. Forecasts walk to the centre, each for a third of a training's price; what they missed by before is added.
/// 4. Rounds of trainings, each with new seeds, ask for the gaps at which a line through all of them (`MixResponse`) passes the centre; near it they are twice as large.
/// 5. It ends when enough seeds were near the centres and a fresh one would lie inside all bands with the wanted probability, or what is left to learn adds little to that.
struct SolveSearch {
    let solver: RewardSolver
    let target: SolveTarget
    let settings: SolveSettings
    let shouldStop: @Sendable () -> Bool
    let report: (String) -> Void

    var levers: TrainingLevers
    /// Bounds of the entropy coefficient; the upper one comes down to where pay still moves the mix.
    var range: ClosedRange<Double>
    var aims: [RewardSolver.Aim] = []
    /// What forecasts, or analysis, say of the present levers, by aim; and the log-odds that trainings were found to lie above that.
    var foreseen: [MixResponse.Prior] = []
    var offsets: [Double]
    var rounds: [SolveRound] = []
    var reasons: [String] = []
    private var seedsUsed: UInt64 = 0
    /// Rounds of trainings since the search came near the bands with the present levers.
    private var roundsHere = 0
    /// Of these, seeds of rounds that began within .2 log-odds of the centres.
    private var seedsNear = 0

    /// What the rounds expect of some weights.
    struct Candidate {
        var weights: [String: Double]
        var levers: TrainingLevers
        /// Log-odds of a seed by aim, their standard deviation with our doubt included.
        var means: [Double] = [], deviations: [Double] = []
        /// Probability that a fresh seed lies inside all bands; and what it would be if the centres were known and met.
        var chance = 1.0, ideal = 1.0
        /// Log-odds between the centre and where the last round was, the largest.
        var distance = 0.0
    }

    init(_ solver: RewardSolver, shouldStop: @Sendable @escaping () -> Bool, report: @escaping (String) -> Void) {
        (self.solver, target, settings, self.shouldStop, self.report) = (solver, solver.target, solver.settings, shouldStop, report)
        let present = solver.experiment.ppo.entropyCoefficient.value(remaining: 1)
        range = solver.target.bounds[SolveTarget.entropy] ?? 1e-3...max(0.5, 4 * present)
        levers = TrainingLevers(entropy: solver.target.movesEntropy ? min(range.upperBound, max(range.lowerBound, present)) : present)
        offsets = [Double](repeating: 0, count: solver.target.bands.count)
    }

    /// nil when it was stopped.
    mutating func run() throws -> SolveResult? {
        let present = solver.assembled(solver.variables.map(\.present))
        begin()
        if settings.preference == .entropy, target.movesEntropy, try !chooseEntropy(present) { return nil }
        // What the target itself forbids shows before the first training.
        let first: [String: Double]
        switch solver.nearest(aims, within: 0.5) {
        case .failure(let conflict): return infeasible(conflict.sentences)
        case .success(let found): first = solver.assembled(found)
        }
        let farms = try solver.farms(first)
        let stuck = settings.isAnalytic ? farms : farms.filter { farm in !farm.terms.contains { term in term.pay > 0 && solver.variables.contains { $0.id == term.id } } }
        if !stuck.isEmpty { return infeasible(stuck.map(solver.sentence)) }
        if settings.isAnalytic { return analytic(first) }

        guard try foresee(present), try train(present, seeds: settings.searchSeeds) else { return nil }
        _ = steady()
        guard try walk(from: present) else { return nil }
        var best: Candidate?
        for round in 1...max(1, settings.rounds - 1) {
            let next: Candidate
            switch ask() {
            case .failure(let conflict): return infeasible(conflict.sentences)
            case .success(let found): next = found
            }
            if roundsHere > 0 { best = next }
            // Few seeds that lie alike, or two rounds on either side of the centre, may be luck: enough seeds are to have been near it.
            let isNear = roundsHere > 0 && next.distance < 0.2
            if isNear, seedsNear >= 4 * settings.searchSeeds, next.chance >= settings.confidence || next.ideal - next.chance < settings.worthKnowing { break }
            guard try train(next.weights, seeds: (isNear ? 2 : 1) * settings.searchSeeds) else { return nil }
            roundsHere += 1
            if isNear { seedsNear += 2 * settings.searchSeeds }
            if round < settings.rounds - 3, steady() { guard try walk(from: next.weights) else { return nil } }
        }
        if roundsHere > 0, case .success(let last) = ask() { best = last }
        guard let best else { return infeasible(["no round of trainings came near the bands"]) }
        return try verified(best)
    }

    // MARK: Rounds

    private func rounds(_ source: SolveRound.Source) -> [SolveRound] { rounds.filter { $0.source == source && $0.levers == levers } }

    private mutating func record(_ source: SolveRound.Source, _ weights: [String: Double], _ seeds: [UInt64], _ mixes: [[[Double]]]) {
        let round = SolveRound(source: source, weights: weights, entropyCoefficient: levers.entropy, learningRateFalls: levers.falls, seeds: seeds, mixes: mixes)
        rounds.append(round)
        let mean = round.mean, shares = aims.map { "\($0.name) \(percent(mean[$0.regime][$0.action]))" }.joined(separator: ", ")
        let with = "entropy coefficient \(text(levers.entropy))\(levers.falls ? ", learning rate falling to 0" : "")"
        report("\(source == .training ? "trained" : "forecast") \(mixes.count) seeds, \(with): \(aims.allSatisfy { $0.action == 0 } ? "HOLD " : "")\(shares)")
    }

    private mutating func train(_ weights: [String: Double], seeds count: Int) throws -> Bool {
        let seeds = (0..<UInt64(count)).map { settings.firstTrainingSeed &+ seedsUsed &+ $0 }
        seedsUsed += UInt64(count)
        guard let found = try solver.trainings(weights, levers, seeds: seeds, steps: settings.searchSteps, shouldStop) else { return false }
        record(.training, weights, seeds, found.map { $0.meanProbability(.train) })
        return true
    }

    private mutating func forecast(_ weights: [String: Double]) throws -> Bool {
        let seeds = (0..<UInt64(SolveSettings.forecastSeeds)).map { settings.firstTrainingSeed &+ $0 }
        guard let found = try solver.forecasts(weights, levers, seeds: seeds, shouldStop) else { return false }
        record(.forecast, weights, seeds, found)
        return true
    }

    /// How much seeds differ, in the order of the aims.
    func spread(_ rounds: [SolveRound]) -> SeedSpread {
        SeedSpread(rounds.map { round in aims.map { round.logOdds($0.regime, $0.action) } }, aims: aims.count)
    }

    /// Lines through the rounds of a kind with the present levers.
    func responses(_ source: SolveRound.Source, _ priors: [MixResponse.Prior]) -> [MixResponse] {
        let rounds = rounds(source), spread = spread(rounds)
        let gaps = rounds.map { round in aims.map { solver.gap($0.regime, $0.action, under: round.weights) } }
        return aims.indices.map { k in
            MixResponse(
                rounds.indices.map { r in
                    let odds = rounds[r].logOdds(aims[k].regime, aims[k].action), n = Double(odds.count)
                    let others = aims.indices.filter { $0 != k }.map { abs(gaps[r][$0] - gaps[rounds.count - 1][$0]) * abs(priors[$0].slope) }.max() ?? 0
                    return MixResponse.Point(gap: gaps[r][k], level: odds.reduce(0, +) / n, variance: spread.deviations[k] * spread.deviations[k] / n, others: others)
                }, prior: priors[k])
        }
    }

    /// The lines through all trainings with the present levers, from what was foreseen of them on.
    func trained() -> [MixResponse] { responses(.training, zip(foreseen, offsets).map { $0.raised(by: $1) }) }

    /// The weights that all rounds with these levers together ask for, and what is expected of them.
    private mutating func ask() -> Result<Candidate, RewardSolver.Conflict> {
        let lines = trained(), seeds = spread(rounds(.training))
        for k in aims.indices { (aims[k].gap, aims[k].unit) = (lines[k].gap(for: aims[k].centre), 1 / lines[k].slope) }
        switch solver.nearest(aims, within: 0.02) {
        case .failure(let conflict): return .failure(conflict)
        case .success(let found):
            var next = Candidate(weights: solver.assembled(found), levers: levers)
            for (k, aim) in aims.enumerated() {
                let gap = solver.gap(aim.regime, aim.action, under: next.weights), mean = lines[k].mean(at: gap), doubt = lines[k].deviation(at: gap)
                let noise = drawn(seeds.deviations[k], aim)
                next.means.append(mean)
                next.deviations.append((noise * noise + doubt * doubt).squareRoot())
                next.chance *= aim.chance(mean: mean, deviation: next.deviations[k])
                next.ideal *= aim.chance(mean: aim.centre, deviation: noise)
                next.distance = max(next.distance, abs(aim.centre - lines[k].level))
            }
            return .success(next)
        }
    }

    /// Standard deviation of a seed's log-odds when one action is drawn a bar.
    func drawn(_ deviation: Double, _ aim: RewardSolver.Aim) -> Double {
        let p = RewardSolver.share(aim.centre)
        return (deviation * deviation + 1 / (Double(max(1, solver.gaps.bars[aim.regime])) * p * (1 - p))).squareRoot()
    }

    // MARK: Levers

    /// Makes the training steadier where seeds differ by more than the bands allow. Whether it did.
    private mutating func steady() -> Bool {
        let seeds = spread(rounds(.training))
        func ideal(_ factor: Double) -> Double { zip(aims, seeds.deviations).reduce(1) { $0 * $1.0.chance(mean: $1.0.centre, deviation: drawn(factor * $1.1, $1.0)) } }
        // A second step only where it is badly needed: it forgets what the rounds so far have shown of the centres.
        guard ideal(1) < settings.confidence - (roundsHere > 0 ? 0.07 : 0) else { return false }
        var next = levers, factor = 1.0, words: [String] = []
        if target.movesLearningRate, !levers.falls, solver.experiment.ppo.learningRate.constantValue ?? 0 > 0 {
            next.falls = true
            // Measured on the BTC case (docs/solving.md): by a quarter, give or take.
            factor = 0.8
            words.append("the learning rate falls to 0")
        }
        if target.movesEntropy {
            // Noise in log-odds is about as large as the coefficient is small.
            let wanted = (1 + settings.confidence) / 2
            let raise = stride(from: 1.0, through: 2, by: 0.05).first { ideal(factor / $0) >= wanted } ?? 2
            let raised = rounded(min(range.upperBound, levers.entropy * raise))
            if raised > 1.15 * levers.entropy {
                next.entropy = raised
                words.append("entropy coefficient \(text(levers.entropy)) -> \(text(raised))")
            }
        }
        guard next != levers else { return false }
        move(to: next, "seeds differ by \(text(seeds.pooled)) log-odds, so that only \(percent(ideal(1))) would lie inside all bands: \(words.joined(separator: ", "))")
        return true
    }

    /// Takes what was learnt of the present levers along to the next.
    mutating func move(to next: TrainingLevers, _ reason: String) {
        learn()
        reasons.append(reason)
        report(reason)
        levers = next
        (roundsHere, seedsNear) = (0, 0)
        begin()
    }

    /// What trainings lie above what was foreseen, by a cautious part of it.
    private mutating func learn() {
        guard !rounds(.training).isEmpty else { return }
        for (k, line) in trained().enumerated() { offsets[k] = 0.7 * (line.level - foreseen[k].mean(at: line.gap)) }
    }

    // MARK: Where to begin

    /// The analytic view of the present levers. Networks fit noise and gamma adds more: the true slope is several times flatter than that of one step's noise.
    private mutating func begin() {
        aims = solver.analyticAims(entropy: levers.entropy)
        foreseen = aims.map { MixResponse.Prior(gap: 0, level: 0, levelDeviation: 0.7, slope: 0.5 / $0.temperature, slopeDeviation: 0.35 / $0.temperature) }
    }

    /// One forecast of `weights`, so that trainings of them show what forecasts miss by.
    private mutating func foresee(_ weights: [String: Double]) throws -> Bool {
        guard solver.canForecast else { return true }
        let analytic = foreseen
        guard try forecast(weights) else { return false }
        adopt(responses(.forecast, analytic))
        return true
    }

    /// What forecasts say becomes what is known before the trainings, give or take what they miss by: 4 to 5 points of a share (docs/forecast.md), and twice that for safety.
    private mutating func adopt(_ lines: [MixResponse]) {
        foreseen = lines.map { MixResponse.Prior(gap: $0.gap, level: $0.level, levelDeviation: 0.4, slope: $0.slope, slopeDeviation: 0.35 * $0.slope) }
    }

    /// Forecasts until the centre is where it is expected: there trainings begin. Where pay moves the mix no more, with a lower entropy coefficient.
    private mutating func walk(from weights: [String: Double]) throws -> Bool {
        learn()
        guard solver.canForecast else { return true }
        while true {
            begin()
            let analytic = foreseen
            var weights = weights, lines: [MixResponse] = []
            for _ in 0..<SolveSettings.forecastRounds {
                if !rounds(.forecast).contains(where: { $0.weights == weights }) { guard try forecast(weights) else { return false } }
                lines = responses(.forecast, analytic)
                if aims.indices.allSatisfy({ abs(aims[$0].centre - offsets[$0] - lines[$0].level) < 0.2 }) { break }
                for k in aims.indices { (aims[k].gap, aims[k].unit) = (lines[k].gap(for: aims[k].centre - offsets[k]), 1 / lines[k].slope) }
                guard case .success(let next) = solver.nearest(aims, within: 0.05) else { break }
                weights = solver.assembled(next)
            }
            adopt(lines)
            let isDeaf = aims.indices.contains { lines[$0].slope < 0.12 / aims[$0].temperature && aims[$0].centre - offsets[$0] - lines[$0].level > 0.2 }
            let lowered = rounded(max(range.lowerBound, 0.7 * levers.entropy))
            guard isDeaf, target.movesEntropy, lowered < 0.95 * levers.entropy else { return true }
            range = range.lowerBound...lowered
            move(to: TrainingLevers(entropy: lowered, falls: levers.falls), "pay for holding hardly moves the mix any more: entropy coefficient \(text(levers.entropy)) -> \(text(lowered))")
        }
    }

    /// The entropy coefficient at which the reward's own weights come nearest to the bands, by forecasts, or for the analytic answer by analysis.
    private mutating func chooseEntropy(_ weights: [String: Double]) throws -> Bool {
        let present = levers.entropy, steps = 6
        var best = (misfit: Double.infinity, entropy: present, odds: [Double]())
        let low = Double.log(range.lowerBound), high = Double.log(range.upperBound)
        let tried = [present] + (0..<steps).map { rounded(Double.exp(low + (high - low) * Double($0) / Double(steps - 1))) }
        for entropy in tried {
            levers.entropy = entropy
            begin()
            var odds = aims.map { solver.gap($0.regime, $0.action, under: weights) / $0.temperature }
            if !settings.isAnalytic, solver.canForecast {
                guard try forecast(weights) else { return false }
                odds = aims.map { aim in rounds[rounds.count - 1].logOdds(aim.regime, aim.action).reduce(0, +) / Double(SolveSettings.forecastSeeds) }
            }
            // Outside the bands all of the way counts, inside a little of what is left to the centre.
            let misfit = zip(aims, odds).reduce(0.0) { sum, next in
                let (aim, y) = next, outside = max(0, aim.low - y, y - aim.high), inside = y - aim.centre
                return sum + outside * outside + 0.01 * inside * inside
            }
            if misfit < 0.98 * best.misfit { best = (misfit, entropy, odds) }
        }
        levers.entropy = best.entropy
        begin()
        if best.entropy != present {
            reasons.append("the reward's own weights come nearest to the bands there: entropy coefficient \(text(present)) -> \(text(best.entropy))")
            report(reasons[reasons.count - 1])
        }
        let missed = zip(aims, best.odds).filter { aim, odds in odds < aim.low || odds > aim.high }
        if !missed.isEmpty {
            let shares = missed.map { aim, odds in "\(aim.name) \(percent(RewardSolver.share(odds)))" }.joined(separator: ", ")
            reasons.append("the entropy coefficient alone does not reach the bands, by \(settings.isAnalytic || !solver.canForecast ? "analysis" : "forecast") \(shares): the weights do the rest")
            report(reasons[reasons.count - 1])
        }
        return true
    }
}
