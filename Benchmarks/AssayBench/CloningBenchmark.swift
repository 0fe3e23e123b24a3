import Cloning
import Demonstrations
import Foundation
import NetworkKernels
import NumericKernels
import Policies
import Training
import TradingTypes

/// `assay-bench demonstrations FOLDER`: a Donchian teacher on the synthetic hourly market, for `make bench` and for whoever wants demonstrations at once.
///
/// LONG above the highest close of the 48 bars before, SHORT below the lowest, flat again when the close crosses the middle of the last 24; the 44
/// features and the regime are what it is shown with. Episodes of 240 bars, one after the other.
enum DonchianDemonstrations {
    static func write(to folder: String, bars: Int = 20_000) throws {
        let text = "schema: 1\nname: donchian\ndata:\n  bars: synthetic:btc-hourly,bars=\(bars),seed=1\nreward: rewards/btc-s3.yaml\n"
        let inputs = try TrainingInputs(Experiment(file: "donchian.yaml", text: text))
        let market = inputs.market, close = market.prepared.bars.close
        var set = DemonstrationSet(
            names: .init(observations: market.observationNames, actions: EnvironmentKind.spot.actionNames, regimes: Regime.names, scriptStates: ["flat", "long", "short"]),
            table: market.table.features.values, provenance: ["script": "donchian-48", "market": "synthetic:btc-hourly"])
        let rows = inputs.trainingRows
        var position = 0, first = max(48, rows.lowerBound)
        while first + 241 <= rows.upperBound {
            var labels: [UInt8] = []
            for t in first..<first + 240 {
                let high = close[t - 48..<t].max() ?? 0, low = close[t - 48..<t].min() ?? 0
                let middle = ((close[t - 24..<t].max() ?? 0) + (close[t - 24..<t].min() ?? 0)) / 2
                if close[t] > high { position = 1 } else if close[t] < low { position = 2 } else if position == 1, close[t] < middle { position = 0 } else if position == 2, close[t] > middle { position = 0 }
                labels.append(UInt8(position))
            }
            let rewards = labels.indices.map { k in Float((labels[k] == 0 ? 0 : labels[k] == 1 ? 1 : -1) * (close[first + k + 1] / close[first + k] - 1)) }
            set.append(
                .init(actions: labels, rewards: rewards, regimes: Array(market.table.regimes[first..<first + 240]), scriptStates: labels),
                rows: (first...first + 240).map { Int32($0) }, ending: .truncated, name: "bar \(first)")
            first += 240
        }
        try DemonstrationFolder.write(set, to: folder, force: true, includingTrajectories: true)
        print("\(set.episodes) episodes, \(set.steps) steps of a Donchian teacher in \(folder)")
    }
}

/// `assay-bench clone FOLDER`: samples/s and held-out accuracy on demonstrations, with imitation's defaults and network.
enum CloningBenchmark {
    static func run(_ folder: String, epochs: Int) throws {
        let data = try CloningData(DemonstrationFolder.read(folder), heldOut: 0.2, contextRows: 0, file: folder)
        for threads in [1, 2] {
            let policy = MLPPolicy(observations: data.names.observations.count, actions: data.names.actions.count, hidden: [32, 32], seed: 1)
            var settings = CloningSettings()
            (settings.epochs, settings.patience) = (epochs, nil)
            let result = try BehaviorCloning.fit(policy, to: data, settings, seed: 1, team: ThreadTeam(threads: threads))
            print("clone_\(threads)threads \(Int(result.samplesPerSecond))")
            if threads == 1 {
                print("clone_train_accuracy \(result.training.accuracy)")
                print("clone_heldout_accuracy \(result.heldOut.accuracy)")
                print("clone_last_epoch_heldout_accuracy \(result.epochs.last?.heldOut.accuracy ?? 0)")
            }
        }
    }
}
