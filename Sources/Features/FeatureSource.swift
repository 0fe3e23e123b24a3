public import TradingTypes

/// The features of a series of any length, read stretch by stretch.
///
/// A series of up to `wholeLimit` bars is computed once and kept (8 bytes a feature and bar). Of a longer one nothing is kept: every
/// request computes its rows anew from the bars asked for and the `overlap` bars before them. All recursions among the features forget their
/// start (the slowest, a mean over 200 bars, keeps (199/201)^4096 = 2e-18 of it), so such rows differ from those of a whole table by
/// rounding at most.
public struct FeatureSource: Sendable {
    /// Permanent ids in column order.
    public let names: [String]
    /// Rows of the series before this one hold a NaN in at least one column.
    public let warmUp: Int
    /// Bars of the series.
    public let count: Int
    private let bars: BarSeries
    private let denoise: Denoise
    private let kept: FeatureTable?

    /// Bars up to which a series is kept whole.
    public static let wholeLimit = 1 << 18
    /// Bars before a stretch that its recursions start from.
    public static let overlap = 4_096
    /// Rows that callers should ask for at a time: their columns take 12 MB, and the overlap is an eighth of the work.
    public static let stretch = 1 << 15

    /// - Parameter wholeLimit: other limits are for tests.
    public init(_ bars: BarSeries, set: String = "btc-44", denoise: Denoise = .none, wholeLimit: Int = FeatureSource.wholeLimit) {
        self.bars = bars
        self.denoise = denoise
        count = bars.count
        // Which rows are defined depends on their number alone, so the first ones tell the warm-up.
        let whole = bars.count <= wholeLimit
        let table = computeFeatures(whole ? bars : bars.slice(0..<min(bars.count, 2 * Self.overlap)), set: set, denoise: denoise)
        names = table.names
        warmUp = table.warmUp
        kept = whole ? table : nil
    }

    /// A table computed elsewhere.
    public init(_ table: FeatureTable) {
        names = table.names
        warmUp = table.warmUp
        count = table.count
        bars = BarSeries(symbol: "", barDurationSeconds: 1, time: [], open: [], high: [], low: [], close: [], volume: [])
        denoise = .none
        kept = table
    }

    /// Whether the columns lie in memory, so that reading a stretch costs a copy instead of a computation.
    public var isKept: Bool { kept != nil }

    /// The rows of `range`, row 0 of the result being row `range.lowerBound`; `names` (those of the source when nil) picks columns, in that
    /// order. Its `warmUp` counts rows of the result.
    public func table(rows range: Range<Int>, names wanted: [String]? = nil) -> FeatureTable {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "feature rows \(range) of \(count)")
        let wanted = wanted ?? names
        let ready = max(0, min(warmUp - range.lowerBound, range.count))
        if let kept {
            let columns = wanted.map { name -> [Double] in
                guard let column = kept[name] else { preconditionFailure("no feature '\(name)'") }
                return range.count == count ? column : Array(column[range])
            }
            return FeatureTable(names: wanted, columns: columns, warmUp: ready)
        }
        let first = max(0, range.lowerBound - Self.overlap)
        let table = computeFeatures(bars.slice(first..<range.upperBound), names: wanted, denoise: denoise)
        return FeatureTable(names: wanted, columns: table.columns.map { Array($0[(range.lowerBound - first)...]) }, warmUp: ready)
    }

    /// All rows.
    public var whole: FeatureTable { kept ?? computeFeatures(bars, names: names, denoise: denoise) }
}

/// `computeMarketNames` for the rows of `range` alone, computed from the `FeatureSource.overlap` bars before them on.
public func computeMarketNames(_ bars: BarSeries, rows range: Range<Int>) -> [String: [Double]] {
    let first = max(0, range.lowerBound - FeatureSource.overlap)
    return computeMarketNames(bars.slice(first..<range.upperBound)).mapValues { Array($0[(range.lowerBound - first)...]) }
}
