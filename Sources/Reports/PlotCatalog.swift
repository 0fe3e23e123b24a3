public import ComponentKit
internal import PlotTemplates

/// Every kind of figure, by the name of its template in `plots/`.
public enum PlotCatalog {
    private static let plots: [(card: Card, template: String)] = [
        (card("curriculum-timeline", "Which stage of its curriculum a run was in, with every change by its reason."), PlotTemplates.curriculumTimeline),
        (card("ev-compare", "TRADE minus HOLD at zero edge per regime, several rewards side by side, with 95% intervals."), PlotTemplates.compare),
        (card("ev-hit-rate", "Uncertain value of trading against hit rate, with the guarantee premium and the break-even at their crossing."), PlotTemplates.hitRate),
        (card("ev-regimes", "Regime of every bar as a strip over the price."), PlotTemplates.regimes),
        (card("ev-terms", "What each reward term adds to trading and to holding, per regime."), PlotTemplates.terms),
        (card("ev-values", "Expected reward a bar per regime and action, stacked by kind of pay, with 95% intervals."), PlotTemplates.values),
        (card("farm-story", "A cycle of actions that is paid without skill, as a small state diagram."), PlotTemplates.farmStory),
        (card("run-equity", "Equity and drawdown of trained policies beside fixed ones, with the regimes below; one curve a seed and their mean."), PlotTemplates.runEquity),
        (card("run-learning", "Learning curves of a run: reward, entropy, explained variance, KL, x-statistic, sigma of the advantages."), PlotTemplates.runLearning),
        (card("run-mix", "Action mix by regime over training, with the collapse status and where HOLD takes over."), PlotTemplates.runMix),
        (card("run-pay", "Pay a step by reward term and regime over training."), PlotTemplates.runPay),
        (card("teacher-day", "Candles of a day with a teacher's entries, trims, exits and script steps; the premium or the position's profit below."), PlotTemplates.teacherDay),
    ]

    public static let cards: [Card] = plots.map(\.card)

    /// The gnuplot text of a template.
    public static func template(_ name: String) -> String? { plots.first { $0.card.name == name }?.template }

    private static func card(_ name: String, _ summary: String) -> Card {
        Card(
            name: name, kind: "plot", summary: summary, formula: "", source: "plots/\(name).gp",
            facts: [("by hand", "gnuplot -d -c plots/\(name).gp DATA.tsv OUTPUT.svg")])
    }
}
