/// The running mean and variance by which observations are normalised, as Stable-Baselines3's `VecNormalize` does:
/// `clip((x - mean) / sqrt(variance + epsilon), -limit, limit)`, in 64 bits, then rounded to 32.
package struct ObservationNormalizer: Sendable, Equatable {
    package var mean: [Double]
    package var variance: [Double]
    package var epsilon: Double
    package var limit: Double

    package init(mean: [Double], variance: [Double], epsilon: Double = 1e-8, limit: Double = 10) {
        precondition(mean.count == variance.count, "ObservationNormalizer: \(mean.count) means, \(variance.count) variances")
        self.mean = mean
        self.variance = variance
        self.epsilon = epsilon
        self.limit = limit
    }
}

/// The pieces that every exported policy shares, whatever its network.
extension GraphBuilder {
    /// Normalises `observation` [..., d] (float); the name of the result (float).
    package mutating func normalized(_ observation: String, _ normalizer: ObservationNormalizer) -> String {
        let mean = initializer("normalizer.mean", normalizer.mean)
        let deviation = initializer("normalizer.deviation", normalizer.variance.map { ($0 + normalizer.epsilon).squareRoot() })
        let low = initializer("normalizer.low", [-normalizer.limit], shape: []), high = initializer("normalizer.high", [normalizer.limit], shape: [])
        let exact = node("Cast", [observation], attributes: ["to": .int(Int(ElementType.double.rawValue))])
        let scaled = node("Div", [node("Sub", [exact, mean]), deviation])
        return node("Cast", [node("Clip", [scaled, low, high])], attributes: ["to": .int(Int(ElementType.float.rawValue))])
    }

    /// The results of a policy over `actions` actions, from `logits` [N, actions], `value` [N, 1] and `mask` [N, actions] (true = allowed):
    ///
    /// `logits` as they are; `masked_logits`, minus infinity where not allowed; `probabilities`, exactly 0 there; `action` [N], the allowed action of the
    /// largest logit, the first of equals; `value` [N]. A row that allows nothing has probabilities 0 and action 0: check the mask before.
    package mutating func policyOutputs(logits: String, value: String, mask: String, actions: Int) {
        let wide: [Dimension] = [.named("N"), .size(actions)]
        let raw = node("Identity", [logits], output: "logits")
        let lowest = initializer("policy.minus_infinity", [-Float.infinity], shape: []), zero = initializer("policy.zero", [Float(0)], shape: [])
        let masked = node("Where", [mask, raw, lowest], output: "masked_logits")
        // onnxruntime's softmax of minus infinity is 0; this makes it 0 in every run-time, and in rows that allow nothing, where it is NaN.
        let soft = node("Softmax", [masked], attributes: ["axis": 1])
        let probabilities = node("Where", [mask, soft, zero], output: "probabilities")
        let action = node("ArgMax", [masked], output: "action", attributes: ["axis": 1, "keepdims": 0])
        let flat = node("Squeeze", [value, initializer("policy.last_axis", [Int64(1)])], output: "value")
        output(raw, .float, wide)
        output(masked, .float, wide)
        output(probabilities, .float, wide)
        output(action, .int64, [.named("N")])
        output(flat, .float, [.named("N")])
    }
}
