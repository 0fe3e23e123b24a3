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
        self.init(names: table.names, mean: mean, deviation: deviation)
    }

    /// The same over a series of any length, in two passes over stretches of `FeatureSource.stretch` rows when it is not kept whole.
    public init(_ source: FeatureSource, fittedOn range: Range<Int>) {
        if source.isKept {
            self.init(source.whole, fittedOn: range)
            return
        }
        var moments = source.names.map { _ in RunningMoments() }
        for pass in 0..<2 {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: FeatureSource.stretch) {
                let table = source.table(rows: start..<min(range.upperBound, start + FeatureSource.stretch))
                for (f, column) in table.columns.enumerated() {
                    if pass == 0 { moments[f].addValues(column) } else { moments[f].addSquares(column) }
                }
            }
        }
        self.init(names: source.names, mean: moments.map { $0.count > 0 ? $0.mean : 0 }, deviation: moments.map(\.deviation))
    }

    private init(names: [String], mean: [Double], deviation: [Double]) {
        self.names = names
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

/// `FeatureMoments` of a column that comes in parts: the mean from a first pass over all parts, the deviation from a second.
private struct RunningMoments {
    var count = 0
    private var sum = 0.0
    private var squares = 0.0
    private var minimum = Double.infinity
    private var maximum = -Double.infinity

    var mean: Double { sum / Double(max(1, count)) }
    var deviation: Double { count == 0 || minimum == maximum ? 0 : (squares / Double(count)).squareRoot() }

    mutating func addValues(_ values: [Double]) {
        for x in values where !x.isNaN {
            sum += x
            minimum = min(minimum, x)
            maximum = max(maximum, x)
            count += 1
        }
    }

    mutating func addSquares(_ values: [Double]) {
        let mean = mean
        for x in values where !x.isNaN { squares += (x - mean) * (x - mean) }
    }
}
