public import TradingTypes

/// Which close the indicators read.
public enum Denoise: String, Sendable, CaseIterable {
    /// The recorded close.
    case none
    /// The close filtered by the extended Kalman filter of `KalmanTrend` (see `FeatureInputs`).
    case ekf
}

/// Features of a bar series: `columns[f][t]`, F features by T bars, NaN where a feature is not yet defined.
public struct FeatureTable: Sendable, Equatable {
    public let names: [String]
    public let columns: [[Double]]
    /// Rows before this one hold a NaN in at least one column; all later rows are finite. The bar count when no row is complete.
    public let warmUp: Int

    public var count: Int { columns.first?.count ?? 0 }

    public init(names: [String], columns: [[Double]], warmUp: Int) {
        precondition(names.count == columns.count, "\(names.count) feature names for \(columns.count) columns")
        self.names = names
        self.columns = columns
        self.warmUp = warmUp
    }

    /// The column of a feature id, nil when the table has none of that name.
    public subscript(name: String) -> [Double]? {
        names.firstIndex(of: name).map { columns[$0] }
    }
}

/// Computes a set of features over all bars, causally: row t depends on bars 0...t only.
///
/// - `set`: one of `FeatureCatalog.sets`, `btc-44` by default (the 44 features in their permanent order).
/// - `denoise`: `.ekf` computes the indicators on the Kalman-filtered close.
///
/// One thread, O(T). Degenerate bars (flat, no volume) give finite values, each named on the feature's card.
public func computeFeatures(_ bars: BarSeries, set: String = "btc-44", denoise: Denoise = .none) -> FeatureTable {
    guard let names = FeatureCatalog.sets[set] else {
        preconditionFailure("no feature set '\(set)': one of \(FeatureCatalog.sets.keys.sorted())")
    }
    return computeFeatures(bars, names: names, denoise: denoise)
}

/// Computes the named features, in the order given.
public func computeFeatures(_ bars: BarSeries, names: [String], denoise: Denoise = .none) -> FeatureTable {
    let inputs = FeatureInputs(bars, denoise: denoise)
    var found: [String: [Double]] = [:]
    for family in FeatureCatalog.standard where family.cards.contains(where: { names.contains($0.name) }) {
        let columns = family.columns(inputs)
        precondition(columns.count == family.cards.count, "\(family) made \(columns.count) columns for \(family.cards.count) cards")
        for (card, column) in zip(family.cards, columns) { found[card.name] = column }
    }
    let columns = names.map { name in
        guard let column = found[name] else { preconditionFailure("no feature '\(name)'") }
        return column
    }
    return FeatureTable(names: names, columns: columns, warmUp: columns.map(firstDefinedRow).max() ?? 0)
}

private func firstDefinedRow(_ column: [Double]) -> Int {
    column.firstIndex { !$0.isNaN } ?? column.count
}
