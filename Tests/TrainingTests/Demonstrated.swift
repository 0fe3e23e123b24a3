import Demonstrations
import Foundation
import MaskablePPO
import NetworkKernels
import Training
import TradingTypes

/// Demonstrations of a rule on the small market of these tests, in a folder of this process: hold in quiet bars, else follow the first feature.
let demonstrationsFolder: String = {
    let folder = NSTemporaryDirectory() + "assay-training-demos-\(ProcessInfo.processInfo.processIdentifier)"
    do {
        for observesRegime in [true, false] {
            let text = TrainingRunTests.plain + (observesRegime ? "" : "features:\n  set: btc-44\n")
            let overrides = observesRegime ? [] : try [ExperimentOverride("policy={kind: regime_transformer, context: 6, width: 16, layers: 1, heads: 2, feed_forward: 24, head_hidden: 12}")]
            let inputs = try TrainingInputs(Experiment(file: "small.yaml", text: text, overrides: overrides))
            try DemonstrationFolder.write(demonstrations(inputs), to: folder + (observesRegime ? "" : "-plain"), force: true)
        }
        return folder
    } catch { fatalError("\(error)") }
}()

private func demonstrations(_ inputs: TrainingInputs) -> DemonstrationSet {
    let market = inputs.market, table = market.table, F = table.features.columns
    var set = DemonstrationSet(
        names: .init(observations: market.observationNames, actions: EnvironmentKind.spot.actionNames, regimes: Regime.names, scriptStates: ["flat"]),
        table: table.features.values, provenance: ["reward": "btc-s3"])
    let rows = inputs.trainingRows
    var first = rows.lowerBound + 8
    while first + 61 <= rows.upperBound {
        let labels = (first..<first + 60).map { t -> UInt8 in
            let x = table.features.base[t * F]
            return abs(x) < 0.3 ? 0 : x > 0 ? 1 : 2
        }
        set.append(
            .init(actions: labels, rewards: labels.map { Float($0) }, regimes: Array(table.regimes[first..<first + 60])), rows: (first...first + 60).map { Int32($0) },
            ending: .truncated, name: "bar \(first)")
        first += 60
    }
    return set
}

let teacherOverrides = ["teacher.demonstrations=\(demonstrationsFolder)", "cloning.epochs=3", "cloning.critic_rollouts=2", "cloning.critic_epochs=2"]
