internal import COpenBLAS

/// X'X and X'y of the rows of one stretch of data, added up by OpenBLAS. Sums and differences of such pieces give the
/// normal equations of any union of stretches, so cross-validation needs one pass over the data.
package struct GramMatrix: Sendable {
    /// P.
    package let width: Int
    /// Number of rows added.
    package private(set) var rows = 0
    /// X'X, row-major, both triangles, [P P].
    package private(set) var products: [Double]

    package init(width: Int) {
        precondition(width > 0, "GramMatrix of width \(width)")
        self.width = width
        products = [Double](repeating: 0, count: width * width)
    }

    /// Adds row-major `block` [n P].
    package mutating func add(_ block: [Double]) {
        precondition(block.count % width == 0, "a block of \(block.count) values has no whole rows of \(width)")
        add(block, rows: 0..<(block.count / width))
    }

    /// Adds the rows of a run of indices of a row-major matrix [N P] without copying it.
    package mutating func add(_ matrix: [Double], rows range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound * width <= matrix.count, "rows \(range) of a matrix with \(matrix.count / width)")
        if range.isEmpty { return }
        useOneBLASThread()
        products.withUnsafeMutableBufferPointer { out in
            matrix.withUnsafeBufferPointer { x in
                cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, blasint(width), blasint(range.count), 1, x.baseAddress! + range.lowerBound * width, blasint(width), 1,
                    out.baseAddress, blasint(width))
            }
        }
        for i in 0..<width { for j in 0..<i { products[i * width + j] = products[j * width + i] } }
        rows += range.count
    }

    /// Takes a symmetric matrix computed elsewhere, [P P].
    package mutating func replace(_ matrix: [Double]) {
        precondition(matrix.count == width * width, "matrix of \(matrix.count) values, width \(width)")
        products = matrix
    }

    package static func + (a: GramMatrix, b: GramMatrix) -> GramMatrix {
        precondition(a.width == b.width, "Gram matrices of widths \(a.width) and \(b.width)")
        var sum = a
        for i in sum.products.indices { sum.products[i] += b.products[i] }
        sum.rows += b.rows
        return sum
    }

    /// Eigenvalues in ascending order and the eigenvectors as rows, [P] and [P P]: products = V' diag(values) V.
    package func eigen() -> (values: [Double], vectors: [Double]) {
        useOneBLASThread()
        var a = products, values = [Double](repeating: 0, count: width)
        var n = Int32(width), info: Int32 = 0
        var workSize = Int32(1 + 6 * width + 2 * width * width), indexSize = Int32(3 + 5 * width)
        var work = [Double](repeating: 0, count: Int(workSize)), index = [Int32](repeating: 0, count: Int(indexSize))
        var job: CChar = 86, part: CChar = 85  // 'V', 'U'
        var leading = n
        dsyevd_(&job, &part, &n, &a, &leading, &values, &work, &workSize, &index, &indexSize, &info)
        precondition(info == 0, "dsyevd did not converge (info \(info))")
        return (values, a)
    }
}

/// out += X' y over the rows of `range`; X row-major [N P], y [N].
package func addTransposedProduct(_ matrix: [Double], width: Int, rows range: Range<Int>, _ y: [Double], into out: inout [Double]) {
    precondition(range.upperBound * width <= matrix.count && range.upperBound <= y.count && out.count == width, "X \(matrix.count), y \(y.count), width \(width), out \(out.count)")
    if range.isEmpty { return }
    useOneBLASThread()
    matrix.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { v in
            cblas_dgemv(
                CblasRowMajor, CblasTrans, blasint(range.count), blasint(width), 1, x.baseAddress! + range.lowerBound * width, blasint(width),
                v.baseAddress! + range.lowerBound, 1, 1, &out, 1)
        }
    }
}

/// X b over the rows of `range`, written to the same places of `out`; X row-major [N P], b [P], out [N].
package func multiply(_ matrix: [Double], width: Int, rows range: Range<Int>, _ b: [Double], into out: inout [Double]) {
    precondition(range.upperBound * width <= matrix.count && b.count == width && range.upperBound <= out.count, "X \(matrix.count), width \(width), b \(b.count)")
    if range.isEmpty { return }
    useOneBLASThread()
    matrix.withUnsafeBufferPointer { x in
        out.withUnsafeMutableBufferPointer { o in
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, blasint(range.count), blasint(width), 1, x.baseAddress! + range.lowerBound * width, blasint(width), b, 1, 0,
                o.baseAddress! + range.lowerBound, 1)
        }
    }
}

/// A B' for row-major A [n P] and B [m P]; result [n m].
package func productWithTransposed(_ a: [Double], _ b: [Double], width: Int) -> [Double] {
    precondition(a.count % width == 0 && b.count % width == 0, "A \(a.count), B \(b.count), width \(width)")
    let n = a.count / width, m = b.count / width
    var out = [Double](repeating: 0, count: n * m)
    if n == 0 || m == 0 { return out }
    useOneBLASThread()
    cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, blasint(n), blasint(m), blasint(width), 1, a, blasint(width), b, blasint(width), 0, &out, blasint(m))
    return out
}

/// Each BLAS call runs on the caller's thread: our own threads split the work, and results do not depend on their number.
private func useOneBLASThread() { openblas_set_num_threads(1) }
