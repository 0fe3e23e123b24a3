package import Cloning
package import RunRecords

/// The results of cloning as JSON: what `assay clone --json` prints and a run's cloning.json holds.
package enum CloneReport {
    /// Speeds differ from run to run: without them equal runs give equal bytes.
    package static func json(_ result: CloningResult, _ data: CloningData, includingSpeed: Bool) -> JSONValue {
        func group(_ g: CloneEvaluation.Group) -> JSONValue {
            guard let accuracy = g.accuracy else { return ["accuracy": .null, "accuracy_reason": "no such step was held out", "steps": 0] }
            return ["accuracy": .number(accuracy), "steps": .integer(g.steps)]
        }
        let held = result.heldOut
        var actions: [String: JSONValue] = [:], regimes: [String: JSONValue] = [:]
        for (a, name) in data.names.actions.enumerated() {
            guard var node = group(held.byAction[a]).object else { continue }
            node["chosen"] = .integer(held.chosen[a])
            actions[name] = .object(node)
        }
        for (g, name) in data.names.regimes.enumerated() { regimes[name] = group(held.byRegime[g]) }
        let bins: [JSONValue] = held.bins.enumerated().map { k, bin in
            let n = Double(max(1, bin.steps))
            return [
                "from": .number(Double(k) / Double(CloneEvaluation.binCount)), "steps": .integer(bin.steps),
                "accuracy": bin.steps > 0 ? .number(Double(bin.right) / n) : .null, "confidence": bin.steps > 0 ? .number(bin.confidence / n) : .null,
            ]
        }
        // What always giving the commonest label would reach.
        let majority = (held.byAction.map(\.steps).max() ?? 0)
        var document: [String: JSONValue] = [
            "train_accuracy": .number(result.training.accuracy), "heldout_accuracy": .number(held.accuracy), "per_action": .object(actions),
            "per_regime": .object(regimes), "epochs": .integer(result.epochs.count), "best_epoch": .integer(result.best),
            "stopped_early": .bool(result.stoppedEarly), "heldout_nll": .number(held.negativeLogLikelihood), "heldout_relative_entropy": .number(held.relativeEntropy),
            "majority_accuracy": .number(Double(majority) / Double(max(1, held.all.steps))),
            "free_accuracy": held.free.accuracy.map { .number($0) } ?? .null, "calibration": ["expected_error": .number(held.calibrationError), "bins": .list(bins)],
            "train_steps": .integer(data.training.count), "heldout_steps": .integer(data.heldOut.count), "episodes": .integer(data.episodes),
            "heldout_episodes": .integer(data.heldOutEpisodes),
        ]
        if includingSpeed { document["samples_per_second"] = .number(result.samplesPerSecond) }
        return .object(document)
    }
}
