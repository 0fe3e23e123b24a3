/// Functions that look back over rows. The first row of a block is the first row there is: nothing lies before it.

@inline(__always)
private func put(_ value: Double, _ i: Int, _ out: inout MutableSpan<Double>, _ sink: Sink) {
    switch sink {
    case .store: out[i] = value
    case .scale(let weight): out[i] = weight * value
    case .add: out[i] += value
    case .accumulate(let weight): out[i] += weight * value
    }
}

/// `x[t - bars]`; `before` on the first `bars` rows.
func lag(
    _ x: Span<Double>, _ bars: Int, before: Double, _ count: Int, _ out: inout MutableSpan<Double>, _ base: Int, _ sink: Sink
) {
    for i in 0..<count { put(i < bars ? before : x[i - bars], base + i, &out, sink) }
}

/// 1 where the condition held on this row and the `bars - 1` rows before it.
func running(_ x: Span<Double>, _ bars: Int, _ count: Int, _ out: inout MutableSpan<Double>, _ base: Int, _ sink: Sink) {
    var length = 0
    for i in 0..<count {
        length = x[i] != 0 ? length + 1 : 0
        put(length >= bars ? 1 : 0, base + i, &out, sink)
    }
}

/// Rows since the condition last held: 0 on such a row, NaN before the first.
func since(_ x: Span<Double>, _ count: Int, _ out: inout MutableSpan<Double>, _ base: Int, _ sink: Sink) {
    var age = Double.nan
    for i in 0..<count {
        age = x[i] != 0 ? 0 : age + 1
        put(age, base + i, &out, sink)
    }
}

/// The greatest or least of the last `bars` values, this row's included; NaN until there are that many, and while a NaN is
/// among them. `beats(a, b)` says that a newer a makes an older b irrelevant. Amortised one step a row.
func extreme(
    _ x: Span<Double>, _ bars: Int, _ count: Int, _ out: inout MutableSpan<Double>, _ base: Int, _ sink: Sink,
    beats: (Double, Double) -> Bool
) {
    // Rows whose values are still in the running, best first; `head` is the first one inside the window.
    var candidates: [Int] = []
    var head = 0
    var lastMissing = -1
    for i in 0..<count {
        let value = x[i]
        if value.isNaN {
            lastMissing = i
            candidates.removeAll(keepingCapacity: true)
            head = 0
        } else {
            while candidates.count > head, beats(value, x[candidates[candidates.count - 1]]) { candidates.removeLast() }
            candidates.append(i)
        }
        if head < candidates.count, candidates[head] <= i - bars { head += 1 }
        if head > 4096 {
            candidates.removeFirst(head)
            head = 0
        }
        let complete = i - bars >= lastMissing && i + 1 >= bars
        put(complete ? x[candidates[head]] : .nan, base + i, &out, sink)
    }
}
