internal import NumericKernels

/// Where a change may have been, given how far the noise about the levels would move its estimate.
package struct ChangeInterval: Sendable, Equatable {
    package let estimate: Int
    /// Equal-tailed percentiles of the re-estimated change.
    package let low: Int
    package let high: Int
    /// Standard deviation of the re-estimated change, values.
    package let deviation: Double
    package let block: Double

    /// Block bootstrap of the change at `change` in `x`: residuals about the levels of `segmentation` are drawn in blocks (of geometric length, from the segment that
    /// they belong to, wrapping in it: the noise may differ between segments), put back on the levels, and the change found again between its two neighbours by the same cost.
    ///
    /// `level` 0.95 gives 95%. The number of changes is taken as known, so the interval is of the place alone. Without noise it is a point. O(replicates n).
    package init(
        of change: Int, in x: [Double], _ segmentation: Segmentation, kind: SegmentCost.Kind, block: Double, replicates: Int = 2_000, level: Double = 0.95, minimum: Int = 2,
        seed: UInt64
    ) {
        precondition(segmentation.changes.contains(change), "ChangeInterval: \(change) is not one of the changes \(segmentation.changes)")
        precondition(block >= 1 && replicates >= 40, "ChangeInterval: blocks of \(block), \(replicates) replicates")
        let pieces = segmentation.segments
        let k = pieces.firstIndex { $0.lowerBound == change } ?? 1
        let span = pieces[k - 1].lowerBound..<pieces[k].upperBound
        var random = RandomStream(seed: seed, purpose: "change interval", index: UInt64(change))
        let means = [pieces[k - 1], pieces[k]].map { piece in x[piece].reduce(0, +) / Double(piece.count) }
        var places: [Int] = []
        places.reserveCapacity(replicates)
        var copy = [Double](repeating: 0, count: span.count)
        for _ in 0..<replicates {
            for (piece, mean) in zip([pieces[k - 1], pieces[k]], means) {
                var at = 0
                for t in piece {
                    if t == piece.lowerBound || random.uniform() * block < 1 { at = Int(random.below(UInt64(piece.count))) } else { at = (at + 1) % piece.count }
                    copy[t - span.lowerBound] = mean + (x[piece.lowerBound + at] - mean)
                }
            }
            let found = Segmentation.singleChange(SegmentCost(copy, kind), in: 0..<copy.count, minimum: minimum) ?? change - span.lowerBound
            places.append(found + span.lowerBound)
        }
        places.sort()
        let tail = (1 - level) / 2
        estimate = change
        low = min(change, places[Int(tail * Double(replicates - 1))])
        high = max(change, places[min(replicates - 1, Int(((1 - tail) * Double(replicates - 1)).rounded(.up)))])
        deviation = variance(places.map(Double.init)).squareRoot()
        self.block = block
    }
}
