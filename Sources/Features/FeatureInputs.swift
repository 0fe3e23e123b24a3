internal import NumericKernels
public import TradingTypes

/// The bars and what several families need from them, each worked out once.
///
/// `close` is the close the indicators read: the recorded one, or the Kalman-filtered one (`denoise: ekf`). The filtered close
/// replaces the recorded one wherever an indicator reads the close; open, high, low, volume and time stay as recorded, and
/// so does the close in the candle shapes and in the Kalman family itself. With the filtered close a few bounded indicators
/// (stochastic, Donchian position) can leave their bounds a little, since it may lie outside the bar.
///
/// Not Sendable: made, filled and dropped inside one call.
public final class FeatureInputs {
    public let bars: BarSeries
    public let denoise: Denoise
    public var count: Int { bars.count }

    public init(_ bars: BarSeries, denoise: Denoise = .none) {
        self.bars = bars
        self.denoise = denoise
    }

    /// The close that indicators read.
    public private(set) lazy var close: [Double] = denoise == .ekf ? kalman.level : bars.close
    /// Natural logarithm of `close`.
    package private(set) lazy var logClose: [Double] = denoise == .ekf ? mapRows(kalman.level, from: 0) { fastLog($0) } : recordedLogClose
    /// ln c[t] - ln c[t-1] of `close`; from row 1.
    package private(set) lazy var logReturn: [Double] = mapLagged(logClose, lag: 1, from: 1) { $0 - $1 }
    /// Sample standard deviation of the last 24 log returns; from row 24.
    package private(set) lazy var sigma24: [Double] = RollingWindow.deviation(logReturn, window: 24, from: 1)
    /// The same over 168; from row 168.
    package private(set) lazy var sigma168: [Double] = RollingWindow.deviation(logReturn, window: 168, from: 1)

    /// max(h, c[t-1]) - min(l, c[t-1]); from row 1.
    package private(set) lazy var trueRange: [Double] = mapLagged(bars.high, bars.low, before: close, lag: 1, from: 1) { high, low, before in
        (high > before ? high : before) - (low < before ? low : before)
    }
    /// Wilder's average true range over 14, seeded as in TA-Lib; from row 14.
    package private(set) lazy var atr14: [Double] = wilderMean(trueRange, length: 14, from: 1)
    /// Natural logarithm of ATR14, which counts as 1e-6 of the close at least; from row 14.
    package private(set) lazy var logATR14: [Double] = mapRows(atr14, close, from: 14) { atr, close in
        let floor = close * zeroRange
        return fastLog(atr > floor ? atr : floor)
    }

    private lazy var shortMeans = exponentialMeans(close, MeanSeed(9), MeanSeed(20), MeanSeed(50))
    /// MACD seeds its fast mean on the row of its slow one (25), as TA-Lib does.
    private lazy var longMeans = exponentialMeans(close, MeanSeed(200), MeanSeed(12, seed: 25), MeanSeed(26))
    package var ema9: [Double] { shortMeans.0 }
    package var ema20: [Double] { shortMeans.1 }
    package var ema50: [Double] { shortMeans.2 }
    package var ema200: [Double] { longMeans.0 }
    package var macdFast: [Double] { longMeans.1 }
    package var macdSlow: [Double] { longMeans.2 }

    /// Highest high and lowest low of the last 24 bars, this one included; from row 23.
    package private(set) lazy var high24: [Double] = RollingWindow.maximum(bars.high, window: 24)
    package private(set) lazy var low24: [Double] = RollingWindow.minimum(bars.low, window: 24)
    /// (h + l + c) / 3.
    package private(set) lazy var typicalPrice: [Double] = mapRows(bars.high, bars.low, close, from: 0) { ($0 + $1 + $2) / 3 }

    /// Of the recorded closes, whatever `denoise` says.
    package private(set) lazy var recordedLogClose: [Double] = mapRows(bars.close, from: 0) { fastLog($0) }
    package private(set) lazy var kalman: KalmanTrack = KalmanFilter.btcHourly.track(recordedLogClose, closes: bars.close)
}
