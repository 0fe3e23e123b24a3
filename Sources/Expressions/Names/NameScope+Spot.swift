internal import TradingTypes

extension NameScope {
    /// The names that a reward for the spot environment may read: bars, features by id, regime and clock, the action and
    /// what follows from it, the agent's own path, and the outcomes of the bar.
    ///
    /// A feature whose id equals a built-in name is the built-in name (one entry, the built-in description).
    public static func spot(
        features: [(name: String, unit: String, summary: String)], regimeNames: [String]
    ) -> NameScope {
        func known(_ name: String, _ unit: String, _ summary: String, type: ValueType = .number, action: Bool = false) -> NameInfo {
            NameInfo(name: name, type: type, unit: unit, time: .decision, readsAction: action, summary: summary)
        }
        func path(_ name: String, _ unit: String, _ summary: String, type: ValueType = .number, action: Bool = false) -> NameInfo {
            NameInfo(name: name, type: type, unit: unit, time: .decision, readsPath: true, readsAction: action, summary: summary)
        }
        func outcome(_ name: String, _ unit: String, _ summary: String, path: Bool = false, action: Bool = false) -> NameInfo {
            NameInfo(
                name: name, type: .number, unit: unit, time: .outcome, readsPath: path, readsAction: action, summary: summary)
        }
        let market = [
            known("open", "price", "First price of the bar that has just closed."),
            known("high", "price", "Highest price of the bar that has just closed."),
            known("low", "price", "Lowest price of the bar that has just closed."),
            known("close", "price", "Last price of the bar that has just closed."),
            known("volume", "base units", "Quantity of the base asset traded in the bar that has just closed."),
            known("volatility_24h", "fraction a bar", "Standard deviation of the last 24 hourly simple returns."),
            known("trend", "sign", "Sign of EMA20 minus EMA50 of the close: +1 rising, -1 falling, 0 equal."),
            known("regime", "", "The market regime of the bar: \(regimeNames.joined(separator: ", ")).", type: .regime),
            known("hour", "hour", "Hour of the day at which the bar starts, UTC, 0 to 23."),
        ]
        let own = [
            known(
                "action", "", "The action chosen at this bar: \(EnvironmentKind.spot.actionNames.joined(separator: ", ")).",
                type: .action, action: true),
            known(
                "direction", "sign", "Position that the action asks for: +1 for LONG, -1 for SHORT, 0 for HOLD.", action: true),
            path("position", "sign", "Position held before this bar's action: +1 long, -1 short, 0 flat."),
            path("changed", "", "True when the action changes the position.", type: .boolean, action: true),
            path("bars_in_position", "bars", "Bars since the present position was opened; 0 while flat."),
            path("bars_flat", "bars", "Bars since the agent went flat; 0 in a position."),
            path("unrealized", "fraction", "Profit of the open position since its entry, as a fraction; 0 while flat."),
            path("drawdown", "fraction", "How far the agent's equity stands below its highest value so far, as a positive fraction."),
        ]
        let outcomes = [
            outcome("next_return", "fraction", "Return of the bar after the action: close[t+1] / close[t] - 1."),
            outcome(
                "cost", "fraction of equity", "Fees and slippage paid for this bar's change of position.", path: true, action: true),
            outcome(
                "realized", "fraction", "Profit realised when this bar closes or reverses a position, otherwise 0.", path: true,
                action: true),
        ]
        let taken = Set((market + own + outcomes).map(\.name))
        let extra = features.filter { !taken.contains($0.name) }.map { known($0.name, $0.unit, $0.summary) }
        return NameScope(environment: .spot, names: market + extra + own + outcomes, regimeNames: regimeNames)
    }
}
