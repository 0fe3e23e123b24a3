import NumericKernels

/// Regime labels with the case study's shares (about 45, 26, 17 and 12%) in runs of geometric length.
func simulatedLabels(_ n: Int, seed: UInt64, meanRun: Double = 40) -> [UInt8] {
    var random = RandomStream(seed: seed, purpose: "test-labels")
    var labels: [UInt8] = []
    var current: UInt8 = 0
    for t in 0..<n {
        if t == 0 || random.uniform() < 1 / meanRun {
            let u = random.uniform()
            current = u < 0.45 ? 0 : u < 0.71 ? 1 : u < 0.88 ? 2 : 3
        }
        labels.append(current)
    }
    return labels
}

/// Gaussian autoregression x_t = phi x_{t-1} + e_t, started from its stationary law.
func autoregression(_ n: Int, phi: Double, seed: UInt64, index: UInt64 = 0) -> [Double] {
    var random = RandomStream(seed: seed, purpose: "test-ar", index: index)
    var x = random.gaussian() / (1 - phi * phi).squareRoot()
    return (0..<n).map { _ in
        let value = x
        x = phi * x + random.gaussian()
        return value
    }
}
