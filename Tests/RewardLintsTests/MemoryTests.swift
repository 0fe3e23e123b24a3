import NumericKernels
import RewardLints
import Testing

/// What memories do to the pay of entering, against variances known beforehand.
@Suite struct MemoryTests {
    private static let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"

    private static func machine(_ edges: [(from: String, to: String, when: String, reward: Double)], weight: Double = 1) -> String {
        "  - id: plan\n    weight: \(weight)\n    term: reward_machine\n    parameters:\n      states: [A, B]\n      edges:\n"
            + edges.map { "        - from: \($0.from)\n          to: \($0.to)\n          when: \($0.when)\n          reward: \($0.reward)\n" }.joined()
    }

    /// A long that turns the state is charged 1 in A and paid .5 in B, each met half of the time: a deviation of .75, whatever the bars do.
    @Test func twoStates() throws {
        let report = try LintMarkets.lint(LintMarkets.design(Self.base + Self.machine([("A", "B", "direction > 0", -1), ("B", "A", "direction > 0", 0.5)])))
        let row = try #require(report.memories.first)
        #expect(row.term == "plan" && abs(row.memory - 0.75) < 0.03, "\(row)")
        // Memory and bars are apart: their variances add.
        let bars = (row.steps * row.steps - row.memory * row.memory).squareRoot()
        #expect(bars > 0.3 && bars < 0.8, "\(row)")
        #expect(report.issues.contains { $0.code == "non_markov" })
    }

    /// The same machine with a weight that the bars drown misleads nobody.
    @Test func aSmallMemory() throws {
        let report = try LintMarkets.lint(LintMarkets.design(Self.base + Self.machine([("A", "B", "direction > 0", -1), ("B", "A", "direction > 0", 0.5)], weight: 0.05)))
        let row = try #require(report.memories.first)
        #expect(abs(row.memory - 0.0375) < 0.0015 && row.share < 0.1, "\(row)")
        #expect(!report.issues.contains { $0.code == "non_markov" })
    }

    /// A state that the regime tells is no hidden memory, though it moves the pay as much as one that is hidden.
    @Test func whatTheRegimeTells() throws {
        let told = Self.machine([
            ("A", "B", "regime in [HIGH_VOL, CRISIS]", 0), ("B", "A", "regime in [LOW_VOL, TRENDING]", 0), ("A", "A", "direction > 0", -1), ("B", "B", "direction > 0", 0.5),
        ])
        let row = try #require(try LintMarkets.lint(LintMarkets.design(Self.base + told)).memories.first)
        // What is left is the bar on which the regime changes: one that the state lags behind.
        #expect(row.memory < 0.35, "\(row)")
    }

    /// What the hour makes of the pay is the step's doing, whatever keeps a memory beside it.
    @Test func whatTheStepTells() throws {
        let row = try #require(try LintMarkets.lint(LintMarkets.design(Self.base + Self.machine([("A", "A", "direction > 0 and hour < 12", -1), ("A", "B", "close < 0", 0)]))).memories.first)
        // The half of the hours makes a deviation of .5; a covariance of some thousand pairs is known to about .006.
        #expect(row.memory < 0.2 && row.steps > 0.5, "\(row)")
    }

    /// On markets that only rise a win is paid in A, none in B, and shorts (puts) turn the state: at zero edge half of the trades win, which makes .5 and 0, each met half of the time, a deviation of .25.
    @Test func whatCameIsNobodysSkill() throws {
        func turned(by turn: String, won: String) -> String { Self.machine([("A", "B", turn, 0), ("B", "A", turn, 0), ("A", "A", won, 1)]) }
        let spot = lintReward(try LintMarkets.design(turned(by: "direction < 0", won: "direction > 0 and next_return > 0")), on: RisingMarkets.spot(bars: 8_000))
        let scalp = lintReward(
            try OptionsLintTests.design(turned(by: "action == BUY_PUT", won: "action == BUY_CALL and next_premium_return > 0")), on: RisingMarkets.options(days: 12))
        for row in [spot, scalp].flatMap(\.memories) { #expect(abs(row.memory - 0.25) < 0.02, "\(row)") }
        #expect(spot.memories.count == 1 && scalp.memories.count == 1)
    }

    /// Thirty bars after the memory has filled are too few to tell of it, whatever it does; four hundred are not.
    @Test func tooFewToTell() throws {
        let design = try LintMarkets.design(Self.base + Self.machine([("A", "B", "direction > 0", -1), ("B", "A", "direction > 0", 0.5)]))
        for (bars, tells) in [(230, false), (600, true)] {
            let report = lintReward(design, on: RisingMarkets.spot(bars: bars)), row = try #require(report.memories.first)
            #expect((row.memory > 0.3) == tells && (row.steps > 0) == tells && report.issues.contains { $0.code == "non_markov" } == tells, "\(row)")
        }
    }

    /// Ratios: the memory of a window of w returns moves its Sharpe ratio by about 1 / sqrt(w), that of a differential ratio by less.
    @Test func longerWindowsMislead() throws {
        let shares = try ["    term: sharpe_window\n    parameters:\n      window: 30\n", "    term: sharpe_window\n    parameters:\n      window: 250\n", "    term: differential_sharpe\n"].map { body in
            try #require(try LintMarkets.lint(LintMarkets.design("  - id: ratio\n    weight: 1\n" + body)).memories.first).share
        }
        #expect(shares[0] > 2 * shares[1] && shares[0] > 2 * shares[2], "\(shares)")
    }
}
