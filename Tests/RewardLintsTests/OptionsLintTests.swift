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

    private static let market: Result<OptionsMarket, any Error> = Result {
        let loaded = try IntradaySource.parse("synthetic:intraday,days=12").load()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        return OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }))
    }

    static func lint(_ design: RewardDesign, sees set: ObservationSet = .full) throws -> LintReport {
        let market = try market.get()
        let seen = set.market + set.contract.map(\.name) + StateFeature.allCases.map(\.name) + ["regime"]
        return lintReward(
            design,
            on: OptionsLintMarket(
                market: market, days: Array(market.days.indices), observed: ObservedNames(title: set.name, columns: seen, environment: .options), scope: scope, gamma: 0.92, title: "synthetic"))
    }

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
        #expect(farm.sentence.contains("pull towards trading"))
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
        #expect(try !Self.lint(Self.shipped("scalp-audited")).issues.contains { $0.code == "not_observed" })
    }

    @Test func paidForWaiting() throws {
        let report = try Self.lint(Self.design("  - id: net\n    weight: 1\n    value: net_profit\n  - id: rest\n    weight: 0.01\n    when: action == HOLD and flat\n"))
        #expect(report.issues.contains { $0.code == "one_sided_guarantee" && $0.line == 8 })
    }

    @Test func dollarsBesideFractions() throws {
        let report = try Self.lint(Self.design("  - id: net\n    weight: 1\n    value: net_profit * entry_premium\n  - id: hold\n    weight: -0.001\n    when: action == HOLD\n"))
        #expect(report.issues.contains { $0.code == "unit_mismatch" && $0.line == 5 })
    }
}
