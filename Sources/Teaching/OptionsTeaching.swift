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
    package func day(_ episode: Int, seed: UInt64) -> Int { order(episode / days.count, seed: seed)[episode % days.count] }

    private func order(_ round: Int, seed: UInt64) -> [Int] {
        var random = RandomStream(seed: seed, purpose: "teacher days", index: UInt64(round))
        var order = days
        for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, Int(random.below(UInt64(i + 1)))) }
        return order
    }

    /// The market's columns on the days `played`, one day after the other, and where each of them starts.
    private func table(of played: some Sequence<Int>) -> (values: [Float], start: [Int: Int]) {
        var values: [Float] = [], start: [Int: Int] = [:], rows = 0
        for day in played.sorted() {
            start[day] = rows
            rows += market.days[day].rows.count
            values += observation.marketTable.matrix(rows: market.rowCount, columns: observation.marketCount).rows(market.days[day].rows).values
        }
        return (values, start)
    }

    package func start(_ day: Int) -> AgentState { AgentState(market, firstRow: market.days[day].rows.lowerBound) }

    /// Plays `episodes` days. `noise` nil takes the script's.
    package func record(episodes: Int, seed: UInt64, noise: TeacherNoise? = nil) -> (set: DemonstrationSet, report: TeachingReport) {
        let names = DemonstrationNames(
            observations: observation.names, actions: EnvironmentKind.options.actionNames, regimes: Regime.names, scriptStates: teacher.program.states)
        var order = order(0, seed: seed)
        let table = table(of: order.prefix(episodes))
        var set = DemonstrationSet(names: names, table: table.values, ownCount: observation.ownCount)
        var report = TeachingReport(teacher.program.script, rewardName: stack.design.name)
        report.coverage = StateCoverage(
            ["vwap_dist", "atr_scaled"].compactMap { name in market.column(name).map { (name, $0) } }, regimes: market.regimes, rows: days.map { market.days[$0].rows })
        var machine = TeacherMachine(teacher.program, noise: noise), episode = TeacherEpisode(), steps: [RecordedStep] = []
        var forced = [0, 0], setups = (strong: 0, entered: 0), holds: [Int: Double] = [:]
        // Counted here and put into the report at the end: [regime][action] side by side.
        let A = EnvironmentKind.options.actionNames.count, rowRegimes = market.regimes, strong = isStrong, isCall = market.contracts.map { $0.right == .call }
        var mix = [Int](repeating: 0, count: Regime.names.count * A), labels = [Int](repeating: 0, count: A), coverage = report.coverage
        var flatSteps = 0, entered = 0
        // Episodes are scored together, which costs less than one by one.
        var waiting = OptionsTrajectory(), open: [Waiting] = []
        set.reserve(episodes: episodes, steps: episodes * (market.days[days[0]].rows.count - 1))
        for e in 0..<episodes {
            if e > 0, e % days.count == 0 { order = self.order(e / days.count, seed: seed) }
            let d = order[e % days.count]
            if holds[d] == nil { holds[d] = reward(hold(d)).reduce(0, +) }
            let final = teacher.play(from: start(d), &machine, seed: seed, episode: UInt64(e), into: &episode, steps: &steps)
            let T = steps.count
            let seen = table.start[d]! + episode.firstRow - market.days[d].rows.lowerBound
            set.appendObservations(seen..<seen + T + 1) { target in
                market.withDynamics(teacher.rules) { dynamics in
                    for t in 0..<T { observation.writeOwn(steps[t].before, mask: episode.masks[t], dynamics, to: target + t * observation.ownCount) }
                    observation.writeOwn(final, mask: dynamics.mask(final), dynamics, to: target + T * observation.ownCount)
                }
            }
            var regimes = [UInt8](repeating: 0, count: T), flags = regimes
            for t in 0..<T {
                let r = Int(steps[t].before.row), contract = steps[t].before.contract, regime = rowRegimes[r], label = episode.labels[t]
                let isFlat = contract < 0, isStrong = strong[r]
                regimes[t] = regime
                flags[t] = (isFlat ? DemonstrationFlags.flat.rawValue : 0) | (isStrong ? DemonstrationFlags.strongSetup.rawValue : 0) | (episode.isExplored[t] ? DemonstrationFlags.explored.rawValue : 0)
                mix[Int(regime) * A + Int(steps[t].facts.chosen)] += 1
                labels[Int(label)] += 1
                coverage.visit(row: r, side: isFlat ? 0 : isCall[Int(contract)] ? 1 : 2)
                // Only where there was a choice.
                if isFlat, episode.masks[t] & (OptionAction.buyCall.bit | OptionAction.buyPut.bit) != 0 {
                    let enters = label == 1 || label == 2
                    flatSteps += 1
                    if enters { entered += 1 }
                    if isStrong {
                        setups.strong += 1
                        if enters { setups.entered += 1 }
                    }
                }
                if steps[t].facts.isForced { forced[steps[t].facts.ending == TradeEnding.stop.rawValue ? 0 : 1] += 1 }
            }
            report.trades += episode.trades
            report.scriptedTrades += zip(episode.trades, episode.isScripted).filter(\.1).map(\.0)
            report.episodes += 1
            report.steps += T
            waiting.append(steps[...], after: final)
            open.append(
                Waiting(
                    steps: DemonstrationSet.Steps(
                        actions: episode.actions, labels: episode.labels, masks: episode.masks, rewards: [], regimes: regimes, scriptStates: episode.states, flags: flags),
                    isTerminated: episode.isTerminated, name: name(d), hold: holds[d]!))
            if open.count == Self.scoredTogether || e + 1 == episodes {
                pay(open, waiting, &set, &report)
                open = []
                waiting = OptionsTrajectory()
            }
        }
        for regime in report.mix.indices { report.mix[regime] = Array(mix[regime * A..<(regime + 1) * A]) }
        (report.labels, report.coverage, report.flatSteps, report.entered) = (labels, coverage, flatSteps, entered)
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

    /// An episode that is played and waits for its pay.
    private struct Waiting {
        var steps: DemonstrationSet.Steps
        var isTerminated: Bool
        var name: String
        /// What always-HOLD earns on its day.
        var hold: Double
    }

    /// Enough that the reward's columns are long, few enough that they stay in the cache.
    private static let scoredTogether = 16

    /// Pays the episodes of one trajectory and adds them to the set, whose observations they have already.
    private func pay(_ open: [Waiting], _ trajectory: OptionsTrajectory, _ set: inout DemonstrationSet, _ report: inout TeachingReport) {
        let pay = reward(trajectory)
        var at = 0
        for var done in open {
            let paid = pay[at..<at + done.steps.actions.count]
            done.steps.rewards = paid.map { Float($0) }
            report.returns.append(paid.reduce(0, +))
            report.holdReturns.append(done.hold)
            set.append(done.steps, ending: done.isTerminated ? .terminated : .truncated, name: done.name)
            at += paid.count
        }
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
