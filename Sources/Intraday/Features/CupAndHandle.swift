public import ComponentKit
internal import NumericKernels
internal import RealModule

/// How much the last minutes look like a cup with a handle: a rounded fall and recovery between two rims of one height, then a small dip in its upper half.
///
/// Cups of 16, 32 and 64 minutes, each with a handle of 10 to 35% of its length; the best of the nine counts. Of a cup whose closes are y (first L, last R,
/// lowest B, depth D = (L + R) / 2 - B) and of the handle behind it the score is the geometric mean of six parts, each 0 to 1:
///
/// - rims: 1 - |L - R| / D;
/// - roundness: R squared of the least-squares parabola through y where it opens upwards, else 0;
/// - depth: 1 where 1.5 ATR14 <= D <= 6 ATR14, falling to 0 at half the first and at 1.5 times the second;
/// - handle: its lowest low stays in the upper half: 1 from .6 of D above B, 0 at .5;
/// - volume: mean of the cup over mean of the handle, at most 1; 1 without volume;
/// - trend: 1 where the close lies above EMA50, else 0.
///
/// (O'Neil's further limit, a handle at most 15% of the price below the rim, always holds within an hour.)
public enum CupAndHandle: IntradayFeatureFamily {
    public static let cards: [Card] = [
        intradayCard(
            "cup_handle", "How much the last hour or so looks like a cup with a handle",
            "best over 9 shapes of (rims x roundness x depth x handle x volume x trend)^(1/6)", unit: "0 to 1", firstRow: 85,
            edge: "0 where no parabola opens upwards or nothing moved", source: "O'Neil's criteria, scaled to minutes")
    ]

    static let cups = [16, 32, 64]
    /// 10%, 22% and 35% of the cup.
    static let handles = [[2, 4, 5], [4, 7, 11], [7, 14, 21]]
    static let firstRow = 85

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let bars = inputs.bars, n = bars.count
        guard n > firstRow else { return [[Double](repeating: .nan, count: n)] }
        let close = bars.close, y = inputs.base.logClose, atr = inputs.base.atr14, ema = inputs.base.ema50
        var best = [Double](repeating: 0, count: n)
        for (cup, lengths) in zip(cups, handles) {
            let shape = parabola(y, window: cup)
            let bottom = RollingWindow.minimum(close, window: cup)
            let cupVolume = RollingWindow.sum(bars.volume, window: cup, scale: 1 / Double(cup))
            // The cup's own part, by the row of its last minute: R^2 x rims, and its depth and bottom.
            for handle in lengths {
                let lows = RollingWindow.minimum(bars.low, window: handle)
                let handleVolume = RollingWindow.sum(bars.volume, window: handle, scale: 1 / Double(handle))
                for t in firstRow..<n {
                    let u = t - handle
                    guard shape[u] > 0, close[t] > ema[t] else { continue }
                    let left = close[u - cup + 1], right = close[u]
                    let depth = (left + right) / 2 - bottom[u]
                    let range = atr[t]
                    guard depth > 0.75 * range, depth < 9 * range, depth > 0 else { continue }
                    let rims = 1 - abs(left - right) / depth
                    let held = ((lows[t] - bottom[u]) / depth - 0.5) * 10
                    guard rims > 0, held > 0 else { continue }
                    let size = depth < 1.5 * range ? depth / (0.75 * range) - 1 : (depth > 6 * range ? 3 - depth / (3 * range) : 1)
                    let quiet = handleVolume[t] > 0 ? min(1, cupVolume[u] / handleVolume[t]) : 1
                    let product = rims * shape[u] * size * min(1, held) * quiet
                    if product > best[t] { best[t] = product }
                }
            }
        }
        return [mapRows(best, from: firstRow) { $0 > 0 ? Double.exp(Double.log($0) / 6) : 0 }]
    }

    /// R squared of the least-squares parabola through the window that ends with each row where it opens upwards, 0 where it does not or where nothing
    /// moved; from row window - 1. `window` is a power of two: moments of 2w rows are put together from two of w.
    static func parabola(_ y: [Double], window: Int) -> [Double] {
        let n = y.count, w = Double(window)
        var out = [Double](repeating: .nan, count: n)
        guard n >= window else { return out }
        // With x = 0...w-1 centred, p1 = x and p2 = x^2 - (w^2 - 1) / 12 are orthogonal, so each explains its own share of the squares.
        let half = (w - 1) / 2, shift = (w * w - 1) / 12
        let square1 = w * (w * w - 1) / 12, square2 = w * (w * w - 1) * (w * w - 4) / 180
        let chunk = 512
        let room = chunk + window
        var m0 = [Double](repeating: 0, count: room), m1 = m0, m2 = m0, q = m0
        var start = 0
        while start + window <= n {
            let rows = min(chunk, n - window + 1 - start), values = rows + window - 1
            let pivot = y[start]
            for i in 0..<values {
                let v = y[start + i] - pivot
                m0[i] = v
                m1[i] = 0
                m2[i] = 0
                q[i] = v * v
            }
            var width = 1, left = values
            while width < window {
                let k = Double(width)
                left -= width
                for i in 0..<left {
                    let b0 = m0[i + width], b1 = m1[i + width]
                    m2[i] += m2[i + width] + 2 * k * b1 + k * k * b0
                    m1[i] += b1 + k * b0
                    m0[i] += b0
                    q[i] += q[i + width]
                }
                width *= 2
            }
            for i in 0..<rows {
                let total = q[i] - m0[i] * m0[i] / w
                let c1 = m1[i] - half * m0[i]
                let c2 = m2[i] - 2 * half * m1[i] + half * half * m0[i] - shift * m0[i]
                let explained = c1 * c1 / square1 + c2 * c2 / square2
                let share = ratio(explained, total, floor: 1e-12 * q[i])
                out[start + i + window - 1] = c2 > 0 ? (share < 1 ? share : 1) : 0
            }
            start += chunk
        }
        return out
    }
}
