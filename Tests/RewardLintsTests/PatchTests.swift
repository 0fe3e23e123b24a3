import RewardLints
import Testing

/// Farms end where their patch says, and comparisons tell whose faults are whose.
@Suite struct PatchTests {
    /// "a weight of 0.02 or less stops it".
    private static func limit(_ patch: String) throws -> Double {
        let rest = try #require(patch.firstRange(of: "a weight of "), "\(patch)").upperBound
        return try #require(Double(patch[rest...].split(separator: " ").first ?? ""))
    }

    private static let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"

    /// Below the weight that the advice names the farm is gone, above it is there. By hand: what is paid less what is charged (.02; half of the charge of a round trip of two bars).
    @Test(arguments: [
        ("being in the market", "  - id: bonus\n    weight: WEIGHT\n    when: action != HOLD\n  - id: fee\n    weight: -0.02\n    when: action != HOLD\n", 0.05, 0.02),
        ("opening a trade", "  - id: bonus\n    weight: WEIGHT\n    when: position == 0 and direction != 0\n  - id: fee\n    weight: -0.03\n    value: abs(direction - position)\n", 0.1, 0.06),
        ("winning", "  - id: bonus\n    weight: WEIGHT\n    when: direction * next_return > 0\n  - id: fee\n    weight: -0.02\n    when: action != HOLD\n", 0.1, 0.04),
    ]) func theWeightThatStopsIt(_ name: String, _ terms: String, _ weight: Double, _ expected: Double) throws {
        func farms(_ weight: Double) throws -> [FarmStory] { try LintMarkets.lint(LintMarkets.design(Self.base + terms.replacing("WEIGHT", with: "\(weight)"))).farms }
        let stop = try Self.limit(try #require(try farms(weight).first).patch)
        // Bars that do not move at all are no wins: a thousandth or so of them.
        #expect(abs(stop / expected - 1) < 0.01, "\(name): \(stop)")
        #expect(try farms(0.98 * stop).isEmpty && !farms(1.02 * stop).isEmpty)
    }

    /// "charge at least 0.03 a bar more": a charge of as much stops it, a little less does not.
    @Test func theChargeThatStopsIt() throws {
        let terms = Self.base + "  - id: bonus\n    weight: 0.05\n    when: action != HOLD\n  - id: fee\n    weight: -0.02\n    when: action != HOLD\n"
        let farm = try #require(try LintMarkets.lint(LintMarkets.design(terms)).farms.first), charge = try #require(farm.patch.firstMatch(of: /charge at least ([0-9.]+) a bar more/)).1
        #expect(Double(charge) == 0.03)
        for (factor, stops) in [(0.98, false), (1.02, true)] {
            let report = try LintMarkets.lint(LintMarkets.design(terms + "  - id: more\n    weight: -\(0.03 * factor)\n    when: direction != 0\n"))
            #expect(report.farms.isEmpty == stops, "\(factor)")
        }
    }

    /// Told once for all regimes where it is the same in all, one by one where it is not; and what is left of it on the worst of markets.
    @Test func whereItPays() throws {
        func sentence(_ when: String, _ weight: String = "0.05") throws -> String {
            try #require(try LintMarkets.lint(LintMarkets.design("  - id: base\n    weight: 1\n    value: direction * next_return\n  - id: bonus\n    weight: \(weight)\n    when: \(when)\n")).farms.first).sentence
        }
        #expect(try sentence("action != HOLD").contains("+0.0500 a bar for certain in every regime (holding: 0)"))
        let two = try sentence("action != HOLD and regime in [TRENDING, CRISIS]")
        #expect(two.contains("in TRENDING and CRISIS (holding: 0)") || two.contains("in CRISIS and TRENDING (holding: 0)"), "\(two)")
        let short = try sentence("direction < 0")
        #expect(short.hasPrefix("SHORT and nothing else: +0.0500 a bar"), "\(short)")
        // A wrong bar costs .75 of its regime's deviation, a hundredth at most; the bonus is paid all the same.
        let left = try #require(short.firstMatch(of: /with every move against it, still \+([0-9.]+)/), "\(short)").1
        #expect(try #require(Double(left)) > 0.035 && Double(left)! < 0.05)
    }

    /// Five for each trade of ten bars or more, whose return is paid a hundredfold: a round trip may cost five hundredths before it stops paying, however long it lasts.
    @Test func frictionOfLongTrades() throws {
        let report = try LintMarkets.lint(LintMarkets.design(Self.base + "  - id: patience\n    weight: 5\n    when: bars_in_position >= 10\n    accrual: close\n"))
        let farm = try #require(report.farms.first { $0.code == .farmGuaranteed }), friction = try #require(farm.breakEvenFriction, "\(farm.sentence)")
        #expect(abs(friction - 0.05) < 0.001, "\(farm.sentence)")
    }

    /// Of two bonuses on one cycle each is told that keeps it worth its while alone, and only that one.
    @Test func whoFarmsAlone() throws {
        func report(_ second: Double) throws -> LintReport {
            try LintMarkets.lint(LintMarkets.design(
                Self.base + "  - id: first\n    weight: 0.05\n    when: action != HOLD\n  - id: fee\n    weight: -0.02\n    when: action != HOLD\n  - id: second\n    weight: \(second)\n    when: direction != 0\n"))
        }
        for (second, alone) in [(0.03, true), (0.015, false)] {
            let issues = try report(second).issues.filter { $0.code == "farm_guaranteed" }
            #expect(issues.map(\.line) == (alone ? [8, 14] : [8]), "\(issues.map(\.message))")
            #expect(issues.contains { $0.message.contains("is farmed by 'second' alone: +0.03") } == alone)
        }
    }

    /// What only one of two rewards has is told of that one; a code that both have is not.
    @Test func whoseFaults() throws {
        let first = try LintMarkets.design(Self.base + "  - id: activity\n    weight: 0.05\n    when: action != HOLD\n  - id: crash\n    weight: -1\n    when: drawdown > 2\n")
        let second = try LintMarkets.design(Self.base + "  - id: wins\n    weight: 50\n    value: max(0, direction * next_return)\n  - id: moon\n    weight: 1\n    when: unrealized > 3\n")
        let own = try [first, second].map { Set(try LintMarkets.lint($0).issues.map(\.code)) }
        #expect(own.allSatisfy { $0.contains("never_fires") } && own[0].contains("farm_guaranteed") && own[1].contains("convexity_leak"))
        let there = try LintMarkets.compare(first, second), back = try LintMarkets.compare(second, first)
        #expect(Set(there.lost.map(\.code)) == own[0].subtracting(own[1]) && Set(there.gained.map(\.code)) == own[1].subtracting(own[0]), "\(there.lost), \(there.gained)")
        #expect(there.lost.map(\.message) == back.gained.map(\.message) && there.gained.map(\.message) == back.lost.map(\.message))
        #expect(there.lost.contains { $0.message.contains("LONG and nothing else") })
    }
}
