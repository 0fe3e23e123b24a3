import NumericKernels
import Testing

@Suite struct RollingParabolaTests {
    @Test func exactParabolasScoreOneUpwardsAndZeroDownwards() {
        let y = (0..<700).map { (i: Int) -> Double in 0.001 * Double((i - 350) * (i - 350)) + 5 }
        for window in [4, 16, 64] {
            let up = RollingParabola.upwardShare(y, window: window), down = RollingParabola.upwardShare(y.map { -$0 }, window: window)
            #expect(up.prefix(window - 1).allSatisfy { $0.isNaN })
            #expect(up.dropFirst(window - 1).allSatisfy { abs($0 - 1) < 1e-6 })
            #expect(down.dropFirst(window - 1).allSatisfy { $0 == 0 })
        }
        #expect(RollingParabola.upwardShare([Double](repeating: 3, count: 100), window: 16).dropFirst(15).allSatisfy { $0 == 0 })
    }

    @Test func appendingRowsChangesNothing() {
        let y = (0..<2_000).map { (i: Int) -> Double in Double((i * 7919) % 1_009) / 1_009 }
        let whole = RollingParabola.upwardShare(y, window: 32)
        for cut in [33, 512, 543, 544, 1_100] {
            let part = RollingParabola.upwardShare(Array(y[0..<cut]), window: 32)
            #expect(zip(part, whole).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(cut)")
        }
    }
}
