internal import RealModule

/// What a stretch of a series costs when it is taken for one segment. As in ruptures 1.1 (Truong, Oudre, Vayatis 2020).
package struct SegmentCost: Sendable {
    package enum Kind: String, Sendable {
        /// Sum of squares about the segment's mean: changes of the mean.
        case l2
        /// n ln(variance + 1e-6), minus twice the normal log likelihood up to a constant: changes of mean or variance. The 1e-6 is ruptures' guard against a
        /// constant segment.
        case normal
    }

    package let kind: Kind
    package let count: Int
    /// Prefix sums of the values about their mean, and of the squares: [n + 1].
    private let sums: [Double]
    private let squares: [Double]

    /// Traps on a value that is not finite.
    package init(_ x: [Double], _ kind: Kind) {
        precondition(x.allSatisfy { $0.isFinite }, "SegmentCost: a value is not finite")
        self.kind = kind
        count = x.count
        let center = x.isEmpty ? 0 : x.reduce(0, +) / Double(x.count)
        var sums = [0.0], squares = [0.0]
        sums.reserveCapacity(x.count + 1)
        squares.reserveCapacity(x.count + 1)
        for value in x {
            let c = value - center
            sums.append(sums[sums.count - 1] + c)
            squares.append(squares[squares.count - 1] + c * c)
        }
        self.sums = sums
        self.squares = squares
    }

    /// Cost of [start, end), end > start. O(1).
    package func callAsFunction(_ start: Int, _ end: Int) -> Double {
        let n = Double(end - start), sum = sums[end] - sums[start]
        let spread = max(0, squares[end] - squares[start] - sum * sum / n)
        switch kind {
        case .l2: return spread
        case .normal: return n * Double.log(spread / n + 1e-6)
        }
    }

    /// Penalty a segment by the Bayesian information criterion: 2 s^2 ln n for the mean alone, s the noise's standard deviation, which is a change's place and
    /// one level; 3 ln n with the normal cost, where a segment has a variance too.
    package func penalty(noise: Double) -> Double {
        let n = Double(max(2, count))
        switch kind {
        case .l2: return 2 * noise * noise * Double.log(n)
        case .normal: return 3 * Double.log(n)
        }
    }
}
