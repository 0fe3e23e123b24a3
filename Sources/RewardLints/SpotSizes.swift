internal import AbstractMDP
internal import Environments
internal import NumericKernels
internal import RewardAnalysis
internal import Rewards
internal import TradingTypes

/// Trading against holding on and on, in one regime at zero edge: what a bar in a position pays, and one without.
struct Steady {
    let certainHold, certainTrade, hold, trade: Double
    /// Pay of the better trade when the bar goes its way, and against it.
    let favourable, adverse: Double

    init(_ model: AbstractModel, _ g: Int) {
        let pay = model.pay
        func pair(_ position: Int, _ action: SpotAction) -> Int {
            let p = model.path.firstIndex { $0.position == position && $0.profit == 0 && $0.age.lowerBound == 1 } ?? model.start
            return p * 3 + Int(action.rawValue)
        }
        let flat = pair(0, .hold), long = pair(1, .long), short = pair(-1, .short)
        let better = pay.at(hitRate: 0.5, regime: g, pair: long) >= pay.at(hitRate: 0.5, regime: g, pair: short) ? long : short
        certainHold = pay.certain[g][flat]
        certainTrade = pay.certain[g][better]
        hold = pay.at(hitRate: 0.5, regime: g, pair: flat)
        trade = pay.at(hitRate: 0.5, regime: g, pair: better)
        favourable = pay.favourable[g][better]
        adverse = pay.adverse[g][better]
    }

    var size: Double { max(abs(hold), abs(trade), abs(favourable), abs(adverse)) }

    /// Hit rate at which the trade is worth as much as holding; nil where skill does not enter.
    var breakEven: Double? {
        let slope = favourable - adverse
        return slope > 1e-12 * max(1e-300, size) ? (hold - certainTrade - adverse) / slope : nil
    }

    /// What a term adds to trading over holding.
    static func contrast(_ term: AbstractPay, _ model: AbstractModel, _ g: Int) -> Double {
        func pair(_ position: Int, _ action: SpotAction) -> Int {
            (model.path.firstIndex { $0.position == position && $0.profit == 0 && $0.age.lowerBound == 1 } ?? model.start) * 3 + Int(action.rawValue)
        }
        return term.at(hitRate: 0.5, regime: g, pair: pair(1, .long)) - term.at(hitRate: 0.5, regime: g, pair: pair(0, .hold))
    }
}

/// How much a term pays, on trades of about eight bars.
struct SpotTermSize {
    /// Deviation of its weighted pay a bar; mean size of it on the bars where it pays.
    let deviation, typical: Double

    init(_ stack: RewardStack, _ market: AnalysisMarket, term k: Int) {
        let pays = Self.paid(stack, market, rows: market.rows.prefix(6_000), terms: [k])
        let mean = pays.reduce(0, +) / Double(max(1, pays.count))
        deviation = (pays.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, pays.count))).squareRoot()
        let sizes = pays.filter { $0 != 0 }.map { abs($0) }
        typical = sizes.isEmpty ? 0 : sizes.reduce(0, +) / Double(sizes.count)
    }

    /// Deviation of what a bar of a long trade pays beyond one of holding, by regime.
    static func pairedDeviations(_ stack: RewardStack, _ market: AnalysisMarket) -> [Double] {
        let rows = market.rows, all = Array(stack.design.terms.indices)
        let long = paid(stack, market, rows: rows, terms: all, always: 1), hold = paid(stack, market, rows: rows, terms: all, always: 0)
        var gaps = Array(repeating: [Double](), count: market.regimeNames.count)
        for t in rows { gaps[Int(market.labels[t])].append(long[t - rows.lowerBound] - hold[t - rows.lowerBound]) }
        return gaps.map { gaps in
            let mean = gaps.reduce(0, +) / Double(max(1, gaps.count))
            return (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, gaps.count))).squareRoot()
        }
    }

    /// Weighted pay of some terms a bar, on random trades, or with one action always. Shaping is left out.
    private static func paid(_ stack: RewardStack, _ market: AnalysisMarket, rows: Range<Int>, terms: [Int], always: UInt8? = nil) -> [Double] {
        let actions = always.map { [UInt8](repeating: $0, count: rows.count) } ?? SpotPlay.referencePolicies(bars: rows.count, seed: 1)[1].actions
        let path = SpotPath(market.environment, rows: rows, actions: actions)
        let columns = market.columns(stack.names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
        let taken = market.environment.outcomes(taken: path, actions: actions, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
        var pays = [Double](repeating: 0, count: rows.count)
        for k in terms where stack.design.terms[k].weight != 0 {
            for part in stack.parts(of: k, tried: taken, taken: taken) where part.provenance != .shaping {
                for t in 0..<rows.count where part.pay[t].isFinite { pays[t] += stack.design.terms[k].weight * part.pay[t] }
            }
        }
        return pays
    }
}

/// How much the memory of a term moves what an action is worth, against how much the bars themselves do.
///
/// On random trades, the zero-edge difference between LONG and HOLD on a bar depends on the memory alone, up to the size of the bar's return; its deviation, against that of the
/// difference as the bars came, says how much of what is learnt the policy cannot see.
struct SpotMemory {
    let memory, bars: Double
    var share: Double { bars + memory > 0 ? memory / max(bars, memory) : 0 }

    init(_ stack: RewardStack, _ market: AnalysisMarket, term k: Int) {
        let rows = market.rows.prefix(6_000)
        let actions = SpotPlay.referencePolicies(bars: rows.count, seed: 1)[1].actions
        let path = SpotPath(market.environment, rows: rows, actions: actions)
        let columns = market.columns(stack.names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
        let environment = market.environment, weight = stack.design.terms[k].weight
        let taken = environment.outcomes(taken: path, actions: actions, market: columns, from: rows.lowerBound, needsNext: stack.needsNext)
        func pay(_ action: SpotAction, _ mirrored: Bool) -> [Double] {
            let tried = environment.outcomes(of: action, rows: rows, along: path, market: columns, from: rows.lowerBound, mirrored: mirrored, needsNext: stack.needsNext)
            var sum = [Double](repeating: 0, count: rows.count)
            for part in stack.parts(of: k, tried: tried, taken: taken) where part.provenance != .shaping {
                for t in 0..<rows.count where part.pay[t].isFinite { sum[t] += weight * part.pay[t] }
            }
            return sum
        }
        let long = [pay(.long, false), pay(.long, true)], hold = [pay(.hold, false), pay(.hold, true)]
        // The first bars fill the memory. Positions are compared with their like: only bars met flat.
        let used = (200..<max(200, rows.count)).filter { path.position[$0] == 0 }
        let fair = used.map { t in 0.5 * (long[0][t] + long[1][t] - hold[0][t] - hold[1][t]) }, came = used.map { t in long[0][t] - hold[0][t] }
        func deviation(_ x: [Double]) -> Double {
            let mean = x.reduce(0, +) / Double(max(1, x.count))
            return (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, x.count))).squareRoot()
        }
        memory = deviation(fair)
        bars = deviation(came)
    }
}
