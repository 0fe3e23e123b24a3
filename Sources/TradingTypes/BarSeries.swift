/// One symbol's OHLCV bars as columns, oldest first, one entry a bar in every column.
///
/// `time` is the bar's start in seconds since 1970-01-01 UTC and rises strictly; prices are in the quote currency,
/// `volume` in units of the base asset. Gaps are allowed (the next entry is simply the next bar that exists).
public struct BarSeries: Sendable, Equatable {
    public var symbol: String
    /// The regular spacing of bars in seconds (3,600 for hourly bars).
    public var barDurationSeconds: Int
    public var time: [Int64]
    public var open: [Double]
    public var high: [Double]
    public var low: [Double]
    public var close: [Double]
    public var volume: [Double]

    public var count: Int { time.count }

    public init(
        symbol: String, barDurationSeconds: Int, time: [Int64], open: [Double], high: [Double], low: [Double],
        close: [Double], volume: [Double]
    ) {
        precondition(
            [open.count, high.count, low.count, close.count, volume.count].allSatisfy { $0 == time.count },
            "bar columns differ in length: time \(time.count), open \(open.count), high \(high.count), low \(low.count), close \(close.count), volume \(volume.count)")
        self.symbol = symbol
        self.barDurationSeconds = barDurationSeconds
        self.time = time
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    /// The bars of `range`, as a series of their own.
    public func slice(_ range: Range<Int>) -> BarSeries {
        BarSeries(
            symbol: symbol, barDurationSeconds: barDurationSeconds, time: Array(time[range]), open: Array(open[range]),
            high: Array(high[range]), low: Array(low[range]), close: Array(close[range]), volume: Array(volume[range]))
    }
}
