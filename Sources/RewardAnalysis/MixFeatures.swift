internal import RealModule

/// What of a reward's weights decides the mix that training reaches in one regime: PPO divides advantages by their spread, so pay enters in units of it.
///
/// Four numbers: asinh(10 x) of LONG's and of SHORT's gap to HOLD at zero edge, of half of what LONG was paid more than SHORT, and the logarithm of the spread of LONG's pay in
/// the regime; each over sigma_A, the spread of pay over all bars under a policy that takes every action equally often. The page computes the same ones.
package struct MixFeatures: Sendable {
    package static let count = 4
    private let pay: WeightPay
    private let bars: [Double]

    /// - Parameter bars: of each regime, [R].
    package init(_ pay: WeightPay, bars: [Int]) {
        self.pay = pay
        self.bars = bars.map(Double.init)
    }

    /// [R][4] for weights [K]; zeros for a regime without bars.
    package func callAsFunction(_ w: [Double]) -> [[Double]] {
        let names: [PayCovariance] = [.hold, .long, .short]
        var means = pay.regimes.map { _ in [0.0, 0, 0] }, variances = means, gaps = pay.regimes.map { _ in [0.0, 0] }
        let total = bars.reduce(0, +)
        for (g, regime) in pay.regimes.enumerated() where bars[g] > 0 {
            var zero = [0.0, 0, 0]
            for a in 0..<3 {
                for k in w.indices {
                    let p = regime.parts[k]
                    let certain = p[0][a] + p[1][a], doubtful = p[2][a] + p[3][a]
                    means[g][a] += w[k] * (certain + doubtful)
                    zero[a] += w[k] * (certain + 0.5 * (doubtful + regime.mirrored[k][a]))
                }
                if let matrix = regime.covariances[names[a]] { variances[g][a] = max(0, quadratic(w, matrix)) * bars[g] }
            }
            gaps[g] = [zero[1] - zero[0], zero[2] - zero[0]]
        }
        let mean = pay.regimes.indices.reduce(0) { $0 + bars[$1] / total * (means[$1][0] + means[$1][1] + means[$1][2]) / 3 }
        var spread = 0.0
        for g in pay.regimes.indices {
            for a in 0..<3 { spread += bars[g] / total / 3 * (variances[g][a] + (means[g][a] - mean) * (means[g][a] - mean)) }
        }
        let sigma = max(Double.sqrt(spread), 1e-12)
        func stretched(_ x: Double) -> Double { Double.asinh(10 * x / sigma) }
        return pay.regimes.indices.map { g in
            guard bars[g] > 0 else { return [0, 0, 0, 0] }
            return [
                stretched(gaps[g][0]), stretched(gaps[g][1]), stretched(0.5 * (means[g][1] - means[g][2])), Double.log(max(1e-6, Double.sqrt(variances[g][1]) / sigma)),
            ]
        }
    }

    private func quadratic(_ w: [Double], _ matrix: [[Double]]) -> Double {
        var sum = 0.0
        for i in w.indices {
            var row = 0.0
            for j in w.indices { row += matrix[i][j] * w[j] }
            sum += w[i] * row
        }
        return sum
    }
}
