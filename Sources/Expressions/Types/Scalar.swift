internal import RealModule

/// The value of one operation on constants, exactly as a column program computes it; nil for history operations.
///
/// A comparison with NaN is false, `!=` included; arithmetic, `min` and `max` pass NaN on; `sign(0)` is 0.
func folded(_ operation: Operation, _ x: [Double]) -> Double? {
    func truth(_ condition: Bool) -> Double { condition ? 1 : 0 }
    switch operation {
    case .constant, .name, .lag, .lagCondition, .run, .since, .highest, .lowest: return nil
    case .negate: return -x[0]
    case .not: return truth(x[0] == 0)
    case .abs: return x[0].magnitude
    case .sign: return signum(x[0])
    case .log: return Double.log(x[0])
    case .exp: return Double.exp(x[0])
    case .sqrt: return x[0].squareRoot()
    case .tanh: return Double.tanh(x[0])
    case .add: return x[0] + x[1]
    case .subtract: return x[0] - x[1]
    case .multiply: return x[0] * x[1]
    case .divide: return x[0] / x[1]
    case .minimum: return smaller(x[0], x[1])
    case .maximum: return larger(x[0], x[1])
    case .less: return truth(x[0] < x[1])
    case .lessEqual: return truth(x[0] <= x[1])
    case .greater: return truth(x[0] > x[1])
    case .greaterEqual: return truth(x[0] >= x[1])
    case .equal: return truth(x[0] == x[1])
    case .notEqual: return truth(x[0] < x[1] || x[0] > x[1])
    case .and: return truth(x[0] != 0 && x[1] != 0)
    case .or: return truth(x[0] != 0 || x[1] != 0)
    case .select: return x[0] != 0 ? x[1] : x[2]
    }
}

/// -1, 0 or +1; NaN for NaN.
@inline(__always) func signum(_ x: Double) -> Double { x != x ? x : (x > 0 ? 1 : (x < 0 ? -1 : 0)) }
/// The smaller of the two; NaN where either is NaN.
@inline(__always) func smaller(_ a: Double, _ b: Double) -> Double { (a < b || a != a) ? a : b }
/// The larger of the two; NaN where either is NaN.
@inline(__always) func larger(_ a: Double, _ b: Double) -> Double { (a > b || a != a) ? a : b }
