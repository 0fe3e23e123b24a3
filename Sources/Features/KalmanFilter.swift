internal import NumericKernels
internal import RealModule

/// What the filter knew after each bar. Rows before `firstRow` are not filtered: `level` is the close there, the rest NaN.
package struct KalmanTrack {
    package let firstRow: Int
    /// exp of the filtered log price.
    package let level: [Double]
    /// Filtered drift of the log price per bar.
    package let drift: [Double]
    /// Filtered log variance of a one-bar return.
    package let logVariance: [Double]
    /// ln c minus its prediction, divided by the prediction's standard deviation sqrt(S).
    package let innovation: [Double]
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
        guard n > start + 1 else {
            let none = [Double](repeating: .nan, count: n)
            return KalmanTrack(firstRow: start + 1, level: closes, drift: none, logVariance: none, innovation: none)
        }
        let z = logSquaredReturns(logClose)
        let theta = longRunMean(z, from: 1)
        // h: a filter of one state. Its variance does not depend on the data and soon stands still, to the last bit.
        var logVariance = [Double](repeating: .nan, count: n), expectation = [Double](repeating: .nan, count: n)
        let keep = kappa, pull = 1 - kappa
        var h = theta[start], p = logVarianceNoise / (1 - kappa * kappa)
        let startVariance = Double.exp(h + p / 2)
        var settled = false, spread = 0.0, gain = 0.0, memory = 0.0
        for t in start + 1..<n {
            if !settled {
                let before = p
                spread = keep * keep * p + logVarianceNoise
                gain = spread / (spread + KalmanFilter.observationVariance)
                memory = (1 - gain) * keep
                p = (1 - gain) * spread
                settled = p == before
            }
            // predicted + gain (z - predicted), sorted so that only one product and one sum wait for the h before.
            let pulled = pull * theta[t - 1]
            expectation[t] = (pulled + spread / 2) + keep * h
            h = ((1 - gain) * pulled + gain * z[t]) + memory * h
            logVariance[t] = h
        }
        let variances = mapRows(expectation, from: start + 1) { fastExp($0) }

        // (x, v): a filter of two states, one observation. c.. is the predicted covariance; with s = 1 / S,
        // S = cxx + noise, the updated one is pxx = noise s cxx, pxv = noise s cxv, pvv = cvv - s cxv^2, and the next prediction
        // pxx + 2 pxv + pvv, phi (pxv + pvv), phi^2 pvv plus the process noise: sorted below so that little waits for the division.
        var level = [Double](repeating: .nan, count: n), drift = [Double](repeating: .nan, count: n)
        var innovation = [Double](repeating: .nan, count: n)
        let phi = phi, rho = rho, driftVariance = driftVariance, phi2 = phi * phi, move = 1 - 2 * rho
        let startDrift = driftVariance * startVariance / (1 - phi2)
        var x = logClose[start], v = 0.0
        var cxx = startVariance + startDrift + move * variances[start + 1], cxv = phi * startDrift
        var cvv = phi2 * startDrift + driftVariance * variances[start + 1]
        for t in start + 1..<n {
            let noise = rho * variances[t], next = variances[t + 1 < n ? t + 1 : t]
            let square = cxv * cxv
            let a = noise * (cxx + 2 * cxv) - square, b = noise * cxv - square
            let s = 1 / (cxx + noise)
            let predicted = x + v, surprise = logClose[t] - predicted, scaled = s * surprise
            x = predicted + cxx * scaled
            v = phi * v + cxv * scaled
            level[t] = x
            drift[t] = v
            innovation[t] = surprise * s.squareRoot()
            cxx = s * a + (cvv + move * next)
            cxv = phi * (s * b + cvv)
            cvv = phi2 * (cvv - s * square) + driftVariance * next
        }
        let filtered = mapRows(level, from: start + 1) { fastExp($0) }
        return KalmanTrack(
            firstRow: start + 1, level: mapRows(filtered, closes, from: 0) { level, close in level == level ? level : close }, drift: drift,
            logVariance: logVariance, innovation: innovation)
    }

    /// The second observation less its prediction, divided by its standard deviation, for a track of this filter; NaN before its first row.
    /// The prediction needs the row before, so that it is NaN on the first row too.
    package func varianceInnovation(_ logClose: [Double], _ track: KalmanTrack) -> [Double] {
        let n = logClose.count
        var out = [Double](repeating: .nan, count: n)
        guard n > track.firstRow else { return out }
        let z = logSquaredReturns(logClose), theta = longRunMean(z, from: 1)
        var p = logVarianceNoise / (1 - kappa * kappa)
        for t in track.firstRow..<n {
            let spread = kappa * kappa * p + logVarianceNoise, total = spread + KalmanFilter.observationVariance
            p = (1 - spread / total) * spread
            guard t > track.firstRow else { continue }
            out[t] = (z[t] - (1 - kappa) * theta[t - 1] - kappa * track.logVariance[t - 1]) / total.squareRoot()
        }
        return out
    }

    /// z = ln(r^2 + epsilon) + 1.27, from row 1.
    private func logSquaredReturns(_ logClose: [Double]) -> [Double] {
        let epsilon = epsilon
        return mapLagged(logClose, lag: 1, from: 1) { now, before in
            let r = now - before
            return fastLog(r * r + epsilon) + 1.27
        }
    }

    /// Mean of the last `thetaWindow` values up to each row, of those there are before the window is full. Defined from row `startRow`.
    private func longRunMean(_ z: [Double], from: Int) -> [Double] {
        if let fixedTheta { return [Double](repeating: fixedTheta, count: z.count) }
        let window = Double(thetaWindow)
        var mean = RollingWindow.sum(z, window: thetaWindow, from: from, scale: 1 / window)
        var sum = 0.0
        for t in from..<min(z.count, from + thetaWindow - 1) {
            sum += z[t]
            if t >= KalmanFilter.startRow { mean[t] = sum / Double(t - from + 1) }
        }
        return mean
    }
}
