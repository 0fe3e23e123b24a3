package import Environments
package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies
internal import RealModule
internal import TradingTypes

/// A run of actions through the market: what it earned after costs.
public struct TradingResult: Sendable, Equatable {
    /// Positions closed (or turned over).
    public var roundTrips = 0
    /// Final equity over initial, minus 1, after costs.
    public var netReturn = 0.0
    /// Mean over standard deviation of the bars' net returns, annualised by the bar length; nil without spread.
    public var sharpe: Double?
    /// Largest drop of equity from a peak, positive fraction.
    public var maxDrawdown = 0.0
    /// Shares of the actions, [A].
    public var shares: [Double] = []
    /// On options: what of the account each trade's premium takes, and the sum of the trades' net profits as shares of their premiums.
    public var riskedPerTrade: Double?
    public var premiumReturn: Double?

    init() {}

    package init(_ environment: SpotEnvironment, rows: Range<Int>, actions: [UInt8]) {
        guard let found = NetReturns(environment, rows: rows, actions: actions) else { return }
        roundTrips = found.roundTrips
        var equity = 1.0, peak = 1.0, sum = 0.0, squares = 0.0
        for net in found.values {
            equity *= 1 + net
            peak = max(peak, equity)
            maxDrawdown = max(maxDrawdown, 1 - equity / peak)
            sum += net
            squares += net * net
        }
        netReturn = equity - 1
        let n = Double(rows.count), mean = sum / n, variance = max(0, squares / n - mean * mean)
        if variance > 0 {
            let barsPerYear = 365.25 * 86_400 / Double(environment.bars.barDurationSeconds)
            sharpe = mean / variance.squareRoot() * barsPerYear.squareRoot()
        }
        shares = (0..<3).map { a in Double(actions.count { $0 == UInt8(a) }) / n }
    }
}

/// The return of every bar after costs, of a run of actions through the market.
package struct NetReturns: Sendable {
    /// [T]
    package private(set) var values: [Double] = []
    /// Positions closed (or turned over).
    package private(set) var roundTrips = 0

    package init?(_ environment: SpotEnvironment, rows: Range<Int>, actions: [UInt8]) {
        let path = SpotPath(environment, rows: rows, actions: actions)
        let outcomes = environment.outcomes(taken: path, actions: actions, market: [:])
        guard let cost = outcomes.columns["cost"], let direction = outcomes.columns["direction"] else { return nil }
        values.reserveCapacity(rows.count)
        for t in 0..<rows.count {
            if path.position[t] != 0, direction[t] != path.position[t] { roundTrips += 1 }
            let r = environment.nextReturn[rows.lowerBound + t]
            values.append(direction[t] * (r.isNaN ? 0 : r) - cost[t])
        }
    }

    /// Equity after each bar over that before the first, [T].
    package var equity: [Double] {
        var equity = 1.0
        return values.map { net in
            equity *= 1 + net
            return equity
        }
    }
}

/// A policy over a whole split: what it does in each regime, sampled, by arg-max and on average, and what that earns.
public struct PolicyEvaluation: Sendable, Equatable {
    public var sampled = ActionMix()
    public var argmax = ActionMix()
    public var meanProbability = ActionMix()
    public var sampledResult: TradingResult
    public var argmaxResult: TradingResult
    /// Mean relative entropy, in [0, 1].
    public var entropy = 0.0
    /// What the sampled and the arg-max policy did in the terms of the scalping case; nil on the spot market.
    public var scalp: ScalpStatistics?
    public var argmaxScalp: ScalpStatistics?
    /// Share of the days on which it completed a trade.
    public var daysTraded: Double?
    public var argmaxDaysTraded: Double?

    /// What it did on each bar, [T]; empty for options.
    package internal(set) var sampledActions: [UInt8] = []
    package internal(set) var argmaxActions: [UInt8] = []

    /// Nothing seen yet.
    init(actions: [String]) {
        sampled = ActionMix(actions: actions)
        argmax = sampled
        meanProbability = sampled
        sampledResult = TradingResult()
        argmaxResult = TradingResult()
    }

    /// Bars asked about at a time.
    private static let chunk = 2_048

    /// `seed` draws the sampled actions. A policy with a context needs that many bars before `rows`; one that was trained on observations
    /// under running statistics needs those.
    package init(
        _ policy: any ActorCritic, _ market: SpotTrainingMarket, rows: Range<Int>, normalizer: RunningNormalizer?, seed: UInt64, team: ThreadTeam
    ) {
        precondition(market.observedState.isEmpty, "a policy that observes its own state is walked through the market, not asked about all bars at once")
        let seen = normalizer?.observations == nil ? nil : normalizer.map { market.observations(rows, under: $0) }
        let table = seen.map { ObservationTable(features: $0.matrix(rows: market.table.features.rows, columns: market.table.features.columns)) } ?? market.table
        defer { withExtendedLifetime(seen) {} }
        var random = RandomStream(seed: seed, purpose: "evaluation")
        let width = MaskedCategorical.padded(Self.chunk)
        let scores = FloatBlock(count: Self.chunk * 3), logs = FloatBlock(count: 3 * width), chances = FloatBlock(count: 3 * width)
        var drawn: [UInt8] = [], best: [UInt8] = []
        drawn.reserveCapacity(rows.count)
        best.reserveCapacity(rows.count)
        var entropySum = 0.0
        var start = rows.lowerBound
        while start < rows.upperBound {
            let end = min(rows.upperBound, start + Self.chunk), count = end - start
            let indices = (start..<end).map { Int32($0) }
            let logits = scores.matrix(rows: count, columns: 3)
            policy.infer(table, rows: indices.span, logits: logits, values: nil, team: team)
            let padded = MaskedCategorical.padded(count)
            let logP = logs.matrix(rows: 3, columns: padded), p = chances.matrix(rows: 3, columns: padded)
            MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
            exponentials(logP, into: p)
            for i in 0..<count {
                let regime = Int(market.table.regimes[start + i])
                let action = MaskedCategorical.sample(p, row: i, uniform: Float(random.next() >> 40) * 0x1p-24)
                var top = 0
                for a in 0..<3 {
                    meanProbability.add(a, regime: regime, weight: Double(p[a, i]))
                    entropySum -= Double(p[a, i] * logP[a, i])
                    if logits[i, a] > logits[i, top] { top = a }
                }
                sampled.add(action, regime: regime)
                argmax.add(top, regime: regime)
                drawn.append(UInt8(action))
                best.append(UInt8(top))
            }
            start = end
        }
        entropy = rows.isEmpty ? 0 : entropySum / Double(rows.count) / Double.log(3)
        sampledResult = TradingResult(market.environment, rows: rows, actions: drawn)
        argmaxResult = TradingResult(market.environment, rows: rows, actions: best)
        sampledActions = drawn
        argmaxActions = best
    }

    /// The class of the sampled mix.
    public var policyClass: PolicyClass { PolicyClass(shares: sampled.shares ?? [1, 0], roundTrips: sampledResult.roundTrips) }
}

/// Fixed policies to stand beside a trained one.
package enum PolicyZoo {
    package static let names = ["always_hold", "always_long", "always_short", "random", "trend", "mean_revert", "clairvoyant"]

    /// What each earns over `rows`. Trend follows the sign of the last 24 bars' return, mean-revert goes against it; the clairvoyant knows
    /// the next return and trades where it beats the cost of turning over.
    package static func results(_ market: SpotTrainingMarket, rows: Range<Int>, seed: UInt64) -> [(name: String, result: TradingResult)] {
        actions(market, rows: rows, seed: seed).map { ($0.name, TradingResult(market.environment, rows: rows, actions: $0.actions)) }
    }

    /// What each does on every one of `rows`.
    package static func actions(_ market: SpotTrainingMarket, rows: Range<Int>, seed: UInt64) -> [(name: String, actions: [UInt8])] {
        var random = RandomStream(seed: seed, purpose: "zoo")
        let close = market.prepared.bars.close, next = market.environment.nextReturn
        let threshold = 2 * (market.environment.configuration.feeBasisPoints + market.environment.configuration.slippageBasisPoints) / 10_000
        func side(_ value: Double) -> UInt8 { value > 0 ? SpotAction.long.rawValue : value < 0 ? SpotAction.short.rawValue : SpotAction.hold.rawValue }
        func trend(_ t: Int) -> Double { t >= 24 ? close[t] / close[t - 24] - 1 : 0 }
        return names.map { name in
            let actions = rows.map { t -> UInt8 in
                switch name {
                case "always_long": SpotAction.long.rawValue
                case "always_short": SpotAction.short.rawValue
                case "random": UInt8(random.below(3))
                case "trend": side(trend(t))
                case "mean_revert": side(-trend(t))
                case "clairvoyant": abs(next[t]) > threshold ? side(next[t]) : SpotAction.hold.rawValue
                default: SpotAction.hold.rawValue
                }
            }
            return (name, actions)
        }
    }
}
