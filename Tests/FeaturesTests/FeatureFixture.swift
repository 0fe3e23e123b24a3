import Features
import Foundation
import TestSupport
import Testing
import TradingTypes

extension Tag {
    @Tag static var parity: Self
}

/// Tests/Parity/features/features.json: bars, and what TA-Lib, numpy, pandas and filterpy make of them.
struct FeatureFixture: Decodable, Sendable {
    let versions: [String: String]
    let start: Int64
    let barSeconds: Int
    let open, high, low, close, volume: [Double]
    let rows: [Int]
    let firstRow: [String: Int]
    let features: [String: [Double?]]
    let extra: [String: [Double?]]

    static let shared: FeatureFixture = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(FeatureFixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("features/features.json"))))
        } catch {
            preconditionFailure("features.json: \(error); renew it with: python Tests/Parity/features/generate.py")
        }
    }()

    var bars: BarSeries {
        BarSeries(
            symbol: "TEST", barDurationSeconds: barSeconds, time: close.indices.map { start + Int64($0 * barSeconds) }, open: open, high: high,
            low: low, close: close, volume: volume)
    }
}

let fixtureTable = computeFeatures(FeatureFixture.shared.bars, set: "all")

/// Ids of all features, for parameterised tests.
let allFeatures = FeatureCatalog.sets["all"] ?? []

/// Bars in which nothing is special: a seeded random walk with changing volatility.
func randomBars(_ count: Int, seed: UInt64 = 1, start: Int64 = 1_577_836_800) -> BarSeries {
    var state = seed
    func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double((state >> 11) & ((1 << 52) - 1)) + 0.5) / Double(1 << 52)
    }
    func normal() -> Double { (0..<12).reduce(-6) { s, _ in s + uniform() } }
    var close: [Double] = [], open: [Double] = [], high: [Double] = [], low: [Double] = [], volume: [Double] = []
    var price = 10_000.0, h = 0.0
    for _ in 0..<count {
        h = 0.97 * h + 0.2 * normal()
        let s = 0.006 * exp(h)
        let o = price
        price *= exp(s * normal())
        open.append(o)
        close.append(price)
        high.append(max(o, price) * (1 + s * uniform()))
        low.append(min(o, price) * (1 - s * uniform()))
        volume.append(exp(6 + h + 0.5 * normal()))
    }
    return BarSeries(
        symbol: "RANDOM", barDurationSeconds: 3600, time: (0..<count).map { start + Int64($0) * 3600 }, open: open, high: high, low: low,
        close: close, volume: volume)
}

/// Equal bit for bit, any NaN equal to any other.
func sameBits(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) }
