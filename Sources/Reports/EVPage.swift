internal import ComponentKit
package import Forecasting
internal import Mustache
package import RewardAnalysis

/// The self-contained page: verdicts first, then tables, figures, discount, terms, and what reproduces it.
///
/// `drawings` holds gnuplot's SVG by figure name. Every text goes through `shown` and Mustache's HTML escaping; only our own SVG enters unescaped.
package func evPage(
    _ report: ExpectedValueReport, figures: ReportFigures, forecasts: [(forecast: RewardForecast, outcome: ForecastOutcome?, figure: Figure)] = [],
    chapters: [PageChapter] = [], drawings: [String: String], failures: [GnuplotFailure]
) throws -> String {
    let library = try pageTemplates()
    func drawn(_ figure: Figure) -> [String: Any] { drawnFigure(figure, drawings) }
    let rewards = report.rewards.enumerated().map { i, reward -> [String: Any] in
        [
            "name": shown(reward.name), "anchor": "reward-\(i + 1)", "file": shown(reward.file), "about": shown(reward.about),
            "hash": shown(reward.hash), "class": verdictClasses(reward), "tone": tone(reward.verdictClass), "sentence": shown(reward.sentence),
            "regimes": reward.regimes.filter { !$0.sentence.isEmpty }.map { ["sentence": shown("\($0.regime): \($0.sentence)")] },
            "notes": reward.notes.map { ["note": shown($0)] }, "coin": reward.coinFlipPerBar.isFinite ? coinFlipSentence(reward) : "",
            "decision": htmlTable(decisionTable(reward, actionNames: report.actionNames)),
            "inTrade": reward.isOfOptions ? [htmlTable(tradeTable(reward))] : [], "parts": htmlTable(partsTable(reward)), "terms": htmlTable(termsTable(reward)), "contrasts": htmlTable(contrastTable(reward)),
            "figures": i < figures.rewards.count ? figures.rewards[i].map(drawn) : [], "several": report.rewards.count > 1,
        ]
    }
    let title = report.rewards.count == 1 ? report.rewards[0].name : "\(report.rewards.count) rewards"
    var context: [String: Any] = [
        "title": clipped(shown(title), 80), "rewards": rewards, "several": report.rewards.count > 1,
        "data": listed(report.data), "parameters": listed(report.parameters), "command": shown(report.command),
        "legend": tableLegend(report), "sample": sampleLine(report), "gamma": exact(report.gamma),
        "discount": htmlTable(
            TextTable(
                ["bars from now", "a reward of 1 then is worth now", "a reward of 1 on every bar until then"], textColumns: 0,
                rows: report.discount.map { [.init(grouped($0.bars)), .init(rate($0.presentValue)), .init(rate($0.annuity))] })),
        "hasDiscount": !report.discount.isEmpty, "failures": failures.map { ["text": $0.description] },
    ]
    context["forecasts"] = forecasts.map { forecast, outcome, figure -> [String: Any] in
        [
            "name": shown(forecast.name), "class": verdictWords(forecast.policyClass.rawValue), "tone": tone(forecast.likeliestClass.rawValue),
            "sentences": sentences(forecast).map { ["text": shown($0)] }, "figure": drawn(figure),
            "tables": forecastTables(forecast, outcome).map { ["title": $0.title, "hasTitle": !$0.title.isEmpty, "table": htmlTable($0.table)] as [String: Any] },
        ]
    }
    context["hasForecasts"] = !forecasts.isEmpty
    if let data = playgroundJSON(report) {
        let script = String(decoding: PackageResources.playground_js, as: UTF8.self)
        context["playground"] = ["data": data, "script": script, "hash": contentHash(script)]
    }
    context["chapters"] = chapters.map { $0.context(drawings) }
    if let figure = figures.comparison, report.rewards.count > 1 { context["comparison"] = drawn(figure) }
    if let figure = figures.strip { context["strip"] = drawn(figure) }
    if let edge = report.edge { context["edge"] = htmlTable(edgeTable(edge)) }
    return library.render(context, withTemplate: "report") ?? ""
}

/// Every page template, by name.
func pageTemplates() throws -> MustacheLibrary {
    func template(_ bytes: [UInt8]) throws -> MustacheTemplate { try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self)) }
    return MustacheLibrary(templates: [
        "report": try template(PackageResources.report_mustache), "run": try template(PackageResources.run_mustache),
        "runs": try template(PackageResources.runs_mustache),
        "style": try template(PackageResources.style_mustache), "table": try template(PackageResources.table_mustache),
        "figure": try template(PackageResources.figure_mustache),
        "playground": try template(PackageResources.playground_mustache), "playground-style": try template(PackageResources.playground_style_mustache),
    ])
}

/// A figure as Mustache reads it, with its drawing where there is one.
func drawnFigure(_ figure: Figure, _ drawings: [String: String]) -> [String: Any] {
    [
        "heading": figure.heading, "reading": figure.reading, "caption": figure.caption, "file": "plots/\(figure.name)",
        "svg": drawings[figure.name].map { inlineSVG($0, prefix: figure.name, label: figure.heading) } ?? "",
        "drawn": drawings[figure.name] != nil,
    ]
}

/// Labels and values as Mustache reads them.
func listed(_ entries: [(label: String, value: String)]) -> [[String: Any]] {
    entries.map { ["label": shown($0.label), "value": shown($0.value)] }
}

private func tone(_ verdictClass: String) -> String {
    switch verdictClass {
    case "mixed": "good"
    case "undecided": "unsure"
    default: "bad"
    }
}

/// The table as Mustache reads it.
func htmlTable(_ table: TextTable) -> [String: Any] {
    func kind(_ c: Int) -> String { c < table.textColumns ? "text" : "number" }
    return [
        "heads": table.heads.enumerated().map { ["head": shown($1.replacing("\n", with: " ").replacing("- ", with: "-")), "kind": kind($0)] },
        "rows": table.rows.map { row in
            ["cells": row.enumerated().map { ["main": $1.main, "sub": $1.sub, "hasSub": !$1.sub.isEmpty, "kind": kind($0)] as [String: Any] }]
        },
    ]
}

/// Guaranteed, path, uncertain and shaping pay of every regime and action.
package func partsTable(_ reward: RewardValue) -> TextTable {
    let digits = min(6, decimals(for: reward.regimes.flatMap { $0.actions.map(\.expected) }) + 1)
    var table = TextTable(["regime", "action", "expected", "95% interval", "guaranteed", "path", "uncertain", "shaping"], textColumns: 2)
    for regime in reward.regimes {
        for (action, place) in regime.actions.map({ ($0, "") }) + regime.inTrade.map({ ($0, " in a trade") }) {
            table.rows.append([
                .init(regime.regime), .init(action.action + place), .init(signed(action.expected, digits)), .init(bracketed(action.interval95, digits)),
                .init(signed(action.guaranteed, digits)), .init(signed(action.path, digits)), .init(signed(action.uncertain, digits)),
                .init(signed(action.shaping, digits)),
            ])
        }
    }
    return table
}

/// Paired differences with both intervals.
package func contrastTable(_ reward: RewardValue) -> TextTable {
    let digits = min(6, decimals(for: reward.regimes.flatMap { $0.contrasts.map(\.estimate) }) + 1)
    var table = TextTable(["regime", "difference", "estimate", "95% interval", "all regimes at once, 95%", "P(wrong sign)"], textColumns: 2)
    for regime in reward.regimes {
        for contrast in regime.contrasts + regime.inTradeContrasts {
            table.rows.append([
                .init(regime.regime), .init(contrast.name), .init(signed(contrast.estimate, digits)), .init(bracketed(contrast.interval95, digits)),
                .init(bracketed(contrast.simultaneous95, digits)), .init(rate(contrast.probabilityWrongSign)),
            ])
        }
    }
    return table
}

/// How every term was classified, and how that was tested.
package func termsTable(_ reward: RewardValue) -> TextTable {
    TextTable(
        ["term", "kind of pay", "formula", "accrual", "resampled futures", "weight", "active on"], textColumns: 5,
        rows: reward.terms.map {
            [
                .init($0.id), .init($0.provenance.joined(separator: " + ")), .init($0.formula), .init($0.accrual), .init($0.resampling),
                .init(exact($0.weight)), .init(percent($0.activity)),
            ]
        })
}

/// Forecast shares of every action by regime with their bands, and what training reached where it is known.
package func forecastTable(_ forecast: RewardForecast, _ outcome: ForecastOutcome?) -> TextTable {
    func band(_ band: ClosedRange<Double>) -> String { "\(percent(band.lowerBound)) to \(percent(band.upperBound))" }
    var table = TextTable(["regime", "bars"] + forecast.actions.map { "\($0), 90% band" } + (outcome == nil ? [] : forecast.actions.map { "trained \($0)" }) + ["arg-max HOLD", "x"])
    for (g, regime) in forecast.regimes.enumerated() where regime.bars > 0 {
        table.rows.append(
            [.init(regime.regime), .init(grouped(regime.bars))] + forecast.actions.indices.map { .init(percent(regime.sampled[$0]), band(regime.band90[$0])) }
                + (outcome.map { found in forecast.actions.indices.map { .init(percent(found.sampled[g][$0])) } } ?? []) + [.init(percent(regime.argmax[0])), .init(regime.x.map { signed($0, 2) } ?? "-")])
    }
    return table
}

private func edgeTable(_ edge: EdgeEstimate) -> TextTable {
    func cells(_ label: String, _ estimate: Estimate) -> [TextTable.Cell] {
        [
            .init(label), .init(estimate.value.map { signed($0, 3) } ?? "not known"),
            .init(estimate.interval95.map { bracketed($0, 3) } ?? (estimate.reason.isEmpty ? "-" : estimate.reason)),
        ]
    }
    return TextTable(
        ["edge", "correlation", "95% interval"],
        rows: [cells("population, all bars", edge.population), cells("reached out of fold", edge.outOfFold)]
            + edge.regimes.map { cells("population, \($0.regime)", $0.population) })
}
