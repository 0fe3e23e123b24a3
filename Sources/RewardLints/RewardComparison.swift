internal import AbstractMDP
internal import ComponentKit
internal import Environments
internal import NumericKernels
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import RewardAnalysis
public import Rewards
internal import TradingTypes

/// A regime in which two rewards prefer different actions, over a range of hit rates.
public struct GreedyFlip: Sendable, Equatable {
    public let regime: String
    /// Lowest and highest hit rate, in [0.5, 0.65], at which they differ.
    public let hitRate, until: Double
    /// What the first prefers, and the second: HOLD or TRADE (options: the action's name).
    public let from, to: String
}

/// How far two rewards are apart, in what they rank and in what is wrong with them.
public struct RewardComparison: Sendable {
    /// EPIC over the environment's transitions under a random policy, in [0, 1]; nil with `epicReason`.
    public let epic: Double?
    public let epicReason: String?
    /// STARC on the abstract process, in [0, 1]; nil with `starcReason`.
    public let starc: Double?
    public let starcReason: String?
    public let flips: [GreedyFlip]
    /// Lint codes that only the first reward has, with their messages; and only the second.
    public let lost, gained: [(code: String, message: String)]

    /// Hit rates at which greedy actions are compared.
    static let hitRates = 0.5...0.65
    static let constant = "one of the rewards pays every action the same, so that it ranks nothing"

    public var sentence: String {
        if epic == 0, starc == 0 { return "the two are one reward: they rank every policy the same" }
        guard let epic, let starc else { return [epicReason, starcReason].compactMap { $0 }.first ?? "" }
        if epic < 1e-6, starc < 1e-6 { return "they rank every policy the same: one is the other times a positive number, plus a constant or a potential" }
        return flips.isEmpty
            ? "they differ in size, but prefer the same actions at hit rates of 50% to 65%"
            : "they prefer different actions in \(FarmWords.listed(flips.reduce(into: [String]()) { if !$0.contains($1.regime) { $0.append($1.regime) } }))"
    }
}

/// Compares two rewards for the spot market.
public func compareRewards(_ a: RewardDesign, _ b: RewardDesign, on given: SpotLintMarket, gamma: Double) -> RewardComparison {
    let stacks = [a, b].map { RewardStack(unshaped($0)) }
    var settings = SpotAbstraction.Settings()
    settings.names = stacks.reduce(into: []) { $0.formUnion($1.statelessNames) }
    let models = stacks.map { SpotAbstraction($0, given.market, settings).model() }
    let canonical = stacks.map { stack in
        canonicalTransitions(spotPay(stack, given.market), taken: given.market.pathActions, gamma: gamma)
    }
    var flips: [GreedyFlip] = []
    if models.allSatisfy({ $0.averaged.isEmpty }) {
        for g in models[0].shares.indices where models[0].shares[g] > 0 {
            let steady = models.map { Steady($0, g) }, edges = RewardComparison.hitRates
            // Both gaps are lines in the hit rate: they change sign at most once each.
            func gap(_ s: Steady, _ p: Double) -> Double { s.certainTrade + p * s.favourable + (1 - p) * s.adverse - s.hold }
            func choice(_ s: Steady, _ p: Double) -> String { gap(s, p) >= -1e-12 * s.size ? "TRADE" : "HOLD" }
            let cuts = ([edges.lowerBound, edges.upperBound] + steady.compactMap(\.breakEven)).filter { edges.contains($0) }.sorted()
            for (low, high) in zip(cuts, cuts.dropFirst()) where high - low > 1e-9 {
                let p = 0.5 * (low + high)
                let from = choice(steady[0], p), to = choice(steady[1], p)
                if from != to { flips.append(GreedyFlip(regime: given.market.regimeNames[g], hitRate: low, until: high, from: from, to: to)) }
            }
        }
    }
    return comparison(models, canonical, flips, [lintReward(a, on: given), lintReward(b, on: given)], gamma: gamma)
}

/// Compares two rewards for the options environment.
public func compareRewards(_ a: RewardDesign, _ b: RewardDesign, on given: OptionsLintMarket) -> RewardComparison {
    let stacks = [a, b].map { RewardStack(unshaped($0)) }
    var settings = OptionsAbstraction.Settings()
    settings.names = stacks.reduce(into: []) { $0.formUnion($1.statelessNames) }
    let models = stacks.map { OptionsAbstraction($0, given.market, days: given.days, rules: given.rules, settings).model() }
    let walk = OptionsWalk(given.market, days: given.days, rules: given.rules)
    let canonical = stacks.map { canonicalTransitions(walk.pay($0, given.market, given.rules), taken: walk.taken, gamma: given.gamma, starts: walk.starts) }
    var flips: [GreedyFlip] = []
    for g in models[0].shares.indices where models[0].shares[g] > 0 {
        let greedy = models.map { model -> String in
            let values = (0..<model.actions).map { model.allowed[model.start] >> UInt32($0) & 1 == 1 ? model.pay.at(hitRate: 0.5, regime: g, pair: model.start * model.actions + $0) : -.infinity }
            let best = values.max() ?? 0
            return EnvironmentKind.options.actionNames[values.firstIndex { $0 >= best - 1e-12 * abs(best) } ?? 0]
        }
        if greedy[0] != greedy[1] { flips.append(GreedyFlip(regime: Regime.names[g], hitRate: 0.5, until: 0.5, from: greedy[0], to: greedy[1])) }
    }
    return comparison(models, canonical, flips, [lintReward(a, on: given), lintReward(b, on: given)], gamma: given.gamma)
}

/// The design with its potentials paid nothing: they change no policy's rank, and an abstract process that does not hold what they read would take them for pay.
private func unshaped(_ design: RewardDesign) -> RewardDesign {
    let stack = RewardStack(design)
    let potentials = design.terms.indices.filter { k in stack.provenance(of: k).allSatisfy { $0 == .shaping } }.map { (design.terms[$0].id, 0.0) }
    return design.reweighted(Dictionary(uniqueKeysWithValues: potentials))
}

private func comparison(_ models: [AbstractModel], _ canonical: [[Double]], _ flips: [GreedyFlip], _ reports: [LintReport], gamma: Double) -> RewardComparison {
    let finite = canonical[0].indices.filter { canonical[0][$0].isFinite && canonical[1][$0].isFinite }
    let epic = pearsonDistance(finite.map { canonical[0][$0] }, finite.map { canonical[1][$0] })
    let starc = models[0].starcDistance(models[1], gamma: gamma)
    func only(_ i: Int) -> [(code: String, message: String)] {
        let others = Set(reports[1 - i].issues.map { "\($0.code) \($0.message)" }), codes = Set(reports[1 - i].issues.map(\.code))
        return reports[i].issues.filter { !others.contains("\($0.code) \($0.message)") && (!codes.contains($0.code) || LintCode(rawValue: $0.code)?.isFarm == true) }.map { ($0.code, $0.message) }
    }
    return RewardComparison(
        epic: epic, epicReason: epic == nil ? RewardComparison.constant : nil, starc: starc, starcReason: starc == nil ? RewardComparison.constant : nil, flips: flips, lost: only(0),
        gained: only(1))
}

/// What every action pays on each bar of the coin-flip path, shaping left out, [A][T].
private func spotPay(_ stack: RewardStack, _ market: AnalysisMarket) -> [[Double]] {
    guard let path = market.path else { preconditionFailure("comparing needs a market with a reference path") }
    let rows = market.rows, environment = market.environment
    let columns = market.columns(stack.names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
    let taken = environment.outcomes(taken: path, actions: market.pathActions, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
    return SpotAction.allCases.map { action in
        let tried = environment.outcomes(of: action, rows: rows, along: path, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
        return unshapedPay(stack, tried, taken)
    }
}

private func unshapedPay(_ stack: RewardStack, _ tried: OutcomeColumns, _ taken: OutcomeColumns) -> [Double] {
    var sum = [Double](repeating: 0, count: tried.count)
    for (k, term) in stack.design.terms.enumerated() where term.weight != 0 {
        for part in stack.parts(of: k, tried: tried, taken: taken) where part.provenance != .shaping { for t in 0..<tried.count { sum[t] += term.weight * part.pay[t] } }
    }
    return sum
}

/// A random trader's steps with every allowed action tried beside the one taken.
private struct OptionsWalk {
    private(set) var taken: [UInt8] = []
    private(set) var starts: Set<Int> = []
    /// Tries of each action, and the step that each belongs to.
    private var tries = OptionAction.allCases.map { _ in OptionsTrajectory() }
    private var stepOf = OptionAction.allCases.map { _ in [Int]() }

    init(_ market: OptionsMarket, days: [Int], rules: EpisodeRules) {
        let trajectory = OptionsPlay.trader(market, days: days, rules: rules, entry: 0.1, exit: 1.0 / 15, trim: 0.03, seed: 2)
        starts = Set(trajectory.starts)
        market.withDynamics(rules) { dynamics in
            for (t, step) in trajectory.steps.enumerated() {
                taken.append(step.facts.chosen)
                let mask = dynamics.mask(step.before)
                for action in OptionAction.allCases where mask & action.bit != 0 {
                    var state = step.before
                    let facts = dynamics.step(&state, action.rawValue), a = Int(action.rawValue)
                    tries[a].append([RecordedStep(before: step.before, facts: facts)][...], after: state)
                    stepOf[a].append(t)
                }
            }
        }
    }

    func pay(_ stack: RewardStack, _ market: OptionsMarket, _ rules: EpisodeRules) -> [[Double]] {
        OptionAction.allCases.map { action in
            let a = Int(action.rawValue)
            var row = [Double](repeating: .nan, count: taken.count)
            let columns = market.outcomes(of: tries[a], names: stack.names, rules: rules, needsNext: stack.needsNext)
            for (value, t) in zip(unshapedPay(stack, columns, columns), stepOf[a]) { row[t] = value }
            return row
        }
    }
}
