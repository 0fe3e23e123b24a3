import Features
import Testing

@Suite struct NormalizerTests {
    static let table = FeatureTable(
        names: ["a", "b", "c"],
        columns: [[.nan, 1, 3, 5, 100, .nan], [2, 2, 2, 2, 2, 7], [.nan, .nan, .nan, .nan, 1, 2]], warmUp: 4)

    /// Column a over rows 0..<4: 1, 3, 5: mean 3, population sd sqrt(8/3) = 1.6329932. Row 4: (100 - 3)/1.633 = 59.4, cut to 10.
    @Test func fitsOnTheTrainingRowsOnly() {
        let normalizer = Normalizer(Self.table, fittedOn: 0..<4)
        #expect(normalizer.mean == [3, 2, 0])
        #expect(abs(normalizer.deviation[0] - (8.0 / 3).squareRoot()) < 1e-15)
        #expect(normalizer.deviation[1] == 0 && normalizer.deviation[2] == 0)
        let (columns, missing) = normalizer.apply(Self.table, rows: 1..<6)
        #expect(abs(columns[0][0] + 2 / (8.0 / 3).squareRoot()) < 1e-15)
        #expect(columns[0][1] == 0)
        #expect(columns[0][3] == 10)
        #expect(columns[0][4] == 0)  // NaN
        #expect(columns[1] == [0, 0, 0, 0, 0])  // no spread in training
        #expect(missing == 4)
    }

    @Test func summary() {
        let lines = summarize(Self.table, rows: 0..<5)
        #expect(lines[0].mean == 27.25)  // (1 + 3 + 5 + 100) / 4
        #expect(lines[0].minimum == 1 && lines[0].maximum == 100)
        #expect(lines[0].missingShare == 0.2)
        #expect(lines[1].deviation == 0)
        let features = summarize(fixtureTable)
        #expect(features[0].name == "return_1" && features[0].formula.hasPrefix("ln(c[t] / c[t-1])"))
    }
}
