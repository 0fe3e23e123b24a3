public import ComponentKit
internal import NumericKernels

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
        let close = bars.close, y = inputs.base.logClose, atr = inputs.base.atr14
        let trend = zip(close, inputs.base.ema50).map { $0 > $1 }
        var best = [Double](repeating: 0, count: n)
        for (cup, lengths) in zip(cups, handles) {
            let shape = RollingParabola.upwardShare(y, window: cup)
            let bottom = RollingWindow.minimum(close, window: cup)
            let first = cup - 1
            // By the row of the cup's last minute: D, and rims x roundness, 0 where either is.
            let depth = mapLagged(close, bottom, before: close, lag: first, from: first) { right, bottom, left in (left + right) / 2 - bottom }
            let gap = mapLagged(close, lag: first, from: first) { abs($0 - $1) }
            let form = mapRows(depth, gap, shape, from: first) { depth, gap, shape in
                let rims = 1 - ratio(gap, depth, floor: 0, otherwise: 1)
                return rims > 0 ? rims * shape : 0
            }
            let cupVolume = RollingWindow.sum(bars.volume, window: cup, scale: 1 / Double(cup))
            for handle in lengths {
                let lows = RollingWindow.minimum(bars.low, window: handle)
                let handleVolume = RollingWindow.sum(bars.volume, window: handle, scale: 1 / Double(handle))
                for t in firstRow..<n where trend[t] {
                    let u = t - handle
                    // No later factor exceeds 1, so a shape that is not better by itself cannot win.
                    let start = form[u]
                    guard start > best[t] else { continue }
                    let depth = depth[u], range = atr[t]
                    guard depth > 0.75 * range, depth < 9 * range else { continue }
                    let held = ((lows[t] - bottom[u]) / depth - 0.5) * 10
                    guard held > 0 else { continue }
                    let size = depth < 1.5 * range ? depth / (0.75 * range) - 1 : (depth > 6 * range ? 3 - depth / (3 * range) : 1)
                    let quiet = handleVolume[t] > 0 ? min(1, cupVolume[u] / handleVolume[t]) : 1
                    let product = start * size * min(1, held) * quiet
                    if product > best[t] { best[t] = product }
                }
            }
        }
        return [mapRows(best, from: firstRow) { $0 > 0 ? fastExp(fastLog($0) / 6) : 0 }]
    }
}
