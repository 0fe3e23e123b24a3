/// A run of rows taken from one of several columns.
package struct RowBlock: Sendable {
    /// Rows of the result.
    package let rows: Range<Int>
    /// Which column, and its row that goes to `rows.lowerBound`.
    package let source: Int
    package let from: Int

    package init(rows: Range<Int>, source: Int, from: Int) {
        self.rows = rows
        self.source = source
        self.from = from
    }
}

/// One column of `count` rows put together from blocks of others; NaN between them. Blocks are in order and do not overlap.
package func scatterBlocks(_ sources: [[Double]], _ blocks: [RowBlock], count: Int) -> [Double] {
    makeColumn(count: count, first: 0) { out in
        var filled = 0
        for block in blocks {
            precondition(
                block.rows.lowerBound >= filled && block.rows.upperBound <= count && block.from >= 0 && block.from + block.rows.count <= sources[block.source].count,
                "block \(block) does not fit \(count) rows")
            for t in filled..<block.rows.lowerBound { out[t] = .nan }
            sources[block.source].withUnsafeBufferPointer { source in
                if let base = source.baseAddress { (out + block.rows.lowerBound).update(from: base + block.from, count: block.rows.count) }
            }
            filled = block.rows.upperBound
        }
        for t in filled..<count { out[t] = .nan }
    }
}
