public import CVectorMath

/// e^x on 16 floats; 0 below -87, infinity never (x is clamped to 88); NaN stays NaN. Largest error about 2 units in the last place.
///
/// x = k ln 2 + r, |r| <= .3466; e^r by its Taylor series up to r^7 (next term 5e-9), times 2^k.
@inlinable @inline(__always)
package func exp16(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let magic = SIMD16<Float>(repeating: 12_582_912)  // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
    let y = assay_min(assay_max(x, SIMD16(repeating: -87.3)), SIMD16(repeating: 88))
    let shifted = magic.addingProduct(y, SIMD16(repeating: 1.4426950408889634))
    let k = shifted - magic
    let r = y.addingProduct(k, SIMD16(repeating: -0.693145751953125)).addingProduct(k, SIMD16(repeating: -1.42860682030941723e-6))
    var p = SIMD16<Float>(repeating: 1 / 5040)
    p = SIMD16(repeating: 1 / 720).addingProduct(p, r)
    p = SIMD16(repeating: 1 / 120).addingProduct(p, r)
    p = SIMD16(repeating: 1 / 24).addingProduct(p, r)
    p = SIMD16(repeating: 1 / 6).addingProduct(p, r)
    p = SIMD16(repeating: 0.5).addingProduct(p, r)
    p = SIMD16(repeating: 1).addingProduct(p, r)
    p = SIMD16(repeating: 1).addingProduct(p, r)
    let power = unsafeBitCast((unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &+ 127) &<< 23, to: SIMD16<Float>.self)
    // The processor's maximum drops NaN: brought back, so that a network that has broken down shows it.
    return (p * power).replacing(with: 0, where: x .< -87.3).replacing(with: x, where: x .!= x)
}

/// ln x on 16 normal positive floats. Largest error about 2 units in the last place away from 1, 1e-7 absolute near it.
///
/// x = 2^k m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1) / (m + 1), by the series up to s^9 (next term 1e-9).
@inlinable @inline(__always)
package func log16(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let rootHalf = SIMD16<UInt32>(repeating: 0x3F35_04F3)
    let bits = unsafeBitCast(x, to: SIMD16<UInt32>.self) &+ (0x3F80_0000 &- 0x3F35_04F3)
    let m = unsafeBitCast((bits & 0x007F_FFFF) &+ rootHalf, to: SIMD16<Float>.self)
    let k = unsafeBitCast((bits &>> 23) | 0x4B00_0000, to: SIMD16<Float>.self) - (8_388_608 + 127)
    let f = m - 1
    let s = f / (f + 2)
    let z = s * s
    var p = SIMD16<Float>(repeating: 2 / 9)
    p = SIMD16(repeating: 2 / 7).addingProduct(p, z)
    p = SIMD16(repeating: 2 / 5).addingProduct(p, z)
    p = SIMD16(repeating: 2 / 3).addingProduct(p, z)
    // 2 s = f - s f, so ln m = f - s (f - z p): the rounded f is exact, the rest is small.
    let small = s * (f - z * p)
    return (f - small.addingProduct(k, SIMD16(repeating: 2.12194440e-4))).addingProduct(k, SIMD16(repeating: 0.693359375))
}

/// tanh x on 16 floats, error below 4e-7 relative, never above 1 in magnitude; NaN stays NaN.
///
/// x P(x^2) / Q(x^2) with P and Q of degree 4, fitted by us on [-8, 8] for the smallest relative error (6e-9 before rounding); beyond 8
/// the value at 8, which is 1 to 2e-7.
@inlinable @inline(__always)
package func tanh16(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let y = assay_min(assay_max(x, SIMD16(repeating: -8)), SIMD16(repeating: 8))
    let z = y * y
    var p = SIMD16<Float>(repeating: 1.5230554595291323e-08)
    p = SIMD16(repeating: 2.1894758901908062e-05).addingProduct(p, z)
    p = SIMD16(repeating: 0.003571603912860155).addingProduct(p, z)
    p = SIMD16(repeating: 0.13444502651691437).addingProduct(p, z)
    p = SIMD16(repeating: 1).addingProduct(p, z)
    var q = SIMD16<Float>(repeating: 8.522501957486384e-07)
    q = SIMD16(repeating: 0.00034113015863113105).addingProduct(q, z)
    q = SIMD16(repeating: 0.0261644646525383).addingProduct(q, z)
    q = SIMD16(repeating: 0.4677782952785492).addingProduct(q, z)
    q = SIMD16(repeating: 1).addingProduct(q, z)
    return (y * p / q).replacing(with: x, where: x .!= x)
}

/// erf x on 16 floats, error below 4e-7 relative.
///
/// x P(x^2) / Q(x^2) with P and Q of degree 5, fitted by us on [-4, 4] for the smallest relative error (2.5e-8 before rounding); beyond 4 the
/// value at 4, which is 1 to 2e-8.
@inlinable @inline(__always)
package func erf16(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let y = assay_min(assay_max(x, SIMD16(repeating: -4)), SIMD16(repeating: 4))
    let z = y * y
    var p = SIMD16<Float>(repeating: 1.9867878948573016e-06)
    p = SIMD16(repeating: 0.0002845657807901868).addingProduct(p, z)
    p = SIMD16(repeating: 0.0038833291835778834).addingProduct(p, z)
    p = SIMD16(repeating: 0.05310169973353306).addingProduct(p, z)
    p = SIMD16(repeating: 0.19354468877381092).addingProduct(p, z)
    p = SIMD16(repeating: 1.128379139350816).addingProduct(p, z)
    var q = SIMD16<Float>(repeating: 3.7420226325556086e-05)
    q = SIMD16(repeating: 0.0011855679688346924).addingProduct(q, z)
    q = SIMD16(repeating: 0.015207220929984588).addingProduct(q, z)
    q = SIMD16(repeating: 0.1153498486595165).addingProduct(q, z)
    q = SIMD16(repeating: 0.5048570702612925).addingProduct(q, z)
    q = SIMD16(repeating: 1).addingProduct(q, z)
    return (y * p / q).replacing(with: x, where: x .!= x)
}

/// Loads 16 floats from any address.
@inlinable @inline(__always)
package func load16(_ p: UnsafePointer<Float>) -> SIMD16<Float> { UnsafeRawPointer(p).loadUnaligned(as: SIMD16<Float>.self) }

/// Stores 16 floats to any address.
@inlinable @inline(__always)
package func store16(_ v: SIMD16<Float>, _ p: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(p).storeBytes(of: v, as: SIMD16<Float>.self) }

/// The larger of two floats, lane by lane.
@inlinable @inline(__always)
package func max16(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { assay_max(a, b) }

/// The smaller of two floats, lane by lane.
@inlinable @inline(__always)
package func min16(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { assay_min(a, b) }
