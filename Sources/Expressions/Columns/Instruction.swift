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
        /// `a in first ? b : p`
        case maskRange
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
    var window = 0
    /// The vector written; -1 for the caller's output.
    var destination = -1

    struct Interval: Sendable {
        var low = -Double.infinity, high = Double.infinity
    }
}
