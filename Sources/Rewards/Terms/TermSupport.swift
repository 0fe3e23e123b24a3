internal import ComponentKit

extension ParameterReader {
    /// The whole number `name`; a fraction is an issue.
    mutating func whole(_ name: String) -> Int {
        if let given = value(name, isRequired: false), let x = given.number, x != x.rounded() {
            report(given.issue("type", "'\(name)' is \(given.scalarText ?? ""), which is not a whole number"))
            return 1
        }
        return Int(number(name))
    }

    /// The window length `name`, refused below 10 with the reason.
    mutating func window(_ name: String) -> Int {
        if let given = value(name, isRequired: false), let x = given.number, x < 10 {
            report(
                given.issue(
                    "range", "'\(name)' is \(shortNumber(x)), less than 10: the deviation of so few returns is often close to 0, so the ratio explodes",
                    help: "use 30 or more"))
            return 10
        }
        return whole(name)
    }
}

/// A number as text of the expression language; negative numbers in brackets.
func literal(_ x: Double) -> String { x < 0 ? "(\(x))" : "\(x)" }

/// Basis points as a fraction, as text.
func fraction(basisPoints: Double) -> String { literal(basisPoints / 10_000) }

/// Names of the features that terms read, in the feature set `btc-44`.
enum TermFeature {
    /// ATR(14) / close * 100.
    static let atrPercent = "atr_14"
    /// (RSI(14) - 50) / 50.
    static let rsi = "rsi_14"
}

/// The newest `capacity - 1` pairs of numbers and their sums; with the pair being judged they make a full window.
///
/// Sums are updated as pairs come and go, and added up anew each time the buffer has gone round, so rounding errors
/// cannot build up. O(1) a step on average.
struct RollingPairs: Sendable {
    let capacity: Int
    private var pairs: [(Double, Double)] = []
    private var head = 0
    private(set) var sums = (0.0, 0.0)

    init(capacity: Int) {
        precondition(capacity >= 1, "a window of \(capacity) pairs")
        self.capacity = capacity
    }

    /// Whether one more pair makes a full window.
    var isReady: Bool { pairs.count == capacity - 1 }

    mutating func append(_ pair: (Double, Double)) {
        guard capacity > 1 else { return }
        if !isReady {
            pairs.append(pair)
            sums = (sums.0 + pair.0, sums.1 + pair.1)
            return
        }
        let oldest = pairs[head]
        pairs[head] = pair
        head += 1
        if head == pairs.count {
            head = 0
            sums = pairs.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        } else {
            sums = (sums.0 + pair.0 - oldest.0, sums.1 + pair.1 - oldest.1)
        }
    }
}
