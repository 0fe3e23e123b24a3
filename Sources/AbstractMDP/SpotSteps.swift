package import Environments
package import RewardAnalysis
package import Rewards
package import TradingTypes

/// One policy's steps on neighbouring bars of the spot market, from a flat start, with the columns that a reward reads there. T steps.
package struct SpotSteps: Sendable {
    package let stack: RewardStack
    package let market: AnalysisMarket
    package let actions: [UInt8]
    package let path: SpotPath
    private let environment: SpotEnvironment
    private let columns: [String: Column]

    /// - Parameters:
    ///   - actions: one code a bar of `rows`, [T].
    ///   - path: the walk of `actions` where it is known already.
    ///   - environment: other costs than the market's, on the same bars.
    package init(_ stack: RewardStack, _ market: AnalysisMarket, rows: Range<Int>, actions: [UInt8], path: SpotPath? = nil, in environment: SpotEnvironment? = nil) {
        self.stack = stack
        self.market = market
        self.actions = actions
        let environment = environment ?? market.environment
        self.environment = environment
        self.path = path ?? SpotPath(environment, rows: rows, actions: actions)
        columns = market.columns(stack.names, rows: rows.lowerBound..<min(rows.upperBound + 1, market.labels.count))
    }

    package var rows: Range<Int> { path.rows }

    /// What the steps led to, or would have led to had the future been its mirror image.
    package func taken(mirrored: Bool = false) -> OutcomeColumns {
        environment.outcomes(taken: path, actions: actions, market: columns, from: rows.lowerBound, mirrored: mirrored, needsNext: stack.needsNext)
    }

    /// What `action` would have led to on every bar, in the state that the steps met it in.
    package func tried(_ action: SpotAction, mirrored: Bool = false) -> OutcomeColumns {
        environment.outcomes(of: action, rows: rows, along: path, market: columns, from: rows.lowerBound, mirrored: mirrored, needsNext: stack.needsNext)
    }
}

extension RewardStack {
    /// Weighted pay of some terms (all where none are named) on each row of `tried`, shaping left out: it changes no policy's rank. NaN where a term's pay is.
    package func unshapedPay(of terms: [Int]? = nil, tried: OutcomeColumns, taken: OutcomeColumns) -> [Double] {
        var sum = [Double](repeating: 0, count: tried.count)
        for k in terms ?? Array(design.terms.indices) where design.terms[k].weight != 0 {
            for part in parts(of: k, tried: tried, taken: taken) where part.provenance != .shaping {
                for t in 0..<tried.count { sum[t] += design.terms[k].weight * part.pay[t] }
            }
        }
        return sum
    }
}
