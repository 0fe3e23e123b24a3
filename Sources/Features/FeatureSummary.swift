/// One line of `assay features`: what a feature looked like over some bars.
public struct FeatureSummary: Sendable, Equatable {
    public let name: String
    public let formula: String
    public let unit: String
    /// Over the bars where the feature is defined, NaN when there are none. `deviation` is the population standard deviation.
    public let mean: Double
    public let deviation: Double
    public let minimum: Double
    public let maximum: Double
    /// Share of the bars on which it is not defined, 0 to 1; 0 for an empty range.
    public let missingShare: Double

    package init(name: String, formula: String, unit: String, mean: Double, deviation: Double, minimum: Double, maximum: Double, missingShare: Double) {
        self.name = name
        self.formula = formula
        self.unit = unit
        self.mean = mean
        self.deviation = deviation
        self.minimum = minimum
        self.maximum = maximum
        self.missingShare = missingShare
    }
}

/// Summarises every feature of a table over `rows` (all rows when nil), in the table's order.
public func summarize(_ table: FeatureTable, rows: Range<Int>? = nil) -> [FeatureSummary] {
    let rows = rows ?? 0..<table.count
    return zip(table.names, table.columns).map { name, column in
        let s = FeatureMoments(column[rows])
        let card = FeatureCatalog.card(name)
        return FeatureSummary(
            name: name, formula: card?.formula ?? "", unit: card?.unit ?? "", mean: s.mean, deviation: s.deviation, minimum: s.minimum,
            maximum: s.maximum, missingShare: rows.isEmpty ? 0 : Double(rows.count - s.count) / Double(rows.count))
    }
}
