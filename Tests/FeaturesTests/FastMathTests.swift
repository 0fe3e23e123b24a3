import Foundation
import NumericKernels
import Testing

@Suite struct FastMathTests {
    /// Within 2 units in the last place of the C library, over all exponents and around 1, where ln loses most.
    @Test func logarithm() {
        var x: [Double] = []
        for e in stride(from: -300.0, through: 300, by: 0.37) { x.append(pow(10, e)) }
        for k in -2_000...2_000 { x.append(1 + Double(k) * 1.7e-4) }
        for k in 1...60 { x += [1 + pow(2, -Double(k)), 1 - pow(2, -Double(k))] }
        let y = mapRows(x, from: 0) { fastLog($0) }
        var worst = 0.0
        for (x, y) in zip(x, y) where x > 0 {
            let exact = log(x)
            worst = max(worst, abs(y - exact) / max(exact.ulp, 1e-300))
        }
        #expect(worst <= 2)
        #expect(mapRows([1, 0, -1, .nan, 2.718281828459045], from: 0, { fastLog($0) }).map { $0.isNaN } == [false, true, true, true, false])
        #expect(mapRows([1], from: 0, { fastLog($0) }) == [0])
    }

    @Test func exponential() {
        let x = (0...20_000).map { -700 + Double($0) * 0.07 }
        let y = mapRows(x, from: 0) { fastExp($0) }
        var worst = 0.0
        for (x, y) in zip(x, y) { worst = max(worst, abs(y - exp(x)) / exp(x).ulp) }
        #expect(worst <= 2)
        #expect(mapRows([0], from: 0, { fastExp($0) }) == [1])
    }

    /// Every length and start: the same values, whether the loop took them one by one or several at a time.
    @Test(arguments: 0...20) func theLengthDoesNotMatter(_ count: Int) {
        let x = (0..<count).map { 1 + 0.37 * Double($0) }
        let whole = mapRows(x + [5, 6, 7, 8, 9, 10, 11, 12], from: 0) { fastLog($0) }
        for from in 0...count {
            let part = mapRows(x, from: from) { fastLog($0) }
            for t in 0..<count { #expect(t < from ? part[t].isNaN : part[t] == whole[t]) }
        }
    }
}
