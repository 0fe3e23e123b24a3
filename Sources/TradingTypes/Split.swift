/// The chronological parts of a series of bars.
public enum SplitName: String, Sendable, CaseIterable, Codable {
    case train, validation, test, all
}

/// A chronological split: training bars first, then validation, then test; never shuffled.
public struct Split: Sendable, Equatable {
    public let train: Range<Int>
    public let validation: Range<Int>
    public let test: Range<Int>

    /// Cuts `bars` by the given fractions (percent or any other common scale). The boundaries are rounded down, the test part takes the rest.
    public init(bars: Range<Int>, fractions: (train: Double, validation: Double, test: Double) = (60, 20, 20)) {
        let total = fractions.train + fractions.validation + fractions.test
        precondition(total > 0 && fractions.train > 0, "split fractions \(fractions) must be positive")
        let n = Double(bars.count)
        let first = bars.lowerBound + Int((n * fractions.train / total).rounded(.down))
        let second = bars.lowerBound + Int((n * (fractions.train + fractions.validation) / total).rounded(.down))
        train = bars.lowerBound..<first
        validation = first..<second
        test = second..<bars.upperBound
    }

    public func range(_ name: SplitName) -> Range<Int> {
        switch name {
        case .train: train
        case .validation: validation
        case .test: test
        case .all: train.lowerBound..<test.upperBound
        }
    }
}
