internal import RunRecords

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

    /// `mean`, `variance`, `epsilon` and `limit`: the form it has in the metadata of exported files.
    package var json: String {
        JSONValue.object([
            "mean": .list(mean.map { .number($0) }), "variance": .list(variance.map { .number($0) }), "epsilon": .number(epsilon), "limit": .number(limit),
        ]).compact
    }
}

/// The standardisation that features had in training, fitted once on the training bars: `clip((x - mean) / deviation, -limit, limit)`, in 64 bits, then
/// rounded to 32. A missing value (NaN) becomes 0, and so does a feature of deviation 0. Columns that pass as they are have mean 0 and deviation 1.
package struct ObservationStandardization: Sendable, Equatable {
    package var mean: [Double]
    package var deviation: [Double]
    package var limit: Double

    package init(mean: [Double], deviation: [Double], limit: Double = 10) {
        precondition(mean.count == deviation.count, "ObservationStandardization: \(mean.count) means, \(deviation.count) deviations")
        self.mean = mean
        self.deviation = deviation
        self.limit = limit
    }

    /// `mean`, `deviation` and `limit`: the form it has in the metadata of exported files.
    package var json: String {
        JSONValue.object(["mean": .list(mean.map { .number($0) }), "deviation": .list(deviation.map { .number($0) }), "limit": .number(limit)]).compact
    }
}

/// The pieces that every exported policy shares, whatever its network.
extension GraphBuilder {
    /// Standardises `observation` [..., d] (float, NaN where a value is missing); the name of the result (float).
    package mutating func standardized(_ observation: String, _ s: ObservationStandardization) -> String {
        let mean = initializer("standardization.mean", s.mean), scale = initializer("standardization.scale", s.deviation.map { $0 > 0 ? 1 / $0 : 0 })
        let low = initializer("standardization.low", [-s.limit], shape: []), high = initializer("standardization.high", [s.limit], shape: [])
        let zero = initializer("standardization.missing", [0.0], shape: [])
        let exact = node("Cast", [observation], attributes: ["to": .int(Int(ElementType.double.rawValue))])
        let scaled = node("Mul", [node("Sub", [exact, mean]), scale])
        let present = node("Where", [node("IsNaN", [scaled]), zero, scaled])
        return node("Cast", [node("Clip", [present, low, high])], attributes: ["to": .int(Int(ElementType.float.rawValue))])
    }

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
