import Foundation
import NumericKernels
import Testing

@Suite struct LinearModelTests {
    static let linear = StatisticsFixture.shared.linear
    static let design = DesignMatrix(columns: linear.columns + [linear.y])

    @Test(.tags(.parity), arguments: StatisticsFixture.shared.linear.ridge.indices)
    func ridgeAgreesWithNumpy(index: Int) {
        let f = Self.linear.ridge[index]
        let fit = RidgePath(Self.design.gram(rows: 0..<Self.design.rows), features: 0..<6, target: 6).fit(penalty: f.penalty)
        for (a, b) in zip(fit.coefficients, f.coefficients) { #expect(isClose(a, b, 1e-9, floor: 1e-3)) }
        #expect(isClose(fit.intercept, f.intercept, 1e-9))
        #expect(isClose(fit.effectiveDegrees, f.degrees, 1e-10))
        #expect(isClose(fit.residualSquares, f.residual_squares, 1e-10))
        #expect(isClose(fit.gcv, f.gcv, 1e-10))
        #expect(isClose(fit.logEvidence, f.evidence, 1e-10))
    }

    @Test func crossFittingIsDifferencesOfGrams() {
        let n = Self.design.rows
        let whole = Self.design.gram(rows: 0..<n), fold = Self.design.gram(rows: 60..<120)
        let rest = Self.design.gram(rows: Array(0..<60) + Array(120..<n))
        for (a, b) in zip((whole - fold).values, rest.values) { #expect(isClose(a, b, 1e-12, floor: 1)) }
        #expect((rest + fold).count == Double(n))
        // Products by their definition: entry (1, 7) is sum x_0 y.
        let direct = zip(Self.linear.columns[0], Self.linear.y).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(isClose(whole.values[1 * whole.width + 7], direct, 1e-12))
        #expect(isClose(whole.mean(6), mean(Self.linear.y), 1e-12))
    }

    @Test func predictionIsTheLinearForm() {
        let b = [1.0, -2, 0.5], p = Self.design.predict(b, intercept: 3, rows: 10..<14)
        for (i, t) in (10..<14).enumerated() {
            let expected = 3 + (0..<3).reduce(0.0) { $0 + b[$1] * Self.linear.columns[$1][t] }
            #expect(isClose(p[i], expected, 1e-13, floor: 1))
        }
        #expect(Self.design.predict(b, intercept: 0, rows: 5..<5).isEmpty)
    }

    @Test func manyPredictionsAreEachTheirOwn() {
        let several = [[1.0, -2, 0.5, 0], [0, 0.25, 3, -1], [2, 2, 2, 2]]
        let together = Self.design.predict(several)
        #expect(together.count == 3)
        for (b, p) in zip(several, together) {
            for (x, y) in zip(Self.design.predict(b, intercept: 0, rows: 0..<Self.design.rows), p) { #expect(isClose(x, y, 1e-13, floor: 1)) }
            #expect(p.count == Self.design.rows)
        }
        #expect(Self.design.predict([[Double]]()).isEmpty)
    }

    /// The same numbers as the path's eigendecomposition, which is compared with numpy above.
    @Test(arguments: [0.01, 1, 300]) func ridgeBySolvingAgreesWithThePath(penalty: Double) {
        let gram = Self.design.gram(rows: 0..<Self.design.rows)
        let path = RidgePath(gram, features: 1..<5, target: 6, intercept: false).fit(penalty: penalty)
        for (a, b) in zip(ridgeCoefficients(gram, features: 1..<5, target: 6, penalty: penalty), path.coefficients) { #expect(isClose(a, b, 1e-9, floor: 1e-3)) }
    }

    @Test func chosenPenaltyIsTheBestOfTheGrid() {
        let path = RidgePath(Self.design.gram(rows: 0..<Self.design.rows), features: 0..<6, target: 6)
        let grid = path.grid()
        let evidence = path.choose(grid, by: .evidence), gcv = path.choose(grid, by: .generalisedCrossValidation)
        #expect(grid.allSatisfy { path.fit(penalty: $0).logEvidence <= evidence.logEvidence })
        #expect(grid.allSatisfy { path.fit(penalty: $0).gcv >= gcv.gcv })
        // On pure noise the evidence shrinks nearly everything away.
        var random = RandomStream(seed: 3, purpose: "noise")
        let noise = DesignMatrix(columns: (0..<21).map { _ in (0..<2000).map { _ in random.gaussian() } })
        let fit = RidgePath(noise.gram(rows: 0..<2000), features: 0..<20, target: 20)
        #expect(fit.choose(fit.grid()).effectiveDegrees < 6)
    }

    @Test(.tags(.parity)) func waldAgreesWithStatsmodels() throws {
        let f = Self.linear.wald
        let w = try #require(robustWald(Self.design, features: 0..<6, target: 6))
        #expect(isClose(w.statistic, f.statistic, 1e-9))
        #expect(isClose(w.pValue, f.p, 1e-6, floor: 1e-9))
        #expect(isClose(w.intercept, f.intercept, 1e-9) && isClose(w.rSquared, f.r_squared, 1e-9))
        for (a, b) in zip(w.coefficients, f.coefficients) { #expect(isClose(a, b, 1e-9, floor: 1e-3)) }
        for (a, b) in zip(w.standardErrors, f.errors) { #expect(isClose(a, b, 1e-9)) }
        #expect(w.degrees == 6 && w.rows == 240)
    }

    /// A column given twice (in other units) and a constant one change neither the statistic nor its degrees of freedom.
    @Test func repeatedColumnsDoNotCount() throws {
        let columns = Self.linear.columns
        let more = DesignMatrix(columns: columns + [columns[0].map { 1000 * $0 + 3 }, columns[0].map { _ in 5 }, Self.linear.y])
        let w = try #require(robustWald(more, features: 0..<8, target: 8))
        #expect(w.degrees == 6)
        #expect(isClose(w.statistic, Self.linear.wald.statistic, 1e-7))
        #expect(robustWald(more, features: 0..<8, target: 8, rows: Array(0..<9)) == nil)
        #expect(robustWald(more, features: 7..<8, target: 8) == nil)
    }

    /// Without any relation W is about chi-square(5): over 400 samples its mean is 5 with standard error sqrt(10 / 400) = .16.
    @Test func waldHasItsNominalLevelUnderHeteroskedasticity() throws {
        var random = RandomStream(seed: 9, purpose: "wald")
        var total = 0.0
        for _ in 0..<400 {
            let x = (0..<5).map { _ in (0..<600).map { _ in random.gaussian() } }
            let y = (0..<600).map { abs(x[0][$0]) * random.gaussian() }
            total += try #require(robustWald(DesignMatrix(columns: x + [y]), features: 0..<5, target: 5)).statistic
        }
        #expect(abs(total / 400 - 5) < 0.8)
    }

    @Test func eigenvaluesAgreeWithNumpy() {
        let f = Self.linear
        let e = symmetricEigen(f.symmetric, size: 9)
        for (a, b) in zip(e.values, f.eigenvalues) { #expect(isClose(a, b, 1e-12, floor: 1)) }
    }

    @Test(arguments: [1, 2, 3, 8, 44, 64])
    func eigenvectorsDiagonalise(p: Int) {
        var random = RandomStream(seed: UInt64(p), purpose: "eigen")
        var a = [Double](repeating: 0, count: p * p)
        for i in 0..<p {
            for j in i..<p {
                a[i * p + j] = random.gaussian()
                a[j * p + i] = a[i * p + j]
            }
        }
        let e = symmetricEigen(a, size: p)
        #expect(zip(e.values, e.values.dropFirst()).allSatisfy { $0 <= $1 })
        var worst = 0.0
        for i in 0..<p {
            for j in 0..<p {
                var rebuilt = 0.0, product = 0.0
                for k in 0..<p {
                    rebuilt += e.values[k] * e.vectors[k * p + i] * e.vectors[k * p + j]
                    product += e.vectors[i * p + k] * e.vectors[j * p + k]
                }
                worst = max(worst, abs(rebuilt - a[i * p + j]), abs(product - (i == j ? 1 : 0)))
            }
        }
        #expect(worst < 1e-12)
        // Degenerate: a diagonal matrix with equal entries, and zero.
        let same = symmetricEigen((0..<p * p).map { $0 % (p + 1) == 0 ? 2 : 0 }, size: p)
        #expect(same.values == [Double](repeating: 2, count: p))
        #expect(symmetricEigen([Double](repeating: 0, count: p * p), size: p).values.allSatisfy { $0 == 0 })
    }

    @Test func openBLASIsDescribed() {
        let d = openBLASDescription()
        #expect(!d.core.isEmpty && d.configuration.contains("OpenBLAS") && d.threads == 1)
        #expect(d.coreTypeVariable == ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"])
    }
}
