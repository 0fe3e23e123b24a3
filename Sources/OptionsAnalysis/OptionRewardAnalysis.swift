internal import ComponentKit
internal import NumericKernels
public import OptionsEnvironment
public import RewardAnalysis
public import Rewards
internal import TradingTypes

/// The expected-value analysis of rewards for the options environment: what each action is paid in the step that it is chosen for, per regime, while flat and in a trade, and what the
/// reward pays over several steps (`OptionStories`).
///
/// A step's pay is not a policy's: what comes after it depends on the actions to come. So the verdict is about the first thing that a learner sees, the pay of a single decision, and the notes tell of
/// cycles, sales and discounting.
/// - Parameters:
///   - days: of the market, those analysed.
///   - data: description of the bars, for the report.
///   - forOtherWeights: whether `RewardValue.weightPay` is worked out.
public func analyseOptionRewards(
    _ designs: [RewardDesign], on market: OptionsMarket, days: [Int], split: String, rules: EpisodeRules = EpisodeRules(), data: [(label: String, value: String)],
    _ settings: ExpectedValueSettings, command: String, forOtherWeights: Bool = false
) -> ExpectedValueReport {
    let decisions = OptionDecisions(market, days: days, rules: rules, seed: settings.seed)
    var rewards = designs.map { OptionJudgement($0, market, decisions, rules, settings).value }
    if forOtherWeights {
        for i in designs.indices { rewards[i].weightPay = WeightPay(RewardStack(designs[i]), market, decisions, rules: rules, blockLength: rewards[i].blockLength) }
    }
    let c = market.configuration
    var strip: [(time: Int64, close: Double, regime: UInt8)] = []
    if let close = market.column("close") {
        let rows = days.sorted().flatMap { Array(market.days[$0].rows) }
        strip = stride(from: 0, to: rows.count, by: max(1, rows.count / 3_000)).map { (market.source.time[market.sourceRows[rows[$0]]], close[rows[$0]], market.regimes[rows[$0]]) }
    }
    var report = ExpectedValueReport.blank
    report.rewards = rewards
    report.gamma = settings.gamma
    report.discount = discountTable(gamma: settings.gamma, barSeconds: 60)
    report.data = data + [("decisions", "\(grouped(decisions.flatRows.count)) flat, \(grouped(decisions.tradeRows.count)) in a random trader's trades")]
    report.parameters = [
            ("split", split), ("gamma", "\(settings.gamma)"), ("replicates", "\(settings.replicates)"), ("seed", "\(settings.seed)"),
            ("contract", "\(c.daysToExpiry) trading days to expiry"), ("contracts", "\(c.contracts)"), ("stop", "-\(shortNumber(100 * c.stop))%"),
            ("fee", "\(shortNumber(rules.feeMultiplier * c.feePerContract)) dollars a contract and fill"),
            ("reference path", "random trader (enters with probability 1/10 a minute, leaves with 1/15)"),
        ]
    report.actionNames = OptionDecisions.flatActions.map(\.name)
    report.regimeNames = Regime.names
    report.replicates = settings.replicates
    report.bars = decisions.flatRows.count
    report.strip = strip
    report.command = command
    return report
}

/// One reward judged.
private struct OptionJudgement {
    let design: RewardDesign
    let stack: RewardStack
    let market: OptionsMarket
    let decisions: OptionDecisions
    let settings: ExpectedValueSettings
    let stories: OptionStories
    let flat, inTrade: [OptionPay]
    private let flatTable, tradeTable: ResampledTable?

    init(_ design: RewardDesign, _ market: OptionsMarket, _ decisions: OptionDecisions, _ rules: EpisodeRules, _ settings: ExpectedValueSettings) {
        self.design = design
        stack = RewardStack(design)
        self.market = market
        self.decisions = decisions
        self.settings = settings
        let stack = stack
        let flat = decisions.flat.map { OptionPay(stack, market, $0, rules: rules) }
        self.flat = flat
        stories = OptionStories(stack: stack, market: market, decisions: decisions, flat: flat, rules: rules, gamma: settings.gamma)
        inTrade = decisions.inTrade.map { OptionPay(stack, market, $0, rules: rules) }
        func less(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
        flatTable = ResampledTable(
            columns: flat.map(\.total) + [less(flat[1].total, flat[0].total), less(flat[2].total, flat[0].total)]
                + [less(flat[1].zeroEdge, flat[0].zeroEdge), less(flat[2].zeroEdge, flat[0].zeroEdge)],
            regimes: decisions.flatRows.map { market.regimes[$0] }, blocksOn: 3..<7, settings)
        tradeTable = ResampledTable(
            columns: inTrade.map(\.total) + [less(inTrade[1].total, inTrade[0].total), less(inTrade[2].total, inTrade[0].total)],
            regimes: decisions.tradeRows.map { market.regimes[$0] }, blocksOn: 3..<5, settings)
    }

    var value: RewardValue {
        let all = max(1, decisions.flatRows.count)
        let regimes = Regime.names.indices.map { regime($0, of: all) }
        let activity = design.terms.indices.map { k in
            let pays = flat + inTrade
            let steps = pays.reduce(0) { $0 + $1.total.count }
            return pays.reduce(0) { $0 + $1.activity[k] * Double($1.total.count) } / Double(max(1, steps))
        }
        let never = design.terms.indices.filter { activity[$0] == 0 && design.terms[$0].weight != 0 }.map { design.terms[$0] }
        let steps = (flat + inTrade).reduce(0) { $0 + $1.total.count }
        let proof = resampled()
        var value = RewardValue.blank
        value.name = design.name
        value.file = design.file
        value.about = design.about
        value.hash = SHA256.hex(Array(design.text.utf8))
        value.terms = design.terms.indices.map { k in
            let term = design.terms[k]
            var report = TermReport.blank
            (report.id, report.weight, report.accrual, report.formula) = (term.id, term.weight, term.accrual.rawValue, term.formula)
            (report.provenance, report.resampling, report.activity) = (stack.provenance(of: k).map(\.rawValue), proof[k], activity[k])
            return report
        }
        value.regimes = regimes
        value.coinFlipPerBar = 0.5 * (mean(flat[1].total) + mean(flat[2].total))
        value.coinFlipInterval95 = flatTable.map { $0.pooled(flat[1].total, flat[2].total) } ?? Interval(.nan, .nan)
        let shares = regimes.map { Double($0.bars) / Double(all) }
        func share(_ test: (RegimeValue) -> Bool) -> Double { zip(regimes, shares).reduce(0) { $0 + (test($1.0) ? $1.1 : 0) } }
        // What is known at the decision differs from minute to minute: the greedy action is that of each minute.
        func greedy(_ action: Int) -> Double { zip(regimes, shares).reduce(0) { $0 + ($1.0.zeroEdgeShares.isEmpty ? 0 : $1.0.zeroEdgeShares[action].share * $1.1) } }
        let verdict = Verdict.classify(hold: greedy(0), sides: [greedy(1), greedy(2)])
        let isOpen = verdict != "mixed" && share { $0.isOpen } > 0.2
        value.verdictClass = isOpen ? "undecided" : verdict
        value.learnableEdgeClass = "undecided"
        value.sentence = sentence(value.verdictClass, regimes)
        value.notes = stories.notes(neverFired: never, tried: steps)
        value.blockLength = flatTable?.block ?? 1
        return value
    }

    private func sentence(_ verdict: String, _ regimes: [RegimeValue]) -> String {
        let known = regimes.filter { $0.bars > 0 }
        let gaps = known.map { $0.zeroEdgeGap.value.map { signed($0) } ?? "-" }.joined(separator: " / ")
        let where_ = "(\(known.map(\.regime).joined(separator: " / ")))"
        switch verdict {
        case "hold_collapse": return "a single step pays for holding: at zero edge, buying is paid \(gaps) against HOLD in the minute it is chosen \(where_); whatever makes up for it comes later and is discounted"
        case "always_trade", "one_sided": return "a single step pays for buying: at zero edge it is paid \(gaps) more than HOLD in the minute it is chosen \(where_)"
        case "undecided": return "undecided: the interval of the zero-edge gap between buying and holding contains zero where the class turns on it; gaps \(gaps) \(where_)"
        default: return "mixed by regime: in the minute it is chosen, buying is paid \(gaps) against HOLD at zero edge \(where_)"
        }
    }

    private func regime(_ g: Int, of all: Int) -> RegimeValue {
        let rows = decisions.flatRows.indices.filter { market.regimes[decisions.flatRows[$0]] == UInt8(g) }
        let trades = decisions.tradeRows.indices.filter { market.regimes[decisions.tradeRows[$0]] == UInt8(g) }
        var value = RegimeValue.blank
        value.regime = Regime.names[g]
        value.bars = rows.count
        value.share = Double(rows.count) / Double(all)
        value.runs = rows.indices.count { $0 == 0 || decisions.flatRows[rows[$0]] != decisions.flatRows[rows[$0 - 1]] + 1 }
        let noHitRate = "an option's premium has no hit rate: its losses and gains differ in size"
        value.breakEvenHitRate = Estimate(nil, reason: noHitRate)
        value.observedHitRate = Estimate(nil, reason: noHitRate)
        guard !rows.isEmpty, let table = flatTable else {
            value.zeroEdgeGap = Estimate(nil, reason: "no decisions in this regime")
            value.barsToDecide = value.zeroEdgeGap
            value.guaranteePremium = .nan
            value.uncertainAtHalf = .nan
            value.uncertainSlope = .nan
            value.coinFlip = .nan
            value.actions = OptionDecisions.flatActions.map { nothing($0.name) }
            value.sentence = "no decisions in this regime"
            return value
        }
        value.actions = zip(OptionDecisions.flatActions, flat).enumerated().map { k, pair in action(pair.0.name, pair.1, rows, table, g, column: k) }
        if let trade = tradeTable, !trades.isEmpty {
            value.inTrade = zip(OptionDecisions.tradeActions, inTrade).enumerated().map { k, pair in action(pair.0.name, pair.1, trades, trade, g, column: k) }
            value.inTradeContrasts = [trade.contrast("TRIM-HOLD", g, column: 3), trade.contrast("EXIT-HOLD", g, column: 4)]
            value.inTradeBars = trades.count
        }
        value.contrasts = [table.contrast("BUY_CALL-HOLD", g, column: 3), table.contrast("BUY_PUT-HOLD", g, column: 4)]
        func certain(_ a: Int) -> Double { value.actions[a].guaranteed + value.actions[a].path }
        value.guaranteePremium = certain(0) - max(certain(1), certain(2))
        value.uncertainAtHalf = .nan
        value.uncertainSlope = .nan
        value.coinFlip = 0.5 * (value.actions[1].expected + value.actions[2].expected)
        let best = table.mean(g, 5) >= table.mean(g, 6) ? 5 : 6, gap = table.mean(g, best)
        let scale = value.actions.map { abs($0.expected) }.max() ?? 0
        value.zeroEdgeGreedy = abs(gap) <= 1e-9 * scale ? "TIE" : gap < 0 ? "HOLD" : best == 5 ? "BUY_CALL" : "BUY_PUT"
        value.zeroEdgeGap = Estimate(gap, table.interval(g, best))
        if gap != 0 {
            let error = table.error(g, best), sd = table.deviation(g, best)
            value.barsToDecide = Estimate(Double(rows.count) * (2 * error / gap) * (2 * error / gap))
            value.barsToDecideIndependent = (2 * sd / gap) * (2 * sd / gap)
        } else {
            value.barsToDecide = Estimate(nil, reason: "the gap at zero edge is zero: no number of bars decides a tie")
        }
        // At zero edge the uncertain part of the pay is the regime's mean, whatever the minute, and that of calls and puts alike: no direction is known.
        var doubtful = flat.map { pay in
            let even = pay.zeroEdge, certain = pay.certain
            return rows.reduce(0) { $0 + even[$1] - certain[$1] } / Double(rows.count)
        }
        let either = 0.5 * (doubtful[1] + doubtful[2])
        (doubtful[1], doubtful[2]) = (either, either)
        let certain = flat.map(\.certain)
        var known = [0.0, 0, 0]
        for t in rows { add(flat.indices.map { certain[$0][t] + doubtful[$0] }, to: &known) }
        value.zeroEdgeShares = zip(OptionDecisions.flatActions, known).map { ($0.name, $1 / Double(rows.count)) }
        var wins = [0.0, 0, 0]
        for t in rows { add(flat.map { $0.total[t] }, to: &wins) }
        value.clairvoyantGreedy = zip(OptionDecisions.flatActions, wins).map { ($0.name, $1 / Double(rows.count)) }
        value.sentence = sentence(of: value)
        return value
    }

    /// Adds a minute to the best action's count, in equal parts where several tie.
    private func add(_ pays: [Double], to wins: inout [Double]) {
        let most = pays.max() ?? 0
        let winners = pays.indices.filter { pays[$0] >= most - 1e-12 * abs(most) }
        for w in winners { wins[w] += 1 / Double(winners.count) }
    }

    private func sentence(of r: RegimeValue) -> String {
        let gap = r.zeroEdgeGap.value ?? 0
        var text = r.zeroEdgeGreedy == "TIE" ? "tie at zero edge between buying and holding" : r.zeroEdgeGreedy == "HOLD"
            ? "at zero edge HOLD is paid \(signed(-gap)) more than buying in the minute of the decision"
            : "at zero edge \(r.zeroEdgeGreedy) is paid \(signed(gap)) more than HOLD in the minute of the decision"
        if let exit = r.inTradeContrasts.last { text += "; in a trade EXIT is paid \(signed(exit.estimate)) against HOLD" }
        return text
    }

    private func nothing(_ name: String) -> ActionValue {
        var value = ActionValue.blank
        value.action = name
        value.interval95 = Interval(.nan, .nan)
        (value.expected, value.guaranteed, value.path, value.uncertain, value.shaping) = (.nan, .nan, .nan, .nan, .nan)
        return value
    }

    private func action(_ name: String, _ pay: OptionPay, _ rows: [Int], _ table: ResampledTable, _ g: Int, column: Int) -> ActionValue {
        func mean(_ x: [Double]) -> Double { rows.reduce(0) { $0 + x[$1] } / Double(max(1, rows.count)) }
        func kind(_ kind: Provenance) -> Double { mean(pay.kinds[Provenance.allCases.firstIndex(of: kind) ?? 0]) }
        var value = ActionValue.blank
        value.action = name
        (value.expected, value.interval95) = (table.mean(g, column), table.interval(g, column))
        (value.guaranteed, value.path, value.uncertain, value.shaping) = (kind(.guaranteed), kind(.path), kind(.uncertain), kind(.shaping))
        value.terms = design.terms.indices.filter { design.terms[$0].weight != 0 }.map { (design.terms[$0].id, mean(pay.terms[$0])) }
        return value
    }

    /// Exchanges the outcomes of the BUY_CALL steps at random and scores them again: certain parts must not move by a bit.
    private func resampled() -> [String] {
        let trajectory = decisions.flat[1]
        let real = market.outcomes(of: trajectory, names: stack.names, needsNext: stack.needsNext)
        guard real.count > 0 else { return design.terms.map { _ in "no steps" } }
        var order = Array(0..<real.count), random = RandomStream(seed: 1, purpose: "resampled futures")
        order.shuffle(using: &random)
        let outcomes: Set<String> = [
            "next_premium_return", "net_profit", "cost", "fees", "sold", "sale_return", "realized", "trade_return", "closed", "forced_exit", "stopped_out", "day_closed",
        ]
        var other = real
        for name in outcomes { if let column = real.columns[name] { other.columns[name] = .values(order.map { column[$0] }) } }
        return design.terms.indices.map { k in
            var hasUncertain = false, certainMoved = false, uncertainMoved = false
            for (before, after) in zip(stack.parts(of: k, tried: real, taken: real), stack.parts(of: k, tried: other, taken: real)) {
                let moved = (0..<real.count).contains { before.pay[$0] != after.pay[$0] }
                if before.provenance == .guaranteed || before.provenance == .path {
                    certainMoved = certainMoved || moved
                } else {
                    hasUncertain = true
                    uncertainMoved = uncertainMoved || moved
                }
            }
            if certainMoved { return "BROKEN: a part called certain moved with the future" }
            return !hasUncertain ? "unchanged" : uncertainMoved ? "moved" : "never moved"
        }
    }
}

extension RegimeValue {
    /// Whether the interval of the zero-edge gap contains zero.
    fileprivate var isOpen: Bool { zeroEdgeGap.interval95.map { $0.low <= 0 && $0.high >= 0 } ?? false }}

/// Regime means of several columns over decisions in time order, with their bootstrap-t intervals.
private struct ResampledTable {
    let block: Double
    private let table: RegimeTable
    private let intervals: [QuantityIntervals]
    private let deviations: [Double]
    private let bands: [Int: Bounds]
    private let settings: ExpectedValueSettings

    init?(columns: [[Double]], regimes: [UInt8], blocksOn: Range<Int>, _ settings: ExpectedValueSettings) {
        guard let n = columns.first?.count, n > 0 else { return nil }
        let count = Regime.names.count
        table = RegimeTable(labels: regimes, regimes: count, columns: columns)
        var influences: [[Double]] = []
        for g in 0..<count where table.counts[g] > 1 { for c in blocksOn { influences.append(table.influence(regime: g, column: c)) } }
        let varying = influences.filter { $0.contains { $0 != 0 } }
        let estimated = n < 8 ? 1 : optimalBlockLengths(varying, threads: settings.threads).map(\.stationary).filter(\.isFinite).max() ?? 1
        block = max(estimated, Double(n) / 4_096, 1)
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: block, replicates: settings.replicates, seed: settings.seed, threads: settings.threads))
        intervals = bootstrapIntervals(draws, threads: settings.threads)
        deviations = table.deviations
        let counts = table.counts
        let quantities = (0..<count).flatMap { g in blocksOn.map { g * columns.count + $0 } }.filter { counts[$0 / columns.count] > 0 }
        bands = Dictionary(uniqueKeysWithValues: zip(quantities, simultaneousBands(draws, quantities: quantities).bands))
        self.settings = settings
    }

    private func at(_ g: Int, _ column: Int) -> Int { g * table.columns + column }
    func mean(_ g: Int, _ column: Int) -> Double { table.counts[g] > 0 ? table.means[at(g, column)] : .nan }
    func interval(_ g: Int, _ column: Int) -> Interval { let b = intervals[at(g, column)].preferred; return Interval(b.low, b.high) }
    func error(_ g: Int, _ column: Int) -> Double { intervals[at(g, column)].longRunError }
    func deviation(_ g: Int, _ column: Int) -> Double { deviations[at(g, column)] }

    func contrast(_ name: String, _ g: Int, column: Int) -> Contrast {
        let q = intervals[at(g, column)], band = bands[at(g, column)] ?? q.preferred
        var value = Contrast.blank
        value.name = name
        (value.estimate, value.interval95) = (mean(g, column), interval(g, column))
        (value.simultaneous95, value.probabilityWrongSign) = (Interval(band.low, band.high), q.probabilityWrongSign)
        return value
    }

    /// Interval of the mean of both columns over all decisions.
    func pooled(_ a: [Double], _ b: [Double]) -> Interval {
        let both = zip(a, b).map { 0.5 * ($0 + $1) }
        let one = RegimeTable(labels: [UInt8](repeating: 0, count: both.count), regimes: 1, columns: [both])
        let draws = stationaryBootstrap(one, BootstrapPlan(meanBlock: block, replicates: settings.replicates, seed: settings.seed, threads: settings.threads))
        let bounds = bootstrapIntervals(draws, threads: settings.threads)[0].preferred
        return Interval(bounds.low, bounds.high)
    }
}
