internal import ComponentKit
internal import NumericKernels
internal import RealModule

/// The expected-value analysis of rewards that were paid elsewhere (`assay ev --transitions`).
///
/// Only what was logged is known: each step has one action, so actions are compared between different steps (unpaired), no
/// future can be mirrored, and nobody can say what a term would have paid. A term is called guaranteed where it was the same on every step
/// of a (regime, action) cell and uncertain where it varied. Intervals are those of `UnpairedMeans`: bootstrap-t on the whole series, so that differences
/// between actions keep the dependence between their steps.
public func analyseTransitions(_ log: TransitionLog, _ settings: ExpectedValueSettings, command: String) -> ExpectedValueReport {
    let n = log.regimes.count, actions = log.actionNames.count, regimes = log.regimeNames.count
    var total = [Double](repeating: 0, count: n)
    for row in log.terms { for t in 0..<n { total[t] += row[t] } }

    let holdIndex = log.actionNames.firstIndex(of: "HOLD")
    let means = UnpairedMeans(
        values: total, groups: log.actions, groupCount: actions, labels: log.regimes, regimes: regimes, reference: holdIndex, replicates: settings.replicates,
        seed: settings.seed, threads: settings.threads)
    let tables = means.tables

    let counts = (0..<regimes).map { g in tables.reduce(0) { $0 + $1.counts[g] } }
    var runs = [Int](repeating: 0, count: regimes)
    for t in 0..<n where t == 0 || log.regimes[t] != log.regimes[t - 1] { runs[Int(log.regimes[t])] += 1 }
    let kinds = CellKinds(log)
    let reason = "a log holds one action a step: the reward of the mirrored future was never paid"

    let values = (0..<regimes).map { g -> RegimeValue in
        let cells = (0..<actions).map { a -> ActionValue in
            let mean = tables[a].counts[g] > 0 ? tables[a].means[g] : .nan
            return ActionValue(
                action: log.actionNames[a], expected: mean, interval95: Interval(means.levels[a][g].preferred), guaranteed: kinds.sum(a, g, constant: true), path: 0,
                uncertain: kinds.sum(a, g, constant: false), shaping: 0, terms: log.termNames.indices.map { (log.termNames[$0], kinds.means[$0][a][g]) })
        }
        let contrasts = (0..<actions).compactMap { a in
            means.contrast(a, regime: g).map {
                Contrast(
                    name: "\(log.actionNames[a])-HOLD", estimate: $0.estimate, interval95: Interval($0.interval), simultaneous95: Interval($0.simultaneous),
                    probabilityWrongSign: $0.probabilityWrongSign)
            }
        }
        return transitionRegime(log, g, cells, contrasts, bars: counts[g], of: n, runs: runs[g], reason: reason)
    }
    let best = bestPaid(values)
    let value = RewardValue(
        name: log.file.split(separator: "/").last.map(String.init) ?? log.file, file: log.file, about: "rewards logged by another environment",
        hash: SHA256.hex(Array(log.text.utf8)),
        terms: log.termNames.enumerated().map { k, name in
            TermReport(
                id: name, weight: 1, accrual: "as logged", provenance: kinds.provenance(k), formula: "as logged", resampling: "not possible from a log",
                activity: Double(log.terms[k].count { $0 != 0 }) / Double(max(1, n)))
        },
        regimes: values, coinFlipPerBar: .nan, coinFlipInterval95: Interval(.nan, .nan), verdictClass: best.verdict, learnableEdgeClass: "undecided",
        sentence: best.sentence, notes: best.notes, blockLength: means.block)
    return ExpectedValueReport(
        rewards: [value], edge: nil, gamma: settings.gamma, discount: discountTable(gamma: settings.gamma, barSeconds: 0),
        data: [("transitions", log.file), ("steps", grouped(Double(n)))],
        parameters: [("replicates", "\(settings.replicates)"), ("seed", "\(settings.seed)"), ("gamma", "\(settings.gamma)")], actionNames: log.actionNames,
        regimeNames: log.regimeNames, replicates: settings.replicates, bars: n, strip: [], command: command)
}

/// Means of every term by action and regime, and whether it was constant there.
private struct CellKinds {
    /// [K][A][R]
    let means: [[[Double]]]
    private let isConstant: [[[Bool]]]
    private let counts: [[Double]]

    init(_ log: TransitionLog) {
        let actions = log.actionNames.count, regimes = log.regimeNames.count
        var counts = [[Double]](repeating: [Double](repeating: 0, count: regimes), count: actions)
        for t in log.regimes.indices { counts[Int(log.actions[t])][Int(log.regimes[t])] += 1 }
        var means: [[[Double]]] = [], constant: [[[Bool]]] = []
        for row in log.terms {
            var sum = [[Double]](repeating: [Double](repeating: 0, count: regimes), count: actions)
            var first = [[Double?]](repeating: [Double?](repeating: nil, count: regimes), count: actions)
            var same = [[Bool]](repeating: [Bool](repeating: true, count: regimes), count: actions)
            for t in row.indices {
                let a = Int(log.actions[t]), g = Int(log.regimes[t])
                sum[a][g] += row[t]
                if let value = first[a][g] { if value != row[t] { same[a][g] = false } } else { first[a][g] = row[t] }
            }
            // A constant's mean is the constant, not the rounded sum over the count.
            means.append(sum.indices.map { a in sum[a].indices.map { g in counts[a][g] == 0 ? .nan : (same[a][g] ? first[a][g] ?? 0 : sum[a][g] / counts[a][g]) } })
            constant.append(same)
        }
        self.means = means
        self.counts = counts
        isConstant = constant
    }

    func sum(_ a: Int, _ g: Int, constant: Bool) -> Double {
        means.indices.filter { isConstant[$0][a][g] == constant && counts[a][g] > 0 }.reduce(0) { $0 + means[$1][a][g] }
    }

    func provenance(_ k: Int) -> [String] {
        let cells = isConstant[k].indices.flatMap { a in isConstant[k][a].indices.filter { counts[a][$0] > 1 }.map { isConstant[k][a][$0] } }
        return (cells.contains(true) ? ["guaranteed"] : []) + (cells.contains(false) ? ["uncertain"] : [])
    }
}

private func transitionRegime(
    _ log: TransitionLog, _ g: Int, _ cells: [ActionValue], _ contrasts: [Contrast], bars: Int, of n: Int, runs: Int, reason: String
) -> RegimeValue {
    let hold = cells.first { $0.action == "HOLD" }
    let trades = cells.filter { $0.action != "HOLD" && $0.expected.isFinite }
    let premium = hold.flatMap { h in trades.map(\.guaranteed).max().map { h.guaranteed - $0 } } ?? .nan
    let paid = cells.filter { $0.expected.isFinite }
    var sentence = "no steps of this regime"
    if let best = paid.max(by: { $0.expected < $1.expected }) {
        sentence = "as logged, \(best.action) was paid most: \(signed(best.expected)) a step"
        if let second = paid.filter({ $0.action != best.action }).max(by: { $0.expected < $1.expected }) {
            sentence += " (next \(second.action), \(signed(second.expected)))"
        }
        let missing = cells.filter { !$0.expected.isFinite }.map(\.action)
        if !missing.isEmpty { sentence += "; never taken here: \(missing.joined(separator: ", "))" }
    }
    let none = Estimate(nil, reason: reason)
    return RegimeValue(
        regime: log.regimeNames[g], bars: bars, share: Double(bars) / Double(max(1, n)), runs: runs, actions: cells, contrasts: contrasts,
        guaranteePremium: premium, uncertainAtHalf: .nan, uncertainSlope: .nan, breakEvenHitRate: none, observedHitRate: none, zeroEdgeGreedy: "",
        zeroEdgeGap: none, learnableGreedy: [], clairvoyantGreedy: [], barsToDecide: none, barsToDecideIndependent: nil, coinFlip: .nan, sentence: sentence)
}

/// Verdict on a log: which action was paid best where, and whether the intervals say so.
private func bestPaid(_ regimes: [RegimeValue]) -> (verdict: String, sentence: String, notes: [String]) {
    let bars = Double(max(1, regimes.reduce(0) { $0 + $1.bars }))
    var hold = 0.0, straddle = 0.0, sides: [String: Double] = [:], phrases: [String] = []
    for r in regimes {
        let paid = r.actions.filter { $0.expected.isFinite }
        guard let best = paid.max(by: { $0.expected < $1.expected }) else { continue }
        let share = Double(r.bars) / bars
        if best.action == "HOLD" { hold += share } else { sides[best.action, default: 0] += share }
        let rivals = best.action == "HOLD" ? r.contrasts : r.contrasts.filter { $0.name == "\(best.action)-HOLD" }
        if rivals.contains(where: { $0.interval95.contains(0) }) { straddle += share }
        phrases.append("\(best.action) in \(r.regime)")
    }
    let verdict = straddle > 0.2 ? "undecided" : Verdict.classify(hold: hold, sides: Array(sides.values))
    var notes = ["Assumption: as logged. The comparison is between different steps that the logging policy chose, not between actions on the same step."]
    if straddle > 0 { notes.append("In regimes with \(percent(straddle)) of the steps the interval between the best action and HOLD contains zero.") }
    return (verdict, "as logged, the best paid action is \(phrases.joined(separator: ", "))", notes)
}
