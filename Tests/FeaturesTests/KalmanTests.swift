import Features
import Foundation
import NumericKernels
import Testing

@Suite struct KalmanTests {
    /// Log prices drawn from the filter's own model, h started in its stationary distribution.
    static func draw(_ filter: KalmanFilter, theta: Double, count: Int, seed: UInt64) -> [Double] {
        var random = RandomStream(seed: seed, purpose: "kalman-test")
        var x = log(10_000.0), v = 0.0
        var h = theta + (filter.logVarianceNoise / (1 - filter.kappa * filter.kappa)).squareRoot() * random.gaussian()
        return (0..<count).map { _ in
            x += v
            h = (1 - filter.kappa) * theta + filter.kappa * h + filter.logVarianceNoise.squareRoot() * random.gaussian()
            let variance = exp(h)
            x += ((1 - 2 * filter.rho) * variance).squareRoot() * random.gaussian()
            v = filter.phi * v + (filter.driftVariance * variance).squareRoot() * random.gaussian()
            return x + (filter.rho * variance).squareRoot() * random.gaussian()
        }
    }

    /// Mean normalised innovation squared of the close over n bars of the model's own data: inside the 95% band of chi^2_n / n,
    /// 1 +- 1.96 sqrt(2/n), n = 475. The filter's variance is 1.5% too large on average (ln r^2 is not normal, the filter
    /// takes it to be), and S is an estimate, so that 85% of seeds are inside rather than 95%: at least 14 of 20 here.
    @Test func innovationsFillTheirBand() {
        var filter = KalmanFilter()
        let theta = log(0.006 * 0.006)
        filter.fixedTheta = theta
        var inside = 0, sum = 0.0
        for seed in 1...20 as ClosedRange<UInt64> {
            let y = Self.draw(filter, theta: theta, count: 500, seed: seed)
            let track = filter.track(y, closes: y.map { exp($0) })
            let squares = track.innovation[track.firstRow...].map { $0 * $0 }
            let mean = squares.reduce(0, +) / Double(squares.count)
            sum += mean / 20
            if abs(mean - 1) < 1.96 * (2 / Double(squares.count)).squareRoot() { inside += 1 }
        }
        print("NIS: \(inside) of 20 seeds inside the 95% band, mean \(sum)")
        #expect(inside >= 14)
        // All 9,500 bars together: 1 - 0.015 within 3 standard errors sqrt(3.4 / 9500) = .019 (3.4 the variance of one value, simulated).
        #expect(abs(sum - 0.985) < 0.057)
    }

    /// The second innovation is a log chi^2 variable plus the doubt about h; its mean square is 1 less what epsilon cuts off the far left tail.
    @Test func varianceInnovationsHaveUnitSquare() {
        var filter = KalmanFilter()
        filter.fixedTheta = log(0.006 * 0.006)
        let y = Self.draw(filter, theta: log(0.006 * 0.006), count: 20_000, seed: 9)
        let innovation = filter.varianceInnovation(y, filter.track(y, closes: y.map { exp($0) }))[26...]
        let mean = innovation.reduce(0) { $0 + $1 * $1 } / Double(innovation.count)
        #expect(abs(mean - 0.95) < 0.06)
    }

    @Test func rowsBeforeTheFirstAreNotFiltered() {
        let bars = randomBars(60)
        let track = FeatureInputs(bars).kalman
        #expect(track.firstRow == 25)
        #expect(track.level[0...24] == bars.close[0...24])
        #expect(track.drift[24].isNaN && !track.drift[25].isNaN)
    }

    /// A price that rises by 0.001 a bar with little noise around it: the filter follows within a noise or two and sees the rise.
    @Test func findsADrift() {
        var random = RandomStream(seed: 3, purpose: "drift")
        let y = (0..<2_000).map { 9 + 0.001 * Double($0) + 0.0005 * random.gaussian() }
        let track = KalmanFilter().track(y, closes: y.map { exp($0) })
        var drift = 0.0
        for t in 1_000..<2_000 {
            #expect(abs(log(track.level[t]) - y[t]) < 0.002)
            drift += track.drift[t] / 1_000
        }
        #expect(drift > 0.0001 && drift < 0.0011, "\(drift)")
    }
}
