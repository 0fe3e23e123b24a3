import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct LinearPartsTests {
    /// Text, and which parts it has.
    @Test(arguments: [
        ("1", [Provenance.guaranteed]), ("0", [.guaranteed]), ("next_return", [.uncertain]), ("1 + next_return", [.guaranteed, .uncertain]),
        ("1 + unrealized - next_return", [.guaranteed, .path, .uncertain]), ("unrealized * next_return", [.uncertain]),
        ("(1 + unrealized) * 2", [.guaranteed, .path]), ("(1 + next_return) * (2 + unrealized)", [.guaranteed, .path, .uncertain]),
        ("(1 + next_return) / close", [.guaranteed, .uncertain]), ("(1 + next_return) / (1 + next_return)", [.uncertain]),
        ("-(1 - next_return)", [.guaranteed, .uncertain]), ("if(close > 0, 1, next_return)", [.guaranteed, .uncertain]),
        ("if(next_return > 0, 1, 2)", [.uncertain]), ("if(drawdown > 0, 1 + next_return, 2)", [.path, .uncertain]),
        ("if(close > 0, next_return, 0)", [.uncertain]), ("abs(1 + next_return)", [.uncertain]), ("max(1, next_return) + 1", [.guaranteed, .uncertain]),
        ("tier(close, 1 -> 2, 2 -> next_return)", [.guaranteed, .uncertain]),
    ])
    func whichParts(text: String, expected: [Provenance]) throws {
        let parts = try compiled(text).linearParts()
        #expect(parts.map(\.provenance) == expected)
    }

    /// (1 + r)(2 + u) with r = 0.5, u = 3: guaranteed 1*2 = 2, path 1*3 = 3, uncertain 0.5*2 + 0.5*3 = 2.5; in all 1.5 * 5 = 7.5.
    @Test func valuesOfAProduct() throws {
        let table = ColumnTable(rowCount: 1, columns: ["next_return": .values([0.5]), "unrealized": .values([3])])
        let parts = try compiled("(1 + next_return) * (2 + unrealized)").linearParts()
        #expect(parts.map { ColumnProgram($0.expression).values(table, rows: 0..<1)[0] } == [2, 3, 2.5])
    }

    /// A gated sum: (1 + r) when position > 0 pays 1 by path and r uncertainly.
    @Test func partsOfAGatedSum() throws {
        let gated = try compiled("1 + next_return").gated(by: try compiled("position > 0", .boolean))
        #expect(gated.linearParts().map(\.provenance) == [.path, .uncertain])
        let outcome = try compiled("1 + close").gated(by: try compiled("next_return > 0", .boolean))
        #expect(outcome.linearParts().map(\.provenance) == [.uncertain])
    }

    /// The parts add up to the whole, over random expressions of the splittable operators (and, every other seed, all).
    /// The error is measured against the size of the summands.
    @Test(arguments: 1...20)
    func partsAddUp(seed: Int) throws {
        var maker = TreeMaker(random: TestRandom(UInt64(4000 + seed)), linear: seed % 2 == 0)
        let market = RandomMarket(rows: 200, missing: 0, random: &maker.random)
        var several = 0
        for _ in 0..<100 {
            let tree = maker.number(6)
            guard let expression = compile(tree.text()).expression else { continue }
            let parts = expression.linearParts()
            #expect((1...3).contains(parts.count))
            #expect(parts.map(\.provenance) == [.guaranteed, .path, .uncertain].filter { p in parts.contains { $0.provenance == p } })
            if parts.count > 1 { several += 1 }
            var sum = [Double](repeating: 0, count: 200)
            for part in parts {
                let e = part.expression
                #expect(e.names.isSubset(of: expression.names))
                let infos = e.names.compactMap { spot[$0] }
                // The provenance of a part follows from the names it reads.
                switch part.provenance {
                case .guaranteed: #expect(infos.allSatisfy { $0.time == .decision && !$0.readsPath })
                case .path: #expect(infos.allSatisfy { $0.time == .decision } && infos.contains(where: \.readsPath))
                default: #expect(infos.contains { $0.time == .outcome })
                }
                var span = sum.mutableSpan
                ColumnProgram(e).evaluate(market.table, rows: 0..<200, weight: 1, accumulate: true, into: &span)
            }
            for i in 0..<200 {
                let whole = tree.value(market.rows[i]), size = tree.magnitude(market.rows[i])
                guard whole.isFinite, size < 1e12, sum[i].isFinite else { continue }
                if (sum[i] - whole).magnitude > 1e-12 * (1 + size) {
                    Issue.record("seed \(seed): parts of \(tree.text()) add up to \(sum[i]), not \(whole), on row \(i)")
                    break
                }
            }
        }
        #expect(several > 5, "seed \(seed): only \(several) expressions had several parts")
    }
}
