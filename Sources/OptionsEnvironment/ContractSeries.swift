internal import Intraday
internal import OptionPricing
internal import RealModule

/// Quotes and features of one contract over a day.
struct ContractSeries {
    /// Bid and ask in ticks, [minutes x 2], from the first minute asked for.
    private(set) var quotes: [Float] = []
    /// [minutes x C]
    private(set) var features: [Float] = []

    /// Minutes before the first that features look back on.
    private static let lookBack = 10

    /// Entries start at minute `start`; row i reads minutes up to i.
    init(_ right: OptionRight, strike: Double, _ clock: DayClock, quotes series: OptionQuoteSeries?, from start: Int, _ c: OptionsConfiguration) {
        let n = clock.spot.count, first = max(0, start - Self.lookBack), tick = c.spread.tick
        var bid = [Double](repeating: 0, count: n), ask = bid, mid = bid
        var value = [OptionValue](repeating: OptionValue(price: 0, delta: 0, gamma: 0, theta: 0, vega: 0), count: n)
        var volatility = bid
        // Volatility of a quoted contract over the model's, carried to minutes without a quote so that its premium does not jump between the two.
        var ratio = 1.0
        for i in first..<n {
            let spot = clock.spot[i], years = clock.years[i]
            let model = clock.volatility(strike, i, c)
            var used = model * ratio
            var quote: (bid: Double, ask: Double)?
            if let listed = series?.quote(atRowStarting: clock.time[i]), listed.ask > listed.bid, listed.bid >= 0 {
                quote = listed
                let middle = (listed.bid + listed.ask) / 2
                if let implied = try? BlackScholes.impliedVolatility(
                    right, price: middle, spot: spot, strike: strike, years: years, rate: c.rate, dividendYield: c.dividendYield)
                {
                    used = min(20, max(0.01, implied))
                    ratio = used / model
                }
            }
            value[i] = BlackScholes.value(right, spot: spot, strike: strike, years: years, volatility: used, rate: c.rate, dividendYield: c.dividendYield)
            volatility[i] = used
            let found = quote ?? c.spread.quote(price: value[i].price, spot: spot)
            // Whole ticks, the ask at least one above the bid.
            bid[i] = (found.bid / tick).rounded()
            ask[i] = max((found.ask / tick).rounded(), bid[i] + 1)
            mid[i] = (bid[i] + ask[i]) / 2
        }
        quotes.reserveCapacity(2 * (n - start))
        features.reserveCapacity(ContractFeature.allCases.count * (n - start))
        for i in start..<n {
            quotes.append(Float(bid[i]))
            quotes.append(Float(ask[i]))
            let price = mid[i] * tick
            let five = max(first, i - 5), one = max(first, i - 1)
            let move = value[five].delta * (clock.spot[i] - clock.spot[five])
            // Below half a tick the underlying's move says nothing about the premium.
            let relative = abs(move) < tick / 2 ? 1 : min(3, max(-3, (mid[i] - mid[five]) * tick / move))
            for feature in ContractFeature.allCases {
                let x: Double
                switch feature {
                case .delta: x = value[i].delta
                case .gamma: x = value[i].gamma
                case .theta: x = value[i].theta
                case .vega: x = value[i].vega
                case .impliedVolatility: x = volatility[i]
                case .volatilityChange: x = volatility[i] / volatility[five] - 1
                case .midChange: x = Double.log(mid[i] / mid[one])
                case .midChange5: x = Double.log(mid[i] / mid[five])
                case .stability: x = Self.stability(mid, clock.spot, delta: value[i].delta, price: price, from: max(first, i - Self.lookBack), to: i)
                case .spread: x = (ask[i] - bid[i]) / mid[i]
                case .relativeMove: x = relative
                case .thetaShare: x = value[i].theta / OptionTime.minutesPerYear / price
                case .premium: x = price
                case .minutesToExpiry: x = clock.minutesToExpiry[i]
                }
                features.append(Float(x))
            }
        }
    }

    /// `1 / (1 + sd(change of ln mid) / (|delta| S sd(log return) / mid))` over the minutes `from ... to`; 1 where the premium did not move or there are fewer
    /// than two changes, 0 where it moved and delta explains nothing.
    private static func stability(_ mid: [Double], _ spot: [Double], delta: Double, price: Double, from: Int, to: Int) -> Double {
        guard to - from >= 2 else { return 1 }
        let noise = deviation(mid, from, to)
        guard noise > 0 else { return 1 }
        let explained = abs(delta) * spot[to] * deviation(spot, from, to) / price
        return explained > 0 ? 1 / (1 + noise / explained) : 0
    }

    /// Sample standard deviation of the log changes.
    private static func deviation(_ x: [Double], _ from: Int, _ to: Int) -> Double {
        let n = Double(to - from)
        var sum = 0.0, squares = 0.0
        for i in from + 1...to {
            let change = Double.log(x[i] / x[i - 1])
            sum += change
            squares += change * change
        }
        return max(0, (squares - sum * sum / n) / (n - 1)).squareRoot()
    }
}
