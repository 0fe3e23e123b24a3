internal import ComponentKit
public import TradingTypes

/// A setting that a component lets a curriculum turn while training goes on.
public struct Knob: Sendable, Equatable {
    public let name: String
    /// The component that declares it.
    public let owner: String
    public let unit: String
    public let range: ClosedRange<Double>
    public let environments: [EnvironmentKind]
    /// Only whole numbers.
    public let isWhole: Bool
    public let summary: String

    init(_ name: String, _ owner: String, unit: String = "", in range: ClosedRange<Double>, only environments: [EnvironmentKind] = EnvironmentKind.allCases, isWhole: Bool = false, _ summary: String) {
        self.name = name
        self.owner = owner
        self.unit = unit
        self.range = range
        self.environments = environments
        self.isWhole = isWhole
        self.summary = summary
    }
}

/// Every knob, in alphabetical order. What is not here cannot be scheduled.
public enum KnobCatalog {
    public static let knobs: [Knob] = [
        Knob("clip_range", "ppo", in: 1e-6...10, "Clip range of the policy's ratio, instead of its schedule."),
        Knob("ent_coef", "ppo", in: 0...100, "Entropy coefficient, instead of its schedule; not with entropy_target."),
        Knob("episode_bars", "environment", unit: "bars", in: 2...100_000_000, only: [.spot], isWhole: true, "Bars of one episode."),
        Knob("episode_minutes", "environment", unit: "minutes", in: 2...389, only: [.options], isWhole: true, "Minutes of one episode, which then starts anywhere in a drawn day."),
        Knob("fee_multiplier", "environment", in: 0...1_000, "Factor on fees and slippage (options: on fees and spread)."),
        Knob("kl_coef", "teacher", in: 0...1e6, "Weight of KL(teacher || policy), instead of its schedule and decay; needs a teacher. May be written teacher_kl."),
        Knob("learning_rate", "ppo", in: 0...10, "Adam's rate, instead of its schedule."),
    ]

    public static func knob(_ name: String) -> Knob? { knobs.first { $0.name == (name == "teacher_kl" ? "kl_coef" : name) } }
}
