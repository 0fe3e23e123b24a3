/// Rolling statistics of a column whose rows from `from` on are defined: row t covers rows t-window+1...t, the first
/// defined row of a result is `from + window - 1`, NaN before.
///
/// No result drifts and none depends on later rows:
/// - windows up to 32 rows are added up afresh for every row, oldest first, eight rows at a time;
/// - longer windows are split at fixed absolute rows (`from` plus multiples of the window): a window is the tail of one
///   block plus the head of the next, both plain running sums of at most `window` terms. Nothing is ever subtracted, so a
///   large value leaves no residue behind and zeros sum to exactly zero.
/// Appending rows never changes an earlier row, bit for bit. Removing rows at the front can change long windows in the last
/// bits only (the blocks start elsewhere), short windows not at all.
package enum RollingWindow {
    static let directLimit = 32

    /// Sum over the window. O(n) for long windows, O(n * window / 8) up to 32.
    package static func sum(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        precondition(window > 0, "a window of \(window) rows")
        let n = x.count, first = from + window - 1
        if window > directLimit { return blockSum(x, window: window, from: from) }
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: n, first: first) { out in
                forRows(first, n) { t, lanes in
                    let start = t - window + 1
                    if lanes {
                        var s = SIMD8<Double>.zero
                        for j in 0..<window { s += load8(x, start + j) }
                        store8(out, t, s)
                    } else {
                        var s = 0.0
                        for j in 0..<window { s += x[start + j] }
                        out[t] = s
                    }
                }
            }
        }
    }

    /// Standard deviation over the window; `sample` divides by window - 1, else by window.
    ///
    /// A variance below 1e-12 of the mean square is rounding noise and counts as exactly 0 (a series growing by the same
    /// factor every bar has constant returns up to rounding). Relative error of the variance about 1e-16 * mean square / variance.
    package static func deviation(_ x: [Double], window: Int, from: Int = 0, sample: Bool = true) -> [Double] {
        let share = 1 / Double(window), scale = 1 / Double(sample ? window - 1 : window)
        return twoSums(x, window: window, from: from) { _, s1, s2 in spread(s1, s2, share: share, scale: scale) }
    }

    /// How many sample standard deviations each value lies above the mean of the window that ends with it; 0 where the deviation,
    /// as `deviation` gives it, is at most `floor`.
    package static func standardScore(_ x: [Double], window: Int, from: Int = 0, floor: Double = 0) -> [Double] {
        let share = 1 / Double(window), scale = 1 / Double(window - 1)
        return twoSums(x, window: window, from: from) { value, s1, s2 in
            let deviation = spread(s1, s2, share: share, scale: scale)
            let defined = deviation > floor
            return (defined ? value - s1 * share : 0) / (defined ? deviation : 1)
        }
    }

    @inline(__always)
    private static func spread(_ s1: Double, _ s2: Double, share: Double, scale: Double) -> Double {
        let centred = s2 - s1 * s1 * share
        return (centred > 1e-12 * s2 ? centred * scale : 0).squareRoot()
    }

    /// `result(value, sum, sum of squares)` of every window.
    @inline(__always)
    private static func twoSums(_ x: [Double], window: Int, from: Int, _ result: (Double, Double, Double) -> Double) -> [Double] {
        precondition(window > 1, "a spread needs a window of 2 rows or more, not \(window)")
        let n = x.count, first = from + window - 1
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: n, first: first) { out in
                guard window > directLimit else {
                    forRows(first, n) { t, lanes in
                        let start = t - window + 1
                        if lanes {
                            var s1 = SIMD8<Double>.zero, s2 = s1
                            for j in 0..<window {
                                let v = load8(x, start + j)
                                s1 += v
                                s2 += v * v
                            }
                            for k in 0..<8 { out[t + k] = result(x[t + k], s1[k], s2[k]) }
                        } else {
                            var s1 = 0.0, s2 = 0.0
                            for j in 0..<window {
                                let v = x[start + j]
                                s1 += v
                                s2 += v * v
                            }
                            out[t] = result(x[t], s1, s2)
                        }
                    }
                    return
                }
                var tails = [Double](repeating: 0, count: 2 * (window + 1))  // of rows k... of the block before: sum, sum of squares
                tails.withUnsafeMutableBufferPointer { tails in
                    var start = from
                    while start < n {
                        let end = min(n, start + window)
                        var s1 = 0.0, s2 = 0.0
                        for t in start..<end {
                            let v = x[t], k = 2 * (t - start + 1)
                            s1 += v
                            s2 += v * v
                            if t >= first { out[t] = result(v, tails[k] + s1, tails[k + 1] + s2) }
                        }
                        guard end == start + window else { break }
                        (s1, s2) = (0, 0)
                        for k in stride(from: window - 1, through: 0, by: -1) {
                            let v = x[start + k]
                            s1 += v
                            s2 += v * v
                            tails[2 * k] = s1
                            tails[2 * k + 1] = s2
                        }
                        start = end
                    }
                }
            }
        }
    }

    /// Mean and a measure of spread around it, both passes over the window's own values (no cancellation, for columns whose
    /// mean is large against their spread): `absolute` gives the mean absolute deviation, else the population standard deviation.
    /// Windows of at most 32 rows. A window of equal values gives exactly 0.
    package static func centred(_ x: [Double], window: Int, from: Int = 0, absolute: Bool) -> (mean: [Double], spread: [Double]) {
        precondition(window > 0 && window <= directLimit, "a window of \(window) rows, the limit here is \(directLimit)")
        let n = x.count, first = from + window - 1
        let count = Double(window)
        let mean = mapRows(sum(x, window: window, from: from), from: first) { $0 / count }
        let spread = x.withUnsafeBufferPointer { x in
            mean.withUnsafeBufferPointer { mean in
                makeColumn(count: n, first: first) { out in
                    forRows(first, n) { t, lanes in
                        let start = t - window + 1
                        if lanes {
                            // Deviations from the oldest value make equal values exactly zero whatever the mean rounds to.
                            let pivot = load8(x, start), shift = load8(mean, t) - pivot
                            var s = SIMD8<Double>.zero
                            for j in 0..<window {
                                let d = (load8(x, start + j) - pivot) - shift
                                s += absolute ? d.replacing(with: SIMD8<Double>.zero - d, where: d .< SIMD8<Double>.zero) : d * d
                            }
                            s /= SIMD8(repeating: count)
                            for k in 0..<8 { out[t + k] = absolute ? s[k] : s[k].squareRoot() }
                        } else {
                            let pivot = x[start], shift = mean[t] - pivot
                            var s = 0.0
                            for j in 0..<window {
                                let d = (x[start + j] - pivot) - shift
                                s += absolute ? (d < 0 ? 0 - d : d) : d * d
                            }
                            s /= count
                            out[t] = absolute ? s : s.squareRoot()
                        }
                    }
                }
            }
        }
        return (mean, spread)
    }

    /// The least-squares line through the window on x = 0...window-1: its slope, and the sum of squared deviations of the
    /// values from their mean (0 for equal values, or when below 1e-12 of the squared distance from the oldest value).
    /// Windows of at most 32 rows.
    package static func line(_ y: [Double], window: Int, from: Int = 0) -> (slope: [Double], squares: [Double]) {
        precondition(window > 1 && window <= directLimit, "a window of \(window) rows, 2 to \(directLimit) here")
        let n = y.count, first = from + window - 1, count = Double(window)
        let index = (0..<window).map { Double($0) - Double(window - 1) / 2 }
        let indexSquares = index.reduce(0) { $0 + $1 * $1 }
        var squares = [Double](repeating: .nan, count: n)
        let slope = y.withUnsafeBufferPointer { y in
            index.withUnsafeBufferPointer { index in
                squares.withUnsafeMutableBufferPointer { squares in
                    makeColumn(count: n, first: first) { out in
                        let second = squares.baseAddress!
                        forRows(first, n) { t, lanes in
                            let start = t - window + 1
                            if lanes {
                                let pivot = load8(y, start)
                                var s1 = SIMD8<Double>.zero, s2 = s1, sxy = s1
                                for j in 1..<window {
                                    let d = load8(y, start + j) - pivot
                                    s1 += d
                                    s2 += d * d
                                    sxy += d * SIMD8(repeating: index[j])
                                }
                                let centred = s2 - s1 * s1 / count
                                store8(out, t, sxy / indexSquares)
                                store8(second, t, centred.replacing(with: 0, where: centred .<= s2 * 1e-12))
                            } else {
                                let pivot = y[start]
                                var s1 = 0.0, s2 = 0.0, sxy = 0.0
                                for j in 1..<window {
                                    let d = y[start + j] - pivot
                                    s1 += d
                                    s2 += d * d
                                    sxy += d * index[j]
                                }
                                let centred = s2 - s1 * s1 / count
                                out[t] = sxy / indexSquares
                                second[t] = centred <= s2 * 1e-12 ? 0 : centred
                            }
                        }
                    }
                }
            }
        }
        return (slope, squares)
    }

    /// Sum of squares over a window of at most 32 rows.
    package static func sumOfSquares(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        let n = x.count, first = from + window - 1
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: n, first: first) { out in
                forRows(first, n) { t, lanes in
                    let start = t - window + 1
                    if lanes {
                        var s = SIMD8<Double>.zero
                        for j in 0..<window {
                            let v = load8(x, start + j)
                            s += v * v
                        }
                        store8(out, t, s)
                    } else {
                        var s = 0.0
                        for j in 0..<window { s += x[start + j] * x[start + j] }
                        out[t] = s
                    }
                }
            }
        }
    }

    /// Weighted sum over the last `weights.count` rows (at most 32): sum over j of weights[j] * x[t - weights.count + 1 + j].
    package static func weightedSum(_ x: [Double], weights: [Double], from: Int = 0) -> [Double] {
        let window = weights.count
        precondition(window > 0 && window <= directLimit, "\(window) weights, the limit here is \(directLimit)")
        let n = x.count, first = from + window - 1
        return x.withUnsafeBufferPointer { x in
            weights.withUnsafeBufferPointer { weights in
                makeColumn(count: n, first: first) { out in
                    forRows(first, n) { t, lanes in
                        let start = t - window + 1
                        if lanes {
                            var s = SIMD8<Double>.zero
                            for j in 0..<window { s += load8(x, start + j) * SIMD8(repeating: weights[j]) }
                            store8(out, t, s)
                        } else {
                            var s = 0.0
                            for j in 0..<window { s += x[start + j] * weights[j] }
                            out[t] = s
                        }
                    }
                }
            }
        }
    }

    /// Largest value over the window, by doubling: the maxima of 2, 4, 8, ... rows, then two overlapping ones. O(n log window).
    package static func maximum(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        doubling(x, window: window, from: from) { $0.replacing(with: $1, where: $1 .> $0) }
    }

    /// Smallest value over the window, as `maximum`.
    package static func minimum(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        doubling(x, window: window, from: from) { $0.replacing(with: $1, where: $1 .< $0) }
    }

    /// In chunks of rows small enough to stay in the fastest cache.
    @inline(__always)
    private static func doubling(_ x: [Double], window: Int, from: Int, _ pick: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>) -> [Double] {
        precondition(window > 0, "a window of \(window) rows")
        let n = x.count, first = from + window - 1, chunk = 1024
        var scratch = [Double](repeating: 0, count: chunk + 2 * window + 16)
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: n, first: first) { out in
                scratch.withUnsafeMutableBufferPointer { level in
                    var row = first
                    while row < n {
                        let rows = min(chunk, n - row), offset = row - window + 1
                        let size = rows + window - 1
                        for i in 0..<size { level[i] = x[offset + i] }
                        // level[i] covers rows offset+i...offset+i+width-1. Eight at a time, reading ahead of what is written; what lies
                        // beyond the chunk is never used.
                        var width = 1
                        while width * 2 <= window {
                            for i in stride(from: 0, to: size - 2 * width + 1, by: 8) {
                                store8(level.baseAddress!, i, pick(load8(UnsafeBufferPointer(level), i), load8(UnsafeBufferPointer(level), i + width)))
                            }
                            width *= 2
                        }
                        let lag = window - width
                        for i in stride(from: 0, to: rows, by: 8) {
                            let value = pick(load8(UnsafeBufferPointer(level), i), load8(UnsafeBufferPointer(level), i + lag))
                            if i + 8 <= rows {
                                store8(out, row + i, value)
                            } else {
                                for k in 0..<rows - i { out[row + i + k] = value[k] }
                            }
                        }
                        row += rows
                    }
                }
            }
        }
    }

    private static func blockSum(_ x: [Double], window: Int, from: Int) -> [Double] {
        let n = x.count, first = from + window - 1
        var tail = [Double](repeating: 0, count: window + 1)  // tail[k]: rows k... of the block before
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: n, first: first) { out in
                tail.withUnsafeMutableBufferPointer { tail in
                    var start = from
                    while start < n {
                        let end = min(n, start + window)
                        var head = 0.0
                        for t in start..<end {
                            head += x[t]
                            if t >= first { out[t] = tail[t - start + 1] + head }
                        }
                        guard end == start + window else { break }
                        var s = 0.0
                        for k in stride(from: window - 1, through: 0, by: -1) {
                            s += x[start + k]
                            tail[k] = s
                        }
                        start = end
                    }
                }
            }
        }
    }
}

/// Calls `body(t, true)` for runs of eight rows and `body(t, false)` for single rows, so that every row from `first` to `n - 1`
/// is written. The last run overlaps the one before it; a row gets the same value either way.
@inline(__always)
func forRows(_ first: Int, _ n: Int, _ body: (Int, Bool) -> Void) {
    if n - first < 8 {
        for t in first..<n { body(t, false) }
        return
    }
    var t = first
    while t + 8 <= n {
        body(t, true)
        t += 8
    }
    if t < n { body(n - 8, true) }
}

@inline(__always)
func load8(_ x: UnsafeBufferPointer<Double>, _ i: Int) -> SIMD8<Double> {
    UnsafeRawPointer(x.baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func store8(_ x: UnsafeMutablePointer<Double>, _ i: Int, _ v: SIMD8<Double>) {
    UnsafeMutableRawPointer(x + i).storeBytes(of: v, as: SIMD8<Double>.self)
}
