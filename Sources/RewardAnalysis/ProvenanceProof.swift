internal import Environments
internal import NumericKernels
package import Rewards
internal import TradingTypes

/// Tests the derived provenance of every term: the futures of a sample of bars are exchanged at random and the terms scored
/// again. A part that is guaranteed or path must not move by a bit; an uncertain part should.
package struct ProvenanceProof: Sendable {
    /// One finding a term: `unchanged` (no part reads the future), `moved` (its uncertain part did), `moved; certain part
    /// unchanged`, `never moved` (it reads an outcome, but its pay was the same in every sampled future), or `BROKEN: ...`.
    package private(set) var findings: [String]

    /// - Parameter sample: bars scored, evenly spread in one run at most this long.
    package init(_ stack: RewardStack, _ market: AnalysisMarket, sample: Int = 2_048) {
        let n = min(sample, market.rows.count)
        let rows = market.rows.lowerBound..<(market.rows.lowerBound + n)
        let path = stack.readsPath || stack.isStateful ? market.path : nil
        let needed = market.columns(stack.names, rows: rows.lowerBound..<(rows.upperBound + (stack.needsNext ? 1 : 0)))
        var random = RandomStream(seed: 1, purpose: "resampled futures")
        var order = Array(0..<n)
        order.shuffle(using: &random)
        var certainMoved = [Bool](repeating: false, count: stack.design.terms.count)
        var uncertainMoved = certainMoved, hasCertain = certainMoved, hasUncertain = certainMoved
        for action in SpotAction.allCases {
            let real = market.environment.outcomes(of: action, rows: rows, along: path, market: needed, from: rows.lowerBound, needsNext: stack.needsNext)
            var other = real
            for name in ["next_return", "cost", "realized"] {
                if case .values(let values)? = real.columns[name] { other.columns[name] = .values(order.map { values[$0] }) }
            }
            for (name, column) in real.next {
                if case .values(let values) = column { other.next[name] = .values(order.map { values[$0] }) }
            }
            for k in stack.design.terms.indices {
                let before = stack.parts(of: k, tried: real, taken: real), after = stack.parts(of: k, tried: other, taken: real)
                for (b, a) in zip(before, after) {
                    let moved = (0..<n).contains { b.pay[$0] != a.pay[$0] && !(b.pay[$0].isNaN && a.pay[$0].isNaN) }
                    switch b.provenance {
                    case .guaranteed, .path:
                        hasCertain[k] = true
                        certainMoved[k] = certainMoved[k] || moved
                    case .uncertain, .shaping:
                        hasUncertain[k] = true
                        uncertainMoved[k] = uncertainMoved[k] || moved
                    }
                }
            }
        }
        findings = stack.design.terms.indices.map { k in
            if certainMoved[k] { return "BROKEN: a part called certain moved with the future" }
            if !hasUncertain[k] { return "unchanged" }
            if !uncertainMoved[k] { return "never moved" }
            return hasCertain[k] ? "moved; certain part unchanged" : "moved"
        }
    }
}
