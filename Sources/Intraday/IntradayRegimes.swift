public import ComponentKit
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// LOW_VOL, TRENDING, HIGH_VOL or CRISIS for every minute of a regular session, causally: the balanced detector with windows for minutes.
///
/// Minutes of the regular session follow each other, nights left out: the first return of a session is open to close. Each return is divided by the
/// usual size of that minute of the day (mean |return| of the same five minutes over the sessions of the window before today, in units of their
/// overall mean), so that the open is not a crisis every morning. Volatility is the deviation of the last 30 such returns. Then as `balanced`:
///
/// - CRISIS where at least 89.56% of the window's volatilities lie below this one, or the last 30 returns (as adjusted) fell by three times their
///   deviation over the last 195 times sqrt 30;
/// - HIGH_VOL where at least 71.86% lie below;
/// - TRENDING where the efficiency ratio of the last 30 minutes (|sum of returns| over sum of |returns|) is above 63.11% of those of the calm minutes;
/// - LOW_VOL otherwise; a change is made when three minutes running ask for it.
///
/// The window is the last 20 sessions (7,800 minutes) or what there is of them. The first session of a symbol, and any minute with fewer than 390 volatilities
/// in the window, is LOW_VOL as a placeholder. O(T log T).
public struct IntradayRegimes: Sendable {
    public static let card = Card(
        name: "balanced-minutes", kind: "detector", summary: "The balanced detector on minutes: volatility against 20 sessions, adjusted for the time of day",
        formula: "CRISIS: rank of sd30 >= .8956 or 30 minutes fell by 3 sd195 sqrt 30; HIGH_VOL: rank >= .7186; TRENDING: efficiency ratio of 30 >= .6311 of calm minutes",
        unit: "regime", source: "REWARD-ANALYSIS D2's detector, Kaufman 1995 (efficiency ratio)",
        facts: [("warm-up", "one session"), ("fitted", "no"), ("hysteresis", "3 minutes")])

    public var crisisQuantile = 0.8956
    public var highQuantile = 0.7186
    public var trendQuantile = 0.6311
    public static let shortMinutes = 30
    public static let longMinutes = 195
    public static let windowSessions = 20
    public static let hysteresisMinutes = 3
    static let minimumHistory = 390

    public init() {}

    /// One label a row; pre-market rows carry the last label before them.
    func label(symbols: [TradedSymbol], days: [IntradayDay], close: [Double], high: [Double], low: [Double], open: [Double]) -> [UInt8] {
        var labels = [UInt8](repeating: 0, count: close.count)
        for symbol in symbols {
            let own = days[symbol.days]
            let compact = minutes(own, close: close, open: open)
            let found = regimes(compact.returns)
            var k = 0, last: UInt8 = 0
            for day in own {
                for row in day.preMarket { labels[row] = last }
                for row in day.regular {
                    labels[row] = found[k]
                    last = found[k]
                    k += 1
                }
            }
        }
        return labels
    }

    /// The regular minutes of one symbol one after the other: returns in units of what is usual at that time of day.
    private func minutes(_ days: ArraySlice<IntradayDay>, close: [Double], open: [Double]) -> (returns: [Double], starts: [Int]) {
        let slots = NewYorkSession.regularMinutes / 5
        var returns: [Double] = [], starts: [Int] = []
        // Sums of |r| by slot over the last sessions.
        var history: [[Double]] = [], sums = [Double](repeating: 0, count: slots), total = 0.0
        for day in days {
            starts.append(returns.count)
            var today = [Double](repeating: 0, count: slots)
            let mean = total / Double(slots)
            for (m, row) in day.regular.enumerated() {
                let r = m == 0 ? Double.log(close[row] / open[row]) : Double.log(close[row] / close[row - 1])
                let slot = m / 5
                today[slot] += abs(r)
                // A slot's usual size, drawn half way to the mean while there are few sessions.
                let weight = Double(history.count) / (Double(history.count) + 3)
                let usual = mean > 0 ? weight * sums[slot] / mean + 1 - weight : 1
                returns.append(usual > 0.2 ? r / usual : r / 0.2)
            }
            if !day.isHalfDay {
                history.append(today)
                for k in 0..<slots { sums[k] += today[k] }
                total += today.reduce(0, +)
                if history.count > Self.windowSessions {
                    let gone = history.removeFirst()
                    for k in 0..<slots { sums[k] -= gone[k] }
                    total -= gone.reduce(0, +)
                }
            }
        }
        return (returns, starts)
    }

    private func regimes(_ r: [Double]) -> [UInt8] {
        let n = r.count, short = Self.shortMinutes, long = Self.longMinutes
        guard n > short else { return [UInt8](repeating: 0, count: n) }
        let sigma = RollingWindow.deviation(r, window: short)
        let wide = n >= long ? RollingWindow.deviation(r, window: long) : [Double](repeating: .nan, count: n)
        let sum = RollingWindow.sum(r, window: short), path = RollingWindow.sum(r.map(abs), window: short)
        let efficiency = zip(sum, path).map { $1 > 0 ? abs($0) / $1 : 0 }
        let (sigmaRanks, sigmaPlaces) = denseRanks(sigma)
        let (trendRanks, trendPlaces) = denseRanks(efficiency)
        var volatilities = RankCounter(places: sigmaPlaces), trends = RankCounter(places: trendPlaces)
        let window = Self.windowSessions * NewYorkSession.regularMinutes
        let first = short - 1
        var calm = [Bool](repeating: false, count: n), wanted = [UInt8](repeating: 0, count: n)
        let fall = -3 * Double(short).squareRoot()
        for t in first..<n {
            if t - window >= first {
                volatilities.remove(sigmaRanks[t - window])
                if calm[t - window] { trends.remove(trendRanks[t - window]) }
            }
            volatilities.insert(sigmaRanks[t])
            guard t >= Self.minimumHistory else { continue }
            let below = Double(volatilities.countBelow(sigmaRanks[t])), size = Double(volatilities.count)
            if below >= crisisQuantile * size || sum[t] < 0 && sum[t] <= fall * wide[t] {
                wanted[t] = Regime.crisis.rawValue
            } else if below >= highQuantile * size {
                wanted[t] = Regime.highVolatility.rawValue
            } else {
                calm[t] = true
                trends.insert(trendRanks[t])
                let weaker = Double(trends.countBelow(trendRanks[t]))
                wanted[t] = (weaker >= trendQuantile * Double(trends.count) ? Regime.trending : .lowVolatility).rawValue
            }
        }
        return settled(wanted, from: min(n - 1, Self.minimumHistory))
    }

    private func settled(_ wanted: [UInt8], from first: Int) -> [UInt8] {
        var labels = wanted
        var current = wanted[first], candidate = current, run = 0
        for t in first..<wanted.count {
            if wanted[t] == current {
                run = 0
            } else {
                run = wanted[t] == candidate && run > 0 ? run + 1 : 1
                candidate = wanted[t]
                if run >= Self.hysteresisMinutes {
                    current = candidate
                    run = 0
                }
            }
            labels[t] = current
        }
        return labels
    }
}
