/// When a name is known, relative to the moment the action is chosen. Ordered: outcome is later than decision.
public enum InformationTime: Int, Sendable, Comparable, Codable {
    /// Known when the action is chosen: features, regime, position, the action itself.
    case decision
    /// Known only afterwards: the next return, the fill, the realised profit.
    case outcome

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What kind of pay a reward term (or one part of it) is. Derived from the information time of what it reads.
public enum Provenance: String, Sendable, CaseIterable, Codable {
    /// Reads only decision-time names that do not depend on the agent's past.
    case guaranteed
    /// Known at the decision too, but depends on the agent's own path (position, age, unrealised profit).
    case path
    /// Reads an outcome.
    case uncertain
    /// `gamma * phi(next) - phi(now)`: telescopes along an episode.
    case shaping
}

/// When a term pays.
public enum Accrual: String, Sendable, CaseIterable, Codable {
    /// Every bar on which its condition holds.
    case bar
    /// Only on bars where the action changes the position.
    case change
    /// Only on bars where a position is opened (flat, or the other side, before).
    case open
    /// Only on bars where a position is closed (or reversed).
    case close
    /// Once, at the end of the episode.
    case episode
}

/// The kinds of environment a reward can be written for.
public enum EnvironmentKind: String, Sendable, CaseIterable, Codable {
    case spot, options

    /// Action names in the order of their codes (0, 1, 2, ...).
    public var actionNames: [String] {
        switch self {
        case .spot: ["HOLD", "LONG", "SHORT"]
        case .options: ["HOLD", "BUY_CALL", "BUY_PUT", "TRIM", "EXIT"]
        }
    }
}

/// The four market regimes, in the order of their codes.
public enum Regime: UInt8, Sendable, CaseIterable, Codable {
    case lowVolatility, trending, highVolatility, crisis

    public var name: String { Regime.names[Int(rawValue)] }
    public static let names = ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"]
}

/// Spot actions. The raw value is the code in columns and files.
public enum SpotAction: UInt8, Sendable, CaseIterable, Codable {
    case hold, long, short

    /// Target position: 0 flat, +1 long, -1 short.
    public var direction: Double { self == .hold ? 0 : (self == .long ? 1 : -1) }
    public var name: String { EnvironmentKind.spot.actionNames[Int(rawValue)] }
}
