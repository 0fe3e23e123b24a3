/// Where an exponential mean starts: the mean of `length` values ending at row `seed` (`length - 1` or later).
package struct MeanSeed: Sendable {
    package let length: Int
    package let seed: Int
    package init(_ length: Int, seed: Int? = nil) {
        self.length = length
        self.seed = seed ?? length - 1
        precondition(length > 0 && self.seed >= length - 1, "a mean of \(length) rows cannot be seeded on row \(self.seed)")
    }
}

/// Three exponential means of one column with TA-Lib's seeding: the value on the seed row is the plain mean, then
/// ((x - previous) * k) + previous with k = 2 / (length + 1). NaN before the seed row.
///
/// Three at once because each is a chain of dependent operations: run together they take the time of one.
package func exponentialMeans(_ x: [Double], _ a: MeanSeed, _ b: MeanSeed, _ c: MeanSeed) -> ([Double], [Double], [Double]) {
    let n = x.count
    let together = min(n, max(a.seed, b.seed, c.seed) + 1)
    /// The rows before all three are under way; the rest is left for the loop below to fill.
    func begun(_ m: MeanSeed) -> (column: [Double], value: Double) {
        let k = 2 / Double(m.length + 1)
        var value = Double.nan
        let column = makeColumn(count: n, first: m.seed) { out in
            var sum = 0.0
            for t in (m.seed - m.length + 1)...m.seed { sum += x[t] }
            value = sum / Double(m.length)
            out[m.seed] = value
            for t in m.seed + 1..<max(m.seed + 1, together) {
                value = (x[t] - value) * k + value
                out[t] = value
            }
        }
        return (column, value)
    }
    var (columnA, valueA) = begun(a)
    var (columnB, valueB) = begun(b)
    var (columnC, valueC) = begun(c)
    let kA = 2 / Double(a.length + 1), kB = 2 / Double(b.length + 1), kC = 2 / Double(c.length + 1)
    x.withUnsafeBufferPointer { x in
        columnA.withUnsafeMutableBufferPointer { outA in
            columnB.withUnsafeMutableBufferPointer { outB in
                columnC.withUnsafeMutableBufferPointer { outC in
                    for t in together..<n {
                        let v = x[t]
                        valueA = (v - valueA) * kA + valueA
                        valueB = (v - valueB) * kB + valueB
                        valueC = (v - valueC) * kC + valueC
                        outA[t] = valueA
                        outB[t] = valueB
                        outC[t] = valueC
                    }
                }
            }
        }
    }
    return (columnA, columnB, columnC)
}

/// One exponential mean of a column whose rows from `from` on are defined; seeded on row `from + length - 1`.
package func exponentialMean(_ x: [Double], length: Int, from: Int = 0) -> [Double] {
    let n = x.count, seed = from + length - 1, k = 2 / Double(length + 1)
    return x.withUnsafeBufferPointer { x in
        makeColumn(count: n, first: seed) { out in
            var sum = 0.0
            for t in from...seed { sum += x[t] }
            var value = sum / Double(length)
            out[seed] = value
            for t in seed + 1..<max(seed + 1, n) {
                value = (x[t] - value) * k + value
                out[t] = value
            }
        }
    }
}

/// Wilder's smoothing as TA-Lib's ATR does it: the first value, on row `from + length - 1`, is the plain mean, then
/// previous * (length - 1) / length + x / length.
package func wilderMean(_ x: [Double], length: Int, from: Int = 0) -> [Double] {
    let n = x.count, seed = from + length - 1
    let keep = Double(length - 1) / Double(length), gain = 1 / Double(length)
    return x.withUnsafeBufferPointer { x in
        makeColumn(count: n, first: seed) { out in
            var sum = 0.0
            for t in from...seed { sum += x[t] }
            var value = sum / Double(length)
            out[seed] = value
            for t in seed + 1..<max(seed + 1, n) {
                value = value * keep + x[t] * gain
                out[t] = value
            }
        }
    }
}
