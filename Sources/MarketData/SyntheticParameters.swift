/// Every number of the synthetic hourly market, in one place. Calibrated against hourly BTC/USDT 2020 to 2024 (see
/// docs/synthetic-market.md, which says how); times are in bars of one hour, standard deviations in units of log volatility.
package struct SyntheticParameters: Sendable, Equatable {
    // Volatility: standard deviation of the next return = scale * hourFactor * exp(x),
    // x = regime level + cycles + slow + middle + fast + aftershock, clipped to floor...ceiling. The cycles are sines of random
    // phase: they give the slow swings of real volatility, yet nearly the same mean and spread in every five years, so that a
    // sample's deviation and kurtosis do not depend on the seed.
    package var cycleTimes = [21_908.0, 14_605, 10_954], cycleDeviation = 0.3714
    package var scale = 0.004977
    package var slowTime = 162.4, slowDeviation = 0.1846
    package var middleTime = 14.17, middleDeviation = 0.1147
    package var fastTime = 4.708, fastDeviation = 0.2951
    package var floor = -2.2, ceiling = 1.409

    // Latent regimes LOW_VOL, TRENDING, HIGH_VOL, CRISIS: a Markov chain with geometric durations.
    package var regimeLevel = [-0.3411, -0.1375, 0.1358, 0.5342]
    package var regimeDuration = [58.62, 36.34, 30.79, 29.88]
    /// Probability of the next regime given the one that ends (rows sum to 1).
    package var regimeNext = [[0, 0.5, 0.4, 0.1], [0.5, 0, 0.4, 0.1], [0.4, 0.2, 0, 0.4], [0.2, 0.1, 0.7, 0]]
    /// Weight of the past in the smoothing of the regime level, a bar.
    package var regimeSmoothing = 0.6544

    // Shape of a return: a normal clipped at 4, mixed over two widths.
    package var wideShare = 0.03735, wideFactor = 1.83

    // Jumps: exactly one in every block, at a random bar, up or down by a bounded log return; the volatility is raised after it.
    package var jumpBlock = 8763
    package var jumpSize = 0.172...0.178
    package var aftershock = 1.134, aftershockTime = 3.892

    // Range inside the bar: a Brownian bridge of this many times the bar's own deviation.
    package var bridgeFactor = 1.13

    // Volume: exp(volumeMean + slow level + volatility, size and hour effects + noise).
    package var volumeMean = 8.1
    package var volumeSlowTime = 1500.0, volumeSlowDeviation = 0.55
    package var volumeNoiseTime = 3.0, volumeNoiseDeviation = 0.48
    package var volumeOnVolatility = 0.33, volumeOnSize = 0.38

    /// Mean |r| by hour of the day (UTC) over the mean of all hours, from the real file.
    package var hourVolatility = [
        1.16, 1.03, 0.92, 0.84, 0.76, 0.80, 0.82, 0.88, 0.96, 0.89, 0.92, 0.91, 1.07, 1.16, 1.35, 1.24, 1.13, 1.03, 1.02, 1.03, 1.07, 1.02, 0.99, 1.00,
    ]
    /// Log volume by hour beyond what volatility explains, from the real file.
    package var hourVolume = [
        0.00, -0.10, -0.14, -0.18, -0.20, -0.21, -0.12, -0.03, 0.03, 0.01, 0.02, 0.02, 0.18, 0.26, 0.36, 0.32, 0.30, 0.11, 0.04, 0.00, -0.04, -0.24, -0.22, -0.19,
    ]

    /// k(e) at e = -0.5, -0.4, ..., 0.5: the divisor of log(c_t / c_{t-6}) / (sd24 * sqrt 6) that brings the signal to unit variance after its
    /// clipping at 3. It depends on the edge because an edge makes returns, and so the signal, persistent.
    package var signalDeviation = [0.6027, 0.6643, 0.7350, 0.8161, 0.9094, 1.0172, 1.1429, 1.2908, 1.4658, 1.6737, 1.9261]

    /// k(e), linear between the entries.
    package func signalDeviation(edge: Double) -> Double {
        let x = (min(max(edge, -0.5), 0.5) + 0.5) * 10
        let i = min(Int(x), 9)
        return signalDeviation[i] + (x - Double(i)) * (signalDeviation[i + 1] - signalDeviation[i])
    }

    package init() {}
}
