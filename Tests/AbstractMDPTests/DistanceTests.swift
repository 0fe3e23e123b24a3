import AbstractMDP
import Foundation
import NumericKernels
import TestSupport
import Testing

/// EPIC and STARC against an independent NumPy script, and the laws that make them distances between rewards.
@Suite struct DistanceTests {
    struct Case: Decodable, Sendable {
        var states: Int, actions: Int, gamma: Double, state_shares: [Double], action_shares: [Double], a: [Double], b: [Double], potential: [Double], canonical_a: [Double], epic: Double
        var transitions: [Double], pay_a: [Double], pay_b: [Double], starc: Double

        func epic(_ x: [Double], _ y: [Double]) -> Double? {
            epicDistance(x, y, states: states, actions: actions, gamma: gamma, stateShares: state_shares, actionShares: action_shares)
        }

        var process: MarkovDecisionProcess {
            MarkovDecisionProcess(states: states, actions: actions, allowed: [UInt32](repeating: (1 << UInt32(actions)) - 1, count: states), rewards: pay_a) { s, a in
                (0..<states).map { ($0, transitions[(s * actions + a) * states + $0]) }
            }
        }

        var start: [Double] { [1] + [Double](repeating: 0, count: states - 1) }
    }

    struct Fixture: Decodable { var cases: [Case] }

    static let cases: [Case] = {
        let data = FileManager.default.contents(atPath: fixture("reward-distances/fixture.json")) ?? Data()
        guard let value = try? JSONDecoder().decode(Fixture.self, from: data) else { preconditionFailure("run python Tests/Parity/reward-distances/generate.py") }
        return value.cases
    }()

    @Test(arguments: cases.indices) func equalTheScript(_ i: Int) throws {
        let c = Self.cases[i]
        let canonical = canonicalReward(c.a, states: c.states, actions: c.actions, gamma: c.gamma, stateShares: c.state_shares, actionShares: c.action_shares)
        for (x, y) in zip(canonical, c.canonical_a) { #expect(abs(x - y) < 1e-12) }
        #expect(abs(try #require(c.epic(c.a, c.b)) - c.epic) < 1e-10)
        #expect(abs(try #require(c.process.starcDistance(to: c.pay_b, gamma: c.gamma, from: c.start)) - c.starc) < 1e-10)
    }

    /// EPIC(R, R + shaping) = 0 and EPIC(R, 2R + 3) = 0; a reward and its negative are 1 apart.
    @Test(arguments: cases.indices) func shapingAndScaleAreNothing(_ i: Int) throws {
        let c = Self.cases[i], n = c.states * c.actions
        let shaped = c.a.indices.map { c.a[$0] + c.gamma * c.potential[$0 % c.states] - c.potential[$0 / (c.actions * c.states)] }
        #expect(try #require(c.epic(c.a, shaped)) < 1e-12)
        #expect(try #require(c.epic(c.a, c.a.map { 2 * $0 + 3 })) < 1e-12)
        #expect(abs(try #require(c.epic(c.a, c.a.map { -$0 })) - 1) < 1e-12)
        // On the process, shaping is paid by its mean over what follows.
        let pay = (0..<n).map { pair in
            c.pay_a[pair] - c.potential[pair / c.actions] + c.gamma * (0..<c.states).reduce(0.0) { $0 + c.transitions[pair * c.states + $1] * c.potential[$1] }
        }
        #expect(try #require(c.process.starcDistance(to: pay, gamma: c.gamma, from: c.start)) < 1e-11)
        #expect(try #require(c.process.starcDistance(to: c.pay_a.map { 2 * $0 + 3 }, gamma: c.gamma, from: c.start)) < 1e-11)
        #expect(abs(try #require(c.process.starcDistance(to: c.pay_a.map { -$0 }, gamma: c.gamma, from: c.start)) - 1) < 1e-11)
    }

    @Test func whatRanksNothingHasNoDistance() {
        let c = Self.cases[0]
        #expect(c.epic(c.a, c.a.map { _ in 5 }) == nil)
        #expect(c.process.starcDistance(to: c.pay_a.map { _ in 5 }, gamma: c.gamma, from: c.start) == nil)
    }

    /// Transitions in a row, two actions: by hand, with gamma .5.
    @Test func transitionsByHand() {
        let pay: [[Double]] = [[0, 0, 0], [1, 3, -1]]
        // Means .5, 1.5, -.5, of all .5; taken 1, 0, 1: 1 - .5 + .75, 0 - 1.5 - .25, and after the end the mean of all: -1 + .5 + .25.
        #expect(canonicalTransitions(pay, taken: [1, 0, 1], gamma: 0.5) == [1.25, -1.75, -0.25])
    }
}
