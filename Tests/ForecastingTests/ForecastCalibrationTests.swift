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
        // The floor, where the deviation says nothing.
        let narrow = one.band(share, deviation: 1e-9)
        #expect(narrow.upperBound - narrow.lowerBound >= 0.01 - 1e-6 && narrow.upperBound - narrow.lowerBound < 0.02 + 1e-6)
        let wide = one.band(share, deviation: 0.6)
        #expect(wide.lowerBound <= band.lowerBound && wide.upperBound >= band.upperBound)
    }

    /// Stretched logits: 0 at 50%, ln(1 + 2 * 2) / 2 = .804 719 at a logit of 2, and back.
    @Test func stretching() {
        #expect(ForecastCalibration.stretched(0.5) == 0)
        #expect(abs(ForecastCalibration.stretched(ForecastCalibration.share(2)) - 0.804_719) < 1e-6)
        #expect(abs(ForecastCalibration.stretched(ForecastCalibration.share(-2)) + 0.804_719) < 1e-6)
        for share in [0.001, 0.2, 0.5, 0.9, 0.999] { #expect(abs(ForecastCalibration.share(stretched: ForecastCalibration.stretched(share)) - share) < 1e-12) }
    }

    /// 1.645 deviations of .3 from 50%: +-.4935 stretched, logits +-(e^.987 - 1) / 2 = +-.841 59, .301 19 and .698 81. The same deviation reaches further in logits at 88.08%, whose
    /// logit is 2: .804 72 +- .4935 is .311 22 and 1.298 22, logits .431 73 and 6.209 3, .606 29 and .997 994.
    @Test func aBandByHand() {
        let band = one.band(0.5, deviation: 0.3), far = one.band(ForecastCalibration.share(2), deviation: 0.3)
        #expect(abs(band.lowerBound - 0.301_19) < 1e-4 && abs(band.upperBound - 0.698_81) < 1e-4)
        #expect(abs(far.lowerBound - 0.606_29) < 1e-4 && abs(far.upperBound - 0.997_99) < 1e-4)
    }

    @Test func probabilities() {
        #expect(abs(one.probability(of: 0.8, atLeast: 0.8, deviation: 0.3) - 0.5) < 1e-9)
        // One deviation above the line, and one below.
        let line = ForecastCalibration.stretched(0.8)
        #expect(abs(one.probability(of: ForecastCalibration.share(stretched: line + 0.3), atLeast: 0.8, deviation: 0.3) - 0.841_34) < 1e-4)
        #expect(abs(one.probability(of: ForecastCalibration.share(stretched: line - 0.3), atLeast: 0.8, deviation: 0.3) - 0.158_66) < 1e-4)
        // The further off the less likely, however far.
        let chances = [0.0, 0.001, 0.05, 0.2, 0.5, 0.79, 0.9, 0.999, 1].map { one.probability(of: $0, atLeast: 0.8, deviation: 0.3) }
        #expect(chances == chances.sorted() && chances[0] < 1e-6 && chances[8] > 0.99)
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
