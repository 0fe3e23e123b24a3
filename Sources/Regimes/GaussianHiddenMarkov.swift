internal import RealModule

/// A hidden Markov chain of four states, each a bivariate normal distribution with a full covariance matrix.
///
/// Fitted by expectation maximisation (Baum and others 1970) with forward and backward variables scaled to sum 1 at every bar
/// (Rabiner 1989, A Tutorial on Hidden Markov Models, section V.A). Maximum likelihood: no priors. A variance below 1e-6
/// is raised to it and a correlation beyond 0.999 cut, so that a state cannot shrink to a point; neither is reached by ordinary data in
/// standard units.
package struct GaussianHiddenMarkov: Sendable, Equatable {
    package static let states = 4
    /// P(first state).
    package var start: SIMD4<Double>
    /// `transition[i][j]` = P(state j next | state i now); rows sum to 1.
    package var transition: [SIMD4<Double>]
    /// Of the first and second variable, one lane a state.
    package var mean: (SIMD4<Double>, SIMD4<Double>)
    /// Variance of the first variable, covariance, variance of the second.
    package var covariance: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)

    package init(
        start: SIMD4<Double>, transition: [SIMD4<Double>], mean: (SIMD4<Double>, SIMD4<Double>),
        covariance: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)
    ) {
        precondition(transition.count == 4, "\(transition.count) rows of transition probabilities for 4 states")
        self.start = start
        self.transition = transition
        self.mean = mean
        self.covariance = covariance
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.start == b.start && a.transition == b.transition && a.mean == b.mean && a.covariance == b.covariance
    }

    /// Starting values from the data: the rows cut at the quartiles of the second variable, each quarter's means and covariances; a state is
    /// kept with probability .95. Deterministic.
    package init(quartilesOf x: [Double], _ y: [Double]) {
        precondition(x.count == y.count && x.count >= 4, "\(x.count) and \(y.count) rows")
        let order = y.indices.sorted { (y[$0], $0) < (y[$1], $1) }
        var mx = SIMD4<Double>.zero, my = mx, vxx = mx, vxy = mx, vyy = mx
        for k in 0..<4 {
            let part = order[(k * order.count / 4)..<((k + 1) * order.count / 4)]
            let n = Double(part.count)
            mx[k] = part.reduce(0) { $0 + x[$1] } / n
            my[k] = part.reduce(0) { $0 + y[$1] } / n
            vxx[k] = part.reduce(0) { $0 + (x[$1] - mx[k]) * (x[$1] - mx[k]) } / n
            vxy[k] = part.reduce(0) { $0 + (x[$1] - mx[k]) * (y[$1] - my[k]) } / n
            vyy[k] = part.reduce(0) { $0 + (y[$1] - my[k]) * (y[$1] - my[k]) } / n
        }
        let transition = (0..<4).map { i in
            var row = SIMD4<Double>(repeating: 0.05 / 3)
            row[i] = 0.95
            return row
        }
        self.init(start: SIMD4(repeating: 0.25), transition: transition, mean: (mx, my), covariance: (vxx, vxy, vyy))
        holdCovarianceOpen()
    }

    /// Improves the parameters on the rows (x, y); returns the log-likelihood before each step. Stops after `iterations` steps, or when a
    /// step gains less than `tolerance` for every row on average. O(rows) a step.
    @discardableResult
    package mutating func fit(_ x: [Double], _ y: [Double], iterations: Int, tolerance: Double = 0) -> [Double] {
        let n = x.count
        precondition(y.count == n && n > 1, "\(n) and \(y.count) rows to fit")
        var history: [Double] = []
        var density = [SIMD4<Double>](repeating: .zero, count: n), forward = density
        var scale = [Double](repeating: 0, count: n)
        for _ in 0..<iterations {
            let logLikelihood = filter(x, y, density: &density, forward: &forward, scale: &scale)
            let last = history.last
            history.append(logLikelihood)
            maximize(x, y, density: density, forward: forward, scale: scale)
            if let last, logLikelihood - last < tolerance * Double(n) { break }
        }
        return history
    }

    /// P(state at t | rows 0...t), one vector a row, and the log-likelihood of all rows. Filtered, never smoothed: row t does not see t+1.
    package func filtered(_ x: [Double], _ y: [Double]) -> (probabilities: [SIMD4<Double>], logLikelihood: Double) {
        var density = [SIMD4<Double>](repeating: .zero, count: x.count), forward = density
        var scale = [Double](repeating: 0, count: x.count)
        let total = filter(x, y, density: &density, forward: &forward, scale: &scale)
        return (forward, total)
    }

    /// The states in the order of the first variable's variance, smallest first.
    package var statesByVariance: [Int] {
        (0..<4).sorted { (covariance.0[$0], $0) < (covariance.0[$1], $1) }
    }

    // MARK: - The two halves of a step

    private func filter(
        _ x: [Double], _ y: [Double], density: inout [SIMD4<Double>], forward: inout [SIMD4<Double>], scale: inout [Double]
    ) -> Double {
        let n = x.count
        let determinant = covariance.0 * covariance.2 - covariance.1 * covariance.1
        let qxx = covariance.2 / determinant * -0.5, qyy = covariance.0 / determinant * -0.5
        let qxy = covariance.1 / determinant  // twice the off-diagonal term, times -1/2 and its own minus sign
        var constant = SIMD4<Double>.zero
        for k in 0..<4 { constant[k] = -Double.log(2 * Double.pi) - 0.5 * Double.log(determinant[k]) }
        let (a0, a1, a2, a3) = (transition[0], transition[1], transition[2], transition[3])
        let (mx, my) = mean
        var logLikelihood = 0.0, previous = SIMD4<Double>.zero
        for t in 0..<n {
            let dx = x[t] - mx, dy = y[t] - my
            var exponent = constant + dx * dx * qxx
            exponent += dx * dy * qxy
            exponent += dy * dy * qyy
            // The largest density of a row is taken out, so that an outlier far from every state leaves numbers to divide by.
            let top = exponent.max()
            let shifted = exponent - top
            let b = SIMD4<Double>(Double.exp(shifted[0]), Double.exp(shifted[1]), Double.exp(shifted[2]), Double.exp(shifted[3]))
            var predicted = start
            if t > 0 {
                predicted = previous[0] * a0
                predicted += previous[1] * a1
                predicted += previous[2] * a2
                predicted += previous[3] * a3
            }
            let joint = predicted * b
            let total = joint.sum()
            previous = joint / total
            density[t] = b
            forward[t] = previous
            scale[t] = total
            logLikelihood += Double.log(total) + top
        }
        return logLikelihood
    }

    private mutating func maximize(_ x: [Double], _ y: [Double], density: [SIMD4<Double>], forward: [SIMD4<Double>], scale: [Double]) {
        let n = x.count
        let columns = (0..<4).map { j in SIMD4(transition[0][j], transition[1][j], transition[2][j], transition[3][j]) }
        let (c0, c1, c2, c3) = (columns[0], columns[1], columns[2], columns[3])
        var backward = SIMD4<Double>(repeating: 1)
        var weight = SIMD4<Double>.zero, sx = weight, sy = weight, sxx = weight, sxy = weight, syy = weight
        var m0 = weight, m1 = weight, m2 = weight, m3 = weight  // sums of forward[i] * next, before the factor transition[i][j]
        var t = n - 1
        var state = forward[t]
        while true {
            let vx = x[t], vy = y[t]
            let gx = state * vx, gy = state * vy
            weight += state
            sx += gx
            sy += gy
            sxx += gx * vx
            sxy += gx * vy
            syy += gy * vy
            guard t > 0 else { break }
            let next = density[t] * backward / scale[t]
            let now = forward[t - 1]
            m0 += now[0] * next
            m1 += now[1] * next
            m2 += now[2] * next
            m3 += now[3] * next
            backward = next[0] * c0
            backward += next[1] * c1
            backward += next[2] * c2
            backward += next[3] * c3
            state = now * backward
            t -= 1
        }
        start = state / state.sum()
        for (i, m) in [m0, m1, m2, m3].enumerated() {
            let row = m * transition[i], total = row.sum()
            if total > 0 { transition[i] = row / total }  // a state never visited keeps its row
        }
        let visited = weight .> 0
        let divisor = weight.replacing(with: 1, where: .!visited)
        let mx = sx / divisor, my = sy / divisor
        mean = (mean.0.replacing(with: mx, where: visited), mean.1.replacing(with: my, where: visited))
        covariance = (
            covariance.0.replacing(with: sxx / divisor - mx * mx, where: visited),
            covariance.1.replacing(with: sxy / divisor - mx * my, where: visited),
            covariance.2.replacing(with: syy / divisor - my * my, where: visited)
        )
        holdCovarianceOpen()
    }

    private mutating func holdCovarianceOpen() {
        for k in 0..<4 {
            covariance.0[k] = max(covariance.0[k], 1e-6)
            covariance.2[k] = max(covariance.2[k], 1e-6)
            let limit = 0.999 * (covariance.0[k] * covariance.2[k]).squareRoot()
            covariance.1[k] = min(limit, max(-limit, covariance.1[k]))
        }
    }
}
