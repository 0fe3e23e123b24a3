/// Rolling statistics of a column whose rows from `from` on are defined: row t covers rows t-window+1...t, the first
/// defined row of a result is `from + window - 1`, NaN before.
///
/// Sums and extremes are built by doubling: of 2 rows, of 4, of 8, ..., and a window is put together from the powers of two that
/// make it up (24 = 16 + 8). Every row is added up afresh, in an order that depends on the window alone, so that
/// - nothing drifts, however long the column, and nothing is ever subtracted: a large value leaves no residue behind, zeros sum to exactly zero;
/// - a row depends on the rows of its window and on nothing else, bit for bit: neither appending nor prepending rows changes it.
///
/// O(n log window), eight rows at a time, in chunks that stay in the cache.
package enum RollingWindow {
    /// Limit of the statistics that go through the whole window for every row.
    static let directLimit = 32

    /// Sum over the window, times `scale` (1 / window for the mean).
    package static func sum(_ x: [Double], window: Int, from: Int = 0, scale: Double = 1) -> [Double] {
        var chunks = WindowChunks(count: x.count, window: window, from: from), scratch = chunks.scratch(buffers: 2)
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: x.count, first: chunks.row) { out in
                scratch.withUnsafeMutableBufferPointer { buffer in
                    let level = buffer.baseAddress!, total = level + chunks.size
                    while chunks.next() {
                        let row = chunks.row
                        doubledSum(x.baseAddress! + chunks.oldest, level, into: total, rows: chunks.rows, window: window)
                        for i in 0..<chunks.rows { out[row + i] = total[i] * scale }
                    }
                }
            }
        }
    }

    /// Sum of squares over the window, times `scale`.
    package static func sumOfSquares(_ x: [Double], window: Int, from: Int = 0, scale: Double = 1) -> [Double] {
        twoSums(x, window: window, from: from, .squares(scale: scale))
    }

    /// Standard deviation over the window; `sample` divides by window - 1, else by window.
    ///
    /// A variance below 1e-12 of the mean square is rounding noise and counts as exactly 0 (a series growing by the same
    /// factor every bar has constant returns up to rounding). Relative error of the variance about 1e-16 * mean square / variance.
    package static func deviation(_ x: [Double], window: Int, from: Int = 0, sample: Bool = true) -> [Double] {
        precondition(window > 1, "a spread needs a window of 2 rows or more, not \(window)")
        return twoSums(x, window: window, from: from, .deviation(scale: 1 / Double(sample ? window - 1 : window)))
    }

    /// How many sample standard deviations each value lies above the mean of the window that ends with it; 0 where the deviation,
    /// as `deviation` gives it, is at most `floor`.
    package static func standardScore(_ x: [Double], window: Int, from: Int = 0, floor: Double = 0) -> [Double] {
        precondition(window > 1, "a spread needs a window of 2 rows or more, not \(window)")
        return twoSums(x, window: window, from: from, .score(scale: 1 / Double(window - 1), floor: floor))
    }

    private enum TwoSumResult {
        case squares(scale: Double)
        case deviation(scale: Double)
        case score(scale: Double, floor: Double)
    }

    /// From the sum and the sum of squares of every window.
    private static func twoSums(_ x: [Double], window: Int, from: Int, _ result: TwoSumResult) -> [Double] {
        let share = 1 / Double(window)
        var chunks = WindowChunks(count: x.count, window: window, from: from), scratch = chunks.scratch(buffers: 4)
        return x.withUnsafeBufferPointer { x in
            makeColumn(count: x.count, first: chunks.row) { out in
                scratch.withUnsafeMutableBufferPointer { buffer in
                    let level = buffer.baseAddress!, squares = level + chunks.size
                    let total = squares + chunks.size, totalSquares = total + chunks.size
                    while chunks.next() {
                        let row = chunks.row, rows = chunks.rows
                        let values = x.baseAddress! + chunks.oldest
                        for i in 0..<rows + window - 1 { squares[i] = values[i] * values[i] }
                        doubledSum(squares, level, into: totalSquares, rows: rows, window: window)
                        if case .squares(let scale) = result {
                            for i in 0..<rows { out[row + i] = totalSquares[i] * scale }
                            continue
                        }
                        doubledSum(values, level, into: total, rows: rows, window: window)
                        switch result {
                        case .squares: break
                        case .deviation(let scale):
                            for i in 0..<rows { out[row + i] = variance(total[i], totalSquares[i], share: share, scale: scale).squareRoot() }
                        case .score(let scale, let floor):
                            for i in 0..<rows {
                                let deviation = variance(total[i], totalSquares[i], share: share, scale: scale).squareRoot()
                                let score = (x[row + i] - total[i] * share) / (deviation + (deviation > floor ? 0 : 1))
                                out[row + i] = deviation > floor ? score : 0
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func variance(_ s1: Double, _ s2: Double, share: Double, scale: Double) -> Double {
        let centred = s2 - s1 * s1 * share
        return centred > 1e-12 * s2 ? centred * scale : 0
    }

    /// Mean and a measure of spread around it, in two passes over the window's own values (no cancellation, for columns whose
    /// mean is large against their spread): `absolute` gives the mean absolute deviation, else the population standard deviation.
    /// Windows of at most 32 rows. A spread below 1e-12 of the mean is rounding noise and counts as exactly 0.
    package static func centred(_ x: [Double], window: Int, from: Int = 0, absolute: Bool) -> (mean: [Double], spread: [Double]) {
        precondition(window > 0 && window <= directLimit, "a window of \(window) rows, the limit here is \(directLimit)")
        let n = x.count, first = from + window - 1
        let share = 1 / Double(window)
        let mean = sum(x, window: window, from: from, scale: share)
        let spread = x.withUnsafeBufferPointer { x in
            mean.withUnsafeBufferPointer { mean in
                makeColumn(count: n, first: first) { out in
                    forRows(first, n) { t, lanes in
                        let start = t - window + 1
                        if lanes {
                            let centre = load8(mean, t)
                            var s = SIMD8<Double>.zero
                            for j in 0..<window {
                                let d = load8(x, start + j) - centre
                                s += absolute ? d.replacing(with: SIMD8<Double>.zero - d, where: d .< SIMD8<Double>.zero) : d * d
                            }
                            store8(out, t, s)
                        } else {
                            let centre = mean[t]
                            var s = 0.0
                            for j in 0..<window {
                                let d = x[start + j] - centre
                                s += absolute ? (d < 0 ? 0 - d : d) : d * d
                            }
                            out[t] = s
                        }
                    }
                    for t in first..<n {
                        let value = absolute ? out[t] * share : (out[t] * share).squareRoot()
                        let centre = mean[t] < 0 ? -mean[t] : mean[t]
                        out[t] = value > centre * 1e-12 ? value : 0
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
        let n = y.count, first = from + window - 1, share = 1 / Double(window)
        let index = (0..<window).map { Double($0) - Double(window - 1) / 2 }
        let indexShare = 1 / index.reduce(0) { $0 + $1 * $1 }
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
                                let centred = s2 - s1 * s1 * SIMD8(repeating: share)
                                store8(out, t, sxy * SIMD8(repeating: indexShare))
                                store8(second, t, centred.replacing(with: 0, where: centred .<= s2 * SIMD8(repeating: 1e-12)))
                            } else {
                                let pivot = y[start]
                                var s1 = 0.0, s2 = 0.0, sxy = 0.0
                                for j in 1..<window {
                                    let d = y[start + j] - pivot
                                    s1 += d
                                    s2 += d * d
                                    sxy += d * index[j]
                                }
                                let centred = s2 - s1 * s1 * share
                                out[t] = sxy * indexShare
                                second[t] = centred <= s2 * 1e-12 ? 0 : centred
                            }
                        }
                    }
                }
            }
        }
        return (slope, squares)
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

    /// Largest value over the window: of the largest power of two of rows that fits, then of two overlapping ones.
    package static func maximum(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        extreme(x, window: window, from: from) { $0.replacing(with: $1, where: $1 .> $0) }
    }

    /// Smallest value over the window, as `maximum`.
    package static func minimum(_ x: [Double], window: Int, from: Int = 0) -> [Double] {
        extreme(x, window: window, from: from) { $0.replacing(with: $1, where: $1 .< $0) }
    }

    @inline(__always)
    private static func extreme(
        _ x: [Double], window: Int, from: Int, _ pick: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
    ) -> [Double] {
        var chunks = WindowChunks(count: x.count, window: window, from: from), scratch = chunks.scratch(buffers: 1)
        var out = [Double](repeating: .nan, count: x.count)
        x.withUnsafeBufferPointer { x in
            out.withUnsafeMutableBufferPointer { out in
                scratch.withUnsafeMutableBufferPointer { buffer in
                    guard let level = buffer.baseAddress else { return }
                    while chunks.next() {
                        let row = chunks.row, rows = chunks.rows
                        chunks.load(x, into: level)
                        var width = 1
                        while width * 2 <= window {
                            for i in stride(from: 0, to: rows + window - 2 * width, by: 8) {
                                store8(level, i, pick(load8(level, i), load8(level, i + width)))
                            }
                            width *= 2
                        }
                        let lag = window - width
                        if lag > 0 {
                            for i in stride(from: 0, to: rows, by: 8) { store8(level, i, pick(load8(level, i), load8(level, i + lag))) }
                        }
                        for i in 0..<rows { out[row + i] = level[i] }
                    }
                }
            }
        }
        return out
    }
}

/// Cuts the rows of a rolling statistic into chunks that fit the cache. Entry i of a buffer belongs to row `row + i`, or, in a buffer of
/// values, to the oldest row of that row's window. Loops over a buffer run eight at a time past the chunk's end into spare room; what they
/// find there is not used.
struct WindowChunks {
    let count: Int
    let window: Int
    let chunk: Int
    /// Entries of one buffer.
    let size: Int
    /// First row of the current chunk; before the first `next()` the first row of all.
    var row: Int
    var rows = 0

    init(count: Int, window: Int, from: Int) {
        precondition(window > 0, "a window of \(window) rows")
        self.count = count
        self.window = window
        row = from + window - 1
        chunk = min(max(512, 4 * window), max(1, count - row))
        size = chunk + window + 16
    }

    func scratch(buffers: Int) -> [Double] { [Double](repeating: 0, count: row < count ? buffers * size : 1) }

    mutating func next() -> Bool {
        row += rows
        rows = min(chunk, count - row)
        return rows > 0
    }

    /// The oldest row of the first window.
    var oldest: Int { row - window + 1 }

    /// The values of the chunk's windows, oldest first.
    func load(_ x: UnsafeBufferPointer<Double>, into level: UnsafeMutablePointer<Double>) {
        level.update(from: x.baseAddress! + oldest, count: rows + window - 1)
    }
}

/// total[i] = sum of values[i...i+window-1], `level` being room to work in. Of `values` exactly rows + window - 1 are read.
private func doubledSum(
    _ values: UnsafePointer<Double>, _ level: UnsafeMutablePointer<Double>, into total: UnsafeMutablePointer<Double>, rows: Int, window: Int
) {
    var width = 1, offset = 0
    if window & 1 != 0 {
        for i in 0..<rows { total[i] = values[i] }
        offset = 1
    }
    guard window > 1 else { return }
    for i in 0..<rows + window - 2 { level[i] = values[i] + values[i + 1] }
    while true {
        width *= 2
        // Here level[i] is the sum of `width` values from i on.
        if window & width != 0 {
            if offset == 0 {
                for i in stride(from: 0, to: rows, by: 8) { store8(total, i, load8(level, i)) }
            } else {
                for i in stride(from: 0, to: rows, by: 8) { store8(total, i, load8(total, i) + load8(level, i + offset)) }
            }
            offset += width
        }
        if width * 2 > window { return }
        for i in stride(from: 0, to: rows + window - 2 * width, by: 8) { store8(level, i, load8(level, i) + load8(level, i + width)) }
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
func load8(_ x: UnsafeMutablePointer<Double>, _ i: Int) -> SIMD8<Double> {
    UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func store8(_ x: UnsafeMutablePointer<Double>, _ i: Int, _ v: SIMD8<Double>) {
    UnsafeMutableRawPointer(x + i).storeBytes(of: v, as: SIMD8<Double>.self)
}
