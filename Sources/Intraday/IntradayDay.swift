/// One trading day of one symbol: which rows of the market it owns, and what came before it.
///
/// Rows are one-minute bars on a fixed New York grid: 330 of the pre-market (04:00 to 09:29) where the source has any pre-market bar that
/// day, none otherwise, then the regular session (09:30 to 15:59, 390 rows; 210 rows on a half day, 09:30 to 12:59).
public struct IntradayDay: Sendable, Equatable {
    /// Index into `IntradayMarket.symbols`.
    public let symbol: Int
    /// Day number of the New York date, 1970-01-01 being 0; `dateText` writes it.
    public let date: Int
    /// Rows of the pre-market; empty where the source has none.
    public let preMarket: Range<Int>
    /// Rows of the regular session.
    public let regular: Range<Int>
    /// Close of the regular session before; NaN when the exchange's preceding session is not in the data.
    public let previousClose: Double
    /// True for days that only warm features and regimes up: nothing is decided on them.
    public let isWarmUp: Bool

    public init(symbol: Int, date: Int, preMarket: Range<Int>, regular: Range<Int>, previousClose: Double, isWarmUp: Bool) {
        precondition(
            preMarket.upperBound == regular.lowerBound && !regular.isEmpty,
            "pre-market rows \(preMarket) must end where the regular rows \(regular) begin")
        self.symbol = symbol
        self.date = date
        self.preMarket = preMarket
        self.regular = regular
        self.previousClose = previousClose
        self.isWarmUp = isWarmUp
    }

    /// Every row of the day, pre-market first.
    public var rows: Range<Int> { preMarket.lowerBound..<regular.upperBound }
    /// A session that closes at 13:00.
    public var isHalfDay: Bool { regular.count == NewYorkSession.halfDayMinutes }
    /// `2025-03-10`.
    public var dateText: String { NewYorkSession.dateText(date) }
}

/// The chronological parts of a market, as indices into `IntradayMarket.days`; warm-up days are in none of them.
///
/// Cut by date, so that the same date of two symbols never lies in two parts.
public struct IntradaySplit: Sendable, Equatable {
    public let train: [Int]
    public let validation: [Int]
    public let test: [Int]

    public init(train: [Int], validation: [Int], test: [Int]) {
        self.train = train
        self.validation = validation
        self.test = test
    }
}
