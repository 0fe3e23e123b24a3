import Environments
import RewardAnalysis
import Rewards
import TestSupport
import Testing
import TradingTypes

/// Five hourly bars by hand: closes 100, 110, 99, 99, 108.9; every bar opens one below its close.
private let bars = BarSeries(
    symbol: "X", barDurationSeconds: 3_600, time: (0..<5).map { Int64($0) * 3_600 }, open: [99, 109, 98, 98, 107.9], high: [101, 111, 110, 100, 110],
    low: [98, 99, 97, 97, 99], close: [100, 110, 99, 99, 108.9], volume: [1, 1, 1, 1, 1])

private let actions: [UInt8] = [SpotAction.long, .short, .hold, .hold].map(\.rawValue)

private func near(_ column: Column?, _ expected: [Double]) -> Bool {
    guard let column else { return false }
    return expected.indices.allSatisfy { abs(column[$0] - expected[$0]) < 1e-12 }
}

@Suite struct EnvironmentSettingsTests {
    /// Long, short, flat, flat. Before each bar the agent holds 0, 1, -1, 0.
    private func outcomes(_ action: SpotAction, _ configuration: SpotConfiguration) -> OutcomeColumns {
        let environment = SpotEnvironment(bars, configuration)
        let path = SpotPath(environment, rows: 0..<4, actions: actions)
        return environment.outcomes(of: action, rows: 0..<4, along: path, market: [:])
    }

    /// 4 + 1 basis points on every unit changed: 5e-4 a unit.
    @Test func feesAndSlippageArePaidOnTheChange() {
        let c = SpotConfiguration(feeBasisPoints: 4, slippageBasisPoints: 1)
        #expect(near(outcomes(.long, c).columns["cost"], [5e-4, 0, 1e-3, 5e-4]))
        #expect(near(outcomes(.short, c).columns["cost"], [5e-4, 1e-3, 0, 5e-4]))
        #expect(near(outcomes(.hold, c).columns["cost"], [0, 5e-4, 5e-4, 0]))
        // Closing the long after +10% earns that less the fee of closing it.
        #expect(near(outcomes(.hold, c).columns["realized"], [0, 0.1 - 5e-4, 0.1 - 5e-4, 0]))
    }

    /// 8 basis points every eight hours are one an hourly bar: longs pay it, shorts are paid it.
    @Test func fundingHasASignAndBorrowingIsForShorts() {
        let funding = SpotConfiguration(fundingBasisPointsPer8h: 8)
        #expect(near(outcomes(.long, funding).columns["cost"], [1e-4, 1e-4, 1e-4, 1e-4]))
        #expect(near(outcomes(.short, funding).columns["cost"], [-1e-4, -1e-4, -1e-4, -1e-4]))
        #expect(near(outcomes(.hold, funding).columns["cost"], [0, 0, 0, 0]))
        // 876 basis points a year of 8,760 hours: 1e-5 a bar.
        let borrow = SpotConfiguration(borrowBasisPointsPerYear: 876)
        #expect(near(outcomes(.long, borrow).columns["cost"], [0, 0, 0, 0]))
        #expect(near(outcomes(.short, borrow).columns["cost"], [1e-5, 1e-5, 1e-5, 1e-5]))
    }

    /// Decided at the close of bar t, bought at the open of t + 1, judged at the open of t + 2.
    @Test func fillsAtTheNextOpenComeOneBarLater() {
        let close = SpotEnvironment(bars), open = SpotEnvironment(bars, SpotConfiguration(fill: .nextOpen))
        #expect(close.usableRows == 4 && open.usableRows == 3)
        #expect(near(.values(close.nextReturn), [0.1, -0.1, 0, 0.1]))
        #expect(near(.values(open.nextReturn), [98.0 / 109 - 1, 0, 107.9 / 98 - 1]))
        #expect(close.nextReturn[4].isNaN && open.nextReturn[3].isNaN && open.nextReturn[4].isNaN)
    }

    /// With `keep` the two HOLDs after the short stay short.
    @Test func holdKeepsThePositionWhenAsked() {
        let c = SpotConfiguration(feeBasisPoints: 5, hold: .keep)
        let path = SpotPath(SpotEnvironment(bars, c), rows: 0..<4, actions: actions)
        #expect(path.taken == [1, -1, -1, -1] && path.position == [0, 1, -1, -1])
        #expect(path.barsInPosition == [0, 1, 1, 2] && path.barsFlat == [0, 0, 0, 0])
        let hold = outcomes(.hold, c).columns
        #expect(near(hold["direction"], [0, 1, -1, -1]) && near(hold["changed"], [0, 0, 0, 0]) && near(hold["cost"], [0, 0, 0, 0]))
        #expect(SpotPath(SpotEnvironment(bars), rows: 0..<4, actions: actions).taken == [1, -1, 0, 0])
    }

    /// A reward that reads only the direction is judged along the path when HOLD keeps the position: HOLD then earns what the coin-flipper holds.
    @Test func keptPositionsArePaid() throws {
        let design = try WorkedMarket.reward("btc-s1")
        let stack = RewardStack(design), n = 4_000
        var close = [100.0]
        for t in 0..<n { close.append(close[t] * (t % 3 == 0 ? 1.01 : 0.998)) }
        let long = BarSeries(
            symbol: "X", barDurationSeconds: 3_600, time: close.indices.map { Int64($0) * 3_600 }, open: close, high: close, low: close, close: close,
            volume: close)
        func hold(_ hold: SpotConfiguration.Hold) -> (paid: [Double], expected: [Double]) {
            let environment = SpotEnvironment(long, SpotConfiguration(hold: hold))
            let market = AnalysisMarket(
                environment: environment, columns: ["regime": .constant(0)], labels: [UInt8](repeating: 0, count: n + 1), rows: 0..<n, seed: 1)
            let bars = RewardColumns(stack, market).bars(0..<n)
            let position = market.path?.position ?? [], weight = design.terms[0].weight
            return (
                (0..<n).map { bars.certain[0][$0] + bars.uncertain[0][$0] },
                (0..<n).map { hold == .keep ? weight * position[$0] * environment.nextReturn[$0] : 0 }
            )
        }
        for mode in SpotConfiguration.Hold.allCases {
            let (paid, expected) = hold(mode)
            #expect((0..<n).allSatisfy { abs(paid[$0] - expected[$0]) < 1e-9 })
        }
        #expect(hold(.keep).paid.contains { $0 != 0 })
    }
}
