public import ComponentKit

/// Every feature there is. To add some: one file in `Transforms/`, one line here.
public enum FeatureCatalog {
    /// The families in the order of the features' permanent numbers (REWARD-ANALYSIS D2), not alphabetical: the order of
    /// columns is part of every trained policy. New families go to the end.
    public static let standard: [any FeatureFamily.Type] = [
        ScaledReturns.self,
        KalmanTrend.self,
        MovingAverageGaps.self,
        TrendRegression.self,
        DirectionalMovement.self,
        RelativeStrength.self,
        ConvergenceDivergence.self,
        PriceOscillators.self,
        AverageRange.self,
        ReturnVolatility.self,
        BollingerBands.self,
        RangeInstability.self,
        CandleShape.self,
        DayRange.self,
        VolumePressure.self,
        HourOfDay.self,
        NeutralRelativeStrength.self,
    ]

    /// One card a feature, in catalogue order.
    public static let cards: [Card] = Catalogue(standard.flatMap { $0.cards }, card: { $0 }).cards

    /// Named sets of features. `btc-44` is fixed for ever; `all` grows with the catalogue.
    public static let sets: [String: [String]] = [
        "btc-44": Array(cards.map(\.name).prefix(44)),
        "all": cards.map(\.name),
    ]

    /// The card of a feature id.
    public static func card(_ name: String) -> Card? { cards.first { $0.name == name } }
}
