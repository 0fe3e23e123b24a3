internal import RealModule

/// A cheap stand-in for the forecast of the mix under other weights: Gaussian-process regression (Rasmussen and Williams 2006, section 2.2 and equation 5.12) of the
/// log-ratios LONG / HOLD and SHORT / HOLD of each regime on `MixFeatures`, fitted to forecasts of many weight vectors.
///
/// Kernel 1 + x.y + 4 exp(-|x - y|^2 / (2 length^2)) on standardised features; length and noise are those with the smallest leave-one-out error of HOLD's share. What it says far from
/// the forecasts it was fitted to is worth nothing: `regimes[g].range` holds what was covered.
package struct MixEmulator: Sendable {
    package struct Regime: Sendable {
        /// Mean and scale of each feature, [4].
        package let center: [Double]
        package let scale: [Double]
        /// Smallest and largest standardised feature among the designs, [4].
        package let range: [(low: Double, high: Double)]
        /// Standardised features of the designs, [N][4].
        package let points: [[Double]]
        /// Mean log-ratio and kernel coefficients, [2] and [2][N].
        package fileprivate(set) var offset: [Double]
        package let coefficients: [[Double]]
        package let length: Double
        /// Noise variance over the log-ratio's variance.
        package let noise: Double
        /// Mean absolute leave-one-out error of HOLD's share.
        package let error: Double
        /// Nine in ten leave-one-out errors of HOLD's share are at most this.
        package let error90: Double
    }

    /// nil where a regime has no bars.
    package private(set) var regimes: [Regime?]
    /// Designs it was fitted to.
    package let designs: Int
    /// Mean over the regimes, weighted alike.
    package let error: Double
    package let error90: Double
    /// What a step of training the forecasts are for.
    package let steps: Int
    private let features: MixFeatures

    /// Least share of an action that a log-ratio is made of.
    package static let least = 0.002

    /// - Parameters:
    ///   - weights: of the designs, [N][K].
    ///   - mixes: forecast shares HOLD, LONG, SHORT of each, [N][R][3].
    package init(_ pay: WeightPay, bars: [Int], weights: [[Double]], mixes: [[[Double]]], steps: Int) {
        precondition(weights.count == mixes.count && weights.count >= 8, "MixEmulator: \(weights.count) designs, \(mixes.count) mixes: expected one mix a design, and at least 8")
        let features = MixFeatures(pay, bars: bars), rows = weights.map { features($0) }
        self.features = features
        self.steps = steps
        designs = weights.count
        regimes = bars.indices.map { g in bars[g] > 0 ? Self.fit(rows.map { $0[g] }, mixes.map { $0[g] }) : nil }
        let known = regimes.compactMap { $0 }
        error = known.reduce(0) { $0 + $1.error } / Double(max(1, known.count))
        error90 = known.reduce(0) { $0 + $1.error90 } / Double(max(1, known.count))
    }

    /// Shares of HOLD, LONG, SHORT by regime, [R][3]; equal ones where a regime has no bars.
    package func mix(_ weights: [Double]) -> [[Double]] {
        zip(features(weights), regimes).map { row, regime in
            guard let regime else { return [1.0 / 3, 1.0 / 3, 1.0 / 3] }
            return Self.shares(Self.logRatios(row, regime))
        }
    }

    /// ln(LONG / HOLD) and ln(SHORT / HOLD) at a row of features.
    private static func logRatios(_ row: [Double], _ regime: Regime) -> [Double] {
        let x = zip(row, zip(regime.center, regime.scale)).map { ($0 - $1.0) / $1.1 }
        let kernel = regime.points.map { Self.kernel(x, $0, regime.length) }
        return (0..<2).map { o in regime.offset[o] + zip(kernel, regime.coefficients[o]).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// The same emulator with its log-ratios shifted, regime by regime, so that it says `mix` [R][3] of `weights`: forecasts at less effort lie to one side of those at full effort.
    package func anchored(at weights: [Double], to mix: [[Double]]) -> MixEmulator {
        var copy = self
        func ratio(_ shares: [Double], _ o: Int) -> Double { Double.log(max(Self.least, shares[o + 1]) / max(Self.least, shares[0])) }
        for (g, row) in features(weights).enumerated() {
            guard let regime = regimes[g] else { continue }
            let now = Self.logRatios(row, regime)
            for o in 0..<2 { copy.regimes[g]?.offset[o] += ratio(mix[g], o) - now[o] }
        }
        return copy
    }

    private static func kernel(_ x: [Double], _ y: [Double], _ length: Double) -> Double {
        var dot = 0.0, distance = 0.0
        for i in x.indices {
            dot += x[i] * y[i]
            distance += (x[i] - y[i]) * (x[i] - y[i])
        }
        return 1 + dot + 4 * Double.exp(-distance / (2 * length * length))
    }

    private static func shares(_ logRatios: [Double]) -> [Double] {
        let e = [1] + logRatios.map { Double.exp(min(30, $0)) }, sum = e.reduce(0, +)
        return e.map { $0 / sum }
    }

    private static func fit(_ rows: [[Double]], _ mixes: [[Double]]) -> Regime {
        let n = rows.count, count = Double(n), D = MixFeatures.count
        let center = (0..<D).map { d in rows.reduce(0) { $0 + $1[d] } / count }
        let scale = (0..<D).map { d -> Double in
            let variance = rows.reduce(0) { $0 + ($1[d] - center[d]) * ($1[d] - center[d]) } / count
            return variance > 1e-18 ? Double.sqrt(variance) : 1
        }
        let x = rows.map { row in (0..<D).map { (row[$0] - center[$0]) / scale[$0] } }
        let floored = mixes.map { mix in mix.map { max(least, $0) } }
        let targets = (1...2).map { a in floored.map { Double.log($0[a] / $0[0]) } }
        let offset = targets.map { $0.reduce(0, +) / count }
        let centred = zip(targets, offset).map { target, mean in target.map { $0 - mean } }
        let variance = centred.flatMap { $0 }.reduce(0) { $0 + $1 * $1 } / (2 * count)
        var best: Regime?
        for length in [0.5, 0.8, 1.3, 2, 3.2] {
            let kernels = x.map { a in x.map { kernel(a, $0, length) } }
            for noise in [0.001, 0.003, 0.01, 0.03, 0.1, 0.3] {
                var matrix = kernels
                for i in 0..<n { matrix[i][i] += max(1e-9, noise * variance) }
                guard let inverse = inverted(matrix) else { continue }
                let coefficients = centred.map { target in inverse.map { row in zip(row, target).reduce(0) { $0 + $1.0 * $1.1 } } }
                // Leave-one-out prediction: y - alpha / K^-1_ii.
                let errors = (0..<n).map { i -> Double in
                    let left = (0..<2).map { o in targets[o][i] - coefficients[o][i] / inverse[i][i] }
                    return abs(shares(left)[0] - mixes[i][0])
                }
                let mean = errors.reduce(0, +) / count
                if mean < (best?.error ?? .infinity) {
                    best = Regime(
                        center: center, scale: scale, range: (0..<D).map { d in (x.map { $0[d] }.min() ?? 0, x.map { $0[d] }.max() ?? 0) }, points: x, offset: offset,
                        coefficients: coefficients, length: length, noise: noise, error: mean, error90: errors.sorted()[min(n - 1, Int(0.9 * count))])
                }
            }
        }
        guard let best else { preconditionFailure("a kernel matrix with noise on its diagonal has an inverse") }
        return best
    }

    /// Inverse of a symmetric positive definite matrix by its Cholesky factor; nil where it is not.
    private static func inverted(_ matrix: [[Double]]) -> [[Double]]? {
        let n = matrix.count
        var lower = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0...i {
                var sum = matrix[i][j]
                for k in 0..<j { sum -= lower[i * n + k] * lower[j * n + k] }
                if i == j {
                    if sum <= 0 { return nil }
                    lower[i * n + i] = Double.sqrt(sum)
                } else {
                    lower[i * n + j] = sum / lower[j * n + j]
                }
            }
        }
        // Columns of L^-1, then the inverse as L^-T L^-1.
        var half = [Double](repeating: 0, count: n * n)
        for c in 0..<n {
            for i in c..<n {
                var sum = i == c ? 1.0 : 0
                for k in c..<i { sum -= lower[i * n + k] * half[k * n + c] }
                half[i * n + c] = sum / lower[i * n + i]
            }
        }
        var out = Array(repeating: [Double](repeating: 0, count: n), count: n)
        for i in 0..<n {
            for j in 0...i {
                var sum = 0.0
                for k in i..<n { sum += half[k * n + i] * half[k * n + j] }
                out[i][j] = sum
                out[j][i] = sum
            }
        }
        return out
    }
}
