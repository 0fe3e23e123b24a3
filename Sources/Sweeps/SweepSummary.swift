internal import ComponentKit
package import RunRecords
package import Training
package import TradingTypes

/// The results of a sweep point by point, as tables and documents.
package struct SweepSummary: Sendable {
    package struct Spread: Sendable {
        package var mean: Double
        /// Sample standard deviation; 0 for one value.
        package var deviation: Double

        init?(_ values: [Double]) {
            guard !values.isEmpty else { return nil }
            let mean = values.reduce(0, +) / Double(values.count)
            self.mean = mean
            deviation = values.count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot() : 0
        }

        /// Percent, with the spread where there are several values.
        func percent(of count: Int) -> String { fixed(100 * mean, 1) + (count > 1 ? " ± " + fixed(100 * deviation, 1) : "") }
    }

    package struct Point: Sendable {
        package var index: Int
        package var values: [String]
        package var records: [TrialRecord]
        /// Share of HOLD by regime over the seeds, [R]; nil where there is none.
        package var hold: [Spread?]
        package var holdOfAll: Spread?
        /// Class of the mean mix; nil without a finished trial.
        package var policyClass: PolicyClass?
        package var sharpe: Spread?
    }

    package let names: [String]
    package let regimes: [String]
    package let split: SplitName
    package let points: [Point]

    package init(names: [String], points values: [[String]], records: [TrialRecord], split: SplitName) {
        self.names = names
        self.split = split
        let regimes = records.lazy.compactMap { $0[split]?.sampled.regimes }.first ?? []
        self.regimes = regimes
        let byPoint = Dictionary(grouping: records, by: \.point)
        points = values.enumerated().map { k, values in
            let own = byPoint[k] ?? [], found = own.compactMap { $0[split] }
            let shares = found.compactMap { $0.sampled.shares }
            var mean: PolicyClass?
            if let first = shares.first {
                let mix = first.indices.map { a in shares.reduce(0) { $0 + $1[a] } / Double(shares.count) }
                mean = PolicyClass(shares: mix, roundTrips: found.reduce(0) { $0 + $1.roundTrips })
            }
            return Point(
                index: k, values: values, records: own, hold: regimes.indices.map { g in Spread(found.compactMap { $0.sampled.shares(g)?[0] }) },
                holdOfAll: Spread(shares.map { $0[0] }), policyClass: mean, sharpe: Spread(found.compactMap(\.sharpe)))
        }
    }

    /// Column heads and rows of the table on the terminal.
    package func table() -> (heads: [String], rows: [[String]]) {
        let heads = names + ["seeds"] + regimes.map { "\($0) HOLD %" } + ["all", "class", "Sharpe"]
        let rows = points.map { point -> [String] in
            let n = point.records.count, failed = point.records.count { $0.failure != nil }
            return point.values + [failed > 0 ? "\(n) (\(failed) failed)" : "\(n)"] + point.hold.map { $0?.percent(of: n) ?? "-" }
                + [point.holdOfAll?.percent(of: n) ?? "-", point.policyClass?.rawValue ?? "-", point.sharpe.map { fixed($0.mean, 2) } ?? "-"]
        }
        return (heads, rows)
    }

    /// One line a trial and split, in the order of points and seeds: what was varied, then the mix by regime and what it earned. RFC 4180.
    package static func csv(names: [String], points: [[String]], records: [TrialRecord]) -> String {
        let first = records.lazy.compactMap { $0.splits.first?.sampled }.first
        let regimes = first?.regimes ?? [], actions = first?.actions ?? []
        func cell(_ text: String) -> String { text.contains { ",\"\r\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text }
        func number(_ x: Double?) -> String { x.map { $0.isFinite ? "\($0)" : "" } ?? "" }
        let shares = regimes.flatMap { g in actions.map { "\(g)/\($0)" } }
        var lines = [["point", "seed"] + names + ["failure", "steps", "advantage_std", "trade_advantage_std", "split", "class", "entropy", "round_trips", "net_return", "sharpe", "max_drawdown"] + shares + regimes.map { "\($0)/HOLD/argmax" }]
        for record in records {
            let head = ["\(record.point)", "\(record.seed)"] + points[record.point] + [record.failure ?? "", "\(record.steps)", number(record.advantageDeviation), number(record.tradeAdvantageDeviation)]
            if record.splits.isEmpty { lines.append(head + [String](repeating: "", count: lines[0].count - head.count)) }
            for s in record.splits {
                lines.append(
                    head + [s.split.rawValue, s.policyClass.rawValue, number(s.entropy), "\(s.roundTrips)", number(s.netReturn), number(s.sharpe), number(s.maxDrawdown)]
                        + regimes.indices.flatMap { g in actions.indices.map { a in number(s.sampled.shares(g)?[a]) } } + regimes.indices.map { g in number(s.argmax.shares(g)?[0]) })
            }
        }
        return lines.map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
    }

    /// `{"points":[{"values":{...},"trials":[...]}]}`.
    package func json(name: String, database: String) -> JSONValue {
        func mix(_ mix: ActionMix) -> JSONValue {
            .object(Dictionary(uniqueKeysWithValues: mix.regimes.enumerated().map { g, regime in
                (regime, mix.shares(g).map { shares in .object(Dictionary(uniqueKeysWithValues: zip(mix.actions, shares.map { JSONValue.number($0) }))) } ?? .null)
            }))
        }
        return [
            "schema_version": 1, "sweep": .text(name), "database": .text(database), "split": .text(split.rawValue),
            "points": .list(points.map { point in
                [
                    "values": .object(Dictionary(uniqueKeysWithValues: zip(names, point.values.map { value in Double(value).map { .number($0) } ?? .text(value) }))),
                    "class": point.policyClass.map { .text($0.rawValue) } ?? .null,
                    "hold": .object(Dictionary(uniqueKeysWithValues: zip(regimes, point.hold.map { $0.map { ["mean": .number($0.mean), "sd": .number($0.deviation)] } ?? .null }))),
                    "trials": .list(point.records.map { record in
                        [
                            "seed": Int(exactly: record.seed).map { .integer($0) } ?? .text(String(record.seed)), "failure": record.failure.map { .text($0) } ?? .null,
                            "steps": .integer(record.steps), "sampled": record[split].map { mix($0.sampled) } ?? .null, "argmax": record[split].map { mix($0.argmax) } ?? .null,
                            "class": record[split].map { .text($0.policyClass.rawValue) } ?? .null,
                        ]
                    }),
                ]
            }),
        ]
    }
}

/// With so many decimals.
private func fixed(_ x: Double, _ decimals: Int) -> String {
    let text = signed(x, decimals)
    return text.hasPrefix("+") ? String(text.dropFirst()) : text
}
