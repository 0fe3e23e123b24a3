internal import AbstractMDP
internal import ComponentKit
internal import Environments
internal import NumericKernels
public import RewardAnalysis
public import Rewards
internal import TradingTypes

/// Looks for cycles of actions that are paid without skill on the spot market (REWARD-ANALYSIS E.5): by the largest mean pay on the abstract process of each regime, and for rewards with a
/// memory by playing every cycle of up to four actions on the bars.
struct SpotFarms {
    let stack: RewardStack
    let market: AnalysisMarket
    let fair, worst: AbstractModel
    /// Mean size of a return on the bars that the process is paid by, [G].
    private let sizes: [Double]
    /// Short cycles played on the bars; only where a term keeps a memory, which the process cannot hold.
    private let plays: [(word: [UInt8], play: SpotPlay)]
    private let names = SpotAction.allCases.map(\.name)

    init(_ stack: RewardStack, _ market: AnalysisMarket, _ abstraction: SpotAbstraction) {
        self.stack = stack
        self.market = market
        fair = abstraction.model(hitRate: 0.5)
        worst = abstraction.model(hitRate: 0)
        sizes = abstraction.scoredSizes
        let rows = market.rows.prefix(6_000)
        plays = fair.averaged.isEmpty ? [] : SpotPlay.words.map { word in
            (word, SpotPlay(stack, market, rows: rows, actions: (0..<rows.count).map { word[$0 % word.count] }))
        }
    }

    /// A cycle found in one regime.
    private struct Found {
        var regime: Int
        var actions: [UInt8]
        var states: [PathState]
        var shape = FarmShape.cycle
        /// Trades closed a step.
        var trips: Double
        var gain: Double
        var holding: Double
        /// The cycle's pay a step with everything counted, at zero edge.
        var net: Double
        /// What each term adds to a step, [K].
        var terms: [Double]
    }

    func stories() -> [FarmStory] {
        var stories: [FarmStory] = []
        var told: [Found] = []
        let remembers = !fair.averaged.isEmpty
        for kind in Kind.allCases {
            var found = fair.shares.indices.compactMap { fair.shares[$0] > 0 ? remembers ? played(kind, $0) : solved(kind, $0) : nil }
            // What certain pay makes a farm of stays one when chance is added: each regime has one story.
            found.removeAll { farm in told.contains { $0.regime == farm.regime } }
            // Where losing is paid more than anything certain, that is the story.
            if kind == .certain, !remembers { found.removeAll { losingPays(more: $0.regime) } }
            told += found
            // Regimes in which the same cycle pays share one story, the best first.
            while let top = found.max(by: { $0.gain - max(0, $0.holding) < $1.gain - max(0, $1.holding) }) {
                let same = found.filter { Self.sided($0.actions) == Self.sided(top.actions) }.sorted { $0.gain - max(0, $0.holding) > $1.gain - max(0, $1.holding) }
                found.removeAll { Self.sided($0.actions) == Self.sided(top.actions) }
                stories.append(story(kind, top, in: same))
            }
        }
        return stories
    }

    enum Kind: CaseIterable {
        case certain, adverse, fair
        var code: LintCode { self == .certain ? .farmGuaranteed : self == .adverse ? .farmAdversarial : .farmMartingale }
    }

    /// Cycles that mirror each other tell the same.
    private static func sided(_ actions: [UInt8]) -> [Int] {
        let shape = actions.map { $0 == 0 ? 0 : 1 }
        return shape.allSatisfy { $0 == 1 } && actions.count > 1 ? [2] : shape
    }

    /// Pay of every path state and action under a kind, [P x A].
    private func rewards(_ kind: Kind, _ pay: AbstractPay, _ g: Int) -> [Double] {
        pay.certain[g].indices.map { kind == .certain ? pay.certain[g][$0] : pay.at(hitRate: kind == .fair ? 0.5 : 0, regime: g, pair: $0) }
    }

    /// Below this a gain is rounding, or the noise of a mean over sampled bars.
    private func tolerance(_ g: Int, _ model: AbstractModel) -> Double {
        var size = 0.0
        for i in model.pay.certain[g].indices { size = max(size, abs(model.pay.certain[g][i]), abs(model.pay.favourable[g][i]), abs(model.pay.adverse[g][i])) }
        return 1e-7 * size
    }

    private func solved(_ kind: Kind, _ g: Int) -> Found? {
        let model = kind == .adverse ? worst : fair
        let process = model.frozen(g, paying: rewards(kind, model.pay, g))
        let holding = process.gain(of: [Int](repeating: 0, count: model.path.count), from: model.start)
        let best = process.maximumMean(from: model.start)
        guard best.gain > max(0, holding) + tolerance(g, model) else { return nil }
        let keeps = market.environment.configuration.hold == .keep
        let cycle = FarmCycle(best, process, model) { position, action in
            keeps && action == 0 || SpotAction(rawValue: UInt8(action)).map { Int($0.direction) } == position
        }
        // Holding itself is no farm.
        guard cycle.steps.contains(where: { $0.action != 0 }) else { return nil }
        let terms = model.terms.map { best.mean(of: rewards(kind, $0, g), actions: 3) }
        let everything = best.mean(of: rewards(.fair, fair.pay, g), actions: 3)
        return Found(
            regime: g, actions: cycle.steps.map { UInt8($0.action) }, states: cycle.steps.map { model.path[$0.state] }, shape: cycle.shape, trips: cycle.trips, gain: best.gain, holding: holding,
            net: everything, terms: terms)
    }

    /// Whether uncertain pay rewards losing: with every move against it a policy is paid more than by certain pay in the same market.
    private func losingPays(more g: Int) -> Bool {
        guard let farm = solved(.adverse, g) else { return false }
        return farm.gain > worst.frozen(g, paying: rewards(.certain, worst.pay, g)).maximumMean(from: worst.start).gain + tolerance(g, worst)
    }

    /// The best of the short cycles, each played over all the bars.
    private func played(_ kind: Kind, _ g: Int) -> Found? {
        guard kind != .adverse else { return nil }
        func gain(_ play: SpotPlay) -> Double { kind == .certain ? play.certain(g) : play.fair(g) }
        guard let hold = plays.first(where: { $0.word == [0] }), let top = plays.max(by: { gain($0.play) < gain($1.play) }) else { return nil }
        let holding = gain(hold.play)
        guard top.word.contains(where: { $0 != 0 }), gain(top.play) > max(0, holding) + max(tolerance(g, fair), 0.02 * top.play.deviation, 6 * top.play.regimeErrors[g]) else { return nil }
        let terms = stack.design.terms.indices.map { k in
            top.play.certain[k][g] + (kind == .certain ? 0 : 0.5 * (top.play.real[k][g] + top.play.mirrored[k][g]))
        }
        var position = Int(SpotAction(rawValue: top.word[top.word.count - 1])?.direction ?? 0)
        let states = top.word.map { action -> PathState in
            defer { position = Int(SpotAction(rawValue: action)?.direction ?? 0) }
            return PathState(position: position, age: 1...Int.max, profit: 0)
        }
        let closes = zip(states, top.word).count { state, action in state.position != 0 && SpotAction(rawValue: action).map { Int($0.direction) } != state.position }
        return Found(
            regime: g, actions: top.word, states: states, shape: top.word.count == 1 ? .stays : .cycle, trips: Double(closes) / Double(top.word.count), gain: gain(top.play), holding: holding,
            net: top.play.fair(g), terms: terms)
    }

    /// The cycle from its entry on, or where it is always in a position, from LONG on.
    private func rotated(_ farm: Found) -> Found {
        guard case .cycle = farm.shape else { return farm }
        let n = farm.actions.count
        let first = farm.states.indices.first { farm.states[$0].position == 0 && farm.actions[$0] != 0 } ?? farm.actions.indices.min { (farm.actions[$0] + 2) % 3 < (farm.actions[$1] + 2) % 3 } ?? 0
        var other = farm
        other.actions = (0..<n).map { farm.actions[(first + $0) % n] }
        other.states = (0..<n).map { farm.states[(first + $0) % n] }
        return other
    }

    // MARK: The story

    private func story(_ kind: Kind, _ top: Found, in all: [Found]) -> FarmStory {
        let regimes = all.map { (name: market.regimeNames[$0.regime], pay: $0.gain, holding: $0.holding) }
        let top = rotated(top)
        let terms = zip(stack.design.terms, top.terms).map { (id: $0.id, pay: $1) }.filter { abs($0.pay) > 1e-9 * abs(top.gain) }.sorted { $0.pay > $1.pay }
        let words = top.actions.map { names[Int($0)] }
        let slope = profitWeight(top.regime)
        let friction = top.shape.isStanding || top.trips <= 0 || slope <= 0 ? nil : (top.gain - max(0, top.holding)) / top.trips / slope
        let worstGain = kind == .adverse || !fair.averaged.isEmpty ? nil : solved(.adverse, top.regime)?.gain
        let steps = zip(top.states, top.actions).map { state, action -> (state: String, action: String, pay: Double) in
            let pair = (fair.path.firstIndex(of: state) ?? fair.path.firstIndex { $0.position == state.position } ?? fair.start) * 3 + Int(action)
            let pay = kind == .certain ? fair.pay.certain[top.regime][pair] : (kind == .fair ? fair : worst).pay.at(hitRate: kind == .fair ? 0.5 : 0, regime: top.regime, pair: pair)
            return (["short", "flat", "long"][state.position + 1], names[Int(action)], pay)
        }
        return FarmStory(
            code: kind.code, actions: words, regimes: regimes, terms: terms, breakEvenFriction: friction, worst: worstGain, steps: steps,
            sentence: FarmWords.sentence(kind.code, top.shape, words, regimes, terms, friction: friction, worst: worstGain, net: kind == .certain ? top.net : nil, step: "bar"),
            patch: FarmWords.patch(kind.code, top.shape, design: stack.design, stack: stack, terms, excess: top.gain - max(0, top.holding)))
    }

    /// What one unit of a trade's return is paid: per bar held, or when it is closed, whichever is more.
    func profitWeight(_ g: Int) -> Double {
        let pay = fair.pay
        func pair(_ position: Int, _ profit: Double, _ action: SpotAction) -> Int? {
            fair.path.firstIndex { $0.position == position && $0.profit == profit && $0.age.lowerBound == 1 }.map { $0 * 3 + Int(action.rawValue) }
        }
        let size = sizes[g]
        var slope = 0.0
        if size > 0, let i = pair(1, 0, .long) { slope = (pay.favourable[g][i] - pay.adverse[g][i]) / (2 * size) }
        let profits = Set(fair.path.map(\.profit)).filter { $0 > 0 }.sorted()
        if let step = profits.first, let up = pair(1, step, .hold), let down = pair(1, -step, .hold) {
            slope = max(slope, (pay.at(hitRate: 0.5, regime: g, pair: up) - pay.at(hitRate: 0.5, regime: g, pair: down)) / (2 * step))
        }
        return slope
    }
}

/// The cycles of actions that a spot reward pays without skill, the worst kind first: what `solve` must not return.
public func farmableCycles(_ design: RewardDesign, on market: AnalysisMarket) -> [FarmStory] {
    let stack = RewardStack(design)
    return SpotFarms(stack, market, SpotAbstraction(stack, market)).stories()
}
