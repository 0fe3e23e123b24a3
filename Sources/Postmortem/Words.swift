internal import RealModule

/// Numbers as the sentences of a post-mortem write them.
package func percentText(_ share: Double, digits: Int = 1) -> String {
    guard share.isFinite else { return "unknown" }
    return fixed(100 * share, digits) + "%"
}

/// `85,000`; fractions are rounded.
package func countText(_ x: Double) -> String {
    guard x.isFinite, abs(x) < 9e15 else { return "unknown" }
    let whole = Int(x.rounded()), digits = Array(String(abs(whole)))
    var out = ""
    for (k, digit) in digits.enumerated() {
        if k > 0, (digits.count - k) % 3 == 0 { out.append(",") }
        out.append(digit)
    }
    return (whole < 0 ? "-" : "") + out
}

/// `x` with `digits` decimals.
package func fixed(_ x: Double, _ digits: Int) -> String {
    guard x.isFinite, abs(x) < 1e12 else { return x.isNaN ? "unknown" : "\(x)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = (abs(x) * scale).rounded(), whole = Int((rounded / scale).rounded(.down)), part = Int(rounded - Double(whole) * scale)
    let text = String(part)
    return (x < 0 && rounded != 0 ? "-" : "") + String(whole) + (digits > 0 ? "." + String(repeating: "0", count: max(0, digits - text.count)) + text : "")
}

/// `a`, `a and b`, `a, b and c`.
package func listed(_ words: [String]) -> String {
    guard let last = words.last else { return "" }
    return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
}
