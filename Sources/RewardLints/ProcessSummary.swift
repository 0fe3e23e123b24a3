internal import AbstractMDP
internal import ComponentKit
internal import TradingTypes

/// What the abstract process says of a reward, for `assay check --explain`: its states, its best policy, and where PPO comes to rest at zero edge.
struct ProcessSummary {
    let lines: [String]

    /// - Parameters:
    ///   - deviation: of a bar's reward while trading, the noise of a one-step advantage: the temperature is the entropy coefficient times it, weighted by how much is traded (E.6).
    ///   - entropies: entropy coefficients to show.
    init(_ model: AbstractModel, gamma: Double, deviation: Double, entropies: [Double] = [0.01, 0.05], step: String) {
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
            // The more is held, the less noise: the temperature follows the mix.
            var traded = 0.5, mix: [[Double]] = [], policy: [Double]?
            for _ in 0..<20 {
                let solution = process.fixedPoint(gamma: gamma, temperature: max(1e-9, entropy * deviation * max(1e-3, traded).squareRoot()), from: policy)
                policy = solution.policy
                mix = model.mix(of: solution.policy)
                let next = zip(model.shares, mix).reduce(0) { $0 + $1.0 * (1 - $1.1[0]) }
                if abs(next - traded) < 2e-3 { break }
                traded += 0.6 * (next - traded)
            }
            return mix
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
