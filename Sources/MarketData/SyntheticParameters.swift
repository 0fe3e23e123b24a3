/// Every number of the synthetic hourly market, in one place. Calibrated against hourly BTC/USDT 2020 to 2024 (see
/// docs/synthetic-market.md, which says how); times are in bars of one hour, standard deviations in units of log volatility.
package struct SyntheticParameters: Sendable, Equatable {
    // Volatility: standard deviation of the next return = scale * hourFactor * exp(x),
    // x = regime level + cycles + slow + middle + fast + aftershock, clipped to floor...ceiling. The cycles are sines of random
    // phase: they give the slow swings of real volatility, yet nearly the same mean and spread in every five years, so that a
    // sample's deviation and kurtosis do not depend on the seed.
    package var cycleTimes = [21_908.0, 14_605, 10_954], cycleDeviation = 0.4
    package var scale = 0.00497
    package var slowTime = 300.0, slowDeviation = 0.22
    package var middleTime = 13.8, middleDeviation = 0.121
    package var fastTime = 4.04, fastDeviation = 0.304
    package var floor = -2.2, ceiling = 1.8

    // Latent regimes LOW_VOL, TRENDING, HIGH_VOL, CRISIS: a Markov chain with geometric durations.
    package var regimeLevel = [-0.390, -0.167, 0.139, 0.557]
    package var regimeDuration = [60.0, 40, 30, 30]
    /// Probability of the next regime given the one that ends (rows sum to 1).
    package var regimeNext = [[0, 0.5, 0.4, 0.1], [0.5, 0, 0.4, 0.1], [0.4, 0.2, 0, 0.4], [0.2, 0.1, 0.7, 0]]
    /// Weight of the past in the smoothing of the regime level, a bar.
    package var regimeSmoothing = 0.6

    // Shape of a return: a normal clipped at 4, mixed over two widths.
    package var wideShare = 0.0349, wideFactor = 1.819

    // Jumps: exactly one in every block, at a random bar, up or down by a bounded log return; the volatility is raised after it.
    package var jumpBlock = 8763
    package var jumpSize = 0.165...0.185
    package var aftershock = 1.162, aftershockTime = 4.12

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
    package var signalDeviation = [0.6023, 0.6638, 0.7346, 0.8160, 0.9096, 1.0180, 1.1440, 1.2918, 1.4655, 1.6710, 1.9160]

    /// k(e), linear between the entries.
    package func signalDeviation(edge: Double) -> Double {
        let x = (min(max(edge, -0.5), 0.5) + 0.5) * 10
        let i = min(Int(x), 9)
        return signalDeviation[i] + (x - Double(i)) * (signalDeviation[i + 1] - signalDeviation[i])
    }

    package init() {}
}
