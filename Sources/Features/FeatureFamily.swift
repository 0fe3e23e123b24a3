public import ComponentKit

/// Features that are computed together because they share most of the work: a moving-average family, the Kalman filter, ...
///
/// To add one: a file in `Transforms/` with a type of this kind, and a line in `FeatureCatalog`. It is then listed,
/// explained, tested for look-ahead, and usable by id. Every column must be causal: row t depends on bars 0...t only.
public protocol FeatureFamily: Sendable {
    /// One card a feature, in the order of the columns. Names are permanent ids.
    static var cards: [Card] { get }

    /// One column a card, as long as the bars: NaN until the feature is defined, finite ever after.
    static func columns(_ inputs: FeatureInputs) -> [[Double]]
}

/// The card of a feature; `firstRow` is the first bar (from 0) on which it is defined.
func featureCard(_ name: String, _ summary: String, _ formula: String, unit: String, firstRow: Int, edge: String, source: String = "") -> Card {
    Card(
        name: name, kind: "feature", summary: summary, formula: formula, unit: unit, source: source,
        facts: [("warm-up", "\(firstRow) bars"), ("edge cases", edge)])
}

/// a / b, or `otherwise` where b is not above `floor`: a denominator that small is a market that did not move.
///
/// b is 0 or more, as all our denominators are. Written so that the division always happens: a loop with a division behind a
/// branch does not vectorise.
@inline(__always)
func ratio(_ a: Double, _ b: Double, floor: Double, otherwise: Double = 0) -> Double {
    let quotient = a / (b + (b > floor ? 0 : 1))
    return b > floor ? quotient : otherwise
}

/// Standard deviations of log returns up to this count as zero: a thousandth of a basis point is rounding, not a market.
let zeroVolatility = 1e-7
/// Average true ranges up to this share of the close count as zero: a hundredth of a basis point.
let zeroRange = 1e-6
