internal import MarketData
internal import NumericKernels
internal import RealModule
package import TradingTypes

/// One-minute bars of SPY, QQQ, SPX and seven large caps, 04:00 to 16:00 New York time, in which the right answers are known.
///
/// In the regular session the simple return of a symbol in the minute after row t is
///
///     R_{t+1} = sigma_{t+1} * (e * s_t + sqrt(1 - e^2) * z)
///
/// with sigma known before the minute (day's regime, time of day, two mean-reverting parts), z of mean 0 and variance 1, symmetric, bounded and correlated
/// between the symbols, and s_t = clip(x_t / k, -3, 3), x_t the feature `momentum_6` (log return of the last six regular minutes, nights left out, over
/// sqrt 6 times the sample deviation of the last 24), k(e) the constant that makes its variance 1. So E[R | past] = sigma * e * s_t; at zero edge
/// every price is a martingale, over the night and in the pre-market too. `edge` holds one value for each latent regime of a day.
///
/// On planted days (`setups`, `downSetups` as shares of the days) the first two hours follow a script instead: gap, pullback, reclaim, and
/// with probability `hitRate` a move in the gap's direction, else one against it, common to all symbols. They are the only predictable thing at zero edge.
///
/// The same arguments give the same bits; more days extend a market without changing its beginning, whatever symbols are asked for. O(days).
public struct SyntheticIntraday: Sendable, Equatable {
    public var seed: UInt64
    /// Trading days from 2024-01-02 on; `warmUpDays` more come before them.
    public var days: Int
    /// Planted edge in each latent regime, in the order of `Regime`.
    public var edge: [Double]
    /// Share of the days that are planted gap-up-pullback-reclaim days, and of their mirror images.
    public var setups = 0.0
    public var downSetups = 0.0
    /// Probability that a planted day goes the way of its gap after the reclaim.
    public var hitRate = 0.75
    /// Traded symbols, of SPY, QQQ, SPX and the large caps.
    public var traded: [String] = SyntheticIntraday.defaultSymbols
    package var parameters = SyntheticIntradayParameters()

    public static let defaultDays = 60
    public static let dayRange = 1...5_000
    public static let edgeRange = -0.5...0.5
    public static let defaultSymbols = ["SPY", "QQQ", "SPX"]
    /// Sessions before the first day, for features and regimes.
    public static let warmUpDays = 20
    /// 2024-01-02.
    public static let firstDate = 19_724

    public init(seed: UInt64 = 1, days: Int = SyntheticIntraday.defaultDays, edge: Double = 0) {
        self.seed = seed
        self.days = days
        self.edge = [Double](repeating: edge, count: 4)
    }

    /// What the market knows about itself: one entry a day, or a row of `time`.
    public struct Truth: Sendable {
        /// Dates of all days, warm-up included.
        public var dates: [Int] = []
        /// Latent regime of each day (`Regime` raw values).
        public var regime: [UInt8] = []
        /// +1 for a planted gap-up day, -1 for its mirror image, 0 otherwise.
        public var setup: [Int] = []
        /// Whether the planted day went the way of its gap.
        public var isHit: [Bool] = []
        /// Deviation of the index in every minute [rows], known before it.
        public var sigma: [Double] = []
        /// s at the close before, by symbol [rows]; 0 in the pre-market.
        public var signal: [String: [Double]] = [:]
    }

    /// Everything generated: series of all symbols over the same minutes, VIX and implied volatility at the minutes' closes.
    package struct Output {
        package var series: [String: BarSeries] = [:]
        package var volatilityIndex: [Double] = []
        package var impliedVolatility: [Double] = []
        package var time: [Int64] = []
        package var truth = Truth()
    }

    /// Trading days in order, the warm-up first.
    package var calendar: [Int] {
        var dates: [Int] = []
        var day = SyntheticIntraday.firstDate
        for _ in 0..<SyntheticIntraday.warmUpDays {
            day = NewYorkSession.tradingDay(before: day)
            dates.append(day)
        }
        dates.reverse()
        day = SyntheticIntraday.firstDate - 1
        for _ in 0..<days {
            day = NewYorkSession.tradingDay(from: day + 1)
            dates.append(day)
        }
        return dates
    }

    package func generate() -> Output {
        precondition(edge.count == Regime.allCases.count, "edge has \(edge.count) entries, regimes are \(Regime.allCases.count)")
        var run = SyntheticIntradayRun(self)
        for date in calendar { run.day(date) }
        return run.output()
    }
}
