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
