import ComponentKit
import Rewards
import Testing
import TradingTypes

/// One hand-worked value of a term.
struct TermCase: Sendable, CustomTestStringConvertible {
    let id: String
    let term: String
    var parameters: [String] = []
    var row: [String: Double] = [:]
    let expected: Double
    var testDescription: String { "\(term): \(id)" }
}

/// Terms whose pay follows from the step alone, one row each. The steps of the working stand beside each case.
@Suite struct TermsValueTests {
    static let returns: [TermCase] = [
        // ln(1 + 1 * 0.02 - 0.001) = ln 1.019
        .init(id: "gain after cost", term: "log_return", row: ["direction": 1, "next_return": 0.02, "cost": 0.001], expected: 0.0188217542),
        // 1 - 1.5 is below the floor of 0.000001; ln 0.000001 = -6 ln 10
        .init(id: "loses everything", term: "log_return", row: ["direction": -1, "next_return": 1.5], expected: -13.8155105580),
        // close 100, return 2%: the price moves 2; ATR14 is 0.5% of 100 = 0.5; short: -2 / 0.5
        .init(id: "in ranges", term: "position_return", row: ["direction": -1, "next_return": 0.02, "atr_14": 0.5], expected: -4),
        .init(id: "per price", term: "position_return", parameters: ["normalise: close"], row: ["direction": -1, "next_return": 0.02], expected: -0.02),
        .init(id: "quote units", term: "position_return", parameters: ["normalise: quote"], row: ["direction": -1, "next_return": 0.02], expected: -2),
        // per bar 0.1 / sqrt(10000) = 0.001; over 0.01 a tenth; 0.1 * 0.02 = 0.002; less 5e-4 * |1 - (-1)| = 0.001
        .init(
            id: "scaled, reversal", term: "vol_scaled_return", parameters: ["target: 0.1", "basis_points: 5", "bars_per_year: 10000"],
            row: ["direction": 1, "position": -1, "next_return": 0.02, "volatility_24h": 0.01], expected: 0.001),
        // the floor 0.0001 stands in for a volatility of 0: 0.001 / 0.0001 * 0.02 = 0.2
        .init(
            id: "dead market", term: "vol_scaled_return", parameters: ["target: 0.1", "basis_points: 0", "bars_per_year: 10000"],
            row: ["direction": 1, "next_return": 0.02, "volatility_24h": 0], expected: 0.2),
        // -0.01 - 0.001 - 0.01
        .init(id: "short against the market", term: "benchmark_excess", row: ["direction": -1, "next_return": 0.01, "cost": 0.001], expected: -0.021),
        .init(id: "flat in a rise", term: "benchmark_excess", row: ["next_return": 0.01], expected: -0.01),
        .init(id: "half a benchmark", term: "benchmark_excess", parameters: ["benchmark: -0.5"], row: ["next_return": 0.01], expected: 0.005),
        // -1/2 * 2 * (0.1)^2
        .init(id: "squared", term: "variance_penalty", row: ["direction": -1, "next_return": 0.1], expected: -0.01),
        .init(id: "gain kept", term: "positive_only", parameters: ["of: direction * next_return"], row: ["direction": -1, "next_return": -0.02], expected: 0.02),
        .init(id: "loss dropped", term: "positive_only", parameters: ["of: direction * next_return"], row: ["direction": 1, "next_return": -0.02], expected: 0),
    ]

    static let costs: [TermCase] = [
        // loss 0.05 + 0.001; equity at 0.9 of its peak: 0.9 * 0.051 = 0.0459; half of it
        .init(id: "deepens", term: "drawdown_penalty", row: ["direction": 1, "next_return": -0.05, "cost": 0.001, "drawdown": 0.1], expected: -0.02295),
        .init(id: "recovers", term: "drawdown_penalty", row: ["direction": 1, "next_return": 0.05, "drawdown": 0.1], expected: 0),
        .init(id: "old loss", term: "drawdown_penalty", row: ["drawdown": 0.3], expected: 0),
        // 10 basis points on two units
        .init(id: "reversal", term: "turnover_cost", row: ["direction": 1, "position": -1], expected: -0.002),
        .init(id: "kept", term: "turnover_cost", row: ["direction": 1, "position": 1], expected: 0),
        .init(id: "closed", term: "turnover_cost", parameters: ["basis_points: 2.5"], row: ["position": 1], expected: -0.00025),
        // 0.05 * (0.03 - 0.001)
        .init(id: "missed a fall", term: "opportunity_cost", row: ["next_return": -0.03], expected: -0.00145),
        .init(id: "not worth a trade", term: "opportunity_cost", row: ["next_return": 0.0005], expected: 0),
        .init(id: "in a trade", term: "opportunity_cost", row: ["direction": 1, "next_return": 0.03], expected: 0),
        // long: -0.02 - 0.001; best is short: 0.02 - 0.001; -0.021 - 0.019
        .init(id: "wrong side", term: "regret", row: ["direction": 1, "next_return": -0.02], expected: -0.04),
        // staying long -0.0005; flat -0.001; short 0.0005 - 0.002: staying was best
        .init(id: "small loss, staying was best", term: "regret", row: ["direction": 1, "position": 1, "next_return": -0.0005], expected: 0),
        // staying short 0.03 was best; flat costs 0.001: -0.001 - 0.03
        .init(id: "left a winner", term: "regret", row: ["position": -1, "next_return": -0.03], expected: -0.031),
        .init(id: "in a position", term: "cash_penalty", row: ["direction": -1], expected: -0.1),
        .init(id: "flat", term: "cash_penalty", row: [:], expected: 0),
        .init(id: "all cash asked for", term: "cash_penalty", parameters: ["proportion: 100%"], row: ["direction": 1], expected: -1),
        // bought 1 unit at 1 + 0.25 = later price: 10000 * 0.25 / 1.25 - 100
        .init(id: "bought before a rise", term: "pa_minus_quadratic_volume", row: ["direction": 1, "next_return": 0.25], expected: 1_900),
        // sold 2 units before a rise: -2 * 2000 - 100 * 4
        .init(id: "sold before a rise", term: "pa_minus_quadratic_volume", row: ["direction": -1, "position": 1, "next_return": 0.25], expected: -4_400),
    ]

    static let path: [TermCase] = [
        // 2 * 50 / 100
        .init(id: "half way", term: "time_in_trade_ramp", parameters: ["lambda: 2", "max_bars: 100"], row: ["direction": 1, "position": 1, "bars_in_position": 50], expected: -1),
        // 2 * (50 / 100)^2
        .init(
            id: "curved", term: "time_in_trade_ramp", parameters: ["lambda: 2", "max_bars: 100", "power: 2"],
            row: ["direction": -1, "position": -1, "bars_in_position": 50], expected: -0.5),
        .init(id: "left", term: "time_in_trade_ramp", parameters: ["max_bars: 100"], row: ["position": 1, "bars_in_position": 50], expected: 0),
        .init(id: "reversed", term: "time_in_trade_ramp", parameters: ["max_bars: 100"], row: ["direction": -1, "position": 1, "bars_in_position": 50], expected: 0),
        .init(id: "curved, flat", term: "time_in_trade_ramp", parameters: ["power: 0.5"], row: [:], expected: 0),
        // 0.01 * (25 - 10)
        .init(id: "past the warm-up", term: "idle_ramp", parameters: ["lambda: 0.01"], row: ["bars_flat": 25], expected: -0.15),
        .init(id: "within the warm-up", term: "idle_ramp", parameters: ["lambda: 0.01"], row: ["bars_flat": 10], expected: 0),
        .init(id: "at the cap", term: "idle_ramp", parameters: ["lambda: 0.01"], row: ["bars_flat": 500], expected: -1),
        .init(id: "entering", term: "idle_ramp", parameters: ["lambda: 0.01"], row: ["bars_flat": 25, "direction": 1], expected: 0),
        .init(id: "reversal", term: "invalid_action", row: ["direction": -1, "position": 1], expected: -2),
        .init(id: "kept", term: "invalid_action", row: ["direction": 1, "position": 1], expected: 0),
        .init(id: "kept, charged", term: "invalid_action", parameters: ["repeats: 1"], row: ["direction": 1, "position": 1], expected: -2),
        .init(id: "entry", term: "invalid_action", parameters: ["repeats: 1"], row: ["direction": 1], expected: 0),
        .init(id: "exit", term: "invalid_action", parameters: ["repeats: 1"], row: ["position": 1], expected: 0),
        // 0.25 lost, 0.1 tolerated
        .init(id: "kept a loser", term: "stop_loss_penalty", row: ["direction": 1, "position": 1, "unrealized": -0.25], expected: -0.15),
        .init(id: "closed the loser", term: "stop_loss_penalty", row: ["position": 1, "unrealized": -0.25], expected: 0),
        .init(id: "small loss", term: "stop_loss_penalty", row: ["direction": 1, "position": 1, "unrealized": -0.05], expected: 0),
        // aim 0.2
        .init(id: "small profit", term: "low_profit_penalty", row: ["position": 1, "realized": 0.05], expected: -0.15),
        .init(id: "loss", term: "low_profit_penalty", row: ["position": 1, "direction": -1, "realized": -0.1], expected: -0.3),
        .init(id: "aim beaten", term: "low_profit_penalty", row: ["position": 1, "realized": 0.3], expected: 0),
        .init(id: "not closed", term: "low_profit_penalty", row: ["position": 1, "direction": 1], expected: 0),
        .init(id: "entered", term: "low_profit_penalty", row: ["direction": 1], expected: 0),
    ]

    /// The documented numbers; RSI = 50 + 50 * rsi_14.
    static let freqai: [TermCase] = [
        .init(id: "entry at RSI 50", term: "freqai_example", row: ["direction": 1], expected: 25),
        // RSI 20: 25 * 40 / 20
        .init(id: "entry at RSI 20", term: "freqai_example", row: ["direction": -1, "rsi_14": -0.6], expected: 50),
        .init(id: "waiting", term: "freqai_example", expected: -1),
        // 150 of 300 bars
        .init(id: "sitting", term: "freqai_example", row: ["direction": 1, "position": 1, "bars_in_position": 150], expected: -0.5),
        // 0.02 * 100 * 1.5
        .init(id: "early exit", term: "freqai_example", row: ["position": 1, "bars_in_position": 10, "realized": 0.02], expected: 3),
        // 0.03 * 100 * 1.5 * 2: above the aim of 0.025
        .init(id: "early exit above the aim", term: "freqai_example", row: ["position": -1, "bars_in_position": 300, "realized": 0.03], expected: 9),
        // 0.03 * 100 * 0.5 * 2
        .init(id: "late exit above the aim", term: "freqai_example", row: ["position": 1, "bars_in_position": 301, "realized": 0.03], expected: 3),
        // a reversal closes the trade and pays no entry: -0.02 * 150
        .init(id: "reversal", term: "freqai_example", row: ["position": 1, "direction": -1, "bars_in_position": 1, "realized": -0.02], expected: -3),
    ]

    @Test(arguments: returns + costs + path + freqai)
    func handWorkedValue(_ example: TermCase) throws {
        var row = example.row
        if row.isEmpty { row["direction"] = 0 }
        let paid = try pay(example.term, example.parameters, outcomes(row.mapValues { [$0] }))
        #expect(abs(paid[0] - example.expected) <= handTolerance * max(1, abs(example.expected)), "\(example.testDescription): paid \(paid[0])")
    }

    /// Enter and leave every other bar at a fee of 0.1%: (25 - 150 * 0.001) / 2 = 12.425 a bar (REWARD-ANALYSIS E.5).
    @Test func freqaiFarmEarnsWhatWasWorkedOut() throws {
        let farm = outcomes([
            "direction": [1, 0], "position": [0, 1], "bars_in_position": [0, 1], "realized": [0, -0.001],
        ])
        let paid = try pay("freqai_example", [], farm)
        #expect(abs((paid[0] + paid[1]) / 2 - 12.425) < handTolerance)
    }

    /// Over an episode the drawdown charges add up to lambda times all deepenings of the drawdown.
    @Test func drawdownChargesAddUp() throws {
        let path = randomOutcomes(400, seed: 11)
        let paid = try pay("drawdown_penalty", ["lambda: 2"], path)
        guard let drawdown = path.columns["drawdown"] else { return }
        var deepened = 0.0
        for t in 1..<400 { deepened += max(0, drawdown[t] - drawdown[t - 1]) }
        #expect(deepened > 0.01)
        #expect(abs(paid[..<399].reduce(0, +) + 2 * deepened) < 1e-9)
    }

    /// Regret is never positive, and between the actions of one state it differs as the net return does.
    @Test func regretKeepsTheOrderOfActions() throws {
        for position in [-1.0, 0, 1] {
            for r in [-0.03, -0.0007, 0, 0.0004, 0.02] {
                let three = outcomes([
                    "direction": [-1, 0, 1], "position": [position, position, position], "next_return": [r, r, r],
                ])
                let regret = try pay("regret", [], three)
                let net = [-1.0, 0, 1].map { $0 * r - 0.001 * abs($0 - position) }
                #expect(regret.allSatisfy { $0 <= 1e-15 } && regret.contains { abs($0) < 1e-15 })
                #expect(abs((regret[0] - regret[1]) - (net[0] - net[1])) < 1e-15)
                #expect(abs((regret[2] - regret[1]) - (net[2] - net[1])) < 1e-15)
            }
        }
    }

    /// sum over t of gamma^t (gamma phi(t+1) - phi(t)) = gamma^T phi(T) - phi(0).
    @Test(arguments: [1, 0.99, 0.5]) func potentialTelescopes(gamma: Double) throws {
        let count = 200
        var random = TestRandom(state: 3)
        let phi = (0...count).map { _ in random.uniform() - 0.5 }
        let run = outcomes(["unrealized": Array(phi[..<count])], next: ["unrealized": .values(Array(phi[1...]))])
        let shaped = try pay("potential", ["phi: 3 * unrealized", "gamma: \(gamma)"], run)
        var total = 0.0, discount = 1.0
        for x in shaped {
            total += discount * x
            discount *= gamma
        }
        #expect(abs(total - 3 * (discount * phi[count] - phi[0])) < 1e-12)
    }
}
