internal import RealModule

/// Why a price has no implied volatility.
public enum ImpliedVolatilityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not above the discounted gain at the forward price: no volatility makes an option that cheap.
    case belowIntrinsicValue(price: Double, bound: Double)
    /// Not below the discounted spot (call) or strike (put).
    case aboveUpperBound(price: Double, bound: Double)
    /// Spot, strike, time or price is not a positive finite number.
    case badInput

    public var description: String {
        switch self {
        case .belowIntrinsicValue(let price, let bound): "the price \(price) is not above its lower no-arbitrage bound \(bound)"
        case .aboveUpperBound(let price, let bound): "the price \(price) is not below its upper no-arbitrage bound \(bound)"
        case .badInput: "spot, strike, time to expiry and price must be positive numbers"
        }
    }
}

extension BlackScholes {
    /// Largest volatility that is looked for, per year.
    static let highestVolatility = 100.0

    /// The volatility at which the model's price is `price`.
    ///
    /// Brent's method on the logarithm of the out-of-the-money price (a price in the money is first turned into the other right's by put-call parity, which
    /// keeps the digits of its time value), between 1e-6 and 100. The result reprices to about 1e-12 of the spot, or to the last digits that the price's own
    /// time value holds. Throws outside the no-arbitrage bounds, and where no volatility in the range gives that price.
    public static func impliedVolatility(
        _ right: OptionRight, price: Double, spot: Double, strike: Double, years: Double, rate: Double = 0, dividendYield: Double = 0
    ) throws(ImpliedVolatilityError) -> Double {
        guard spot > 0, strike > 0, years > 0, price > 0, [spot, strike, years, price, rate, dividendYield].allSatisfy(\.isFinite) else { throw .badInput }
        let limits = bounds(right, spot: spot, strike: strike, years: years, rate: rate, dividendYield: dividendYield)
        guard price > limits.lowerBound else { throw .belowIntrinsicValue(price: price, bound: limits.lowerBound) }
        guard price < limits.upperBound else { throw .aboveUpperBound(price: price, bound: limits.upperBound) }
        // The side that is out of the money: its price is all time value.
        let outside = limits.lowerBound > 0 ? (right == .call ? OptionRight.put : .call) : right
        let goal = limits.lowerBound > 0 ? price - limits.lowerBound : price
        let logGoal = Double.log(goal)
        func distance(_ volatility: Double) -> Double {
            let found = BlackScholes.price(outside, spot: spot, strike: strike, years: years, volatility: volatility, rate: rate, dividendYield: dividendYield)
            return Double.log(max(found, 1e-300)) - logGoal
        }
        let low = 1e-6
        guard distance(low) < 0 else { throw .belowIntrinsicValue(price: price, bound: limits.lowerBound) }
        var high = 1.0
        while distance(high) < 0 {
            high *= 2
            guard high <= 2 * highestVolatility else { throw .aboveUpperBound(price: price, bound: limits.upperBound) }
        }
        return findRoot(in: low...high, tolerance: 1e-14, distance)
    }
}

/// A zero of `f` in `range`, at whose ends it must differ in sign: bisection, secant and inverse quadratic interpolation in turns.
///
/// `tolerance`: absolute, on top of four units in the last place. At most 200 evaluations. Source: Brent 1973, Algorithms for Minimization Without
/// Derivatives, chapter 4.
func findRoot(in range: ClosedRange<Double>, tolerance: Double, _ f: (Double) -> Double) -> Double {
    var a = range.lowerBound, b = range.upperBound
    var fa = f(a), fb = f(b)
    precondition(fa == 0 || fb == 0 || (fa < 0) != (fb < 0), "the function has the values \(fa) and \(fb) at the ends of \(range): no bracket")
    var c = a, fc = fa, step = b - a, before = step
    for _ in 0..<200 {
        if (fb < 0) == (fc < 0) {
            c = a
            fc = fa
            step = b - a
            before = step
        }
        if abs(fc) < abs(fb) {
            (a, b, c) = (b, c, b)
            (fa, fb, fc) = (fb, fc, fb)
        }
        let small = 2 * b.ulp + tolerance / 2, half = (c - b) / 2
        if abs(half) <= small || fb == 0 { return b }
        if abs(before) >= small, abs(fa) > abs(fb) {
            let s = fb / fa
            var p: Double, q: Double
            if a == c {
                p = 2 * half * s
                q = 1 - s
            } else {
                let u = fa / fc, v = fb / fc
                p = s * (2 * half * u * (u - v) - (b - a) * (v - 1))
                q = (u - 1) * (v - 1) * (s - 1)
            }
            if p > 0 { q = -q } else { p = -p }
            if 2 * p < min(3 * half * q - abs(small * q), abs(before * q)) {
                before = step
                step = p / q
            } else {
                step = half
                before = half
            }
        } else {
            step = half
            before = half
        }
        a = b
        fa = fb
        b += abs(step) > small ? step : (half > 0 ? small : -small)
        fb = f(b)
    }
    return b
}
