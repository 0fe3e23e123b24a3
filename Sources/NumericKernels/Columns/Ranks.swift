/// The place of every value among the distinct values of the column, from 0; equal values share a place (-0 and 0 too), NaN comes last.
/// `distinct` is the number of places. Radix sort, O(n).
package func denseRanks(_ x: [Double]) -> (ranks: [Int32], distinct: Int) {
    let n = x.count
    precondition(n < Int(Int32.max), "\(n) values to rank")
    // Bits that order as the values do: negative values flip all bits, others the sign bit.
    var keys = x.map { value -> UInt64 in
        if value.isNaN { return .max }
        let bits = (value == 0 ? 0.0 : value).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
    }
    var order = (0..<Int32(n)).map { $0 }
    var spareKeys = keys, spareOrder = order
    let digit = 11, buckets = 1 << digit
    for pass in 0..<6 {
        let shift = UInt64(pass * digit), mask = UInt64(buckets - 1)
        var starts = [Int](repeating: 0, count: buckets)
        for key in keys { starts[Int((key >> shift) & mask)] += 1 }
        if starts.contains(n) { continue }  // all alike in this digit
        var sum = 0
        for b in 0..<buckets { (starts[b], sum) = (sum, sum + starts[b]) }
        keys.withUnsafeBufferPointer { keys in
            order.withUnsafeBufferPointer { order in
                spareKeys.withUnsafeMutableBufferPointer { spareKeys in
                    spareOrder.withUnsafeMutableBufferPointer { spareOrder in
                        starts.withUnsafeMutableBufferPointer { starts in
                            for i in 0..<n {
                                let b = Int((keys[i] >> shift) & mask)
                                let place = starts[b]
                                starts[b] = place + 1
                                spareKeys[place] = keys[i]
                                spareOrder[place] = order[i]
                            }
                        }
                    }
                }
            }
        }
        swap(&keys, &spareKeys)
        swap(&order, &spareOrder)
    }
    var ranks = [Int32](repeating: 0, count: n)
    var rank: Int32 = -1
    for i in 0..<n {
        if i == 0 || keys[i] != keys[i - 1] { rank += 1 }
        ranks[Int(order[i])] = rank
    }
    return (ranks, Int(rank) + 1)
}

/// A multiset of ranks that answers "how many are smaller". Counts are kept for every rank, for every 64 ranks, for every 4,096, ...:
/// inserting and removing touch one count a level, a question adds up at most 63 a level, neighbours in memory. O(log places).
package struct RankCounter: Sendable {
    private var counts: [Int32]
    /// Where each level starts in `counts`, finest first.
    private let starts: [Int]
    package private(set) var count = 0

    package init(places: Int) {
        var starts = [0], size = max(1, places), total = size
        while size > 64 {
            size = (size + 63) / 64
            starts.append(total)
            total += size
        }
        self.starts = starts
        counts = [Int32](repeating: 0, count: total)
    }

    package mutating func insert(_ rank: Int32) { add(rank, 1) }
    package mutating func remove(_ rank: Int32) { add(rank, -1) }

    private mutating func add(_ rank: Int32, _ amount: Int32) {
        count += Int(amount)
        var i = Int(rank)
        for start in starts {
            counts[start + i] += amount
            i >>= 6
        }
    }

    /// Number of members below `rank`.
    package func countBelow(_ rank: Int32) -> Int {
        counts.withUnsafeBufferPointer { counts in
            var i = Int(rank), sum: Int32 = 0
            for start in starts {
                for j in (start + (i & ~63))..<(start + i) { sum &+= counts[j] }
                i >>= 6
            }
            return Int(sum)
        }
    }
}
