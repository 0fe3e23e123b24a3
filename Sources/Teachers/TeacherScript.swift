public import Expressions
public import TradingTypes

/// A teacher-script file, read and checked: when to enter, how to take profit, what makes a trade void, how imperfectly to do all that.
///
/// A file may hold only some of the parts, for others to take; a teacher needs an entry.
public struct TeacherScript: Sendable {
    public let name: String
    public let about: String
    public let environment: EnvironmentKind
    /// Alternatives, each a state machine of its own; the first in the file that completes enters.
    public let entries: [EntryRule]
    public let takeProfit: TakeProfitRule?
    /// In the order of the file: the first that holds ends the trade.
    public let invalidations: [InvalidationRule]
    /// Contracts bought at an entry; nil leaves it to the environment. Options only.
    public let contracts: Int?
    /// Minutes after a trade's last bar during which no entry is looked for.
    public let cooldownMinutes: Double
    public let noise: TeacherNoise
    /// As the user named it.
    public let file: String
    public let text: String
}

/// An ordered state machine whose last step enters.
public struct EntryRule: Sendable {
    /// Code of the action that enters.
    public let action: UInt8
    public let actionName: String
    /// At least one.
    public let steps: [EntryStep]
    /// Sends the machine back to its first step; checked on every bar, before anything else.
    public let resetWhen: Condition?
    /// Name of the script that it stands in.
    public let origin: String
}

/// One step of an entry.
public struct EntryStep: Sendable {
    public let id: String
    public let when: Condition
    /// Latest time after the step before fired, minutes; nil waits for ever. The first step has none.
    public let withinMinutes: Double?
    /// Sends the machine back while this step is awaited.
    public let resetWhen: Condition?
    /// Step that the time limit and `resetWhen` send back to; an index of an earlier step.
    public let backTo: Int
}

/// A ladder of profit targets, and a trail for what is left.
public struct TakeProfitRule: Sendable {
    public struct Tier: Sendable {
        /// Gain at which it is reached, fraction of the price paid.
        public let gain: Double
        /// Share sold of what is left, in (0, 1].
        public let sell: Double
        /// Must hold too; nil asks for the gain alone.
        public let when: Condition?
    }

    public let tiers: [Tier]
    /// How far below its highest value since the entry the rest is sold, fraction; nil keeps it.
    public let trail: Double?
    /// Gain that switches the trail on; nil: once every tier is paid.
    public let trailAfter: Double?
    public let origin: String
}

/// A reason to end a trade.
public struct InvalidationRule: Sendable {
    public let id: String
    public let when: Condition
    /// Code of the entry action whose trades it watches; nil watches all.
    public let side: UInt8?
    public let origin: String
}

/// How a teacher departs from its script, so that demonstrations cover more than one path.
public struct TeacherNoise: Sendable, Equatable {
    /// Bars between a completed entry and its order, drawn evenly from this range.
    public var delayBars: ClosedRange<Int> = 0...0
    /// Probability that a completed entry is passed over.
    public var missedEntries = 0.0
    /// Probability that a trade is given up early: after a number of bars drawn evenly from 1 to `earlyExitBars`.
    public var earlyExits = 0.0
    public var earlyExitBars = 10
    /// Probability, at every bar, of an allowed action drawn evenly instead of the script's.
    public var explore = 0.0

    public init() {}
    public static let none = TeacherNoise()
}

/// A compiled condition with its text and place.
public struct Condition: Sendable {
    public let expression: TypedExpression
    public let text: String
    public let line: Int

    /// Whether it reads only the market, and so is the same whatever the agent does.
    public var readsOnlyMarket: Bool { !expression.readsPath }
}

extension EnvironmentKind {
    /// Actions that may enter a trade.
    var entryActions: [String] { self == .spot ? ["LONG", "SHORT"] : ["BUY_CALL", "BUY_PUT"] }

    /// The name of the gain that take-profit tiers are measured by.
    var gainName: String { self == .spot ? "unrealized" : "premium_change" }
}
