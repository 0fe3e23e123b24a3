public import ComponentKit

/// A card without a term: closeness to a teacher is part of the loss, not of the reward.
///
/// As a reward it would depend on the policy that is being trained and be credited to later steps by the discounted sum.
public enum KLToTeacher: CatalogueTerm {
    public static let card = Card(
        name: "kl_to_teacher", kind: "reward term",
        summary: "Loss term, not a reward: keeps the policy close to a teacher while its weight falls to 0.",
        formula: "-beta * KL(policy || teacher), added to the loss", unit: "nats",
        parameters: [
            .init("beta", "weight at the start; a schedule takes it to 0", default: 0.1, in: 0...100),
        ],
        source: "REWARD-ANALYSIS B6 and C3",
        facts: [
            ("accrual", "none"),
            ("provenance", "none: it is not a reward term"),
            ("where it goes", "the section 'teacher' of an experiment file"),
        ])

    public static func body(_ parameters: inout ParameterReader) -> TermBody? {
        _ = parameters.number("beta")
        parameters.report(
            parameters.place.issue(
                "loss_term", "'kl_to_teacher' is a loss term, not a reward: it cannot stand in a reward file",
                help: "set it in the section 'teacher' of the experiment file"))
        return nil
    }
}
