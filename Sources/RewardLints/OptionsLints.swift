internal import AbstractMDP
internal import ComponentKit
public import Expressions
internal import NumericKernels
internal import OptionsAnalysis
public import OptionsEnvironment
public import Rewards
internal import TradingTypes

/// What lints of an options reward need beside it.
public struct OptionsLintMarket: Sendable {
    public let market: OptionsMarket
    /// Days judged, as indices into the market's.
    public let days: [Int]
    public let rules: EpisodeRules
    public let observed: ObservedNames
    public let scope: NameScope
    public let gamma: Double
    public let title: String
    /// Trajectories of scripted teachers and trained policies, for the table of what is reached.
    public let others: [(name: String, trajectory: OptionsTrajectory)]
    /// Whether the report tells of the abstract process too.
    public let explains: Bool

    public init(
        market: OptionsMarket, days: [Int], rules: EpisodeRules = EpisodeRules(), observed: ObservedNames, scope: NameScope, gamma: Double, title: String,
        others: [(name: String, trajectory: OptionsTrajectory)] = [], explains: Bool = false
    ) {
        self.explains = explains
        self.market = market
        self.days = days
        self.rules = rules
        self.observed = observed
        self.scope = scope
        self.gamma = gamma
        self.title = title
        self.others = others
    }
}

/// Lints a reward for the options environment.
public func lintReward(_ design: RewardDesign, on lintMarket: OptionsLintMarket) -> LintReport { OptionsLints(design, lintMarket).report() }

/// The lints of one options reward. Regimes are pooled: a scalper's states are many, its minutes few.
struct OptionsLints {
    let design: RewardDesign
    let stack: RewardStack
    let given: OptionsLintMarket
    let market: OptionsMarket
    /// All days, and the two halves of them: a policy that is best on one half is judged on the other.
    let model: AbstractModel
    let halves: [AbstractModel]
    let policies: [(name: String, play: OptionsPlay)]
    let paying: [Int]

    init(_ design: RewardDesign, _ given: OptionsLintMarket) {
        self.design = design
        self.given = given
        market = given.market
        let stack = RewardStack(design), market = given.market, days = given.days, rules = given.rules
        self.stack = stack
        model = OptionsAbstraction(stack, market, days: days, rules: rules).model()
        halves = [0, 1].map { half in OptionsAbstraction(stack, market, days: days.enumerated().filter { $0.offset % 2 == half }.map(\.element), rules: rules).model() }
        func play(_ trajectory: OptionsTrajectory) -> OptionsPlay { OptionsPlay(stack, market, trajectory, rules: rules) }
        policies = [
            ("random", play(OptionsPlay.uniform(market, days: days, rules: rules, seed: 1))),
            ("random trades of 15 minutes", play(OptionsPlay.trader(market, days: days, rules: rules, entry: 0.1, exit: 1.0 / 15, trim: 0.03, seed: 1))),
            ("random trades of an hour", play(OptionsPlay.trader(market, days: days, rules: rules, entry: 0.1, exit: 1.0 / 60, trim: 0.01, seed: 1))),
            ("always HOLD", play(OptionsPlay.trader(market, days: days, rules: rules, entry: 0, exit: 0, trim: 0, seed: 1))),
        ] + given.others.map { ($0.name, play($0.trajectory)) }
        paying = design.terms.indices.filter { design.terms[$0].weight != 0 }
    }

    func report() -> LintReport {
        var report = LintReport()
        report.market = given.title
        farms(&report)
        leaks(&report)
        reach(&report)
        units(&report)
        scale(&report)
        oneSided(&report)
        lintObservation(design, given.scope, given.observed, behind: [:], &report)
        report.sort()
        if given.explains { report.process = ProcessSummary(model, gamma: given.gamma, deviation: policies[2].play.uncertainDeviation, step: "minute").lines }
        return report
    }

    // MARK: Farms

    private enum Kind: CaseIterable {
        case certain, adverse, fair
        var code: LintCode { self == .certain ? .farmGuaranteed : self == .adverse ? .farmAdversarial : .farmMartingale }
    }

    /// All regimes together, by their shares.
    private func pooled(_ kind: Kind, _ model: AbstractModel, _ pay: AbstractPay) -> MarkovDecisionProcess {
        model.pooled { g, pair in kind == .certain ? pay.certain[g][pair] : pay.at(hitRate: kind == .fair ? 0.5 : 0, regime: g, pair: pair) }
    }

    private func farms(_ report: inout LintReport) {
        let cycle = optionCycle(stack, market, days: given.days, rules: given.rules, seed: 1, gamma: given.gamma)
        for kind in Kind.allCases where report.farms.isEmpty {
            let process = pooled(kind, model, model.pay), best = process.maximumMean(from: model.start)
            let hold = process.gain(of: [Int](repeating: 0, count: model.path.count), from: model.start)
            let least = max(0, hold) + 1e-7 * (process.rewards.map(abs).max() ?? 0)
            guard best.gain > least else { continue }
            if kind != .certain {
                // What is best on one half of the days by luck does not last on the other.
                let crossed = [0, 1].map { half in
                    let policy = pooled(kind, halves[half], halves[half].pay).maximumMean(from: model.start).policy
                    let other = halves[1 - half]
                    return pooled(kind, other, other.pay).gain(of: policy.enumerated().map { other.allowed[$0] >> UInt32($1) & 1 == 1 ? $1 : other.allowed[$0].trailingZeroBitCount }, from: model.start)
                }
                guard crossed.allSatisfy({ $0 > least }) else { continue }
            }
            let steps = process.likeliestCycle(of: best.policy, from: model.start)
            guard steps.contains(where: { $0.action != 0 }) else { continue }
            let gains = zip(design.terms, model.terms).map { (id: $0.id, pay: best.mean(of: pooled(kind, model, $1).rewards, actions: model.actions)) }
            let terms = gains.filter { abs($0.pay) > 1e-9 * abs(best.gain) }.sorted { $0.pay > $1.pay }
            let words = steps.map { EnvironmentKind.options.actionNames[$0.action] }
            let trips = Double(steps.count { $0.action == Int(OptionAction.buyCall.rawValue) || $0.action == Int(OptionAction.buyPut.rawValue) })
            let excess = best.gain - max(0, hold)
            let friction = trips > 0 && cycle.profitWeight > 0 ? excess * Double(steps.count) / trips / cycle.profitWeight : nil
            let net = kind == .certain ? best.mean(of: pooled(.fair, model, model.pay).rewards, actions: model.actions) : nil
            let regimes = [(name: "any regime", pay: best.gain, holding: hold)]
            var sentence = FarmWords.sentence(kind.code, words, regimes, terms, friction: friction, worst: nil, net: net, step: "step")
            if trips > 0 { sentence += " (here a round trip costs \(FarmWords.points(cycle.friction)) of the premium)" }
            let story = FarmStory(
                code: kind.code, actions: words, regimes: regimes, terms: terms, breakEvenFriction: friction, worst: nil,
                steps: steps.map { (["put", "flat", "call"][model.path[$0.state].position + 1], EnvironmentKind.options.actionNames[$0.action], process.rewards[$0.state * model.actions + $0.action]) },
                sentence: sentence, patch: FarmWords.patch(kind.code, design: design, stack: stack, words, terms, excess: excess))
            guard let top = terms.first(where: { $0.pay > 0 }), let term = design.terms.first(where: { $0.id == top.id }) else { continue }
            report.farms.append(story)
            report.add(kind.code, term, design, sentence, help: story.patch)
            FarmWords.accomplices(story, design, holding: hold, step: "step", &report)
        }
    }

    // MARK: Chance

    private func leaks(_ report: inout LintReport) {
        let holding = policies[3].play
        for (name, play) in policies[1...2] {
            let gain = zip(play.uncertain, holding.uncertain).reduce(0) { $0 + $1.0 - $1.1 }
            guard gain > max(6 * play.uncertainDeviation / Double(max(1, play.steps)).squareRoot(), 0.005 * play.uncertainDeviation, 1e-12) else { continue }
            let parts = paying.map { (k: $0, gain: play.uncertain[$0] - holding.uncertain[$0]) }.sorted { $0.gain > $1.gain }
            guard let top = parts.first, top.gain > 0 else { continue }
            report.add(
                .convexityLeak, design.terms[top.k], design,
                "'\(design.terms[top.k].id)' pays for chance: \(name) on a market that nobody can predict earn \(FarmWords.signed3(top.gain)) a step by it",
                help: "make gains and losses weigh the same: a loss at the stop costs what a gain of its size is paid, or pay net profit")
            return
        }
    }

    // MARK: Reach

    private func reach(_ report: inout LintReport) {
        report.policies = policies.map(\.name)
        report.reach = design.terms.enumerated().map { k, term in ReachRow(term: term.id, weight: term.weight, hits: policies.map { $0.play.activity[k] }) }
        for k in paying where !isPotential(k) {
            let term = design.terms[k], row = report.reach[k], pay = model.terms[k]
            let tried = (pay.certain + pay.favourable + pay.adverse).joined().contains { $0 != 0 }
            if row.hits.allSatisfy({ $0 == 0 }), !tried {
                report.add(
                    .neverFires, term, design, "'\(term.id)' never fired in \(grouped(policies.reduce(0) { $0 + $1.play.steps })) steps of \(policies.count) policies, nor in any action tried beside them: \(term.formula)\(reason(term))",
                    help: "move its threshold to where trades get (what the policies met is in 'assay check --explain'), or remove the term")
            } else if row.hits[0] < 1e-4, pay.certain.joined().reduce(0, +) + 0.5 * (pay.favourable.joined().reduce(0, +) + pay.adverse.joined().reduce(0, +)) > 0 {
                let most = zip(policies.map(\.name), row.hits).max { $0.1 < $1.1 }
                report.add(
                    .unreachableTerm, term, design,
                    "'\(term.id)' is out of reach of a policy that explores: random actions are paid it on \(FarmWords.points(row.hits[0])) of their steps (at most \(FarmWords.points(most?.1 ?? 0)), \(most?.0 ?? ""))",
                    help: "what is never met is never learnt: start from a teacher script that reaches it ('assay teach'), or pay a step on the way to it as a potential")
            }
        }
    }

    /// Why a threshold on the premium is never met: the seatbelt stop comes first.
    private func reason(_ term: RewardTerm) -> String {
        guard case .expression(let expression) = term.body, !expression.names.isDisjoint(with: ["premium_change", "unrealized"]) else { return "" }
        return "; the stop at \(FarmWords.points(-market.configuration.stop)) sells first"
    }

    private func isPotential(_ k: Int) -> Bool {
        if case .potential = design.terms[k].body { return true }
        return false
    }

    // MARK: Units and scale

    private func units(_ report: inout LintReport) {
        let priced = paying.filter { scalesWithPrice($0) }
        guard let first = priced.first, let other = paying.first(where: { !priced.contains($0) }) else { return }
        let sizes = policies[1].play.typical
        report.add(
            .unitMismatch, design.terms[first], design,
            "'\(design.terms[first].id)' is paid in the price's currency (about \(shortNumber(rounded3(sizes[first]))) at a time), '\(design.terms[other].id)' in plain numbers (\(shortNumber(rounded3(sizes[other])))): their ratio changes with the price",
            help: "divide by the premium paid or by the price; 'net_profit' is a fraction of the premium already")
    }

    private func scalesWithPrice(_ k: Int) -> Bool {
        let priced = given.scope.names.filter { $0.unit == "price" }.map(\.name)
        guard !stack.names.isDisjoint(with: priced), let day = given.days.first else { return false }
        let trajectory = OptionsPlay.trader(market, days: [day], rules: given.rules, entry: 0.2, exit: 0.1, trim: 0.05, seed: 1)
        let plain = market.outcomes(of: trajectory, names: stack.names, rules: given.rules, needsNext: stack.needsNext)
        var other = plain
        for name in priced {
            if let column = plain.columns[name] { other.columns[name] = .values((0..<plain.count).map { 10 * column[$0] }) }
            if let column = plain.next[name] { other.next[name] = .values((0..<plain.count).map { 10 * column[$0] }) }
        }
        for (a, b) in zip(stack.parts(of: k, tried: plain, taken: plain), stack.parts(of: k, tried: other, taken: other)) {
            if (0..<plain.count).contains(where: { abs(a.pay[$0] - b.pay[$0]) > 1e-9 * max(abs(a.pay[$0]), abs(b.pay[$0])) }) { return true }
        }
        return false
    }

    private func scale(_ report: inout LintReport) {
        let play = policies[1].play
        guard let base = paying.filter({ stack.provenance(of: $0).contains(.uncertain) }).max(by: { play.deviation[$0] < play.deviation[$1] }), play.deviation[base] > 0 else { return }
        for k in paying where k != base && !isPotential(k) {
            let size = play.typical[k], ratio = size / play.deviation[base]
            guard size > 0, ratio < 0.01 || ratio > 10 else { continue }
            report.add(
                .scale, design.terms[k], design,
                "'\(design.terms[k].id)' pays about \(shortNumber(rounded3(size))) when it pays, \(ratio < 1 ? "only \(FarmWords.points(ratio)) of" : "\(shortNumber(rounded3(ratio))) times") the deviation of '\(design.terms[base].id)' (\(shortNumber(rounded3(play.deviation[base]))) a step)",
                help: ratio < 1 ? "it hardly counts: a weight of about \(shortNumber(rounded3(design.terms[k].weight * 0.05 / ratio))) would make it 5% of the base" : "it drowns the base: a weight of about \(shortNumber(rounded3(design.terms[k].weight / ratio))) would make it as large")
        }
    }

    // MARK: One side

    /// Certain pay for holding while flat, where no policy is paid more than one that always holds.
    private func oneSided(_ report: inout LintReport) {
        let flat = model.start * model.actions
        let process = pooled(.fair, model, model.pay), best = process.maximumMean(from: model.start)
        let hold = process.gain(of: [Int](repeating: 0, count: model.path.count), from: model.start)
        guard hold > 0, best.gain <= hold + 1e-9 * max(1, abs(hold)) else { return }
        for k in paying where zip(model.shares, model.terms[k].certain).reduce(0, { $0 + $1.0 * $1.1[flat] }) > 1e-12 {
            report.add(
                .oneSidedGuarantee, design.terms[k], design, "'\(design.terms[k].id)' pays HOLD for certain, and no trade is paid as much on a market that nobody can predict",
                help: "lower it, or give it a counterpart that a trade can earn")
        }
    }
}
