internal import AbstractMDP
internal import ComponentKit
internal import TradingTypes

/// What the abstract process says of a reward, for `assay check --explain`: its states, its best policy, and where PPO comes to rest at zero edge.
struct ProcessSummary {
    let lines: [String]

    /// - Parameter entropies: entropy coefficients to show; generalised advantages with lambda .95.
    init(_ model: AbstractModel, gamma: Double, entropies: [Double] = [0.01, 0.05], step: String) {
        let names = model.environment.actionNames
        let process = model.process, hard = process.hard(gamma: gamma)
        let axes = ["regime", "position"] + (Set(model.path.map(\.age)).count > 1 ? ["age"] : []) + (Set(model.path.map(\.profit)).count > 1 ? ["profit"] : [])
            + (Set(model.path.map(\.tiers)).count > 1 ? ["tiers paid"] : [])
        var lines = [
            "abstract process: \(grouped(process.states)) states (\(axes.joined(separator: " x "))), gamma \(shortNumber(gamma)), nobody can predict the next \(step)\(model.averaged.isEmpty ? "" : "; the memory of \(model.averaged.joined(separator: ", ")) is averaged")",
            "solved to a Bellman residual of \(shortNumber(rounded3(hard.residual))), values checked against the policy's own to \(shortNumber(rounded3(hard.evaluationGap)))", "",
        ]
        let best = model.mix(of: hard.policy)
        let rests = entropies.map { entropy -> [[Double]] in
            let mix = model.resting(gamma: gamma, lambda: 0.95, entropyCoefficient: entropy).mix
            return model.environment == .spot ? mix.all : mix.flat
        }
        for g in model.shares.indices where model.shares[g] > 0 {
            let actions = best[g].enumerated().filter { $0.element > 0.005 }.sorted { $0.element > $1.element }.map { "\(names[$0.offset]) \(percentage($0.element))" }
            let rest = zip(entropies, rests).map { "\(percentage($1[g][0])) at an ent_coef of \(shortNumber($0))" }
            lines.append("\(Regime.names[g]): best \(actions.joined(separator: ", ")); PPO would rest at HOLD \(rest.joined(separator: ", "))")
        }
        self.lines = lines
    }
}

private func percentage(_ x: Double) -> String { "\(shortNumber((1_000 * x).rounded() / 10))%" }
