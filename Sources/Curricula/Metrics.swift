internal import Expressions
internal import TradingTypes

/// The measurements that rules of promotion may read: of the policy's behaviour over its last roll-outs, smoothed.
///
/// A roll-out's measurements are of what was played, none of a single action's outcome. A metric that is not known (no teacher, no setups, no episode yet) is
/// NaN, and every comparison with it is false.
public enum CurriculumMetric: String, Sendable, CaseIterable {
    case entropy, expectancy, explainedVariance = "explained_variance", holdShare = "hold_share", reward, roundTrips = "round_trips", setupLift = "setup_lift"
    case teacherAgreement = "teacher_agreement"

    public var unit: String {
        switch self {
        case .entropy, .explainedVariance, .expectancy, .holdShare, .teacherAgreement: "fraction"
        case .reward: "reward a step"
        case .roundTrips: "an episode"
        case .setupLift: "ratio"
        }
    }

    public var summary: String {
        switch self {
        case .entropy: "Mean entropy of the policy over the log of the number of allowed actions."
        case .expectancy: "Mean net return of a completed round trip; 0 where there was none."
        case .explainedVariance: "1 - Var(returns - values) / Var(returns) of the critic."
        case .holdShare: "Share of HOLD among the steps on which another action was allowed and, with options, the agent was flat."
        case .reward: "Mean reward of a step before any normalisation."
        case .roundTrips: "Completed round trips an episode."
        case .setupLift: "Rate of entries on strong setups over the rate of entries on all flat steps."
        case .teacherAgreement: "Share of held-out demonstrated steps on which the policy does what the teacher did."
        }
    }

    /// What a rule may read: the metrics, and where the stage stands.
    static func scope(_ environment: EnvironmentKind, regimes: [String]) -> NameScope {
        let counts = [
            NameInfo(name: "stage_episodes", type: .number, unit: "episodes", summary: "Episodes that ended in this stage, this time."),
            NameInfo(name: "stage_steps", type: .number, unit: "steps", summary: "Environment steps in this stage, this time."),
            NameInfo(name: "steps", type: .number, unit: "steps", summary: "Environment steps of the run."),
        ]
        return NameScope(
            environment: environment, names: allCases.map { NameInfo(name: $0.rawValue, type: .number, unit: $0.unit, summary: $0.summary) } + counts, regimeNames: regimes)
    }

    /// Every word that a rule may read.
    public static let words = allCases.map(\.rawValue) + ["stage_episodes", "stage_steps", "steps"]
}
