public import ComponentKit
internal import NumericKernels

/// How the symbol moves with the large caps and with the S&P 500 index, over 60 minutes of one-minute log returns.
///
/// Minutes follow each other session after session, nights left out (a session's first return is open to close). Minutes in which the other side is
/// unknown are left out of the 60.
public enum CompanionCorrelation: IntradayFeatureFamily {
    static let window = 60
    /// Pairs needed among the 60.
    static let enough = 30.0

    public static let cards: [Card] = [
        intradayCard("mag7_corr", "Correlation with the equal-weighted seven large caps", "corr over 60 minutes of r and the mean r of AAPL AMZN GOOG META MSFT NVDA TSLA", unit: "-1 to 1", firstRow: 59, edge: "0 with fewer than 30 known pairs, or where either side stands still", source: "Pearson"),
        intradayCard("spx_corr", "Correlation with the S&P 500 index", "the same with SPX; SPY stands in where SPX is not given (not for SPY itself)", unit: "-1 to 1", firstRow: 59, edge: "as mag7_corr", source: "Pearson"),
        intradayCard("spx_beta", "Sensitivity to the S&P 500 index", "cov / var of the index over 60 minutes", unit: "ratio", firstRow: 59, edge: "as mag7_corr", source: "least squares"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let own = inputs.minuteReturn
        let caps = moments(own, inputs.largeCapReturn), index = moments(own, inputs.indexReturn)
        return [caps.correlation, index.correlation, index.beta]
    }

    private static func moments(_ x: [Double], _ y: [Double]) -> (correlation: [Double], beta: [Double]) {
        let n = x.count
        var known = [Double](repeating: 0, count: n), a = known, b = known
        for t in 0..<n where !y[t].isNaN {
            known[t] = 1
            a[t] = x[t]
            b[t] = y[t]
        }
        func sum(_ z: [Double]) -> [Double] { RollingWindow.sum(z, window: window) }
        let count = sum(known), sa = sum(a), sb = sum(b)
        let aa = RollingWindow.sumOfSquares(a, window: window), bb = RollingWindow.sumOfSquares(b, window: window)
        let ab = sum(mapRows(a, b, from: 0) { $0 * $1 })
        var correlation = [Double](repeating: .nan, count: n), beta = correlation
        for t in max(0, window - 1)..<max(window - 1, n) {
            let k = count[t]
            guard k >= enough else {
                correlation[t] = 0
                beta[t] = 0
                continue
            }
            let vx = aa[t] - sa[t] * sa[t] / k, vy = bb[t] - sb[t] * sb[t] / k, covariance = ab[t] - sa[t] * sb[t] / k
            let moves = vx > 1e-12 * aa[t] && vy > 1e-12 * bb[t] && vx > k * 1e-14 && vy > k * 1e-14
            let share = moves ? covariance / (vx * vy).squareRoot() : 0
            correlation[t] = share > 1 ? 1 : (share < -1 ? -1 : share)
            beta[t] = moves ? covariance / vy : 0
        }
        return (correlation, beta)
    }
}
