package import ComponentKit
internal import Features
internal import MarketData
internal import MaskablePPO
internal import NetworkKernels
internal import NeuralNetworks
internal import NumericKernels
package import PolicyExport
internal import Policies
package import RunRecords
package import TradingTypes

/// A trained policy for other programs: its weights, a model that runs without Assay, and what it decides on each bar.
extension TrainedPolicy {
    /// Mean and deviation of every observation's standardisation; the regime's columns pass as they are.
    private var standardization: ObservationStandardization {
        if case .options(let market) = inputs.world {
            // The put's features are standardised as the contract's are; the agent's state and the regime pass as they are.
            let known = Dictionary(uniqueKeysWithValues: market.observation.standardized.map { ($0.name, $0) })
            let found = market.observation.names.map { known[$0] ?? known[String($0.trimmingPrefix("put_"))] }
            return ObservationStandardization(mean: found.map { $0?.mean ?? 0 }, deviation: found.map { $0?.deviation ?? 1 }, limit: Normalizer.limit)
        }
        let n = inputs.market.normalizer, others = inputs.market.observationNames.count - n.names.count
        return ObservationStandardization(
            mean: n.mean + [Double](repeating: 0, count: others), deviation: n.deviation + [Double](repeating: 1, count: others), limit: Normalizer.limit)
    }

    /// The running statistics that the policy was trained under; nil where it was trained without.
    private var runningStatistics: ObservationNormalizer? {
        normalizer?.observations.map {
            ObservationNormalizer(mean: $0.mean, variance: $0.variance, epsilon: RunningNormalizer.epsilon, limit: RunningNormalizer.limit)
        }
    }

    /// What a file about the policy says of its origin.
    private var origin: [String: String] {
        [
            "experiment": inputs.experiment.name, "reward": inputs.design.name, "reward_sha256": SHA256.hex(Array(inputs.design.text.utf8)),
            "seed": String(seed), "steps": String(steps), "observation_names": JSONValue.list(inputs.observationNames.map { .text($0) }).compact,
            "context": String(policy.contextRows + 1),
        ]
    }

    /// The weights, a perceptron's under Stable-Baselines3's keys, as `policy.safetensors` has them. Metadata: where they come from, `actions`, `observation_names`,
    /// and what is done to raw features before the network sees them, as JSON.
    package func weights() -> SafetensorsFile {
        var metadata = origin
        metadata["format"] = "pt"
        metadata["actions"] = JSONValue.list(inputs.actionNames.map { .text($0) }).compact
        metadata["observation_standardization"] = standardization.json
        metadata["observation_normalizer"] = runningStatistics?.json
        return SafetensorsFile(tensors: policy.tensors().map { .init($0.name, $0.values, shape: $0.shape) }, metadata: metadata)
    }

    /// The policy as an ONNX model that takes raw features and a mask: see `ActorCriticExport.model` and `TransformerExport.model`.
    package func model(version: String) -> ONNXModel {
        var tensors: [String: [Float]] = [:]
        for tensor in policy.tensors() { tensors[tensor.name] = tensor.values }
        if let transformer = policy as? TransformerPolicy {
            let c = transformer.network.configuration
            return TransformerExport(
                observations: c.features, context: c.context, layers: c.layers, heads: c.heads, actions: EnvironmentKind.spot.actionNames,
                standardization: standardization,
                fixedPositions: c.positions == .sinusoidal ? sinusoidalPositions(length: c.context, width: c.width) : nil, tensors: tensors, metadata: origin
            ).model(version: version)
        }
        guard let policy = policy as? MLPPolicy else { preconditionFailure("no ONNX export for \(type(of: policy))") }
        func values(_ name: String) -> [Float] {
            guard let found = tensors[name] else { preconditionFailure("the policy has no tensor '\(name)'") }
            return found
        }
        func layers(_ body: String, _ head: String) -> [ExportedLayer] {
            var result: [ExportedLayer] = []
            for i in policy.hidden.indices {
                let linear = "\(body).\((policy.hasBatchNorm ? 3 : 2) * i)"
                result.append(.dense(name: linear, weights: values(linear + ".weight"), bias: values(linear + ".bias")))
                if policy.hasBatchNorm {
                    let norm = "\(body).\(3 * i + 1)"
                    result.append(
                        .batchNormalization(
                            name: norm, mean: values(norm + ".running_mean"), variance: values(norm + ".running_var"), weight: values(norm + ".weight"),
                            bias: values(norm + ".bias"), epsilon: 1e-5))
                }
                result.append(.tanh)
            }
            return result + [.dense(name: head, weights: values(head + ".weight"), bias: values(head + ".bias"))]
        }
        return ActorCriticExport(
            observations: policy.observationCount, actions: inputs.actionNames, standardization: standardization, normalizer: runningStatistics,
            actor: layers("mlp_extractor.policy_net", "action_net"), critic: layers("mlp_extractor.value_net", "value_net"), metadata: origin
        ).model(version: version)
    }

    /// What the policy sees and decides on every bar of `split`, as CSV: `time`, `regime`, the raw features (empty where missing), the probability of each
    /// action, and the value. Numbers are the shortest that read back as the same.
    package func decisions(_ split: SplitName) throws(InputIssues) -> String {
        if inputs.readsOwnState {
            throw InputIssues(InputIssue(code: "export", file: folder, message: "csv lists decisions that do not depend on one another, and a trade's do", help: "export --format onnx or safetensors"))
        }
        let rows = inputs.rows(split), market = inputs.market, features = market.prepared.features, actions = EnvironmentKind.spot.actionNames
        let found = probabilities(rows)
        var text = (["time", "regime"] + features.names + actions.map { "probability_\($0)" } + ["value"]).joined(separator: ",") + "\n"
        for (i, t) in rows.enumerated() {
            text += timeText(market.prepared.bars.time[t]) + "," + Regime.names[Int(market.table.regimes[t])]
            for column in features.columns { text += column[t].isNaN ? "," : ",\(column[t])" }
            for a in actions.indices { text += ",\(found.probabilities[i * actions.count + a])" }
            text += ",\(found.values[i])\n"
        }
        return text
    }

    /// Probabilities [B x A] and values [B] of the bars `rows`.
    private func probabilities(_ rows: Range<Int>) -> (probabilities: [Float], values: [Float]) {
        let chunk = 2_048, actions = policy.actionCount, market = inputs.market
        let seen = normalizer?.observations == nil ? nil : normalizer.map { market.observations(rows, under: $0) }
        let table = seen.map { ObservationTable(features: $0.matrix(rows: market.table.features.rows, columns: market.table.features.columns)) } ?? market.table
        defer { withExtendedLifetime(seen) {} }
        let scores = FloatBlock(count: chunk * actions), logs = FloatBlock(count: actions * MaskedCategorical.padded(chunk))
        let chances = FloatBlock(count: logs.count), worth = FloatBlock(count: chunk)
        let team = ThreadTeam(threads: 1)
        var probabilities: [Float] = [], values: [Float] = []
        var start = rows.lowerBound
        while start < rows.upperBound {
            let end = min(rows.upperBound, start + chunk), count = end - start
            let logits = scores.matrix(rows: count, columns: actions), value = worth.matrix(rows: count, columns: 1)
            let indices = (start..<end).map { Int32($0) }
            policy.infer(table, rows: indices.span, logits: logits, values: value, team: team)
            let padded = MaskedCategorical.padded(count)
            let logP = logs.matrix(rows: actions, columns: padded), p = chances.matrix(rows: actions, columns: padded)
            MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
            exponentials(logP, into: p)
            for i in 0..<count {
                for a in 0..<actions { probabilities.append(p[a, i]) }
                values.append(value[i, 0])
            }
            start = end
        }
        return (probabilities, values)
    }
}
