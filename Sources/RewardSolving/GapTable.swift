internal import Rewards
internal import NumericKernels
internal import TradingTypes
package import Training
internal import Environments

/// What every term of a reward, unweighted, pays for HOLD and for trading in each regime on some bars: the linear part of the problem.
///
/// K terms, R regimes. TRADE is a trade whose direction is right with the hit rate's probability, LONG and SHORT in turn; LONG is right on bars that rise, SHORT on bars that fall.
package struct GapTable: Sendable {
    package let terms: [String]
    /// Bars of each regime, [R].
    package let bars: [Int]
    /// Mean pay on HOLD, on a trade in the direction of the next return and in the other one, [K][R].
    package let hold, right, wrong: [[Double]]
    /// Mean pay of LONG and of SHORT on bars that go their way and on bars that go against it, [2][K][R].
    package let sideRight, sideWrong: [[[Double]]]
    /// Guaranteed and path pay alone: of HOLD, and of LONG and SHORT, [K][R], [2][K][R].
    package let certainHold: [[Double]]
    package let certainTrade: [[[Double]]]
    /// Whether all of the term's pay is known when the action is chosen, [K].
    package let isCertain: [Bool]
    /// Standard deviation of the whole reward's pay for a trade, [R], under the design's weights.
    package let tradeDeviation: [Double]
    /// Whether the reward reads the agent's own path: then the means are along a random agent's.
    package let readsPath: Bool

    /// Over `rows` of a market (its training bars).
    package init(_ market: SpotTrainingMarket, rows: Range<Int>) {
        let stack = market.stack, K = stack.design.terms.count, R = Regime.names.count, n = rows.count
        let environment = market.environment
        readsPath = stack.readsPath || stack.isStateful || environment.configuration.hold == .keep
        var random = RandomStream(seed: 1, purpose: "random agent")
        var action = UInt8(0)
        let actions = rows.map { _ in
            if random.uniform() < 0.5 { action = UInt8(random.below(3)) }
            return action
        }
        let path = readsPath ? SpotPath(environment, rows: rows, actions: actions) : nil
        let taken = path.map { environment.outcomes(taken: $0, actions: actions, market: market.columns, needsNext: stack.needsNext) }
        let labels = rows.map { Int(market.table.regimes[$0]) }, returns = rows.map { environment.nextReturn[$0] }
        var sums = Sums(terms: K, regimes: R), certain = [Bool](repeating: true, count: K)
        for tried in SpotAction.allCases {
            let outcomes = environment.outcomes(of: tried, rows: rows, along: path, market: market.columns, needsNext: stack.needsNext)
            var total = [Double](repeating: 0, count: n)
            for k in 0..<K {
                for part in stack.parts(of: k, tried: outcomes, taken: taken ?? outcomes) {
                    let isCertain = part.provenance == .guaranteed || part.provenance == .path
                    if !isCertain { certain[k] = false }
                    for t in 0..<n {
                        total[t] += stack.design.terms[k].weight * part.pay[t]
                        sums.add(part.pay[t], for: tried, term: k, regime: labels[t], nextReturn: returns[t], isCertain: isCertain)
                    }
                }
            }
            if tried != .hold { for t in 0..<n { sums.addTrade(total[t], regime: labels[t]) } }
        }
        var count = [Int](repeating: 0, count: R)
        // A bar without a move is half a rise and half a fall.
        var rises = [Double](repeating: 0, count: R)
        for t in 0..<n {
            count[labels[t]] += 1
            rises[labels[t]] += returns[t] > 0 ? 1 : returns[t] == 0 ? 0.5 : 0
        }
        func mean(_ rows: [[Double]]) -> [[Double]] { rows.map { row in row.indices.map { row[$0] / Double(max(1, count[$0])) } } }
        func sideMean(_ rows: [[Double]], rising: Bool) -> [[Double]] {
            rows.map { row in row.indices.map { row[$0] / max(0.5, rising ? rises[$0] : Double(count[$0]) - rises[$0]) } }
        }
        terms = stack.design.terms.map(\.id)
        bars = count
        sideRight = [sideMean(sums.sideRight[0], rising: true), sideMean(sums.sideRight[1], rising: false)]
        sideWrong = [sideMean(sums.sideWrong[0], rising: false), sideMean(sums.sideWrong[1], rising: true)]
        hold = mean(sums.hold)
        right = mean(sums.right)
        wrong = mean(sums.wrong)
        certainHold = mean(sums.certainHold)
        certainTrade = sums.certainTrade.map(mean)
        isCertain = certain
        tradeDeviation = (0..<R).map { g in
            let m = Double(max(1, 2 * count[g])), average = sums.trade[g] / m
            return max(0, sums.tradeSquares[g] / m - average * average).squareRoot()
        }
    }

    /// Pay added up: by term and regime [K][R], of LONG and SHORT apart [2][K][R], and of whole trades [R].
    private struct Sums {
        var hold, right, wrong, certainHold: [[Double]]
        var sideRight, sideWrong, certainTrade: [[[Double]]]
        var trade, tradeSquares: [Double]

        init(terms: Int, regimes: Int) {
            let none = [Double](repeating: 0, count: regimes), zero = Array(repeating: none, count: terms)
            (hold, right, wrong, certainHold) = (zero, zero, zero, zero)
            (sideRight, sideWrong, certainTrade) = ([zero, zero], [zero, zero], [zero, zero])
            (trade, tradeSquares) = (none, none)
        }

        mutating func add(_ pay: Double, for tried: SpotAction, term k: Int, regime g: Int, nextReturn: Double, isCertain: Bool) {
            guard tried != .hold else {
                hold[k][g] += pay
                if isCertain { certainHold[k][g] += pay }
                return
            }
            // On a bar without a move both directions are as right as they are wrong.
            let agreement = tried.direction * nextReturn, side = tried == .long ? 0 : 1, share = agreement == 0 ? pay / 2 : pay
            if agreement >= 0 {
                right[k][g] += share
                sideRight[side][k][g] += share
            }
            if agreement <= 0 {
                wrong[k][g] += share
                sideWrong[side][k][g] += share
            }
            if isCertain { certainTrade[side][k][g] += pay }
        }

        mutating func addTrade(_ pay: Double, regime g: Int) {
            trade[g] += pay
            tradeSquares[g] += pay * pay
        }
    }

    /// Pay of a trade at a hit rate, [K].
    package func trade(_ regime: Int, hitRate p: Double) -> [Double] { terms.indices.map { p * right[$0][regime] + (1 - p) * wrong[$0][regime] } }

    /// Pay of LONG (1) or SHORT (2) at a hit rate, [K].
    package func side(_ action: Int, _ regime: Int, hitRate p: Double) -> [Double] {
        terms.indices.map { p * sideRight[action - 1][$0][regime] + (1 - p) * sideWrong[action - 1][$0][regime] }
    }

    /// What an action pays more than the mean of the two others at a hit rate, by term, unweighted, [K]: for HOLD (0), more than a trade.
    package func gap(_ regime: Int, action: Int = 0, hitRate p: Double) -> [Double] {
        if action == 0 { return zip(terms.indices, trade(regime, hitRate: p)).map { hold[$0][regime] - $1 } }
        let own = side(action, regime, hitRate: p), other = side(3 - action, regime, hitRate: p)
        return terms.indices.map { own[$0] - (hold[$0][regime] + other[$0]) / 2 }
    }

    /// Whether a term pays LONG something else for certain than SHORT, in a regime that has bars.
    package func tellsSides(_ term: Int) -> Bool {
        bars.indices.contains { bars[$0] > 0 && abs(certainTrade[0][term][$0] - certainTrade[1][term][$0]) > 1e-12 }
    }

    /// What HOLD pays for certain more than the direction (0 LONG, 1 SHORT) does, by term, unweighted, [K].
    package func certainGap(_ regime: Int, direction: Int) -> [Double] { terms.indices.map { certainHold[$0][regime] - certainTrade[direction][$0][regime] } }

    /// What kind of weight a term's is; nil for pay that is not known when the action is chosen.
    package func lever(_ term: Int) -> SolveLever? {
        guard isCertain[term] else { return nil }
        let paysHold = certainHold[term].contains { $0 != 0 }, sides = (0..<2).map { certainTrade[$0][term].contains { $0 != 0 } }
        if tellsSides(term) { return .side }
        return paysHold ? (sides == [false, false] ? .bonus : nil) : sides == [false, false] ? nil : .cost
    }
}

/// What a search can pull at.
public enum SolveLever: String, Sendable, CaseIterable {
    /// What HOLD is paid for certain, what trades are paid for certain (mostly less than 0), and what LONG is paid otherwise than SHORT.
    case bonus, cost, side
    /// Any other weight.
    case other
    /// Settings of the training.
    case entropy, learningRate = "learning_rate"
}
