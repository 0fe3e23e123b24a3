internal import ComponentKit
internal import NeuralNetworks
package import RunRecords
internal import TradingTypes

extension RewardSolver {
    /// The reward file under a result's weights: comments kept, added terms at the end, a header that says how it came about. Throws `InputIssues`.
    package func solvedFile(_ result: SolveResult, name: String, command: String) throws -> String {
        var text = original
        for (id, weight) in zip(gaps.terms, weights) {
            guard let new = result.weights[id], new != weight else { continue }
            // An added term that was not needed is left out.
            if let extra = added.first(where: { $0.id == id }) { try text.add(id: id, weight: new, when: extra.when) } else { try text.setWeight(id, to: new) }
        }
        let about = "\(inputs.design.name) solved for the bands of \(target.name.isEmpty ? target.file : target.name)"
        try text.rename(name, about: about)
        let bands = target.bands.map { "\($0.action == 0 ? "" : $0.actionName + " ")\(Regime.names[$0.regime]) \(percent($0.share.lowerBound))-\(percent($0.share.upperBound))" }.joined(separator: ", ")
        var remarks = ["Solved by: \(command)", "Target:    \(target.bands.allSatisfy { $0.action == 0 } ? "HOLD in " : "")\(bands)."]
        let settings = trainingSettings(result)
        if !settings.isEmpty { remarks.append("Train with: \(settings.map { "--set '\($0)'" }.joined(separator: " "))") }
        let searched = result.rounds.filter { $0.source == .training }.flatMap(\.seeds)
        if let low = searched.min(), let high = searched.max(), let first = self.settings.freshSeeds.first, let last = self.settings.freshSeeds.last {
            remarks.append("Seeds:     \(low) to \(high) in the search, \(first) to \(last) to verify it.")
        }
        if let inside = result.inside(.train, target) { remarks.append("Outcome:   \(inside) of \(self.settings.freshSeeds.count) fresh seeds inside all bands on the training bars.") }
        remarks.append("What follows are the words of the reward it was solved from.")
        text.explain(remarks)
        return text.text
    }

    /// What the experiment has to be told besides the reward, as `NAME=VALUE`.
    package func trainingSettings(_ result: SolveResult) -> [String] {
        var settings: [String] = []
        if result.entropyCoefficient != experiment.ppo.entropyCoefficient.value(remaining: 1) { settings.append("\(SolveTarget.entropy)=\(result.entropyCoefficient)") }
        if result.learningRateFalls { settings.append("\(SolveTarget.learningRate)=\(experiment.ppo.learningRate.value(remaining: 1)) -> 0") }
        return settings
    }

    /// What was moved, by kind: ids of terms, and names of settings.
    package func moved(_ result: SolveResult) -> [(lever: SolveLever, names: [String])] {
        var names: [SolveLever: [String]] = [:]
        for (k, id) in gaps.terms.enumerated() { if let new = result.weights[id], new != weights[k] { names[gaps.lever(k) ?? .other, default: []].append(id) } }
        if result.entropyCoefficient != experiment.ppo.entropyCoefficient.value(remaining: 1) { names[.entropy] = [SolveTarget.entropy] }
        if result.learningRateFalls { names[.learningRate] = [SolveTarget.learningRate] }
        return SolveLever.allCases.compactMap { lever in names[lever].map { (lever, $0) } }
    }

    /// The document of `assay solve --json`.
    package func json(_ result: SolveResult) -> JSONValue {
        func shares(_ mix: [Double]) -> JSONValue { .object(Dictionary(uniqueKeysWithValues: zip(EnvironmentKind.spot.actionNames, mix.map { $0.isFinite ? JSONValue.number($0) : .null }))) }
        func hold(_ mix: [[Double]]) -> JSONValue { .object(Dictionary(uniqueKeysWithValues: zip(Regime.names, mix.map { $0[0].isFinite ? JSONValue.number($0[0]) : .null }))) }
        func byRegime(_ mix: [[Double]]) -> JSONValue { .object(Dictionary(uniqueKeysWithValues: zip(Regime.names, mix.map(shares)))) }
        var verified: [String: JSONValue] = [:]
        for found in result.verified {
            verified[found.split.rawValue] = [
                "inside": result.inside(found.split, target).map { .integer($0) } ?? .null,
                "seeds": .list(zip(found.seeds, found.mixes).map { seed, mix in ["seed": .integer(Int(seed)), "hold": hold(mix), "sampled": byRegime(mix)] }),
            ]
        }
        let regimes = target.regimes.map { g -> JSONValue in
            let own = target.bands.filter { $0.regime == g }
            func bounds(_ range: ClosedRange<Double>) -> JSONValue { .list([.number(range.lowerBound), .number(range.upperBound)]) }
            var node: [String: JSONValue] = [
                "regime": .text(Regime.names[g]), "target": .object(Dictionary(uniqueKeysWithValues: own.map { ($0.actionName, bounds($0.share)) })),
                "x": .null, "x_reason": "the search measures the mix instead", "argmax": .null, "argmax_reason": "bands are of the sampled mix",
            ]
            if let forecast = result.forecast[g] {
                node["sampled"] = shares(forecast.sampled)
                node["band90"] = .object(Dictionary(uniqueKeysWithValues: forecast.bands90.map { (EnvironmentKind.spot.actionNames[$0], bounds($1)) }))
            } else {
                node["sampled"] = .null
                node["sampled_reason"] = "nothing was solved"
            }
            return .object(node)
        }
        var document: [String: JSONValue] = [
            "schema_version": 1, "status": .text(result.status.rawValue), "weights": .object(result.weights.mapValues { .number($0) }), "ent_coef": .number(result.entropyCoefficient),
            "settings": .list(trainingSettings(result).map { .text($0) }),
            "changes": .object(Dictionary(uniqueKeysWithValues: zip(gaps.terms, weights).compactMap { id, old in
                result.weights[id].flatMap { new in new == old ? nil : (id, ["from": .number(old), "to": .number(new)]) }
            })),
            "levers": .object(Dictionary(uniqueKeysWithValues: moved(result).map { ($0.lever.rawValue, JSONValue.list($0.names.map { .text($0) })) })),
            "reasons": .list(result.reasons.map { .text($0) }),
            "added": .list(added.filter { (result.weights[$0.id] ?? 0) != 0 }.map { ["id": .text($0.id), "when": .text($0.when)] }),
            "forecast": ["rewards": [["name": .text(inputs.design.name), "regimes": .list(regimes)]]],
            "conflicts": .list(result.conflicts.map { .text($0) }), "verified": .object(verified), "rounds": .list(result.rounds.map { round in
                [
                    "by": .text(round.source.rawValue), "ent_coef": .number(round.entropyCoefficient), "learning_rate_falls": .bool(round.learningRateFalls), "seeds": .integer(round.mixes.count),
                    "hold": hold(round.mean), "sampled": byRegime(round.mean),
                ]
            }),
        ]
        document["confidence"] = result.confidence.map { .number($0) } ?? .null
        if result.confidence == nil { document["confidence_reason"] = "nothing was trained to the end" }
        return .object(document)
    }

    /// Weights before and after, as rows: id, from, to.
    package func changes(_ result: SolveResult) -> [[String]] {
        zip(gaps.terms, weights).compactMap { id, old in
            guard let new = result.weights[id], new != old else { return nil }
            return [id + (added.contains { $0.id == id } ? " (added)" : ""), text(old), text(new)]
        }
    }
}
