package import ComponentKit
package import Demonstrations
internal import Environments
internal import NetworkKernels
internal import NumericKernels
internal import RunRecords
package import Teachers
internal import TradingTypes
package import Training

/// Demonstrations of a script on the spot market, observed and paid as training is.
package struct SpotTeaching {
    package let market: SpotTrainingMarket
    package let teacher: SpotTeacher
    /// Bars of one episode; it starts at a bar drawn evenly from the split and is truncated.
    package let episodeBars: Int
    package let rows: Range<Int>

    /// Throws `InputIssues` where the script does not fit the market, or the split is too short for an episode.
    package init(_ market: SpotTrainingMarket, _ script: TeacherScript, rows: Range<Int>, episodeBars: Int) throws(InputIssues) {
        self.market = market
        self.rows = rows
        self.episodeBars = min(episodeBars, rows.count - 1)
        guard self.episodeBars >= 1 else {
            throw InputIssues(InputIssue(code: "too_few_bars", message: "the split has \(rows.count) bars, too few for an episode"))
        }
        teacher = try SpotTeacher(script, market.environment, columns: market.prepared.columns())
    }

    /// First bar of an episode.
    package func firstBar(_ episode: Int, seed: UInt64) -> Int {
        var random = RandomStream(seed: seed, purpose: "teacher episodes", index: UInt64(episode))
        return rows.lowerBound + Int(random.below(UInt64(rows.count - episodeBars)))
    }

    /// Plays `episodes` episodes. `noise` nil takes the script's.
    package func record(episodes: Int, seed: UInt64, noise: TeacherNoise? = nil) -> (set: DemonstrationSet, report: TeachingReport) {
        let features = market.table.features, width = features.columns
        let names = DemonstrationNames(
            observations: market.observationNames, actions: EnvironmentKind.spot.actionNames, regimes: Regime.names, scriptStates: teacher.program.states)
        var table = [Float](repeating: 0, count: features.rows * width)
        table.withUnsafeMutableBufferPointer { target in
            for t in 0..<features.rows { (target.baseAddress! + t * width).update(from: features.base + t * features.stride, count: width) }
        }
        var set = DemonstrationSet(names: names, table: table)
        var report = TeachingReport(teacher.program.script, rewardName: market.stack.design.name)
        let columns = market.prepared.columns(named: ["volatility_24h", "close_ema_50"], rows: 0..<market.prepared.bars.count)
        report.coverage = StateCoverage(
            ["volatility_24h", "close_ema_50"].compactMap { name in
                guard case .values(let values)? = columns[name] else { return nil }
                return (name, values)
            }, regimes: market.table.regimes, rows: [rows])
        var machine = TeacherMachine(teacher.program, noise: noise), episode = TeacherEpisode()
        // Counted here and put into the report at the end: [regime][action] side by side.
        let rowRegimes = market.table.regimes
        var mix = [Int](repeating: 0, count: 3 * Regime.names.count), labels = [0, 0, 0], coverage = report.coverage, flatSteps = 0, entered = 0
        set.reserve(episodes: episodes, steps: episodes * episodeBars)
        for e in 0..<episodes {
            let first = firstBar(e, seed: seed), played = first..<first + episodeBars
            teacher.play(played, &machine, seed: seed, episode: UInt64(e), into: &episode)
            let rewards = pay(played, episode.actions)
            let hold = pay(played, [UInt8](repeating: 0, count: episodeBars))
            var regimes = [UInt8](repeating: 0, count: episodeBars), flags = regimes
            var side = 0
            for t in 0..<episodeBars {
                let regime = rowRegimes[first + t], action = Int(episode.actions[t])
                regimes[t] = regime
                flags[t] = (episode.isFlat[t] ? DemonstrationFlags.flat.rawValue : 0) | (episode.isExplored[t] ? DemonstrationFlags.explored.rawValue : 0)
                mix[3 * Int(regime) + action] += 1
                labels[Int(episode.labels[t])] += 1
                if episode.isFlat[t] {
                    flatSteps += 1
                    if episode.labels[t] != 0 { entered += 1 }
                }
                coverage.visit(row: first + t, side: side)
                side = action
            }
            report.returns.append(rewards.reduce(0) { $0 + Double($1) })
            report.holdReturns.append(hold.reduce(0) { $0 + Double($1) })
            report.trades += episode.trades
            report.scriptedTrades += zip(episode.trades, episode.isScripted).filter(\.1).map(\.0)
            report.episodes += 1
            report.steps += episodeBars
            set.append(
                DemonstrationSet.Steps(
                    actions: episode.actions, labels: episode.labels, masks: episode.masks, rewards: rewards, regimes: regimes, scriptStates: episode.states, flags: flags),
                rows: (first...first + episodeBars).map { Int32($0) }, ending: .truncated, name: "\(market.prepared.bars.symbol) \(timeText(first))")
        }
        for regime in report.mix.indices { report.mix[regime] = Array(mix[3 * regime..<3 * regime + 3]) }
        (report.labels, report.coverage, report.flatSteps, report.entered) = (labels, coverage, flatSteps, entered)
        report.counts = machine.counts
        report.overlap = max(1, Double(report.steps) / Double(rows.count))
        set.provenance = [
            "script": .text(teacher.program.script.name), "script_sha256": .text(SHA256.hex(Array(teacher.program.script.text.utf8))),
            "reward": .text(market.stack.design.name), "seed": .integer(Int(seed)), "episode_bars": .integer(episodeBars),
            "bars_sha256": .text(market.prepared.loaded.manifest.sha256), "environment": "spot",
        ]
        return (set, report)
    }

    private func timeText(_ row: Int) -> String { MarketTime.text(market.prepared.bars.time[row]) }

    /// What `actions` on `rows` are paid.
    package func pay(_ rows: Range<Int>, _ actions: [UInt8]) -> [Float] {
        if let pay = market.pay {
            let width = market.payWidth, first = market.firstPaid
            return rows.enumerated().map { k, row in pay[((row - first) * 3 + Int(actions[k])) * width] }
        }
        let path = SpotPath(market.environment, rows: rows, actions: actions)
        let outcomes = market.environment.outcomes(taken: path, actions: actions, market: market.columns, needsNext: market.stack.needsNext)
        let ledger = market.stack.ledger(outcomes)
        return (0..<rows.count).map { t in Float(ledger.reduce(0.0) { $0 + $1[t] }) }
    }
}
