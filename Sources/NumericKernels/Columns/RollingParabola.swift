/// How well a parabola that opens upwards fits the last rows of a column.
package enum RollingParabola {
    /// R squared of the least-squares parabola through the window that ends with each row where it opens upwards, 0 where it does not or where nothing
    /// moved (squares about the mean below 1e-12 of those about the window's first chunk value); from row window - 1, NaN before.
    ///
    /// `window` is a power of two, 4 or more: moments of 2w rows are put together from those of two times w, in chunks that begin at fixed rows, so that
    /// appending rows changes no earlier one. O(n log window).
    package static func upwardShare(_ y: [Double], window: Int) -> [Double] {
        precondition(window >= 4 && window & (window - 1) == 0, "a window of \(window) rows, not a power of two from 4")
        let n = y.count, w = Double(window)
        // With x = 0...w-1 centred, x and x^2 - (w^2 - 1) / 12 are orthogonal, so each explains its own share of the squares.
        let half = (w - 1) / 2, shift = (w * w - 1) / 12
        let share1 = 12 / (w * (w * w - 1)), share2 = 180 / (w * (w * w - 1) * (w * w - 4))
        let chunk = 512, room = chunk + window
        var scratch = [Double](repeating: 0, count: 4 * room)
        return y.withUnsafeBufferPointer { y in
            scratch.withUnsafeMutableBufferPointer { scratch in
                makeColumn(count: n, first: window - 1) { out in
                    let m0 = scratch.baseAddress!, m1 = m0 + room, m2 = m1 + room, q = m2 + room
                    var start = 0
                    while start + window <= n {
                        let rows = min(chunk, n - window + 1 - start)
                        let pivot = y[start]
                        let values = y.baseAddress! + start
                        for i in 0..<rows + window - 1 {
                            let v = values[i] - pivot
                            m0[i] = v
                            m1[i] = 0
                            m2[i] = 0
                            q[i] = v * v
                        }
                        var width = 1, left = rows + window - 1
                        while width < window {
                            let k = Double(width), twice = 2 * k, square = k * k
                            left -= width
                            for i in 0..<left {
                                let b0 = m0[i + width], b1 = m1[i + width]
                                m2[i] += m2[i + width] + twice * b1 + square * b0
                                m1[i] += b1 + k * b0
                                m0[i] += b0
                                q[i] += q[i + width]
                            }
                            width *= 2
                        }
                        let result = out + start + window - 1
                        for i in 0..<rows {
                            let total = q[i] - m0[i] * m0[i] / w
                            let c1 = m1[i] - half * m0[i]
                            let c2 = m2[i] - 2 * half * m1[i] + (half * half - shift) * m0[i]
                            let explained = c1 * c1 * share1 + c2 * c2 * share2
                            let moves = total > 1e-12 * q[i]
                            let quotient = explained / (total + (moves ? 0 : 1))
                            let share = moves && c2 > 0 ? quotient : 0
                            result[i] = share < 1 ? share : 1
                        }
                        start += chunk
                    }
                }
            }
        }
    }
}
