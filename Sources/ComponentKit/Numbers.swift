internal import Foundation

// Numbers as people read them, the same in sentences, tables, figures and pages.

/// Decimals that show three significant digits of the largest magnitude, between 0 and 6.
package func decimals(for values: [Double]) -> Int {
    let largest = values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    guard largest > 0 else { return 2 }
    return min(6, max(0, 2 - Int(log10(largest).rounded(.down))))
}

/// `+0.0150`; a number that rounds to zero has no sign; `-` when not finite.
package func signed(_ x: Double, _ decimals: Int) -> String {
    guard x.isFinite else { return "-" }
    if abs(x) >= 1e7 { return String(format: "%+.3g", x) }
    let text = String(format: "%+.\(decimals)f", x)
    return text.contains { ("1"..."9").contains($0) } ? text : String(text.dropFirst())
}

/// With sign and three significant digits, at most nine decimals: `+0.105`, `-0.00513`, `+12.3`; `0` and `-` where there are none to show.
package func signed(_ x: Double) -> String {
    guard x.isFinite else { return "-" }
    if x == 0 { return "0" }
    return signed(x, min(9, max(1, 2 - Int(log10(abs(x)).rounded(.down)))))
}

/// `26,074`.
package func grouped(_ n: Int) -> String {
    let digits = String(n.magnitude)
    var out = ""
    for (i, digit) in digits.enumerated() {
        if i > 0, (digits.count - i) % 3 == 0 { out += "," }
        out.append(digit)
    }
    return n < 0 ? "-" + out : out
}

/// A count that may be huge or fractional: `7,334`, `4.9e+12`.
package func grouped(_ x: Double) -> String {
    guard x.isFinite else { return "-" }
    return abs(x) < 1e10 ? grouped(Int(x.rounded())) : String(format: "%.2g", x)
}

/// `45.3%`.
package func percent(_ share: Double) -> String {
    share.isFinite ? String(format: "%.1f%%", 100 * share) : "-"
}

/// A hit rate: `0.690`.
package func rate(_ p: Double) -> String {
    p.isFinite ? String(format: abs(p) < 100 ? "%.3f" : "%.3g", p) : "-"
}

/// Up to nine significant digits, `NaN` where there is none: what tables for gnuplot hold.
package func exact(_ x: Double?) -> String {
    guard let x, x.isFinite else { return "NaN" }
    return String(format: "%.9g", x == 0 ? 0 : x)
}
