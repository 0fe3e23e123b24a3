package import NetworkKernels

/// Sums over the rows of one piece of a minibatch.
package struct ImitationSums: Sendable, Equatable {
    /// Weighted -log p(label); the weights; entropy and p(label), unweighted.
    package var negativeLogLikelihood = 0.0, weight = 0.0, entropy = 0.0, probability = 0.0

    package init() {}

    package static func += (a: inout Self, b: Self) {
        a.negativeLogLikelihood += b.negativeLogLikelihood
        a.weight += b.weight
        a.entropy += b.entropy
        a.probability += b.probability
    }
}

extension MaskedCategorical {
    /// The gradient of an imitation loss, over the logits [B x A] it is asked about:
    /// sum_r weight_r (-log p(label_r)) - entropyWeight sum_r H_r, with p and H over the allowed actions.
    ///
    /// `labels` (action codes) and `weights` (which carry the 1/B of a mean) hold B floats and may be read 16 beyond; every label must be allowed.
    /// `scratch` is [A x padded(B)].
    package static func imitate(
        _ logits: MatrixView, masks: UnsafePointer<UInt32>?, labels: UnsafePointer<Float>, weights: UnsafePointer<Float>, entropyWeight: Float, scratch logP: MatrixView
    ) -> ImitationSums {
        typealias Lanes = SIMD16<Float>
        let count = logits.rows, actions = logits.columns
        logProbabilities(logits, masks: masks, into: logP)
        let one = Lanes(repeating: 1), zero = Lanes(repeating: 0), coefficient = Lanes(repeating: entropyWeight)
        let lane = Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        var likelihood = zero, entropies = zero, weightSum = zero, chances = zero
        var g = 0
        while g < count {
            let real = one.replacing(with: 0, where: lane .>= Lanes(repeating: Float(count - g)))
            let label = load16(labels + g), weight = real * load16(weights + g)
            var chosen = zero, entropy = zero
            for a in 0..<actions {
                let l = load16(logP.base + a * logP.stride + g)
                chosen.replace(with: l, where: label .== Float(a))
                entropy -= exp16(l) * l
            }
            likelihood -= weight * chosen
            entropies += real * entropy
            weightSum += weight
            chances += real * exp16(chosen)
            for a in 0..<actions {
                let p = logP.base + a * logP.stride + g
                let l = load16(p), probability = exp16(l)
                let indicator = zero.replacing(with: one, where: label .== Float(a))
                store16(weight * (probability - indicator) + coefficient * probability * (l + entropy), p)
            }
            g += 16
        }
        for r in 0..<count { for a in 0..<actions { logits.base[r * logits.stride + a] = logP.base[a * logP.stride + r] } }
        var sums = ImitationSums()
        func total(_ v: Lanes) -> Double {
            var sum = 0.0
            for i in 0..<16 { sum += Double(v[i]) }
            return sum
        }
        sums.negativeLogLikelihood = total(likelihood)
        sums.entropy = total(entropies)
        sums.weight = total(weightSum)
        sums.probability = total(chances)
        return sums
    }
}
