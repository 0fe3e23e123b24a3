import Foundation
import NetworkKernels
import Testing

private func numbers(_ count: Int, _ seed: Int = 1) -> [Float] { (0..<count).map { Float(((($0 + seed) &* 7919) % 1009) - 504) / 252 } }

@Suite struct ErrorFunctionTests {
    @Test func errorFunctionAgreesWithTheLibrary() {
        for i in -5_000...5_000 {
            let x = Float(i) / 1_000, y = erf16(SIMD16(repeating: x))[3]
            #expect(abs(Double(y) - erf(Double(x))) <= 4e-7 * abs(erf(Double(x))), "erf \(x)")
        }
    }
}

@Suite struct SoftmaxKernelTests {
    /// Padded rows give the same bits as rows without padding, zeros in the padding, and gradients alike.
    @Test(arguments: [1, 15, 16, 17, 100]) func paddingChangesNothing(columns: Int) {
        let wide = (columns + 15) / 16 * 16, values = numbers(5 * columns).map { 9 * $0 }
        let plain = FloatBlock(values), padded = FloatBlock([Float](repeating: 77, count: 5 * wide))
        let p = plain.matrix(rows: 5, columns: columns), q = padded.matrix(rows: 5, columns: wide).columns(0..<columns)
        q.assign(values)
        softmaxRows(p)
        softmaxRows(q, isPadded: true)
        #expect(q.values == p.values)
        #expect((0..<5).allSatisfy { r in (columns..<wide).allSatisfy { padded[r * wide + $0] == 0 } })
        for r in 0..<5 {
            let row = Array(p.values[r * columns..<(r + 1) * columns])
            #expect(abs(row.reduce(0, +) - 1) < 1e-6)
        }
        let g = FloatBlock(numbers(5 * columns, 3)), h = FloatBlock([Float](repeating: .nan, count: 5 * wide))
        let gradient = g.matrix(rows: 5, columns: columns), other = h.matrix(rows: 5, columns: wide).columns(0..<columns)
        other.assign(g.values)
        backwardThroughSoftmax(gradient, probabilities: p, scale: 0.5)
        backwardThroughSoftmax(other, probabilities: q, scale: 0.5, isPadded: true)
        #expect(other.values == gradient.values)
    }

    /// Broken numbers must come out, not be taken for the smallest score.
    @Test(arguments: [Float.nan, .infinity, -.infinity]) func brokenNumbersAreNotHidden(value: Float) {
        let block = FloatBlock(numbers(60))
        let x = block.matrix(rows: 2, columns: 30)
        x[1, 7] = value
        softmaxRows(x)
        #expect(x.rows(0..<1).values.allSatisfy { $0.isFinite })
        #expect(x.rows(1..<2).values.allSatisfy { $0.isNaN })
        let y = FloatBlock([value.isNaN ? value : .nan, -1, 0, 2])
        relu(y.all, into: y.all)
        #expect(y[0].isNaN && y[1] == 0 && y[2] == 0 && y[3] == 2)
    }
}

@Suite struct PanelProductTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var m: Int, k: Int, n: Int
        var testDescription: String { "[\(m) x \(k)] [\(k) x \(n)]" }
    }

    /// Whole and partial panels, every height of a last tile, more rows and a longer inner index than one block. Allowed: k roundings of sums of
    /// products up to 4.
    @Test(arguments: [
        Shape(m: 8, k: 5, n: 32), Shape(m: 1, k: 1, n: 1), Shape(m: 15, k: 44, n: 33), Shape(m: 203, k: 300, n: 48), Shape(m: 410, k: 7, n: 64),
        Shape(m: 6, k: 513, n: 31),
    ])
    func equalsTheProductOfOpenBLAS(_ s: Shape) {
        let a = FloatBlock(numbers(s.m * (s.k + 3))), A = a.matrix(rows: s.m, columns: s.k + 3).columns(1..<s.k + 1)
        let b = FloatBlock(numbers(s.k * s.n, 11)), start = numbers(s.m * (s.n + 2), 5)
        for isTransposed in [false, true] {
            let B = isTransposed ? b.matrix(rows: s.n, columns: s.k) : b.matrix(rows: s.k, columns: s.n), packed = PackedMatrix(rows: s.k, columns: s.n)
            packed.pack(B, transposed: isTransposed)
            for accumulate in [false, true] {
                let ours = FloatBlock(start), theirs = FloatBlock(start)
                let C = ours.matrix(rows: s.m, columns: s.n + 2).columns(0..<s.n), D = theirs.matrix(rows: s.m, columns: s.n + 2).columns(0..<s.n)
                multiply(A, packed, into: C, accumulate: accumulate)
                multiply(A, transposed: false, B, transposed: isTransposed, into: D, beta: accumulate ? 1 : 0)
                #expect(zip(ours.values, theirs.values).allSatisfy { abs($0 - $1) <= 2e-6 * Float(s.k) + 1e-6 }, "transposed \(isTransposed), accumulate \(accumulate)")
                #expect(ours[s.n] == start[s.n] && ours[s.n + 1] == start[s.n + 1], "nothing is written beside the columns")
            }
        }
    }

    @Test(arguments: [Shape(m: 8, k: 5, n: 32), Shape(m: 15, k: 44, n: 33), Shape(m: 40, k: 450, n: 70)])
    func transposedProductEqualsThatOfOpenBLAS(_ s: Shape) {
        let a = FloatBlock(numbers(s.k * (s.m + 3))), A = a.matrix(rows: s.k, columns: s.m + 3).columns(2..<s.m + 2)
        let b = FloatBlock(numbers(s.k * s.n, 11)), B = b.matrix(rows: s.k, columns: s.n), start = numbers(s.m * s.n, 5)
        let ours = FloatBlock(start), theirs = FloatBlock(start), scratch = FloatBlock(count: 6_400)
        addTransposedProduct(A, B, into: ours.matrix(rows: s.m, columns: s.n), scratch: scratch)
        multiply(A, transposed: true, B, into: theirs.matrix(rows: s.m, columns: s.n), beta: 1)
        #expect(zip(ours.values, theirs.values).allSatisfy { abs($0 - $1) <= 2e-6 * Float(s.k) + 1e-6 })
    }

    /// A row of the product has the same bits whatever rows stand around it.
    @Test func rowsDoNotDependOnTheirNeighbours() {
        let a = FloatBlock(numbers(211 * 300)), b = FloatBlock(numbers(300 * 40, 2)), packed = PackedMatrix(rows: 300, columns: 40)
        packed.pack(b.matrix(rows: 300, columns: 40), transposed: false)
        let whole = FloatBlock(count: 211 * 40), single = FloatBlock(count: 40)
        multiply(a.matrix(rows: 211, columns: 300), packed, into: whole.matrix(rows: 211, columns: 40))
        guard hasPanelKernel else { return }
        for row in [0, 7, 99, 200, 207, 208, 210] {
            multiply(a.matrix(rows: 211, columns: 300).rows(row..<row + 1), packed, into: single.matrix(rows: 1, columns: 40))
            #expect(single.values == Array(whole.values[row * 40..<(row + 1) * 40]), "row \(row)")
        }
    }
}

@Suite struct DropoutKernelTests {
    private func mask(_ rate: Float, _ key: DropoutKey, rows: Int = 40, columns: Int = 250, firstRow: Int = 0) -> [Float] {
        let block = FloatBlock([Float](repeating: 1, count: rows * columns))
        dropout(block.matrix(rows: rows, columns: columns), rate: rate, key: key, firstRow: firstRow)
        return block.values
    }

    /// 10,000 elements: the share dropped within five standard errors (false alarm 6e-7 a case), the rest scaled to keep the mean.
    @Test(arguments: [Float(0.1), 0.5, 0.9]) func dropsItsShareAndScalesTheRest(rate: Float) {
        let values = mask(rate, DropoutKey(seed: 3, step: 4, site: 5)), dropped = values.count { $0 == 0 }
        let error = (Double(rate) * Double(1 - rate) * 10_000).squareRoot()
        #expect(abs(Double(dropped) - Double(rate) * 10_000) < 5 * error)
        #expect(values.allSatisfy { $0 == 0 || $0 == 1 / (1 - rate) })
    }

    @Test func neighboursAreIndependent() {
        let values = mask(0.5, DropoutKey(seed: 3, step: 4, site: 5)).map { $0 == 0 ? -1.0 : 1.0 }
        // Correlations with the next element, the next row, the next but one: standard error .01.
        for lag in [1, 2, 16, 250] {
            let products = zip(values, values.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(products / Double(values.count - lag)) < 0.05, "lag \(lag)")
        }
        for other in [DropoutKey(seed: 4, step: 4, site: 5), DropoutKey(seed: 3, step: 5, site: 5), DropoutKey(seed: 3, step: 4, site: 6)] {
            let b = mask(0.5, other).map { $0 == 0 ? -1.0 : 1.0 }
            #expect(abs(zip(values, b).reduce(0) { $0 + $1.0 * $1.1 }) / 10_000 < 0.05)
        }
    }

    /// A piece of the batch draws its part of the whole batch's mask.
    @Test func masksDoNotDependOnTheCut() {
        let key = DropoutKey(seed: 1, step: 2, site: 3), whole = mask(0.3, key, rows: 12, columns: 21)
        #expect(mask(0.3, key, rows: 5, columns: 21, firstRow: 7) == Array(whole[7 * 21..<12 * 21]))
        #expect(mask(0, key).allSatisfy { $0 == 1 })
    }
}

@Suite struct WindowTests {
    @Test func windowsEndAtTheirRow() {
        let table = FloatBlock((0..<40).map { Float($0) }), rows = FloatBlock(count: 2 * 3 * 4)
        let ends: [Int32] = [2, 9]
        gatherWindows(table.matrix(rows: 10, columns: 4), ends: ends.span, length: 3, into: rows.matrix(rows: 6, columns: 4))
        #expect(rows.values == (0..<12).map { Float($0) } + (28..<40).map { Float($0) })
    }

    @Test func columnSumsAddToWhatIsThere() {
        for columns in [3, 16, 32] {
            let x = FloatBlock(numbers(7 * columns)), sums = FloatBlock([Float](repeating: 2, count: columns))
            addColumnSums(x.matrix(rows: 7, columns: columns), into: sums.all)
            for c in 0..<columns { #expect(abs(sums[c] - (0..<7).reduce(2) { $0 + x[$1 * columns + c] }) < 1e-5) }
        }
    }
}
