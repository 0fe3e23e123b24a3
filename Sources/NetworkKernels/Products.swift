internal import COpenBLAS

/// c = alpha op(a) op(b) + beta c, where op is the matrix itself or its transpose: [m x k] [k x n] -> [m x n], single precision.
///
/// One OpenBLAS call on the calling thread; concurrent calls from several threads scale and give the same bits as one.
/// With `beta` 0, c may hold anything, NaN included. Where b is transposed, a's flag has to be written too.
package func multiply(
    _ a: MatrixView, transposed transposeA: Bool = false, _ b: MatrixView, transposed transposeB: Bool = false, into c: MatrixView, alpha: Float = 1,
    beta: Float = 0
) {
    let m = transposeA ? a.columns : a.rows, k = transposeA ? a.rows : a.columns
    let n = transposeB ? b.rows : b.columns, k2 = transposeB ? b.columns : b.rows
    precondition(k == k2 && c.rows == m && c.columns == n, "[\(m) x \(k)] times [\(k2) x \(n)] into [\(c.rows) x \(c.columns)]")
    if m == 0 || n == 0 { return }
    if k == 0 {
        if beta == 0 { c.fill(0) }
        return
    }
    prepareBLAS()
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k),
        alpha, a.base, blasint(max(1, a.stride)), b.base, blasint(max(1, b.stride)), beta, c.base, blasint(max(1, c.stride)))
}

private let singleThreaded: Void = openblas_set_num_threads(1)

/// Makes OpenBLAS calls single-threaded, once a process: our own threads split the work.
@inline(__always)
func prepareBLAS() { _ = singleThreaded }
