import Features
import Testing
import TradingTypes

@Suite struct CausalityTests {
    static let bars = randomBars(1_300, seed: 5)
    static let whole = computeFeatures(bars, set: "all")
    static let wholeFiltered = computeFeatures(bars, set: "all", denoise: .ekf)
    static let prefixes = [1, 2, 9, 24, 25, 37, 200, 743, 744, 751, 1_001, 1_299]

    /// Appending bars changes no earlier row, bit for bit: every prefix gives the rows the whole gives.
    @Test(arguments: allFeatures, [Denoise.none, .ekf])
    func appendingChangesNoEarlierRow(_ name: String, _ denoise: Denoise) throws {
        let full = try #require((denoise == .none ? Self.whole : Self.wholeFiltered)[name])
        for length in Self.prefixes {
            let part = computeFeatures(Self.bars.slice(0..<length), names: [name], denoise: denoise).columns[0]
            #expect(part.count == length)
            let differing = part.indices.first { !sameBits(part[$0], full[$0]) }
            #expect(differing == nil, "\(name) changes on row \(differing ?? -1) when bars follow the first \(length)")
        }
    }

    /// The future does not matter whatever it is: the same past before two different futures gives the same rows.
    @Test(arguments: allFeatures) func anotherFutureChangesNoEarlierRow(_ name: String) throws {
        var other = Self.bars
        for t in 900..<other.count {
            for column in [\BarSeries.open, \.high, \.low, \.close] { other[keyPath: column][t] *= 1.7 }
            other.volume[t] = 0
        }
        let changed = try #require(computeFeatures(other, names: [name])[name])
        let full = try #require(Self.whole[name])
        #expect((0..<900).allSatisfy { sameBits(changed[$0], full[$0]) })
    }

    /// Recursive features forget where they started: from 1,000 bars of warm-up on, 300 more make no difference that matters.
    /// The slowest memory is EMA200's, (199/201)^1000 = 4.5e-5 of a distance of some ATRs.
    @Test(arguments: allFeatures) func aShorterWarmUpConverges(_ name: String) throws {
        let bars = randomBars(2_600, seed: 11)
        let long = try #require(computeFeatures(bars, names: [name])[name])
        func gap(_ dropped: Int, after rows: Int) throws -> Double {
            let late = try #require(computeFeatures(bars.slice(dropped..<bars.count), names: [name])[name])
            return (rows..<rows + 200).map { abs(late[$0] - long[$0 + dropped]) }.max() ?? .nan
        }
        #expect(try gap(300, after: 1_000) < (name == "close_ema_200" ? 1e-2 : 1e-6), "\(name) drifts")
        #expect(try gap(300, after: 2_000) < (name == "close_ema_200" ? 1e-6 : 1e-9), "\(name) drifts")
    }

    @Test(arguments: [0, 1, 2, 13, 14, 15, 24, 25, 26, 33, 34]) func shortSeriesAreFine(_ count: Int) {
        let table = computeFeatures(randomBars(count), set: "all")
        #expect(table.columns.allSatisfy { $0.count == count })
        #expect(table.warmUp == count)
    }
}
