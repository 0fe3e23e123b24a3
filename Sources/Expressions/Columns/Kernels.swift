internal import RealModule

/// What becomes of an instruction's values.
enum Sink {
    /// `out = value`
    case store
    /// `out = weight * value`
    case scale(Double)
    /// `out += value`
    case add
    /// `out += weight * value`
    case accumulate(Double)
}

/// The loop of every instruction. `out` receives `count` values from `base` on; operands hold `count` values each, or are
/// empty where the instruction has none.
///
/// `value` must use its operands itself: a closure that calls another captured closure is not inlined, and the loop runs twenty
/// times slower (measured).
@inline(__always)
func sweep(_ base: Int, _ count: Int, _ out: inout MutableSpan<Double>, _ sink: Sink, _ value: (Int) -> Double) {
    precondition(base >= 0 && count >= 0 && base <= out.count - count, "\(count) rows from \(base) do not fit \(out.count)")
    // Indexing `out[base + i]` instead keeps its bounds check in the loop, which then runs scalar, ten times slower (measured).
    var rows = out._mutatingExtracting(base..<base + count)
    switch sink {
    case .store: for i in 0..<rows.count { rows[i] = value(i) }
    case .scale(let weight): for i in 0..<rows.count { rows[i] = weight * value(i) }
    case .add: for i in 0..<rows.count { rows[i] += value(i) }
    case .accumulate(let weight): for i in 0..<rows.count { rows[i] += weight * value(i) }
    }
}

extension Instruction {
    /// Runs the instruction over one block.
    ///
    /// - Precondition: the operands it reads have `count` values; `out` holds at least `base + count`.
    func run(
        _ a: Span<Double>, _ b: Span<Double>, _ c: Span<Double>, count: Int, into out: inout MutableSpan<Double>, at base: Int, _ sink: Sink
    ) {
        let p = p, q = q
        let low = first.low, high = first.high, low2 = second.low, high2 = second.high
        switch code {
        case .fill: sweep(base, count, &out, sink) { _ in p }
        case .copy: sweep(base, count, &out, sink) { a[$0] }
        case .negate: sweep(base, count, &out, sink) { -a[$0] }
        case .not: sweep(base, count, &out, sink) { a[$0] == 0 ? 1 : 0 }
        case .abs: sweep(base, count, &out, sink) { a[$0].magnitude }
        case .sign: sweep(base, count, &out, sink) { signum(a[$0]) }
        case .log: sweep(base, count, &out, sink) { Double.log(a[$0]) }
        case .exp: sweep(base, count, &out, sink) { Double.exp(a[$0]) }
        case .sqrt: sweep(base, count, &out, sink) { a[$0].squareRoot() }
        case .tanh: sweep(base, count, &out, sink) { Double.tanh(a[$0]) }
        case .add: sweep(base, count, &out, sink) { a[$0] + b[$0] }
        case .addConstant: sweep(base, count, &out, sink) { a[$0] + p }
        case .subtract: sweep(base, count, &out, sink) { a[$0] - b[$0] }
        case .subtractFrom: sweep(base, count, &out, sink) { p - a[$0] }
        case .multiply: sweep(base, count, &out, sink) { a[$0] * b[$0] }
        case .multiplyConstant: sweep(base, count, &out, sink) { a[$0] * p }
        case .divide: sweep(base, count, &out, sink) { a[$0] / b[$0] }
        case .divideBy: sweep(base, count, &out, sink) { a[$0] / p }
        case .divideInto: sweep(base, count, &out, sink) { p / a[$0] }
        case .minimum: sweep(base, count, &out, sink) { smaller(a[$0], b[$0]) }
        case .minimumConstant: sweep(base, count, &out, sink) { let x = a[$0]; return x > p ? p : x }
        case .maximum: sweep(base, count, &out, sink) { larger(a[$0], b[$0]) }
        case .maximumConstant: sweep(base, count, &out, sink) { let x = a[$0]; return x < p ? p : x }
        case .stepLess: sweep(base, count, &out, sink) { a[$0] < b[$0] ? p : q }
        case .stepLessEqual: sweep(base, count, &out, sink) { a[$0] <= b[$0] ? p : q }
        case .stepEqual: sweep(base, count, &out, sink) { a[$0] == b[$0] ? p : q }
        case .stepNotEqual: sweep(base, count, &out, sink) { differs(a[$0], b[$0]) ? p : q }
        case .stepRange, .stepProduct, .maskRange, .rangeElse: runRange(a, b, count: count, into: &out, at: base, sink)
        case .stepNotConstant: sweep(base, count, &out, sink) { differs(a[$0], low) ? p : q }
        case .stepBoth:
            sweep(base, count, &out, sink) {
                let x = a[$0], y = b[$0]
                return x >= low && x <= high && y >= low2 && y <= high2 ? p : q
            }
        case .stepEither:
            sweep(base, count, &out, sink) {
                let x = a[$0], y = b[$0]
                return (x >= low && x <= high) || (y >= low2 && y <= high2) ? p : q
            }
        case .and: sweep(base, count, &out, sink) { a[$0] * b[$0] }
        case .or: sweep(base, count, &out, sink) { a[$0] > b[$0] ? a[$0] : b[$0] }
        case .choose: sweep(base, count, &out, sink) { a[$0] != 0 ? p : q }
        case .select:
            sweep(base, count, &out, sink) {
                let one = b[$0], other = c[$0]
                return a[$0] != 0 ? one : other
            }
        case .selectElse:
            sweep(base, count, &out, sink) {
                let value = b[$0]
                return a[$0] != 0 ? value : p
            }
        case .selectThen:
            sweep(base, count, &out, sink) {
                let value = b[$0]
                return a[$0] != 0 ? p : value
            }
        case .ladder, .ladderProduct, .ladderElse: runLadder(a, b, c, count: count, into: &out, at: base, sink)
        // NaN fails both comparisons and stays.
        case .clamp: sweep(base, count, &out, sink) { let x = a[$0]; return x < p ? p : (x > q ? q : x) }
        case .clampMultiplyDivide: sweep(base, count, &out, sink) { let x = a[$0] * b[$0] / c[$0]; return x < p ? p : (x > q ? q : x) }
        case .multiplyDivide: sweep(base, count, &out, sink) { a[$0] * b[$0] / c[$0] }
        case .multiplyAdd: sweep(base, count, &out, sink) { a[$0] * b[$0] + c[$0] }
        case .scaleAdd: sweep(base, count, &out, sink) { a[$0] * p + b[$0] }
        case .lag: lag(a, window, before: p, count, &out, base, sink)
        case .run: running(a, window, count, &out, base, sink)
        case .since: since(a, count, &out, base, sink)
        case .highest: extreme(a, window, count, &out, base, sink) { $0 >= $1 }
        case .lowest: extreme(a, window, count, &out, base, sink) { $0 <= $1 }
        }
    }
}

/// Whether both are numbers and differ.
@inline(__always) private func differs(_ x: Double, _ y: Double) -> Bool { x < y || x > y }
