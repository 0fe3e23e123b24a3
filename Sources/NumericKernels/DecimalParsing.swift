/// The number written in decimal in `bytes[start..<end]`, correctly rounded; nil when the text is not one plain number.
///
/// Accepts `[+-]digits[.digits][(e|E)[+-]digits]` with at least one digit in the mantissa; no blanks, no hexadecimal, no
/// `nan` or `inf`. A number too large for a Double is nil, one too small is (signed) zero.
/// Up to 15 significant digits and a power of ten within 10^22 take one exact integer and one rounded operation, which is
/// exact arithmetic followed by a single rounding (W. D. Clinger 1990, "How to read floating point numbers accurately",
/// PLDI, section 3); everything else goes to the standard library, which rounds correctly too. O(end - start).
package func parseDecimal(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Double? {
    guard start < end else { return nil }
    precondition(start >= 0 && end <= bytes.count, "parseDecimal: \(start)..<\(end) of \(bytes.count) bytes")
    // Checked once above; the loop below reads only start..<end.
    switch bytes.withUnsafeBufferPointer({ quickDecimal($0, start, end) }) {
    case .value(let x): return x
    case .invalid: return nil
    case .hard: return slowDecimal(bytes, from: start, to: end)
    }
}

private enum QuickResult {
    case value(Double), invalid, hard
}

@inline(__always)
private func quickDecimal(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> QuickResult {
    var i = start
    var negative = false
    if bytes[i] == 0x2D || bytes[i] == 0x2B {
        negative = bytes[i] == 0x2D
        i += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0  // digits seen, to require one
    var significant = 0  // digits since the first one that is not 0
    var exponent = 0
    while i < end, case let d = bytes[i] &- 0x30, d < 10 {
        if significant < 19 { mantissa = mantissa &* 10 &+ UInt64(d) }
        if significant > 0 || d != 0 { significant += 1 }
        digits += 1
        i += 1
    }
    if i < end, bytes[i] == 0x2E {
        i += 1
        while i < end, case let d = bytes[i] &- 0x30, d < 10 {
            if significant < 19 {
                mantissa = mantissa &* 10 &+ UInt64(d)
                exponent -= 1
            }
            if significant > 0 || d != 0 { significant += 1 }
            digits += 1
            i += 1
        }
    }
    guard digits > 0 else { return .invalid }
    if i < end, bytes[i] | 0x20 == 0x65 {
        i += 1
        var down = false
        if i < end, bytes[i] == 0x2D || bytes[i] == 0x2B {
            down = bytes[i] == 0x2D
            i += 1
        }
        guard i < end else { return .invalid }
        var power = 0
        while i < end, case let d = bytes[i] &- 0x30, d < 10 {
            power = min(power * 10 + Int(d), 100_000)
            i += 1
        }
        guard bytes[i - 1] &- 0x30 < 10 else { return .invalid }
        exponent += down ? -power : power
    }
    guard i == end else { return .invalid }
    if mantissa == 0, significant == 0 { return .value(negative ? -0.0 : 0) }
    if significant <= 15, exponent >= -22, exponent <= 22 {
        let m = Double(mantissa)
        let value = exponent < 0 ? m / exactPowersOfTen[-exponent] : m * exactPowersOfTen[exponent]
        return .value(negative ? -value : value)
    }
    return .hard
}

/// 10^0 ... 10^22, each exact in a Double.
private let exactPowersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

/// The rest of `parseDecimal`, for text already known to follow its grammar.
@inline(never)
private func slowDecimal(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Double? {
    var text = ""
    text.reserveCapacity(end - start)
    for i in start..<end { text.unicodeScalars.append(Unicode.Scalar(bytes[i])) }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
}
