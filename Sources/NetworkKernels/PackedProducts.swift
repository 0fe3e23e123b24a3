internal import CVectorMath

/// True where the processor that this was compiled for has registers for the panel kernel (AVX-512); elsewhere the functions of this file call
/// OpenBLAS, with other last bits.
package let hasPanelKernel = assay_has_packed_product() != 0

/// A matrix [k x n] copied into panels of 32 columns, for many products with it: the weights of a network between two optimiser steps.
///
/// Holds a copy: after a change of the source, `pack` again. Where there is no panel kernel it remembers the source instead, whose block must live on.
// Unchecked: a buffer owner like FloatBlock; nobody packs while others multiply.
package final class PackedMatrix: @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    private let panels: FloatBlock
    private var source: MatrixView?
    private var isTransposed = false

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        panels = FloatBlock(count: hasPanelKernel ? (columns + 31) / 32 * 32 * rows : 0)
    }

    /// Takes over op(w) [k x n], where op is the transpose if `transposed`.
    package func pack(_ w: MatrixView, transposed: Bool) {
        let k = transposed ? w.columns : w.rows, n = transposed ? w.rows : w.columns
        precondition(k == rows && n == columns, "[\(k) x \(n)] into panels for [\(rows) x \(columns)]")
        source = w
        isTransposed = transposed
        guard hasPanelKernel else { return }
        for first in stride(from: 0, to: n, by: 32) {
            packPanel(w, transposed: transposed, inner: 0..<k, columns: first..<min(n, first + 32), into: panels.base + first * k)
        }
    }

    /// c (+)= a op(w): [m x k] -> [m x n].
    fileprivate func multiply(_ a: MatrixView, into c: MatrixView, accumulate: Bool) {
        precondition(a.columns == rows && c.rows == a.rows && c.columns == columns, "[\(a.rows) x \(a.columns)] times [\(rows) x \(columns)] into [\(c.rows) x \(c.columns)]")
        guard hasPanelKernel else {
            guard let source else { preconditionFailure("a product with panels that nothing was packed into") }
            return NetworkKernels.multiply(a, transposed: false, source, transposed: isTransposed, into: c, beta: accumulate ? 1 : 0)
        }
        // Rows by 200 and inner index by 256: a's part (200 kB) stays in the second cache, a panel's (32 kB) in the first.
        for row in stride(from: 0, to: a.rows, by: 200) {
            let m = min(200, a.rows - row)
            for inner in stride(from: 0, to: max(1, rows), by: 256) {
                let k = min(256, rows - inner), part = a.base + row * a.stride + inner
                for first in stride(from: 0, to: columns, by: 32) {
                    multiplyPanel(
                        m, k, part, a.stride, 1, panels.base + first * rows + inner * 32, c.base + row * c.stride + first, c.stride,
                        isAdded: accumulate || inner > 0, columns: min(32, columns - first))
                }
            }
        }
    }
}

/// c = a b, or with `accumulate` c += a b, for a packed b: [m x k] [k x n] -> [m x n]. The rows of c do not depend on m.
package func multiply(_ a: MatrixView, _ b: PackedMatrix, into c: MatrixView, accumulate: Bool = false) { b.multiply(a, into: c, accumulate: accumulate) }

/// c += a' b: [r x m], [r x n] -> [m x n], the gradient of a weight from those of the outputs and the inputs. `scratch` holds at least
/// 6,400 floats. Best when the strides are not multiples of 1,024 floats, which would crowd the rows into one corner of the cache.
package func addTransposedProduct(_ a: MatrixView, _ b: MatrixView, into c: MatrixView, scratch: FloatBlock) {
    precondition(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns, "[\(a.rows) x \(a.columns)]' times [\(b.rows) x \(b.columns)] into [\(c.rows) x \(c.columns)]")
    guard hasPanelKernel else { return multiply(a, transposed: true, b, into: c, beta: 1) }
    precondition(scratch.count >= 6_400, "scratch of \(scratch.count) floats")
    for inner in stride(from: 0, to: a.rows, by: 200) {
        let k = min(200, a.rows - inner)
        for first in stride(from: 0, to: b.columns, by: 32) {
            let columns = min(32, b.columns - first)
            packPanel(b, transposed: false, inner: inner..<inner + k, columns: first..<first + columns, into: scratch.base)
            multiplyPanel(
                a.columns, k, a.base + inner * a.stride, 1, a.stride, scratch.base, c.base + first, c.stride, isAdded: true, columns: columns)
        }
    }
}

/// Copies columns `columns` (at most 32) of rows `inner` of op(w) into a panel [inner x 32]; columns beyond are zero.
private func packPanel(_ w: MatrixView, transposed: Bool, inner: Range<Int>, columns: Range<Int>, into panel: UnsafeMutablePointer<Float>) {
    var p = panel
    if !transposed, columns.count == 32 {
        var q = UnsafePointer(w.base + inner.lowerBound * w.stride + columns.lowerBound)
        for _ in inner {
            store16(load16(q), p)
            store16(load16(q + 16), p + 16)
            q += w.stride
            p += 32
        }
        return
    }
    if columns.count < 32 { panel.update(repeating: 0, count: inner.count * 32) }
    if transposed {
        for (j, column) in columns.enumerated() {
            let q = w.base + column * w.stride
            for i in inner { panel[(i - inner.lowerBound) * 32 + j] = q[i] }
        }
    } else {
        for i in inner {
            for (j, column) in columns.enumerated() { p[j] = w.base[i * w.stride + column] }
            p += 32
        }
    }
}

@inline(__always)
private func multiplyPanel(
    _ m: Int, _ k: Int, _ a: UnsafePointer<Float>, _ rowStep: Int, _ innerStep: Int, _ panel: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    _ cStep: Int, isAdded: Bool, columns: Int
) {
    if columns == 32 {
        assay_panel(m, k, a, rowStep, innerStep, panel, c, cStep, isAdded ? 1 : 0)
    } else {
        assay_panel_part(m, k, a, rowStep, innerStep, panel, c, cStep, isAdded ? 1 : 0, columns)
    }
}
