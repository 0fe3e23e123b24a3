internal import NumericKernels
internal import OptionsAnalysis
public import OptionsEnvironment
public import Rewards
internal import TradingTypes

/// A reward on an options market, estimated by counting: random traders meet states, and every allowed action is tried in each of them.
///
/// A state is regime x position (flat, call, put) x minutes held x profit x tiers paid or contracts sold, as far as the reward reads them. Transitions are counted with a Dirichlet prior centred on all regimes together;
/// an action that was never tried in a state is not allowed there. Pay is the mean over the tries, as the minute came and with the underlying's move mirrored.
public struct OptionsAbstraction: Sendable {
    public struct Settings: Sendable {
        /// Weight, in tries, of all regimes together in the transitions of one; none where that regime has `enough` tries of its own.
        public var prior = 1.0
        public var enough = 30.0
        /// Chance a minute that a random trader enters; that it leaves, one trader each; that it trims.
        public var entry = 0.1
        public var exits = [1.0 / 4, 1.0 / 15, 1.0 / 60]
        public var trim = 0.03
        public var seed: UInt64 = 1
        /// Names to tell apart beside those that the reward reads, so that two rewards share their states.
        public var names: Set<String> = []
        public init() {}
    }

    /// Upper ends of the buckets of minutes held, and of profits.
    static let minuteEnds = [3, 15, 30, 60]
    static let profitEnds = [-0.125, -0.1, -0.075, -0.05, -0.025, 0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.5, 2.0]

    private let path: [PathState]
    private let allowed: [UInt32]
    private let chain: [[Double]]
    private let shares: [Double]
    /// As minutes came and mirrored, and of those that went against the position.
    private let terms, worstTerms: [AbstractPay]
    private let noise: [[Double]]
    private let averaged: [String]
    private let kernel, worstKernel: [[[(state: Int, probability: Double)]]]
    /// Tries counted.
    public let tries: Int

    /// - Parameter days: of the market, those to count on.
    public init(_ stack: RewardStack, _ market: OptionsMarket, days: [Int], rules: EpisodeRules = EpisodeRules(), _ settings: Settings = Settings()) {
        let axes = Axes(stack, market, settings)
        let path = axes.states, regimes = Regime.names.count, actions = OptionAction.allCases.count
        let tried = Tries(market, days: days, rules: rules, axes: axes, settings)
        var allowed = [UInt32](repeating: 0, count: path.count)
        /// Transitions by the tries of `use`.
        func counted(_ use: [Bool]) -> [[[(state: Int, probability: Double)]]] {
            var counts = Array(repeating: [[Int: Double]](repeating: [:], count: path.count * actions), count: regimes)
            // A call's minute counts for a put's too: what the underlying happened to do on these days is nobody's edge.
            for i in tried.from.indices where use[i] {
                let g = Int(tried.regimes[i]), action = Int(tried.actions[i])
                counts[g][tried.from[i] * actions + action][tried.to[i], default: 0] += 0.5
                counts[g][axes.mirror(tried.from[i]) * actions + [0, 2, 1, 3, 4][action]][axes.mirror(tried.to[i]), default: 0] += 0.5
            }
            let pooled = (0..<path.count * actions).map { pair in counts.reduce(into: [Int: Double]()) { sum, g in sum.merge(g[pair], uniquingKeysWith: +) } }
            for pair in pooled.indices where !pooled[pair].isEmpty { allowed[pair / actions] |= 1 << UInt32(pair % actions) }
            return counts.map { own in
                own.indices.map { pair in
                    let all = pooled[pair].values.reduce(0, +)
                    guard all > 0 else { return [(0, 1)] }
                    var weights = own[pair]
                    if weights.values.reduce(0, +) < settings.enough { for (to, count) in pooled[pair] { weights[to, default: 0] += settings.prior * count / all } }
                    let sum = weights.values.reduce(0, +)
                    return weights.sorted { $0.key < $1.key }.map { ($0.key, $0.value / sum) }
                }
            }
        }
        let against = tried.against(actions: actions, pairs: path.count * actions)
        kernel = counted([Bool](repeating: true, count: tried.from.count))
        worstKernel = counted(against)
        // A state that nobody met is left at once.
        let unmet = path.indices.filter { allowed[$0] == 0 }
        for p in unmet { allowed[p] = 1 }
        self.path = path
        self.allowed = allowed
        let rows = days.flatMap { Array(market.days[$0].rows) }, starts = Set(days.map { market.days[$0].rows.lowerBound })
        chain = regimeChain(rows.map { market.regimes[$0] }, regimes: regimes) { starts.contains(rows[$0]) }
        shares = (0..<regimes).map { g in Double(rows.count { market.regimes[$0] == UInt8(g) }) / Double(max(1, rows.count)) }
        (terms, worstTerms, noise) = tried.pay(stack, market, rules, against: against, pairs: path.count * actions, actions: actions)
        averaged = stack.design.terms.indices.filter { stack.keepsMemory($0) }.map { stack.design.terms[$0].id }
        tries = tried.from.count
    }

    /// States that a reward tells apart: known before anything is counted.
    public static func stateCount(_ stack: RewardStack, _ market: OptionsMarket, _ settings: Settings = Settings()) -> Int {
        Regime.names.count * Axes(stack, market, settings).states.count
    }

    /// The process when a share `hitRate` of the minutes goes the position's way; one half is zero edge. Transitions are as counted.
    public func model(hitRate: Double = 0.5) -> AbstractModel { model(hitRate, terms, kernel) }

    /// The process when every minute goes against the position: pay and transitions by those minutes alone, at any hit rate.
    public var worst: AbstractModel { model(0, worstTerms, worstKernel) }

    private func model(_ hitRate: Double, _ terms: [AbstractPay], _ kernel: [[[(state: Int, probability: Double)]]]) -> AbstractModel {
        var pay = AbstractPay(regimes: shares.count, pairs: path.count * OptionAction.allCases.count)
        for term in terms { pay.add(term) }
        return AbstractModel(
            environment: .options, path: path, start: 0, actions: OptionAction.allCases.count, allowed: allowed, chain: chain, shares: shares, hitRate: hitRate, pay: pay, terms: terms,
            noise: noise, averaged: averaged, blurred: [], kernel: kernel)
    }
}

/// What is told apart, and the index of a state of the environment.
private struct Axes {
    let ages, profits: Bool
    /// Numbers of tiers paid; of contracts sold so far, which are told apart where tiers are not: else a part could be sold over and over.
    let tiers, parts: Int

    /// As far as the reward reads them.
    init(_ stack: RewardStack, _ market: OptionsMarket, _ settings: OptionsAbstraction.Settings) {
        let names = stack.statelessNames.union(settings.names)
        ages = !names.isDisjoint(with: ["minutes_in_trade", "minutes_flat", "bars_in_position", "bars_flat"])
        profits = !names.isDisjoint(with: ["premium_change", "unrealized", "sale_return", "realized", "trade_return", "peak_change", "off_peak", "stop_dist", "stopped_out", "forced_exit"])
        tiers = !names.isDisjoint(with: ["tiers_paid", "best_sale"]) ? market.configuration.tiers.count + 1 : 1
        parts = names.isDisjoint(with: ["realized", "sale_return", "sold", "sold_fraction", "contracts"]) ? 1 : market.configuration.contracts
    }

    private var slots: Int { tiers > 1 ? tiers : parts }
    private var ageCount: Int { ages ? OptionsAbstraction.minuteEnds.count + 1 : 1 }
    private var profitCount: Int { profits ? OptionsAbstraction.profitEnds.count + 1 : 1 }

    var states: [PathState] {
        func age(_ i: Int) -> ClosedRange<Int> {
            let ends = OptionsAbstraction.minuteEnds
            return !ages ? 1...Int.max : (i == 0 ? 0 : ends[i - 1] + 1)...(i < ends.count ? ends[i] : Int.max)
        }
        func profit(_ i: Int) -> Double {
            let ends = OptionsAbstraction.profitEnds
            return !profits ? 0 : i == 0 ? ends[0] - 0.0125 : i == ends.count ? ends[i - 1] * 1.25 : 0.5 * (ends[i - 1] + ends[i])
        }
        var states = (0..<ageCount).map { PathState(position: 0, age: age($0), profit: 0) }
        for position in [1, -1] {
            for a in 0..<ageCount { for u in 0..<profitCount { for t in 0..<slots { states.append(PathState(position: position, age: age(a), profit: profit(u), tiers: tiers > 1 ? t : 0)) } } }
        }
        return states
    }

    /// The same state with the other side in hand.
    func mirror(_ index: Int) -> Int {
        let block = ageCount * profitCount * slots
        return index < ageCount ? index : index < ageCount + block ? index + block : index - block
    }

    func index(_ s: AgentState, _ market: OptionsMarket) -> Int {
        let minutes = Int(s.row - s.sinceRow)
        let age = ages ? OptionsAbstraction.minuteEnds.firstIndex { minutes <= $0 } ?? OptionsAbstraction.minuteEnds.count : 0
        if s.isFlat { return age }
        var u = 0
        if profits {
            let quote = market.quote(Int(s.contract), row: Int(s.row))
            let change = 0.5 * (quote.bid + quote.ask) / (s.entryTicks * market.tick) - 1
            u = OptionsAbstraction.profitEnds.firstIndex { change < $0 } ?? OptionsAbstraction.profitEnds.count
        }
        let side = market.contracts[Int(s.contract)].right == .call ? 0 : 1
        let slot = tiers > 1 ? min(tiers - 1, Int(s.tiersPaid)) : min(slots - 1, Int(s.bought - s.held))
        return ageCount + ((side * ageCount + age) * profitCount + u) * slots + slot
    }
}

/// Steps tried beside those of random traders, with abstract states before and after.
private struct Tries {
    private(set) var steps: OptionsTrajectory
    private(set) var from: [Int] = [], to: [Int] = []
    private(set) var actions: [UInt8] = [], regimes: [UInt8] = []
    /// Whether something is in hand after the action, and whether the underlying then moves against it.
    private var inTrade: [Bool] = [], loses: [Bool] = []
    private let axes: Axes

    init(_ market: OptionsMarket, days: [Int], rules: EpisodeRules, axes: Axes, _ settings: OptionsAbstraction.Settings) {
        steps = OptionsTrajectory()
        self.axes = axes
        let close = market.column("close")
        for (number, leaving) in settings.exits.enumerated() {
            let walk = market.randomTrader(
                days: days, rules: rules, entry: settings.entry, exit: leaving, trim: settings.trim, seed: settings.seed, purpose: "abstract trader \(number)")
            // Flat minutes look alike to every trader: one of them tries them.
            let tried = TriedSteps(beside: walk, market, rules: rules) { number == 0 || !$0.before.isFlat }
            for (i, step) in tried.steps.steps.enumerated() {
                let after = tried.steps.finals[i]
                steps.append([step][...], after: after)
                from.append(axes.index(step.before, market))
                to.append(step.facts.episode == 1 ? 0 : axes.index(after, market))
                let row = Int(step.before.row), contract = Int(step.facts.contractAfterFill)
                regimes.append(market.regimes[row])
                inTrade.append(contract >= 0)
                let side = contract >= 0 ? market.contracts[contract].right == .call ? 1.0 : -1 : 0
                loses.append(close.map { side * ($0[row + 1] - $0[row]) < 0 } ?? false)
            }
            actions += tried.actions
        }
    }

    /// The tries that a minute went against, those without anything in hand, and all of a state and action where it never did.
    func against(actions count: Int, pairs: Int) -> [Bool] {
        var met = [Bool](repeating: false, count: pairs)
        for i in from.indices where loses[i] { met[from[i] * count + Int(actions[i])] = true }
        return from.indices.map { !inTrade[$0] || loses[$0] || !met[from[$0] * count + Int(actions[$0])] }
    }

    /// Mean weighted pay of every term by regime, state and action, and the variance of all terms together there, [G][pairs], over the tries as they came and mirrored; and the mean over those of
    /// `against` as they came.
    func pay(
        _ stack: RewardStack, _ market: OptionsMarket, _ rules: EpisodeRules, against: [Bool], pairs: Int, actions count: Int
    ) -> (terms: [AbstractPay], worst: [AbstractPay], noise: [[Double]]) {
        let columns = market.outcomes(of: steps, names: stack.names, rules: rules, needsNext: stack.needsNext)
        let reflected = mirrored(columns, market, steps)
        let regimeCount = Regime.names.count, n = from.count
        var tries = Array(repeating: [Double](repeating: 0, count: pairs), count: regimeCount), lost = tries
        for i in 0..<n {
            tries[Int(regimes[i])][from[i] * count + Int(actions[i])] += 1
            if against[i] { lost[Int(regimes[i])][from[i] * count + Int(actions[i])] += 1 }
        }
        // Where a regime did not try a pair, all regimes together stand for it, and where none did, the same with the other side in hand.
        let met = Set(from.indices.map { from[$0] * count + Int(actions[$0]) })
        let untried = (0..<pairs).filter { !met.contains($0) }.map { (pair: $0, other: axes.mirror($0 / count) * count + [0, 2, 1, 3, 4][$0 % count]) }.filter { met.contains($0.other) }
        func means(_ sums: inout [[Double]], over tries: [[Double]]) {
            for pair in 0..<pairs {
                let all = sums.reduce(0) { $0 + $1[pair] }, total = tries.reduce(0) { $0 + $1[pair] }
                for g in 0..<regimeCount { sums[g][pair] = tries[g][pair] > 0 ? sums[g][pair] / tries[g][pair] : total > 0 ? all / total : 0 }
            }
            for (pair, other) in untried { for g in 0..<regimeCount { sums[g][pair] = sums[g][other] } }
        }
        var came = [Double](repeating: 0, count: n), mirror = came
        let terms = stack.design.terms.enumerated().map { k, term -> (pay: AbstractPay, worst: AbstractPay) in
            var pay = AbstractPay(regimes: regimeCount, pairs: pairs), worst = pay
            guard term.weight != 0 else { return (pay, worst) }
            for (a, b) in zip(stack.parts(of: k, tried: columns, taken: columns), stack.parts(of: k, tried: reflected, taken: columns)) {
                for i in 0..<n {
                    let g = Int(regimes[i]), pair = from[i] * count + Int(actions[i])
                    let x = term.weight * a.pay[i], y = term.weight * b.pay[i]
                    guard x.isFinite, y.isFinite else { continue }
                    came[i] += x
                    mirror[i] += y
                    switch a.provenance {
                    case .guaranteed, .path:
                        pay.certain[g][pair] += x
                        if against[i] { worst.certain[g][pair] += x }
                    case .shaping: pay.shaping[g][pair] += 0.5 * (x + y)
                    case .uncertain:
                        pay.favourable[g][pair] += max(x, y)
                        pay.adverse[g][pair] += min(x, y)
                        if against[i] { worst.adverse[g][pair] += x }
                    }
                }
            }
            means(&pay.certain, over: tries)
            means(&pay.favourable, over: tries)
            means(&pay.adverse, over: tries)
            means(&pay.shaping, over: tries)
            means(&worst.certain, over: lost)
            means(&worst.adverse, over: lost)
            worst.favourable = worst.adverse
            return (pay, worst)
        }
        var mean = Array(repeating: [Double](repeating: 0, count: pairs), count: regimeCount), square = mean
        for i in 0..<n {
            let g = Int(regimes[i]), pair = from[i] * count + Int(actions[i])
            mean[g][pair] += 0.5 * (came[i] + mirror[i])
            square[g][pair] += 0.5 * (came[i] * came[i] + mirror[i] * mirror[i])
        }
        means(&mean, over: tries)
        means(&square, over: tries)
        return (terms.map(\.pay), terms.map(\.worst), zip(mean, square).map { zip($0, $1).map { max(0, $1 - $0 * $0) } })
    }
}
