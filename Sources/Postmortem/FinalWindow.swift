internal import ChangePoints
internal import NumericKernels
internal import RealModule

/// Where a run stands at its end: the mean mix of the last records, and how sure that is.
package struct FinalWindow: Sendable {
    /// [A]
    package let shares: [Double]
    /// Standard error of each share; nil when it cannot be told.
    package let errors: [Double]?
    /// Records averaged.
    package let records: Int
    /// Degrees of freedom of the errors.
    let degrees: Double

    /// The last tenth of the records, at least five, where there are ten; else the last alone, its error the scatter about a relaxation, or the count of its decisions.
    package init?(_ mixes: [TrainingLog.Mix], hold: Int?) {
        guard let final = mixes.last else { return nil }
        let n = mixes.count, width = n >= 10 ? max(5, n / 10) : 1
        let window = mixes.suffix(width)
        records = width
        let means = final.shares.indices.map { a in window.reduce(0) { $0 + $1.shares[a] } / Double(width) }
        shares = means
        let decisions = window.reduce(0.0) { $0 + ($1.decisions ?? 0) }
        let sampling = final.shares.indices.map { a in decisions > 0 ? (means[a] * (1 - means[a]) / decisions).squareRoot() : 0 }
        if width > 1 {
            degrees = Double(width - 1)
            errors = final.shares.indices.map { a in
                // Of the policy as it is now, not of the level about which a run wanders: at most a correlation of .5 between records.
                let values = mixes.map { $0.shares[a] }, phi = min(0.5, ARWhitening(estimatedFrom: values).coefficient)
                let spread = variance(window.map { $0.shares[a] }, degreesUsed: 1).squareRoot()
                return max(sampling[a], spread * ((1 + phi) / (1 - phi) / Double(width)).squareRoot())
            }
        } else if n >= 3, let hold, let fit = Relaxation(times: mixes.map(\.step), values: mixes.map { logOdds($0.shares, hold) }) {
            degrees = Double(n - 2)
            errors = means.map { $0 * (1 - $0) * fit.deviation }
        } else {
            degrees = 1e9
            errors = decisions > 0 ? sampling : nil
        }
    }

    /// P(share of `a` at least `line`); nil without errors.
    package func probability(_ a: Int, atLeast line: Double) -> Double? {
        guard let errors else { return nil }
        let error = max(errors[a], 1e-6), z = (shares[a] - line) / error
        return studentCDF(z, degrees)
    }

    /// Half the 95% interval of a share.
    package func margin(_ a: Int) -> Double { errors.map { 2 * $0[a] } ?? 0 }
}

/// ln of HOLD's share over the mean other action's; half a thousandth stands for none.
package func logOdds(_ shares: [Double], _ hold: Int) -> Double {
    let others = max(1, shares.count - 1), rest = max(0.0005, shares.reduce(0, +) - shares[hold])
    return Double.log(max(0.0005, shares[hold]) * Double(others) / rest)
}

/// Student's t: exact for 1 and 2 degrees of freedom, else by Wallace's normal approximation (1959), good to .002 from 3 on.
func studentCDF(_ t: Double, _ degrees: Double) -> Double {
    if degrees <= 1 { return 0.5 + Double.atan(t) / .pi }
    if degrees <= 2 { return 0.5 + t / (2 * (2 + t * t).squareRoot()) }
    if degrees > 1e6 { return normalCDF(t) }
    let u = (8 * degrees + 1) / (8 * degrees + 3) * (degrees * Double.log(1 + t * t / degrees)).squareRoot()
    return normalCDF(t < 0 ? -u : u)
}

/// The largest entropy (nats) of a distribution over `count` actions whose largest share is at least `share`: above it, no action can have that much.
package func largestEntropy(share: Double, count: Int) -> Double {
    guard count > 1, share > 1 / Double(count) else { return Double.log(Double(max(1, count))) }
    let rest = 1 - share
    return -share * Double.log(share) - (rest > 0 ? rest * Double.log(rest / Double(count - 1)) : 0)
}
