/// Adds row b of `rows` to row `indices[b]` of `table`, in rising b: the gradient of `gatherRows`: [B x F], [B] -> [T x F].
package func scatterAddRows(_ rows: MatrixView, _ indices: Span<Int32>, into table: MatrixView) {
    precondition(rows.rows == indices.count && rows.columns == table.columns, "[\(rows.rows) x \(rows.columns)] at \(indices.count) rows of \(table.columns)")
    for i in indices.indices {
        let index = Int(indices[i])
        precondition(index >= 0 && index < table.rows, "row \(index) of \(table.rows)")
        add(rows.rows(i..<i + 1), into: table.rows(index..<index + 1))
    }
}

/// Copies windows of consecutive rows: rows `ends[b] - length + 1 ... ends[b]` of `table` become rows `b length ..< (b + 1) length`:
/// [T x F], [B] -> [B length x F]. Every window must lie inside the table.
package func gatherWindows(_ table: MatrixView, ends: Span<Int32>, length: Int, into rows: MatrixView) {
    precondition(rows.rows == ends.count * length && rows.columns == table.columns, "\(ends.count) windows of \(length) rows into [\(rows.rows) x \(rows.columns)]")
    for i in ends.indices {
        let end = Int(ends[i])
        precondition(end >= length - 1 && end < table.rows, "a window of \(length) rows that ends at row \(end) of \(table.rows)")
        rows.rows(i * length..<(i + 1) * length).copy(from: table.rows(end - length + 1..<end + 1))
    }
}

/// y = a + b: [B x n] each; y may be either.
package func sum(_ a: MatrixView, _ b: MatrixView, into y: MatrixView) {
    requireSameShape(a, b)
    requireSameShape(a, y)
    let n = a.columns
    mapInPlace(y) { _, r, c in loadPart(a.base + r * a.stride + c, n - c) + loadPart(b.base + r * b.stride + c, n - c) }
}
