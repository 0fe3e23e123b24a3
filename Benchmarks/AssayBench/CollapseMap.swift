import Forecasting
import Foundation
import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies

/// One state, no features: HOLD pays d, the two trades pay noise of deviation 1. What clipped PPO makes of it, by x = d / c and c.
final class OneStateMarket: ForeseeableEnvironment {
    let environments = 8, observationCount = 1, actionCount = 3, hasMasks = false
    let table: ObservationTable
    private let block: FloatBlock
    private let holdPay: Float
    private var random: RandomStream

    init(holdPay: Double, seed: UInt64) {
        self.holdPay = Float(holdPay)
        random = RandomStream(seed: seed, purpose: "one state")
        block = FloatBlock([1])
        table = ObservationTable(features: block.matrix(rows: 1, columns: 1), regimes: [0])
    }

    func foresee(steps: Int) -> ForeseenObservations {
        let count = steps * environments
        return ForeseenObservations(
            rows: [Int32](repeating: 0, count: count), isFirst: [Bool](repeating: false, count: count), endings: [StepEnding](repeating: .goesOn, count: count),
            terminalRows: [], nextRows: [Int32](repeating: 0, count: environments))
    }

    func play(_ actions: [UInt8], steps: Int, rewards: inout [Float]) {
        for i in actions.indices { rewards[i] = actions[i] == 0 ? holdPay : Float(random.gaussian()) }
    }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {}
    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {}
    func snapshot() -> [Int64] { [] }
    func restore(_ snapshot: [Int64]) {}
}

enum CollapseMap {
    static let gaps = [0.5, 0.65, 0.8, 0.94], coefficients = [0.02, 0.05], seeds: ClosedRange<UInt64> = 1...6, updates = 200

    /// Appends ent_coef, x, seed, HOLD share at each tenth of 819,200 steps; passes over what is there.
    static func run(_ folder: String, _ chosen: [Double]) throws {
        let path = folder + "/collapse-map.csv"
        let known = Set((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").map { $0.split(separator: ",").prefix(3).joined(separator: ",") } ?? [])
        for c in chosen.isEmpty ? coefficients : chosen {
            for x in gaps {
                for seed in seeds where !known.contains("\(c),\(x),\(seed)") {
                    let shares = try holdShares(entropyCoefficient: c, x: x, seed: seed)
                    try ForecastStudy.append("\(c),\(x),\(seed)," + shares.map { String(format: "%.4f", $0) }.joined(separator: ",") + "\n", to: path)
                }
                print("ent \(c) x \(x) done")
            }
        }
    }

    /// PPO with the defaults of the study: 64 x 64, 8 x 512 steps, batch 64, 10 epochs, Adam 3e-4, gamma 0.
    static func holdShares(entropyCoefficient c: Double, x: Double, seed: UInt64) throws -> [Double] {
        var settings = PPOSettings()
        settings.stepsPerRollout = 512
        settings.gamma = 0
        settings.entropyCoefficient = .constant(c)
        let market = OneStateMarket(holdPay: x * c, seed: seed), team = ThreadTeam(threads: 1)
        let policy = MLPPolicy(observations: 1, actions: 3, seed: seed)
        let learner = PPOLearner(market, policy: policy, settings: settings, seed: seed, totalSteps: updates * 4_096, team: team)
        let meter = MixMeter(market.table, rows: 0..<1, team: team)
        var shares: [Double] = []
        for update in 1...updates {
            try learner.collect()
            _ = try learner.improve()
            if update % (updates / 10) == 0 { shares.append(meter.look(policy, step: update * 4_096).sampled[0][0]) }
        }
        return shares
    }
}
