import ComponentKit
import Foundation
import Rewards
import Testing
import TradingTypes

/// Terms with a memory of the episode, along short trajectories worked out by hand.
@Suite struct TermsStatefulTests {
    /// Long throughout, without costs: the net return is `returns`.
    private func long(_ returns: [Double], episodeStarts: [Int] = [0]) -> OutcomeColumns {
        outcomes(["next_return": returns, "direction": returns.map { _ in 1 }], episodeStarts: episodeStarts)
    }

    private func expectClose(_ paid: [Double], _ expected: [Double], _ tolerance: Double = handTolerance, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(paid.count == expected.count, sourceLocation: sourceLocation)
        for (t, (x, y)) in zip(paid, expected).enumerated() {
            #expect(abs(x - y) <= tolerance * max(1, abs(y)), "step \(t): \(x), expected \(y)", sourceLocation: sourceLocation)
        }
    }

    /// k = 1 is the net return. k = 2: 1.1 - 1 (only one step yet), 1.1 * 1.2 - 1, 1.2 * 0.5 - 1, 0.5 * 1 - 1.
    @Test func netWorthWindow() throws {
        let run = long([0.1, 0.2, -0.5, 0])
        expectClose(try pay("net_worth_window", [], run), [0.1, 0.2, -0.5, 0])
        expectClose(try pay("net_worth_window", ["bars: 2"], run), [0.1, 0.32, -0.4, -0.5])
        // Window longer than the run: growth since the start: 1.1, 1.32, 0.66, 0.66.
        expectClose(try pay("net_worth_window", ["bars: 100"], run), [0.1, 0.32, -0.34, -0.34])
    }

    /// Ten returns, five of 0.03 and five of 0.01: mean 0.02, deviation 0.01, ratio 2. Then 0.01 drives out a 0.03: mean 0.018,
    /// mean square (4 * 9 + 6 * 1) * 1e-4 / 10 = 0.00042, deviation sqrt(0.00042 - 0.000324) = sqrt(0.000096).
    @Test func sharpeWindow() throws {
        let run = long([Double](repeating: 0.03, count: 5) + [Double](repeating: 0.01, count: 6))
        let paid = try pay("sharpe_window", ["window: 10"], run)
        expectClose(paid, [Double](repeating: 0, count: 9) + [2, 1.8371173071])
    }

    /// Equal returns have no deviation: the floor 0.0001 divides, 0.01 / 0.0001. Flat throughout pays 0.
    @Test func sharpeOfEqualReturnsIsFinite() throws {
        #expect(abs(try pay("sharpe_window", ["window: 10"], long([Double](repeating: 0.01, count: 12)))[11] - 100) < 1e-6)
        #expect(try pay("sharpe_window", ["window: 10"], long([Double](repeating: 0, count: 12)))[11] == 0)
    }

    /// Five of 0.03 and five of -0.01: mean 0.01, downside sqrt(5 * 0.0001 / 10) = 0.00707..., ratio sqrt 2.
    /// With a target of 0.01: mean excess 0, so 0.
    @Test func sortinoWindow() throws {
        let run = long([Double](repeating: 0.03, count: 5) + [Double](repeating: -0.01, count: 5))
        expectClose(try pay("sortino_window", ["window: 10"], run), [Double](repeating: 0, count: 9) + [1.4142135624])
        #expect(abs(try pay("sortino_window", ["window: 10", "target: 0.01"], run)[9]) < 1e-12)
    }

    /// The rolling sums stay right after many steps: compared with the window added up anew at every step.
    @Test(arguments: [10, 37, 500]) func rollingWindowsMatchTheDefinition(window: Int) throws {
        let run = randomOutcomes(3_000, seed: 5)
        guard let r = run.columns["next_return"], let d = run.columns["direction"], let c = run.columns["cost"] else { return }
        let net = (0..<3_000).map { d[$0] * r[$0] - c[$0] }
        let sharpe = try pay("sharpe_window", ["window: \(window)"], run), sortino = try pay("sortino_window", ["window: \(window)"], run)
        for t in stride(from: window - 1, to: 3_000, by: 13) {
            let newest = net[(t - window + 1)...t], n = Double(window)
            let mean = newest.reduce(0, +) / n
            let deviation = (newest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
            let downside = (newest.reduce(0) { $0 + min($1, 0) * min($1, 0) } / n).squareRoot()
            #expect(abs(sharpe[t] - mean / max(deviation, 1e-4)) < 1e-9)
            #expect(abs(sortino[t] - mean / max(downside, 1e-4)) < 1e-9)
        }
    }

    /// rate 0.1. R = 0.1: A = B = 0, pays 0; then A = 0.01, B = 0.001. R = 0.2: dA = 0.19, dB = 0.04 - 0.001 = 0.039,
    /// B - A^2 = 0.0009, to the power 1.5 it is 0.000027; (0.001 * 0.19 - 0.01 * 0.039 / 2) / 0.000027 = -0.000005 / 0.000027.
    @Test func differentialSharpe() throws {
        expectClose(try pay("differential_sharpe", ["rate: 0.1"], long([0.1, 0.2])), [0, -0.1851851852])
    }

    /// rate 0.1. R = -0.1: no loss seen yet, pays 0; then A = -0.01, DD^2 = 0.001. R = 0.2: (0.2 + 0.005) / sqrt(0.001);
    /// then A = -0.01 + 0.021 = 0.011, DD^2 = 0.0009. R = -0.1: (0.0009 * (-0.1 - 0.0055) - 0.011 * 0.01 / 2) / 0.000027
    /// = -0.00014995 / 0.000027.
    @Test func differentialDownside() throws {
        expectClose(try pay("differential_downside", ["rate: 0.1"], long([-0.1, 0.2, -0.1])), [0, 6.4826692033, -5.5537037037])
    }

    /// The definition, without the worked-out formula: the derivative of (A + h dA) / sqrt(DD^2 + h d(DD^2)) at h = 0.
    @Test func differentialDownsideIsTheDerivativeOfTheRatio() throws {
        let returns = [-0.02, 0.01, 0.03, -0.01, 0.02, -0.03, 0, 0.01]
        let paid = try pay("differential_downside", ["rate: 0.05"], long(returns))
        var mean = 0.0, square = 0.0
        for (t, r) in returns.enumerated() {
            let loss = min(r, 0) * min(r, 0)
            if t > 0 {
                func ratio(_ h: Double) -> Double { (mean + h * (r - mean)) / (square + h * (loss - square)).squareRoot() }
                let slope = (ratio(1e-6) - ratio(-1e-6)) / 2e-6
                #expect(abs(paid[t] - slope) < 1e-6 * max(1, abs(slope)), "step \(t)")
            }
            mean += 0.05 * (r - mean)
            square += 0.05 * (loss - square)
        }
    }

    // MARK: Reward machine

    private static let plan = [
        "states: [WAIT, IN, DONE]", "edges:",
        "  - from: WAIT", "    to: IN", "    when: direction != 0", "    reward: 0.5",
        "  - from: IN", "    to: DONE", "    when: realized > 0.02", "    reward: 2",
        "  - from: IN", "    to: WAIT", "    when: direction == 0", "    reward: -1",
    ]

    /// WAIT, enter (0.5) -> IN, keep (0), leave at a loss (-1) -> WAIT, enter (0.5) -> IN, leave with a profit: the edge to DONE stands
    /// before the edge to WAIT (2) -> DONE, where nothing is paid any more. The second episode starts in WAIT again.
    @Test func machineWalksItsEdges() throws {
        let run = outcomes(
            ["direction": [0, 1, 1, 0, 1, 0, 1, 1], "realized": [0, 0, 0, -0.01, 0, 0.03, 0, 0]], episodeStarts: [0, 7])
        #expect(try pay("reward_machine", Self.plan, run) == [0, 0.5, 0, -1, 0.5, 2, 0, 0.5])
    }

    /// Trying another action on each row is judged from the state that the actions really taken led to.
    @Test func machineJudgesTriedActionsFromTheTakenState() throws {
        let taken = outcomes(["direction": [1, 1, 1], "realized": [0, 0, 0]])
        let tried = outcomes(["direction": [0, 0, 0], "realized": [0, 0, 0.03]])
        let parts = try stack("reward_machine", Self.plan).parts(of: 0, tried: tried, taken: taken)
        #expect(parts.count == 1)
        #expect((0..<3).map { parts[0].pay[$0] } == [0, -1, 2])
    }

    /// By hand, planning discount .9. DONE: 0. IN: the edge to DONE gives 2, that to WAIT -1 + .9 V(WAIT), staying .9 V(IN): V = 2. WAIT: .5 + .9 * 2 = 2.3.
    /// phi = -2.3, -2, 0. With gamma .99: staying in WAIT .99 * -2.3 + 2.3 = .023, WAIT to IN -1.98 + 2.3 = .32, staying in IN .02, IN to WAIT
    /// -2.277 + 2 = -.277, IN to DONE 0 + 2 = 2, staying in DONE 0. The edges' own pay is as without shaping.
    @Test func automaticPotential() throws {
        let run = outcomes(
            ["direction": [0, 1, 1, 0, 1, 0, 1, 1], "realized": [0, 0, 0, -0.01, 0, 0.03, 0, 0]], episodeStarts: [0, 7])
        let shaped = try stack("reward_machine", Self.plan + ["shaping: automatic", "gamma: 0.99"])
        #expect(shaped.provenance(of: 0) == [.uncertain, .shaping])
        let parts = shaped.parts(of: 0, tried: run, taken: run)
        #expect((0..<8).map { parts[0].pay[$0] } == [0, 0.5, 0, -1, 0.5, 2, 0, 0.5])
        for (t, expected) in [0.023, 0.32, 0.02, -0.277, 0.32, 2, 0, 0.32].enumerated() { #expect(abs(parts[1].pay[t] - expected) < handTolerance, "step \(t)") }
        #expect(try stack("reward_machine", Self.plan + ["shaping: none"]).provenance(of: 0) == [.uncertain])
    }

    /// The sum of gamma^t F_t is gamma^T phi(last) - phi(first), whatever the agent does, T = 7 steps from WAIT to IN here.
    @Test func automaticPotentialTelescopes() throws {
        let run = outcomes(["direction": [0, 1, 0, 0, 1, 1, 1], "realized": [0, 0, 0, 0, 0, 0, 0]])
        let parts = try stack("reward_machine", Self.plan + ["shaping: automatic", "gamma: 0.9", "planning_gamma: 0.5"]).parts(of: 0, tried: run, taken: run)
        let sum = (0..<7).reduce(0.0) { $0 + pow(0.9, Double($1)) * parts[1].pay[$1] }
        // V at discount .5: IN 2, WAIT .5 + .5 * 2 = 1.5.
        #expect(abs(sum - (pow(0.9, 7) * -2 + 1.5)) < handTolerance)
    }

    /// A cycle that pays 1 a round of two steps is worth 1 / (1 - .81) from its paying state at planning discount .9, by summing the series; one that costs is left alone.
    @Test func automaticPotentialOfACycle() throws {
        let cycle = ["states: [A, B]", "edges:", "  - from: A", "    to: B", "    when: direction != 0", "    reward: 1", "  - from: B", "    to: A", "    when: direction == 0", "    reward: 0"]
        let run = outcomes(["direction": [0, 1, 0]])
        let parts = try stack("reward_machine", cycle + ["shaping: automatic", "gamma: 1"]).parts(of: 0, tried: run, taken: run)
        let a = 1 / 0.19, b = 0.9 / 0.19
        for (t, expected) in [0, a - b, b - a].enumerated() { #expect(abs(parts[1].pay[t] - expected) < handTolerance) }
        let costly = try stack("reward_machine", cycle.map { $0.replacingOccurrences(of: "reward: 1", with: "reward: -1") } + ["shaping: automatic"]).parts(of: 0, tried: run, taken: run)
        #expect((0..<3).allSatisfy { costly[1].pay[$0] == 0 })
    }

    /// Guards that read no outcome make pay along the path, others uncertain pay.
    @Test func machineProvenanceFollowsItsGuards() throws {
        let safe = ["states: [A, B]", "edges:", "  - from: A", "    to: B", "    when: direction != position", "    reward: 1"]
        #expect(try stack("reward_machine", safe).provenance(of: 0) == [.path])
        #expect(try stack("reward_machine", Self.plan).provenance(of: 0) == [.uncertain])
    }

    /// Names in guards are among the names that the reward needs.
    @Test func machineNamesItsGuards() throws {
        let plan = ["states: [A, B]", "edges:", "  - from: A", "    to: B", "    when: rsi_14 > 0.5", "    reward: 1"]
        #expect(try stack("reward_machine", plan).names.contains("rsi_14"))
    }

    static let faults: [(id: String, parameters: [String], code: String, line: Int, text: String)] = [
        ("misspelt state", ["states: [WAIT, IN]", "edges:", "  - from: WIAT", "    to: IN", "    when: direction != 0", "    reward: 1"], "unknown_state", 11, "did you mean 'WAIT'?"),
        ("misspelt shaping", ["shaping: automatik", "states: [A]", "edges:", "  - from: A", "    to: A", "    when: direction != 0", "    reward: 1"], "type", 9, "did you mean 'automatic'?"),
        ("planning for ever", ["shaping: automatic", "planning_gamma: 1", "states: [A]", "edges:", "  - from: A", "    to: A", "    when: direction != 0", "    reward: 1"], "range", 10, "planning_gamma"),
        ("no edges", ["states: [WAIT]", "edges: []"], "type", 10, "at least one entry"),
        ("no states", ["edges:", "  - from: A", "    to: A", "    when: direction != 0", "    reward: 1"], "missing_parameter", 7, "states"),
        ("state twice", ["states: [A, A]", "edges:", "  - from: A", "    to: A", "    when: direction != 0", "    reward: 1"], "duplicate_id", 9, "listed twice"),
        ("guard is a number", ["states: [A]", "edges:", "  - from: A", "    to: A", "    when: direction", "    reward: 1"], "type", 13, "condition"),
        ("edge without reward", ["states: [A]", "edges:", "  - from: A", "    to: A", "    when: direction != 0"], "missing_key", 11, "reward"),
        ("unknown key", ["states: [A]", "edges:", "  - from: A", "    to: A", "    when: direction != 0", "    reward: 1", "    pay: 2"], "unknown_key", 15, "pay"),
    ]

    @Test(arguments: faults.indices) func machineFaultsSayWhere(index: Int) throws {
        let fault = Self.faults[index]
        let error = #expect(throws: InputIssues.self, "\(fault.id)") { try design(termFile("reward_machine", fault.parameters)) }
        let issue = error?.issues.first { $0.code == fault.code }
        #expect(issue != nil, "\(fault.id): \(error?.description ?? "")")
        #expect(issue?.line == fault.line, "\(fault.id): \(error?.description ?? "")")
        #expect(issue?.rendered.contains(fault.text) == true, "\(fault.id): \(issue?.rendered ?? "")")
    }
}
