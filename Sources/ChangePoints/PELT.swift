/// Changes of a series, found at once: the segmentation with the least sum of costs plus a penalty a segment (Killick, Fearnhead, Eckley 2012).
package struct Segmentation: Sendable, Equatable {
    /// Where new segments begin, ascending; empty when there is one.
    package let changes: [Int]
    /// Sum of the segments' costs, without penalties.
    package let cost: Double
    package let count: Int

    /// [start, end) of every segment.
    package var segments: [Range<Int>] {
        let ends = changes + [count]
        return ends.indices.map { ($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0] }
    }

    package init(changes: [Int], cost: Double, count: Int) {
        self.changes = changes
        self.cost = cost
        self.count = count
    }

    /// The optimal segmentation into segments of at least `minimum` values. Exact; O(n) costs where changes are many, O(n^2) where there are none.
    ///
    /// A start t is dropped once F(t) + C(t, n) >= F(n): from then on a change at n is never worse. That change needs `minimum` values after it, so the start stays a
    /// candidate until then; ruptures (`Pelt`, jump 1) drops it at once, and may miss the optimum by a little when `minimum` is above 1. Of equal costs the
    /// earliest change is taken, as there. Fewer than 2 `minimum` values are one segment.
    package static func pelt(_ cost: SegmentCost, penalty: Double, minimum: Int = 2) -> Segmentation {
        precondition(minimum >= 1 && penalty >= 0, "PELT: segments of \(minimum) values, penalty \(penalty)")
        let n = cost.count
        guard n >= 2 * minimum else { return Segmentation(changes: [], cost: n > 0 ? cost(0, n) : 0, count: n) }
        var best = [Double](repeating: .infinity, count: n + 1), from = [Int](repeating: 0, count: n + 1)
        best[0] = 0
        // Candidates with the end from which on they are dropped.
        var candidates: [(start: Int, until: Int)] = []
        for end in minimum...n {
            let newest = end - minimum
            if newest == 0 || newest >= minimum { candidates.append((newest, .max)) }
            for c in candidates where c.until > end {
                let value = best[c.start] + cost(c.start, end) + penalty
                if value < best[end] { (best[end], from[end]) = (value, c.start) }
            }
            for k in candidates.indices where candidates[k].until == .max && best[candidates[k].start] + cost(candidates[k].start, end) > best[end] {
                candidates[k].until = end + minimum
            }
            candidates.removeAll { $0.until <= end + 1 }
        }
        var changes: [Int] = [], end = n
        while end > 0 {
            if from[end] > 0 { changes.append(from[end]) }
            end = from[end]
        }
        changes.reverse()
        let ends = changes + [n]
        let total = ends.indices.reduce(0.0) { $0 + cost($1 == 0 ? 0 : ends[$1 - 1], ends[$1]) }
        return Segmentation(changes: changes, cost: total, count: n)
    }

    /// The best single change in [low, high) with at least `minimum` values on either side, whether worth a penalty or not; nil when there is no room.
    package static func singleChange(_ cost: SegmentCost, in range: Range<Int>, minimum: Int = 2) -> Int? {
        guard range.count >= 2 * minimum else { return nil }
        var best = Double.infinity, place = range.lowerBound + minimum
        for k in range.lowerBound + minimum...range.upperBound - minimum {
            let value = cost(range.lowerBound, k) + cost(k, range.upperBound)
            if value < best { (best, place) = (value, k) }
        }
        return place
    }
}
