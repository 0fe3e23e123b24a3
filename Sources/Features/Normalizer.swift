/// Standardises features: (x - mean) / sd, cut at +-10, mean and sd taken from the training bars only.
///
/// NaN (a feature not yet defined) becomes 0, the mean of the training bars, and is counted. A feature whose training sd is 0
/// becomes 0 throughout. The standard deviation is the population one.
public struct Normalizer: Sendable, Equatable {
    public let names: [String]
    /// One a feature, over its finite training values; 0 when there are none.
    public let mean: [Double]
    public let deviation: [Double]
    /// Normalised values are cut at plus and minus this.
    public static let limit = 10.0

    public init(_ table: FeatureTable, fittedOn range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= table.count, "rows \(range) of a table with \(table.count)")
        var mean: [Double] = [], deviation: [Double] = []
        for column in table.columns {
            let s = FeatureMoments(column[range])
            mean.append(s.count > 0 ? s.mean : 0)
            deviation.append(s.count > 0 ? s.deviation : 0)
        }
        names = table.names
        self.mean = mean
        self.deviation = deviation
    }

    /// The rows of `range`, normalised, as columns [F][range.count]; `missing` counts the values that were NaN.
    public func apply(_ table: FeatureTable, rows range: Range<Int>) -> (columns: [[Double]], missing: Int) {
        precondition(table.names == names, "fitted on features \(names), applied to \(table.names)")
        var missing = 0
        let columns = table.columns.enumerated().map { f, column in
            let centre = mean[f], scale = deviation[f] > 0 ? 1 / deviation[f] : 0
            var out = [Double](repeating: 0, count: range.count)
            for (i, t) in range.enumerated() {
                let x = column[t]
                if x.isNaN {
                    missing += 1
                } else {
                    out[i] = min(Normalizer.limit, max(-Normalizer.limit, (x - centre) * scale))
                }
            }
            return out
        }
        return (columns, missing)
    }
}

/// Count, mean, population sd and range of the values that are not NaN; two passes.
struct FeatureMoments {
    var count = 0
    var mean = Double.nan
    var deviation = Double.nan
    var minimum = Double.nan
    var maximum = Double.nan

    init(_ values: ArraySlice<Double>) {
        var sum = 0.0
        for x in values where !x.isNaN {
            sum += x
            minimum = count == 0 ? x : min(minimum, x)
            maximum = count == 0 ? x : max(maximum, x)
            count += 1
        }
        guard count > 0 else { return }
        mean = sum / Double(count)
        var squares = 0.0
        for x in values where !x.isNaN { squares += (x - mean) * (x - mean) }
        // A column of one repeated value: exactly 0, whatever its mean rounds to.
        deviation = minimum == maximum ? 0 : (squares / Double(count)).squareRoot()
    }
}
