internal import AbstractMDP
internal import Environments
internal import RewardAnalysis
internal import Rewards
internal import TradingTypes

/// Trading against holding on and on, in one regime at zero edge: what a bar in a position pays, and one without.
struct Steady {
    let certainHold, certainTrade, hold, trade: Double
    /// Pay of the better trade when the bar goes its way, and against it.
    let favourable, adverse: Double
    /// The state and action of holding, as an index into pay.
    let flat: Int
    /// The better trade at zero edge.
    let side: SpotAction

    init(_ model: AbstractModel, _ g: Int) {
        let pay = model.pay
        func pair(_ position: Int, _ action: SpotAction) -> Int {
            let p = model.path.firstIndex { $0.position == position && $0.profit == 0 && $0.age.lowerBound == 1 } ?? model.start
            return p * 3 + Int(action.rawValue)
        }
        // Who holds on and on has been flat for long.
        let resting = model.path.indices.filter { model.path[$0].position == 0 }.max { model.path[$0].age.lowerBound < model.path[$1].age.lowerBound } ?? model.start
        let flat = resting * 3 + Int(SpotAction.hold.rawValue), long = pair(1, .long), short = pair(-1, .short)
        side = pay.at(hitRate: 0.5, regime: g, pair: long) >= pay.at(hitRate: 0.5, regime: g, pair: short) ? .long : .short
        let better = side == .long ? long : short
        self.flat = flat
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
}

/// The bars of one regime on which certain pay parts a trade from holding.
struct PaidBars {
    /// Share of the regime's bars, and the mean of what certain pay adds to trading on them.
    var share = 0.0, certain = 0.0
    /// Deviation of what a bar of the trade pays beyond one of holding, on them.
    var deviation = 0.0
}

/// The bars that guaranteed pay decides between holding and the regime's trade of `sides`, by regime, [G].
func paidBars(_ stack: RewardStack, _ market: AnalysisMarket, sides: [SpotAction]) -> [PaidBars] {
    let rows = market.rows
    func always(_ action: SpotAction) -> (pay: [Double], sure: [Double]) {
        let steps = SpotSteps(stack, market, rows: rows, actions: [UInt8](repeating: action.rawValue, count: rows.count)).taken()
        var sure = [Double](repeating: 0, count: rows.count)
        for (k, term) in stack.design.terms.enumerated() where term.weight != 0 {
            for part in stack.parts(of: k, tried: steps, taken: steps) where part.provenance == .guaranteed { for t in sure.indices { sure[t] += term.weight * part.pay[t] } }
        }
        return (stack.unshapedPay(tried: steps, taken: steps), sure)
    }
    let hold = always(.hold), long = always(.long), short = sides.contains(.short) ? always(.short) : long
    var gaps = Array(repeating: [Double](), count: market.regimeNames.count), sums = [Double](repeating: 0, count: gaps.count), counts = sums
    for i in 0..<rows.count {
        let g = Int(market.labels[rows.lowerBound + i]), trade = sides[g] == .short ? short : long, certain = trade.sure[i] - hold.sure[i]
        counts[g] += 1
        guard certain != 0, certain.isFinite else { continue }
        sums[g] += certain
        gaps[g].append(trade.pay[i] - hold.pay[i])
    }
    return gaps.indices.map { g in
        let n = Double(gaps[g].count)
        return n > 0 ? PaidBars(share: n / counts[g], certain: sums[g] / n, deviation: moments(gaps[g]).deviation) : PaidBars()
    }
}
