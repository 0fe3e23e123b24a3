internal import Intraday
internal import OptionPricing
internal import RealModule

/// Prices and features of all contracts, day by day: what `OptionsMarket` keeps.
struct ContractTables {
    private(set) var days: [OptionsDay] = []
    private(set) var contracts: [DayContract] = []
    private(set) var sourceRows: [Int] = []
    private(set) var dayOfRow: [Int32] = []
    private(set) var callContract: [Int32] = []
    private(set) var putContract: [Int32] = []
    private(set) var level: [Double] = []
    private(set) var quotes: [Float] = []
    private(set) var features: [Float] = []

    private let market: IntradayMarket
    private let configuration: OptionsConfiguration

    init(_ market: IntradayMarket, _ configuration: OptionsConfiguration) {
        self.market = market
        self.configuration = configuration
        for (s, symbol) in market.symbols.enumerated() {
            let levels = volatilityLevels(market, symbol, configuration)
            for d in symbol.days where !market.days[d].isWarmUp { addDay(d, symbol: s, levels) }
        }
    }

    /// Picks the contracts of a day and fills their tables. `levels` starts at the symbol's first row.
    private mutating func addDay(_ index: Int, symbol: Int, _ levels: [Double]) {
        let day = market.days[index], count = day.regular.count, first = sourceRows.count
        let expiry = (0..<configuration.daysToExpiry).reduce(day.date) { date, _ in NewYorkSession.tradingDay(from: date + 1) }
        let calendarDays = expiry - day.date
        let closes = NewYorkSession.closeMinute - (day.isHalfDay ? NewYorkSession.closeMinute - 780 : 0)
        // An option that expires on a half day expires at its close, 13:00.
        let expires = NewYorkSession.isHalfDay(expiry) ? 780 : NewYorkSession.closeMinute
        let made = OptionsDay(
            sourceDay: index, symbol: market.symbols[symbol].name, date: day.date, rows: first..<first + count, contracts: contracts.count..<contracts.count,
            minutesAfterClose: Double(calendarDays * 1_440 + expires - closes), sessionsAhead: configuration.daysToExpiry,
            daysOff: calendarDays - configuration.daysToExpiry)
        let offset = market.symbols[symbol].rows.lowerBound
        let clock = DayClock(market, day, made, levels: (day.regular).map { levels[$0 - offset] }, configuration)
        var picked: [(right: OptionRight, strike: Double, firstMinute: Int)] = []
        var known: [ContractKey: Int32] = [:]
        func pick(_ right: OptionRight, _ minute: Int) -> Int32 {
            let key = ContractKey(right: right, strike: clock.strike(right, minute: minute, configuration))
            if let contract = known[key] { return contract }
            let contract = Int32(contracts.count + picked.count)
            known[key] = contract
            picked.append((right, key.strike, minute))
            return contract
        }
        var calls: [Int32] = [], puts: [Int32] = []
        for minute in 0..<count {
            calls.append(pick(.call, minute))
            puts.append(pick(.put, minute))
        }
        let firstContract = contracts.count
        for (right, strike, minute) in picked {
            let listed = market.symbols[symbol].quotes.flatMap { quotes in
                quotes.series.first { $0.contract.expiry == expiry && $0.contract.strike == strike && $0.contract.isCall == (right == .call) }
            }
            contracts.append(
                DayContract(
                    right: right, strike: strike, expiry: expiry, day: days.count, firstRow: first + minute, firstEntry: quotes.count / 2, isQuoted: listed != nil))
            let series = ContractSeries(right, strike: strike, clock, quotes: listed, from: minute, configuration)
            quotes += series.quotes
            features += series.features
        }
        days.append(
            OptionsDay(
                sourceDay: made.sourceDay, symbol: made.symbol, date: made.date, rows: made.rows, contracts: firstContract..<contracts.count,
                minutesAfterClose: made.minutesAfterClose, sessionsAhead: made.sessionsAhead, daysOff: made.daysOff))
        sourceRows += Array(day.regular)
        dayOfRow += [Int32](repeating: Int32(days.count - 1), count: count)
        callContract += calls
        putContract += puts
        level += clock.level
    }

    private struct ContractKey: Hashable {
        let right: OptionRight
        let strike: Double
    }
}

/// The underlying and the time to expiry over the minutes of one day.
struct DayClock {
    let spot: [Double]
    let level: [Double]
    /// ACT/365 years and trading days of variance to expiry.
    let years: [Double]
    let varianceDays: [Double]
    let minutesToExpiry: [Double]
    /// Start of each minute's bar, seconds UTC.
    let time: [Int64]
    let step: Double

    init(_ market: IntradayMarket, _ source: IntradayDay, _ day: OptionsDay, levels: [Double], _ configuration: OptionsConfiguration) {
        let rows = source.regular
        spot = Array(market.close[rows])
        level = levels
        time = Array(market.time[rows])
        minutesToExpiry = rows.map { market.minutesToClose[$0] + day.minutesAfterClose }
        years = minutesToExpiry.map { OptionTime.years(minutes: $0) }
        let total = Double(rows.count)
        varianceDays = rows.map {
            configuration.surface.clock.tradingDays(elapsed: 1 - market.minutesToClose[$0] / total, sessions: day.sessionsAhead, daysOff: day.daysOff)
        }
        step = configuration.strikeStep ?? ((spot.first ?? 0) < 1_000 ? 1 : 5)
    }

    func forward(_ minute: Int, _ c: OptionsConfiguration) -> Double { spot[minute] * Double.exp((c.rate - c.dividendYield) * years[minute]) }

    func volatility(_ strike: Double, _ minute: Int, _ c: OptionsConfiguration) -> Double {
        c.surface.volatility(level: level[minute], days: varianceDays[minute], years: years[minute], strike: strike, forward: forward(minute, c))
    }

    /// The listed strike that the rule picks.
    func strike(_ right: OptionRight, minute: Int, _ c: OptionsConfiguration) -> Double {
        let s = spot[minute]
        func listed(_ price: Double) -> Double { max(step, (price / step).rounded() * step) }
        switch c.strike {
        case .moneyness(let m):
            return listed(s * (1 + right.sign * m))
        case .delta(let goal):
            func distance(_ strike: Double) -> Double {
                let v = volatility(strike, minute, c)
                let delta = BlackScholes.value(right, spot: s, strike: strike, years: years[minute], volatility: v, rate: c.rate, dividendYield: c.dividendYield).delta
                return abs(delta) - goal
            }
            var best = listed(s), found = distance(best)
            // Out of the money the size of delta falls: calls upwards, puts downwards.
            let outward = right.sign * step * (found > 0 ? 1 : -1)
            for _ in 0..<2_000 {
                let next = best + outward
                guard next > 0 else { break }
                let d = distance(next)
                if abs(d) >= abs(found) { break }
                (best, found) = (next, d)
            }
            return best
        }
    }
}

/// Level of implied volatility at every row of a symbol, annual over trading time; entry 0 is the symbol's first row. Row t reads rows up to t.
func volatilityLevels(_ market: IntradayMarket, _ symbol: TradedSymbol, _ configuration: OptionsConfiguration) -> [Double] {
    let rows = symbol.rows, share = configuration.surface.clock.sessionShare
    // Sum of squared one-minute log returns over the last five sessions' worth of regular minutes.
    let window = 5 * NewYorkSession.regularMinutes
    var squares: [Double] = [], sum = 0.0, own = Double.nan
    var result: [Double] = []
    result.reserveCapacity(rows.count)
    for t in rows {
        if market.minutesSinceOpen[t] > 1, t > rows.lowerBound {
            let r = Double.log(market.close[t] / market.close[t - 1])
            squares.append(r * r)
            sum += r * r
            if squares.count > window { sum -= squares[squares.count - 1 - window] }
        }
        let minutes = Double(min(squares.count, window))
        // Before an hour of returns: 16% a year.
        let realized = minutes < 60 ? 0.16 : 1.1 * (max(0, sum) / minutes * Double(NewYorkSession.regularMinutes) * 252 / share).squareRoot()
        let index = market.volatilityIndex[t] * configuration.surface.indexRatio / 100
        // The market's own volatility tells the variance that is left of the day: iv^2 x minutes to the close. As a level it is what the clock makes that
        // variance of, so that a day whose variance comes as the clock says has one level from open to close. In the last minutes it stays as it is.
        let left = market.minutesToClose[t], passed = market.minutesSinceOpen[t], iv = market.impliedVolatility[t]
        if !iv.isFinite { own = .nan } else if passed < 1 || left >= 5 || !own.isFinite {
            let u = passed < 1 ? 0 : min(1, passed / (passed + left))
            own = iv * ((1 - u) / (share * max(configuration.surface.clock.ahead(u), 1e-6))).squareRoot()
            if own == 0 { own = iv / share.squareRoot() }
        }
        let found: Double
        switch configuration.level {
        case .automatic: found = own.isFinite && own > 0 ? own : index.isFinite && index > 0 ? index : realized
        case .index: found = index.isFinite && index > 0 ? index : realized
        case .realized: found = realized
        }
        result.append(min(3, max(0.03, found)))
    }
    return result
}
