import Foundation
import NumericKernels
import RewardLints
import Testing

/// What an observation tells of pay, against mutual information known beforehand.
@Suite struct CoverageTests {
    private static let count = 8_000

    /// 1 with chance `high` where `column` is above 0, with chance `low` elsewhere.
    private static func coin(_ column: [Double], high: Double, low: Double) -> [Double] {
        var random = RandomStream(seed: 3, purpose: "coverage coin")
        return column.map { random.uniform() < ($0 > 0 ? high : low) ? 1 : 0 }
    }

    private static func noise(_ index: UInt64) -> [Double] {
        var random = RandomStream(seed: 4, purpose: "coverage columns", index: index)
        return (0..<count).map { _ in random.gaussian() }
    }

    private static func observed(_ columns: [(name: String, values: [Double])]) -> ObservedSteps { ObservedSteps(columns, stretches: (0..<count).map { $0 / 200 }) }

    private static func entropy(_ p: Double) -> Double { -p * log2(p) - (1 - p) * log2(1 - p) }

    /// I = H(1/2) - H(.1) = .531 bits: the bound lies below it, by little.
    @Test func aNoisyThreshold() throws {
        let x = Self.noise(0), pay = Self.coin(x, high: 0.9, low: 0.1)
        let found = try #require(Self.observed([("other", Self.noise(1)), ("x", x), ("third", Self.noise(2))]).told(pay, at: Array(0..<Self.count)))
        let exact = 1 - Self.entropy(0.1)
        #expect(abs(found.entropy - 1) < 0.01)
        // Sampling moves the estimate by about .012 (one standard error of a mean of 4,000 log-losses).
        #expect(found.told < exact + 0.04 && found.told > exact - 0.06, "\(found.told) of \(exact)")
        #expect(found.by == "x")
    }

    @Test func whatIsSeenIsTold() throws {
        let x = Self.noise(0), found = try #require(Self.observed([("x", x)]).told(x.map { $0 > 1.5 ? 0.05 : 0 }, at: Array(0..<Self.count)))
        #expect(found.told > 0.97 * found.entropy, "\(found)")
    }

    /// Noise that has nothing to do with the pay tells nothing, however much of it there is.
    @Test func noiseTellsNothing() throws {
        let pay = Self.coin(Self.noise(0), high: 0.8, low: 0.2)
        let found = try #require(Self.observed((1...20).map { ("n\($0)", Self.noise(UInt64($0))) }).told(pay, at: Array(0..<Self.count)))
        #expect(found.told < 0.02, "\(found.told)")
        #expect(found.by == nil)
    }

    /// Neither column tells anything alone: with both, .531 bits again.
    @Test func twoColumnsTogether() throws {
        let x = Self.noise(0), y = Self.noise(1), pay = Self.coin(zip(x, y).map { $0 > 0.4 && $1 > -0.4 ? 1 : -1 }, high: 0.95, low: 0.05)
        let found = try #require(Self.observed([("x", x), ("y", y)]).told(pay, at: Array(0..<Self.count)))
        let alone = try #require(Self.observed([("x", x)]).told(pay, at: Array(0..<Self.count)))
        #expect(found.told > 0.9 * (found.entropy - Self.entropy(0.05)) && found.told > alone.told + 0.1, "\(found.told), \(alone.told)")
    }

    /// A column that only names the stretch is remembered, not told.
    @Test func rememberingIsNotTelling() throws {
        var random = RandomStream(seed: 9, purpose: "stretches")
        let level = (0..<Self.count / 200).map { _ in random.uniform() < 0.5 ? 1.0 : 0 }, stretches = (0..<Self.count).map { $0 / 200 }
        let pay = stretches.map { level[$0] }
        let found = try #require(Self.observed([("when", stretches.map(Double.init))]).told(pay, at: Array(0..<Self.count)))
        #expect(found.told < 0.1 * found.entropy, "\(found)")
    }

    @Test func whatNeverVariesHasNoEntropy() {
        #expect(Self.observed([("x", Self.noise(0))]).told([Double](repeating: 0.5, count: Self.count), at: Array(0..<Self.count)) == nil)
    }

    // MARK: In the report

    /// A bonus by an indicator that is seen, one by the price level, which is not.
    @Test func theReportMeasures() throws {
        let terms = "  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: trend\n    weight: 0.05\n    when: direction > 0 and ema_20_50 > 0\n  - id: level\n    weight: 0.05\n    when: direction > 0 and close > 7000\n"
        let report = try LintMarkets.lint(LintMarkets.design(terms))
        let trend = try #require(report.coverage.first { $0.term == "trend" })
        #expect(trend.share > 0.9 && trend.by == "ema_20_50" && trend.action == "LONG")
        let hidden = report.issues.filter { $0.code == "not_observed" }
        #expect(!hidden.contains { $0.message.contains("'trend'") })
        #expect(hidden.contains { $0.message.contains("'level'") && $0.message.contains("'close'") })
    }

    /// Pay without steps is cut into eight equal parts, which are three bits; of two actions the one whose pay varies more is told of.
    @Test func levelsAndActions() throws {
        let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"
        let index = "  - id: index\n    weight: 0.1\n    value: abs(direction) * rsi_14\n"
        let sides = "  - id: sides\n    weight: 0.05\n    value: if(direction > 0, if(hour == 3, 1, 0), if(direction < 0 and ema_20_50 > 0, 1, 0))\n"
        let rows = try LintMarkets.lint(LintMarkets.design(base + index + sides)).coverage
        let level = try #require(rows.first { $0.term == "index" }), side = try #require(rows.first { $0.term == "sides" })
        #expect(abs(level.entropyBits - 3) < 0.03 && level.share > 0.9 && level.by == "rsi_14", "\(level)")
        #expect(side.action == "SHORT" && side.by == "ema_20_50" && side.entropyBits > 0.8 && side.share > 0.95, "\(side)")
        // One hour of the day would be .25 bits.
        #expect(rows.count == 2)
    }
}
