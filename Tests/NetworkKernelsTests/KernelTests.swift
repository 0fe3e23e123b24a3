import NetworkKernels
import Testing

private func pattern(_ count: Int, _ seed: Int = 1) -> [Float] {
    (0..<count).map { Float(((($0 + seed) &* 7919) % 1009) - 504) / 252 }
}

@Suite struct ProductTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var m: Int, k: Int, n: Int, a: Bool, b: Bool
        var testDescription: String { "[\(m) x \(k)]\(a ? "'" : "") [\(k) x \(n)]\(b ? "'" : "")" }
    }

    @Test(arguments: [
        Shape(m: 3, k: 4, n: 5, a: false, b: false), Shape(m: 64, k: 44, n: 64, a: false, b: false), Shape(m: 7, k: 1, n: 3, a: true, b: false),
        Shape(m: 5, k: 17, n: 2, a: false, b: true), Shape(m: 33, k: 9, n: 18, a: true, b: true),
    ])
    func equalsTheSumOfProducts(_ shape: Shape) {
        let a = FloatBlock(pattern(shape.m * shape.k)), b = FloatBlock(pattern(shape.k * shape.n, 5)), c = FloatBlock(pattern(shape.m * shape.n, 9))
        let before = c.values
        let A = shape.a ? a.matrix(rows: shape.k, columns: shape.m) : a.matrix(rows: shape.m, columns: shape.k)
        let B = shape.b ? b.matrix(rows: shape.n, columns: shape.k) : b.matrix(rows: shape.k, columns: shape.n)
        multiply(A, transposed: shape.a, B, transposed: shape.b, into: c.matrix(rows: shape.m, columns: shape.n), alpha: 0.5, beta: 2)
        for i in 0..<shape.m {
            for j in 0..<shape.n {
                var sum = 0.0
                for l in 0..<shape.k { sum += Double(shape.a ? A[l, i] : A[i, l]) * Double(shape.b ? B[j, l] : B[l, j]) }
                #expect(abs(Double(c[i * shape.n + j]) - (0.5 * sum + 2 * Double(before[i * shape.n + j]))) < 1e-4)
            }
        }
    }

    @Test func viewsOfRowsAndColumnsMultiplyInPlace() {
        let block = FloatBlock(pattern(40)), out = FloatBlock(count: 4)
        let table = block.matrix(rows: 5, columns: 8)
        multiply(table.rows(1..<3).columns(2..<5), table.rows(0..<3).columns(6..<8), into: out.matrix(rows: 2, columns: 2))
        var sum: Float = 0
        for l in 0..<3 { sum += table[1, 2 + l] * table[l, 6] }
        #expect(abs(out[0] - sum) < 1e-5)
    }
}

@Suite struct VectorFunctionTests {
    private func lanes(_ from: Float, _ to: Float, _ f: (SIMD16<Float>) -> SIMD16<Float>, check: (Float, Float) -> Void) {
        let n = 4_000
        for i in 0..<n {
            let x = SIMD16<Float>((0..<16).map { from + (to - from) * (Float(i) + Float($0) / 16) / Float(n) })
            let y = f(x)
            for lane in [0, 7, 15] { check(x[lane], y[lane]) }
        }
    }

    @Test func exponentialWithinThreeUnits() {
        lanes(-86, 87, exp16) { x, y in
            let exact = exponential(Double(x))
            #expect(abs(Double(y) - exact) <= 3 * 5.97e-8 * exact, "exp \(x)")
        }
        #expect(exp16(SIMD16(repeating: -1e30)).max() == 0)
    }

    /// A network that has broken down must show it: one bad lane stays bad and spoils no other.
    @Test func notANumberStaysSo() {
        var x = SIMD16<Float>(repeating: 0.5)
        x[3] = .nan
        for y in [exp16(x), tanh16(x)] {
            #expect(y[3].isNaN)
            for lane in 0..<16 where lane != 3 { #expect(y[lane].isFinite && y[lane] > 0) }
        }
    }

    @Test func logarithmInvertsTheExponential() {
        lanes(-40, 40, { log16(exp16($0)) }) { x, y in #expect(abs(x - y) < 3e-7 * max(1, abs(x)), "log exp \(x)") }
    }

    @Test func hyperbolicTangentStaysInsideOne() {
        lanes(-12, 12, tanh16) { x, y in
            let e = exponential(2 * Double(x))
            let exact = abs(x) < 1e-3 ? Double(x) : (e - 1) / (e + 1)
            #expect(abs(Double(y) - exact) <= 5e-7, "tanh \(x)")
            #expect(abs(y) <= 1)
        }
    }

    /// e^x by its series after halving the argument ten times; independent of the kernel and of the C library.
    private func exponential(_ x: Double) -> Double {
        let r = x / 1024
        var term = 1.0, sum = 1.0
        for k in 1...12 {
            term *= r / Double(k)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}

@Suite struct ElementwiseTests {
    @Test(arguments: [1, 3, 16, 17, 64, 70]) func biasAndTanhLeaveNeighboursAlone(_ columns: Int) {
        let block = FloatBlock(pattern(4 * (columns + 3))), bias = FloatBlock(pattern(columns, 3))
        let before = block.values
        let view = block.matrix(rows: 4, columns: columns + 3).columns(1..<(1 + columns))
        addBias(view, bias.all)
        for r in 0..<4 {
            let row = r * (columns + 3)
            #expect(block[row] == before[row] && block[row + columns + 1] == before[row + columns + 1])
            for c in 0..<columns { #expect(block[row + 1 + c] == before[row + 1 + c] + bias[c]) }
        }
    }

    @Test func columnSumsAndSquares() {
        let block = FloatBlock(pattern(7 * 19)), sums = FloatBlock([Float](repeating: 1, count: 19))
        columnSums(block.matrix(rows: 7, columns: 19), into: sums.all, beta: 2)
        for c in 0..<19 {
            var sum: Float = 2
            for r in 0..<7 { sum += block[r * 19 + c] }
            #expect(abs(sums[c] - sum) < 1e-5)
        }
        let squares = block.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(sumOfSquares(block.all) - squares) < 1e-4)
    }

    @Test func gatherCopiesRowsInOrder() {
        let block = FloatBlock(pattern(12)), result = FloatBlock(count: 9)
        let table = block.matrix(rows: 4, columns: 3), out = result.matrix(rows: 3, columns: 3)
        gatherRows(table, [3, 0, 3].span, into: out)
        #expect(out.values == table.rows(3..<4).values + table.rows(0..<1).values + table.rows(3..<4).values)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func oneBadElementIsSeen(_ bad: Float) {
        let block = FloatBlock(pattern(50))
        #expect(isFinite(block.matrix(rows: 5, columns: 10)))
        block[49] = bad
        #expect(!isFinite(block.matrix(rows: 5, columns: 10)))
    }
}

@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 5]) func everyLaneRunsOnceInManyRuns(_ threads: Int) {
        let team = ThreadTeam(threads: threads), counts = FloatBlock(count: 64)
        for _ in 0..<3_000 { team.run(4) { lane in counts[lane * 16] += 1 } }
        for lane in 0..<4 { #expect(counts[lane * 16] == 3_000) }
    }

    @Test func aSleepingTeamWakes() {
        let team = ThreadTeam(threads: 2), counts = FloatBlock(count: 32)
        for _ in 0..<5 {
            team.run(2) { lane in counts[lane * 16] += 1 }
            var waste = 0.0
            for i in 0..<20_000_000 { waste += Double(i).squareRoot() }
            #expect(waste > 0)
        }
        #expect(counts[0] == 5 && counts[16] == 5)
    }
}
