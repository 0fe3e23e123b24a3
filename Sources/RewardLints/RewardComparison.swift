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
            let steady = models.map { Steady($0, g) }
            // Both gaps are lines in the hit rate: they change sign at most once each.
            func choice(_ s: Steady, _ p: Double) -> String { s.certainTrade + p * s.favourable + (1 - p) * s.adverse - s.hold >= -1e-12 * s.size ? "TRADE" : "HOLD" }
            flips += greedyFlips(given.market.regimeNames[g], cuts: steady.compactMap(\.breakEven)) { p in (choice(steady[0], p), choice(steady[1], p)) }
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
        let lines = models.map { GreedyLines($0, regime: g) }
        flips += greedyFlips(Regime.names[g], cuts: lines.flatMap(\.crossings)) { p in (lines[0].best(p), lines[1].best(p)) }
    }
    return comparison(models, canonical, flips, [lintReward(a, on: given), lintReward(b, on: given)], gamma: given.gamma)
}

/// Ranges of hit rates, between `cuts`, over which two rewards' choices differ.
private func greedyFlips(_ regime: String, cuts: [Double], _ choices: (Double) -> (String, String)) -> [GreedyFlip] {
    let edges = RewardComparison.hitRates
    let cuts = ([edges.lowerBound, edges.upperBound] + cuts).filter { edges.contains($0) }.sorted()
    var flips: [GreedyFlip] = []
    for (low, high) in zip(cuts, cuts.dropFirst()) where high - low > 1e-9 {
        let (from, to) = choices(0.5 * (low + high))
        guard from != to else { continue }
        // Neighbouring ranges that differ in the same way are one.
        let joined = flips.last.flatMap { $0.until >= low - 1e-9 && $0.from == from && $0.to == to ? $0.hitRate : nil }
        if joined != nil { flips.removeLast() }
        flips.append(GreedyFlip(regime: regime, hitRate: joined ?? low, until: high, from: from, to: to))
    }
    return flips
}

/// What each action of a flat agent is paid at once in one regime, as lines in the hit rate.
private struct GreedyLines {
    private let lines: [(action: String, atZero: Double, slope: Double)]

    init(_ model: AbstractModel, regime g: Int) {
        lines = (0..<model.actions).filter { model.allowed[model.start] >> UInt32($0) & 1 == 1 }.map { a in
            let pair = model.start * model.actions + a, low = model.pay.at(hitRate: 0, regime: g, pair: pair)
            return (EnvironmentKind.options.actionNames[a], low, model.pay.at(hitRate: 1, regime: g, pair: pair) - low)
        }
    }

    /// Hit rates at which two of the lines meet.
    var crossings: [Double] {
        lines.indices.flatMap { i in
            lines[..<i].compactMap { other in lines[i].slope != other.slope ? (other.atZero - lines[i].atZero) / (lines[i].slope - other.slope) : nil }
        }
    }

    /// The action paid most; the first of those within rounding.
    func best(_ p: Double) -> String {
        let values = lines.map { $0.atZero + p * $0.slope }, best = values.max() ?? 0
        return lines[values.firstIndex { $0 >= best - 1e-12 * abs(best) } ?? 0].action
    }
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
    let steps = SpotSteps(stack, market, rows: market.rows, actions: market.pathActions, path: path), taken = steps.taken()
    return SpotAction.allCases.map { stack.unshapedPay(tried: steps.tried($0), taken: taken) }
}

/// A random trader's steps with every allowed action tried beside the one taken.
private struct OptionsWalk {
    let taken: [UInt8]
    let starts: Set<Int>
    private let tried: TriedSteps

    init(_ market: OptionsMarket, days: [Int], rules: EpisodeRules) {
        let trajectory = market.randomTrader(days: days, rules: rules, entry: 0.1, exit: 1.0 / 15, trim: 0.03, seed: 2, purpose: "lint trader")
        taken = trajectory.steps.map(\.facts.chosen)
        starts = Set(trajectory.starts)
        tried = TriedSteps(beside: trajectory, market, rules: rules)
    }

    /// Of each action at each step, [A][T]; NaN where it is not allowed.
    func pay(_ stack: RewardStack, _ market: OptionsMarket, _ rules: EpisodeRules) -> [[Double]] {
        let columns = market.outcomes(of: tried.steps, names: stack.names, rules: rules, needsNext: stack.needsNext)
        let pay = stack.unshapedPay(tried: columns, taken: columns)
        var rows = Array(repeating: [Double](repeating: .nan, count: taken.count), count: OptionAction.allCases.count)
        for i in pay.indices { rows[Int(tried.actions[i])][tried.at[i]] = pay[i] }
        return rows
    }
}
