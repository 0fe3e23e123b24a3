import Features
import Foundation
import Testing

@Suite(.tags(.parity)) struct ParityTests {
    /// Largest difference from TA-Lib 0.8.2, numpy 2.4.6, pandas 3.1.1 and filterpy 2.0.0, absolute or relative to values above 1.
    static let tolerance = 1e-9

    @Test(arguments: FeatureFixture.shared.features.keys.sorted())
    func featureEqualsReference(_ name: String) throws {
        let fixture = FeatureFixture.shared
        let ours = try #require(fixtureTable[name])
        let theirs = try #require(fixture.features[name])
        #expect(ours.firstIndex { !$0.isNaN } == fixture.firstRow[name])
        var worst = 0.0, at = -1
        for (k, row) in fixture.rows.enumerated() {
            guard let expected = theirs[k] else { continue }
            let difference = abs(ours[row] - expected) / max(1, abs(expected))
            if !(difference <= worst) { (worst, at) = (difference, row) }
        }
        #expect(worst <= Self.tolerance, "\(name) differs by \(worst) on row \(at)")
    }

    @Test(arguments: ["volatility_24h", "trend"])
    func marketNameEqualsReference(_ name: String) throws {
        let fixture = FeatureFixture.shared
        let ours = try #require(computeMarketNames(fixture.bars)[name])
        let theirs = try #require(fixture.extra[name])
        #expect(ours.firstIndex { !$0.isNaN } == fixture.firstRow[name])
        for (k, row) in fixture.rows.enumerated() {
            guard let expected = theirs[k] else { continue }
            #expect(abs(ours[row] - expected) <= Self.tolerance, "row \(row)")
        }
    }

    @Test(arguments: ["ekf_log_level", "ekf_drift", "ekf_log_variance", "ekf_variance_innovation"])
    func filterStateEqualsFilterpy(_ name: String) throws {
        let fixture = FeatureFixture.shared
        let inputs = FeatureInputs(fixture.bars)
        let track = inputs.kalman
        let ours: [Double] = switch name {
        case "ekf_log_level": track.level.map { log($0) }
        case "ekf_drift": track.drift
        case "ekf_log_variance": track.logVariance
        default: KalmanFilter.btcHourly.varianceInnovation(inputs.logClose, track)
        }
        let theirs = try #require(fixture.extra[name])
        for (k, row) in fixture.rows.enumerated() {
            guard let expected = theirs[k], name != "ekf_variance_innovation" || row > track.firstRow else { continue }
            #expect(abs(ours[row] - expected) <= Self.tolerance, "row \(row)")
        }
    }

    @Test func theFixtureCoversAllFortyFour() {
        #expect(FeatureFixture.shared.features.keys.sorted() == FeatureCatalog.sets["btc-44"]?.sorted())
    }
}
