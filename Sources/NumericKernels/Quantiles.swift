/// Rearranges `x` so that the element of rank `k` (from 0) stands at `k`, none larger before it and none smaller after it (quickselect
/// with the median of three, about 3 n comparisons). `x` must hold no NaN.
func select(_ x: inout MutableSpan<Double>, rank k: Int, in range: Range<Int>) {
    x.withUnsafeMutableBufferPointer { buffer in
        let p = buffer.baseAddress!
        var low = range.lowerBound, high = range.upperBound - 1
        while high > low {
            if high - low < 16 {
                for i in low + 1...high {
                    let value = p[i]
                    var j = i
                    while j > low && p[j - 1] > value {
                        p[j] = p[j - 1]
                        j -= 1
                    }
                    p[j] = value
                }
                return
            }
            let a = p[low], b = p[(low + high) / 2], c = p[high]
            let pivot = max(min(a, b), min(max(a, b), c))
            var i = low, j = high
            while i <= j {
                while p[i] < pivot { i += 1 }
                while p[j] > pivot { j -= 1 }
                if i <= j {
                    (p[i], p[j]) = (p[j], p[i])
                    i += 1
                    j -= 1
                }
            }
            if k <= j { high = j } else if k >= i { low = i } else { return }
        }
    }
}

/// Quantile by linear interpolation between order statistics: with h = (n - 1) p, x_(floor h) + (h - floor h)(x_(floor h + 1) - x_(floor h)),
/// ranks from 0 (Hyndman and Fan 1996, type 7; numpy's default). NaN for an empty list; NaN values are left out. O(n).
package func quantile(_ values: [Double], _ p: Double) -> Double { quantiles(values, [p])[0] }

/// Several quantiles of one list, as `quantile`. `probabilities` in [0, 1], any order.
package func quantiles(_ values: [Double], _ probabilities: [Double]) -> [Double] {
    var kept = values.contains { $0.isNaN } ? values.filter { !$0.isNaN } : values
    var span = kept.mutableSpan
    return selectQuantiles(&span, probabilities)
}

/// Quantiles of a scratch list without NaN, which is rearranged.
func selectQuantiles(_ x: inout MutableSpan<Double>, _ probabilities: [Double]) -> [Double] {
    let n = x.count
    if n == 0 { return probabilities.map { _ in .nan } }
    return probabilities.map { p in
        precondition(p >= 0 && p <= 1, "quantile: probability \(p), expected 0 to 1")
        let h = Double(n - 1) * p, k = min(Int(h), n - 1)
        select(&x, rank: k, in: 0..<n)
        let low = x[k]
        if k == n - 1 || h == Double(k) { return low }
        var next = x[k + 1]
        for i in k + 1..<n where x[i] < next { next = x[i] }
        return low == next ? low : low + (h - Double(k)) * (next - low)
    }
}
