internal import Rewards
internal import NumericKernels
internal import TradingTypes
package import Training
internal import Environments

/// What every term of a reward, unweighted, pays for HOLD and for trading in each regime on some bars: the linear part of the problem.
///
/// K terms, R regimes. TRADE is a trade whose direction is right with the hit rate's probability, LONG and SHORT in turn.
package struct GapTable: Sendable {
    package let terms: [String]
    /// Bars of each regime, [R].
    package let bars: [Int]
    /// Mean pay on HOLD, on a trade in the direction of the next return and in the other one, [K][R].
    package let hold, right, wrong: [[Double]]
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
        var count = [Int](repeating: 0, count: R)
        for g in labels { count[g] += 1 }
        let zero = Array(repeating: [Double](repeating: 0, count: R), count: K)
        var hold = zero, right = zero, wrong = zero, certainHold = zero, certainTrade = [zero, zero]
        var certain = [Bool](repeating: true, count: K)
        var sums = [Double](repeating: 0, count: R), squares = sums
        for tried in SpotAction.allCases {
            let outcomes = environment.outcomes(of: tried, rows: rows, along: path, market: market.columns, needsNext: stack.needsNext)
            var total = [Double](repeating: 0, count: n)
            for k in 0..<K {
                for part in stack.parts(of: k, tried: outcomes, taken: taken ?? outcomes) {
                    let isCertain = part.provenance == .guaranteed || part.provenance == .path
                    if !isCertain { certain[k] = false }
                    for t in 0..<n {
                        let pay = part.pay[t], g = labels[t]
                        total[t] += stack.design.terms[k].weight * pay
                        switch tried {
                        case .hold:
                            hold[k][g] += pay
                            if isCertain { certainHold[k][g] += pay }
                        case .long, .short:
                            // On a bar without a move both directions are as right as they are wrong.
                            let agreement = tried.direction * returns[t]
                            if agreement >= 0 { right[k][g] += agreement == 0 ? pay / 2 : pay }
                            if agreement <= 0 { wrong[k][g] += agreement == 0 ? pay / 2 : pay }
                            if isCertain { certainTrade[tried == .long ? 0 : 1][k][g] += pay }
                        }
                    }
                }
            }
            if tried != .hold {
                for t in 0..<n {
                    sums[labels[t]] += total[t]
                    squares[labels[t]] += total[t] * total[t]
                }
            }
        }
        func mean(_ rows: [[Double]]) -> [[Double]] { rows.map { row in row.indices.map { row[$0] / Double(max(1, count[$0])) } } }
        terms = stack.design.terms.map(\.id)
        bars = count
        self.hold = mean(hold)
        self.right = mean(right)
        self.wrong = mean(wrong)
        self.certainHold = mean(certainHold)
        self.certainTrade = certainTrade.map(mean)
        isCertain = certain
        tradeDeviation = (0..<R).map { g in
            let m = Double(max(1, 2 * count[g])), average = sums[g] / m
            return max(0, squares[g] / m - average * average).squareRoot()
        }
    }

    /// Pay of a trade at a hit rate, [K].
    package func trade(_ regime: Int, hitRate p: Double) -> [Double] { terms.indices.map { p * right[$0][regime] + (1 - p) * wrong[$0][regime] } }

    /// What HOLD pays more than a trade at a hit rate, by term, unweighted, [K].
    package func gap(_ regime: Int, hitRate p: Double) -> [Double] { zip(terms.indices, trade(regime, hitRate: p)).map { hold[$0][regime] - $1 } }

    /// What HOLD pays for certain more than the direction (0 LONG, 1 SHORT) does, by term, unweighted, [K].
    package func certainGap(_ regime: Int, direction: Int) -> [Double] { terms.indices.map { certainHold[$0][regime] - certainTrade[direction][$0][regime] } }
}
