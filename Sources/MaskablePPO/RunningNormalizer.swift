/// Running mean and variance of batches (Chan, Golub and LeVeque 1979), in double, as Stable-Baselines3's `RunningMeanStd`: the count
/// starts at 1e-4, the mean at 0 and the variance at 1.
public struct RunningMoments: Sendable, Equatable {
    public var mean: [Double]
    public var variance: [Double]
    public var count: Double

    public init(size: Int) {
        mean = [Double](repeating: 0, count: size)
        variance = [Double](repeating: 1, count: size)
        count = 1e-4
    }

    /// Takes in a batch [B x size], row-major; population variance within the batch.
    public mutating func update(_ batch: [Double]) {
        let size = mean.count
        precondition(size > 0 && batch.count % size == 0, "\(batch.count) values in rows of \(size)")
        let rows = Double(batch.count / size)
        if rows == 0 { return }
        let total = count + rows
        for c in 0..<size {
            var m = 0.0
            for i in stride(from: c, to: batch.count, by: size) { m += batch[i] }
            m /= rows
            var v = 0.0
            for i in stride(from: c, to: batch.count, by: size) { v += (batch[i] - m) * (batch[i] - m) }
            v /= rows
            let delta = m - mean[c]
            let squares = variance[c] * count + v * rows + delta * delta * count * rows / total
            mean[c] += delta * rows / total
            variance[c] = squares / total
        }
        count = total
    }
}

/// Normalises observations and rewards by running statistics: the semantics of Stable-Baselines3's `VecNormalize`.
///
/// Observations: (x - mean) / sqrt(var + 1e-8), cut at +-10. Rewards: divided by sqrt(var of the discounted return + 1e-8), mean not
/// subtracted, cut at +-10; the discounted return starts anew after each episode.
public struct RunningNormalizer: Sendable, Equatable {
    public var observations: RunningMoments?
    public var returns: RunningMoments?
    /// Discounted return so far, [N].
    public var discounted: [Double]
    public static let epsilon = 1e-8
    public static let limit = 10.0

    public init(observations: Int?, rewards: Bool, environments: Int) {
        self.observations = observations.map { RunningMoments(size: $0) }
        returns = rewards ? RunningMoments(size: 1) : nil
        discounted = [Double](repeating: 0, count: environments)
    }

    /// Forgets what returns were like, for a reward that has changed.
    public mutating func restartReturns() {
        if returns != nil { returns = RunningMoments(size: 1) }
        discounted = [Double](repeating: 0, count: discounted.count)
    }

    /// One observation, standardised.
    public func normalise(_ value: Float, column: Int) -> Float {
        guard let observations else { return value }
        let z = (Double(value) - observations.mean[column]) / (observations.variance[column] + Self.epsilon).squareRoot()
        return Float(min(Self.limit, max(-Self.limit, z)))
    }

    /// One step's rewards, the N floats from `base` on, scaled in place; updates the statistics first, as the original does.
    public mutating func normalise(_ rewards: inout [Float], at base: Int, ended: (Int) -> Bool, gamma: Double) {
        guard var moments = returns else { return }
        for n in discounted.indices { discounted[n] = discounted[n] * gamma + Double(rewards[base + n]) }
        moments.update(discounted)
        returns = moments
        let scale = 1 / (moments.variance[0] + Self.epsilon).squareRoot()
        for n in discounted.indices {
            rewards[base + n] = Float(min(Self.limit, max(-Self.limit, Double(rewards[base + n]) * scale)))
            if ended(n) { discounted[n] = 0 }
        }
    }
}
