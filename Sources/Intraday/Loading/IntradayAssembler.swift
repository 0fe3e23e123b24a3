internal import ComponentKit
package import MarketData
internal import NumericKernels
internal import RealModule
package import TradingTypes

/// Builds the market from series by symbol. Everything a row holds of another feed was known at that row's close.
package struct IntradayAssembler {
    let argument: String
    /// All series by symbol, the volatility index not among them.
    let series: [String: BarSeries]
    let traded: [String]
    let volatilityIndex: BarSeries?
    /// Implied volatility at the closes of the minutes in its `times`.
    let implied: (time: [Int64], value: [Double])?
    let quotes: [String: OptionQuotes]
    /// Keep this many last days, and as many before them as there are up to `warmUpDays`, marked as such.
    let lastDays: Int?

    static let largeCaps = ["AAPL", "AMZN", "GOOG", "META", "MSFT", "NVDA", "TSLA"]
    /// Days before the first trading day where the data has them.
    static let warmUpDays = SyntheticIntraday.warmUpDays
    /// A volatility index older than this many days is not known.
    static let indexStaleness: Int64 = 7 * 86_400

    package struct Result {
        package var market: IntradayMarket
        /// Oddities of the grid, by traded symbol.
        package var oddities: [String: [DataOddity]]
    }

    package init(
        argument: String, series: [String: BarSeries], traded: [String], volatilityIndex: BarSeries?, implied: (time: [Int64], value: [Double])?,
        quotes: [String: OptionQuotes], lastDays: Int?
    ) {
        self.argument = argument
        self.series = series
        self.traded = traded
        self.volatilityIndex = volatilityIndex
        self.implied = implied
        self.quotes = quotes
        self.lastDays = lastDays
    }

    package func assemble() -> Result {
        var symbols: [TradedSymbol] = [], days: [IntradayDay] = [], oddities: [String: [DataOddity]] = [:]
        var time: [Int64] = [], open: [Double] = [], high: [Double] = [], low: [Double] = [], close: [Double] = [], volume: [Double] = []
        var recorded: [Bool] = [], sinceOpen: [Double] = [], toClose: [Double] = [], vix: [Double] = [], iv: [Double] = []
        var largeCaps: [Double] = [], index: [Double] = []
        let names = series.keys.sorted()
        var companions = [[Double]](repeating: [], count: names.count)
        let views = names.map { Companion(series[$0]!) }
        let indexView = volatilityIndex.map { Companion($0) }

        for (s, name) in traded.enumerated() {
            let grid = SymbolGrid(series[name]!, lastDays: lastDays.map { $0 + Self.warmUpDays })
            oddities[name] = grid.counts
            let base = time.count, firstDay = days.count
            let shift = { (r: Range<Int>) in r.lowerBound + base..<r.upperBound + base }
            var isFirst = [Bool](repeating: false, count: grid.time.count)
            for (d, day) in grid.days.enumerated() {
                let tooEarly = lastDays.map { d < grid.days.count - $0 } ?? false
                days.append(
                    IntradayDay(
                        symbol: s, date: day.date, preMarket: shift(day.preMarket), regular: shift(day.regular), previousClose: day.previousClose,
                        isWarmUp: tooEarly || day.previousClose.isNaN))
                isFirst[day.regular.lowerBound] = true
                for row in day.preMarket.lowerBound..<day.regular.upperBound {
                    sinceOpen.append(Double(row - day.regular.lowerBound + 1))
                    toClose.append(Double(day.regular.upperBound - 1 - row))
                }
            }
            time += grid.time
            open += grid.open
            high += grid.high
            low += grid.low
            close += grid.close
            volume += grid.volume
            recorded += grid.isRecorded

            for (c, view) in views.enumerated() {
                companions[c] += zip(view.lastKnown(atClosesOf: grid.time), grid.time).map { k, start in
                    k >= 0 && start - view.bars.time[k] < 14 * 3600 ? view.bars.close[k] : .nan
                }
            }
            let caps = Self.largeCaps.filter { $0 != name && series[$0] != nil }
            largeCaps += meanReturn(caps.map { views[names.firstIndex(of: $0)!] }, grid.time, isFirst)
            // Of minutes alone: a slower feed has no minute returns.
            func hasMinutes(_ symbol: String) -> Bool { series[symbol]?.barDurationSeconds == 60 }
            let indexName = hasMinutes("SPX") ? "SPX" : (name != "SPY" && hasMinutes("SPY") ? "SPY" : nil)
            index += meanReturn(indexName.map { [views[names.firstIndex(of: $0)!]] } ?? [], grid.time, isFirst)
            vix += indexView.map { view in
                zip(view.lastKnown(atClosesOf: grid.time), grid.time).map { k, start in
                    k >= 0 && start - view.known[k] < Self.indexStaleness ? view.bars.close[k] : .nan
                }
            } ?? [Double](repeating: .nan, count: grid.time.count)
            iv += impliedAt(grid.time)
            symbols.append(TradedSymbol(name: name, rows: base..<time.count, days: firstDay..<days.count, quotes: quotes[name]))
        }
        let regimes = IntradayRegimes().label(symbols: symbols, days: days, close: close, high: high, low: low, open: open)
        let market = IntradayMarket(
            name: argument, symbols: symbols, days: days, time: time, open: open, high: high, low: low, close: close, volume: volume,
            isRecorded: recorded, minutesSinceOpen: sinceOpen, minutesToClose: toClose, volatilityIndex: vix, impliedVolatility: iv,
            companions: Dictionary(uniqueKeysWithValues: zip(names, companions)), largeCapReturn: largeCaps, indexReturn: index, regime: regimes)
        return Result(market: market, oddities: oddities)
    }

    private func meanReturn(_ views: [Companion], _ rows: [Int64], _ isFirst: [Bool]) -> [Double] {
        var sum = [Double](repeating: 0, count: rows.count), n = sum
        for view in views {
            for (t, r) in view.minuteReturns(rows, isFirst: { isFirst[$0] }).enumerated() where !r.isNaN {
                sum[t] += r
                n[t] += 1
            }
        }
        return zip(sum, n).map { $1 > 0 ? $0 / $1 : .nan }
    }

    private func impliedAt(_ rows: [Int64]) -> [Double] {
        guard let implied else { return [Double](repeating: .nan, count: rows.count) }
        var k = 0
        return rows.map { start in
            while k < implied.time.count, implied.time[k] < start { k += 1 }
            return k < implied.time.count && implied.time[k] == start ? implied.value[k] : .nan
        }
    }
}
