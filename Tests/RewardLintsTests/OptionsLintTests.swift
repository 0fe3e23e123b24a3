import Expressions
import Intraday
import OptionsEnvironment
import RewardLints
import Rewards
import TestSupport
import Testing
import TradingTypes

/// Lints of options rewards on a few synthetic days.
@Suite struct OptionsLintTests {
    static let scope = NameScope.options(regimeNames: Regime.names)

    static let market: Result<OptionsMarket, any Error> = Result {
        let loaded = try IntradaySource.parse("synthetic:intraday,days=12").load()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        return OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }))
    }

    private static func lintMarket(sees set: ObservationSet) throws -> OptionsLintMarket {
        try lintMarket(sees: set.market + set.contract.map(\.name) + StateFeature.allCases.map(\.name) + ["regime"], set.name)
    }

    private static func lintMarket(sees columns: [String], _ title: String) throws -> OptionsLintMarket {
        let market = try market.get()
        return OptionsLintMarket(
            market: market, days: Array(market.days.indices), observed: ObservedNames(title: title, columns: columns, environment: .options), scope: scope, gamma: 0.92, title: "synthetic")
    }

    static func lint(_ design: RewardDesign, sees set: ObservationSet = .full) throws -> LintReport { lintReward(design, on: try lintMarket(sees: set)) }

    static func compare(_ a: String, _ b: String) throws -> RewardComparison { compareRewards(try design(a), try design(b), on: try lintMarket(sees: .full)) }

    static func shipped(_ name: String) throws -> RewardDesign { try RewardDesign(file: packageRoot + "/rewards/\(name).yaml", scope: scope, gamma: 0.92) }

    static func design(_ terms: String) throws -> RewardDesign {
        try RewardDesign(file: "x.yaml", text: "schema: 1\nname: x\nenvironment: options\nterms:\n" + terms, scope: scope, gamma: 0.92)
    }

    /// The audit's reward: entering is paid for certain, one term alone +.02 / 2 a step, and a loss of 30% lies behind the stop at 15%.
    @Test func theAuditedReward() throws {
        let report = try Self.lint(Self.shipped("scalp-audited"))
        let farm = try #require(report.farms.first)
        #expect(farm.code == .farmGuaranteed && farm.actions.count == 2 && farm.actions.contains("EXIT"))
        let entry = try #require(farm.terms.first { $0.id == "buy_frequency" })
        // The day's last minute has no way out by EXIT, so that a few cycles are a step short.
        #expect(abs(entry.pay - 0.01) < 2e-4)
        #expect(report.issues.contains { $0.code == "farm_guaranteed" && $0.message.contains("'buy_frequency' alone") })
        let dead = report.issues.filter { $0.code == "never_fires" }
        #expect(dead.count == 1 && dead[0].message.contains("'big_drawdown'") && dead[0].message.contains("-15%"))
        #expect(farm.sentence.contains("pulls towards trading"))
        #expect(farm.breakEvenFriction.map { $0 > 0.002 && $0 < 0.01 } == true)
    }

    /// Without profit or cost in the reward nothing stops it; sales at a profit are paid, at a loss they cost nothing.
    @Test func theListedTermsAlone() throws {
        let report = try Self.lint(Self.shipped("scalp-listed"))
        let farm = try #require(report.farms.first)
        #expect(farm.breakEvenFriction == nil && farm.sentence.contains("no friction stops it"))
        #expect(report.issues.contains { $0.code == "convexity_leak" && $0.message.contains("'scalp_tier'") })
    }

    @Test func netProfitIsNotFlagged() throws {
        let report = try Self.lint(Self.shipped("scalp-profit"))
        #expect(report.issues.isEmpty, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }

    @Test func netProfitWithAPotentialIsNotFlagged() throws {
        let report = try Self.lint(Self.design("  - id: net\n    weight: 1\n    value: net_profit\n  - id: shaping\n    weight: 0.5\n    term: potential\n    parameters:\n      phi: unrealized\n"))
        #expect(report.issues.isEmpty, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }

    /// The audited model does not see the setup score that it is paid for.
    @Test func theAuditedObservationMissesTheScore() throws {
        let report = try Self.lint(Self.shipped("scalp-audited"), sees: .audited)
        let hidden = report.issues.filter { $0.code == "not_observed" }
        #expect(hidden.contains { $0.message.contains("'good_buy'") && $0.message.contains("'setup_score'") })
        #expect(hidden.contains { $0.message.contains("'missed_opportunity'") })
        // What other columns give away is said as that: the score moves few of the minutes on which HOLD is paid.
        for issue in hidden {
            guard let row = report.coverage.first(where: { issue.message.hasPrefix("'\($0.term)'") }) else { continue }
            #expect(issue.message.contains("give nearly all of it away") == (row.share >= 0.9) && issue.message.contains("which the policy cannot see") == (row.share < 0.9), "\(issue.message)")
            #expect(issue.help?.hasPrefix("little is lost") == (row.share >= 0.9))
        }
        #expect(hidden.contains { $0.message.contains("give nearly all of it away") } && hidden.contains { $0.message.contains("cannot see") })
        #expect(try !Self.lint(Self.shipped("scalp-audited")).issues.contains { $0.code == "not_observed" })
    }

    /// What pays waiting, or fines it, is blamed; what trades are paid by is not.
    @Test(arguments: [0.01, -0.05]) func paidForWaiting(_ pay: Double) throws {
        let report = try Self.lint(Self.design("  - id: net\n    weight: 1\n    value: net_profit\n  - id: rest\n    weight: \(pay)\n    when: action == HOLD and flat\n"))
        #expect(report.issues.filter { $0.code == "one_sided_guarantee" }.map(\.line) == [8], "\(report.issues.map(\.message))")
    }

    @Test func dollarsBesideFractions() throws {
        let report = try Self.lint(Self.design("  - id: net\n    weight: 1\n    value: net_profit * entry_premium\n  - id: hold\n    weight: -0.001\n    when: action == HOLD\n"))
        #expect(report.issues.contains { $0.code == "unit_mismatch" && $0.line == 5 })
    }

    // MARK: Lints that need a second look at the options market

    private static let net = "  - id: net\n    weight: 1\n    value: net_profit\n"

    @Test(arguments: [("cost", "    value: 3 * cost\n"), ("fees", "    value: 2 * fees\n"), ("credited in one term", "    value: net_profit + 2 * cost\n")])
    func creditedCosts(_ name: String, _ value: String) throws {
        let report = try Self.lint(Self.design(Self.net + "  - id: fee\n    weight: 1\n" + value))
        let issue = try #require(report.issues.first { $0.code == "farm_adversarial" })
        #expect(issue.line == 8 && issue.message.contains("credited instead of charged"), "\(issue.message)")
    }

    /// Charged, costs are as they should be; and a drawdown with the wrong sign is told.
    @Test func signs() throws {
        #expect(try !Self.lint(Self.design(Self.net + "  - id: fee\n    weight: -1\n    value: cost\n")).issues.contains { $0.code == "farm_adversarial" })
        let report = try Self.lint(Self.design(Self.net + "  - id: down\n    weight: 0.05\n    value: drawdown\n"))
        #expect(report.issues.contains { $0.code == "farm_adversarial" && $0.line == 8 && $0.message.contains("deeper the drawdown") })
    }

    private static func machine(_ edges: [(from: String, to: String, when: String, reward: Double)]) -> String {
        "  - id: plan\n    weight: 1\n    term: reward_machine\n    parameters:\n      states: [A, B]\n      edges:\n"
            + edges.map { "        - from: \($0.from)\n          to: \($0.to)\n          when: \($0.when)\n          reward: \($0.reward)\n" }.joined()
    }

    /// Every second entry is paid, the other fined: what BUY is worth hangs on a state that nobody shows.
    @Test func aHiddenAutomaton() throws {
        let report = try Self.lint(Self.design(Self.net + Self.machine([("A", "B", "action in [BUY_CALL, BUY_PUT]", -0.5), ("B", "A", "action in [BUY_CALL, BUY_PUT]", 0.4)])))
        #expect(report.issues.contains { $0.code == "non_markov" && $0.line == 8 })
    }

    /// Most minutes earn nothing and each day begins without a memory: the ratio divides by next to nothing at the day's first trades.
    @Test func aSharpeRatioOfMinutes() throws {
        let report = try Self.lint(Self.design("  - id: dsr\n    weight: 1\n    term: differential_sharpe\n"))
        #expect(report.issues.contains { $0.code == "scale" && $0.message.contains("lives on a few steps") }, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }

    /// Paid at the exit that follows a buy: no abstract state holds that, but the cycle is played.
    @Test func aMachineThatPaysRoundTrips() throws {
        let report = try Self.lint(Self.design(Self.machine([("A", "B", "action in [BUY_CALL, BUY_PUT]", 0), ("B", "A", "action == EXIT", 0.2)])))
        let farm = try #require(report.farms.first)
        #expect(farm.code == .farmGuaranteed && farm.actions.count == 2 && farm.actions[1] == "EXIT", "\(farm.actions)")
        // .2 a round trip of two steps; minutes without entry earn nothing.
        #expect(farm.regimes[0].pay > 0.09 && farm.regimes[0].pay <= 0.1, "\(farm.regimes)")
        #expect(report.issues.first?.code == "farm_guaranteed")
    }

    /// A bonus for entering that is just what an entry costs on average: nobody can tell the sides apart in twelve days.
    @Test func tooNearToTell() throws {
        // A bonus that is far smaller than what entering costs decides nothing, whatever the days can tell of the cost.
        let small = try Self.lint(Self.design(Self.net + "  - id: entry\n    weight: 0.001\n    when: action in [BUY_CALL, BUY_PUT]\n"))
        #expect(!small.issues.contains { $0.code == "not_identifiable" }, "\(small.issues.map(\.message))")
        // A bonus is judged on the trades that it is paid for: plainly more than these cost.
        let setups = try Self.lint(Self.design(Self.net + "  - id: setup\n    weight: 0.1\n    when: action == BUY_CALL and setup_score >= 4\n"))
        #expect(!setups.issues.contains { $0.code == "not_identifiable" }, "\(setups.issues.map(\.message))")
        let level = try Self.lint(Self.design(Self.net + "  - id: entry\n    weight: 0.033\n    when: action in [BUY_CALL, BUY_PUT]\n"))
        let issue = level.issues.first { $0.code == "not_identifiable" }
        #expect(issue?.line == 8 && issue?.message.contains("trades needed") == true, "\(level.issues.map(\.message))")
        // So is one for either side alone, on that side's trades.
        for side in ["BUY_CALL", "BUY_PUT"] {
            let one = try Self.lint(Self.design(Self.net + "  - id: entry\n    weight: 0.033\n    when: action == \(side)\n"))
            #expect(one.issues.contains { $0.code == "not_identifiable" && $0.line == 8 && $0.message.contains("that certain pay decides") }, "\(side): \(one.issues.map(\.message))")
        }
    }

    /// The average price stands behind the distance from it, which does not tell how high it is; the close beside it does.
    @Test func throughOtherColumns() throws {
        let column = try #require(try Self.market.get().column("vwap")).filter { $0.isFinite }.sorted(), middle = column[column.count / 2]
        let design = try Self.design(Self.net + "  - id: high\n    weight: -0.05\n    when: action == BUY_CALL and vwap > \(middle)\n"), own = ["position", "minutes_in_trade"]
        let far = lintReward(design, on: try Self.lintMarket(sees: own + ["vwap_dist"], "the distance"))
        let issue = try #require(far.issues.first { $0.code == "not_observed" })
        #expect(issue.line == 8 && issue.message.contains("'vwap', which the policy sees only through other columns, and they tell little of it"), "\(issue.message)")
        let near = lintReward(design, on: try Self.lintMarket(sees: own + ["vwap_dist", "close"], "the close"))
        #expect(!near.issues.contains { $0.code == "not_observed" }, "\(near.issues.map(\.message))")
        // By name neither is told: what cannot be seen at all is said to be that.
        let none = lintReward(design, on: try Self.lintMarket(sees: own, "itself"))
        #expect(none.issues.contains { $0.code == "not_observed" && $0.message.contains("which the policy cannot see (it sees itself; what it sees tells nothing of when BUY_CALL is paid (") }, "\(none.issues.map(\.message))")
    }

    /// What the audited observation tells of the setup that it does not show, and the full one, which shows it.
    @Test func coverageOfTheSetup() throws {
        let full = try #require(try Self.lint(Self.shipped("scalp-audited")).coverage.first { $0.term == "good_buy" })
        let audited = try #require(try Self.lint(Self.shipped("scalp-audited"), sees: .audited).coverage.first { $0.term == "good_buy" })
        #expect(full.share > 0.95 && full.by?.hasPrefix("setup_score") == true, "\(full)")
        #expect(audited.share < full.share - 0.05 && audited.share > 0.1, "\(audited)")
    }

    /// Calls win every minute of a market that only rises, and puts lose: paid for the moves of calls alone nobody is paid for chance, since the mirror image of each minute takes back what it gave.
    @Test func aRisingMarketIsNoLeak() throws {
        let terms = "  - id: calls\n    weight: 1\n    value: next_premium_return\n    when: position > 0 or action == BUY_CALL\n", market = RisingMarkets.options(days: 6)
        let fair = lintReward(try Self.design(terms), on: market)
        #expect(!fair.issues.contains { $0.code == "convexity_leak" }, "\(fair.issues.map(\.message))")
        let leaking = lintReward(try Self.design(terms.replacing("value: next_premium_return", with: "value: max(0, next_premium_return)")), on: market)
        #expect(leaking.issues.contains { $0.code == "convexity_leak" && $0.line == 5 })
    }

    // MARK: Sound and broken designs

    struct Design: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let terms: String
        var code: String?
        var line = 8
    }

    static let sound = [
        Design(testDescription: "net profit less a charge for time", terms: net + "  - id: time\n    weight: -0.0005\n    value: minutes_in_trade\n"),
        Design(testDescription: "net profit on its own scale", terms: "  - id: net\n    weight: 100\n    value: net_profit\n"),
        Design(testDescription: "net profit, cut off alike on both sides", terms: "  - id: net\n    weight: 1\n    value: clamp(net_profit, -0.2, 0.2)\n"),
        Design(testDescription: "net profit and a charge for entering", terms: net + "  - id: entry\n    weight: -0.01\n    when: action in [BUY_CALL, BUY_PUT]\n"),
        Design(testDescription: "net profit with a potential on the setup", terms: net + "  - id: setup\n    weight: 0.01\n    term: potential\n    parameters:\n      phi: position * setup_score\n"),
        Design(testDescription: "net profit with a fine for chasing", terms: net + "  - id: chase\n    weight: -0.05\n    when: action == BUY_CALL and rsi_14 > 65\n"),
    ]

    @Test(arguments: sound) func soundDesignsAreNotFlagged(_ design: Design) throws {
        let report = try Self.lint(Self.design(design.terms))
        #expect(report.issues.isEmpty, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }

    static let broken = [
        Design(testDescription: "a little for every minute in profit", terms: net + "  - id: winning\n    weight: 0.02\n    when: unrealized > 0\n", code: "farm_guaranteed"),
        Design(testDescription: "sales at a gain paid, at a loss not", terms: "  - id: wins\n    weight: 1\n    value: max(0, sale_return)\n    when: action == EXIT\n", code: "convexity_leak", line: 5),
        Design(testDescription: "pay for every minute in a trade", terms: net + "  - id: stay\n    weight: 0.01\n    when: position != 0\n", code: "farm_guaranteed"),
        Design(testDescription: "the sign of profit turned round", terms: "  - id: net\n    weight: -1\n    value: net_profit\n", code: "farm_adversarial", line: 5),
        Design(testDescription: "a gain that the stop's mirror cannot reach", terms: net + "  - id: loss\n    weight: 0.5\n    when: premium_change < -0.4\n", code: "never_fires"),
        Design(testDescription: "profit twice", terms: net + "  - id: again\n    weight: 0.5\n    value: net_profit\n", code: "double_counting"),
        Design(testDescription: "divided by the profit", terms: "  - id: ratio\n    weight: 1\n    value: net_profit / unrealized\n", code: "not_finite", line: 5),
    ]

    @Test(arguments: broken) func brokenDesignsAreFlagged(_ design: Design) throws {
        let report = try Self.lint(Self.design(design.terms))
        #expect(report.issues.contains { $0.code == design.code && $0.line == design.line }, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }
}
