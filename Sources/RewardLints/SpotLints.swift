internal import AbstractMDP
internal import ComponentKit
public import Environments
public import Expressions
internal import NumericKernels
public import RewardAnalysis
public import Rewards
internal import TradingTypes

/// What spot lints need beside the reward.
public struct SpotLintMarket: Sendable {
    /// Bars, columns, labels and a reference path. Fees should not be zero where a term reads costs: see `withFees`.
    public let market: AnalysisMarket
    public let observed: ObservedNames
    /// Every readable name, for units and times.
    public let scope: NameScope
    /// Bars of each regime that training will see; nil counts those of the market.
    public let trainingBars: [Int]?
    /// What the market is, for the report.
    public let title: String
    /// What scripted teachers and trained policies do on the first `playedBars` of the analysed bars.
    public let others: [(name: String, actions: [UInt8])]
    /// Whether the report tells of the abstract process too, solved at this discount.
    public let explains: Bool
    public let gamma: Double
    /// Bars on which policies are played.
    public static let playedBars = 12_000

    public init(
        market: AnalysisMarket, observed: ObservedNames, scope: NameScope, trainingBars: [Int]? = nil, title: String, others: [(name: String, actions: [UInt8])] = [], explains: Bool = false,
        gamma: Double = 0.99
    ) {
        self.others = others
        self.explains = explains
        self.gamma = gamma
        self.market = market
        self.observed = observed
        self.scope = scope
        self.trainingBars = trainingBars
        self.title = title
    }

    /// The environment that lints judge a reward in: as set, but with 10 basis points of fees where the reward reads costs and none are set, so that a wrong sign shows.
    public static func withFees(_ configuration: SpotConfiguration, for design: RewardDesign) -> SpotConfiguration {
        let names = RewardStack(design).names
        guard configuration.feeBasisPoints == 0, configuration.slippageBasisPoints == 0, !names.isDisjoint(with: ["cost", "realized"]) else { return configuration }
        var other = configuration
        other.feeBasisPoints = 10
        return other
    }
}

/// Lints a reward for the spot market.
public func lintReward(_ design: RewardDesign, on lintMarket: SpotLintMarket) -> LintReport { SpotLints(design, lintMarket).report() }

/// The lints of one spot reward. K terms, G regimes.
struct SpotLints {
    let design: RewardDesign
    let stack: RewardStack
    let given: SpotLintMarket
    let market: AnalysisMarket
    let abstraction: SpotAbstraction
    let fair: AbstractModel
    let policies: [(name: String, play: SpotPlay)]
    let paying: [Int]
    /// What each term pays on random trades, [K].
    let sizes: [SpotTermSize]

    init(_ design: RewardDesign, _ given: SpotLintMarket) {
        self.design = design
        self.given = given
        market = given.market
        let stack = RewardStack(design)
        self.stack = stack
        abstraction = SpotAbstraction(stack, market)
        fair = abstraction.model(hitRate: 0.5)
        let rows = market.rows.prefix(SpotLintMarket.playedBars), market = market
        policies = (SpotPlay.referencePolicies(bars: rows.count, seed: 1) + given.others).map { ($0.name, SpotPlay(stack, market, rows: rows, actions: $0.actions)) }
        paying = design.terms.indices.filter { design.terms[$0].weight != 0 }
        sizes = design.terms.indices.map { SpotTermSize(stack, market, term: $0) }
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
        observation(&report)
        memory(&report)
        identifiability(&report)
        report.sort()
        if given.explains { report.process = ProcessSummary(fair, gamma: given.gamma, deviation: policies[3].play.deviation, step: "bar").lines }
        return report
    }

    // MARK: Farms

    private func farms(_ report: inout LintReport) {
        let credited = creditedCosts()
        for var story in SpotFarms(stack, market, abstraction).stories() {
            let top = story.terms.first { $0.pay > 0 }?.id
            if let term = credited.first(where: { design.terms[$0].id == top }) { story = story.asCreditedCost(design.terms[term].id) }
            guard let k = design.terms.firstIndex(where: { $0.id == top }) else { continue }
            report.farms.append(story)
            report.add(story.code, design.terms[k], design, story.sentence, help: story.patch)
            FarmWords.accomplices(story, design, holding: story.regimes[0].holding, step: "bar", &report)
        }
        for k in credited where !report.issues.contains(where: { $0.code == LintCode.farmAdversarial.rawValue && $0.line == design.terms[k].line }) {
            report.add(.farmAdversarial, design.terms[k], design, "'\(design.terms[k].id)' pays more the higher the cost is: a fee is credited instead of charged", help: "turn its sign: 'cost' is positive when something is paid")
        }
    }

    /// Terms that pay more when fees rise and nothing else changes.
    private func creditedCosts() -> [Int] {
        let rows = market.rows.prefix(2_000)
        let actions = SpotPlay.referencePolicies(bars: rows.count, seed: 1)[1].actions
        let path = SpotPath(market.environment, rows: rows, actions: actions)
        let columns = market.columns(stack.names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
        let plain = market.environment.outcomes(taken: path, actions: actions, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
        guard case .values(let cost)? = plain.columns["cost"], let changed = plain.columns["changed"] else { return [] }
        var dearer = plain
        dearer.columns["cost"] = .values(cost.indices.map { cost[$0] + (changed[$0] != 0 ? 1e-3 : 0) })
        let before = stack.ledger(plain).map { $0.filter(\.isFinite).reduce(0, +) }, after = stack.ledger(dearer).map { $0.filter(\.isFinite).reduce(0, +) }
        return paying.filter { after[$0] > before[$0] + 1e-9 * max(1, abs(before[$0])) }
    }

    // MARK: Convexity

    /// Random trades on futures that are as likely as their mirror images: what chance alone is paid beyond holding.
    private func leaks(_ report: inout LintReport) {
        let holding = policies[5].play
        for (name, play) in policies.prefix(3) {
            let gain = play.fairUncertain - holding.fairUncertain
            guard gain > max(6 * play.standardError, 0.005 * play.deviation, 1e-12) else { continue }
            let parts = paying.map { (k: $0, gain: play.fairUncertain($0) - holding.fairUncertain($0)) }.sorted { $0.gain > $1.gain }
            guard let top = parts.first, top.gain > 0 else { continue }
            let term = design.terms[top.k], others = parts.dropFirst().filter { $0.gain > 0.1 * top.gain }.map { "'\(design.terms[$0.k].id)' \(FarmWords.signed3($0.gain))" }
            let fined = holding.fairUncertain(top.k) < 0 && abs(play.fairUncertain(top.k)) < abs(holding.fairUncertain(top.k))
            let what = fined
                ? "'\(term.id)' fines holding for moves that nobody could foresee, which is worth \(FarmWords.signed3(top.gain)) a bar to somebody who trades at random"
                : "'\(term.id)' pays for chance: \(name == "random" ? "random actions" : name) on a market that nobody can predict earn \(FarmWords.signed3(top.gain)) a bar by it beyond holding"
            report.add(
                .convexityLeak, term, design, what + (others.isEmpty ? "" : " (also \(others.joined(separator: ", ")))"),
                help: fined ? "charge a wrong trade as much as a missed one, or compare with the best action after costs (term: regret)"
                    : "make gains and losses weigh the same: charge for a loss what a gain is paid; no max(0, ...), no bonus for winning without its counterpart")
            return
        }
    }

    // MARK: Reach

    private func reach(_ report: inout LintReport) {
        report.policies = policies.map(\.name)
        report.reach = design.terms.enumerated().map { k, term in ReachRow(term: term.id, weight: term.weight, hits: policies.map { $0.play.activity[k] }) }
        for k in paying where !isPotential(k) {
            let term = design.terms[k], row = report.reach[k], tried = triedAnywhere(k)
            if row.hits.allSatisfy({ $0 == 0 }), !tried {
                report.add(
                    .neverFires, term, design, "'\(term.id)' never fired: not once in \(grouped(policies.reduce(0) { $0 + $1.play.counts.reduce(0, +) })) steps of \(policies.count) policies, nor in any state tried",
                    help: "its condition cannot be met on these bars: \(term.formula); loosen it, or remove the term")
            } else if row.hits[0] < 1e-4, isBonus(k) {
                let most = zip(policies.map(\.name), row.hits).max { $0.1 < $1.1 }
                report.add(
                    .unreachableTerm, term, design,
                    "'\(term.id)' is out of reach of a policy that explores: random actions are paid it on \(FarmWords.points(row.hits[0])) of their steps (at most \(FarmWords.points(most?.1 ?? 0)), \(most?.0 ?? ""))",
                    help: "what is never met is never learnt: start from a teacher script that reaches it, or pay a step on the way to it as a potential")
            }
        }
    }

    private func isPotential(_ k: Int) -> Bool {
        if case .potential = design.terms[k].body { return true }
        return false
    }

    /// Whether the term pays anything in some abstract state.
    private func triedAnywhere(_ k: Int) -> Bool {
        let pay = fair.terms[k]
        return pay.certain.joined().contains { $0 != 0 } || pay.favourable.joined().contains { $0 != 0 } || pay.adverse.joined().contains { $0 != 0 }
    }

    /// Whether most of what the term pays is a gain.
    private func isBonus(_ k: Int) -> Bool {
        let pay = fair.terms[k]
        let sum = pay.certain.joined().reduce(0, +) + 0.5 * (pay.favourable.joined().reduce(0, +) + pay.adverse.joined().reduce(0, +))
        return sum > 0
    }

    // MARK: Units and scale

    private func units(_ report: inout LintReport) {
        let priced = paying.filter { scalesWithPrice($0) }
        guard let first = priced.first, priced.count < paying.count else { return }
        let other = paying.first { !priced.contains($0) }!
        let size = typical(first), plain = typical(other)
        report.add(
            .unitMismatch, design.terms[first], design,
            "'\(design.terms[first].id)' is paid in the price's currency (about \(shortNumber(rounded3(size))) at a time), '\(design.terms[other].id)' in plain numbers (\(shortNumber(rounded3(plain)))): their ratio changes with the price",
            help: "divide by the price (direction * next_return), by the volatility, or by the average range (term: position_return)")
    }

    /// Whether the term's pay changes when prices are quoted in another currency.
    private func scalesWithPrice(_ k: Int) -> Bool {
        let rows = market.rows.prefix(256)
        let priced = given.scope.names.filter { $0.unit == "price" }.map(\.name)
        let names = stack.names
        guard !names.isDisjoint(with: priced) else { return false }
        let columns = market.columns(names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
        let path = SpotPath(market.environment, rows: rows, actions: SpotPlay.referencePolicies(bars: rows.count, seed: 1)[0].actions)
        for action in SpotAction.allCases {
            let plain = market.environment.outcomes(of: action, rows: rows, along: path, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
            var other = plain
            func scaled(_ columns: [String: Column]) -> [String: Column] {
                columns.reduce(into: [:]) { out, entry in
                    guard priced.contains(entry.key) else { return out[entry.key] = entry.value }
                    out[entry.key] = .values((0..<plain.count).map { 10 * entry.value[$0] })
                }
            }
            other.columns = scaled(plain.columns)
            other.next = scaled(plain.next)
            for (a, b) in zip(stack.parts(of: k, tried: plain, taken: plain), stack.parts(of: k, tried: other, taken: other)) {
                if (0..<plain.count).contains(where: { abs(a.pay[$0] - b.pay[$0]) > 1e-9 * max(abs(a.pay[$0]), abs(b.pay[$0])) }) { return true }
            }
        }
        return false
    }

    private func scale(_ report: inout LintReport) {
        // The base: the uncertain term that moves most on its own.
        let base = paying.filter { isUncertain($0) }.max { spread($0) < spread($1) }
        guard let base, spread(base) > 0 else { return }
        for k in paying where k != base && !isPotential(k) {
            let size = typical(k), ratio = size / spread(base)
            guard size > 0, ratio < 0.01 || ratio > 10 else { continue }
            let term = design.terms[k]
            report.add(
                .scale, term, design,
                "'\(term.id)' pays about \(shortNumber(rounded3(size))) when it pays, \(ratio < 1 ? "only \(FarmWords.points(ratio)) of" : "\(shortNumber(rounded3(ratio))) times") the deviation of '\(design.terms[base].id)' (\(shortNumber(rounded3(spread(base)))) a bar)",
                help: ratio < 1 ? "it hardly counts: a weight of about \(shortNumber(rounded3(term.weight * 0.05 / ratio))) would make it 5% of the base" : "it drowns the base: a weight of about \(shortNumber(rounded3(term.weight / ratio))) would make it as large")
        }
    }

    private func isUncertain(_ k: Int) -> Bool { stack.provenance(of: k).contains(.uncertain) }

    /// Deviation of what the term pays a bar of a trade, over the regimes.
    private func spread(_ k: Int) -> Double { sizes[k].deviation }
    /// Mean size of what it pays, where it pays.
    private func typical(_ k: Int) -> Double { sizes[k].typical }

    // MARK: One side

    private func oneSided(_ report: inout LintReport) {
        guard fair.averaged.isEmpty else { return }
        var flagged: [Int: [String]] = [:]
        for g in fair.shares.indices where fair.shares[g] > 0 {
            let steady = Steady(fair, g)
            let premium = steady.certainHold - steady.certainTrade
            // Above zero-edge pay of holding by certain terms, and nothing that pays a trade back.
            let even = steady.breakEven
            if premium > 0, even.map({ $0 > 0.6 || $0 < 0 }) ?? true {
                for k in paying where fair.terms[k].certain[g][fair.start * 3] > 1e-12 && fair.terms[k].certain[g][fair.start * 3] > 0.05 * premium { flagged[k, default: []].append(place(g, even)) }
            }
        }
        for (k, places) in flagged.sorted(by: { $0.key < $1.key }) {
            report.add(
                .oneSidedGuarantee, design.terms[k], design,
                "'\(design.terms[k].id)' pays HOLD for certain, and nothing pays a trade back: trading needs a hit rate of \(places.joined(separator: ", "))",
                help: "lower the bonus, or give it a counterpart that a trade can earn; 'assay ev' shows the break-even of every regime")
        }
    }

    private func place(_ g: Int, _ even: Double?) -> String {
        let name = market.regimeNames[g]
        guard let even, even <= 1, even >= 0 else { return "more than 100% in \(name)" }
        return "\(FarmWords.points(even)) in \(name)"
    }

    // MARK: Observation and memory

    private func observation(_ report: inout LintReport) {
        let configuration = market.environment.configuration
        let charges = configuration.feeBasisPoints != 0 || configuration.slippageBasisPoints != 0
        lintObservation(design, given.scope, given.observed, behind: ["realized": "unrealized"].merging(charges ? ["cost": "position"] : [:]) { a, _ in a }, &report)
    }

    /// Terms whose memory moves what an action is worth.
    private func memory(_ report: inout LintReport) {
        for k in paying where stack.keepsMemory(k) {
            let effect = SpotMemory(stack, market, term: k)
            guard effect.share > 0.25 else { continue }
            report.add(
                .nonMarkov, design.terms[k], design,
                "'\(design.terms[k].id)' pays by a memory of the episode that the policy cannot see: it moves what an action is worth by \(shortNumber(rounded3(effect.memory))), the bars themselves by \(shortNumber(rounded3(effect.bars)))",
                help: "put the memory into the observation, shorten it, or pay it as a potential; a policy that cannot see it learns the average")
        }
    }

    // MARK: Identifiability

    private func identifiability(_ report: inout LintReport) {
        guard fair.averaged.isEmpty else { return }
        var open: [(regime: Int, needed: Double, have: Int, gap: Double)] = []
        let deviations = SpotTermSize.pairedDeviations(stack, market)
        for g in fair.shares.indices where fair.shares[g] > 0 {
            let steady = Steady(fair, g), gap = steady.trade - steady.hold, deviation = deviations[g]
            // A gap far below rounding is a tie, which is a fact and no doubt.
            guard abs(gap) > 1e-9 * max(steady.size, deviation), deviation > 0 else { continue }
            // Only what the design pays for an action as such asks to be told apart; risk charges and ramps do not.
            guard paying.contains(where: { stack.provenance(of: $0).contains(.guaranteed) && abs(Steady.contrast(fair.terms[$0], fair, g)) > 1e-9 * deviation }) else { continue }
            let needed = (2 * deviation / gap) * (2 * deviation / gap), have = given.trainingBars?[g] ?? market.regimeCounts[g]
            if needed > Double(have) { open.append((g, needed, have, gap)) }
        }
        guard !open.isEmpty else { return }
        // The certain term that makes the gap of the least decided regime.
        let worst = open.max { $0.needed / Double(max(1, $0.have)) < $1.needed / Double(max(1, $1.have)) }!
        let k = paying.max { abs(Steady.contrast(fair.terms[$0], fair, worst.regime)) < abs(Steady.contrast(fair.terms[$1], fair, worst.regime)) } ?? paying[0]
        let list = open.map { "\(market.regimeNames[$0.regime]) \(FarmWords.signed3($0.gap)) a bar, \(grouped($0.needed.rounded(.up))) bars needed of \(grouped($0.have))" }
        report.add(
            .notIdentifiable, design.terms[k], design,
            "the bars cannot tell whether trading or holding is paid more: \(list.joined(separator: "; ")) (two sigma, no edge)",
            help: "what the policy does there is luck of the sample: make the difference larger, or the returns' weight smaller, or divide returns by the volatility")
    }
}

extension FarmStory {
    /// The same cycle, known to live on a cost with the wrong sign.
    func asCreditedCost(_ term: String) -> FarmStory {
        FarmStory(
            code: .farmAdversarial, actions: actions, regimes: regimes, terms: terms, breakEvenFriction: nil, worst: worst, steps: steps,
            sentence: sentence.components("; friction").first + "; '\(term)' pays more the higher the cost is: a fee is credited instead of charged",
            patch: "turn the sign of '\(term)': costs are positive when something is paid")
    }
}

extension String {
    /// The text before and after the first `separator`.
    fileprivate func components(_ separator: String) -> (first: String, rest: String) {
        guard let range = firstRange(of: separator) else { return (self, "") }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
