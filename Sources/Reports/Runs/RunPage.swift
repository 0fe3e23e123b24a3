internal import ComponentKit
internal import Mustache

/// The self-contained page of a run: the verdict first, then what training did, what it was paid for, tables, trading, learning curves, and what reproduces it.
///
/// `drawings` holds gnuplot's SVG by figure name. Every text goes through `shown` and Mustache's HTML escaping; only our own SVG enters unescaped.
package func runPage(_ report: RunReport, figures: RunFigures, drawings: [String: String], failures: [GnuplotFailure]) throws -> String {
    func lines(_ list: [String]) -> [[String: Any]] { list.map { ["text": shown($0)] } }
    let verdict = RunVerdict(report)
    let splits = [("train", "training bars"), ("test", "test bars")]
    let mixTables = splits.flatMap { split, words in report.mixTables(split).map { ["heading": words.prefix(1).uppercased() + words.dropFirst(), "table": htmlTable($0)] as [String: Any] } }
    let tradingTables = splits.reversed().compactMap { split, words in
        report.tradingTable(split).map { ["heading": words.prefix(1).uppercased() + words.dropFirst(), "table": htmlTable($0)] as [String: Any] }
    }
    let several = report.seeds.count > 1 ? " Mean over \(report.seeds.count) seeds, with the standard deviation." : ""
    let worst = report.worstLastStatus.map { "status: \(RunReport.statusNames[min(4, max(0, $0.status))])" + (report.seeds.count > 1 ? " in the worst seed" : "") }
    var context: [String: Any] = [
        "title": clipped(shown(report.name), 80), "subtitle": shown("Reward \(report.rewardName), \(runLine(report).replacing(": thick their mean, thin each", with: ""))"),
        "tone": verdict.tone, "headline": verdict.headline, "sentences": lines(verdict.sentences), "regimes": verdict.regimes.map { ["name": shown($0.name), "text": shown($0.text)] }, "remarks": lines(verdict.remarks),
        "mixTables": mixTables, "tradingTables": tradingTables, "hasTrading": !tradingTables.isEmpty || figures.equity != nil,
        "hasPay": figures.contrast != nil || figures.pay != nil || figures.waterfall != nil,
        "sharesLegend": mixTables.isEmpty ? "No checkpoint could be evaluated." : "Shares of each regime's bars." + several, "data": listed(report.data),
        "parameters": listed(report.parameters), "commands": lines(report.commands),
        "commandNote": report.commands.isEmpty
            ? "The command that began this run is not recorded; its experiment.json and reward.yaml are in the folder, and assay train --resume goes on with them."
            : "As typed, in the folder where they were typed; assay report draws this page again.",
        "failures": failures.map { ["text": $0.description] },
    ]
    if let worst { context["statusTag"] = worst }
    for (key, figure) in [
        ("mixFigure", figures.mix), ("contrastFigure", figures.contrast), ("payFigure", figures.pay), ("waterfallFigure", figures.waterfall),
        ("equityFigure", figures.equity), ("stagesFigure", figures.stages), ("learning", figures.learning),
    ] {
        if let figure { context[key] = drawnFigure(figure, drawings) }
    }
    for (key, table) in [("onsetTable", report.onsetTable), ("contrastTable", report.contrastTable), ("seedTable", report.seedTable)] {
        if let table { context[key] = htmlTable(table) }
    }
    return try pageTemplates().render(context, withTemplate: "run") ?? ""
}
