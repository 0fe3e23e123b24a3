public import TradingTypes

/// What a value of the expression language is. Types never convert into each other silently.
public enum ValueType: String, Sendable, CaseIterable, Codable {
    /// A plain number; fractions such as `30%` too.
    case number
    /// True or false, the result of a comparison.
    case boolean
    /// One of the environment's actions, compared by name.
    case action
    /// One of the market regimes, compared by name.
    case regime
    /// A length of time, stored in minutes.
    case duration

    /// With its article, for messages.
    var phrase: String {
        switch self {
        case .number: "a number"
        case .boolean: "a condition"
        case .action: "an action"
        case .regime: "a regime"
        case .duration: "a duration"
        }
    }

    /// Numbers and durations can be ordered and calculated with.
    var isQuantity: Bool { self == .number || self == .duration }
}

/// A name that an expression may read: its type, unit, the moment it is known, and what it means.
public struct NameInfo: Sendable, Equatable {
    public let name: String
    public let type: ValueType
    /// `fraction`, `bars`, `minutes`, `price`, ...; empty where there is none.
    public let unit: String
    /// When the value is known, relative to the choice of the action.
    public let time: InformationTime
    /// True when the value depends on what the agent did before (position, age, unrealised profit).
    public let readsPath: Bool
    /// True when the value depends on the action chosen now (`action` itself, `direction`, `cost`).
    public let readsAction: Bool
    /// One sentence.
    public let summary: String

    public init(
        name: String, type: ValueType, unit: String = "", time: InformationTime = .decision, readsPath: Bool = false,
        readsAction: Bool = false, summary: String
    ) {
        self.name = name
        self.type = type
        self.unit = unit
        self.time = time
        self.readsPath = readsPath
        self.readsAction = readsAction
        self.summary = summary
    }
}
