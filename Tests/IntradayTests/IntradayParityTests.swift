import Foundation
import Intraday
import TestSupport
import Testing
import TradingTypes

/// Tests/Parity/intraday/intraday.json: four sessions, and what TA-Lib, numpy and pandas make of them.
private struct IntradayFixture: Decodable, Sendable {
    struct Other: Decodable, Sendable { let open: [Double], close: [Double] }
    let time: [Int64]
    let open, high, low, close, volume, vix: [Double]
    let companions: [String: Other]
    let regular_rows: [Int]
    let expected: [String: [Double]]

    static let shared: IntradayFixture = {
        do {
            return try JSONDecoder().decode(IntradayFixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("intraday/intraday.json"))))
        } catch {
            preconditionFailure("intraday.json: \(error); renew it with: python Tests/Parity/intraday/generate.py")
        }
    }()

    var market: IntradayMarket {
        let own = BarSeries(symbol: "SPY", barDurationSeconds: 60, time: time, open: open, high: high, low: low, close: close, volume: volume)
        let others = companions.map { minuteBars($0, time: time, close: $1.close, open: $1.open) }
        let vix = minuteBars("VIX", time: time, close: self.vix, open: self.vix)
        return Tests.market(own, others, vix)
    }
}

private enum Tests {
    static func market(_ own: BarSeries, _ others: [BarSeries], _ vix: BarSeries) -> IntradayMarket {
        IntradayTests.market([own] + others, traded: ["SPY"], vix: vix)
    }
    static let made = IntradayFixture.shared.market
    static let features = computeIntradayFeatures(made)
    static let regular = made.days.flatMap { Array($0.regular) }
}

@Suite(.tags(.parity)) struct IntradayParityTests {
    /// Largest difference from TA-Lib 0.8.2, numpy 2.4.6 and pandas 3.1.1, absolute or relative to values above 1.
    static let tolerance = 1e-9

    @Test(arguments: allIntradayFeatures.filter { $0 != "cup_handle" })
    func featureEqualsReference(_ name: String) throws {
        let fixture = IntradayFixture.shared
        let ours = try #require(Tests.features[name])
        let theirs = try #require(fixture.expected[name], "the fixture lacks \(name); renew it with: python Tests/Parity/intraday/generate.py")
        var worst = 0.0, at = -1
        for (k, row) in fixture.regular_rows.enumerated() {
            let difference = abs(ours[Tests.regular[row]] - theirs[k]) / max(1, abs(theirs[k]))
            if !(difference <= worst) { (worst, at) = (difference, row) }
        }
        #expect(worst <= Self.tolerance, "\(name) differs by \(worst) on regular row \(at)")
    }

    @Test func theGridIsTheFixtures() {
        #expect(Tests.made.time == IntradayFixture.shared.time)
        #expect(Tests.made.days.map(\.preMarket.count) == [330, 330, 0, 330])
        #expect(Tests.made.isRecorded.allSatisfy { $0 })
    }
}
