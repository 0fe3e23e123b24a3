internal import NumericKernels

/// Mean and population deviation of the finite entries; 0 and 0 of none.
func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
    let finite = x.allSatisfy { $0.isFinite } ? x : x.filter { $0.isFinite }
    return finite.isEmpty ? (0, 0) : (mean(finite), variance(finite).squareRoot())
}
