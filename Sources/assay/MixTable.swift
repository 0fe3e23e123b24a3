import Reports
import Training

/// Mixes of several seeds: mean and spread of each share.
struct MixSummary {
    struct Share {
        let mean: Double
        /// Standard deviation over seeds, 0 for one.
        let deviation: Double
        let count: Int
        var standardError: Double { count > 1 ? deviation / Double(count).squareRoot() : 0 }

        init(_ values: [Double]) {
            count = values.count
            let mean = values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
            self.mean = mean
            deviation = count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot() : 0
        }

        /// Percent, with the spread where there are several seeds.
        var text: String {
            if !mean.isFinite { return "-" }
            let value = String(format: "%.1f", 100 * mean)
            return count > 1 ? value + " ± " + String(format: "%.1f", 100 * deviation) : value
        }
    }

    let regimes: [String]
    let actions: [String]
    let bars: [Double]
    /// [R][A]
    let byRegime: [[Share]]
    let all: [Share]

    init(_ mixes: [ActionMix]) {
        regimes = mixes.first?.regimes ?? []
        actions = mixes.first?.actions ?? []
        bars = regimes.indices.map { g in mixes.first?.bars(g) ?? 0 }
        byRegime = regimes.indices.map { g in
            let shares = mixes.compactMap { $0.shares(g) }
            return (mixes.first?.actions ?? []).indices.map { a in Share(shares.map { $0[a] }) }
        }
        let shares = mixes.compactMap(\.shares)
        all = (mixes.first?.actions ?? []).indices.map { a in Share(shares.map { $0[a] }) }
    }
}

/// The table that the case study's log prints: HOLD, LONG, SHORT by regime, in percent.
func mixTable(_ summary: MixSummary, title: String) -> String {
    var rows = summary.regimes.indices.map { g in
        [summary.regimes[g], String(Int(summary.bars[g].rounded()))] + summary.byRegime[g].map(\.text)
    }
    rows.append(["all", String(Int(summary.bars.reduce(0, +).rounded()))] + summary.all.map(\.text))
    return title + "\n" + plainTable(["regime", "bars"] + summary.actions.map { "\($0) %" }, rows, textColumns: 1)
}
