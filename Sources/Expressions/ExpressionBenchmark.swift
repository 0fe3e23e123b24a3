internal import ComponentKit
internal import TradingTypes

/// Compiled reward terms timed beside the same terms written in Swift, over the same columns. Used by `make bench`.
package enum ExpressionBenchmark {
    /// One term: nanoseconds a row for both, best of several runs, and the largest difference between their results.
    package struct Row: Sendable {
        package let term: String
        package let rows: Int
        package let compiledNanoseconds: Double
        package let handwrittenNanoseconds: Double
        package let largestDifference: Double
        package var ratio: Double { compiledNanoseconds / handwrittenNanoseconds }
    }

    /// The columns as a hand-written term would hold them.
    struct Market {
        var direction: [Double], action: [Double], regime: [Double], nextReturn: [Double], volatility: [Double]

        init(rows: Int) {
            // A fixed pseudo-random sequence; the values only have to be of the usual kind.
            var state: UInt64 = 1
            func uniform() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11) * 0x1p-53
            }
            action = (0..<rows).map { _ in (uniform() * 3).rounded(.down) }
            direction = action.map { $0 == 0 ? 0 : $0 == 1 ? 1 : -1 }
            regime = (0..<rows).map { _ in (uniform() * 4).rounded(.down) }
            nextReturn = (0..<rows).map { _ in (uniform() - 0.5) * 0.02 }
            volatility = (0..<rows).map { _ in 0.004 + uniform() * 0.01 }
        }
    }

    private struct Case: Sendable {
        let value: String, when: String?, weight: Double
        let constants: [String: Double]
        let hand: @Sendable (Market, inout MutableSpan<Double>) -> Void

        init(
            _ value: String, when: String? = nil, weight: Double, constants: [String: Double] = [:],
            hand: @escaping @Sendable (Market, inout MutableSpan<Double>) -> Void
        ) {
            (self.value, self.when, self.weight, self.constants, self.hand) = (value, when, weight, constants, hand)
        }
    }

    private static let cases: [Case] = [
        Case("direction * next_return", weight: 200) { m, out in
            let d = m.direction.span, r = m.nextReturn.span
            for i in 0..<out.count { out[i] += 200 * (d[i] * r[i]) }
        },
        Case("1", when: "direction * next_return > 0", weight: 0.08) { m, out in
            let d = m.direction.span, r = m.nextReturn.span
            for i in 0..<out.count { out[i] += d[i] * r[i] > 0 ? 0.08 : 0 }
        },
        Case("1", when: "action == HOLD and regime == TRENDING", weight: -0.04) { m, out in
            let a = m.action.span, g = m.regime.span
            for i in 0..<out.count { out[i] += a[i] == 0 && g[i] == 1 ? -0.04 : 0 }
        },
        Case("1", when: "action == HOLD and regime == TRENDING", weight: -0.04, constants: ["action": 0]) { m, out in
            let g = m.regime.span
            for i in 0..<out.count { out[i] += g[i] == 1 ? -0.04 : 0 }
        },
        Case("1", when: "action == HOLD and abs(next_return) < 0.25 * volatility_24h", weight: 0.02) { m, out in
            let a = m.action.span, r = m.nextReturn.span, v = m.volatility.span
            for i in 0..<out.count { out[i] += a[i] == 0 && r[i].magnitude < 0.25 * v[i] ? 0.02 : 0 }
        },
        Case("1", when: "regime in [HIGH_VOL, CRISIS] and action != HOLD", weight: -0.03) { m, out in
            let a = m.action.span, g = m.regime.span
            for i in 0..<out.count { out[i] += (g[i] == 2 || g[i] == 3) && a[i] != 0 ? -0.03 : 0 }
        },
        Case("clamp(direction * next_return / volatility_24h, -3, 3)", weight: 0.1) { m, out in
            let d = m.direction.span, r = m.nextReturn.span, v = m.volatility.span
            for i in 0..<out.count { out[i] += 0.1 * min(max(d[i] * r[i] / v[i], -3), 3) }
        },
        Case("tier(direction * next_return, 0.2% -> 0.3, 0.4% -> 0.5, 0.8% -> 1)", weight: 1) { m, out in
            let d = m.direction.span, r = m.nextReturn.span
            for i in 0..<out.count {
                let x = d[i] * r[i]
                out[i] += x >= 0.008 ? 1 : x >= 0.004 ? 0.5 : x >= 0.002 ? 0.3 : 0
            }
        },
    ]

    /// Times every case over `rows` rows. Each side adds its term to a row of rewards, as the ledger does.
    package static func run(rows: Int = 26_100, repeats: Int = 200) -> [Row] {
        let market = Market(rows: rows)
        let table = ColumnTable(
            rowCount: rows,
            columns: [
                "action": .values(market.action), "direction": .values(market.direction), "regime": .values(market.regime),
                "next_return": .values(market.nextReturn), "volatility_24h": .values(market.volatility),
            ])
        let scope = NameScope.spot(features: [], regimeNames: Regime.names)
        let clock = ContinuousClock()
        func best(_ body: () -> Void) -> Double {
            var least = Double.infinity
            for _ in 0..<repeats {
                let time = clock.measure(body)
                least = min(least, Double(time.components.attoseconds) * 1e-9 + Double(time.components.seconds) * 1e9)
            }
            return least / Double(rows)
        }
        return cases.compactMap { item in
            var issues: [InputIssue] = []
            let value = compileExpression(TextAnchor(text: item.value), scope: scope, expecting: .number, history: false, issues: &issues)
            let when = item.when.flatMap {
                compileExpression(TextAnchor(text: $0), scope: scope, expecting: .boolean, history: false, issues: &issues)
            }
            guard let value, issues.isEmpty else { return nil }
            let program = ColumnProgram(value.gated(by: when), constants: item.constants)
            var ours = [Double](repeating: 0, count: rows), theirs = ours
            var timesHand = 0.0, timesOurs = 0.0
            do {
                var span = theirs.mutableSpan
                item.hand(market, &span)
                span = ours.mutableSpan
                program.evaluate(table, rows: 0..<rows, weight: item.weight, accumulate: true, into: &span)
            }
            let difference = zip(ours, theirs).map { ($0 - $1).magnitude }.max() ?? 0
            timesHand = best {
                var span = theirs.mutableSpan
                item.hand(market, &span)
            }
            timesOurs = best {
                var span = ours.mutableSpan
                program.evaluate(table, rows: 0..<rows, weight: item.weight, accumulate: true, into: &span)
            }
            var term = item.when.map { item.value == "1" ? "when \($0)" : "\(item.value) when \($0)" } ?? item.value
            for (name, constant) in item.constants { term += " (\(name) = \(shortNumber(constant)))" }
            return Row(
                term: term, rows: rows, compiledNanoseconds: timesOurs, handwrittenNanoseconds: timesHand, largestDifference: difference)
        }
    }
}
