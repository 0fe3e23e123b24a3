import AbstractMDP
import Expressions
import Intraday
import OptionsEnvironment
import Rewards
import Testing
import TradingTypes

/// How options rewards become processes, on a few synthetic days.
@Suite struct OptionsAbstractionTests {
    private static let scope = NameScope.options(regimeNames: Regime.names)

    private static let market: Result<OptionsMarket, any Error> = Result {
        let loaded = try IntradaySource.parse("synthetic:intraday,days=5").load()
        let features = computeIntradayFeatures(loaded.market, set: "all")
        return OptionsMarket(loaded.market, features: Array(zip(features.names, features.columns).map { (name: $0, column: $1) }))
    }

    private func stack(_ terms: String) throws -> RewardStack {
        RewardStack(try RewardDesign(file: "x.yaml", text: "schema: 1\nname: x\nenvironment: options\nterms:\n" + terms, scope: Self.scope, gamma: 0.92))
    }

    private func model(_ terms: String) throws -> AbstractModel {
        let market = try Self.market.get()
        return try OptionsAbstraction(stack(terms), market, days: Array(market.days.indices)).model()
    }

    @Test func onlyWhatTheRewardReadsIsToldApart() throws {
        #expect(try model("  - id: a\n    weight: 1\n    value: net_profit\n").path.count == 3)
        #expect(try model("  - id: a\n    weight: 1\n    value: minutes_in_trade\n").path.count == 5 + 2 * 5)
        #expect(try model("  - id: a\n    weight: 1\n    value: premium_change\n").path.count == 1 + 2 * 26)
        let tiers = try Self.market.get().configuration.tiers.count
        #expect(try model("  - id: a\n    weight: 1\n    value: tiers_paid\n").path.count == 1 + 2 * (tiers + 1))
    }

    /// Sales tell contracts apart, one state for each number sold; tiers do that where they are read.
    @Test func partsSoldAreToldApart() throws {
        let contracts = try Self.market.get().configuration.contracts, tiers = try Self.market.get().configuration.tiers.count
        #expect(try model("  - id: a\n    weight: 1\n    value: realized\n").path.count == 1 + 2 * 26 * contracts)
        #expect(try model("  - id: a\n    weight: 1\n    value: sold * best_sale\n").path.count == 1 + 2 * (tiers + 1))
    }

    /// Where every minute goes against the trade, it earns less and its profit falls; nothing changes for who holds nothing.
    @Test func adverseMinutes() throws {
        let market = try Self.market.get()
        let abstraction = try OptionsAbstraction(
            stack("  - id: net\n    weight: 1\n    value: net_profit\n  - id: profit\n    weight: 0\n    value: premium_change\n"), market, days: Array(market.days.indices))
        let fair = abstraction.model(), worst = abstraction.worst, actions = fair.actions
        var lower = 0, falling = 0, count = 0
        for g in 0..<fair.regimes where fair.shares[g] > 0 {
            #expect(worst.pay.at(hitRate: 0.5, regime: g, pair: fair.start * actions) == 0)
            let models = [fair, worst].map { $0.frozen(g, paying: [Double](repeating: 0, count: $0.path.count * actions)) }
            for p in fair.path.indices where fair.path[p].position != 0 && fair.path[p].profit > -0.1 && fair.path[p].profit < 0.3 && fair.allowed[p] & 1 == 1 {
                // What is left of the trade a minute later, a trade that ended counted at what it had.
                func after(_ i: Int) -> Double {
                    models[i].successors(p, 0).reduce(0) { $0 + $1.probability * (fair.path[$1.state].position == 0 ? fair.path[p].profit : fair.path[$1.state].profit) }
                }
                count += 1
                if worst.pay.at(hitRate: 0, regime: g, pair: p * actions) < fair.pay.at(hitRate: 0.5, regime: g, pair: p * actions) - 1e-4 { lower += 1 }
                if after(1) < after(0) { falling += 1 }
            }
        }
        #expect(count > 60 && Double(lower) > 0.9 * Double(count) && Double(falling) > 0.8 * Double(count), "\(lower) and \(falling) of \(count)")
    }

    /// HOLD and either BUY while flat; HOLD, TRIM and EXIT in a trade. BUY leads into its trade, EXIT out of it, and a call's way is a put's.
    @Test func masksAndTransitions() throws {
        let model = try model("  - id: a\n    weight: 1\n    value: net_profit\n"), process = model.process
        let call = try #require(model.path.firstIndex { $0.position == 1 }), put = try #require(model.path.firstIndex { $0.position == -1 })
        #expect(model.allowed[model.start] == 0b00111 && model.allowed[call] == 0b11001 && model.allowed[put] == 0b11001)
        func chance(_ from: Int, _ action: OptionAction, to: Int, _ g: Int) -> Double {
            process.successors(model.index(regime: g, path: from), Int(action.rawValue)).reduce(0) { $1.state % model.path.count == to ? $0 + $1.probability : $0 }
        }
        for g in 0..<model.regimes where model.shares[g] > 0 {
            #expect(chance(model.start, .buyCall, to: call, g) > 0.9 && chance(model.start, .buyPut, to: call, g) == 0)
            #expect(abs(chance(model.start, .buyCall, to: call, g) - chance(model.start, .buyPut, to: put, g)) < 1e-12)
            #expect(chance(model.start, .hold, to: model.start, g) > 1 - 1e-12 && chance(call, .exit, to: model.start, g) > 1 - 1e-12)
            // The stop and the close end some trades that are held.
            #expect(chance(call, .hold, to: call, g) > 0.8)
        }
    }

    /// Paid .02 for entering: BUY, EXIT, repeat earns .01 a step for certain, less the few minutes that forbid entries.
    @Test func churningEarnsHalfTheBonus() throws {
        let model = try model("  - id: entry\n    weight: 0.02\n    when: action in [BUY_CALL, BUY_PUT]\n")
        let process = model.pooled { g, pair in model.pay.certain[g][pair] }, best = process.maximumMean(from: model.start)
        #expect(abs(best.gain - 0.01) < 2e-4, "\(best.gain)")
        let cycle = process.likeliestCycle(of: best.policy, from: model.start).map(\.action)
        #expect(cycle.count == 2 && cycle.contains(Int(OptionAction.exit.rawValue)))
    }

    /// Selling in a state of profit u is paid about u: the sale is at the bid, half a spread below the middle that profits are told apart by.
    @Test func salesArePaidTheStatesProfit() throws {
        let model = try model("  - id: sale\n    weight: 1\n    value: sale_return\n    when: action == EXIT\n  - id: told\n    weight: 0\n    value: premium_change\n")
        var seen = 0
        for (p, state) in model.path.enumerated() where state.position != 0 && abs(state.profit) < 0.12 && model.allowed[p] & OptionAction.exit.bit != 0 {
            let pay = model.terms[0], pair = p * model.actions + Int(OptionAction.exit.rawValue)
            let mean = model.shares.indices.reduce(0) { $0 + model.shares[$1] * pay.at(hitRate: 0.5, regime: $1, pair: pair) }
            #expect(mean < state.profit + 0.0126 && mean > state.profit - 0.0126 - 0.06, "\(state): \(mean)")
            seen += 1
        }
        #expect(seen >= 10)
    }

    /// A minute that goes the trade's way pays more than one against it, and at even odds a trade loses what it costs.
    @Test func evenOddsLoseTheCost() throws {
        let model = try model("  - id: net\n    weight: 1\n    value: net_profit\n"), buy = model.start * model.actions + Int(OptionAction.buyCall.rawValue)
        for g in 0..<model.regimes where model.shares[g] > 0.05 {
            #expect(model.pay.favourable[g][buy] > 0 && model.pay.adverse[g][buy] < 0)
            #expect(model.pay.at(hitRate: 0.5, regime: g, pair: buy) < -0.005)
            #expect(model.pay.at(hitRate: 0.5, regime: g, pair: model.start * model.actions) == 0)
        }
    }

    // MARK: Walking

    /// The same seed walks the same way, and every action tried beside a step includes the one taken, with the same result.
    @Test func triesHoldTheStepTaken() throws {
        let market = try Self.market.get(), days = Array(market.days.indices.prefix(3)), rules = EpisodeRules()
        func walk(_ seed: UInt64) -> OptionsTrajectory { market.randomTrader(days: days, rules: rules, entry: 0.1, exit: 0.1, trim: 0.05, seed: seed, purpose: "test") }
        let trajectory = walk(1)
        #expect(trajectory.starts.count == 3 && trajectory.steps.map(\.facts.chosen) == walk(1).steps.map(\.facts.chosen) && trajectory.steps.map(\.facts.chosen) != walk(2).steps.map(\.facts.chosen))
        let tried = TriedSteps(beside: trajectory, market, rules: rules)
        var found = 0
        for (i, t) in tried.at.enumerated() where tried.actions[i] == trajectory.steps[t].facts.chosen {
            #expect(tried.steps.steps[i].facts.netProfit == trajectory.steps[t].facts.netProfit && tried.steps.steps[i].before.row == trajectory.steps[t].before.row)
            found += 1
        }
        #expect(found == trajectory.steps.count && tried.at.count > 2 * found)
    }

    /// What is not allowed is HOLD.
    @Test func aChoiceThatIsNotAllowedIsHold() throws {
        let market = try Self.market.get()
        let trajectory = market.walk(days: [0], rules: EpisodeRules(), seed: 1, purpose: "test") { _, _, _ in .exit }
        #expect(trajectory.steps.allSatisfy { $0.facts.chosen == OptionAction.hold.rawValue } && !trajectory.steps.isEmpty)
    }
}
