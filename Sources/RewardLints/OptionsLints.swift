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
    /// Trajectories of scripted teachers, an experiment's demonstrations and trained policies, for the table of what is reached.
    public let others: [(name: String, kind: ReachPolicy.Kind, trajectory: OptionsTrajectory)]
    /// Minutes of each regime that training will see; nil counts those of `days`.
    public let trainingMinutes: [Int]?
    /// Whether the report tells of the abstract process too.
    public let explains: Bool

    public init(
        market: OptionsMarket, days: [Int], rules: EpisodeRules = EpisodeRules(), observed: ObservedNames, scope: NameScope, gamma: Double, title: String,
        others: [(name: String, kind: ReachPolicy.Kind, trajectory: OptionsTrajectory)] = [], trainingMinutes: [Int]? = nil, explains: Bool = false
    ) {
        self.trainingMinutes = trainingMinutes
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
    let model, worst: AbstractModel
    let policies: [(name: String, play: OptionsPlay)]
    /// A random trader's trades of about fifteen minutes.
    let trades: OptionsTrajectory
    let facts: TermFacts

    init(_ design: RewardDesign, _ given: OptionsLintMarket) {
        self.design = design
        self.given = given
        let stack = RewardStack(design), market = given.market, days = given.days, rules = given.rules
        self.market = market
        self.stack = stack
        let abstraction = OptionsAbstraction(stack, market, days: days, rules: rules), model = abstraction.model()
        self.model = model
        worst = abstraction.worst
        trades = market.lintTrader(days: days, rules: rules, entry: 0.1, exit: 1.0 / 15, trim: 0.03)
        let references: [(name: String, kind: ReachPolicy.Kind, trajectory: OptionsTrajectory)] = [
            ("random", .random, market.uniformTrader(days: days, rules: rules)), ("random trades of 15 minutes", .random, trades),
            ("random trades of an hour", .random, market.lintTrader(days: days, rules: rules, entry: 0.1, exit: 1.0 / 60, trim: 0.01)),
            ("always HOLD", .fixed, market.lintTrader(days: days, rules: rules, entry: 0, exit: 0, trim: 0)),
        ]
        policies = references.map { ($0.name, OptionsPlay(stack, market, $0.trajectory, rules: rules)) }
        let reach = (references + given.others).map { name, kind, trajectory in
            var count = ReachCount(name, kind, terms: design.terms.count)
            count.add(stack, market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext))
            return count
        }
        facts = TermFacts(stack, model, reach: reach, trades: market.outcomes(of: trades, names: stack.names, rules: rules, needsNext: stack.needsNext), step: "step")
    }

    private var paying: [Int] { facts.paying }

    private func outcomes(_ trajectory: OptionsTrajectory, _ rules: EpisodeRules? = nil) -> OutcomeColumns {
        market.outcomes(of: trajectory, names: stack.names, rules: rules ?? given.rules, needsNext: stack.needsNext)
    }

    func report() -> LintReport {
        var report = LintReport()
        report.market = given.title
        if facts.lintFinite(&report) { return report }
        facts.lintFarms(OptionsFarms(stack: stack, given: given, model: model, worst: worst).stories(), credited: creditedCosts(), &report)
        leaks(&report)
        facts.lintReach(&report, reason: reason)
        units(&report)
        facts.lintScale(&report)
        facts.lintSpikes(&report)
        facts.lintDoubles(&report)
        facts.lintDrawdown(outcomes(trades), &report)
        oneSided(&report)
        observation(&report)
        memory(&report)
        identifiability(&report)
        report.sort()
        if given.explains { report.process = ProcessSummary(model, gamma: given.gamma, step: "minute").lines }
        return report
    }

    /// Terms that pay more when fees are twice as high, for the same choices.
    private func creditedCosts() -> [Int] {
        guard !stack.names.isDisjoint(with: ["cost", "fees", "net_profit", "realized", "trade_return"]) else { return [] }
        var dearer = given.rules
        dearer.feeMultiplier += 1
        let choices = trades.steps.map { OptionAction(rawValue: $0.facts.chosen) ?? .hold }
        var t = 0
        // Minute by minute the same choices: fees move no price, so no trade ends otherwise.
        let repeated = market.walk(days: given.days, rules: dearer, seed: 1, purpose: "lint trader") { _, _, _ in
            defer { t += 1 }
            return choices[t]
        }
        return facts.credited(outcomes(trades), dearer: outcomes(repeated, dearer))
    }

    // MARK: Chance

    private func leaks(_ report: inout LintReport) {
        let holding = policies[3].play
        for (name, play) in policies[1...2] {
            let gain = zip(play.uncertain, holding.uncertain).reduce(0) { $0 + $1.0 - $1.1 }
            guard gain > max(6 * play.standardError, 0.005 * play.uncertainDeviation, 1e-12) else { continue }
            let parts = paying.map { (k: $0, gain: play.uncertain[$0] - holding.uncertain[$0]) }.sorted { $0.gain > $1.gain }
            guard let top = parts.first, top.gain > 0 else { continue }
            report.add(
                .convexityLeak, design.terms[top.k], design,
                "'\(design.terms[top.k].id)' pays for chance: \(name) on a market that nobody can predict earn \(FarmWords.signed3(top.gain)) a step by it",
                help: "make gains and losses weigh the same: a loss at the stop costs what a gain of its size is paid, or pay net profit")
            return
        }
    }

    /// Why a threshold on the premium is never met: the seatbelt stop comes first.
    private func reason(_ term: RewardTerm) -> String {
        guard case .expression(let expression) = term.body, !expression.names.isDisjoint(with: ["premium_change", "unrealized"]) else { return "" }
        return "; the stop at \(FarmWords.points(-market.configuration.stop)) sells first"
    }

    private func units(_ report: inout LintReport) {
        guard let day = given.days.first else { return }
        let steps = market.lintTrader(days: [day], rules: given.rules, entry: 0.2, exit: 0.1, trim: 0.05)
        facts.lintUnits(
            [outcomes(steps)], priced: given.scope.names.filter { $0.unit == "price" }.map(\.name),
            help: "divide by the premium paid or by the price; 'net_profit' is a fraction of the premium already", &report)
    }

    // MARK: One side

    /// Certain pay for holding while flat, where no policy is paid more than one that always holds; or a fine, where trades that lose more often than not are paid more than holding.
    private func oneSided(_ report: inout LintReport) {
        let flat = model.start * model.actions, always = [Int](repeating: 0, count: model.path.count)
        func hold(_ k: Int) -> Double { zip(model.shares, model.terms[k].certain).reduce(0) { $0 + $1.0 * $1.1[flat] } }
        func process(hitRate: Double) -> MarkovDecisionProcess { model.pooled { g, pair in model.pay.at(hitRate: hitRate, regime: g, pair: pair) } }
        let fair = process(hitRate: 0.5), resting = fair.gain(of: always, from: model.start), least = 1e-9 * max(1, abs(resting))
        if resting > 0, fair.maximumMean(from: model.start).gain <= resting + least {
            for k in paying where hold(k) > 1e-12 {
                report.add(
                    .oneSidedGuarantee, design.terms[k], design, "'\(design.terms[k].id)' pays HOLD for certain, and no trade is paid as much on a market that nobody can predict",
                    help: "lower it, or give it a counterpart that a trade can earn")
            }
        }
        // Where trading is farmed that is told already.
        guard resting < 0, report.farms.isEmpty, process(hitRate: 0.45).maximumMean(from: model.start).gain > resting + least else { return }
        for k in paying where hold(k) < -1e-12 {
            report.add(
                .oneSidedGuarantee, design.terms[k], design,
                "'\(design.terms[k].id)' fines HOLD for certain (\(FarmWords.signed3(hold(k))) a step): trades that are wrong more often than right are paid more than holding",
                help: "lower the fine, or charge trades what they cost: else the policy trades to escape it")
        }
    }

    // MARK: Observation and memory

    private func observation(_ report: inout LintReport) {
        // Every third minute or so is enough, and quick.
        let steps = trades.steps, stride = max(1, steps.count / 8_000), states = Swift.stride(from: 0, to: steps.count, by: stride).map { steps[$0] }
        let names = given.observed.columns
        var columns = market.stateColumns(states.map(\.before), names: names.union(names.contains("may_buy_call") ? ["can_buy", "can_trim"] : []), given.rules)
            .map { name, column in (name: name, values: states.indices.map { column[$0] }) }.sorted { $0.name < $1.name }
        if given.observed.tells("regime") { columns.append(("regime", states.map { Double(market.regimes[Int($0.before.row)]) })) }
        let observed = ObservedSteps(columns, stretches: states.map { Int(market.dayOfRow[Int($0.before.row)]) })
        var walked = OptionsTrajectory()
        for state in states { walked.append([state][...], after: state.before) }
        let tried = TriedSteps(beside: walked, market, rules: given.rules)
        let actions = OptionAction.allCases.map { action -> (action: String, outcomes: OutcomeColumns, at: [Int]) in
            var own = OptionsTrajectory(), at: [Int] = []
            for i in tried.at.indices where tried.actions[i] == action.rawValue {
                own.append([tried.steps.steps[i]][...], after: tried.steps.finals[i])
                at.append(tried.at[i])
            }
            return (action.name, outcomes(own), at)
        }
        report.coverage = coverage(stack, observed, tried: actions)
        lintObservation(design, given.scope, given.observed, behind: [:], report.coverage, &report)
    }

    private func memory(_ report: inout LintReport) {
        guard !model.averaged.isEmpty else { return }
        // The trader's steps with one action in place of the one taken, wherever it is allowed.
        func replaced(_ action: OptionAction) -> OptionsTrajectory {
            var other = OptionsTrajectory()
            market.withDynamics(given.rules) { dynamics in
                for (i, start) in trades.starts.enumerated() {
                    let end = i + 1 < trades.starts.count ? trades.starts[i + 1] : trades.steps.count
                    let steps = trades.steps[start..<end].map { step -> RecordedStep in
                        guard dynamics.mask(step.before) & action.bit != 0 else { return step }
                        var state = step.before
                        return RecordedStep(before: step.before, facts: dynamics.step(&state, action.rawValue))
                    }
                    other.append(steps[...], after: trades.finals[i])
                }
            }
            return other
        }
        func both(_ action: OptionAction) -> [OutcomeColumns] {
            let steps = replaced(action), columns = outcomes(steps)
            return [columns, mirrored(columns, market, steps)]
        }
        facts.lintMemory(
            taken: outcomes(trades), entering: both(.buyCall), holding: both(.hold),
            flat: market.withDynamics(given.rules) { dynamics in trades.steps.indices.filter { dynamics.mask(trades.steps[$0].before) & OptionAction.buyCall.bit != 0 } },
            regimes: trades.steps.map { Int(market.regimes[Int($0.before.row)]) }, &report)
    }

    // MARK: Identifiability

    /// Whether the days can tell a trade from staying out, where entering is paid for as such: by what random trades are paid beyond holding as long, in the regime they were entered in.
    private func identifiability(_ report: inout LintReport) {
        let flat = model.start * model.actions
        // Of the better paid side, or the worse charged one.
        func contrast(_ k: Int) -> Double {
            [OptionAction.buyCall, .buyPut].map { buy in abs(zip(model.shares, model.terms[k].certain).reduce(0) { $0 + $1.0 * ($1.1[flat + Int(buy.rawValue)] - $1.1[flat]) }) }.max() ?? 0
        }
        let paid = paying.filter { stack.provenance(of: $0).contains(.guaranteed) && contrast($0) != 0 }
        guard let k = paid.max(by: { contrast($0) < contrast($1) }) else { return }
        let found = OptionsTrades(stack, market, trades, holding: market.lintTrader(days: given.days, rules: given.rules, entry: 0, exit: 0, trim: 0), rules: given.rules)
        var minutes = [Int](repeating: 0, count: Regime.names.count)
        for day in given.days { for row in market.days[day].rows { minutes[Int(market.regimes[row])] += 1 } }
        let open = Regime.names.indices.compactMap { g -> String? in
            // Trades that certain pay parts from holding; fewer than this tell nothing of their own spread.
            let paid = found.certain[g].indices.filter { abs(found.certain[g][$0]) > 1e-12 }
            guard paid.count >= 30, Double(paid.count) >= SpotLints.material * Double(found.certain[g].count) else { return nil }
            func moment(_ values: [Double]) -> (mean: Double, deviation: Double) { moments(paid.map { values[$0] }) }
            let gap = moment(found.fair[g]).mean, deviation = moment(found.gaps[g]).deviation
            guard abs(gap) > 1e-9 * deviation, deviation > 0, makesTheGap(certain: moment(found.certain[g]).mean, of: gap) else { return nil }
            let share = Double(paid.count) / Double(found.certain[g].count)
            let needed = (2 * deviation / gap) * (2 * deviation / gap), have = share * Double((given.trainingMinutes ?? minutes)[g]) / found.length
            guard needed > have else { return nil }
            return "\(Regime.names[g]) \(FarmWords.signed3(gap)) a trade\(share < 1 ? " of the \(FarmWords.points(share)) that certain pay decides" : ""), \(grouped(needed.rounded(.up))) trades needed, \(grouped(have.rounded(.down))) fit into its minutes"
        }
        guard !open.isEmpty else { return }
        report.add(
            .notIdentifiable, design.terms[k], design, "the days cannot tell whether trading or holding is paid more: \(open.joined(separator: "; ")) (two sigma, no edge)",
            help: "what the policy does there is luck of the sample: give more days, make the difference larger, or the weight of profits smaller")
    }
}
