import Forecasting
import TestSupport
import Testing
import Training

/// Forecasts that are the mean of several surrogate runs.
@Suite struct SeveralRunsTests {
    /// Three runs are the mean of what each would have forecast, look by look; one run is as before.
    @Test(arguments: [[String](), ["environment.observe=[position]"]]) func meansOfRuns(_ more: [String]) throws {
        let inputs = try ForecastTests.inputs(ForecastTests.hold(0.02), settings: ["ppo.gamma=0.9"] + more, steps: 20_480)
        func found(seed: UInt64, runs: Int) throws -> RewardForecast {
            var settings = ForecastSettings()
            (settings.seed, settings.runs, settings.curvePoints, settings.solvesRest) = (seed, runs, 3, false)
            return try Forecaster.forecast(inputs, settings)
        }
        let three = try found(seed: 1, runs: 3), each = try [1, 10_001, 20_001].map { try found(seed: $0, runs: 1) }
        #expect(each[0].regimes.map(\.sampled) != each[1].regimes.map(\.sampled))
        for (k, point) in three.curve.enumerated() {
            #expect(point.step == each[0].curve[k].step)
            for a in 0..<3 {
                let mean = each.reduce(0) { $0 + $1.curve[k].overall[a] } / 3
                #expect(abs(point.overall[a] - mean) < 1e-9, "look \(k), action \(a): \(point.overall[a]) beside \(mean)")
            }
        }
    }

    /// More runs, narrower bands, down to those measured of three; one run has its own.
    @Test func bandsOfSeveralRuns() {
        for gamma in [0.0, 0.9, 0.99] {
            let bands = [1, 2, 3, 100].map { ForecastCalibration(gamma: gamma, lambda: 0.95, runs: $0) }
            for part in [\ForecastCalibration.regimeDeviation, \.overallDeviation, \.regimeRunDeviation, \.overallRunDeviation, \.expectedError] {
                let d = bands.map { $0[keyPath: part] }
                #expect(d[0] >= d[1] && d[1] >= d[2] && d[2] == d[3] && d[3] > 0.5 * d[0], "\(d)")
            }
            #expect(bands[0] == ForecastCalibration(gamma: gamma, lambda: 0.95))
        }
        let three = ForecastCalibration(gamma: 0.99, lambda: 0.95, runs: 3), measured = ForecastCalibration.discountedOfThree
        #expect(abs(three.regimeDeviation - measured.regimeDeviation) < 1e-12 && abs(three.expectedError - measured.expectedError) < 1e-12)
        #expect(measured.regimeDeviation < ForecastCalibration.discounted.regimeDeviation && measured.overallRunDeviation < ForecastCalibration.discounted.overallRunDeviation)
    }

    /// Short runs have constants of their own, also as the mean of several; a perceptron that stands for another network has not, for its bands were measured on short runs.
    @Test func bandsOfShortRuns() throws {
        let short = ForecastCalibration(gamma: 0, lambda: 0.95, isShort: true), measured = ForecastCalibration.shortBandit
        for part in [\ForecastCalibration.regimeDeviation, \.overallDeviation, \.regimeRunDeviation, \.overallRunDeviation, \.expectedError, \.floor] {
            #expect(abs(short[keyPath: part] - measured[keyPath: part]) < 1e-12)
        }
        let three = ForecastCalibration(gamma: 0, lambda: 0.95, runs: 3, isShort: true), ordinary = ForecastCalibration(gamma: 0, lambda: 0.95, runs: 3)
        #expect(three.regimeDeviation < short.regimeDeviation && three.regimeDeviation > ordinary.regimeDeviation)
        let inputs = try ForecastTests.inputs(ForecastTests.hold(0.1), settings: ["ppo.n_steps=64"], steps: 20_480)
        func found(updates: Int) throws -> RewardForecast {
            var settings = ForecastSettings()
            settings.steps = updates * 512
            return try Forecaster.forecast(inputs, settings)
        }
        for (updates, expected) in [(39, measured.expectedError), (40, ForecastCalibration.bandit.expectedError)] {
            let stated = try found(updates: updates).expectedError
            #expect(abs(stated - expected) < 1e-12, "\(updates) updates: \(stated)")
        }
    }
}
