internal import RealModule

/// The mean-field model of PPO under advantage normalisation with one HOLD, whose reward has no noise, and m equivalent trades, whose advantages have deviation sigma_T.
///
/// With u the share of trading, sigma_A = sqrt(u) sigma_T, the temperature is c sigma_A, and a mix is stationary where sqrt(u) ln(m (1 - u) / u) = x, x = gap / (c sigma_T). The left side
/// peaks at the *fold* (m = 2: x = .9406 at u = .157): above it no mixture is stable and HOLD takes all; below it a mixture is stable, and beyond a second, unstable root a
/// policy runs to HOLD all the same. Derived here; real clipped PPO leaves the mixture well below the fold, since noise carries it over (docs/postmortem.md).
package struct FoldModel: Sendable, Equatable {
    /// m, number of trading actions.
    package let trades: Int
    /// u at the fold, and x there.
    package let foldTrading: Double
    package let foldX: Double

    package init(trades: Int = 2) {
        precondition(trades >= 1, "FoldModel: \(trades) trading actions")
        self.trades = trades
        let m = Double(trades)
        // d/du = 0: ln(m (1 - u) / u) = 2 / (1 - u); the left side falls, the right side rises.
        var low = 1e-9, high = 1 - 1e-9
        for _ in 0..<200 {
            let u = 0.5 * (low + high)
            if Double.log(m * (1 - u) / u) > 2 / (1 - u) { low = u } else { high = u }
        }
        foldTrading = 0.5 * (low + high)
        foldX = Self.x(foldTrading, m)
    }

    private static func x(_ u: Double, _ m: Double) -> Double { u <= 0 ? 0 : u >= 1 ? -.infinity : u.squareRoot() * Double.log(m * (1 - u) / u) }

    /// The x at which `hold` would be stationary: sqrt(1 - h) ln(m h / (1 - h)). 0 for a policy that only holds (no x is needed once nothing is traded), minus infinity for one that never does.
    package func stationaryX(hold: Double) -> Double { Self.x(1 - hold, Double(trades)) }

    /// Share of HOLD of the stable mixture; nil above the fold.
    package func stableHold(x: Double) -> Double? {
        guard x <= foldX else { return nil }
        return 1 - root(x, between: foldTrading, and: 1)
    }

    /// Share of HOLD beyond which even this x ends in HOLD alone; 1 where x is 0 or less, nil above the fold.
    package func lastFreeHold(x: Double) -> Double? {
        guard x <= foldX else { return nil }
        return x <= 0 ? 1 : 1 - root(x, between: foldTrading, and: 0)
    }

    /// u with x(u) = x, on the branch from the fold to `end`, along which x falls.
    private func root(_ x: Double, between fold: Double, and end: Double) -> Double {
        var inside = fold, outside = end
        for _ in 0..<200 {
            let u = 0.5 * (inside + outside)
            if Self.x(u, Double(trades)) > x { inside = u } else { outside = u }
        }
        return 0.5 * (inside + outside)
    }

    /// Where the mean field takes a policy that starts at `hold` under `x`: the stable mixture, or 1.
    package func destination(x: Double, from hold: Double) -> Double {
        guard let stable = stableHold(x: x), let last = lastFreeHold(x: x), hold < last else { return 1 }
        return stable
    }

    /// What `destination` needs: the largest x whose stable mixture holds at most `hold`.
    package func x(forHold hold: Double) -> Double { min(foldX, stationaryX(hold: min(hold, 1 - foldTrading))) }
}
