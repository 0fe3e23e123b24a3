internal import AbstractMDP
internal import ComponentKit
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import Rewards
internal import TradingTypes

/// Looks for cycles of actions that are paid without skill on an options market: by the largest mean pay on the abstract process, all regimes together, and for rewards with a memory, which the process
/// cannot hold, by playing short cycles over the days.
struct OptionsFarms {
    let stack: RewardStack
    let given: OptionsLintMarket
    /// At zero edge, and when every minute goes against the position.
    let model, worst: AbstractModel
    private var design: RewardDesign { stack.design }
    private var market: OptionsMarket { given.market }

    enum Kind: CaseIterable {
        case certain, adverse, fair
        var code: LintCode { self == .certain ? .farmGuaranteed : self == .adverse ? .farmAdversarial : .farmMartingale }
    }

    /// A cycle with its mean pay a step, by term too, and everything counted; steps as states, actions and pay.
    private struct Found {
        var actions: [Int]
        var shape = FarmShape.cycle
        /// Trades closed a step.
        var trips: Double
        var gain, holding: Double
        var terms: [Double]
        var net: Double?
        var steps: [(state: String, action: String, pay: Double)]
    }

    /// The worst kind that there is, as one story.
    func stories() -> [FarmStory] {
        for kind in Kind.allCases {
            if let found = model.averaged.isEmpty ? solved(kind) : played(kind), let story = story(kind, found) { return [story] }
        }
        return []
    }

    /// All regimes together, by their shares.
    static func pooled(_ kind: Kind, _ model: AbstractModel, _ pay: AbstractPay) -> MarkovDecisionProcess {
        model.pooled { g, pair in kind == .certain ? pay.certain[g][pair] : pay.at(hitRate: kind == .fair ? 0.5 : 0, regime: g, pair: pair) }
    }

    private func solved(_ kind: Kind) -> Found? {
        let model = kind == .adverse ? worst : model
        let process = Self.pooled(kind, model, model.pay), best = process.maximumMean(from: model.start)
        let hold = process.gain(of: [Int](repeating: 0, count: model.path.count), from: model.start)
        let least = max(0, hold) + 1e-7 * (process.rewards.map(abs).max() ?? 0)
        guard best.gain > least, kind == .certain || lasts(kind, least) else { return nil }
        let cycle = FarmCycle(best, process, model) { position, action in position == 0 ? action == 0 : action != Int(OptionAction.exit.rawValue) && action != Int(OptionAction.trim.rawValue) }
        let steps = cycle.steps
        // Holding with nothing in hand is no farm. Keeping a trade is one where it is paid for certain or whatever happens; on a fair market it is what these days happened to bring.
        guard steps.contains(where: { $0.action != 0 || model.path[$0.state].position != 0 }) else { return nil }
        if case .kept = cycle.shape, kind == .fair { return nil }
        func mean(_ kind: Kind, _ pay: AbstractPay) -> Double { best.mean(of: Self.pooled(kind, model, pay).rewards, actions: model.actions) }
        return Found(
            actions: steps.map(\.action), shape: cycle.shape, trips: cycle.trips, gain: best.gain, holding: hold, terms: model.terms.map { mean(kind, $0) }, net: kind == .certain ? mean(.fair, model.pay) : nil,
            steps: steps.map { (["put", "flat", "call"][model.path[$0.state].position + 1], EnvironmentKind.options.actionNames[$0.action], process.rewards[$0.state * model.actions + $0.action]) })
    }

    /// Whether what is best on one half of the days is paid on the other too: luck is not.
    private func lasts(_ kind: Kind, _ least: Double) -> Bool {
        let halves = [0, 1].map { half in
            OptionsAbstraction(stack, market, days: given.days.enumerated().filter { $0.offset % 2 == half }.map(\.element), rules: given.rules)
        }.map { kind == .adverse ? $0.worst : $0.model() }
        return [0, 1].allSatisfy { half in
            let policy = Self.pooled(kind, halves[half], halves[half].pay).maximumMean(from: model.start).policy, other = halves[1 - half]
            let allowed = policy.enumerated().map { other.allowed[$0] >> UInt32($1) & 1 == 1 ? $1 : other.allowed[$0].trailingZeroBitCount }
            return Self.pooled(kind, other, other.pay).gain(of: allowed, from: model.start) > least
        }
    }

    // MARK: Rewards with a memory

    static let words: [[OptionAction]] = [
        [.buyCall, .exit], [.buyPut, .exit], [.buyCall, .exit, .buyPut, .exit], [.buyCall, .trim, .exit], [.buyPut, .trim, .exit],
        [.buyCall] + [OptionAction](repeating: .hold, count: 4) + [.exit], [.buyPut] + [OptionAction](repeating: .hold, count: 4) + [.exit],
        [.buyCall] + [OptionAction](repeating: .hold, count: 14) + [.exit], [.buyPut] + [OptionAction](repeating: .hold, count: 14) + [.exit],
    ]

    private func played(_ kind: Kind) -> Found? {
        guard kind != .adverse else { return nil }
        func play(_ trajectory: OptionsTrajectory) -> OptionsPlay { OptionsPlay(stack, market, trajectory, rules: given.rules) }
        func terms(_ play: OptionsPlay) -> [Double] { kind == .certain ? play.certain : zip(play.certain, play.uncertain).map { $0 + $1 } }
        func gain(_ play: OptionsPlay) -> Double { terms(play).reduce(0, +) }
        let holding = gain(play(market.lintTrader(days: given.days, rules: given.rules, entry: 0, exit: 0, trim: 0)))
        let plays = Self.words.map { (word: $0, play: play(market.repeating($0, days: given.days, rules: given.rules))) }
        guard let top = plays.max(by: { gain($0.play) < gain($1.play) }) else { return nil }
        let noise = top.play.uncertainDeviation
        guard gain(top.play) > max(0, holding) + max(1e-9, kind == .certain ? 0 : max(0.02 * noise, 6 * noise / Double(max(1, top.play.steps)).squareRoot())) else { return nil }
        var position = 0
        let steps = top.word.map { action -> (state: String, action: String, pay: Double) in
            defer { position = action == .buyCall ? 1 : action == .buyPut ? -1 : action == .exit ? 0 : position }
            return (["put", "flat", "call"][position + 1], action.name, gain(top.play))
        }
        return Found(
            actions: top.word.map { Int($0.rawValue) }, trips: 1 / Double(top.word.count), gain: gain(top.play), holding: holding, terms: terms(top.play),
            net: kind == .certain ? top.play.certain.reduce(0, +) + top.play.uncertain.reduce(0, +) : nil, steps: steps)
    }

    // MARK: The story

    private func story(_ kind: Kind, _ found: Found) -> FarmStory? {
        let terms = zip(design.terms, found.terms).map { (id: $0.id, pay: $1) }.filter { abs($0.pay) > 1e-9 * abs(found.gain) }.sorted { $0.pay > $1.pay }
        guard terms.contains(where: { $0.pay > 0 }) else { return nil }
        let cycle = optionCycle(stack, market, days: given.days, rules: given.rules, seed: 1, gamma: given.gamma)
        let words = found.actions.map { EnvironmentKind.options.actionNames[$0] }
        let excess = found.gain - max(0, found.holding), turns = !found.shape.isStanding && found.trips > 0
        let friction = turns && cycle.profitWeight > 0 ? excess / found.trips / cycle.profitWeight : nil
        let regimes = [(name: "any regime", pay: found.gain, holding: found.holding)]
        var sentence = FarmWords.sentence(kind.code, found.shape, words, regimes, terms, friction: friction, worst: nil, net: found.net, step: "step")
        if turns { sentence += " (here a round trip costs \(FarmWords.points(cycle.friction)) of the premium)" }
        return FarmStory(
            code: kind.code, actions: words, regimes: regimes, terms: terms, breakEvenFriction: friction, worst: nil, steps: found.steps, sentence: sentence,
            patch: FarmWords.patch(kind.code, found.shape, design: design, stack: stack, terms, excess: excess))
    }
}
