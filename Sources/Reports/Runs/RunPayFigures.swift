internal import ComponentKit
internal import PlotTemplates

/// Pay a step by term over training, per regime. Terms that never paid are left out; beyond eight, the smallest are added up as "other terms". Nil without pay.
func payFigure(_ report: RunReport) -> Figure? {
    let steps = report.sharedLooks
    let paid = report.regimes.indices.map { r in steps.map { report.payByTerm(regime: r, at: $0) } }
    let groups = termGroups(report, paid.joined().compactMap { $0?.mean })
    guard steps.count > 1, !groups.isEmpty else { return nil }
    var table = FigureTable(numbers: ["regime_no", "seed_no", "term_no", "step", "pay"], texts: ["regime", "term"])
    var drawn: [String] = []
    for (r, regime) in report.regimes.enumerated() where paid[r].contains(where: { $0 != nil }) {
        drawn.append(regime)
        let n = Double(drawn.count)
        for t in 0...groups.count {
            // Term 0 is the sum of all.
            let members = t == 0 ? Array(report.terms.indices) : groups[t - 1].members, name = t == 0 ? "sum of all terms" : groups[t - 1].name
            func pay(_ values: [Double]) -> Double { members.reduce(0) { $0 + values[$1] } }
            // A term of another regime would lie on zero all the way.
            if t > 0, paid[r].allSatisfy({ $0.map { pay($0.mean) == 0 } ?? true }) { continue }
            for k in 0...report.seeds.count where t > 0 || k == 0 {
                for (step, found) in zip(steps, paid[r]) {
                    guard let found, let values = k == 0 ? found.mean : found.seeds[k - 1].isEmpty ? nil : found.seeds[k - 1] else { continue }
                    table.add([n, Double(k), Double(t), Double(step), pay(values)], [regime, name])
                }
                table.add([n, Double(k), Double(t), nil, nil], [regime, name])
            }
        }
    }
    return Figure(
        name: "run-pay", template: PlotTemplates.runPay, table: table,
        settings: [("regime_names", .texts(drawn.map { figureText($0, limit: 30) })), ("term_names", .texts(groups.map { figureText($0.name, limit: 28) }))],
        heading: figureText("What the reward paid a step, by term: \(report.name)", limit: 92),
        caption: "\(runLine(report)); \(drawn.count) regimes, \(steps.count) looks, sums of the ledger over decisions, no interval",
        reading:
            "One panel for each regime, on its own scale: what each term of the reward added to a step, on average over the decisions since the look before. A line that climbs while others stay flat is the term the policy has learnt to collect."
    )
}

/// What each term paid a step in the last look, per regime, as steps from zero to the total. Nil without pay.
func waterfallFigure(_ report: RunReport) -> Figure? {
    guard let last = report.sharedLooks.last else { return nil }
    let regimes = report.regimes.indices.compactMap { r in report.payByTerm(regime: r, at: last).map { (r, $0) } }
    let decisions = regimes.map { r, _ in report.looks(at: last).reduce(0) { $0 + $1.regimes[r].pay.reduce(0) { $0 + $1.decisions } } }
    return termSteps(
        report, name: "run-waterfall", total: "pay a step", words: ("gain", "loss"),
        panels: zip(regimes, decisions).map { regime, n in
            let totals = regime.1.seeds.filter { !$0.isEmpty }.map { $0.reduce(0, +) }
            return (report.regimes[regime.0], n, regime.1.mean, totals.count > 1 ? SeedSpread(totals).deviation : nil)
        },
        heading: "What the last look paid a step, by term: \(report.name)", caption: "look at \(grouped(last)) steps",
        reading:
            "Read downwards: each row is one term and what it added to an average step of that regime in the last look; the next row starts where it ended, and the grey bar is the sum, which is what the learner tries to raise."
    )
}

/// What each term adds to trading minus HOLD, per regime, from the newest look that has both. Nil when no regime has.
func contrastFigure(_ report: RunReport) -> Figure? {
    let pays = report.regimes.indices.compactMap { report.payContrast(regime: $0) }
    let older = pays.contains { $0.step != report.sharedLooks.last } ? ", or the newest with \(RunReport.fewestDecisions) decisions of both" : ""
    return termSteps(
        report, name: "run-contrast", total: "TRADE minus HOLD", words: ("for trading", "for holding"),
        panels: pays.map { (report.regimes[$0.regime], $0.holds + $0.trades, $0.terms, $0.deviation) },
        heading: "Which term pays for HOLD? Trading minus HOLD a step: \(report.name)", caption: "last look\(older)",
        reading:
            "Read downwards: each row is how far one term moved the balance between a step with a trade (green, right) and one with HOLD (vermilion, left), as the ledger counted them while the policy trained; the grey bar is the sum. Where it lies left, holding was paid better, and the longest vermilion row is the term to change. The policy chose when to trade, so this is what it met, not what a trader without any edge would meet: assay ev answers that."
    )
}

private func termSteps(
    _ report: RunReport, name: String, total: String, words: (up: String, down: String),
    panels: [(regime: String, decisions: Int, terms: [Double], deviation: Double?)], heading: String, caption: String, reading: String
) -> Figure? {
    let groups = termGroups(report, panels.map(\.terms), most: 12)
    if panels.isEmpty || groups.isEmpty { return nil }
    var table = FigureTable(numbers: ["regime_no", "row", "from", "to", "value", "low", "high"], texts: ["term", "regime"])
    for (k, panel) in panels.enumerated() {
        var from = 0.0
        for (row, group) in groups.enumerated() {
            let value = group.members.reduce(0) { $0 + panel.terms[$1] }
            table.add([Double(k + 1), Double(row + 1), from, from + value, value, nil, nil], [group.name, panel.regime])
            from += value
        }
        table.add(
            [Double(k + 1), Double(groups.count + 1), 0, from, from, panel.deviation.map { from - $0 }, panel.deviation.map { from + $0 }], [total, panel.regime])
    }
    let spread = report.seeds.count > 1 ? "whisker: standard deviation over \(report.seeds.count) seeds" : "one seed, no interval"
    return Figure(
        name: name, template: PlotTemplates.terms, table: table,
        settings: [
            ("regime_names", .texts(panels.map { figureText("\($0.regime)  n = \(grouped($0.decisions))", limit: 24) })),
            ("term_names", .texts((groups.map(\.name) + [total]).map { figureText($0, limit: 26) })), ("up_words", .text(words.up)),
            ("down_words", .text(words.down)), ("total_words", .text("total")),
        ],
        heading: figureText(heading, limit: 92), caption: "\(caption); \(panels.count) regimes, \(grouped(report.steps)) steps; \(spread)", reading: reading)
}

/// Terms that paid anything, at most `most`, in the reward's order; the smallest of more become "other terms".
private func termGroups(_ report: RunReport, _ pay: [[Double]], most: Int = 8) -> [(name: String, members: [Int])] {
    let size = report.terms.indices.map { k in pay.map { abs($0[k]) }.max() ?? 0 }
    let active = report.terms.indices.filter { size[$0] > 0 }
    if active.count <= most { return active.map { (report.terms[$0], [$0]) } }
    let kept = active.sorted { size[$0] > size[$1] }.prefix(most - 1).sorted()
    return kept.map { (report.terms[$0], [$0]) } + [("other terms", active.filter { !kept.contains($0) })]
}
