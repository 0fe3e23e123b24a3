public import ComponentKit

/// Intraday features that are computed together because they share most of the work.
///
/// Every column must be causal: row t depends on rows 0...t of the stretch (and on what is known at the close of row t of other feeds) only.
public protocol IntradayFeatureFamily: Sendable {
    /// One card a feature, in the order of the columns. Names are permanent ids.
    static var cards: [Card] { get }

    /// One column a card over the rows of the stretch: NaN until the feature is defined, finite ever after.
    static func columns(_ inputs: IntradayInputs) -> [[Double]]
}

/// Every intraday feature there is. To add some: one file in `Features/`, one line here.
public enum IntradayFeatureCatalog {
    /// The order of columns is part of every trained policy: new families go to the end.
    public static let standard: [any IntradayFeatureFamily.Type] = [
        IntradayMomentum.self,
        CandleStructure.self,
        CupAndHandle.self,
        IntradayVolatility.self,
        SessionContext.self,
        CompanionCorrelation.self,
        SetupScore.self,
        PriceLevels.self,
    ]

    /// One card a feature, in catalogue order.
    public static let cards: [Card] = Catalogue(standard.flatMap { $0.cards }, card: { $0 }).cards

    /// Named sets: `d1`, the features of the scalping case that need no option, free of the price's scale; `levels`, prices and counts for scripts; `all`.
    public static let sets: [String: [String]] = {
        let levels = Set(PriceLevels.cards.map(\.name) + ["ema_diff_raw"])
        let names = cards.map(\.name)
        return ["d1": names.filter { !levels.contains($0) }, "levels": names.filter { levels.contains($0) }, "all": names]
    }()

    /// The card of a feature id.
    public static func card(_ name: String) -> Card? { cards.first { $0.name == name } }

    /// Rows of a stretch (minutes of regular sessions) before every feature is defined: less than half a session.
    public static let warmUpRows = 85
}

/// The card of an intraday feature; `firstRow` is the first minute of a stretch (from 0) on which it is defined.
func intradayCard(_ name: String, _ summary: String, _ formula: String, unit: String, firstRow: Int, edge: String, source: String = "") -> Card {
    Card(
        name: name, kind: "intraday feature", summary: summary, formula: formula, unit: unit, source: source,
        facts: [("warm-up", "\(firstRow) minutes"), ("edge cases", edge)])
}
