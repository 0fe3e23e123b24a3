import Foundation
import NumericKernels
import Testing
import TestSupport

struct StatisticsFixture: Decodable {
    struct Moments: Decodable {
        var name: String, x: [Double], y: [Double], mean: Double, variance: Double, sample_variance: Double, skewness: Double, kurtosis: Double
        var autocorrelation1: Double, correlation: Double, levels: [Double], quantiles: [Double]
    }
    struct Distributions: Decodable {
        var normal_cdf: [[Double]], normal_quantile: [[Double]], chi_square_cdf: [[Double]], noncentral_cdf: [[Double]], noncentrality: [[Double]]
    }
    struct LongRun: Decodable { var phi: Double, x: [Double], automatic_lag: Int, variances: [String: Double] }
    struct Ridge: Decodable {
        var penalty: Double, coefficients: [Double], intercept: Double, degrees: Double, residual_squares: Double, gcv: Double, evidence: Double
    }
    struct Wald: Decodable { var statistic: Double, p: Double, coefficients: [Double], errors: [Double], intercept: Double, r_squared: Double }
    struct Linear: Decodable {
        var columns: [[Double]], y: [Double], ridge: [Ridge], wald: Wald, symmetric: [Double], eigenvalues: [Double]
    }
    var moments: [Moments]
    var distributions: Distributions
    var long_run: [LongRun]
    var linear: Linear

    static let shared: StatisticsFixture = {
        let data = FileManager.default.contents(atPath: fixture("statistics/fixture.json")) ?? Data()
        guard let value = try? JSONDecoder().decode(StatisticsFixture.self, from: data) else {
            preconditionFailure("run python Tests/Parity/statistics/generate.py")
        }
        return value
    }()
}

/// |a - b| relative to the larger of |b| and `floor`.
func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10, floor: Double = 1e-300) -> Bool {
    abs(a - b) <= tolerance * max(abs(b), floor)
}

@Suite struct MomentTests {
    @Test(.tags(.parity), arguments: StatisticsFixture.shared.moments.indices)
    func agreesWithScipy(index: Int) {
        let f = StatisticsFixture.shared.moments[index]
        #expect(isClose(mean(f.x), f.mean, 1e-13))
        #expect(isClose(variance(f.x), f.variance))
        #expect(isClose(variance(f.x, degreesUsed: 1), f.sample_variance))
        // Moments about a mean of a million lose six digits of sixteen, on both sides.
        #expect(isClose(skewness(f.x), f.skewness, 1e-8, floor: 1))
        #expect(isClose(kurtosis(f.x), f.kurtosis, 1e-8))
        #expect(isClose(autocorrelation(f.x, lag: 1), f.autocorrelation1, 1e-9, floor: 1))
        #expect(isClose(correlation(f.x, f.y), f.correlation, 1e-9, floor: 1))
        for (a, b) in zip(quantiles(f.x, f.levels), f.quantiles) { #expect(isClose(a, b, 1e-14, floor: 1)) }
    }

    @Test func edgeCases() {
        #expect(mean([]).isNaN && variance([1], degreesUsed: 1).isNaN && skewness([2, 2]).isNaN && kurtosis([]).isNaN)
        #expect(variance([0.1, 0.1, 0.1]) == 0)
        #expect(correlation([1, 1], [1, 2]).isNaN && autocorrelation([3, 3], lag: 1).isNaN)
        #expect(isClose(correlation([1, 2, 3], [2, 4, 6]), 1, 1e-15))
        #expect(quantile([], 0.5).isNaN && quantile([.nan, 4, 2], 0.5) == 3)
    }
}

@Suite struct DistributionTests {
    @Test(.tags(.parity), arguments: StatisticsFixture.shared.distributions.normal_cdf)
    func normalCDFAgreesWithScipy(row: [Double]) { #expect(isClose(normalCDF(row[0]), row[1])) }

    @Test(.tags(.parity), arguments: StatisticsFixture.shared.distributions.normal_quantile)
    func normalQuantileAgreesWithScipy(row: [Double]) { #expect(isClose(normalQuantile(row[0]), row[1], 1e-12, floor: 1)) }

    @Test(.tags(.parity), arguments: StatisticsFixture.shared.distributions.chi_square_cdf)
    func chiSquareAgreesWithScipy(row: [Double]) { #expect(isClose(chiSquareCDF(row[0], degrees: row[1]), row[2])) }

    @Test(.tags(.parity), arguments: StatisticsFixture.shared.distributions.noncentral_cdf)
    func noncentralChiSquareAgreesWithScipy(row: [Double]) {
        #expect(isClose(noncentralChiSquareCDF(row[0], degrees: row[1], noncentrality: row[2]), row[3], 1e-10, floor: 1e-12))
    }

    @Test(.tags(.parity), arguments: StatisticsFixture.shared.distributions.noncentrality)
    func noncentralityAgreesWithScipy(row: [Double]) {
        #expect(isClose(noncentrality(observed: row[0], degrees: row[1], probability: row[2]), row[3], 1e-9, floor: 1e-3))
    }

    @Test func ends() {
        #expect(normalQuantile(0) == -.infinity && normalQuantile(1) == .infinity && normalQuantile(0.5) == 0 && normalQuantile(1.5).isNaN)
        #expect(chiSquareCDF(0, degrees: 3) == 0 && chiSquareCDF(-1, degrees: 3) == 0 && chiSquareCDF(.infinity, degrees: 3) == 1)
        #expect(noncentralityInterval(observed: 1, degrees: 44) == Bounds(0, 0))
    }

    /// A statistic drawn with noncentrality 30 and 10 degrees of freedom: its 95% interval holds 30 in 95% of 1,000 draws
    /// (standard error .7 points; 3 points is passed by chance once in 50,000).
    @Test func noncentralityIntervalCovers() {
        var random = RandomStream(seed: 5, purpose: "noncentral")
        var hits = 0
        for _ in 0..<1000 {
            var x = 0.0
            for k in 0..<10 {
                let z = random.gaussian() + (k == 0 ? sqrt(30.0) : 0)
                x += z * z
            }
            hits += noncentralityInterval(observed: x, degrees: 10).contains(30) ? 1 : 0
        }
        #expect(abs(Double(hits) / 1000 - 0.95) < 0.03)
    }
}

@Suite struct LongRunVarianceTests {
    @Test(.tags(.parity), arguments: StatisticsFixture.shared.long_run.indices)
    func agreesWithStatsmodels(index: Int) throws {
        let f = StatisticsFixture.shared.long_run[index]
        let automatic = longRunVariance(f.x)
        #expect(automatic.lag == f.automatic_lag)
        for (lag, value) in f.variances { #expect(isClose(longRunVariance(f.x, lag: Int(lag)).value, value, 1e-11)) }
        let own = try #require(f.variances[String(automatic.lag)])
        #expect(isClose(automatic.value, own, 1e-11))
        #expect(isClose(automatic.standardErrorOfMean, (own / Double(f.x.count)).squareRoot(), 1e-11))
        #expect(isClose(automatic.effectiveSize, Double(f.x.count) * variance(f.x) / own, 1e-10))
    }

    /// 1, -1, 1, -1: gamma_0 = 1, gamma_1 = -3/4; with L = 1 the weight is 1/2 and the sum 1 - 3/4 = 1/4.
    @Test func handWorked() {
        let v = longRunVariance([1, -1, 1, -1], lag: 1)
        #expect(v.value == 0.25 && v.lag == 1 && v.effectiveSize == 16 && v.standardErrorOfMean == 0.25)
        #expect(longRunVariance([2, 2, 2]).value == 0)
        #expect(autocovariances([1, -1, 1, -1], last: 5) == [1, -0.75, 0.5, -0.25, 0, 0])
    }

    @Test(arguments: [1, 7, 8, 9, 23, 64, 200])
    func autocovariancesEqualTheirDefinition(n: Int) {
        let x = autoregression(n, phi: 0.7, seed: 3)
        let c = x.map { $0 - x.reduce(0, +) / Double(n) }
        for (k, value) in autocovariances(x, last: 40).enumerated() {
            let expected = k < n ? (0..<n - k).reduce(0.0) { $0 + c[$1] * c[$1 + k] } / Double(n) : 0
            #expect(abs(value - expected) < 1e-13)
        }
    }
}
