public import ComponentKit
internal import PlotTemplates

/// Every kind of figure, by the name of its template in `plots/`.
public enum PlotCatalog {
    private static let plots: [(card: Card, template: String)] = [
        (card("collapse-map", "Probability that PPO ends holding, by gap over noise and entropy coefficient, on one state without features; the mean-field line at .94."), PlotTemplates.collapseMap),
        (card("curriculum-timeline", "Which stage of its curriculum a run was in, with every change by its reason."), PlotTemplates.curriculumTimeline),
        (card("ev-compare", "TRADE minus HOLD at zero edge per regime, several rewards side by side, with 95% intervals."), PlotTemplates.compare),
        (card("ev-hit-rate", "Uncertain value of trading against hit rate, with the guarantee premium and the break-even at their crossing."), PlotTemplates.hitRate),
        (card("ev-regimes", "Regime of every bar as a strip over the price."), PlotTemplates.regimes),
        (card("ev-terms", "What each reward term adds to trading and to holding, per regime."), PlotTemplates.terms),
        (card("ev-values", "Expected reward a bar per regime and action, stacked by kind of pay, with 95% intervals."), PlotTemplates.values),
        (card("forecast-actual", "HOLD share that training reached against the forecast with its 90% band, one point a regime and reward."), PlotTemplates.forecastActual),
        (card("forecast-mix", "Forecast mix by regime over training, with the 90% band at the end and what training reached."), PlotTemplates.forecastMix),
        (card("postmortem-onset", "Action mix (or trades, or entropy) over a run, with the onset's interval, the alarm and where the collapse is complete."), PlotTemplates.postmortemOnset),
        (card("postmortem-remedies", "The mix as the run ended and the forecast mix under each remedy."), PlotTemplates.postmortemRemedies),
        (card("farm-story", "A cycle of actions that is paid without skill, as a small state diagram."), PlotTemplates.farmStory),
        (card("run-equity", "Equity and drawdown of trained policies beside fixed ones, with the regimes below; one curve a seed and their mean."), PlotTemplates.runEquity),
        (card("run-learning", "Learning curves of a run: reward, entropy, explained variance, KL, x-statistic, sigma of the advantages."), PlotTemplates.runLearning),
        (card("run-mix", "Action mix by regime over training, with the collapse status and where HOLD takes over."), PlotTemplates.runMix),
        (card("run-pay", "Pay a step by reward term and regime over training."), PlotTemplates.runPay),
        (card("runs-compare", "Several runs over training, laid over each other: share of HOLD by regime, or learning curves."), PlotTemplates.runsCompare),
        (card("sweep-hold", "Share of HOLD by regime against what a sweep varied, one dot a trial."), PlotTemplates.sweepHold),
        (card("share-bars", "Shares of several series in several groups, side by side: what demonstrations cover, where a clone agrees."), PlotTemplates.shareBars),
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
