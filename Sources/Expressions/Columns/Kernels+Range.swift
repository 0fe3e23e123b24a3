/// Instructions that ask whether a value lies in an interval. One comparison where one side is open or both sides meet.
///
/// Both results are read before the choice and no `&&` is used, so the loops have no branch and vectorise.
extension Instruction {
    func runRange(
        _ a: Span<Double>, _ b: Span<Double>, count: Int, into out: inout MutableSpan<Double>, at base: Int, _ sink: Sink
    ) {
        let p = p, q = q, low = first.low, high = first.high
        switch code {
        case .stepProduct:
            if low == high {
                sweep(base, count, &out, sink) { let x = a[$0] * b[$0], yes = p, no = q; return x == low ? yes : no }
            } else if low == -.infinity {
                sweep(base, count, &out, sink) { let x = a[$0] * b[$0], yes = p, no = q; return x <= high ? yes : no }
            } else if high == .infinity {
                sweep(base, count, &out, sink) { let x = a[$0] * b[$0], yes = p, no = q; return x >= low ? yes : no }
            } else {
                sweep(base, count, &out, sink) {
                    let x = a[$0] * b[$0], yes = p, no = q
                    let above = x >= low ? yes : no
                    return x <= high ? above : no
                }
            }
        case .maskRange:
            if low == high {
                sweep(base, count, &out, sink) { let x = a[$0], yes = b[$0], no = p; return x == low ? yes : no }
            } else if low == -.infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = b[$0], no = p; return x <= high ? yes : no }
            } else if high == .infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = b[$0], no = p; return x >= low ? yes : no }
            } else {
                sweep(base, count, &out, sink) {
                    let x = a[$0], yes = b[$0], no = p
                    let above = x >= low ? yes : no
                    return x <= high ? above : no
                }
            }
        case .rangeElse:
            if low == high {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = b[$0]; return x == low ? yes : no }
            } else if low == -.infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = b[$0]; return x <= high ? yes : no }
            } else if high == .infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = b[$0]; return x >= low ? yes : no }
            } else {
                sweep(base, count, &out, sink) {
                    let x = a[$0], yes = p, no = b[$0]
                    let above = x >= low ? yes : no
                    return x <= high ? above : no
                }
            }
        default:
            if low == high {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = q; return x == low ? yes : no }
            } else if low == -.infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = q; return x <= high ? yes : no }
            } else if high == .infinity {
                sweep(base, count, &out, sink) { let x = a[$0], yes = p, no = q; return x >= low ? yes : no }
            } else {
                sweep(base, count, &out, sink) {
                    let x = a[$0], yes = p, no = q
                    let above = x >= low ? yes : no
                    return x <= high ? above : no
                }
            }
        }
    }

    /// The payment of the highest threshold reached, what lies below where none is.
    func runLadder(
        _ a: Span<Double>, _ b: Span<Double>, _ c: Span<Double>, count: Int, into out: inout MutableSpan<Double>, at base: Int, _ sink: Sink
    ) {
        let q = q
        let t0 = thresholds[0], t1 = thresholds[1], t2 = thresholds[2], t3 = thresholds[3]
        let v0 = payments[0], v1 = payments[1], v2 = payments[2], v3 = payments[3]
        switch code {
        case .ladderProduct:
            sweep(base, count, &out, sink) {
                let x = a[$0] * b[$0], below = q
                let one = x >= t0 ? v0 : below
                let two = x >= t1 ? v1 : one
                let three = x >= t2 ? v2 : two
                return x >= t3 ? v3 : three
            }
        case .ladderElse:
            sweep(base, count, &out, sink) {
                let x = a[$0], below = c[$0]
                let one = x >= t0 ? v0 : below
                let two = x >= t1 ? v1 : one
                let three = x >= t2 ? v2 : two
                return x >= t3 ? v3 : three
            }
        default:
            sweep(base, count, &out, sink) {
                let x = a[$0], below = q
                let one = x >= t0 ? v0 : below
                let two = x >= t1 ? v1 : one
                let three = x >= t2 ? v2 : two
                return x >= t3 ? v3 : three
            }
        }
    }
}
