internal import Environments
package import RunRecords
package import TradingTypes

/// What the pictures of a trained policy need beyond its evaluation: equity bar by bar.
extension TrainedPolicy {
    /// Start of each bar of a split (seconds since 1970 UTC) and its regime, [T].
    package func bars(_ split: SplitName) -> (time: [Int64], regimes: [UInt8]) {
        let rows = inputs.rows(split), market = inputs.market
        return (Array(market.prepared.bars.time[rows]), rows.map { market.table.regimes[$0] })
    }

    /// Equity after each bar over that before the first, [T], of the actions that `evaluation` of that split took.
    package func equity(_ split: SplitName, _ evaluation: PolicyEvaluation) -> (sampled: [Double], argmax: [Double]) {
        (equity(split, actions: evaluation.sampledActions), equity(split, actions: evaluation.argmaxActions))
    }

    /// The same of the fixed policies called `names`, in their order.
    package func zooEquity(_ split: SplitName, names: [String]) -> [(name: String, equity: [Double])] {
        let all = PolicyZoo.actions(inputs.market, rows: inputs.rows(split), seed: seed)
        return names.compactMap { name in all.first { $0.name == name }.map { (name, equity(split, actions: $0.actions)) } }
    }

    private func equity(_ split: SplitName, actions: [UInt8]) -> [Double] {
        NetReturns(inputs.market.environment, rows: inputs.rows(split), actions: actions)?.equity ?? []
    }

    /// Whether the bars are those that the run was trained on, by their SHA-256.
    package func sawTheseBars(_ manifest: RunManifest) -> Bool {
        manifest.data.first.map { $0.sha256 == inputs.dataRecord.sha256 } ?? true
    }
}

extension CollapseStatus {
    /// The status after the last look that the newest whole checkpoint in `folder` knows of, and how many rows `mix.csv` had then; nil without a checkpoint.
    package static func last(inRun folder: String) -> (status: CollapseStatus, mixRows: Int)? {
        guard let records = try? RunFolder.open(folder), let found = try? records.newestCheckpoint(),
            let checkpoint = try? RunCheckpoint(found.content, path: found.checkpoint.path)
        else { return nil }
        return (checkpoint.monitor.status, checkpoint.mixRows)
    }
}
