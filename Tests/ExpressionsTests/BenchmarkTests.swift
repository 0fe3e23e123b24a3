import Expressions
import Foundation
import Testing

/// Prints the cost of compiled terms beside hand-written ones. Timing says nothing about correctness, so it only runs on
/// demand: `ASSAY_BENCH=1 swift test -c release --filter ExpressionsTests.Benchmark`.
@Suite struct BenchmarkTests {
    @Test func compiledTermsEqualHandwrittenOnes() {
        let rows = ExpressionBenchmark.run(rows: 5000, repeats: 1)
        #expect(rows.count == 8)
        for row in rows { #expect(row.largestDifference <= 1e-12, "\(row.term)") }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_BENCH"] != nil), arguments: [4_096, 26_100, 1_000_000])
    func ratios(rows: Int) {
        for row in ExpressionBenchmark.run(rows: rows, repeats: rows > 100_000 ? 20 : 300) {
            print(
                String(
                    format: "%8d rows  compiled %6.3f ns/row  by hand %6.3f  ratio %5.2f  ", row.rows, row.compiledNanoseconds,
                    row.handwrittenNanoseconds, row.ratio) + row.term)
        }
    }
}
