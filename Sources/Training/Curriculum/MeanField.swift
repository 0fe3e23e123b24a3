internal import RealModule

/// PPO with normalised advantages on one state without features: HOLD pays d more than a trade on average and has no noise, trades have deviation sigma.
///
/// Advantages are divided by their own deviation, sqrt(u) sigma for a trade share u, so that the temperature of the soft-max falls with trading. With x = d / (c sigma):
/// a mixture is stationary where sqrt(u) ln(2 (1 - u) / u) = x. The left side has its maximum .9406 at u = .157: above that there is none.
/// Source: REWARD-ANALYSIS E.6, which derives it; DESIGN section 9 draws the line.
public enum MeanField {
    /// Largest x with a stationary mixture, and the trade share there.
    public static let fold = (x: 0.940_6, tradeShare: 0.157)

    /// x at which a trade share of `u` in (0, 1) is stationary.
    public static func x(tradeShare u: Double) -> Double { u.squareRoot() * Double.log(2 * (1 - u) / u) }

    /// HOLD share that a fresh policy ends with under x; nil where no mixture is stable and HOLD takes all.
    public static func holdShare(x: Double) -> Double? {
        guard x < fold.x else { return nil }
        // On the stable branch x falls as u rises from the fold to 1.
        var low = fold.tradeShare, high = 1 - 1e-12
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if Self.x(tradeShare: middle) > x { low = middle } else { high = middle }
        }
        return 1 - (low + high) / 2
    }

    /// Whether a policy that holds with probability `hold` in (0, 1) goes on to collapse under x.
    public static func collapses(x: Double, from hold: Double) -> Bool {
        guard let stable = holdShare(x: x) else { return true }
        // Between the unstable mixture and the stable one HOLD falls back; beyond the unstable one it runs away.
        return hold > stable && x > Self.x(tradeShare: 1 - hold)
    }

    /// Several regimes whose advantages are normalised together: the HOLD share of each, [R], from `start` in (0, 1) everywhere.
    ///
    /// `gap`: what HOLD pays more than the mean of the two trades; `tilt`: half of LONG less SHORT, [R]; `noise`: deviation of what a trade pays, [R]; `weights`:
    /// share of the bars, sum 1. Follows d logit / dt = advantage / (c sigma_A) - (logit - logit of a uniform policy) to rest.
    public static func holdShares(
        gap: [Double], tilt: [Double], noise: [Double], weights: [Double], entropyCoefficient c: Double, start: Double? = nil
    ) -> [Double] {
        let R = gap.count
        // Logits of HOLD, LONG, SHORT.
        let first: Double = start.map { Double.log(2 * $0 / (1 - $0)) } ?? 0
        let pays: [[Double]] = (0..<R).map { [gap[$0], tilt[$0], -tilt[$0]] }
        var logits = [[Double]](repeating: [first, 0, 0], count: R), shares = logits
        for _ in 0..<2_000 {
            var variance = 0.0
            for g in 0..<R {
                shares[g] = softmax(logits[g])
                var mean = 0.0, between = 0.0
                for a in 0..<3 { mean += shares[g][a] * pays[g][a] }
                for a in 0..<3 { between += shares[g][a] * (pays[g][a] - mean) * (pays[g][a] - mean) }
                variance += weights[g] * ((1 - shares[g][0]) * noise[g] * noise[g] + between)
            }
            let temperature = max(1e-12, c * variance.squareRoot())
            for g in 0..<R {
                for a in 0..<3 { logits[g][a] += 0.05 * (max(-60, min(60, pays[g][a] / temperature)) - logits[g][a]) }
            }
        }
        return shares.map { $0[0] }
    }

    private static func softmax(_ logits: [Double]) -> [Double] {
        let top = logits.max() ?? 0, weights = logits.map { Double.exp($0 - top) }, sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
