internal import ComponentKit
package import RewardAnalysis

/// Half the width of an interval about `center`, the larger side: `±0.0062`.
package func plusMinus(_ interval: Interval, around center: Double, _ decimals: Int) -> String {
    let half = max(interval.high - center, center - interval.low)
    guard half.isFinite else { return "" }
    return "±" + String(signed(max(0, half), decimals).drop { $0 == "+" })
}

/// `[+0.0088, +0.0212]`.
package func bracketed(_ interval: Interval, _ decimals: Int) -> String {
    "[\(signed(interval.low, decimals)), \(signed(interval.high, decimals))]"
}
