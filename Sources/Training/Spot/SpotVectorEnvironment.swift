internal import Environments
package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies
internal import TradingTypes

/// N agents on the spot market, each in an episode of its own: a run of `episodeBars` bars from a random bar on, truncated at its end.
///
/// Bars come in their order and do not react to the agent, so a roll-out's observations are known before its actions. Pay comes from the
/// market's table, or, where a term depends on the agent's path, from scoring the episode so far.
package final class SpotVectorEnvironment: ForeseeableEnvironment, TrainingEnvironment {
    package let environments: Int
    package let actionCount = SpotAction.allCases.count
    package let hasMasks = false
    package var observationCount: Int { market.table.features.columns }
    package var table: ObservationTable { market.table }
    /// Sums of weighted pay since the last `takeLedger`, by regime and action: [R x A x payWidth], the first of each row the total.
    package private(set) var ledger: FloatBlock
    /// Steps since then, [R x A].
    package private(set) var ledgerSteps: [Int]

    private let market: SpotTrainingMarket
    private let rows: Range<Int>
    private let episodeBars: Int
    private let seed: UInt64
    /// The episode under way in each environment.
    private struct Episode {
        var number = 0, start = 0, age = 0
        /// Actions so far, for pay that depends on the path.
        var actions: [UInt8] = []
    }
    private var episodes: [Episode]

    /// Episodes lie within `rows`, whose last bar's outcome must be known. Streams come from `seed`.
    package init(_ market: SpotTrainingMarket, rows: Range<Int>, environments: Int, episodeBars: Int, seed: UInt64) {
        precondition(rows.count >= 2 && rows.upperBound <= market.environment.usableRows, "episodes in bars \(rows), usable \(market.environment.usableRows)")
        self.market = market
        self.rows = rows
        self.environments = environments
        self.episodeBars = min(episodeBars, rows.count - 1)
        self.seed = seed
        ledger = FloatBlock(count: Regime.names.count * SpotAction.allCases.count * market.payWidth)
        ledgerSteps = [Int](repeating: 0, count: Regime.names.count * SpotAction.allCases.count)
        episodes = []
        episodes = (0..<environments).map { Episode(number: 0, start: firstBar(environment: $0, episode: 0)) }
    }

    /// Where an episode starts: uniform over the bars that leave room for it and for the bar after it.
    private func firstBar(environment n: Int, episode: Int) -> Int {
        var random = RandomStream(seed: seed, purpose: "episode starts", index: UInt64(n) << 32 | UInt64(episode))
        return rows.lowerBound + Int(random.below(UInt64(rows.count - episodeBars)))
    }

    package func foresee(steps: Int) -> ForeseenObservations {
        let N = environments
        var isFirst = [Bool](repeating: false, count: steps * N)
        var endings = [StepEnding](repeating: .goesOn, count: steps * N)
        var terminal: [(sample: Int, row: Int32)] = []
        var next = [Int32](repeating: 0, count: N)
        let rows = [Int32](unsafeUninitializedCapacity: steps * N) { rows, count in
            count = steps * N
            for n in 0..<N {
                var number = episodes[n].number, start = episodes[n].start, age = episodes[n].age, t = 0
                while t < steps {
                    let run = min(steps - t, episodeBars - age), first = Int32(start + age)
                    if age == 0 { isFirst[t * N + n] = true }
                    for k in 0..<run { rows[(t + k) * N + n] = first + Int32(k) }
                    age += run
                    t += run
                    guard age == episodeBars else { continue }
                    let last = (t - 1) * N + n
                    endings[last] = .truncated
                    terminal.append((last, Int32(start + age)))
                    number += 1
                    start = firstBar(environment: n, episode: number)
                    age = 0
                }
                next[n] = Int32(start + age)
            }
        }
        return ForeseenObservations(
            rows: rows, isFirst: isFirst, endings: endings, terminalRows: terminal.sorted { $0.sample < $1.sample }.map(\.row), nextRows: next)
    }

    package func play(_ actions: [UInt8], steps: Int, rewards: inout [Float]) {
        precondition(actions.count == steps * environments && rewards.count >= actions.count, "\(actions.count) actions for \(steps) steps of \(environments)")
        if let pay = market.pay { playPaid(pay, actions, steps, &rewards) } else { playScored(actions, steps, &rewards) }
    }

    /// Looks the pay of every step up: one row of the table, added to one row of the ledger.
    private func playPaid(_ pay: FloatBlock, _ actions: [UInt8], _ steps: Int, _ rewards: inout [Float]) {
        let N = environments, width = market.payWidth, vectors = width / 16, first = market.firstPaid, actionCount = actionCount
        let table = pay.all.base, sums = ledger.all.base
        // Pointers, because a subscript of an array in a property costs as much as the step itself.
        market.table.regimes.withUnsafeBufferPointer { regimes in
            actions.withUnsafeBufferPointer { actions in
                rewards.withUnsafeMutableBufferPointer { rewards in
                    ledgerSteps.withUnsafeMutableBufferPointer { counts in
                        for n in 0..<N {
                            var t = 0
                            while t < steps {
                                // The bars of one episode lie side by side.
                                let bar = episodes[n].start + episodes[n].age, run = min(steps - t, episodeBars - episodes[n].age)
                                for k in 0..<run {
                                    let i = (t + k) * N + n, action = Int(actions[i]), cell = Int(regimes[bar + k]) * actionCount + action
                                    precondition(action < actionCount, "action \(action) of \(actionCount)")
                                    let row = table + ((bar + k - first) * actionCount + action) * width, sum = sums + cell * width
                                    rewards[i] = row[0]
                                    for v in 0..<vectors { store16(load16(sum + 16 * v) + load16(row + 16 * v), sum + 16 * v) }
                                    counts[cell] += 1
                                }
                                advance(n, by: run)
                                t += run
                            }
                        }
                    }
                }
            }
        }
    }

    /// Scores every episode from its first bar on, so that terms with a memory see all of it, and takes the new bars' pay.
    private func playScored(_ actions: [UInt8], _ steps: Int, _ rewards: inout [Float]) {
        let N = environments
        for n in 0..<N {
            var t = 0
            while t < steps {
                let old = episodes[n].actions.count, run = min(steps - t, episodeBars - episodes[n].age)
                for k in 0..<run { episodes[n].actions.append(actions[(t + k) * N + n]) }
                let start = episodes[n].start, ends = episodes[n].age + run == episodeBars
                // One bar more than was played, unless the episode is over: what is paid at an episode's end then falls on that bar.
                let taken = episodes[n].actions + (ends ? [] : [0])
                let path = SpotPath(market.environment, rows: start..<start + taken.count, actions: taken)
                let outcomes = market.environment.outcomes(taken: path, actions: taken, market: market.columns, needsNext: market.stack.needsNext)
                let pay = market.stack.ledger(outcomes)
                for k in 0..<run {
                    let i = (t + k) * N + n, cell = Int(market.table.regimes[start + old + k]) * 3 + Int(actions[i])
                    let sum = ledger.all.base + cell * market.payWidth
                    var total = 0.0
                    for term in pay.indices {
                        total += pay[term][old + k]
                        sum[1 + term] += Float(pay[term][old + k])
                    }
                    sum[0] += Float(total)
                    rewards[i] = Float(total)
                    ledgerSteps[cell] += 1
                }
                advance(n, by: run)
                t += run
            }
        }
    }

    private func advance(_ n: Int, by bars: Int) {
        episodes[n].age += bars
        guard episodes[n].age == episodeBars else { return }
        episodes[n].number += 1
        episodes[n].age = 0
        episodes[n].start = firstBar(environment: n, episode: episodes[n].number)
        episodes[n].actions.removeAll(keepingCapacity: true)
    }

    /// The ledger's sums and steps since the last call.
    package func takeLedger() -> (sums: [Float], steps: [Int]) {
        defer {
            ledger.all.fill(0)
            ledgerSteps = [Int](repeating: 0, count: ledgerSteps.count)
        }
        return (ledger.values, ledgerSteps)
    }

    // MARK: One step at a time

    package func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        for n in 0..<environments {
            let row = episodes[n].start + episodes[n].age
            observations.rows(n..<n + 1).copy(from: market.table.features.rows(row..<row + 1))
            masks[n] = MaskedCategorical.everything(actionCount)
            regimes[n] = market.table.regimes[row]
        }
    }

    package func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        for n in 0..<environments {
            let isLast = episodes[n].age + 1 == episodeBars
            endings[n] = isLast ? .truncated : .goesOn
            if isLast {
                let row = episodes[n].start + episodes[n].age + 1
                terminal.rows(n..<n + 1).copy(from: market.table.features.rows(row..<row + 1))
            }
        }
        play(actions, steps: 1, rewards: &rewards)
    }

    // MARK: Checkpoints

    /// Episode number, start, age and actions of every environment, then the ledger since it was last taken.
    package func snapshot() -> [Int64] {
        var words: [Int64] = []
        for e in episodes { words += [Int64(e.number), Int64(e.start), Int64(e.age), Int64(e.actions.count)] + e.actions.map(Int64.init) }
        words += ledgerSteps.map(Int64.init)
        words += ledger.values.map { Int64($0.bitPattern) }
        return words
    }

    package func restore(_ snapshot: [Int64]) {
        var i = 0
        func next() -> Int64 {
            defer { i += 1 }
            return snapshot[i]
        }
        for n in 0..<environments {
            var e = Episode(number: Int(next()), start: Int(next()), age: Int(next()))
            let count = Int(next())
            for _ in 0..<count { e.actions.append(UInt8(next())) }
            episodes[n] = e
        }
        for k in ledgerSteps.indices { ledgerSteps[k] = Int(next()) }
        ledger.values = (0..<ledger.count).map { _ in Float(bitPattern: UInt32(next())) }
    }
}
