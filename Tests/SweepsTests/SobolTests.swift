import Foundation
import Sweeps
import TestSupport
import Testing

@Suite struct SobolTests {
    struct Fixture: Decodable {
        var versions: [String: String]
        var points: [[Double]]
    }

    /// scipy 1.17.1's unscrambled points, 40 dimensions: Tests/Parity/sobol/generate.py. Dyadic fractions, so equality is exact.
    @Test func pointsAreScipys() throws {
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("sobol/fixture.json"))))
        #expect(fixture.versions["scipy"] == "1.17.1", "renew the fixture: python3 Tests/Parity/sobol/generate.py")
        var sequence = SobolSequence(dimensions: SobolSequence.maximumDimensions)
        #expect(fixture.points.count == 96)
        for point in fixture.points { #expect(sequence.next() == point) }
    }

    /// The first 2^k points have one point in each of the 2^k equal cells of every coordinate.
    @Test func everyCoordinateIsStratified() {
        var sequence = SobolSequence(dimensions: 40)
        let points = (0..<256).map { _ in sequence.next() }
        for d in 0..<40 { #expect(Set(points.map { Int($0[d] * 256) }).count == 256) }
    }
}
