internal import ComponentKit
internal import Foundation
package import RunRecords

extension RunReport {
    /// Reads manifests and logs of the seeds' folders; evaluations, equity and classes are added by the caller.
    ///
    /// Throws `InputMissing` and `InputIssues`: a file that is gone, damaged or changed.
    package init(folder: String, seedFolders: [String]) throws {
        precondition(!seedFolders.isEmpty, "RunReport: no run in '\(folder)'")
        let manifests = try seedFolders.map { try RunManifest(file: RunFolder.open($0).manifest) }
        let p = manifests[0].parameters
        let mixes = try seedFolders.map { try LoggedTable(file: $0 + "/mix.csv") }, ledgers = try seedFolders.map { try LoggedTable(file: $0 + "/ledger.csv") }
        let actions = mixes[0].names(after: "sampled_"), terms = ledgers[0].names(after: "term_")
        guard !actions.isEmpty, let regimeColumn = mixes[0].columns.firstIndex(of: "regime"), mixes.allSatisfy({ $0.columns == mixes[0].columns }),
            ledgers.allSatisfy({ $0.columns == ledgers[0].columns })
        else {
            throw InputIssues(
                InputIssue(code: "columns", file: mixes[0].file, line: 1, message: "has not the columns of an action mix, or the seeds' logs differ in theirs", help: "docs/run-folder.md lists them; were the runs written by one version of Assay?"))
        }
        var regimes: [String] = []
        for row in mixes[0].rows where !regimes.contains(row[regimeColumn]) { regimes.append(row[regimeColumn]) }
        var seeds: [SeedRun] = []
        for (i, path) in seedFolders.enumerated() {
            seeds.append(try SeedRun(path, seed: manifests[i].seeds.first ?? 0, mix: mixes[i], ledger: ledgers[i], actions: actions, regimes: regimes, terms: terms))
        }
        self.init(
            name: p["name"]?.text ?? "", folder: folder, rewardName: p["reward"]?.text ?? "", actions: actions, regimes: regimes, terms: terms,
            plannedSteps: p["steps"]?.integer ?? 0, seeds: seeds)
        stages = RunReport.stageNames([folder + "/curriculum.yaml"] + seedFolders.map { $0 + "/curriculum.yaml" })
        parameters = RunReport.flattened(p, "")
        let m = manifests[0]
        data = m.data.flatMap { [("bars", $0.name), ("SHA-256", $0.sha256), ("bars in the file", grouped($0.bars))] }
        data += [("Assay", m.version + (m.commit.map { ", commit \($0)" } ?? "")), ("matrix kernels", m.blasCore)]
        for manifest in manifests { data.append(("run's hash, seed \(manifest.seeds.first.map { String($0) } ?? "-")", manifest.hash)) }
        // A seed's folder was begun by the command of the folder it lies in.
        let parent = (folder as NSString).lastPathComponent.hasPrefix("seed-") ? [(folder as NSString).deletingLastPathComponent] : []
        commands = ([folder] + parent).lazy.map { RunFolder(path: $0).commandLines }.first { !$0.isEmpty } ?? []
    }

    /// Ids of the stages of the first of these curriculum files that is there; empty where none can be read.
    private static func stageNames(_ files: [String]) -> [String] {
        guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0) }), let text = try? readTextFile(file), let document = try? YAMLDocument(file: file, text: text) else { return [] }
        var issues: [InputIssue] = []
        guard var root = document.root.mapping("a curriculum", &issues), let items = root.get("stages")?.items else { return [] }
        return items.compactMap { item in
            var stage = item.mapping("a stage", &issues)
            return stage?.get("id")?.scalarText
        }
    }

    /// `ppo.gamma`: `0.99`, in the order of the names.
    private static func flattened(_ value: JSONValue, _ prefix: String) -> [(label: String, value: String)] {
        guard let members = value.object else { return [(prefix, value.text ?? value.compact)] }
        return members.keys.sorted().flatMap { flattened(members[$0] ?? .null, prefix.isEmpty ? $0 : "\(prefix).\($0)") }
    }
}

extension RunReport.SeedRun {
    fileprivate init(_ path: String, seed: UInt64, mix: LoggedTable, ledger: LoggedTable, actions: [String], regimes: [String], terms: [String]) throws {
        let progress = try LoggedTable(file: path + "/progress.csv")
        let steps = try progress.numbers("time/total_timesteps")?.map { Int($0 ?? 0) } ?? []
        var curves: [String: [(step: Int, value: Double)]] = [:]
        for key in RunReport.curveKeys {
            guard let values = try progress.numbers(key) else { continue }
            // train/* of a row belong to the update before it.
            let shift = key.hasPrefix("train/") ? 1 : 0
            curves[key] = values.indices.compactMap { i in
                guard let value = values[i], value.isFinite, i >= shift else { return nil }
                return (steps[i - shift], value)
            }
        }
        self.init(
            seed: seed, folder: path, steps: steps.last ?? 0, isFinished: FileManager.default.fileExists(atPath: path + "/policy.safetensors"), curves: curves)
        if FileManager.default.fileExists(atPath: path + "/curriculum.csv") {
            let record = try LoggedTable(file: path + "/curriculum.csv")
            if let step = record.columns.firstIndex(of: "step"), let reason = record.columns.firstIndex(of: "reason"), let to = record.columns.firstIndex(of: "to") {
                stages = record.rows.compactMap { row in Int(row[step]).map { ($0, row[reason], row[to]) } }
            }
        }
        try readLooks(mix, ledger, actions, regimes, terms)
        let status = try progress.numbers("collapse/status") ?? []
        let x = curves["collapse/x"] ?? []
        for k in looks.indices {
            // A row's status is that of the look before it.
            looks[k].status = zip(steps, status).first { $0.0 > looks[k].step && $0.1 != nil }.flatMap { $0.1.map { Int($0) } }
            looks[k].x = x.first { $0.step == looks[k].step }?.value
        }
        joinRemainder()
    }

    private mutating func readLooks(_ mix: LoggedTable, _ ledger: LoggedTable, _ actions: [String], _ regimes: [String], _ terms: [String]) throws {
        func column(_ table: LoggedTable, _ name: String) throws -> [Double?] {
            guard let values = try table.numbers(name) else {
                throw InputIssues(InputIssue(code: "columns", file: table.file, line: 1, message: "has no column '\(name)'", help: "docs/run-folder.md lists the columns"))
            }
            return values
        }
        func texts(_ table: LoggedTable, _ name: String) throws -> [String] {
            _ = try table.columns.contains(name) ? [] : column(table, name)
            let c = table.columns.firstIndex(of: name) ?? 0
            return table.rows.map { $0[c] }
        }
        let step = try column(mix, "step"), decisions = try column(mix, "decisions"), regime = try texts(mix, "regime")
        let shares = try ["sampled_", "argmax_", "probability_"].map { kind in try actions.map { try column(mix, kind + $0) } }
        let empty = RunReport.Look.Regime(decisions: 0, mix: RunReport.Mix(), pay: [])
        for i in mix.rows.indices {
            guard let s = step[i], let r = regimes.firstIndex(of: regime[i]) else { continue }
            if looks.last?.step != Int(s) { looks.append(RunReport.Look(step: Int(s), status: nil, x: nil, regimes: Array(repeating: empty, count: regimes.count))) }
            func read(_ kind: Int) -> [Double]? {
                let cells = shares[kind].compactMap { $0[i] }
                return cells.count == actions.count ? cells : nil
            }
            looks[looks.count - 1].regimes[r] = RunReport.Look.Regime(
                decisions: Int(decisions[i] ?? 0), mix: RunReport.Mix(sampled: read(0), argmax: read(1), probability: read(2)), pay: [])
        }
        let ledgerStep = try column(ledger, "step"), count = try column(ledger, "decisions")
        let place = try texts(ledger, "regime"), what = try texts(ledger, "action"), sums = try terms.map { try column(ledger, "term_" + $0) }
        var index: [Int: Int] = [:]
        for (k, look) in looks.enumerated() { index[look.step] = k }
        for i in ledger.rows.indices {
            guard let s = ledgerStep[i], let k = index[Int(s)], let r = regimes.firstIndex(of: place[i]), let a = actions.firstIndex(of: what[i]) else { continue }
            if looks[k].regimes[r].pay.isEmpty {
                looks[k].regimes[r].pay = Array(repeating: RunReport.Pay(decisions: 0, terms: Array(repeating: 0, count: terms.count)), count: actions.count)
            }
            looks[k].regimes[r].pay[a] = RunReport.Pay(decisions: Int(count[i] ?? 0), terms: sums.map { $0[i] ?? 0 })
        }
    }

    /// A run's steps seldom divide evenly between looks: where fewer than half as many decisions were counted for the last as for the one before, the two count together.
    package mutating func joinRemainder() {
        func decisions(_ look: RunReport.Look) -> Int { look.regimes.reduce(0) { $0 + $1.decisions } }
        guard looks.count > 2, 2 * decisions(looks[looks.count - 1]) < decisions(looks[looks.count - 2]) else { return }
        let before = looks.remove(at: looks.count - 2), last = looks.count - 1
        for (r, earlier) in before.regimes.enumerated() { looks[last].regimes[r].count(earlier) }
        // After the last look no status was judged any more.
        looks[last].status = looks[last].status ?? before.status
        looks[last].x = looks[last].x ?? before.x
    }
}

extension RunReport.Look.Regime {
    /// Adds what was counted in the stretch before; the arg-max mix and the probabilities are this look's own.
    fileprivate mutating func count(_ earlier: Self) {
        let all = decisions + earlier.decisions
        if let old = earlier.mix.sampled, all > 0 {
            let own = mix.sampled ?? old.map { _ in 0 }
            mix.sampled = zip(own, old).map { ($0 * Double(decisions) + $1 * Double(earlier.decisions)) / Double(all) }
        }
        decisions = all
        if pay.isEmpty { pay = earlier.pay } else if !earlier.pay.isEmpty {
            pay = zip(pay, earlier.pay).map { RunReport.Pay(decisions: $0.decisions + $1.decisions, terms: zip($0.terms, $1.terms).map(+)) }
        }
    }
}

extension RunReport {
    /// Keys of `progress.csv` that the learning curves show.
    static let curveKeys = [
        "rollout/ep_rew_mean", "train/entropy_loss", "train/explained_variance", "train/approx_kl", "collapse/x", "rollout/advantage_std",
    ]

    /// Takes in what `evaluation.json` says of one seed: its `splits`. Regimes are found by name; unknown ones join where there were none.
    package mutating func addEvaluation(_ splits: JSONValue, seed k: Int) {
        for (split, found) in splits.object ?? [:] {
            let listed = found["regimes"]?.list ?? []
            for name in listed.compactMap({ $0["regime"]?.text }) where !regimes.contains(name) && seeds.allSatisfy(\.looks.isEmpty) { regimes.append(name) }
            func mix(_ node: JSONValue) -> Mix {
                func shares(_ key: String) -> [Double]? {
                    guard let members = node[key]?.object else { return nil }
                    let values = actions.compactMap { members[$0]?.number }
                    return values.count == actions.count ? values : nil
                }
                return Mix(sampled: shares("sampled"), argmax: shares("argmax"), probability: shares("mean_probability"))
            }
            let byRegime = regimes.map { name -> (bars: Int, mix: Mix) in
                guard let node = listed.first(where: { $0["regime"]?.text == name }) else { return (0, Mix()) }
                return (node["bars"]?.integer ?? 0, mix(node))
            }
            func trading(_ node: JSONValue?) -> Trading? {
                guard let node, let trips = node["round_trips"]?.number, let net = node["net_return"]?.number, let drop = node["max_drawdown"]?.number else { return nil }
                return Trading(roundTrips: trips, netReturn: net, sharpe: node["sharpe"]?.number, maxDrawdown: drop)
            }
            guard let sampled = trading(found), let argmax = trading(found["argmax_result"]) else { continue }
            let zoo = (found["zoo"]?.object ?? [:]).sorted { $0.key < $1.key }.compactMap { name, node in trading(node).map { (name: name, result: $0) } }
            seeds[k].splits[split] = SplitFindings(regimes: byRegime, all: mix(found), sampledResult: sampled, argmaxResult: argmax, zoo: zoo)
        }
    }
}
