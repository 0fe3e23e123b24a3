package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import OptionsEnvironment
package import Policies

/// Whole days of the options market, played side by side: one agent a day.
struct OptionsPlay {
    private(set) var statistics = ScalpStatistics()
    /// Net profit of the trades of each day so far, as shares of their premiums, at each of its minutes, [days][minutes].
    private(set) var profits: [[Double]]
    /// Share of the days on which a trade was completed; nil without a day.
    private(set) var daysTraded: Double?
    /// Every step of each day, and the state behind its last, where they are asked for.
    private(set) var recorded: [[RecordedStep]]?
    private(set) var finals: [AgentState] = []
    private let market: OptionsTrainingMarket
    private let days: [Int]

    init(_ market: OptionsTrainingMarket, days: [Int], isRecording: Bool = false) {
        recorded = isRecording ? days.map { _ in [] } : nil
        self.market = market
        self.days = days
        profits = days.map { d in
            var minutes: [Double] = []
            minutes.reserveCapacity(market.market.days[d].rows.count)
            return minutes
        }
    }

    /// Plays on. `choose` sees the agents still in their day (indices into `days`), their states and masks, and returns one action each.
    mutating func run(_ choose: (_ agents: [Int], _ states: [AgentState], _ masks: [UInt32]) -> [UInt8]) {
        let table = market.market, rules = market.settings.rules
        var states = days.map { AgentState(table, firstRow: table.days[$0].rows.lowerBound) }
        var active = days.indices.filter { states[$0].row < states[$0].lastRow }
        while !active.isEmpty {
            let present = active.map { states[$0] }
            let masks = table.withDynamics(rules) { dynamics in present.map { dynamics.mask($0) } }
            let actions = choose(active, present, masks)
            table.withDynamics(rules) { dynamics in
                for (k, n) in active.enumerated() {
                    let before = states[n], facts = dynamics.step(&states[n], actions[k])
                    let step = RecordedStep(before: before, facts: facts)
                    statistics.add(step, mask: masks[k], isStrong: market.isStrong[Int(before.row)])
                    recorded?[n].append(step)
                    profits[n].append(states[n].equity)
                }
            }
            active = active.filter { states[$0].row < states[$0].lastRow }
        }
        finals = states
        daysTraded = days.isEmpty ? nil : Double(states.count { $0.trades > 0 }) / Double(days.count)
    }

    /// What of the account each trade's premium takes.
    static let risked = 0.02

    /// An account that pays 2% of what it holds at the day's start for the premium of each of the day's trades. Symbols of one date trade side by side; open trades
    /// count at the middle price. Sharpe is annualised from the dates.
    func result() -> TradingResult {
        var result = TradingResult()
        result.roundTrips = Int(statistics.trades)
        result.riskedPerTrade = Self.risked
        result.premiumReturn = profits.reduce(0) { $0 + ($1.last ?? 0) }
        var account = 1.0, peak = 1.0, returns: [Double] = []
        let table = market.market.days
        for (_, group) in Dictionary(grouping: days.indices, by: { table[days[$0]].date }).sorted(by: { $0.key < $1.key }) {
            let start = account
            for minute in 0..<(group.map { profits[$0].count }.max() ?? 0) {
                account = start * max(0, 1 + Self.risked * group.reduce(0) { $0 + (minute < profits[$1].count ? profits[$1][minute] : profits[$1].last ?? 0) })
                peak = max(peak, account)
                result.maxDrawdown = max(result.maxDrawdown, 1 - account / peak)
            }
            returns.append(start > 0 ? account / start - 1 : 0)
        }
        result.netReturn = account - 1
        let n = Double(returns.count), mean = returns.reduce(0, +) / max(1, n)
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n)
        if n > 1, variance > 0 { result.sharpe = mean / variance.squareRoot() * 252.0.squareRoot() }
        let counts = zip(statistics.flat, statistics.inTrade).map { $0 + $1 }, total = max(1, counts.reduce(0, +))
        result.shares = counts.map { $0 / total }
        return result
    }
}

/// A policy's view of many states at once.
package final class OptionsInference {
    private let market: OptionsTrainingMarket
    private let policy: any ActorCritic
    private let normalizer: RunningNormalizer?
    private let team: ThreadTeam
    private let observations, scores, logs, chances: FloatBlock
    private let capacity: Int
    /// [A x padded]
    package private(set) var logProbabilities, probabilities: MatrixView
    private(set) var logits: MatrixView

    package init(_ policy: any ActorCritic, _ market: OptionsTrainingMarket, capacity: Int, normalizer: RunningNormalizer?, team: ThreadTeam) {
        self.policy = policy
        self.market = market
        self.capacity = capacity
        self.normalizer = normalizer?.observations == nil ? nil : normalizer
        self.team = team
        let actions = policy.actionCount, width = MaskedCategorical.padded(max(1, capacity))
        observations = FloatBlock(count: capacity * market.observation.count)
        scores = FloatBlock(count: capacity * actions)
        logs = FloatBlock(count: actions * width)
        chances = FloatBlock(count: actions * width)
        logits = scores.matrix(rows: capacity, columns: actions)
        logProbabilities = logs.matrix(rows: actions, columns: width)
        probabilities = chances.matrix(rows: actions, columns: width)
    }

    /// Logits, log-probabilities and probabilities of every action in each state.
    package func see(_ states: [AgentState], masks: [UInt32]) {
        let n = states.count, columns = market.observation.count
        let seen = observations.matrix(rows: n, columns: columns)
        market.market.withDynamics(market.settings.rules) { dynamics in
            for (k, state) in states.enumerated() { market.observation.write(state, mask: masks[k], dynamics, to: seen.rows(k..<k + 1)) }
        }
        if let normalizer { for r in 0..<n { for c in 0..<columns { seen[r, c] = normalizer.normalise(seen[r, c], column: c) } } }
        logits = scores.matrix(rows: n, columns: policy.actionCount)
        let rows = (0..<Int32(n)).map { $0 }
        policy.infer(ObservationTable(features: seen), rows: rows.span, logits: logits, values: nil, team: team)
        let width = MaskedCategorical.padded(n)
        logProbabilities = logs.matrix(rows: policy.actionCount, columns: width)
        probabilities = chances.matrix(rows: policy.actionCount, columns: width)
        masks.withUnsafeBufferPointer { MaskedCategorical.logProbabilities(logits, masks: $0.baseAddress, into: logProbabilities) }
        exponentials(logProbabilities, into: probabilities)
    }

    /// The likeliest allowed action of row `k`.
    package func best(_ k: Int, mask: UInt32) -> Int {
        var top = 0, found = -Float.infinity
        for a in 0..<policy.actionCount where mask >> UInt32(a) & 1 == 1 && logits[k, a] > found { (top, found) = (a, logits[k, a]) }
        return top
    }
}

extension PolicyEvaluation {
    /// A policy over whole days of the options market. Mixes are of decisions taken flat with more than one action allowed, at the states that the sampled
    /// policy meets; `argmaxResult` comes from days of its own. `isQuick` leaves that out, and takes up to eight days evenly from all.
    package init(
        _ policy: any ActorCritic, _ market: OptionsTrainingMarket, days all: [Int], normalizer: RunningNormalizer?, seed: UInt64, team: ThreadTeam, isQuick: Bool = false
    ) {
        let days = isQuick && all.count > 8 ? (0..<8).map { all[$0 * all.count / 8] } : all
        self.init(actions: OptionAction.allCases.map(\.name))
        var random = RandomStream(seed: seed, purpose: "evaluation"), entropySum = 0.0, decisions = 0.0
        let inference = OptionsInference(policy, market, capacity: days.count, normalizer: normalizer, team: team)
        var play = OptionsPlay(market, days: days)
        var sampled = sampled, argmax = argmax, mean = meanProbability
        play.run { _, states, masks in
            inference.see(states, masks: masks)
            return states.indices.map { k in
                let action = MaskedCategorical.sample(inference.probabilities, row: k, uniform: Float(random.next() >> 40) * 0x1p-24)
                if states[k].isFlat, masks[k].nonzeroBitCount > 1 {
                    let regime = Int(market.market.regimes[Int(states[k].row)])
                    sampled.add(action, regime: regime)
                    argmax.add(inference.best(k, mask: masks[k]), regime: regime)
                    var entropy = 0.0
                    for a in 0..<policy.actionCount where masks[k] >> UInt32(a) & 1 == 1 {
                        let p = Double(inference.probabilities[a, k])
                        mean.add(a, regime: regime, weight: p)
                        entropy -= p * Double(inference.logProbabilities[a, k])
                    }
                    entropySum += entropy / fastLog(Double(masks[k].nonzeroBitCount))
                    decisions += 1
                }
                return UInt8(action)
            }
        }
        self.sampled = sampled
        self.argmax = argmax
        meanProbability = mean
        entropy = decisions > 0 ? entropySum / decisions : 0
        sampledResult = play.result()
        scalp = play.statistics
        daysTraded = play.daysTraded
        guard !isQuick else { return }
        var greedy = OptionsPlay(market, days: days)
        greedy.run { _, states, masks in
            inference.see(states, masks: masks)
            return states.indices.map { UInt8(inference.best($0, mask: masks[$0])) }
        }
        argmaxResult = greedy.result()
        argmaxScalp = greedy.statistics
        argmaxDaysTraded = greedy.daysTraded
    }
}

/// Fixed policies on the options market, to stand beside a trained one.
enum OptionsZoo {
    static let names = ["always_hold", "random", "buy_exit", "call_and_wait", "put_and_wait", "strong_setups"]

    /// `buy_exit` buys a call and sells it a minute later, again and again; `call_and_wait` and `put_and_wait` buy one side and leave it to the stop and the close;
    /// `strong_setups` buys the side of a strong setup and leaves it to the stop, the close and a profit of 20%.
    static func results(_ market: OptionsTrainingMarket, days: [Int], seed: UInt64) -> [(name: String, result: TradingResult)] {
        var random = RandomStream(seed: seed, purpose: "zoo")
        let calls = market.market.column("setup_score"), puts = market.market.column("setup_score_put")
        return names.map { name in
            var play = OptionsPlay(market, days: days)
            play.run { _, states, masks in
                let change = name == "strong_setups" ? market.market.stateColumns(states, names: ["premium_change"])["premium_change"] : nil
                return states.indices.map { k in
                    let mask = masks[k], row = Int(states[k].row)
                    let wanted: OptionAction
                    switch name {
                    case "random":
                        let allowed = OptionAction.allCases.filter { mask & $0.bit != 0 }
                        wanted = allowed[Int(random.below(UInt64(allowed.count)))]
                    case "buy_exit": wanted = states[k].isFlat ? .buyCall : .exit
                    case "call_and_wait": wanted = states[k].isFlat ? .buyCall : .hold
                    case "put_and_wait": wanted = states[k].isFlat ? .buyPut : .hold
                    case "strong_setups":
                        if states[k].isFlat {
                            let call = calls?[row] ?? 0, put = puts?[row] ?? 0
                            wanted = max(call, put) < market.settings.strongSetup ? .hold : call >= put ? .buyCall : .buyPut
                        } else {
                            wanted = (change?[k] ?? 0) >= 0.2 ? .exit : .hold
                        }
                    default: wanted = .hold
                    }
                    return mask & wanted.bit != 0 ? wanted.rawValue : 0
                }
            }
            return (name, play.result())
        }
    }
}
