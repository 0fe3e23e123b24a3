import Foundation
import Postmortem
import Testing

@Suite struct FoldModelTests {
    /// REWARD-ANALYSIS E.6: the fold, and the stable mixture from a fresh start. Near the fold E.6 gives 75.4% and 79.8%, short of the roots (75.5%, 80.0%) by what its
    /// differential equation had still to go.
    @Test func theFold() {
        let model = FoldModel(trades: 2)
        #expect(abs(model.foldX - 0.9406) < 5e-5 && abs(model.foldTrading - 0.157) < 5e-4)
        for (x, hold) in [(0.1, 0.362), (0.246, 0.408), (0.5, 0.504), (0.8, 0.666), (0.9, 0.754), (0.93, 0.798)] {
            #expect(abs((model.stableHold(x: x) ?? 0) - hold) < (x < 0.9 ? 6e-4 : 2.5e-3), "x \(x)")
        }
        #expect(model.stableHold(x: 0.95) == nil && model.destination(x: 0.95, from: 1.0 / 3) == 1)
        #expect(abs((model.stableHold(x: 0) ?? 0) - 1.0 / 3) < 1e-9)
    }

    /// Hysteresis: between .81 and .94 a policy that holds 95% goes on to 100%, where a fresh one stays mixed; above 99.9% not even x = .246 frees it.
    @Test func hysteresis() {
        let model = FoldModel(trades: 2)
        #expect(model.destination(x: 0.82, from: 0.95) == 1 && model.destination(x: 0.82, from: 1.0 / 3) < 0.7)
        #expect(model.destination(x: 0.79, from: 0.95) < 0.7)
        #expect(model.destination(x: 0.246, from: 0.9991) == 1 && model.destination(x: 0.246, from: 0.998) < 0.42)
        #expect(model.lastFreeHold(x: -0.1) == 1 && model.lastFreeHold(x: 1) == nil)
    }

    @Test func roots() throws {
        for trades in [1, 2, 3, 4] {
            let model = FoldModel(trades: trades)
            for x in [0.05, 0.3, 0.9 * model.foldX] {
                #expect(abs(model.stationaryX(hold: try #require(model.stableHold(x: x))) - x) < 1e-9)
                #expect(abs(model.stationaryX(hold: try #require(model.lastFreeHold(x: x))) - x) < 1e-9)
            }
            #expect(abs((model.stableHold(x: 0) ?? 0) - 1 / Double(trades + 1)) < 1e-9)
            #expect(abs(model.x(forHold: 0.5) - min(model.foldX, model.stationaryX(hold: 0.5))) < 1e-12)
        }
    }
}
