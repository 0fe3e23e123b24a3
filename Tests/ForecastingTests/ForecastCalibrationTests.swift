import Forecasting
import Testing

@Suite struct ForecastCalibrationTests {
    let one = ForecastCalibration(
        regimeDeviation: 0.3, overallDeviation: 0.2, regimeRunDeviation: 0.4, overallRunDeviation: 0.3, floor: 0.01, expectedError: 0.03)

    @Test(arguments: [0.0, 0.001, 0.05, 0.3, 0.8, 0.97, 1.0])
    func bands(share: Double) {
        let band = one.band(share, deviation: 0.3)
        #expect(band.contains(share) && band.lowerBound >= 0 && band.upperBound <= 1)
        #expect(band.upperBound - band.lowerBound >= 0.01 - 1e-12)
        let wide = one.band(share, deviation: 0.6)
        #expect(wide.lowerBound <= band.lowerBound && wide.upperBound >= band.upperBound)
    }

    /// 1.645 deviations in logits: at 50% with .3 these are .379 and .621.
    @Test func aBandByHand() {
        let band = one.band(0.5, deviation: 0.3)
        #expect(abs(band.lowerBound - 0.379_1) < 1e-3 && abs(band.upperBound - 0.620_9) < 1e-3)
    }

    @Test func probabilities() {
        #expect(abs(one.probability(of: 0.8, atLeast: 0.8, deviation: 0.3) - 0.5) < 1e-9)
        // One deviation above the line.
        let above = ForecastCalibration.share(ForecastCalibration.logit(0.8) + 0.3)
        #expect(abs(one.probability(of: above, atLeast: 0.8, deviation: 0.3) - 0.841_3) < 1e-3)
        #expect(one.probability(of: 0.2, atLeast: 0.8, deviation: 0.3) < 1e-6)
    }

    @Test func betweenTheDiscounts() {
        let none = ForecastCalibration(gamma: 0, lambda: 0.95), much = ForecastCalibration(gamma: 0.99, lambda: 0.95), between = ForecastCalibration(gamma: 0.8, lambda: 0.95)
        #expect(none == .bandit)
        #expect(abs(much.regimeDeviation - ForecastCalibration.discounted.regimeDeviation) < 1e-3)
        let ends = [none.expectedError, much.expectedError].sorted()
        #expect(between.expectedError >= ends[0] && between.expectedError <= ends[1])
        // Less effort, wider bands.
        #expect(ForecastCalibration(gamma: 0, lambda: 0.95, effort: 0.25).regimeDeviation > none.regimeDeviation)
    }
}
