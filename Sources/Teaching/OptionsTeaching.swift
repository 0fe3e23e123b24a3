package import ComponentKit
package import Demonstrations
internal import Intraday
internal import NetworkKernels
internal import NumericKernels
package import OptionsEnvironment
package import Rewards
internal import RunRecords
package import Teachers
internal import TradingTypes

/// Demonstrations of a script on the options market: an episode is a day.
package struct OptionsTeaching {
    package let market: OptionsMarket
    package let observation: OptionsObservation
    package let teacher: OptionsTeacher
    package let stack: RewardStack
    /// Days to play, as indices into the market's.
    package let days: [Int]
    /// Whether a setup counts as strong at each row of the market, [R].
    package let isStrong: [Bool]

    /// Throws `InputIssues` where the script does not fit the market, or there is no day to play.
    package init(
        _ market: OptionsMarket, _ observation: OptionsObservation, _ script: TeacherScript, _ stack: RewardStack, days: [Int], isStrong: [Bool]
    ) throws(InputIssues) {
        self.market = market
        self.observation = observation
        self.stack = stack
        self.days = days
        precondition(isStrong.count == market.rowCount, "\(isStrong.count) strong setups for \(market.rowCount) rows")
        self.isStrong = isStrong
        guard !days.isEmpty else { throw InputIssues(InputIssue(code: "no_days", message: "the split has no trading day", help: "give more days, or --split all")) }
        if let contracts = script.contracts, contracts != market.configuration.contracts {
            throw InputIssues(InputIssue(code: "sizing", file: script.file, message: "the script buys \(contracts) contracts, the market was made for \(market.configuration.contracts)"))
        }
        teacher = try OptionsTeacher(script, market)
    }

    /// The day of an episode: every day once in an order drawn from the seed, then again in another.
    package func day(_ episode: Int, seed: UInt64) -> Int {
        var random = RandomStream(seed: seed, purpose: "teacher days", index: UInt64(episode / days.count))
        var order = days
        for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, Int(random.below(UInt64(i + 1)))) }
        return order[episode % days.count]
    }

    package func start(_ day: Int) -> AgentState { AgentState(market, firstRow: market.days[day].rows.lowerBound) }

    /// Plays `episodes` days. `noise` nil takes the script's.
    package func record(episodes: Int, seed: UInt64, noise: TeacherNoise? = nil) -> (set: DemonstrationSet, report: TeachingReport) {
        let names = DemonstrationNames(
            observations: observation.names, actions: EnvironmentKind.options.actionNames, regimes: Regime.names, scriptStates: teacher.program.states)
        var set = DemonstrationSet(names: names)
        var report = TeachingReport(teacher.program.script, rewardName: stack.design.name)
        report.coverage = StateCoverage(
            ["vwap_dist", "atr_scaled"].compactMap { name in market.column(name).map { (name, $0) } }, regimes: market.regimes, rows: days.map { market.days[$0].rows })
        var machine = TeacherMachine(teacher.program, noise: noise), episode = TeacherEpisode()
        var forced = [0, 0], setups = (strong: 0, entered: 0)
        var holds: [Int: Double] = [:]
        let width = observation.count, row = FloatBlock(count: width), rowView = row.matrix(rows: 1, columns: width)
        // Episodes are scored together, which costs less than one by one.
        var waiting = OptionsTrajectory(), open: [(steps: DemonstrationSet.Steps, observations: [Float], isTerminated: Bool, name: String, day: Int)] = []
        func flush() {
            guard !open.isEmpty else { return }
            let pay = reward(waiting)
            var at = 0
            for var done in open {
                let count = done.steps.actions.count
                done.steps.rewards = (at..<at + count).map { Float(pay[$0]) }
                report.returns.append(pay[at..<at + count].reduce(0, +))
                report.holdReturns.append(holds[done.day]!)
                set.append(done.steps, observations: done.observations, ending: done.isTerminated ? .terminated : .truncated, name: done.name)
                at += count
            }
            open = []
            waiting = OptionsTrajectory()
        }
        for e in 0..<episodes {
            let d = day(e, seed: seed)
            if holds[d] == nil { holds[d] = reward(hold(d)).reduce(0, +) }
            var steps: [RecordedStep] = [], observations: [Float] = [], regimes: [UInt8] = [], flags: [UInt8] = []
            steps.reserveCapacity(market.days[d].rows.count)
            observations.reserveCapacity((market.days[d].rows.count + 1) * width)
            func take(_ state: AgentState, _ mask: UInt32, _ dynamics: TradeDynamics) {
                observation.write(state, mask: mask, dynamics, to: rowView.base)
                for c in 0..<width { observations.append(row[c]) }
            }
            let final = teacher.play(from: start(d), &machine, seed: seed, episode: UInt64(e), into: &episode) { before, mask, decision, facts, dynamics in
                take(before, mask, dynamics)
                let r = Int(before.row)
                let isFlat = before.contract < 0
                let isStrong = self.isStrong[r]
                steps.append(RecordedStep(before: before, facts: facts))
                regimes.append(market.regimes[r])
                flags.append(
                    (isFlat ? DemonstrationFlags.flat.rawValue : 0) | (isStrong ? DemonstrationFlags.strongSetup.rawValue : 0)
                        | (decision.isExplored ? DemonstrationFlags.explored.rawValue : 0))
                report.mix[Int(market.regimes[r])][Int(facts.chosen)] += 1
                report.labels[Int(decision.label)] += 1
                let side = isFlat ? 0 : market.contracts[Int(before.contract)].right == .call ? 1 : 2
                report.coverage.visit(row: r, side: side)
                // Only where there was a choice.
                if isFlat, mask & (OptionAction.buyCall.bit | OptionAction.buyPut.bit) != 0 {
                    let enters = decision.label == 1 || decision.label == 2
                    report.flatSteps += 1
                    if enters { report.entered += 1 }
                    if isStrong {
                        setups.strong += 1
                        if enters { setups.entered += 1 }
                    }
                }
                if facts.isForced { forced[facts.ending == TradeEnding.stop.rawValue ? 0 : 1] += 1 }
            }
            market.withDynamics(teacher.rules) { dynamics in take(final, dynamics.mask(final), dynamics) }
            report.trades += episode.trades
            report.scriptedTrades += zip(episode.trades, episode.isScripted).filter(\.1).map(\.0)
            report.episodes += 1
            report.steps += steps.count
            waiting.append(steps[...], after: final)
            open.append(
                (DemonstrationSet.Steps(
                    actions: episode.actions, labels: episode.labels, masks: episode.masks, rewards: [], regimes: regimes, scriptStates: episode.states, flags: flags),
                    observations, episode.isTerminated, name(d), d))
            if open.count == 64 { flush() }
        }
        flush()
        report.counts = machine.counts
        report.overlap = max(1, Double(episodes) / Double(days.count))
        report.setups = setups
        report.forced = [("seatbelt_stop", forced[0]), ("close_of_day", forced[1])]
        set.provenance = [
            "script": .text(teacher.program.script.name), "script_sha256": .text(SHA256.hex(Array(teacher.program.script.text.utf8))),
            "reward": .text(stack.design.name), "seed": .integer(Int(seed)), "market": .text(market.source.name), "environment": "options",
            "contracts": .integer(market.configuration.contracts),
        ]
        return (set, report)
    }

    /// `SPY 2024-03-05`.
    package func name(_ day: Int) -> String {
        let source = market.days[day]
        return "\(source.symbol) \(MarketTime.date(source.date))"
    }

    private func hold(_ day: Int) -> OptionsTrajectory {
        OptionsTrajectory(OptionsSession(market, state: start(day)), actions: [OptionAction](repeating: .hold, count: market.days[day].rows.count))
    }

    /// What every step of `trajectory` is paid.
    package func reward(_ trajectory: OptionsTrajectory) -> [Double] {
        let outcomes = market.outcomes(of: trajectory, names: stack.names, rules: teacher.rules, needsNext: stack.needsNext)
        let ledger = stack.ledger(outcomes)
        return (0..<outcomes.count).map { t in ledger.reduce(0.0) { $0 + $1[t] } }
    }
}
