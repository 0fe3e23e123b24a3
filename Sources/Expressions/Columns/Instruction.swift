/// One loop over a block of rows. `a`, `b`, `c` are operand vectors (columns or registers), `p`, `q` constants, and
/// `first`, `second` closed intervals: `x in first` is false for NaN.
struct Instruction: Sendable {
    enum Code: UInt8, Sendable {
        case fill, copy
        case negate, not, abs, sign, log, exp, sqrt, tanh
        case add, addConstant, subtract, subtractFrom, multiply, multiplyConstant, divide, divideBy, divideInto
        case minimum, minimumConstant, maximum, maximumConstant
        /// `a < b ? p : q` and so on
        case stepLess, stepLessEqual, stepEqual, stepNotEqual
        /// `a in first ? p : q`
        case stepRange, stepNotConstant
        /// `a * b in first ? p : q`
        case stepProduct
        /// `a in first and b in second ? p : q`; `or`
        case stepBoth, stepEither
        case and, or
        /// `a != 0 ? p : q`
        case choose
        /// `a != 0 ? b : c`; one branch constant `p`
        case select, selectElse, selectThen
        /// `a in first ? b : p`; `a in first ? p : b`
        case maskRange, rangeElse
        /// The payment of the highest threshold that a (or a * b) reaches, else `q`; else c
        case ladder, ladderProduct, ladderElse
        /// `a` kept between `p` and `q`
        case clamp
        /// `a * b / c`, rounded twice; the same kept between `p` and `q`
        case multiplyDivide, clampMultiplyDivide
        /// `a * b + c`, rounded twice
        case multiplyAdd
        /// `a * p + b`, rounded twice
        case scaleAdd
        case lag, run, since, highest, lowest
    }

    var code: Code
    var a = -1, b = -1, c = -1
    var p = 0.0, q = 0.0
    var first = Interval(), second = Interval()
    /// Of `ladder`: rising; steps that are not used repeat the last one.
    var thresholds = SIMD4<Double>(), payments = SIMD4<Double>()
    var window = 0
    /// The vector written; -1 for the caller's output.
    var destination = -1

    /// Whether every value is one of the constants of the instruction.
    var choosesConstants: Bool {
        switch code {
        case .fill, .stepLess, .stepLessEqual, .stepEqual, .stepNotEqual, .stepRange, .stepNotConstant, .stepProduct, .stepBoth, .stepEither, .choose,
            .ladder, .ladderProduct:
            true
        default: false
        }
    }

    /// The same with its constants multiplied by `weight`.
    func scaled(by weight: Double) -> Instruction {
        var scaled = self
        scaled.p *= weight
        scaled.q *= weight
        scaled.payments *= weight
        return scaled
    }

    struct Interval: Sendable {
        var low = -Double.infinity, high = Double.infinity
    }
}
