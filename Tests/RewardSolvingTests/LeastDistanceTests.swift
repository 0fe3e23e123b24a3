import Foundation
import RewardSolving
import TestSupport
import Testing

@Suite struct LeastDistanceTests {
    struct Fixture: Decodable {
        struct Problem: Decodable { var rows: [[Double]], bounds: [Double], nearest: [Double]? }
        var versions: [String: String]
        var problems: [Problem]
    }

    /// quadprog 0.1.14 (Goldfarb and Idnani) on random problems, feasible and not: Tests/Parity/least-distance/generate.py.
    @Test func pointsAreQuadprogs() throws {
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("least-distance/fixture.json"))))
        #expect(fixture.versions["quadprog"] == "0.1.14", "renew the fixture: python3 Tests/Parity/least-distance/generate.py")
        #expect(fixture.problems.count == 120 && fixture.problems.contains { $0.nearest == nil } && fixture.problems.contains { $0.nearest != nil })
        for (k, problem) in fixture.problems.enumerated() {
            let found = LeastDistance.nearest(rows: problem.rows, bounds: problem.bounds)
            guard let expected = problem.nearest else {
                #expect(found == nil, "problem \(k)")
                continue
            }
            let point = try #require(found, "problem \(k)")
            for (a, b) in zip(point, expected) { #expect(abs(a - b) < 1e-7 * (1 + abs(b)), "problem \(k)") }
        }
    }

    /// Against every subset of active demands in two and three unknowns: the nearest of all feasible vertices and feet. Seeds 1 to 40.
    @Test(arguments: 1...40) func noFeasiblePointIsNearer(_ seed: Int) {
        var state = UInt64(seed)
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-52 - 1
        }
        let n = 2 + seed % 2, m = 5
        let rows = (0..<m).map { _ in (0..<n).map { _ in uniform() } }, bounds = (0..<m).map { _ in uniform() }
        func isFeasible(_ y: [Double]) -> Bool { zip(rows, bounds).allSatisfy { row, bound in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } >= bound - 1e-9 } }
        var best: [Double]?
        for subset in 0..<1 << m where subset.nonzeroBitCount <= n {
            let active = (0..<m).filter { subset >> $0 & 1 == 1 }
            // The foot of the origin on the subset's planes: y = A^T z, A A^T z = b, by elimination.
            var system = active.map { i in active.map { j in zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } } + [bounds[i]] }
            var isSingular = false
            for c in active.indices {
                guard let pivot = (c..<active.count).max(by: { abs(system[$0][c]) < abs(system[$1][c]) }), abs(system[pivot][c]) > 1e-9 else {
                    isSingular = true
                    break
                }
                system.swapAt(c, pivot)
                for r in active.indices where r != c {
                    let factor = system[r][c] / system[c][c]
                    for k in c...active.count { system[r][k] -= factor * system[c][k] }
                }
            }
            if isSingular { continue }
            let z = active.indices.map { system[$0][active.count] / system[$0][$0] }
            let y = (0..<n).map { d in zip(active, z).reduce(0) { $0 + rows[$1.0][d] * $1.1 } }
            if isFeasible(y), best.map({ length(y) < length($0) }) ?? true { best = y }
        }
        let found = LeastDistance.nearest(rows: rows, bounds: bounds)
        #expect((found == nil) == (best == nil))
        if let found, let best { #expect(isFeasible(found) && abs(length(found) - length(best)) < 1e-9) }
    }

    /// Demands like the solver's: a narrow range for what HOLD is paid more than a trade in four regimes, and in the second one more demanded than that range allows by 1e-4 to .1. Bounds of trade costs that lie
    /// a million off say nothing about it: there is no point. Without that one demand there is, and it meets all. Seeds 1 to 200.
    @Test func farBoundsHideNoContradiction() {
        var state: UInt64 = 0
        func between(_ a: Double, _ b: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return a + (b - a) * Double(state >> 11) * 0x1p-53
        }
        for seed in 1...200 {
            state = UInt64(seed)
            let holds = (0..<4).map { _ in between(0.02, 0.4) }, trades = (0..<3).map { _ in between(0.02, 0.05) }
            var rows: [[Double]] = [], bounds: [Double] = [], extra: (row: [Double], bound: Double) = ([], 0)
            for g in 0..<4 {
                let gap = between(-0.05, 1.5), slack = between(0.001, 0.02)
                var row = [Double](repeating: 0, count: 7)
                row[g] = holds[g]
                if g != 1 { row[4 + g - g / 2] = -trades[g - g / 2] }
                rows += [row, row.map { -$0 }, row]
                bounds += [gap - slack, -gap - slack, gap - slack - 0.2]
                if g == 1 { extra = (row, gap + slack + exp(between(log(1e-4), log(0.1)))) }
            }
            for k in 0..<3 {
                var row = [Double](repeating: 0, count: 7)
                row[4 + k] = trades[k]
                rows += [row, row.map { -$0 }]
                bounds += [-1e6, 0]
            }
            let point = LeastDistance.nearest(rows: rows, bounds: bounds)
            #expect(point.map { point in zip(rows, bounds).allSatisfy { row, bound in zip(row, point).reduce(0) { $0 + $1.0 * $1.1 } >= bound - 1e-6 } } == true, "seed \(seed): \(point ?? [])")
            #expect(LeastDistance.nearest(rows: rows + [extra.row], bounds: bounds + [extra.bound]) == nil, "seed \(seed)")
        }
    }

    private func length(_ y: [Double]) -> Double { y.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test func noDemandsNoChange() {
        #expect(LeastDistance.nearest(rows: [], bounds: []) == [])
        #expect(LeastDistance.nearest(rows: [[1, 0]], bounds: [-1]) == [0, 0])
        #expect(LeastDistance.nearest(rows: [[0, 0]], bounds: [0.1]) == nil)
    }

    /// By hand: the weight that moves cheapest takes the change; three demands of which two conflict name those two.
    @Test func weightsAndConflicts() {
        let cheap = WeightProblem.Variable(id: "a", present: 1, scale: 10), dear = WeightProblem.Variable(id: "b", present: 2, scale: 1)
        guard case .weights(let found) = WeightProblem(variables: [cheap, dear], demands: [.init("sum", [1, 1], atLeast: 13.1)]).solve() else {
            Issue.record("no weights")
            return
        }
        // Changes share 10.1 in proportion to scale squared: 100 to 1.
        #expect(abs(found[0] - 11) < 1e-9 && abs(found[1] - 2.1) < 1e-9)
        let bounded = WeightProblem.Variable(id: "a", present: 0, scale: 1, bounds: 0...1)
        let problem = WeightProblem(variables: [bounded], demands: [.init("more", [1], atLeast: 2), .init("idle", [1], atLeast: 0.5)])
        guard case .conflict(let demands) = problem.solve() else {
            Issue.record("no conflict")
            return
        }
        #expect(demands.map(\.sentence) == ["more", "a is at most 1"])
    }

    /// What does not have to move stays to the last digit, and a weight brought to its bound of 0 is 0.
    @Test func roundingIsNoChange() {
        let variables = [WeightProblem.Variable(id: "x", present: 0.3, scale: 0.1), .init(id: "y", present: 0.1, scale: 0.1, bounds: -1e6...0), .init(id: "z", present: 0, scale: 0.1 / 3)]
        let problem = WeightProblem(variables: variables, demands: [.init("z", [0, 0, 3], atLeast: 0.1), .init("x", [1, 0, 0], atLeast: 0.3 - 1e-17)])
        guard case .weights(let found) = problem.solve() else {
            Issue.record("no weights")
            return
        }
        #expect(found[0] == 0.3 && found[1] == 0 && abs(found[2] - 0.1 / 3) < 1e-9, "\(found)")
    }
}
