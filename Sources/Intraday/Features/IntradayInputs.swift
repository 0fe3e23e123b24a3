internal import Features
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// One stretch of consecutive sessions of one symbol: its regular minutes one after the other, without nights and pre-markets, and what several
/// families need from them, each worked out once. Row 0 is the first regular minute of the first session.
///
/// Not Sendable: made, filled and dropped inside one call.
public final class IntradayInputs {
    /// A session of the stretch.
    struct Session {
        /// Rows of the stretch.
        let rows: Range<Int>
        /// Close of the session before; the session's own open on the stretch's first day.
        let previousClose: Double
        /// Extremes of the pre-market; without one, of previous close and open.
        let preMarketHigh: Double, preMarketLow: Double
    }

    let bars: BarSeries
    let sessions: [Session]
    /// VIX, last known value; 0 before its first and where there is none.
    let volatilityIndex: [Double]
    /// One-minute log returns of the large caps and of the index, NaN where unknown.
    let largeCapReturn: [Double], indexReturn: [Double]
    let minutesSinceOpen: [Double], minutesToClose: [Double]
    var count: Int { bars.count }
    /// TA-Lib's indicators and rolling statistics over these bars, as a chart without extended hours has them: nights are ordinary steps.
    let base: FeatureInputs

    init(_ market: IntradayMarket, days: ArraySlice<IntradayDay>) {
        var rows: [Int] = [], sessions: [Session] = []
        for day in days {
            let begin = rows.count, first = day.regular.lowerBound
            rows.append(contentsOf: day.regular)
            let before = day.previousClose.isNaN ? market.open[first] : day.previousClose
            var top = -Double.infinity, bottom = Double.infinity
            for row in day.preMarket where market.isRecorded[row] {
                top = max(top, market.high[row])
                bottom = min(bottom, market.low[row])
            }
            if top < bottom {
                top = max(before, market.open[first])
                bottom = min(before, market.open[first])
            }
            sessions.append(Session(rows: begin..<rows.count, previousClose: before, preMarketHigh: top, preMarketLow: bottom))
        }
        func take(_ column: [Double]) -> [Double] { rows.map { column[$0] } }
        bars = BarSeries(
            symbol: "", barDurationSeconds: 60, time: rows.map { market.time[$0] }, open: take(market.open), high: take(market.high), low: take(market.low),
            close: take(market.close), volume: take(market.volume))
        self.sessions = sessions
        volatilityIndex = rows.map { market.volatilityIndex[$0].isNaN ? 0 : market.volatilityIndex[$0] }
        largeCapReturn = take(market.largeCapReturn)
        indexReturn = take(market.indexReturn)
        minutesSinceOpen = take(market.minutesSinceOpen)
        minutesToClose = take(market.minutesToClose)
        base = FeatureInputs(bars)
    }

    /// Log return of the minute, the session's first one from its open (the night left out); from row 0.
    private(set) lazy var minuteReturn: [Double] = {
        var out = mapLagged(base.logClose, lag: 1, from: 1) { $0 - $1 }
        for session in sessions {
            let t = session.rows.lowerBound
            out[t] = Double.log(bars.close[t] / bars.open[t])
        }
        return out
    }()

    /// Highest high and lowest low of the last 20 minutes, this one included; from row 19.
    private(set) lazy var high20: [Double] = RollingWindow.maximum(bars.high, window: 20)
    private(set) lazy var low20: [Double] = RollingWindow.minimum(bars.low, window: 20)

    /// Volume-weighted mean of (h + l + c) / 3 since the session's open; the plain mean while no volume was traded. From row 0.
    private(set) lazy var vwap: [Double] = {
        var out = [Double](repeating: 0, count: count)
        for session in sessions {
            var value = 0.0, volume = 0.0, plain = 0.0, n = 0.0
            for t in session.rows {
                let typical = (bars.high[t] + bars.low[t] + bars.close[t]) / 3
                value += typical * bars.volume[t]
                volume += bars.volume[t]
                plain += typical
                n += 1
                out[t] = volume > 0 ? value / volume : plain / n
            }
        }
        return out
    }()

    /// Histogram of MACD 12, 26, 9 in ATR14; from row 33.
    private(set) lazy var macdHistogram: [Double] = ConvergenceDivergence.columns(base)[1]
    /// Relative strength over 14 minutes, 0 to 100, 50 in a market that does not move; from row 14.
    private(set) lazy var relativeStrength: [Double] = mapRows(NeutralRelativeStrength.columns(base)[0], from: 14) { 50 + 50 * $0 }
    private(set) lazy var breakout: [Double] = structureBreak(isUp: true)
    private(set) lazy var breakdown: [Double] = structureBreak(isUp: false)
    private(set) lazy var upperRejection: [Double] = rejection(isUpper: true)
    private(set) lazy var lowerRejection: [Double] = rejection(isUpper: false)

    /// (c - HH20 of the 20 minutes before) / ATR14, or (LL20 of them - c) / ATR14, within 3; from row 20.
    private func structureBreak(isUp: Bool) -> [Double] {
        let level = isUp ? high20 : low20, sign = isUp ? 1.0 : -1.0
        let gap = mapLagged(bars.close, bars.close, before: level, lag: 1, from: 20) { close, _, level in sign * (close - level) }
        return mapRows(gap, base.atr14, bars.close, from: 20) { gap, atr, close in
            let x = ratio(gap, atr, floor: close * zeroRange)
            return x > 3 ? 3 : (x < -3 ? -3 : x)
        }
    }

    /// Wick over range where that is above one half, times range / ATR14 up to 1; from row 14.
    private func rejection(isUpper: Bool) -> [Double] {
        let wick = isUpper
            ? mapRows(bars.high, bars.open, bars.close, from: 0) { $0 - ($1 > $2 ? $1 : $2) }
            : mapRows(bars.low, bars.open, bars.close, from: 0) { ($1 < $2 ? $1 : $2) - $0 }
        let range = mapRows(bars.high, bars.low, from: 0) { $0 - $1 }
        return mapRows(wick, range, base.atr14, bars.close, from: 14) { wick, range, atr, close in
            let share = ratio(wick, range, floor: 0)
            let size = ratio(range, atr, floor: close * zeroRange, otherwise: 0)
            return share > 0.5 ? share * (size < 1 ? size : 1) : 0
        }
    }
}

/// a / b, or `otherwise` where b is not above `floor`. Written so that the division always happens: a loop with a division behind a branch does not
/// vectorise.
@inline(__always)
func ratio(_ a: Double, _ b: Double, floor: Double, otherwise: Double = 0) -> Double {
    let quotient = a / (b + (b > floor ? 0 : 1))
    return b > floor ? quotient : otherwise
}

/// Average true ranges up to this share of the close count as zero.
let zeroRange = 1e-6
/// Standard deviations of log returns up to this count as zero.
let zeroVolatility = 1e-7
