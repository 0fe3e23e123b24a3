import Training
import Testing

@Suite struct MeanFieldTests {
    /// HOLD shares that REWARD-ANALYSIS E.6 derived by another way (an ordinary differential equation); it has 79.8% at .93, where the equation's root is 80.01%.
    @Test(arguments: [(0.1, 0.362), (0.246, 0.408), (0.5, 0.504), (0.8, 0.666), (0.9, 0.754), (0.93, 0.800)])
    func freshPolicies(x: Double, hold: Double) throws {
        #expect(abs(try #require(MeanField.holdShare(x: x)) - hold) < 0.002)
    }

    @Test func theFold() {
        let best = stride(from: 0.001, to: 0.999, by: 0.000_5).map { (u: $0, x: MeanField.x(tradeShare: $0)) }.max { $0.x < $1.x }!
        #expect(abs(best.x - MeanField.fold.x) < 1e-4 && abs(best.u - MeanField.fold.tradeShare) < 2e-3)
        #expect(MeanField.holdShare(x: 0.95) == nil)
        // Without a gap the three actions are alike.
        #expect(abs(MeanField.holdShare(x: 0)! - 1.0 / 3) < 1e-6)
    }

    /// Between .81 and .94 a policy that starts at 95% HOLD collapses although a fresh one stays mixed.
    @Test func hysteresis() {
        #expect(!MeanField.collapses(x: 0.80, from: 0.95) && MeanField.collapses(x: 0.83, from: 0.95))
        #expect(!MeanField.collapses(x: 0.90, from: 0.5) && MeanField.collapses(x: 0.90, from: 0.95))
        #expect(MeanField.collapses(x: 1, from: 0.4))
    }

    /// One regime of several is the single state again, and a regime that goes on trading holds the others up.
    @Test func regimesShareTheirNoise() throws {
        let alone = MeanField.holdShares(gap: [0.5], tilt: [0], noise: [1], weights: [1], entropyCoefficient: 0.9)
        // The gap's own spread adds a little to the noise.
        #expect(abs(alone[0] - (try #require(MeanField.holdShare(x: 0.5 / 0.9)))) < 0.03)
        let lost = MeanField.holdShares(gap: [0.1], tilt: [0], noise: [1], weights: [1], entropyCoefficient: 0.05)
        #expect(lost[0] > 0.98)
        let held = MeanField.holdShares(gap: [0.1, -0.1], tilt: [0, 0], noise: [1, 4], weights: [0.5, 0.5], entropyCoefficient: 0.05)
        #expect(held[0] < 0.8 && held[1] < 0.34)
        // Above the fold for a start at 95%, below it for a fresh one.
        let fresh = MeanField.holdShares(gap: [0.045], tilt: [0], noise: [1], weights: [1], entropyCoefficient: 0.05)
        let resumed = MeanField.holdShares(gap: [0.045], tilt: [0], noise: [1], weights: [1], entropyCoefficient: 0.05, start: 0.95)
        #expect(fresh[0] < 0.8 && resumed[0] > 0.95)
    }
}
