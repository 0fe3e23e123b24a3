internal import RealModule

/// Sums of lagged products of a centred series: S_k = sum over t of x_t x_(t+k) for each lag asked for. O(n lags), eight lags a pass.
struct LaggedProducts: Sendable {
    private let x: [Double]
    private var known: [Double] = []

    init(centred x: [Double]) { self.x = x }

    /// S_k for k from 0 to `last`, computed as far as they are not yet known. Lags of n and above are 0.
    mutating func upTo(_ last: Int) -> [Double] {
        while known.count <= last {
            let part = eightLags(from: known.count)
            for lane in 0..<8 { known.append(part[lane]) }
        }
        return known
    }

    /// Eight lags at once: every vector of x_t is loaded once and multiplied with eight shifted ones.
    private func eightLags(from first: Int) -> SIMD8<Double> {
        x.withUnsafeBufferPointer { buffer in
            let n = buffer.count
            var result = SIMD8<Double>.zero
            guard let p = buffer.baseAddress, first < n else { return result }
            let raw = UnsafeRawPointer(p)
            var s0 = SIMD8<Double>.zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
            var t = 0
            while t + first + 15 <= n {
                let v = raw.loadUnaligned(fromByteOffset: t &* 8, as: SIMD8<Double>.self)
                let at = (t &+ first) &* 8
                s0.addProduct(v, raw.loadUnaligned(fromByteOffset: at, as: SIMD8<Double>.self))
                s1.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 8, as: SIMD8<Double>.self))
                s2.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 16, as: SIMD8<Double>.self))
                s3.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 24, as: SIMD8<Double>.self))
                s4.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 32, as: SIMD8<Double>.self))
                s5.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 40, as: SIMD8<Double>.self))
                s6.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 48, as: SIMD8<Double>.self))
                s7.addProduct(v, raw.loadUnaligned(fromByteOffset: at &+ 56, as: SIMD8<Double>.self))
                t &+= 8
            }
            result = SIMD8(s0.sum(), s1.sum(), s2.sum(), s3.sum(), s4.sum(), s5.sum(), s6.sum(), s7.sum())
            for lane in 0..<8 {
                var rest = 0.0
                for i in t..<max(t, n - first - lane) { rest += p[i] * p[i + first + lane] }
                result[lane] += rest
            }
            return result
        }
    }
}

/// Autocovariances gamma_k = (1/n) sum (x_t - mean)(x_(t+k) - mean) for k from 0 to `last` (divisor n, the biased form). Lags of n and above are 0.
package func autocovariances(_ series: [Double], last: Int) -> [Double] {
    precondition(last >= 0 && !series.isEmpty, "autocovariances: \(series.count) values, last lag \(last)")
    var products = LaggedProducts(centred: centred(series))
    let n = Double(series.count)
    return products.upTo(last)[0...last].map { $0 / n }
}

/// The series minus its mean; exactly zero when it is constant.
func centred(_ series: [Double]) -> [Double] {
    if let first = series.first, series.allSatisfy({ $0 == first }) { return [Double](repeating: 0, count: series.count) }
    let mean = sum(series) / Double(series.count)
    return series.map { $0 - mean }
}

/// Sum in a fixed order: eight running sums, then their sum, then the rest.
func sum(_ x: [Double]) -> Double {
    x.withUnsafeBufferPointer { p in
        var parts = SIMD8<Double>.zero
        let whole = p.count & ~7
        var i = 0
        while i < whole {
            parts += UnsafeRawPointer(p.baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
            i &+= 8
        }
        var total = parts.sum()
        while i < p.count {
            total += p[i]
            i &+= 1
        }
        return total
    }
}
