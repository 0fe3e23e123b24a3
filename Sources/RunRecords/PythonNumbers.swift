/// A number as Python's `str(float)` writes it: the shortest digits that read back to the same bits, an exponent of at least two digits
/// below 1e-4 and from 1e16 on, `.0` after whole numbers, `nan`, `inf`, `-inf`.
package func pythonText(_ value: Double) -> String { pythonText(shortest: value.description, isNaN: value.isNaN) }

/// As for `Double`, with no more digits than a 32-bit float needs.
package func pythonText(_ value: Float) -> String { pythonText(shortest: value.description, isNaN: value.isNaN) }

/// `shortest` is Swift's description, whose digits are Python's; only the place of the point and the exponent differ.
private func pythonText(shortest: String, isNaN: Bool) -> String {
    if isNaN { return "nan" }
    let isNegative = shortest.hasPrefix("-")
    let sign = isNegative ? "-" : ""
    let body = isNegative ? shortest.dropFirst() : Substring(shortest)
    if body == "inf" { return sign + "inf" }
    let parts = body.split(separator: "e", maxSplits: 1)
    let mantissa = parts[0].split(separator: ".", maxSplits: 1)
    var digits = Array(mantissa[0].utf8) + (mantissa.count > 1 ? Array(mantissa[1].utf8) : [])
    // The value is 0.d1d2d3... * 10^point.
    var point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let zeros = digits.prefix { $0 == 0x30 }.count
    digits.removeFirst(zeros)
    point -= zeros
    while digits.last == 0x30 { digits.removeLast() }
    guard !digits.isEmpty else { return sign + "0.0" }

    func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
    func zeroText(_ count: Int) -> String { String(repeating: "0", count: count) }
    let exponent = point - 1
    if exponent < -4 || exponent >= 16 {
        let magnitude = String(abs(exponent))
        let fraction = digits.count > 1 ? "." + text(digits.dropFirst()) : ""
        return sign + text(digits.prefix(1)) + fraction + (exponent < 0 ? "e-" : "e+") + (magnitude.count < 2 ? "0" : "") + magnitude
    }
    if point <= 0 { return sign + "0." + zeroText(-point) + text(digits) }
    if point >= digits.count { return sign + text(digits) + zeroText(point - digits.count) + ".0" }
    return sign + text(digits.prefix(point)) + "." + text(digits.dropFirst(point))
}

/// `value` rounded to `places` decimals as Python's `round` does: by the exact decimal expansion, ties to even.
///
/// Exact where |value| < 2^53 / 10^places; beyond, the value has fewer decimals than asked and is returned as it is.
package func pythonRounded(_ value: Double, places: Int) -> Double {
    guard value.isFinite else { return value }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    guard abs(value) * scale < 9e15 else { return value }
    // The product's rounding error is known through the fused operation, so ties are told from near ties.
    let product = value * scale
    let error = (-product).addingProduct(value, scale)
    var whole = product.rounded(.down)
    let rest = product - whole
    if rest > 0.5 || (rest == 0.5 && (error > 0 || (error == 0 && whole.truncatingRemainder(dividingBy: 2) != 0))) {
        whole += 1
    }
    // whole / scale is the nearest double to the decimal: both are exact.
    return whole == 0 ? (value.sign == .minus ? -0.0 : 0) : whole / scale
}
