import ComponentKit
import Expressions
import Testing
import TradingTypes

@Suite struct EvaluationTests {
    /// Random expressions over random columns with a tenth of NaN: every row equals the reference bit for bit (but the sign
    /// of zero), plain and with the action and the regime fixed while compiling. Each case prints its seed.
    @Test(arguments: 1...20)
    func againstTheReference(seed: Int) throws {
        var maker = TreeMaker(random: TestRandom(UInt64(seed)))
        // More rows than a block, and not a multiple of one.
        let market = RandomMarket(rows: 2600, missing: 0.1, random: &maker.random)
        var evaluated = 0
        for _ in 0..<60 {
            let tree = maker.number(5)
            let text = tree.text()
            let (expression, issues) = compile(text)
            guard let expression else {
                // Constant parts such as sqrt(-1), clamp(x, 1, 0) are refused, and nothing else.
                #expect(issues.allSatisfy { $0.code == "no_value" || $0.code == "range" }, "\(text)\n\(issues.map(\.rendered))")
                continue
            }
            evaluated += 1
            let first = seed * 7, rows = first..<market.rows.count
            let got = ColumnProgram(expression).values(market.table, rows: rows)
            let wrong = zip(rows, got).first { !same($1, tree.value(market.rows[$0])) }
            #expect(wrong == nil, "seed \(seed): \(text) row \(wrong?.0 ?? 0) gives \(wrong?.1 ?? 0), reference \(tree.value(market.rows[wrong?.0 ?? 0]))")

            let action = Double(Int(maker.random.unit() * 3)), close = maker.random.pick([0, 1, -2, 0.5, .nan])
            let fixed = ColumnProgram(expression, constants: ["action": action, "close": close, "direction": action == 2 ? -1 : action])
            #expect(!fixed.names.contains("action"))
            let specialised = fixed.values(market.table, rows: 0..<200)
            for i in 0..<200 {
                var row = market.rows[i]
                row["action"] = action
                row["close"] = close
                row["direction"] = action == 2 ? -1 : action
                if !same(specialised[i], tree.value(row)) {
                    Issue.record("seed \(seed): \(text) with action \(action), close \(close): row \(i) gives \(specialised[i]), reference \(tree.value(row))")
                    break
                }
            }
            if let constant = fixed.constantValue { #expect(specialised.allSatisfy { same($0, constant) }) }
        }
        #expect(evaluated > 40)
    }

    @Test(arguments: 1...5)
    func conditionsAgainstTheReference(seed: Int) throws {
        var maker = TreeMaker(random: TestRandom(UInt64(1000 + seed)))
        let market = RandomMarket(rows: 300, missing: 0.1, random: &maker.random)
        for _ in 0..<100 {
            let tree = maker.condition(4)
            let (expression, issues) = compile(tree.text(), .boolean)
            guard let expression else {
                #expect(issues.allSatisfy { $0.code == "no_value" || $0.code == "range" })
                continue
            }
            let got = ColumnProgram(expression).values(market.table, rows: 0..<300)
            let wrong = got.indices.first { got[$0] != tree.value(market.rows[$0]) }
            #expect(wrong == nil, "seed \(seed): \(tree.text()) row \(wrong ?? 0)")
        }
    }

    /// Values worked by hand. close = [1, 2, NaN, 4], hour = [0, 1, 2, 3].
    @Test(arguments: [
        ("close + 1", [2, 3, .nan, 5]), ("if(close > 1, 1, 0)", [0, 1, 0, 1]), ("if(close != 2, 1, 0)", [1, 0, 0, 1]),
        ("if(not (close == 2), 1, 0)", [1, 0, 1, 1]), ("min(close, 2)", [1, 2, .nan, 2]), ("max(3, close)", [3, 3, .nan, 4]),
        ("tier(close, 1 -> 10, 3 -> 30)", [10, 10, 0, 30]), ("clamp(close, 1.5, 3)", [1.5, 2, .nan, 3]), ("sign(hour - 1)", [-1, 0, 1, 1]),
        ("if(hour in [0, 3], close, -1)", [1, -1, -1, 4]), ("2 - close", [1, 0, .nan, -2]), ("8 / close", [8, 4, .nan, 2]), ("close / hour", [.infinity, 2, .nan, 4.0 / 3]),
        ("if(abs(hour - 2) <= 1, 1, 0)", [0, 1, 1, 1]), ("if(abs(hour) < 0, 1, 0)", [0, 0, 0, 0]), ("close * hour + hour", [0, 3, .nan, 15]),
        ("2 * close + hour", [2, 5, .nan, 11]), ("log(exp(close))", [1, 2, .nan, 4]), ("7", [7, 7, 7, 7]), ("hour", [0, 1, 2, 3]),
        ("clamp(hour * hour / close, 0.2, 2)", [0.2, 0.5, .nan, 2]), ("tier(hour, 0 -> 1, 1 -> 2, 2 -> 4, 3 -> 8, 4 -> 16)", [1, 2, 4, 8]), ("tier(close, 1 -> hour, 2 -> 7)", [0, 7, 0, 7]),
        ("tier(hour, -3 -> 1, -2 -> 2, -1 -> 4, 0 -> 5, 1 -> 6, 2 -> 7)", [5, 6, 7, 7]), ("if(hour >= 1, 5, close)", [1, 5, 5, 5]),
        ("if(close > 1 and hour < 3, 5, -5)", [-5, 5, -5, -5]), ("if(close > 3 or hour < 1, 5, -5)", [5, -5, -5, 5]),
    ] as [(String, [Double])])
    func handWorked(text: String, expected: [Double]) throws {
        let table = ColumnTable(rowCount: 4, columns: ["close": .values([1, 2, .nan, 4]), "hour": .values([0, 1, 2, 3])])
        let got = ColumnProgram(try compiled(text)).values(table, rows: 0..<4)
        #expect(zip(got, expected).allSatisfy { same($0, $1) || ($0 - $1).magnitude < 1e-15 * $1.magnitude * 4 }, "\(got)")
    }

    @Test func constantsFoldAway() throws {
        func program(_ text: String, _ constants: [String: Double] = [:]) throws -> ColumnProgram { ColumnProgram(try compiled(text), constants: constants) }
        #expect(try program("if(action == HOLD and regime == TRENDING, -0.04, 0)", ["action": 1]).constantValue == 0)
        let hold = try program("if(action == HOLD and regime == TRENDING, -0.04, 0)", ["action": 0])
        #expect(hold.constantValue == nil && hold.names == ["regime"] && hold.instructionCount == 1)
        #expect(try program("if(action == LONG, next_return, if(action == SHORT, -next_return, 0))", ["action": 0]).constantValue == 0)
        #expect(try program("if(action == LONG, next_return, if(action == SHORT, -next_return, 0))", ["action": 1]).names == ["next_return"])
        #expect(try program("if(true, 3, close)").constantValue == 3)
        // 0 * x is not 0: x may be missing.
        #expect(try program("direction * next_return", ["direction": 0]).constantValue == nil)
        // The whole condition and its choice are one loop.
        #expect(try program("if(direction * next_return > 0, 1, 0)").instructionCount == 1)
        #expect(try program("(close + open) * (close + open)").instructionCount == 2)
        #expect(try program("tier(direction * next_return, 1 -> 2, 2 -> 3, 3 -> 5)").instructionCount == 1)
        #expect(try program("tier(close, 1 -> 2, 2 -> 3, 3 -> 5, 4 -> 6, 5 -> 7, 6 -> 8)").instructionCount == 2)
        #expect(try program("clamp(direction * next_return / close, -1, 2)").instructionCount == 1)
    }

    @Test func weightsAndAccumulation() throws {
        let table = ColumnTable(rowCount: 3, columns: ["close": .values([1, 2, 3]), "open": .constant(10)])
        let program = ColumnProgram(try compiled("close * open"))
        var out: [Double] = [1, 1]
        var span = out.mutableSpan
        program.evaluate(table, rows: 1..<3, weight: 0.5, accumulate: true, into: &span)
        #expect(out == [11, 16])
        span = out.mutableSpan
        program.evaluate(table, rows: 0..<2, weight: -1, into: &span)
        #expect(out == [-10, -20])
        #expect(program.values(table, rows: 2..<2) == [])
        #expect(ColumnProgram(try compiled("open + 1")).values(table, rows: 0..<3) == [11, 11, 11])
    }

    @Test func manyThreadsGiveTheSameBits() async throws {
        var random = TestRandom(5)
        let market = RandomMarket(rows: 5000, missing: 0.05, random: &random)
        let program = ColumnProgram(try compiled("clamp(direction * next_return / (1 + abs(close)), -1, 1) + tier(close, 0 -> 1, 1 -> 2)"))
        let alone = program.values(market.table, rows: 0..<5000).map(\.bitPattern)
        await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 { group.addTask { program.values(market.table, rows: 0..<5000).map(\.bitPattern) } }
            for await other in group { #expect(other == alone) }
        }
    }
}
