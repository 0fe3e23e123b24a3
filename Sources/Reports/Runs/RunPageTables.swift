internal import ComponentKit

/// `67.3%`, with the standard deviation over seeds below it.
private func shareCell(_ spread: SeedSpread) -> TextTable.Cell {
    .init(percent(spread.mean), spread.count > 1 && spread.mean.isFinite ? "± \(percent(spread.deviation))" : "")
}

private func cell(_ spread: SeedSpread, _ text: (Double) -> String) -> TextTable.Cell {
    guard spread.mean.isFinite else { return .init("-") }
    return .init(text(spread.mean), spread.count > 1 ? "± " + String(text(spread.deviation).drop { $0 == "+" }) : "")
}

extension RunReport {
    /// Shares by regime on one split. Up to four actions stand side by side in one table, more in one table a reading.
    package func mixTables(_ split: String) -> [TextTable] {
        guard let first = seeds.lazy.compactMap({ $0.splits[split] }).first else { return [] }
        let readings: [(name: String, path: KeyPath<Mix, [Double]?>)] = [("sampled", \.sampled), ("arg-max", \.argmax), ("mean probability", \.probability)]
        let sets = actions.count <= 4 ? [readings] : readings.map { [$0] }
        return sets.map { readings in
            var table = TextTable(["regime", "bars"] + readings.flatMap { reading in actions.map { "\(reading.name) \($0)" } })
            for r in regimes.indices {
                table.rows.append(
                    [.init(regimes[r]), .init(grouped(first.regimes[r].bars))]
                        + readings.flatMap { reading in actions.indices.map { a in shareCell(spread(split) { $0.regimes[r].mix[keyPath: reading.path]?[a] }) } })
            }
            table.rows.append(
                [.init("all"), .init(grouped(first.regimes.reduce(0) { $0 + $1.bars }))]
                    + readings.flatMap { reading in actions.indices.map { a in shareCell(spread(split) { $0.all[keyPath: reading.path]?[a] }) } })
            return table
        }
    }

    /// Trading results on one split with the zoo beside them; nil when it was not evaluated.
    package func tradingTable(_ split: String) -> TextTable? {
        guard let first = seeds.lazy.compactMap({ $0.splits[split] }).first else { return nil }
        var table = TextTable(["", "net return", "Sharpe, annual", "largest drawdown", "round trips"])
        func add(_ name: String, _ value: (_ of: KeyPath<Trading, Double>) -> SeedSpread, sharpe: SeedSpread) {
            table.rows.append([
                .init(name), cell(value(\.netReturn), wholePercent), cell(sharpe) { signed($0, 2) }, cell(value(\.maxDrawdown), percent), cell(value(\.roundTrips)) { grouped($0) },
            ])
        }
        add("policy, sampled", { path in spread(split) { $0.sampledResult[keyPath: path] } }, sharpe: spread(split) { $0.sampledResult.sharpe })
        add("policy, arg-max", { path in spread(split) { $0.argmaxResult[keyPath: path] } }, sharpe: spread(split) { $0.argmaxResult.sharpe })
        let order = ["always_hold", "always_long", "always_short", "trend", "mean_revert", "random", "clairvoyant"]
        for entry in first.zoo.sorted(by: { (order.firstIndex(of: $0.name) ?? 99, $0.name) < (order.firstIndex(of: $1.name) ?? 99, $1.name) }) {
            add(zooWords(entry.name), { path in SeedSpread([entry.result[keyPath: path]]) }, sharpe: SeedSpread(entry.result.sharpe.map { [$0] } ?? []))
        }
        return table
    }

    /// HOLD per regime: at the first look, at the last, and when it took over.
    package var onsetTable: TextTable? {
        let steps = sharedLooks
        guard let first = steps.first, let last = steps.last, steps.count > 1 else { return nil }
        var table = TextTable(["regime", "HOLD by \(grouped(first)) steps", "HOLD by \(grouped(last)) steps", "half or more for good from", "first at 70%", "first at 80%", "first at 95%"])
        for r in regimes.indices {
            func hold(_ step: Int) -> SeedSpread { SeedSpread(looks(at: step).compactMap { $0.regimes[r].mix.sampled?[0] }) }
            func when(_ level: Double) -> TextTable.Cell { .init(firstLook(regime: r, holdFrom: level).map { grouped($0) } ?? "never") }
            let each = seeds.indices.compactMap { holdOnset(regime: r, seed: $0)?.by }
            let range = seeds.count > 1 && !each.isEmpty ? "\(each.count) of \(seeds.count) seeds: " + (each.min() == each.max() ? grouped(each[0]) : "\(grouped(each.min() ?? 0)) to \(grouped(each.max() ?? 0))") : ""
            table.rows.append([
                .init(regimes[r]), shareCell(hold(first)), shareCell(hold(last)), .init(holdOnset(regime: r).map { grouped($0.by) } ?? "never", range), when(0.7), when(0.8),
                when(0.95),
            ])
        }
        return table
    }

    /// What HOLD and trading were paid a step, and the terms behind the difference.
    package var contrastTable: TextTable? {
        let pays = regimes.indices.compactMap { payContrast(regime: $0) }
        if pays.isEmpty { return nil }
        let digits = decimals(for: pays.flatMap { [$0.hold, $0.trade, $0.gap] })
        var table = TextTable(["regime", "in favour of HOLD", "in favour of trading", "a HOLD was paid", "a trade was paid", "trade minus HOLD", "at step"], textColumns: 3)
        for pay in pays {
            func list(_ forHold: Bool) -> String {
                let top = pay.leading(forHold: forHold).prefix(4)
                return top.isEmpty ? "nothing" : top.map { "\(terms[$0]) \(signed(abs(pay.terms[$0]), digits))" }.joined(separator: ", ")
            }
            table.rows.append([
                .init(regimes[pay.regime]), .init(list(true)), .init(list(false)), .init(signed(pay.hold, digits), "n = \(grouped(pay.holds))"),
                .init(signed(pay.trade, digits), "n = \(grouped(pay.trades))"),
                .init(signed(pay.gap, digits), pay.deviation.map { "± " + signed($0, digits).drop { $0 == "+" } } ?? ""), .init(grouped(pay.step)),
            ])
        }
        return table
    }

    /// One row a seed; nil for a single one.
    package var seedTable: TextTable? {
        guard seeds.count > 1 else { return nil }
        var table = TextTable(["seed", "steps", "status", "HOLD, train, sampled", "HOLD, test, sampled", "test, sampled", "test, arg-max"])
        for seed in seeds {
            let status = seed.looks.last?.status.map { RunReport.statusNames[min(4, max(0, $0))] } ?? "-"
            func hold(_ split: String) -> TextTable.Cell { .init(seed.splits[split]?.all.sampled.map { percent($0[0]) } ?? "-") }
            table.rows.append([
                .init(String(seed.seed)), .init(grouped(seed.steps), seed.isFinished ? "" : "not finished"), .init(status), hold("train"), hold("test"),
                .init(seed.splits["test"].map { wholePercent($0.sampledResult.netReturn) } ?? "-"), .init(seed.splits["test"].map { wholePercent($0.argmaxResult.netReturn) } ?? "-"),
            ])
        }
        return table
    }
}

/// `always_long` as `always LONG`.
package func zooWords(_ name: String) -> String {
    switch name {
    case "always_hold": "always HOLD"
    case "always_long": "always LONG"
    case "always_short": "always SHORT"
    case "mean_revert": "mean-revert"
    default: name
    }
}
