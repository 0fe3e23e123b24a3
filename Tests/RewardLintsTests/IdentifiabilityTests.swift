import RewardLints
import Testing

/// How many bars it takes to tell trading from holding, against figures worked out by hand.
@Suite struct IdentifiabilityTests {
    /// The number after `word` in a message, thousands marked by commas.
    private static func number(_ message: String, before word: String) throws -> Double {
        let head = try #require(message.firstRange(of: word)).lowerBound
        return try #require(Double(message[..<head].split(separator: " ").last?.replacing(",", with: "") ?? ""))
    }

    private static func design(_ bonus: Double, _ condition: String) -> String {
        "  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: rest\n    weight: \(bonus)\n    when: action == HOLD and \(condition)\n"
    }

    /// (2 deviation / gap)^2: half the bonus needs four times the bars, as long as nothing else pays.
    @Test func halfTheBonusNeedsFourTimesTheBars() throws {
        let needed = try [0.004, 0.002].map { bonus -> Double in
            let issue = try #require(try LintMarkets.lint(LintMarkets.design(Self.design(bonus, "regime == CRISIS"))).issues.first { $0.code == "not_identifiable" })
            return try Self.number(issue.message, before: " bars needed")
        }
        #expect(abs(needed[1] / needed[0] - 4) < 0.01, "\(needed)")
    }

    /// A bonus that is paid in a quarter of the hours is judged on these: as large there, with a quarter of the bars.
    @Test func judgedWhereItIsPaid() throws {
        let always = try #require(try LintMarkets.lint(LintMarkets.design(Self.design(0.004, "regime == CRISIS"))).issues.first { $0.code == "not_identifiable" }).message
        let nights = try #require(try LintMarkets.lint(LintMarkets.design(Self.design(0.004, "regime == CRISIS and hour < 6"))).issues.first { $0.code == "not_identifiable" }).message
        #expect(nights.contains("that certain pay decides") && !always.contains("that certain pay decides"))
        let needed = try [always, nights].map { try Self.number($0, before: " bars needed") }
        // A deviation by a quarter of the bars is not that by all of them.
        #expect(needed[1] / needed[0] > 0.7 && needed[1] / needed[0] < 1.4, "\(needed)")
        let have = try [always, nights].map { try #require(Double($0.split(separator: "bars needed of ").last?.split(separator: " ").first?.replacing(",", with: "") ?? "")) }
        #expect(abs(have[1] / have[0] - 0.25) < 0.03, "\(have)")
    }

    /// A bonus for shorts is judged by shorts, as one for longs is by longs: the same bars, and as many of them are needed.
    @Test func eitherSideIsJudged() throws {
        let needed = try ["direction > 0", "direction < 0"].map { side -> Double in
            // The bonus makes the difference, not what holding is paid beside it.
            let terms = "  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: side\n    weight: 0.004\n    when: \(side) and regime == CRISIS\n  - id: rest\n    weight: 0.0001\n    when: action == HOLD and regime == CRISIS\n"
            let issue = try #require(try LintMarkets.lint(LintMarkets.design(terms)).issues.first { $0.code == "not_identifiable" }, "\(side)")
            #expect(issue.line == 8)
            return try Self.number(issue.message, before: " bars needed")
        }
        #expect(abs(needed[1] / needed[0] - 1) < 1e-3, "\(needed)")
    }

    /// Of two bonuses in doubt the one is named whose regime would need the most bars for those it has: fewer bars, larger moves and half the pay all say CRISIS.
    @Test(arguments: [("CRISIS", "HIGH_VOL", 8), ("HIGH_VOL", "CRISIS", 11)]) func theLeastDecidedIsNamed(_ first: String, _ second: String, _ line: Int) throws {
        func bonus(_ regime: String) -> String { "  - id: in_\(regime)\n    weight: \(regime == "CRISIS" ? 0.004 : 0.008)\n    when: action == HOLD and regime == \(regime)\n" }
        let report = try LintMarkets.lint(LintMarkets.design("  - id: base\n    weight: 100\n    value: direction * next_return\n" + bonus(first) + bonus(second)))
        let issues = report.issues.filter { $0.code == "not_identifiable" }
        #expect(issues.map(\.line) == [line] && issues[0].message.contains("CRISIS") && issues[0].message.contains("HIGH_VOL"), "\(issues.map(\.message))")
    }

    /// Potentials rank nothing: with one beside it the bonus needs as many bars, and a memory moves what entering pays by as much.
    @Test func potentialsDecideNothing() throws {
        let shaping = "  - id: shaping\n    weight: 3\n    term: potential\n    parameters:\n      phi: position * ema_20_50 + unrealized\n"
        let plain = Self.design(0.004, "regime == CRISIS"), messages = try [plain, plain + shaping].map { terms in
            try #require(try LintMarkets.lint(LintMarkets.design(terms)).issues.first { $0.code == "not_identifiable" }).message
        }
        #expect(messages[0] == messages[1])
        let machine = "  - id: plan\n    weight: 1\n    term: reward_machine\n    parameters:\n      states: [A, B]\n      edges:\n        - from: A\n          to: B\n          when: direction > 0\n          reward: -1\n        - from: B\n          to: A\n          when: direction > 0\n          reward: 0.5\n"
        let rows = try [machine, machine + shaping].map { try #require(try LintMarkets.lint(LintMarkets.design(plain + $0)).memories.first) }
        #expect(rows[0].memory == rows[1].memory && rows[0].steps == rows[1].steps, "\(rows)")
    }

    /// A bonus that is nothing beside what trading costs anyway is not blamed for a doubt about the cost.
    @Test func aDoubtThatTheBonusDoesNotMake() throws {
        let cost = "  - id: base\n    weight: 100\n    value: direction * next_return\n  - id: friction\n    weight: -1\n    value: 0.01 * abs(next_return / max(volatility_24h, 0.0001)) * abs(direction)\n"
        let report = try LintMarkets.lint(LintMarkets.design(cost + "  - id: rest\n    weight: 0.0005\n    when: action == HOLD\n"))
        #expect(!report.issues.contains { $0.code == "not_identifiable" }, "\(report.issues.map(\.message))")
        let larger = try LintMarkets.lint(LintMarkets.design(cost + "  - id: rest\n    weight: 0.01\n    when: action == HOLD\n"))
        #expect(larger.issues.contains { $0.code == "not_identifiable" }, "\(larger.issues.map(\.message))")
    }
}
