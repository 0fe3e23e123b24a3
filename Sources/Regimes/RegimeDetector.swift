public import ComponentKit
public import Features
public import TradingTypes

/// One regime a bar.
public struct RegimeLabels: Sendable, Equatable {
    /// `Regime` raw values, one a bar.
    public let labels: [UInt8]
    /// Labels before this bar are placeholders (LOW_VOL): the detector had too little history. The bar count when there never was enough.
    public let firstValid: Int

    public init(labels: [UInt8], firstValid: Int) {
        self.labels = labels
        self.firstValid = firstValid
    }
}

/// Names the market regime of every bar, causally: the label of bar t depends on bars 0...t, and on the bars of `fittedOn`
/// when the detector learns parameters from them.
public protocol RegimeDetector: Sendable {
    static var card: Card { get }
    init()

    /// - `features`: those of the same bars, for detectors that read some. The two shipped ones work from the bars, so that a
    ///   label does not change with the feature set or `denoise`.
    /// - `fittedOn`: the training bars.
    /// - Throws `InputIssues` when the training bars are too few to fit.
    func label(_ bars: BarSeries, _ features: FeatureSource, fittedOn: Range<Int>) throws -> RegimeLabels
}

extension RegimeDetector {
    /// With a table computed elsewhere.
    public func label(_ bars: BarSeries, _ features: FeatureTable, fittedOn: Range<Int>) throws -> RegimeLabels {
        try label(bars, FeatureSource(features), fittedOn: fittedOn)
    }
}

/// Every regime detector there is. To add one: a file in `Detectors/`, a line here.
public enum RegimeDetectorCatalog {
    public static let standard: [any RegimeDetector.Type] = [
        BalancedDetector.self,
        HiddenMarkovDetector.self,
    ]

    public static let cards: [Card] = Catalogue(standard.map { $0.card }, card: { $0 }).cards

    /// The detector of that name (`balanced`, `hmm`), nil when there is none.
    public static func detector(named name: String) -> (any RegimeDetector.Type)? {
        standard.first { $0.card.name == name }
    }
}
