import ComponentKit
import Expressions
import Testing
import TradingTypes

/// History functions against loops written straight from their definitions, over a part of a longer table.
@Suite struct HistoryTests {
    static let first = 10, last = 400
    let close: [Double], open: [Double]
    let table: ColumnTable

    init() {
        var random = TestRandom(77)
        close = (0..<500).map { _ in random.unit() < 0.03 ? .nan : (random.unit() * 20).rounded(.down) }
        open = (0..<500).map { _ in random.unit() < 0.02 ? .nan : (random.unit() * 20).rounded(.down) }
        table = ColumnTable(rowCount: 500, columns: ["close": .values(close), "open": .values(open)])
    }

    private func check(_ text: String, _ type: ValueType = .number, expected: (Int) -> Double) throws {
        let got = ColumnProgram(try compiled(text, type, history: true)).values(table, rows: Self.first..<Self.last)
        let wrong = got.indices.first { !same(got[$0], expected($0 + Self.first)) }
        #expect(wrong == nil, "\(text): row \(wrong ?? 0) gives \(got[wrong ?? 0]), expected \(expected((wrong ?? 0) + Self.first))")
    }

    @Test(arguments: [0, 1, 2, 7, 389, 390, 1000])
    func lag(n: Int) throws {
        try check("lag(close, \(n))") { t in t - n < Self.first ? .nan : close[t - n] }
        try check("lag(close > 9, \(n))", .boolean) { t in t - n < Self.first ? 0 : close[t - n] > 9 ? 1 : 0 }
        try check("lag(close, \(n)) + 1 > open", .boolean) { t in t - n < Self.first ? 0 : close[t - n] + 1 > open[t] ? 1 : 0 }
    }

    @Test(arguments: [1, 2, 3, 14, 50, 600])
    func extremes(n: Int) throws {
        func window(_ t: Int) -> [Double]? {
            guard t - n + 1 >= Self.first else { return nil }
            let values = Array(close[t - n + 1...t])
            return values.contains(where: \.isNaN) ? nil : values
        }
        try check("highest(close, \(n))") { window($0)?.max() ?? .nan }
        try check("lowest(close, \(n))") { window($0)?.min() ?? .nan }
    }

    @Test(arguments: [1, 2, 3, 5])
    func runs(n: Int) throws {
        try check("for(\(n), close > 6)", .boolean) { t in
            t - n + 1 >= Self.first && (t - n + 1...t).allSatisfy { close[$0] > 6 } ? 1 : 0
        }
    }

    @Test func since() throws {
        try check("since(close > 15)") { t in (Self.first...t).last { close[$0] > 15 }.map { Double(t - $0) } ?? .nan }
        try check("since(close > 100)") { _ in .nan }
        try check("since(close > 15) <= 3", .boolean) { t in (Self.first...t).last { close[$0] > 15 }.map { t - $0 <= 3 ? 1 : 0 } ?? 0 }
    }

    @Test func crossings() throws {
        try check("crosses_above(close, open)", .boolean) { t in
            t > Self.first && close[t] > open[t] && close[t - 1] <= open[t - 1] ? 1 : 0
        }
        try check("crosses_below(close, 10)", .boolean) { t in t > Self.first && close[t] < 10 && close[t - 1] >= 10 ? 1 : 0 }
        try check("crosses_below(10, close)", .boolean) { t in t > Self.first && 10 < close[t] && 10 >= close[t - 1] ? 1 : 0 }
    }

    @Test func nested() throws {
        try check("highest(lag(close, 2), 3)") { t in
            guard t - 4 >= Self.first else { return .nan }
            let values = (t - 4...t - 2).map { close[$0] }
            return values.contains(where: \.isNaN) ? .nan : values.max()!
        }
        try check("lag(5, 2)") { t in t - 2 < Self.first ? .nan : 5 }
        var sum = [1.0, 1, 1]
        var span = sum.mutableSpan
        ColumnProgram(try compiled("lag(close, 1)", history: true)).evaluate(
            ColumnTable(rowCount: 3, columns: ["close": .values([1, 2, 3])]), rows: 0..<3, weight: 2, accumulate: true, into: &span)
        #expect(sum[0].isNaN && sum[1] == 3 && sum[2] == 5)
    }
}
