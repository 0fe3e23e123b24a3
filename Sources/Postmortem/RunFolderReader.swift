internal import ComponentKit
internal import Foundation
internal import RunRecords

/// One seed's run folder of Assay: mixes and ledger by regime, curves, settings.
package enum RunFolderReader {
    package static func read(_ path: String) throws -> TrainingLog {
        let folder = try RunFolder.open(path), manifest = try RunManifest(file: folder.manifest)
        var log = try SB3Readers.progress(folder.progress)
        let mixCurve = log.mixes
        log.source = path
        log.kind = .runFolder
        log.seed = manifest.seeds.first
        let p = manifest.parameters
        log.algorithm = "ppo"
        log.gamma = p["ppo"]?["gamma"]?.number
        log.isFlatOnly = p["environment"]?["kind"]?.text == "options"
        if let c = p["ppo"]?["ent_coef"]?.number { log.entropyCoefficient = log.entropyCoefficient ?? c }
        let table = try LoggedTable(file: folder.mix), actions = table.names(after: "sampled_")
        guard actions.count > 1, let regimeColumn = table.columns.firstIndex(of: "regime") else {
            throw InputIssues(InputIssue(code: "columns", file: folder.mix, line: 1, message: "has not the columns of an action mix", help: "docs/run-folder.md lists them"))
        }
        func column(_ table: LoggedTable, _ name: String) throws -> [Double?] {
            guard let values = try table.numbers(name) else { throw InputIssues(InputIssue(code: "columns", file: table.file, line: 1, message: "has no column '\(name)'", help: "docs/run-folder.md lists the columns")) }
            return values
        }
        log.actions = actions
        log.hold = ActionNames.hold(in: actions)
        let step = try column(table, "step"), decisions = try column(table, "decisions"), shares = try actions.map { try column(table, "sampled_" + $0) }
        var sums: [(step: Double, counts: [Double])] = []
        for k in table.rows.indices {
            guard let s = step[k], let n = decisions[k], n > 0 else { continue }
            let own = shares.compactMap { $0[k] }
            guard own.count == actions.count else { continue }
            let regime = table.rows[k][regimeColumn], mix = TrainingLog.Mix(step: s, shares: own, decisions: n)
            if let g = log.groups.firstIndex(where: { $0.name == regime }) { log.groups[g].mixes.append(mix) } else { log.groups.append(.init(name: regime, mixes: [mix])) }
            if sums.last?.step != s { sums.append((s, actions.map { _ in 0 })) }
            for a in actions.indices { sums[sums.count - 1].counts[a] += n * own[a] }
        }
        // Every update's own mix where progress.csv has it; else the looks'.
        let looks = sums.map { s in TrainingLog.Mix(step: s.step, shares: s.counts.map { $0 / s.counts.reduce(0, +) }, decisions: s.counts.reduce(0, +)) }
        let perUpdate = p["ppo"]?["n_steps"]?.number.flatMap { n in p["ppo"]?["environments"]?.number.map { n * $0 } }
        log.mixes = mixCurve.count > looks.count ? mixCurve.map { .init(step: $0.step, shares: $0.shares, decisions: log.isFlatOnly ? nil : perUpdate) } : looks
        let ledger = try LoggedTable(file: folder.ledger)
        log.terms = ledger.names(after: "term_")
        let ledgerStep = try column(ledger, "step"), counts = try column(ledger, "decisions"), terms = try log.terms.map { try column(ledger, "term_" + $0) }
        if let r = ledger.columns.firstIndex(of: "regime"), let a = ledger.columns.firstIndex(of: "action") {
            for k in ledger.rows.indices {
                guard let s = ledgerStep[k], let n = counts[k], n > 0, let action = actions.firstIndex(of: ledger.rows[k][a]) else { continue }
                let row = TrainingLog.Paid(step: s, regime: ledger.rows[k][r], action: action, decisions: n, sums: terms.map { $0[k] ?? 0 })
                log.paid.append(row)
                if let at = log.received.lastIndex(where: { $0.regime == row.regime }), log.received[at].step == s {
                    log.received[at].decisions += n
                    for j in row.sums.indices { log.received[at].sums[j] += row.sums[j] }
                } else {
                    log.received.append(.init(step: s, regime: row.regime, decisions: n, sums: row.sums))
                }
            }
        }
        log.termIsConstant = constantTerms(log)
        if log.isFlatOnly, let h = log.hold {
            let all = log.paid.reduce(0) { $0 + ($1.action == h ? $1.decisions : 0) }, flat = looks.reduce(0) { $0 + $1.shares[h] * ($1.decisions ?? 0) }
            if all > 0 { log.flatShareOfHold = min(1, flat / all) }
        }
        if log.isFlatOnly { keepTaken(&log) }
        try readScalping(path, &log)
        if let bytes = FileManager.default.contents(atPath: folder.evaluation), let trips = (try? JSONValue(parsing: Array(bytes)))?["splits"]?["train"]?["round_trips"]?.number, let last = log.mixes.last {
            // Of the trained policy on the training bars, at the end.
            if log.curves[.roundTrips] == nil { log.curves[.evaluationTrips] = [.init(step: last.step, value: trips)] }
        }
        if !FileManager.default.fileExists(atPath: folder.policy) { log.remarks.append("The run has not finished: what follows is as far as it has got.") }
        return log
    }

    /// Whether a term paid the same a decision at every look of a regime and action; the ledger's sums are of single precision. False with one look alone.
    private static func constantTerms(_ log: TrainingLog) -> [Bool] {
        var isConstant = log.terms.map { _ in true }, looks = 0
        for rows in Dictionary(grouping: log.paid, by: { "\($0.regime)/\($0.action)" }).values {
            looks = max(looks, rows.count)
            for k in log.terms.indices {
                let means = rows.map { $0.sums[k] / $0.decisions }, low = means.min() ?? 0, high = means.max() ?? 0
                if high - low > 1e-4 * max(abs(low), abs(high)) { isConstant[k] = false }
            }
        }
        return looks > 1 ? isConstant : log.terms.map { _ in false }
    }

    /// Flat, an agent can neither trim nor exit: actions that were never taken are left out.
    private static func keepTaken(_ log: inout TrainingLog) {
        let kept = log.actions.indices.filter { a in a == log.hold || log.mixes.contains { $0.shares[a] > 0 } }
        guard kept.count > 1, kept.count < log.actions.count else { return }
        func cut(_ mix: TrainingLog.Mix) -> TrainingLog.Mix { .init(step: mix.step, shares: kept.map { mix.shares[$0] }, decisions: mix.decisions) }
        log.mixes = log.mixes.map(cut)
        log.groups = log.groups.map { .init(name: $0.name, mixes: $0.mixes.map(cut)) }
        log.paid = log.paid.compactMap { row in
            kept.firstIndex(of: row.action).map { .init(step: row.step, regime: row.regime, action: $0, decisions: row.decisions, sums: row.sums) }
        }
        log.hold = log.hold.flatMap { kept.firstIndex(of: $0) }
        log.actions = kept.map { log.actions[$0] }
        log.remarks.append("The mix is of flat decisions on which a trade was allowed.")
    }

    /// Options runs count setups and trades.
    private static func readScalping(_ path: String, _ log: inout TrainingLog) throws {
        let file = path + "/scalping.csv"
        guard FileManager.default.fileExists(atPath: file) else { return }
        let table = try LoggedTable(file: file)
        guard let steps = try table.numbers("step") else { return }
        for (name, quantity) in [("trades", TrainingLog.Quantity.roundTrips), ("strong_setup_buy_rate", .setupRate), ("setup_lift", .setupLift)] {
            guard let values = try table.numbers(name) else { continue }
            log.curves[quantity] = zip(steps, values).compactMap { s, v in s.flatMap { s in v.map { .init(step: s, value: $0) } } }
        }
    }
}
