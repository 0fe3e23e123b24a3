public import ComponentKit

/// Potential-based shaping with the user's potential.
public enum Potential: CatalogueTerm {
    public static let card = Card(
        name: "potential", kind: "reward term",
        summary: "Shaping that cannot change the optimal policy: gamma * phi(next state) - phi(this state).",
        formula: "gamma * phi(next) - phi(now); phi = 0 after a terminal step, phi(next) as usual after a truncation", unit: "reward units",
        parameters: [.init("gamma", "discount; by default the one given to the analysis or training", in: 0...1)],
        source: "Ng, Harada and Russell 1999, \"Policy invariance under reward transformations\", theorem 1",
        facts: [("accrual", "bar"), ("provenance", "shaping"), ("expression parameter", "phi: a decision-time number")])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        let gamma = parameters.value("gamma", isRequired: false) == nil ? parameters.gamma : parameters.number("gamma")
        guard let phi = parameters.expression("phi", .number) else { return nil }
        if phi.time == .outcome, let place = parameters.value("phi") {
            parameters.report(
                place.issue(
                    "outcome_in_potential", "phi reads \(phi.names.sorted().map { "'\($0)'" }.joined(separator: ", ")), of which at least one is known only after the action",
                    help: "a potential is a function of the state: use decision-time names only ('assay list names')"))
            return nil
        }
        return .potential(phi, gamma: gamma)
    }
}
