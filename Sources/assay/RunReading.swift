import ComponentKit
import Foundation
import Postmortem
import Reports
import RunRecords
import TradingTypes
import Training

/// Everything that the report of the run in `folder` says: one seed's run, or a folder of several.
///
/// `inputs` are those of the run where the caller has them. A run that has not finished is judged by its newest whole checkpoint. Where the bars are gone or
/// changed, the report does without the equity and says so. Throws `InputMissing` and `InputIssues` for a folder that is no run, or damaged.
func readRunReport(_ folder: String, threads: Int, inputs shared: TrainingInputs? = nil) throws -> RunReport {
    let folders = seedFolders(of: folder)
    if folders.isEmpty { _ = try RunFolder.open(folder) }
    var report = try RunReport(folder: folder, seedFolders: folders)
    let listed = folders == [folder] ? 1 : (try? Experiment(file: folder + "/experiment.json").seeds.count) ?? folders.count
    if listed > folders.count { report.notes.append("\(listed - folders.count) of \(listed) seeds have not begun.") }
    if let logs = try? LogReader.read(folder).logs, logs.allSatisfy({ !$0.mixes.isEmpty }) {
        let found = Postmortem.examine(logs, source: folder)
        report.postmortem = ["Post-mortem of the training: \(found.verdict)", alarmSentence(found)]
    }
    var policies: [TrainedPolicy] = [], tested: [PolicyEvaluation] = []
    for (k, path) in folders.enumerated() {
        if let last = CollapseStatus.last(inRun: path), let look = report.seeds[k].looks.indices.last, report.seeds[k].looks.count * report.regimes.count == last.mixRows {
            report.seeds[k].looks[look].status = last.status.rawValue
        }
        let policy: TrainedPolicy?
        do {
            policy = try TrainedPolicy(folder: path, threads: threads, inputs: shared ?? policies.first?.sharedInputs)
        } catch let missing as InputMissing {
            // No bars, or no checkpoint yet: what the logs say can still be shown.
            report.notes.append("Not evaluated: \(missing.issue.file ?? path): \(missing.issue.message).")
            policy = nil
        }
        var evaluation = policy?.isFinal ?? report.seeds[k].isFinished ? readEvaluation(path) : nil
        if let policy {
            report.seeds[k].steps = policy.steps
            guard policy.sawTheseBars(try RunManifest(file: path + "/manifest.json")) else {
                report.notes.append("Not evaluated: \(policy.sharedInputs.experiment.bars) is not what it was when the run was trained (SHA-256).")
                if let evaluation { report.addEvaluation(evaluation, seed: k) }
                continue
            }
            let test = policy.evaluate(.test)
            if evaluation == nil { evaluation = evaluationJSON([(.train, policy.evaluate(.train), policy.zoo(.train)), (.test, test, policy.zoo(.test))]) }
            policies.append(policy)
            tested.append(test)
        }
        if let evaluation { report.addEvaluation(evaluation, seed: k) }
    }
    if let first = policies.first {
        report.termKinds = first.sharedInputs.termKinds
        // The profit of a scalper is that of its trades: there is no bar-by-bar equity to draw.
        if first.sharedInputs.experiment.kind == .spot { report.equity = equityPath(first, policies, tested) }
    }
    for split in ["train", "test"] {
        let found = report.seeds.compactMap { $0.splits[split] }, shares = found.compactMap(\.all.sampled)
        guard !shares.isEmpty else { continue }
        let each = report.actions.indices.map { a in MixSummary.Share(shares.map { $0[a] }) }
        let trips = found.reduce(0) { $0 + Int($1.sampledResult.roundTrips) }
        report.classes[split] = PolicyClass(shares: each.map(\.mean), roundTrips: trips, margin: 2 * each[0].standardError).rawValue
    }
    return report
}

/// The splits of `evaluation.json`; nil where there is none to read.
private func readEvaluation(_ folder: String) -> JSONValue? {
    FileManager.default.contents(atPath: folder + "/evaluation.json").flatMap { try? JSONValue(parsing: Array($0)) }?["splits"]
}

private func equityPath(_ first: TrainedPolicy, _ policies: [TrainedPolicy], _ tested: [PolicyEvaluation]) -> RunReport.EquityPath? {
    let bars = first.bars(.test)
    guard bars.time.count > 1 else { return nil }
    let runs = zip(policies, tested).map { $0.equity(.test, $1) }
    let fixed = first.zooEquity(.test, names: ["always_long", "always_short", "trend", "mean_revert"])
    return RunReport.EquityPath(
        split: "test", time: bars.time, regimes: bars.regimes,
        curves: [.init(name: "policy, sampled", runs: runs.map(\.sampled), isPolicy: true), .init(name: "policy, arg-max", runs: runs.map(\.argmax), isPolicy: true)]
            + fixed.map { .init(name: zooWords($0.name), runs: [$0.equity], isPolicy: false) })
}
