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
        let n = block.count / width
        if n == 0 { return }
        useOneBLASThread()
        products.withUnsafeMutableBufferPointer { out in
            block.withUnsafeBufferPointer { x in
                cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, blasint(width), blasint(n), 1, x.baseAddress, blasint(width), 1, out.baseAddress, blasint(width))
            }
        }
        for i in 0..<width { for j in 0..<i { products[i * width + j] = products[j * width + i] } }
        rows += n
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

/// out += X' y for row-major X [n P].
package func addTransposedProduct(_ block: [Double], width: Int, _ y: [Double], into out: inout [Double]) {
    precondition(block.count == width * y.count && out.count == width, "block \(block.count), y \(y.count), width \(width), out \(out.count)")
    if y.isEmpty { return }
    useOneBLASThread()
    cblas_dgemv(CblasRowMajor, CblasTrans, blasint(y.count), blasint(width), 1, block, blasint(width), y, 1, 1, &out, 1)
}

/// X b for row-major X [n P].
package func product(_ block: [Double], width: Int, _ b: [Double]) -> [Double] {
    precondition(b.count == width && block.count % width == 0, "block \(block.count), width \(width), b \(b.count)")
    let n = block.count / width
    var out = [Double](repeating: 0, count: n)
    if n == 0 { return out }
    useOneBLASThread()
    cblas_dgemv(CblasRowMajor, CblasNoTrans, blasint(n), blasint(width), 1, block, blasint(width), b, 1, 0, &out, 1)
    return out
}

/// Each BLAS call runs on the caller's thread: our own threads split the work, and results do not depend on their number.
private func useOneBLASThread() { openblas_set_num_threads(1) }
