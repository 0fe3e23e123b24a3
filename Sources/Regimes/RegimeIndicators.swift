internal import Features
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// What the detectors read, from the bars as recorded.
struct RegimeIndicators {
    /// ln c[t] - ln c[t-1], from row 1.
    let logReturn: [Double]
    /// Sample standard deviation of the last 24 and 168 log returns, from rows 24 and 168.
    let sigma24: [Double]
    let sigma168: [Double]
    /// ADX14 / 100, from row 27.
    let adx: [Double]
    /// ln of the close over the highest close of the last 24 bars, 0 or below, from row 23.
    let drawdown24: [Double]

    init(_ bars: BarSeries) {
        let inputs = FeatureInputs(bars)
        logReturn = inputs.logReturn
        sigma24 = inputs.sigma24
        sigma168 = inputs.sigma168
        adx = DirectionalMovement.columns(inputs)[0]
        let logClose = inputs.logClose
        drawdown24 = mapRows(logClose, RollingWindow.maximum(logClose, window: 24), from: 23) { $0 - $1 }
    }
}
