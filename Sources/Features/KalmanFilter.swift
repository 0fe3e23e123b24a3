internal import NumericKernels
internal import RealModule

/// What the filter knew after each bar. Rows before `firstRow` are not filtered: `level` is the close there, the rest NaN.
package struct KalmanTrack {
    package let firstRow: Int
    /// exp of the filtered log price.
    package var level: [Double]
    /// Filtered drift of the log price per bar.
    package var drift: [Double]
    /// Filtered log variance of a one-bar return.
    package var logVariance: [Double]
    /// ln c minus its prediction, divided by the prediction's standard deviation sqrt(S).
    package var innovation: [Double]
    /// The same for the second observation.
    package var varianceInnovation: [Double]
}

/// Extended Kalman filter of a log price with drift and changing variance. Filter only, no smoother: row t uses bars 0...t.
///
/// State (x, v, h) = (ln p, drift per bar, ln sigma^2), sigma^2 the variance of a one-bar return:
///
///     x' = x + v + e      e ~ (1 - 2 rho) E[sigma^2]        y = ln c = x + n          n ~ rho E[sigma^2]
///     v' = phi v + d      d ~ zeta E[sigma^2]               z = ln(r^2 + epsilon) + 1.27 = h + m     m ~ pi^2 / 2
///     h' = (1 - kappa) theta + kappa h + w      w ~ q
///
/// - A return holds the level's move and two closes' noise, (1 - 2 rho) + 2 rho = 1 times sigma^2, so that the second observation
///   is unbiased: ln of a squared normal variable has mean ln sigma^2 - 1.27 and variance pi^2 / 2. It stands in for the
///   derivative of the noise with respect to h, which a linearised filter cannot use.
/// - E[sigma^2] = exp(h + P_hh / 2), the mean of a log-normal variable under the filter's own doubt about h, h and P_hh predicted.
/// - theta is the mean of z over the last 720 bars before this one (those there are, from 24 on): causal, and the same filter
///   fits any market and bar length. A fixed `theta` can be given.
/// - First row 25: bars 1 to 24 give h = theta; x = ln c, v = 0, and the stationary variances of v and h.
///
/// h does not enter the other two equations linearly, so the covariance splits into (x, v) and h exactly; the code below is
/// the 3-state filter without its zeros. Checked against filterpy's ExtendedKalmanFilter with the full matrices.
package struct KalmanFilter: Sendable {
    package var phi = 0.95
    package var kappa = 0.97
    /// Share of a return's variance that is noise of one close; below 1/2.
    package var rho = 0.25
    package var driftVariance = 1e-3
    package var logVarianceNoise = 0.05
    package var epsilon = 1e-10
    package var thetaWindow = 720
    package var fixedTheta: Double?

    package init() {}

    package static let btcHourly = KalmanFilter()
    static let observationVariance = Double.pi * Double.pi / 2
    package static let startRow = 24

    /// Runs the filter over log closes; `closes` fills the level before the start. O(T).
    package func track(_ logClose: [Double], closes: [Double]) -> KalmanTrack {
        let n = logClose.count, start = KalmanFilter.startRow
        let empty = [Double](repeating: .nan, count: n)
        var track = KalmanTrack(
            firstRow: start + 1, level: closes, drift: empty, logVariance: empty, innovation: empty, varianceInnovation: empty)
        guard n > start + 1 else { return track }

        let r = mapLagged(logClose, lag: 1, from: 1) { $0 - $1 }
        let z = mapRows(r, from: 1) { [epsilon] in fastLog($0 * $0 + epsilon) + 1.27 }
        let theta = longRunMean(z, from: 1)

        // h: a filter of one state. Its variance does not depend on the data and soon stands still, to the last bit.
        var expectedVariance = empty
        var h = theta[start], p = logVarianceNoise / (1 - kappa * kappa)
        let startVariance = Double.exp(h + p / 2)
        let keep = kappa, pull = 1 - kappa
        var settled = false, spread = 0.0, gain = 0.0, scale = 0.0
        for t in start + 1..<n {
            if !settled {
                let before = p
                spread = keep * keep * p + logVarianceNoise
                let total = spread + KalmanFilter.observationVariance
                gain = spread / total
                scale = 1 / total.squareRoot()
                p = (1 - gain) * spread
                settled = p == before
            }
            let predicted = pull * theta[t - 1] + keep * h
            let surprise = z[t] - predicted
            h = predicted + gain * surprise
            expectedVariance[t] = predicted + spread / 2
            track.logVariance[t] = h
            track.varianceInnovation[t] = surprise * scale
        }
        expectedVariance = mapRows(expectedVariance, from: start + 1) { fastExp($0) }

        // (x, v): a filter of two states, one observation.
        let phi = phi, rho = rho, driftVariance = driftVariance
        var x = logClose[start], v = 0.0
        var pxx = startVariance, pxv = 0.0, pvv = driftVariance * startVariance / (1 - phi * phi)
        var level = empty
        for t in start + 1..<n {
            let variance = expectedVariance[t]
            let predicted = x + v
            let cxx = pxx + 2 * pxv + (pvv + (1 - 2 * rho) * variance)
            let cxv = phi * (pxv + pvv)
            let cvv = phi * phi * pvv + driftVariance * variance
            let noise = rho * variance
            let scale = 1 / (cxx + noise)
            let gainX = cxx * scale, gainV = cxv * scale, rest = noise * scale
            let surprise = logClose[t] - predicted
            x = predicted + gainX * surprise
            v = phi * v + gainV * surprise
            pxx = cxx * rest
            pxv = cxv * rest
            pvv = cvv - gainV * cxv
            level[t] = x
            track.drift[t] = v
            track.innovation[t] = surprise * scale.squareRoot()
        }
        let filtered = mapRows(level, from: start + 1) { fastExp($0) }
        track.level = mapRows(filtered, closes, from: 0) { level, close in level == level ? level : close }
        return track
    }

    /// Mean of the last `thetaWindow` values up to each row, of those there are before the window is full. Defined from row `startRow`.
    private func longRunMean(_ z: [Double], from: Int) -> [Double] {
        if let fixedTheta { return [Double](repeating: fixedTheta, count: z.count) }
        let window = Double(thetaWindow)
        var mean = mapRows(RollingWindow.sum(z, window: thetaWindow, from: from), from: from + thetaWindow - 1) { $0 / window }
        var sum = 0.0
        for t in from..<min(z.count, from + thetaWindow - 1) {
            sum += z[t]
            if t >= KalmanFilter.startRow { mean[t] = sum / Double(t - from + 1) }
        }
        return mean
    }
}
