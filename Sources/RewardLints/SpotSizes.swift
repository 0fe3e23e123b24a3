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

/// Deviation of what a bar of a long trade pays beyond one of holding, by regime, [G].
func pairedDeviations(_ stack: RewardStack, _ market: AnalysisMarket) -> [Double] {
    let rows = market.rows
    func always(_ action: UInt8) -> [Double] {
        let steps = SpotSteps(stack, market, rows: rows, actions: [UInt8](repeating: action, count: rows.count)).taken()
        return stack.unshapedPay(tried: steps, taken: steps)
    }
    let long = always(1), hold = always(0)
    var gaps = Array(repeating: [Double](), count: market.regimeNames.count)
    for t in rows { gaps[Int(market.labels[t])].append(long[t - rows.lowerBound] - hold[t - rows.lowerBound]) }
    return gaps.map { moments($0).deviation }
}
