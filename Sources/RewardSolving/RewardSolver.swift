internal import ComponentKit
internal import Dispatch
internal import NeuralNetworks
internal import NumericKernels
internal import RealModule
internal import Rewards
internal import Sweeps
internal import Synchronization
internal import TradingTypes
public import Training

/// Finds weights, and where allowed an entropy coefficient, under which a trained policy holds as often as a target says, by changing as little as possible.
///
/// The mix of a regime follows from the gap d between what HOLD and a trade pay: ln(2h / (1 - h)) = d / alpha, with the temperature alpha = ent_coef * sigma_A in
/// the simplest case (REWARD-ANALYSIS E.6 and E.7). Gaps are linear in the weights, so the nearest weights with given gaps are a least-distance problem. What alpha
/// really is, with everything a network can fit and all the noise of the returns, the trainings of each round tell: the required gaps move by the log-odds that
/// are missing, times the slope measured regime by regime. The entropy coefficient rises where seeds differ by more than a band is wide.
public final class RewardSolver {
    public let target: SolveTarget
    public let settings: SolveSettings
    /// Ids of added terms, with their conditions.
    public let added: [(id: String, when: String)]
    let experiment: Experiment
    let inputs: TrainingInputs
    let gaps: GapTable
    let base: RewardText
    /// Weights as the file has them, [K].
    let weights: [Double]
    let variables: [WeightProblem.Variable]
    let isBandit: Bool

    /// A regime of the target as the search sees it.
    struct Aim {
        let regime: Int
        let band: ClosedRange<Double>
        /// Log-odds ln(2h / (1 - h)) of the band's lower end, centre and upper end.
        let low, centre, high: Double
        /// Gap that is asked for.
        var gap: Double
        /// Gap per unit of log-odds as it was expected when the rounds at this entropy coefficient began, and as they have shown it to be.
        var temperature: Double
        var unit: Double
    }

    /// Reads market and reward. Throws `InputMissing` and `InputIssues`: a target that names a term the reward lacks, an environment other than spot.
    public init(_ experiment: Experiment, rewardText: String, target: SolveTarget, settings: SolveSettings) throws {
        self.target = target
        self.settings = settings
        self.experiment = experiment
        guard experiment.kind == .spot else {
            throw InputIssues(InputIssue(code: "environment", file: experiment.reward, message: "weights are solved for the spot environment, and this reward is for '\(experiment.kind.rawValue)'", help: "'assay sweep' tries weights of any environment"))
        }
        var text = RewardText(file: experiment.reward, text: rewardText)
        // Without the additions first: what HOLD and trades pay now says which of them are needed.
        let first = try TrainingInputs(experiment, rewardText: rewardText)
        let found = GapTable(first.market, rows: first.trainingRows)
        added = Self.additions(target, settings.preference, found, ids: first.design.terms.map(\.id))
        for (id, when) in added { try text.add(id: id, weight: 0, when: when) }
        base = text
        inputs = added.isEmpty ? first : try TrainingInputs(experiment, rewardText: text.text)
        gaps = added.isEmpty ? found : GapTable(inputs.market, rows: inputs.trainingRows)
        weights = inputs.design.terms.map(\.weight)
        isBandit = !gaps.readsPath
        variables = try Self.variables(target, settings.preference, inputs.design, gaps, added: added.map(\.id))
        let empty = target.bands.first { gaps.bars[$0.regime] == 0 }
        if let empty { throw InputIssues(InputIssue(code: "no_bars", file: target.file, message: "no training bar lies in \(Regime.names[empty.regime])", help: "give more bars, or leave its band out")) }
    }

    /// Terms of the wanted kinds, for every regime with a band that has none with just that effect.
    private static func additions(_ target: SolveTarget, _ preference: SolvePreference, _ gaps: GapTable, ids: [String]) -> [(id: String, when: String)] {
        var result: [(id: String, when: String)] = [], taken = Set(ids)
        for kind in target.additions {
            for band in target.bands {
                let g = band.regime, name = Regime.names[g]
                let exists = gaps.terms.indices.contains { k in
                    gaps.isCertain[k] && Regime.names.indices.allSatisfy { r in
                        let here: Double = r == g || gaps.bars[r] == 0 ? 1 : 0
                        let trades = gaps.certainTrade.map { $0[k][r] }
                        return kind == .holdBonus
                            ? (gaps.bars[r] == 0 || abs(gaps.certainHold[k][r] - here) < 1e-12) && trades == [0, 0]
                            : gaps.certainHold[k][r] == 0 && (gaps.bars[r] == 0 || trades.allSatisfy { abs($0 - here) < 1e-12 })
                    }
                }
                if exists { continue }
                var id = name.lowercased() + (kind == .holdBonus ? "_hold" : "_trade")
                while !taken.insert(id).inserted { id = "solved_" + id }
                result.append((id, kind == .holdBonus ? "action == HOLD and regime == \(name)" : "action != HOLD and regime == \(name)"))
            }
        }
        return result
    }

    private static func variables(_ target: SolveTarget, _ preference: SolvePreference, _ design: RewardDesign, _ gaps: GapTable, added: [String]) throws -> [WeightProblem.Variable] {
        let ids = design.terms.map(\.id)
        var issues: [InputIssue] = []
        for id in (target.move ?? []) + target.bounds.keys.sorted() + target.scales.keys.sorted() where id != SolveTarget.entropy && !ids.contains(id) {
            let issue = InputIssue(
                code: "unknown_term", file: target.file, message: "the target speaks of '\(id)', which is no term of \(design.name)", help: "its terms: \(ids.joined(separator: ", ")); and \(SolveTarget.entropy)",
                note: suggestion(for: id, among: ids + [SolveTarget.entropy]).map { "did you mean '\($0)'?" })
            if !issues.contains(issue) { issues.append(issue) }
        }
        try issues.throwIfErrors()
        let movable = ids.indices.filter { k in
            let isFree = target.move.map { $0.contains(ids[k]) } ?? gaps.isCertain[k]
            return isFree || added.contains(ids[k])
        }
        // A small weight may move as easily as its neighbours.
        let sizes = movable.map { abs(design.terms[$0].weight) }.filter { $0 > 0 }.sorted()
        let typical = sizes.isEmpty ? 0.02 : sizes[sizes.count / 2]
        return movable.map { k in
            let paysHold = gaps.certainHold[k].contains { $0 != 0 }, paysTrade = gaps.certainTrade.contains { $0[k].contains { $0 != 0 } }
            let isPreferred = preference == .bonus && paysHold && !paysTrade || preference == .cost && paysTrade && !paysHold
            let scale = target.scales[ids[k]] ?? max(abs(design.terms[k].weight), typical) * (isPreferred ? 10 : 1)
            var bounds = target.bounds[ids[k]]
            // A cost is no bonus.
            if bounds == nil, added.contains(ids[k]), paysTrade { bounds = -1e6...0 }
            return WeightProblem.Variable(id: ids[k], present: design.terms[k].weight, scale: scale, bounds: bounds)
        }
    }

    /// The demands on the weights when each aim's gap is its own, give or take `slack` of its band.
    func problem(_ aims: [Aim], slack: Double) -> WeightProblem {
        let places = variables.map { variable in gaps.terms.firstIndex(of: variable.id) ?? 0 }
        let fixed = gaps.terms.indices.filter { !places.contains($0) }
        func demand(_ sentence: String, _ row: [Double], atLeast bound: Double) -> WeightProblem.Demand {
            WeightProblem.Demand(sentence, places.map { row[$0] }, atLeast: bound - fixed.reduce(0.0) { $0 + row[$1] * weights[$1] })
        }
        var demands: [WeightProblem.Demand] = []
        let middle = target.hitRates.reduce(0, +) / Double(target.hitRates.count)
        for aim in aims {
            let name = Regime.names[aim.regime]
            for p in target.hitRates {
                let row = gaps.gap(aim.regime, hitRate: p), at = target.hitRates.count > 1 || p != 0.5 ? " at a hit rate of \(percent(p))" : ""
                // Away from the middle hit rate the whole band is allowed.
                let share = p == middle ? slack : 1
                let least = aim.gap - share * aim.unit * (aim.centre - aim.low), most = aim.gap + share * aim.unit * (aim.high - aim.centre)
                demands.append(demand("\(name) holds at least \(percent(aim.band.lowerBound)): HOLD pays at least \(signed(least)) more than a trade\(at)", row, atLeast: least))
                demands.append(demand("\(name) holds at most \(percent(aim.band.upperBound)): HOLD pays at most \(signed(most)) more than a trade\(at)", row.map { -$0 }, atLeast: -most))
            }
        }
        for g in Regime.names.indices where gaps.bars[g] > 0 {
            if let most = target.coinFlipAtMost {
                demands.append(demand("a coin-flipper earns at most \(text(most)) a bar in \(Regime.names[g])", gaps.trade(g, hitRate: 0.5).map { -$0 }, atLeast: -most))
            }
            if target.forbidsFarms, isBandit {
                for direction in 0..<2 {
                    demands.append(demand("\(direction == 0 ? "LONG" : "SHORT") in \(Regime.names[g]) pays no more for certain than HOLD does", gaps.certainGap(g, direction: direction), atLeast: 0))
                }
            }
        }
        return WeightProblem(variables: variables, demands: demands)
    }

    /// All weights, by term, when the variables have these.
    func assembled(_ solved: [Double]) -> [String: Double] {
        var result = Dictionary(uniqueKeysWithValues: zip(gaps.terms, weights))
        for (variable, weight) in zip(variables, solved) { result[variable.id] = rounded(weight) }
        return result
    }

    func gap(_ regime: Int, under weights: [String: Double]) -> Double {
        let middle = target.hitRates.reduce(0, +) / Double(target.hitRates.count)
        return zip(gaps.terms, gaps.gap(regime, hitRate: middle)).reduce(0) { $0 + (weights[$1.0] ?? 0) * $1.1 }
    }

    static func logOdds(_ h: Double) -> Double { Double.log(2 * h / (1 - h)) }

    /// Where the search begins: gaps from the temperature that one step's noise makes, inflated by the returns' (E.6), at the target's mix.
    func analyticAims(entropy: Double) -> [Aim] {
        let total = Double(max(1, gaps.bars.reduce(0, +)))
        var variance = 0.0
        for g in Regime.names.indices {
            let hold = target.band(g).map { ($0.hold.lowerBound + $0.hold.upperBound) / 2 } ?? 1.0 / 3
            variance += Double(gaps.bars[g]) / total * (1 - hold) * gaps.tradeDeviation[g] * gaps.tradeDeviation[g]
        }
        let decay = experiment.ppo.gamma * experiment.ppo.gaeLambda
        let temperature = experiment.ppo.normalizeAdvantage == .none ? entropy : entropy * (variance / (1 - decay * decay)).squareRoot()
        return target.bands.map { band in
            let centre = Self.logOdds((band.hold.lowerBound + band.hold.upperBound) / 2)
            return Aim(
                regime: band.regime, band: band.hold, low: Self.logOdds(band.hold.lowerBound), centre: centre, high: Self.logOdds(band.hold.upperBound), gap: temperature * centre,
                temperature: max(1e-9, temperature), unit: max(1e-9, temperature))
        }
    }
}
