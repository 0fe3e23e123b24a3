internal import ComponentKit
package import RunRecords
internal import TradingTypes

extension RewardSolver {
    /// The reward file under a result's weights: comments kept, added terms at the end, a header that says how it came about. Throws `InputIssues`.
    package func solvedFile(_ result: SolveResult, name: String, command: String) throws -> String {
        var text = base
        for (id, weight) in zip(gaps.terms, weights) { if let new = result.weights[id], new != weight { try text.setWeight(id, to: new) } }
        let about = "\(inputs.design.name) solved for the bands of \(target.name.isEmpty ? target.file : target.name)"
        try text.rename(name, about: about)
        let bands = target.bands.map { "\(Regime.names[$0.regime]) \(percent($0.hold.lowerBound))-\(percent($0.hold.upperBound))" }.joined(separator: ", ")
        var remarks = ["Solved by: \(command)", "Target:    HOLD in \(bands)."]
        if result.entropyCoefficient != experiment.ppo.entropyCoefficient.value(remaining: 1) { remarks.append("Train with: --set ppo.ent_coef=\(result.entropyCoefficient)") }
        if let inside = result.inside(.train, target) { remarks.append("Outcome:   \(inside) of \(settings.freshSeeds.count) fresh seeds inside all bands on the training bars.") }
        remarks.append("What follows are the words of the reward it was solved from.")
        text.explain(remarks)
        return text.text
    }

    /// The document of `assay solve --json`.
    package func json(_ result: SolveResult) -> JSONValue {
        var verified: [String: JSONValue] = [:]
        for (split, seeds, hold) in result.verified {
            verified[split.rawValue] = [
                "inside": result.inside(split, target).map { .integer($0) } ?? .null,
                "seeds": .list(zip(seeds, hold).map { seed, hold in
                    ["seed": .integer(Int(seed)), "hold": .object(Dictionary(uniqueKeysWithValues: zip(Regime.names, hold.map { $0.isFinite ? .number($0) : .null })))]
                }),
            ]
        }
        let regimes = target.bands.map { band -> JSONValue in
            var node: [String: JSONValue] = ["regime": .text(Regime.names[band.regime]), "target": .list([.number(band.hold.lowerBound), .number(band.hold.upperBound)]), "x": .null, "x_reason": "the search measures the mix instead", "argmax": .null, "argmax_reason": "bands are of the sampled mix"]
            if let forecast = result.forecast[band.regime] {
                let trade = (1 - forecast.hold) / 2
                node["sampled"] = ["HOLD": .number(forecast.hold), "LONG": .number(trade), "SHORT": .number(trade)]
                node["band90"] = ["HOLD": .list([.number(forecast.band90.lowerBound), .number(forecast.band90.upperBound)])]
            } else {
                node["sampled"] = .null
                node["sampled_reason"] = "nothing was solved"
            }
            return .object(node)
        }
        var document: [String: JSONValue] = [
            "schema_version": 1, "status": .text(result.status.rawValue), "weights": .object(result.weights.mapValues { .number($0) }), "ent_coef": .number(result.entropyCoefficient),
            "changes": .object(Dictionary(uniqueKeysWithValues: zip(gaps.terms, weights).compactMap { id, old in
                result.weights[id].flatMap { new in new == old ? nil : (id, ["from": .number(old), "to": .number(new)]) }
            })),
            "added": .list(added.map { ["id": .text($0.id), "when": .text($0.when)] }),
            "forecast": ["rewards": [["name": .text(inputs.design.name), "regimes": .list(regimes)]]],
            "conflicts": .list(result.conflicts.map { .text($0) }), "verified": .object(verified), "rounds": .list(result.rounds.map { round in
                ["ent_coef": .number(round.entropyCoefficient), "hold": .object(Dictionary(uniqueKeysWithValues: zip(Regime.names, round.mean.map { $0.isFinite ? .number($0) : .null })))]
            }),
        ]
        document["confidence"] = result.confidence.map { .number($0) } ?? .null
        if result.confidence == nil { document["confidence_reason"] = "nothing was trained" }
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
