package import NetworkKernels

/// The categorical distribution over allowed actions, for a batch: B rows, A actions.
///
/// Forbidden actions are left out of the soft-max, so their probability is exactly 0; entropy and log-probabilities are over the allowed
/// ones. (Huang and Ontanon 2022 show that this gives a valid policy gradient.)
package enum MaskedCategorical {
    /// Stands for log 0: its exponential is exactly 0, and its product with that 0 is 0.
    package static let logOfZero: Float = -1e30

    /// The bit mask that allows all of `actions`.
    package static func everything(_ actions: Int) -> UInt32 { actions >= 32 ? .max : (1 << UInt32(actions)) - 1 }

    /// Rows rounded up to whole vectors of 16.
    package static func padded(_ rows: Int) -> Int { (rows + 15) & ~15 }

    /// Log-probabilities of all actions, transposed: logits [B x A] -> [A x padded(B)]; the padding holds meaningless finite numbers.
    ///
    /// `masks` has one bit an action and row, 1 = allowed, at least one allowed in each row; nil allows everything.
    package static func logProbabilities(_ logits: MatrixView, masks: UnsafePointer<UInt32>?, into out: MatrixView) {
        let rows = logits.rows, actions = logits.columns, width = padded(rows)
        precondition(out.rows == actions && out.columns >= width, "log-probabilities [\(out.rows) x \(out.columns)] of [\(rows) x \(actions)]")
        for a in 0..<actions {
            let target = out.base + a * out.stride
            for r in 0..<rows { target[r] = logits.base[r * logits.stride + a] }
            for r in rows..<width { target[r] = 0 }
            if let masks { for r in 0..<rows where masks[r] >> UInt32(a) & 1 == 0 { target[r] = logOfZero } }
        }
        var g = 0
        while g < width {
            var largest = SIMD16<Float>(repeating: logOfZero)
            for a in 0..<actions { largest = max16(largest, load16(out.base + a * out.stride + g)) }
            var sum = SIMD16<Float>(repeating: 0)
            for a in 0..<actions { sum += exp16(load16(out.base + a * out.stride + g) - largest) }
            let normaliser = largest + log16(sum)
            for a in 0..<actions {
                let p = out.base + a * out.stride + g
                let v = load16(p)
                store16((v - normaliser).replacing(with: SIMD16(repeating: logOfZero), where: v .<= logOfZero), p)
            }
            g += 16
        }
    }

    /// The action at which the running sum of the probabilities [A x B] of `row` first exceeds `uniform` in [0, 1); the last allowed one
    /// where rounding leaves the sum short of it. Never a forbidden action.
    package static func sample(_ probabilities: MatrixView, row: Int, uniform: Float) -> Int {
        var sum: Float = 0, chosen = -1
        for a in 0..<probabilities.rows {
            let p = probabilities.base[a * probabilities.stride + row]
            if p <= 0 { continue }
            chosen = a
            sum += p
            if uniform < sum { break }
        }
        precondition(chosen >= 0, "no action has a probability above 0 in row \(row)")
        return chosen
    }
}
