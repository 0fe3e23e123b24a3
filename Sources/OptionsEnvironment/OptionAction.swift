internal import TradingTypes

/// Actions of the options environment. The raw value is the code in columns and files.
public enum OptionAction: UInt8, Sendable, CaseIterable, Codable {
    case hold, buyCall, buyPut, trim, exit

    public var name: String { EnvironmentKind.options.actionNames[Int(rawValue)] }
    /// The action's bit in a mask; 1 = allowed.
    public var bit: UInt32 { 1 << UInt32(rawValue) }
    /// +1 for BUY_CALL, -1 for BUY_PUT, 0 otherwise.
    public var direction: Double { self == .buyCall ? 1 : self == .buyPut ? -1 : 0 }
    /// The action of that name, as files write it.
    public init?(name: String) {
        guard let code = EnvironmentKind.options.actionNames.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(code))
    }

    /// Every action's bit.
    public static let everything: UInt32 = 0b11111
}

/// What ended a trade.
public enum TradeEnding: UInt8, Sendable, CaseIterable, Codable {
    /// EXIT, chosen.
    case exit
    /// The seatbelt stop.
    case stop
    /// The close of the day.
    case close

    public var name: String { ["exit", "seatbelt_stop", "close_of_day"][Int(rawValue)] }
}
