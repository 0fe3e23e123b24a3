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

/// Finds weights, and where allowed settings of the training, under which a trained policy has the mix that a target says, by changing as little as possible.
///
/// The mix of a regime follows from the gap d between what HOLD and a trade pay: ln(2h / (1 - h)) = d / alpha, with the temperature alpha = ent_coef * sigma_A in
/// the simplest case (REWARD-ANALYSIS E.6 and E.7); the share of LONG or SHORT likewise, from what it pays more than the mean of the two others. Gaps are linear in
/// the weights, so the nearest weights with given gaps are a least-distance problem. What alpha really is, with everything a network can fit and all the noise of the
/// returns, forecasts tell roughly and trainings exactly (`SolveSearch`).
public final class RewardSolver {
    public let target: SolveTarget
    public let settings: SolveSettings
    /// Ids of added terms, with their conditions.
    public let added: [(id: String, when: String)]
    let experiment: Experiment
    let inputs: TrainingInputs
    let gaps: GapTable
    /// The file as it was.
    let original: RewardText
    /// Weights as the file has them, [K].
    let weights: [Double]
    let variables: [WeightProblem.Variable]
    let isBandit: Bool

    /// A band of the target as the search sees it.
    struct Aim {
        let regime, action: Int
        let band: ClosedRange<Double>
        /// Log-odds ln(2p / (1 - p)) of the band's lower end, of what is aimed at, and of the upper end.
        let low, centre, high: Double
        /// Gap that is asked for.
        var gap: Double
        /// Gap per unit of log-odds: as analysis has it, and as far as it is known.
        let temperature: Double
        var unit: Double

        /// `CRISIS`, or `CRISIS LONG`.
        var name: String { Regime.names[regime] + (action == 0 ? "" : " " + EnvironmentKind.spot.actionNames[action]) }
    }

    /// Reads market and reward. Throws `InputMissing` and `InputIssues`: a target that names a term the reward lacks, an environment other than spot.
    public init(_ experiment: Experiment, rewardText: String, target: SolveTarget, settings: SolveSettings) throws {
        self.target = target
        self.settings = settings
        self.experiment = experiment
        guard experiment.kind == .spot else {
            throw InputIssues(InputIssue(code: "environment", file: experiment.reward, message: "weights are solved for the spot environment, and this reward is for '\(experiment.kind.rawValue)'", help: "there what a share answers to pay depends on the position and has no formula to start from: look for weights with 'assay sweep EXPERIMENT --vary reward.TERM=lo..hi --method sobol', and at what the reward prefers with 'assay check REWARD --explain'"))
        }
        var text = RewardText(file: experiment.reward, text: rewardText)
        // Without the additions first: what HOLD and trades pay now says which of them are needed.
        let first = try TrainingInputs(experiment, rewardText: rewardText)
        let found = GapTable(first.market, rows: first.trainingRows)
        added = Self.additions(target, settings.preference, found, ids: first.design.terms.map(\.id))
        for (id, when) in added { try text.add(id: id, weight: 0, when: when) }
        original = RewardText(file: experiment.reward, text: rewardText)
        inputs = added.isEmpty ? first : try TrainingInputs(experiment, rewardText: text.text)
        gaps = added.isEmpty ? found : GapTable(inputs.market, rows: inputs.trainingRows)
        weights = inputs.design.terms.map(\.weight)
        isBandit = !gaps.readsPath
        variables = try Self.variables(target, settings.preference, inputs.design, gaps, added: added.map(\.id))
        if settings.preference == .cost, !variables.contains(where: { variable in gaps.terms.firstIndex(of: variable.id).map { gaps.lever($0) == .cost } ?? false }) {
            throw InputIssues(InputIssue(
                code: "lever", file: target.file, message: "the cost of trading is to be changed first, but no weight that may move is one",
                help: "add 'trade_cost' to the target's 'add', or name a cost that the reward has in 'move'"))
        }
        let empty = target.bands.first { gaps.bars[$0.regime] == 0 }
        if let empty { throw InputIssues(InputIssue(code: "no_bars", file: target.file, message: "no training bar lies in \(Regime.names[empty.regime])", help: "give more bars, or leave its band out")) }
    }

    /// Terms of the wanted kinds, for every regime with a band (of LONG or SHORT, for a bonus on LONG) that has none with just that effect.
    private static func additions(_ target: SolveTarget, _ preference: SolvePreference, _ gaps: GapTable, ids: [String]) -> [(id: String, when: String)] {
        var result: [(id: String, when: String)] = [], taken = Set(ids)
        for kind in target.additions {
            // What the term pays HOLD, LONG and SHORT.
            let (pays, suffix, condition): ([Double], String, String) = switch kind {
            case .holdBonus: ([1, 0, 0], "_hold", "action == HOLD")
            case .tradeCost: ([0, 1, 1], "_trade", "action != HOLD")
            case .longBonus: ([0, 1, 0], "_long", "action == LONG")
            }
            for g in target.regimes where kind != .longBonus || target.bands.contains(where: { $0.regime == g && $0.action != 0 }) {
                let exists = gaps.terms.indices.contains { k in
                    gaps.isCertain[k] && Regime.names.indices.allSatisfy { r in
                        gaps.bars[r] == 0 || zip([gaps.certainHold[k][r], gaps.certainTrade[0][k][r], gaps.certainTrade[1][k][r]], pays).allSatisfy { abs($0 - (r == g ? $1 : 0)) < 1e-12 }
                    }
                }
                if exists { continue }
                var id = Regime.names[g].lowercased() + suffix
                while !taken.insert(id).inserted { id = "solved_" + id }
                result.append((id, "\(condition) and regime == \(Regime.names[g])"))
            }
        }
        return result
    }

    private static func variables(_ target: SolveTarget, _ preference: SolvePreference, _ design: RewardDesign, _ gaps: GapTable, added: [String]) throws -> [WeightProblem.Variable] {
        let ids = design.terms.map(\.id)
        var issues: [InputIssue] = []
        for id in (target.move ?? []) + target.bounds.keys.sorted() + target.scales.keys.sorted() where id != SolveTarget.certain && !SolveTarget.movableSettings.contains(id) && !ids.contains(id) {
            let issue = InputIssue(
                code: "unknown_term", file: target.file, message: "the target speaks of '\(id)', which is no term of \(design.name)",
                help: "its terms: \(ids.filter { !added.contains($0) }.joined(separator: ", ")); 'certain' for those whose pay is certain; and \(SolveTarget.movableSettings.joined(separator: ", "))",
                note: suggestion(for: id, among: ids + SolveTarget.movableSettings).map { "did you mean '\($0)'?" })
            if !issues.contains(issue) { issues.append(issue) }
        }
        try issues.throwIfErrors()
        let movable = ids.indices.filter { target.moves(ids[$0], isCertain: gaps.isCertain[$0]) || added.contains(ids[$0]) }
        // A small weight may move as easily as its neighbours.
        let sizes = movable.map { abs(design.terms[$0].weight) }.filter { $0 > 0 }.sorted()
        let typical = sizes.isEmpty ? 0.02 : sizes[sizes.count / 2]
        return movable.map { k in
            let lever = gaps.lever(k), isPreferred = preference == .bonus && lever == .bonus || preference == .cost && lever == .cost
            let scale = target.scales[ids[k]] ?? max(abs(design.terms[k].weight), typical) * (isPreferred ? 10 : 1)
            var bounds = target.bounds[ids[k]]
            // A cost is no bonus.
            if bounds == nil, added.contains(ids[k]), lever == .cost { bounds = -1e6...0 }
            return WeightProblem.Variable(id: ids[k], present: design.terms[k].weight, scale: scale, bounds: bounds)
        }
    }

    /// Whether a variable is of the lever that is to be pulled first.
    private func isPreferred(_ variable: WeightProblem.Variable) -> Bool {
        guard let k = gaps.terms.firstIndex(of: variable.id), let lever = gaps.lever(k) else { return false }
        return lever == .side || lever == (settings.preference == .cost ? .cost : .bonus)
    }

    /// Why weights moved that are not of the preferred lever, in words; empty where none did.
    func spilled(_ weights: [String: Double]) -> [String] {
        guard settings.preference != .entropy else { return [] }
        let others = variables.filter { weights[$0.id] != $0.present && !isPreferred($0) }.map(\.id)
        if others.isEmpty { return [] }
        return ["\(settings.preference == .cost ? "costs of trading" : "pay for holding") alone cannot meet every demand: \(others.joined(separator: ", ")) moved too"]
    }

    /// The demands on the weights of `variables` when each aim's gap is its own, give or take its part `slacks` of its band.
    private func problem(_ aims: [Aim], slacks: [Double], _ variables: [WeightProblem.Variable]) -> WeightProblem {
        let places = variables.map { variable in gaps.terms.firstIndex(of: variable.id) ?? 0 }
        let fixed = gaps.terms.indices.filter { !places.contains($0) }
        func demand(_ sentence: String, _ row: [Double], atLeast bound: Double, band: Int? = nil) -> WeightProblem.Demand {
            WeightProblem.Demand(sentence, places.map { row[$0] }, atLeast: bound - fixed.reduce(0.0) { $0 + row[$1] * weights[$1] }, band: band)
        }
        var demands: [WeightProblem.Demand] = []
        let middle = target.hitRates.reduce(0, +) / Double(target.hitRates.count)
        for (k, aim) in aims.enumerated() {
            let (who, than) = aim.action == 0 ? ("HOLD", "a trade") : (EnvironmentKind.spot.actionNames[aim.action], "the mean of the others")
            let what = aim.action == 0 ? "\(aim.name) holds" : "\(who) in \(Regime.names[aim.regime]) takes"
            for p in target.hitRates {
                let row = gaps.gap(aim.regime, action: aim.action, hitRate: p), at = target.hitRates.count > 1 || p != 0.5 ? " at a hit rate of \(percent(p))" : ""
                // Away from the middle hit rate the whole band is allowed.
                let share = p == middle ? slacks[k] : 1
                let least = aim.gap - share * aim.unit * (aim.centre - aim.low), most = aim.gap + share * aim.unit * (aim.high - aim.centre)
                demands.append(demand("\(what) at least \(percent(aim.band.lowerBound)): \(who) pays at least \(signed(least)) more than \(than)\(at)", row, atLeast: least, band: k))
                demands.append(demand("\(what) at most \(percent(aim.band.upperBound)): \(who) pays at most \(signed(most)) more than \(than)\(at)", row.map { -$0 }, atLeast: -most, band: k))
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

    /// What an action pays more than the others under some weights, at the middle hit rate.
    func gap(_ regime: Int, _ action: Int, under weights: [String: Double]) -> Double {
        let middle = target.hitRates.reduce(0, +) / Double(target.hitRates.count)
        return zip(gaps.terms, gaps.gap(regime, action: action, hitRate: middle)).reduce(0) { $0 + (weights[$1.0] ?? 0) * $1.1 }
    }

    static func logOdds(_ p: Double) -> Double { Double.log(2 * p / (1 - p)) }
    static func share(_ logOdds: Double) -> Double { 1 / (1 + 2 * Double.exp(-logOdds)) }

    /// Where the search begins: gaps from the temperature that one step's noise makes, inflated by the returns' (E.6), at the target's mix.
    func analyticAims(entropy: Double) -> [Aim] {
        let total = Double(max(1, gaps.bars.reduce(0, +)))
        var variance = 0.0
        for g in Regime.names.indices {
            let hold = target.band(g)?.centre ?? 1.0 / 3
            variance += Double(gaps.bars[g]) / total * (1 - hold) * gaps.tradeDeviation[g] * gaps.tradeDeviation[g]
        }
        let decay = experiment.ppo.gamma * experiment.ppo.gaeLambda
        let temperature = max(1e-9, experiment.ppo.normalizeAdvantage == .none ? entropy : entropy * (variance / (1 - decay * decay)).squareRoot())
        return target.bands.map { band in
            let centre = Self.logOdds(band.centre)
            return Aim(
                regime: band.regime, action: band.action, band: band.share, low: Self.logOdds(band.share.lowerBound), centre: centre,
                high: Self.logOdds(band.share.upperBound), gap: temperature * centre, temperature: temperature, unit: temperature)
        }
    }

    /// How much of a band the gap may take, where it must.
    private static let slacks = [0.25, 0.5, 0.75]

    /// The nearest weights that put every gap near what is asked for, or, where other demands stand against that, those gaps that are in the way farther from it but
    /// within the band; the conflict is that of whole bands. The preferred lever alone where it suffices, else every weight that may move.
    func nearest(_ aims: [Aim], within slack: Double) -> Result<[Double], Conflict> {
        let preferred = settings.preference == .entropy ? [] : variables.filter(isPreferred)
        for most in [slack] + Self.slacks.filter({ $0 > slack }) {
            for chosen in [preferred, variables] where !chosen.isEmpty {
                guard let found = nearest(aims, within: slack...most, chosen) else { continue }
                let weights = Dictionary(uniqueKeysWithValues: zip(chosen.map(\.id), found))
                return .success(variables.map { weights[$0.id] ?? $0.present })
            }
        }
        var sentences: [String]
        switch problem(aims, slacks: aims.map { _ in 1 }, variables).solve() {
        case .weights(let found): return .success(found)
        case .conflict(let demands): sentences = demands.map(\.sentence)
        }
        // Bands of one side need a weight that tells the sides apart.
        let tellsSides = variables.contains { variable in gaps.terms.firstIndex(of: variable.id).map(gaps.tellsSides) ?? false }
        if !tellsSides, aims.contains(where: { $0.action != 0 }) { sentences.append("no weight that may move tells LONG from SHORT: add long_bonus to the target's 'add'") }
        return .failure(Conflict(sentences: sentences))
    }

    /// Every band begins at the lower end of `slack`; those in a conflict are loosened step by step up to the upper end. nil where that does not help.
    private func nearest(_ aims: [Aim], within slack: ClosedRange<Double>, _ variables: [WeightProblem.Variable]) -> [Double]? {
        var slacks = aims.map { _ in slack.lowerBound }
        while true {
            switch problem(aims, slacks: slacks, variables).solve() {
            case .weights(let found): return found
            case .conflict(let demands):
                let tight = Set(demands.compactMap(\.band)).filter { slacks[$0] < slack.upperBound }
                if tight.isEmpty { return nil }
                for k in tight { slacks[k] = Self.slacks.first { $0 > slacks[k] } ?? slack.upperBound }
            }
        }
    }

    /// Demands that cannot hold together, in words.
    struct Conflict: Error { var sentences: [String] }
}
