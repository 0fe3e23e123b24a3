/// The SHA-256 digest (FIPS 180-4) of bytes given in pieces; used as the name of a data or reward file's content.
///
/// Not meant for secrets: no attention is paid to timing.
package struct SHA256: Sendable {
    private var h: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
    )
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    package init() { pending.reserveCapacity(64) }

    /// The digest of `bytes` as 64 lower-case hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finishHex()
    }

    /// Adds `bytes[0..<count]` (all of them by default).
    package mutating func update(_ bytes: [UInt8], count: Int? = nil) {
        let n = count ?? bytes.count
        precondition(n <= bytes.count, "SHA256: \(n) bytes asked of \(bytes.count)")
        length &+= UInt64(n)
        var i = 0
        if !pending.isEmpty {
            while pending.count < 64, i < n {
                pending.append(bytes[i])
                i += 1
            }
            guard pending.count == 64 else { return }
            let block = pending
            compress(block, from: 0, blocks: 1)
            pending.removeAll(keepingCapacity: true)
        }
        let blocks = (n - i) / 64
        compress(bytes, from: i, blocks: blocks)
        i += 64 * blocks
        while i < n {
            pending.append(bytes[i])
            i += 1
        }
    }

    /// Pads, and returns the 32-byte digest in hexadecimal. The value is spent afterwards.
    package mutating func finishHex() -> String {
        let bits = length &* 8
        var tail = [UInt8](repeating: 0, count: pending.count < 56 ? 64 - pending.count : 128 - pending.count)
        tail[0] = 0x80
        for k in 0..<8 { tail[tail.count - 1 - k] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * k)) }
        update(tail)
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        for word in [h.0, h.1, h.2, h.3, h.4, h.5, h.6, h.7] {
            for shift in stride(from: 28, through: 0, by: -4) { out.append(digits[Int((word >> UInt32(shift)) & 15)]) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Works `blocks` blocks of 64 bytes in, from `start`. Unchecked pointers: with bounds checks it is three times slower.
    private mutating func compress(_ bytes: [UInt8], from start: Int, blocks: Int) {
        precondition(start >= 0 && start + 64 * blocks <= bytes.count, "SHA256: blocks \(start)+64*\(blocks) beyond \(bytes.count)")
        var state = h
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
            sha256Constants.withUnsafeBufferPointer { k in
                bytes.withUnsafeBytes { source in
                    for block in 0..<blocks {
                        let at = start + 64 * block
                        for t in 0..<16 { w[t] = UInt32(bigEndian: source.loadUnaligned(fromByteOffset: at + 4 * t, as: UInt32.self)) }
                        for t in 16..<64 {
                            let x = w[t - 15], y = w[t - 2]
                            let s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3)
                            let s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10)
                            w[t] = w[t - 16] &+ s0 &+ w[t - 7] &+ s1
                        }
                        var (a, b, c, d, e, f, g, hh) = state
                        for t in 0..<64 {
                            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
                            let choice = (e & f) ^ (~e & g)
                            let t1 = hh &+ s1 &+ choice &+ k[t] &+ w[t]
                            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
                            let majority = (a & b) ^ (a & c) ^ (b & c)
                            let t2 = s0 &+ majority
                            hh = g
                            g = f
                            f = e
                            e = d &+ t1
                            d = c
                            c = b
                            b = a
                            a = t1 &+ t2
                        }
                        state = (
                            state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e, state.5 &+ f, state.6 &+ g, state.7 &+ hh
                        )
                    }
                }
            }
        }
        h = state
    }
}

@inline(__always)
private func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { (x >> n) | (x << (32 &- n)) }

/// First 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let sha256Constants: [UInt32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]
