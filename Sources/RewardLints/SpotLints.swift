internal import AbstractMDP
internal import ComponentKit
public import Environments
public import Expressions
internal import NumericKernels
public import RewardAnalysis
public import Rewards
internal import TradingTypes

/// One policy's actions on stretches of bars.
public struct SpotPlayed: Sendable {
    public let name: String
    public let kind: ReachPolicy.Kind
    /// One action a bar of `rows`.
    public let episodes: [(rows: Range<Int>, actions: [UInt8])]

    public init(_ name: String, _ kind: ReachPolicy.Kind, episodes: [(rows: Range<Int>, actions: [UInt8])]) {
        self.name = name
        self.kind = kind
        self.episodes = episodes
    }
}

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
    /// What scripted teachers, an experiment's demonstrations and trained policies do, for the table of what is reached: actions on stretches of bars, each begun flat.
    public let others: [SpotPlayed]
    /// Whether the report tells of the abstract process too, solved at this discount.
    public let explains: Bool
    public let gamma: Double
    /// Bars on which policies are played.
    public static let playedBars = 12_000
    /// Bars on which random trades are looked at one by one.
    static let tradedBars = 6_000

    public init(
        market: AnalysisMarket, observed: ObservedNames, scope: NameScope, trainingBars: [Int]? = nil, title: String, others: [SpotPlayed] = [], explains: Bool = false,
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
    let policies: [(name: String, kind: ReachPolicy.Kind, play: SpotPlay)]
    /// Random trades of about eight bars, and what they led to.
    let trades: SpotSteps
    let taken: OutcomeColumns
    let facts: TermFacts

    init(_ design: RewardDesign, _ given: SpotLintMarket) {
        self.design = design
        self.given = given
        let market = given.market, stack = RewardStack(design)
        self.market = market
        self.stack = stack
        abstraction = SpotAbstraction(stack, market)
        fair = abstraction.model(hitRate: 0.5)
        let rows = market.rows.prefix(SpotLintMarket.playedBars), references = SpotPlay.referencePolicies(bars: rows.count, seed: 1)
        policies = references.map { ($0.name, $0.kind, SpotPlay(stack, market, rows: rows, actions: $0.actions)) }
        let short = market.rows.prefix(SpotLintMarket.tradedBars)
        trades = SpotSteps(stack, market, rows: short, actions: SpotPlay.referencePolicies(bars: short.count, seed: 1)[1].actions)
        taken = trades.taken()
        var reach: [ReachCount] = []
        for played in references.map({ SpotPlayed($0.name, $0.kind, episodes: [(rows, $0.actions)]) }) + given.others {
            var count = ReachCount(played.name, played.kind, terms: design.terms.count)
            for episode in played.episodes where !episode.rows.isEmpty { count.add(stack, SpotSteps(stack, market, rows: episode.rows, actions: episode.actions).taken()) }
            reach.append(count)
        }
        facts = TermFacts(stack, fair, reach: reach, trades: taken, step: "bar")
    }

    private var paying: [Int] { facts.paying }

    func report() -> LintReport {
        var report = LintReport()
        report.market = given.title
        if facts.lintFinite(&report) { return report }
        facts.lintFarms(SpotFarms(stack, market, abstraction).stories(), credited: creditedCosts(), &report)
        leaks(&report)
        facts.lintReach(&report)
        facts.lintUnits(
            SpotAction.allCases.map { prefix.tried($0) }, priced: given.scope.names.filter { $0.unit == "price" }.map(\.name),
            help: "divide by the price (direction * next_return), by the volatility, or by the average range (term: position_return)", &report)
        facts.lintScale(&report)
        facts.lintSpikes(&report)
        facts.lintDoubles(&report)
        facts.lintDrawdown(taken, &report)
        oneSided(&report)
        observation(&report)
        let sides = [false, true]
        facts.lintMemory(
            taken: taken, entering: sides.map { trades.tried(.long, mirrored: $0) }, holding: sides.map { trades.tried(.hold, mirrored: $0) },
            flat: trades.path.position.indices.filter { trades.path.position[$0] == 0 }, regimes: trades.rows.map { Int(market.labels[$0]) }, &report)
        identifiability(&report)
        report.sort()
        if given.explains { report.process = ProcessSummary(fair, gamma: given.gamma, step: "bar").lines }
        return report
    }

    /// A few hundred bars of random actions: enough to see what moves with the price's unit.
    private var prefix: SpotSteps {
        let rows = market.rows.prefix(256)
        return SpotSteps(stack, market, rows: rows, actions: SpotPlay.referencePolicies(bars: rows.count, seed: 1)[0].actions)
    }

    /// Terms that pay more when trading costs ten basis points more and nothing else changes.
    private func creditedCosts() -> [Int] {
        var dearer = market.environment.configuration
        dearer.feeBasisPoints += 10
        return facts.credited(taken, dearer: SpotSteps(stack, market, rows: trades.rows, actions: trades.actions, in: SpotEnvironment(market.environment.bars, dearer)).taken())
    }

    // MARK: Convexity

    /// Random trades on futures that are as likely as their mirror images: what chance alone is paid beyond holding.
    private func leaks(_ report: inout LintReport) {
        let holding = policies[5].play
        for (name, _, play) in policies.prefix(3) {
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

    // MARK: One side

    private func oneSided(_ report: inout LintReport) {
        guard fair.averaged.isEmpty else { return }
        var paid: [Int: [(regime: Int, even: Double?)]] = [:], fined: [Int: [String]] = [:]
        let farmed = Set(report.farms.flatMap { $0.regimes.map(\.name) })
        for g in fair.shares.indices where fair.shares[g] > 0 {
            let steady = Steady(fair, g)
            let premium = steady.certainHold - steady.certainTrade, even = steady.breakEven
            func certain(_ k: Int) -> Double { fair.terms[k].certain[g][steady.flat] }
            // Above zero-edge pay of holding by certain terms, and nothing that pays a trade back. Where skill does not help, a trade that goes wrong is paid most.
            if premium > 0, even.map({ $0 > 0.6 }) ?? (steady.hold > steady.certainTrade + steady.adverse) {
                for k in paying where certain(k) > 1e-12 && certain(k) > 0.05 * premium { paid[k, default: []].append((g, even)) }
            }
            // Where trading is farmed that is told already.
            if premium < 0, let even, even < 0.45, !farmed.contains(market.regimeNames[g]) {
                for k in paying where certain(k) < -1e-12 && certain(k) < 0.05 * premium { fined[k, default: []].append(even > 0 ? "\(FarmWords.points(even)) in \(market.regimeNames[g])" : "any hit rate in \(market.regimeNames[g])") }
            }
        }
        for (k, places) in paid.sorted(by: { $0.key < $1.key }) {
            report.add(
                .oneSidedGuarantee, design.terms[k], design,
                "'\(design.terms[k].id)' pays HOLD for certain, and nothing pays a trade back: \(needs(places))",
                help: "lower the bonus, or give it a counterpart that a trade can earn; 'assay ev' shows the break-even of every regime")
        }
        for (k, places) in fined.sorted(by: { $0.key < $1.key }) {
            report.add(
                .oneSidedGuarantee, design.terms[k], design,
                "'\(design.terms[k].id)' fines HOLD for certain: a trade that is wrong more often than right is paid more than holding, down to a hit rate of \(places.joined(separator: ", "))",
                help: "lower the fine, or charge trades what they cost: else the policy trades to escape it; 'assay ev' shows the break-even of every regime")
        }
    }

    /// "trading needs a hit rate of 63% in LOW_VOL, and cannot earn as much in CRISIS"
    private func needs(_ places: [(regime: Int, even: Double?)]) -> String {
        let within = places.filter { ($0.even ?? 2) <= 1 }, beyond = places.filter { ($0.even ?? 2) > 1 }
        let rates = within.map { "\(FarmWords.points($0.even ?? 0)) in \(market.regimeNames[$0.regime])" }.joined(separator: ", ")
        let never = FarmWords.listed(beyond.map { market.regimeNames[$0.regime] })
        return (rates.isEmpty ? "" : "trading needs a hit rate of \(rates)") + (never.isEmpty ? "" : "\(rates.isEmpty ? "" : "; ")even a trader who is always right earns less in \(never)")
    }

    // MARK: Observation

    private func observation(_ report: inout LintReport) {
        let configuration = market.environment.configuration
        let charges = configuration.feeBasisPoints != 0 || configuration.slippageBasisPoints != 0
        let names = given.observed.columns, rows = trades.rows, path = trades.path
        var columns = market.columns(names, rows: rows).map { name, column in (name: name, values: (0..<rows.count).map { column[$0] }) }.sorted { $0.name < $1.name }
        if given.observed.tells("regime") {
            columns.removeAll { $0.name == "regime" }
            columns.append(("regime", rows.map { Double(market.labels[$0]) }))
        }
        for (name, values) in [("position", path.position), ("bars_in_position", path.barsInPosition), ("bars_flat", path.barsFlat), ("unrealized", path.unrealized), ("drawdown", path.drawdown)]
        where names.contains(name) {
            columns.removeAll { $0.name == name }
            columns.append((name, values))
        }
        let steps = ObservedSteps(columns, stretches: (0..<rows.count).map { $0 / 500 }), all = Array(0..<rows.count)
        report.coverage = coverage(stack, steps, tried: SpotAction.allCases.map { ($0.name, trades.tried($0), all) })
        lintObservation(
            design, given.scope, given.observed, behind: ["realized": "unrealized"].merging(charges ? ["cost": "position"] : [:]) { a, _ in a }, report.coverage, &report)
    }

    // MARK: Identifiability

    /// What less of a regime's bars than this decide moves its mix of actions by less than ten points: no doubt worth telling.
    static let material = 0.1

    private func identifiability(_ report: inout LintReport) {
        guard fair.averaged.isEmpty else { return }
        let each = fair.shares.indices.map { Steady(fair, $0) }, paid = paidBars(stack, market, sides: each.map(\.side))
        var open: [(regime: Int, needed: Double, have: Double, gap: Double)] = []
        for g in fair.shares.indices where fair.shares[g] > 0 && paid[g].share >= Self.material {
            // Elsewhere in the regime trading and holding differ by what the rest pays alone.
            let steady = each[g], bars = paid[g], gap = steady.trade - steady.hold + (1 - bars.share) * bars.certain
            // A gap far below rounding is a tie, which is a fact and no doubt. Risk charges and ramps, which depend on the path, ask for nothing.
            guard bars.deviation > 0, abs(gap) > 1e-9 * max(steady.size, bars.deviation), makesTheGap(certain: bars.certain, of: gap) else { continue }
            let needed = (2 * bars.deviation / gap) * (2 * bars.deviation / gap), have = bars.share * Double(given.trainingBars?[g] ?? market.regimeCounts[g])
            if needed > have { open.append((g, needed, have, gap)) }
        }
        guard !open.isEmpty else { return }
        // The certain term that makes the gap of the least decided regime.
        let worst = open.max { $0.needed / max(1, $0.have) < $1.needed / max(1, $1.have) }!.regime
        let trade = fair.start * 3 + Int(each[worst].side.rawValue)
        func contrast(_ k: Int) -> Double { abs(fair.terms[k].certain[worst][trade] - fair.terms[k].certain[worst][fair.start * 3]) }
        let k = paying.filter { stack.provenance(of: $0).contains(.guaranteed) }.max { contrast($0) < contrast($1) } ?? paying[0]
        let list = open.map { found -> String in
            let share = paid[found.regime].share
            return "\(market.regimeNames[found.regime]) \(FarmWords.signed3(found.gap)) a bar\(share < 1 ? " on the \(FarmWords.points(share)) that certain pay decides" : ""), \(grouped(found.needed.rounded(.up))) bars needed of \(grouped(found.have.rounded()))"
        }
        report.add(
            .notIdentifiable, design.terms[k], design,
            "the bars cannot tell whether trading or holding is paid more: \(list.joined(separator: "; ")) (two sigma, no edge)",
            help: "what the policy does there is luck of the sample: make the difference larger, or the returns' weight smaller, or divide returns by the volatility")
    }
}
