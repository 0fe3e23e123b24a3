/// Names one dropout mask: the same key gives the same mask, on any thread and in any order of work.
package struct DropoutKey: Sendable, Equatable {
    let low: UInt32, high: UInt32

    /// `site` tells the places of a network apart (layer and position within it), `step` the optimiser steps.
    package init(seed: UInt64, step: UInt64, site: UInt64) {
        var x = seed &+ 0x9e37_79b9_7f4a_7c15
        for part in [step, site] {
            x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
            x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
            x = (x ^ (x >> 31)) &+ part &* 0xd1b5_4a32_d192_ed03 &+ 0x632b_e59b_d9b4_e019
        }
        x = (x ^ (x >> 33)) &* 0xff51_afd7_ed55_8ccd
        x ^= x >> 33
        low = UInt32(truncatingIfNeeded: x)
        high = UInt32(truncatingIfNeeded: x >> 32)
    }
}

/// Dropout in place: every element of x [B x n] is 0 with probability `rate`, else multiplied by 1 / (1 - rate). The way back is the same call on
/// the gradient, since the mask is a function of (key, `firstRow` + row, column) alone. `rate` in [0, 1); 0 changes nothing.
///
/// A 32-bit mix of the element's number and the key, compared with rate 2^32. Masks repeat after 2^32 elements of one key.
/// Source: Srivastava et al. 2014 (inverted form, as PyTorch); counter-based randomness: Salmon et al. 2011.
package func dropout(_ x: MatrixView, rate: Float, key: DropoutKey, firstRow: Int = 0) {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is outside [0, 1)")
    if rate == 0 { return }
    let threshold = SIMD16<UInt32>(repeating: UInt32(Double(rate) * 0x1p32))
    let scale = 1 / (1 - rate), n = x.columns
    let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    mapInPlace(x) { v, r, c in
        let start = UInt32(truncatingIfNeeded: (firstRow + r) * n + c)
        var h = (lanes &+ start) &* 0x9E37_79B1 &+ key.low
        h = (h ^ (h &>> 17)) &* 0xED5A_D4BB
        h = (h ^ (h &>> 11) ^ key.high) &* 0xAC4C_1B51
        h = (h ^ (h &>> 15)) &* 0x3184_8BAB
        h ^= h &>> 14
        return (v * scale).replacing(with: 0, where: h .< threshold)
    }
}
