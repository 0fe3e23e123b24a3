internal import COpenBLAS

/// Columns side by side, a constant first: what linear models are fitted on. Row-major [n x q], q = 1 + columns.
package struct DesignMatrix: Sendable {
    /// n.
    package let rows: Int
    /// q, the constant included; column c of the input is column c + 1 here.
    package let width: Int
    let values: [Double]

    /// Traps when columns differ in length. NaN and infinite values are kept; leave such rows out of `gram(rows:)`.
    package init(columns: [[Double]]) {
        let n = columns.first?.count ?? 0, width = columns.count + 1
        precondition(columns.allSatisfy { $0.count == n }, "DesignMatrix: columns of \(columns.map(\.count)) values")
        values = [Double](unsafeUninitializedCapacity: n * width) { buffer, filled in
            let base = buffer.baseAddress!
            for t in 0..<n { base[t * width] = 1 }
            // A few hundred rows at a time, so that the rows being filled stay in the cache.
            for start in stride(from: 0, to: n, by: 256) {
                let end = min(n, start + 256)
                for (c, column) in columns.enumerated() {
                    column.withUnsafeBufferPointer { x in for t in start..<end { base[t * width + c + 1] = x[t] } }
                }
            }
            filled = n * width
        }
        rows = n
        self.width = width
    }

    /// The same rows with more columns at the right, such as the targets of a regression.
    package func appending(_ columns: [[Double]]) -> DesignMatrix { DesignMatrix(self, columns) }

    private init(_ left: DesignMatrix, _ columns: [[Double]]) {
        let n = left.rows, old = left.width, width = old + columns.count
        precondition(columns.allSatisfy { $0.count == n }, "DesignMatrix: \(n) rows, columns of \(columns.map(\.count)) values")
        values = [Double](unsafeUninitializedCapacity: n * width) { buffer, filled in
            let base = buffer.baseAddress!
            left.values.withUnsafeBufferPointer { from in
                for t in 0..<n { (base + t * width).update(from: from.baseAddress! + t * old, count: old) }
            }
            for (c, column) in columns.enumerated() {
                column.withUnsafeBufferPointer { x in for t in 0..<n { base[t * width + old + c] = x[t] } }
            }
            filled = n * width
        }
        rows = n
        self.width = width
    }

    /// Sums of products of all pairs of columns over a range of rows.
    package func gram(rows range: Range<Int>) -> GramMatrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "gram: rows \(range) of \(rows)")
        return values.withUnsafeBufferPointer { productSums($0.baseAddress! + range.lowerBound * width, rows: range.count, width: width) }
    }

    /// The same over chosen rows, e.g. those of one regime.
    package func gram(rows chosen: [Int]) -> GramMatrix { select(chosen).gram(rows: 0..<chosen.count) }

    /// The chosen rows, in their order, as a matrix of its own.
    package func select(_ chosen: [Int]) -> DesignMatrix { DesignMatrix(copying: chosen, of: self) }

    private init(copying chosen: [Int], of other: DesignMatrix) {
        width = other.width
        rows = chosen.count
        var part: [Double] = []
        part.reserveCapacity(chosen.count * other.width)
        for row in chosen { part.append(contentsOf: other.values[row * other.width..<(row + 1) * other.width]) }
        values = part
    }

    /// intercept + X b for a range of rows, b being the coefficients of input columns 0..<b.count (one matrix-vector product).
    package func predict(_ coefficients: [Double], intercept: Double, rows range: Range<Int>) -> [Double] {
        precondition(coefficients.count < width, "predict: \(coefficients.count) coefficients, \(width - 1) columns")
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "predict: rows \(range) of \(rows)")
        prepareBLAS()
        let b = [intercept] + coefficients
        return [Double](unsafeUninitializedCapacity: range.count) { out, filled in
            values.withUnsafeBufferPointer { x in
                if range.isEmpty { return }
                cblas_dgemv(
                    CblasRowMajor, CblasNoTrans, Int32(range.count), Int32(b.count), 1, x.baseAddress! + range.lowerBound * width, Int32(width), b, 1,
                    0, out.baseAddress!, 1)
            }
            filled = range.count
        }
    }

    /// X b on all rows for several b of one length, [b][n], in one matrix product; empty when there are none.
    package func predict(_ coefficients: [[Double]]) -> [[Double]] {
        guard let p = coefficients.first?.count, rows > 0 else { return coefficients.map { _ in [] } }
        precondition(p < width && coefficients.allSatisfy { $0.count == p }, "predict: coefficients of \(coefficients.map(\.count)), \(width - 1) columns")
        prepareBLAS()
        let all = coefficients.flatMap { $0 }, n = rows
        let products = [Double](unsafeUninitializedCapacity: coefficients.count * n) { out, filled in
            values.withUnsafeBufferPointer { x in
                cblas_dgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(coefficients.count), Int32(n), Int32(p), 1, all, Int32(p), x.baseAddress! + 1,
                    Int32(width), 0, out.baseAddress!, Int32(n))
            }
            filled = coefficients.count * n
        }
        return coefficients.indices.map { Array(products[$0 * n..<($0 + 1) * n]) }
    }
}

/// Z'Z over some rows of a design matrix, the row count in its first entry. Sums and differences of such matrices are those of
/// the row sets, which is all that cross-fitting over blocks needs.
package struct GramMatrix: Sendable {
    /// q.
    package let width: Int
    /// Row-major [q x q], both triangles.
    package var values: [Double]

    package init(width: Int, values: [Double]) {
        precondition(values.count == width * width, "GramMatrix: \(values.count) values for width \(width)")
        self.width = width
        self.values = values
    }

    /// Rows that were summed.
    package var count: Double { values[0] }

    package static func + (a: GramMatrix, b: GramMatrix) -> GramMatrix {
        precondition(a.width == b.width, "GramMatrix: widths \(a.width) and \(b.width)")
        return GramMatrix(width: a.width, values: zip(a.values, b.values).map { $0 + $1 })
    }

    package static func - (a: GramMatrix, b: GramMatrix) -> GramMatrix {
        precondition(a.width == b.width, "GramMatrix: widths \(a.width) and \(b.width)")
        return GramMatrix(width: a.width, values: zip(a.values, b.values).map { $0 - $1 })
    }

    /// Mean of input column c.
    package func mean(_ column: Int) -> Double { values[column + 1] / count }

    /// Sum of (x - mean x)(y - mean y) for input columns x and y.
    package func centred(_ x: Int, _ y: Int) -> Double {
        values[(x + 1) * width + y + 1] - values[x + 1] * values[y + 1] / count
    }
}

/// Z'Z of a row-major block through dsyrk.
func productSums(_ z: UnsafePointer<Double>, rows: Int, width: Int) -> GramMatrix {
    prepareBLAS()
    var values = [Double](repeating: 0, count: width * width)
    if rows > 0 {
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, Int32(width), Int32(rows), 1, z, Int32(width), 0, &values, Int32(width))
    }
    for i in 0..<width { for j in 0..<i { values[i * width + j] = values[j * width + i] } }
    return GramMatrix(width: width, values: values)
}
