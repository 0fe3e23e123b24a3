internal import NumericKernels

/// Mean and population deviation of the finite entries; 0 and 0 of none.
func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
    let finite = x.allSatisfy { $0.isFinite } ? x : x.filter { $0.isFinite }
    return finite.isEmpty ? (0, 0) : (mean(finite), variance(finite).squareRoot())
}

/// Standard error of the mean of a series by the spread of 20 neighbouring stretches, at least that of independent entries: terms with a memory make neighbours alike.
func standardError(_ x: [Double]) -> Double {
    let n = x.count, pieces = 20, independent = moments(x).deviation / Double(max(1, n)).squareRoot()
    guard n >= 2 * pieces else { return independent }
    let means = (0..<pieces).map { i in moments(Array(x[(i * n / pieces)..<((i + 1) * n / pieces)])).mean }
    return max(independent, moments(means).deviation / Double(pieces - 1).squareRoot())
}
