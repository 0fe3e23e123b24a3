internal import RealModule

/// The two-parameter approach to a level, y(t) = L (1 - exp(-t / tau)): what a few points of a log can still tell where a change-point cannot be had.
///
/// A policy starts near uniform, log-odds 0, and moves to the mix that its reward holds it at. Fitted by least squares; L in closed form for every tau, tau by a
/// search over a logarithmic grid and golden section.
package struct Relaxation: Sendable, Equatable {
    /// L, the level approached.
    package let level: Double
    /// tau, in units of t.
    package let time: Double
    /// Interval of tau that an F test at 95% with 1 and n - 2 degrees of freedom does not reject.
    package let timeInterval: (low: Double, high: Double)
    /// Residual standard deviation, n - 2 below; 0 for two points.
    package let deviation: Double
    package let count: Int

    package static func == (a: Self, b: Self) -> Bool {
        a.level == b.level && a.time == b.time && a.timeInterval == b.timeInterval && a.deviation == b.deviation && a.count == b.count
    }

    /// t > 0. Nil with fewer than three points, with times that are not positive, or when nothing moves.
    package init?(times: [Double], values: [Double]) {
        precondition(times.count == values.count, "Relaxation: \(times.count) times, \(values.count) values")
        guard times.count >= 3, let first = times.min(), let last = times.max(), first > 0, last > first, values.contains(where: { $0 != 0 }) else { return nil }
        func fit(_ tau: Double) -> (level: Double, rest: Double) {
            var xy = 0.0, xx = 0.0
            let basis = times.map { 1 - Double.exp(-$0 / tau) }
            for (x, y) in zip(basis, values) {
                xy += x * y
                xx += x * x
            }
            let level = xx > 0 ? xy / xx : 0
            return (level, zip(basis, values).reduce(0) { $0 + ($1.1 - level * $1.0) * ($1.1 - level * $1.0) })
        }
        let lowest = Double.log(first / 30), highest = Double.log(100 * last), steps = 2_000
        func tau(_ k: Int) -> Double { Double.exp(lowest + (highest - lowest) * Double(k) / Double(steps)) }
        let rests = (0...steps).map { fit(tau($0)).rest }
        guard let k = rests.indices.min(by: { rests[$0] < rests[$1] }) else { return nil }
        var a = Double.log(tau(max(0, k - 1))), b = Double.log(tau(min(steps, k + 1)))
        let golden = (5.0.squareRoot() - 1) / 2
        for _ in 0..<80 {
            let c = b - golden * (b - a), d = a + golden * (b - a)
            if fit(Double.exp(c)).rest < fit(Double.exp(d)).rest { b = d } else { a = c }
        }
        let best = Double.exp((a + b) / 2), found = fit(best), degrees = Double(times.count - 2)
        time = best
        level = found.level
        count = times.count
        deviation = (found.rest / max(1, degrees)).squareRoot()
        // Beyond rounding, so that an exact fit gives a point.
        let limit = found.rest * (1 + Self.fQuantile(degrees) / degrees) + 1e-12 * values.reduce(0) { $0 + $1 * $1 }
        let inside = rests.indices.filter { rests[$0] <= limit }
        timeInterval = (min(best, inside.first.map(tau) ?? best), max(best, inside.last.map(tau) ?? best))
    }

    package func value(at t: Double) -> Double { level * (1 - Double.exp(-t / time)) }

    /// When the share `part` of the way to L was gone: -tau ln(1 - part).
    package func time(ofShare part: Double) -> Double { -time * Double.log(1 - part) }

    /// 95% point of F with 1 and `degrees` degrees of freedom: the square of Student's t at .975, by Hill's expansion (1970) from 3 degrees on.
    static func fQuantile(_ degrees: Double) -> Double {
        if degrees <= 1 { return 161.447_6 }
        if degrees <= 2 { return 18.512_8 }
        let z = 1.959_963_984_540_054, z2 = z * z
        let t = z * (1 + ((z2 + 1) / 4 + ((5 * z2 + 16) * z2 + 3) / (96 * degrees) + (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * degrees * degrees)) / degrees)
        return t * t
    }
}
