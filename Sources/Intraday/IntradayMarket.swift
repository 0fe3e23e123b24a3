public import TradingTypes

/// One traded symbol's share of the market: its rows and days are consecutive, oldest first.
public struct TradedSymbol: Sendable, Equatable {
    /// `SPY`.
    public let name: String
    public let rows: Range<Int>
    /// Indices into `IntradayMarket.days`.
    public let days: Range<Int>
    /// Quotes of options on this symbol, where a file of them was given.
    public let quotes: OptionQuotes?

    public init(name: String, rows: Range<Int>, days: Range<Int>, quotes: OptionQuotes? = nil) {
        self.name = name
        self.rows = rows
        self.days = days
        self.quotes = quotes
    }
}

/// One-minute bars of one or several traded symbols on the New York grid: the rows of the first symbol, then those of the next.
///
/// **What is known when.** A row is one minute, named by its start `time[t]`. A decision of row t is taken at that minute's *close*, so
/// everything in row t of every column is known to it: its own open, high, low, close, volume, and the companions' bars of the same minute.
/// What happens from the close of row t to the close of row t + 1 is the outcome. Columns that come from slower feeds (`volatilityIndex`)
/// hold at row t the last value whose own bar has *ended* by the close of row t; a daily index file therefore contributes the close of
/// an earlier date only. Pre-market highs and lows are complete from the first regular row on. Regimes read nothing after row t.
///
/// **The grid.** Days are as in `IntradayDay`; rows between two days do not exist, so row t - 1 of a day's first row belongs to the day before (or to
/// another symbol: use `TradedSymbol.rows`). A minute the source lacks is a row with `isRecorded` false: open, high, low and close are
/// the last close before it (of an earlier day if need be), volume 0. Only before a symbol's very first bar, on a warm-up day, is
/// it that bar's open.
///
/// Prices in dollars or index points; volume in shares (0 throughout for indices).
public struct IntradayMarket: Sendable {
    /// The argument it came from.
    public let name: String
    public let symbols: [TradedSymbol]
    /// Days of all symbols: those of the first symbol in order of date, then the next symbol's.
    public let days: [IntradayDay]

    /// Bar start, seconds since 1970 UTC; rises strictly within a symbol.
    public let time: [Int64]
    public let open: [Double]
    public let high: [Double]
    public let low: [Double]
    public let close: [Double]
    public let volume: [Double]
    /// False for a minute that the source lacks, filled as said above.
    public let isRecorded: [Bool]

    /// Minutes from 09:30 to the row's close: 1 on the first regular row, 390 on the last; 0 or negative in the pre-market.
    public let minutesSinceOpen: [Double]
    /// Minutes from the row's close to the end of the session (13:00 on a half day): 389 on the first regular row, 0 on the last.
    public let minutesToClose: [Double]

    /// Volatility index (VIX) in index points, known at the row's close; NaN before its first value and where none was given.
    public let volatilityIndex: [Double]
    /// At-the-money implied volatility of the option that expires the same day, annualised fraction over trading time (252 days of 390 minutes),
    /// where the market is synthetic; NaN throughout for real data.
    public let impliedVolatility: [Double]
    /// Close of every other symbol at the row's minute (the last one at or before it, of the same day), by symbol: companions and other
    /// traded symbols alike. NaN until its first bar of the day.
    public let companions: [String: [Double]]
    /// Equal-weighted mean of the one-minute log returns of the large caps (AAPL AMZN GOOG META MSFT NVDA TSLA) that have a bar in this minute and the one before;
    /// the session's first row takes open to close. NaN where none has.
    public let largeCapReturn: [Double]
    /// The same one-minute log return of the S&P 500 index: SPX where given, otherwise SPY (never for SPY itself). NaN where there is none.
    public let indexReturn: [Double]

    /// Raw value of `Regime` for every row; pre-market rows carry the label of the last regular row before.
    public let regime: [UInt8]

    public var rowCount: Int { time.count }

    public init(
        name: String, symbols: [TradedSymbol], days: [IntradayDay], time: [Int64], open: [Double], high: [Double], low: [Double], close: [Double],
        volume: [Double], isRecorded: [Bool], minutesSinceOpen: [Double], minutesToClose: [Double], volatilityIndex: [Double],
        impliedVolatility: [Double], companions: [String: [Double]], largeCapReturn: [Double], indexReturn: [Double], regime: [UInt8]
    ) {
        let n = time.count
        let lengths = [
            open.count, high.count, low.count, close.count, volume.count, isRecorded.count, minutesSinceOpen.count, minutesToClose.count,
            volatilityIndex.count, impliedVolatility.count, largeCapReturn.count, indexReturn.count, regime.count,
        ]
        precondition(lengths.allSatisfy { $0 == n }, "intraday columns differ in length: time \(n), others \(lengths)")
        precondition(companions.values.allSatisfy { $0.count == n }, "companions differ in length from the \(n) rows")
        precondition(symbols.last?.rows.upperBound ?? 0 == n && symbols.last?.days.upperBound ?? 0 == days.count, "symbols do not cover the rows and days")
        self.name = name
        self.symbols = symbols
        self.days = days
        self.time = time
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.isRecorded = isRecorded
        self.minutesSinceOpen = minutesSinceOpen
        self.minutesToClose = minutesToClose
        self.volatilityIndex = volatilityIndex
        self.impliedVolatility = impliedVolatility
        self.companions = companions
        self.largeCapReturn = largeCapReturn
        self.indexReturn = indexReturn
        self.regime = regime
    }

    /// Days on which decisions may be taken, as indices into `days`.
    public var tradingDays: [Int] { days.indices.filter { !days[$0].isWarmUp } }

    /// Cuts the trading days by date: the earliest dates train, the latest test. Boundaries are rounded down, the test part takes the rest.
    public func split(_ fractions: (train: Double, validation: Double, test: Double) = (60, 20, 20)) -> IntradaySplit {
        let dates = Set(tradingDays.map { days[$0].date }).sorted()
        let parts = Split(bars: 0..<dates.count, fractions: fractions)
        func part(_ range: Range<Int>) -> [Int] {
            guard !range.isEmpty else { return [] }
            let from = dates[range.lowerBound], to = dates[range.upperBound - 1]
            return tradingDays.filter { days[$0].date >= from && days[$0].date <= to }
        }
        return IntradaySplit(train: part(parts.train), validation: part(parts.validation), test: part(parts.test))
    }

    /// The bars of `rows` as a series of their own (symbol's name from the first row).
    public func bars(_ rows: Range<Int>) -> BarSeries {
        BarSeries(
            symbol: symbols.first { $0.rows.contains(rows.lowerBound) }?.name ?? "", barDurationSeconds: 60, time: Array(time[rows]), open: Array(open[rows]),
            high: Array(high[rows]), low: Array(low[rows]), close: Array(close[rows]), volume: Array(volume[rows]))
    }
}
