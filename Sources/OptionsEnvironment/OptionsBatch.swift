package import NetworkKernels
internal import NumericKernels

/// Which episodes are drawn: what a stage of a curriculum sets.
public struct EpisodeDraw: Sendable, Equatable {
    /// Days to draw from, as indices into `OptionsMarket.days`.
    public var days: [Int]
    /// Regimes an episode must start in (of a whole day: the regime of most of its minutes); nil takes all.
    public var regimes: Set<UInt8>?
    /// Minutes of an episode, which then starts anywhere in the day; nil: the whole day.
    public var minutes: Int?
    /// States to start from instead (for instance from demonstrations), and the share of episodes that do.
    public var startStates: [AgentState]
    public var startShare: Double

    public init(days: [Int], regimes: Set<UInt8>? = nil, minutes: Int? = nil, startStates: [AgentState] = [], startShare: Double = 0) {
        precondition((minutes ?? 1) >= 1 && (0...1).contains(startShare), "episodes of \(minutes ?? 0) minutes, share of start states \(startShare)")
        self.days = days
        self.regimes = regimes
        self.minutes = minutes
        self.startStates = startStates
        self.startShare = startShare
    }

    /// Rows at which an episode may start, rising.
    public func starts(_ market: OptionsMarket) -> [Int32] {
        days.sorted().flatMap { d -> [Int32] in
            let rows = market.days[d].rows, lastStart = rows.upperBound - 1
            guard let minutes else {
                if let regimes {
                    var counts = [Int](repeating: 0, count: 256)
                    for r in rows { counts[Int(market.regimes[r])] += 1 }
                    let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
                    if !regimes.contains(UInt8(most)) { return [] }
                }
                return rows.count > 1 ? [Int32(rows.lowerBound)] : []
            }
            let end = max(rows.lowerBound + 1, lastStart - minutes + 1)
            return (rows.lowerBound..<min(lastStart, end)).filter { regimes?.contains(market.regimes[$0]) ?? true }.map { Int32($0) }
        }
    }
}

/// One step as it is remembered for scoring: the state before it and what it did.
public struct RecordedStep: Sendable {
    public var before: AgentState
    public var facts: StepFacts

    public init(before: AgentState, facts: StepFacts) {
        self.before = before
        self.facts = facts
    }
}

/// N agents, each in an episode of its own, stepped together; an episode that ends is followed at once by the next.
///
/// Episodes come from `draw` by the seed alone, whatever the actions. With `isRecording` every step is kept until `takeRecords`.
public final class OptionsBatch {
    public let market: OptionsMarket
    public let observation: OptionsObservation
    public let count: Int
    public let seed: UInt64
    /// Rules and draw take effect on the steps and episodes that follow.
    public var rules = EpisodeRules()
    public var draw: EpisodeDraw { didSet { starts = draw.starts(market) } }
    public var isRecording = false
    public private(set) var states: [AgentState] = []
    /// Number of the episode under way, of each agent.
    public private(set) var episodes: [Int]
    /// Steps since the last `takeRecords`, of each agent.
    public private(set) var records: [[RecordedStep]]
    /// For every finished episode among the records: agent, number of its records up to and with the episode's last, and the state it ended in.
    public private(set) var finished: [(agent: Int, end: Int, state: AgentState)] = []
    private var starts: [Int32]

    /// The draw must allow at least one start.
    public init(_ market: OptionsMarket, _ observation: OptionsObservation, draw: EpisodeDraw, count: Int, seed: UInt64) {
        self.market = market
        self.observation = observation
        self.draw = draw
        self.count = count
        self.seed = seed
        starts = draw.starts(market)
        episodes = [Int](repeating: 0, count: count)
        records = [[RecordedStep]](repeating: [], count: count)
        states = (0..<count).map { start(agent: $0, episode: 0) }
    }

    /// Whether any episode can start under a draw.
    public static func canStart(_ draw: EpisodeDraw, in market: OptionsMarket) -> Bool { !draw.starts(market).isEmpty || (draw.startShare == 1 && !draw.startStates.isEmpty) }

    /// The state in which an agent's episode starts.
    public func start(agent: Int, episode: Int) -> AgentState {
        var random = RandomStream(seed: seed, purpose: "option episodes", index: UInt64(agent) << 32 | UInt64(episode))
        if !draw.startStates.isEmpty, random.uniform() < draw.startShare {
            var state = draw.startStates[Int(random.below(UInt64(draw.startStates.count)))]
            state.firstRow = state.row
            state.equity = 0
            state.equityPeak = 0
            state.trades = 0
            let end = market.days[Int(market.dayOfRow[Int(state.row)])].rows.upperBound - 1
            state.lastRow = Int32(min(end, Int(state.row) + (draw.minutes ?? end)))
            return state
        }
        precondition(!starts.isEmpty, "no minute of the drawn days may start an episode")
        return AgentState(market, firstRow: Int(starts[Int(random.below(UInt64(starts.count)))]), minutes: draw.minutes)
    }

    /// Observations [N x F] and masks [N] of the present states.
    package func observe(into observations: MatrixView, masks: inout [UInt32]) {
        precondition(observations.rows == count && observations.columns == observation.count && masks.count == count, "observations [\(observations.rows) x \(observations.columns)] for \(count) agents and \(observation.count) features")
        market.withDynamics(rules) { dynamics in
            states.withUnsafeBufferPointer { states in
                for n in 0..<count {
                    let mask = dynamics.mask(states[n])
                    masks[n] = mask
                    observation.write(states[n], mask: mask, dynamics, to: observations.base + n * observations.stride)
                }
            }
        }
    }

    /// The observation of one state, [F].
    package func observe(_ state: AgentState, into row: MatrixView) {
        market.withDynamics(rules) { dynamics in observation.write(state, mask: dynamics.mask(state), dynamics, to: row.base) }
    }

    /// Takes one step with every agent. `facts` [N]; `onEnd` sees every agent whose episode ended, with the state it ended in, before the next begins.
    package func step(_ actions: [UInt8], facts: inout [StepFacts], onEnd: (Int, AgentState) -> Void) {
        precondition(actions.count == count && facts.count == count, "\(actions.count) actions, \(facts.count) facts for \(count) agents")
        var anyEnded = false
        market.withDynamics(rules) { dynamics in
            states.withUnsafeMutableBufferPointer { states in
                actions.withUnsafeBufferPointer { actions in
                    facts.withUnsafeMutableBufferPointer { facts in
                        for n in 0..<count {
                            if isRecording {
                                let before = states[n]
                                facts[n] = dynamics.step(&states[n], actions[n])
                                records[n].append(RecordedStep(before: before, facts: facts[n]))
                            } else {
                                facts[n] = dynamics.step(&states[n], actions[n])
                            }
                            if facts[n].episode != 0 { anyEnded = true }
                        }
                    }
                }
            }
        }
        guard anyEnded else { return }
        for n in 0..<count where facts[n].episode != 0 {
            if isRecording { finished.append((n, records[n].count, states[n])) }
            onEnd(n, states[n])
            episodes[n] += 1
            states[n] = start(agent: n, episode: episodes[n])
        }
    }

    /// Every agent's episode under way starts anew, drawn as `draw` says now; its records are dropped.
    public func beginEpisodes() {
        states = (0..<count).map { start(agent: $0, episode: episodes[$0]) }
        records = [[RecordedStep]](repeating: [], count: count)
        finished = []
    }

    /// Forgets the records, keeping those of the episodes under way where `keepingOpen` (for rewards with a memory of the episode).
    public func clearRecords(keepingOpen: Bool) {
        for n in 0..<count {
            let done = finished.last { $0.agent == n }?.end ?? 0
            if keepingOpen { records[n].removeFirst(done) } else { records[n].removeAll(keepingCapacity: true) }
        }
        finished.removeAll(keepingCapacity: true)
    }

    /// States, episode numbers and records as words, and back.
    public func snapshot() -> [Int64] {
        var words: [Int64] = []
        for n in 0..<count {
            words.append(Int64(episodes[n]))
            words += states[n].words
            words.append(Int64(records[n].count))
            for record in records[n] { words += record.before.words + record.facts.words }
        }
        return words
    }

    public func restore(_ words: [Int64]) {
        var at = 0
        func take(_ n: Int) -> ArraySlice<Int64> {
            defer { at += n }
            return words[at..<at + n]
        }
        finished = []
        for n in 0..<count {
            episodes[n] = Int(take(1).first!)
            states[n] = AgentState(words: take(AgentState.wordCount))
            let kept = Int(take(1).first!)
            records[n] = (0..<kept).map { _ in
                let before = AgentState(words: take(AgentState.wordCount))
                return RecordedStep(before: before, facts: StepFacts(words: take(StepFacts.wordCount)))
            }
        }
        precondition(at == words.count, "\(words.count) words, read \(at)")
    }
}

extension StepFacts {
    static let wordCount = 15

    var words: [Int64] {
        [Int64(chosen), Int64(executed), bought ? 1 : 0, closed ? 1 : 0, Int64(ending), Int64(episode), Int64(contractAfterFill), acted ? 1 : 0]
            + [netProfit, cost, fees, sold, saleReturn, realized, tradeReturn].map { Int64(bitPattern: $0.bitPattern) }
    }

    init(words w: ArraySlice<Int64>) {
        self.init()
        let w = Array(w)
        (chosen, executed, bought, closed) = (UInt8(w[0]), UInt8(w[1]), w[2] == 1, w[3] == 1)
        (ending, episode, contractAfterFill, acted) = (UInt8(w[4]), UInt8(w[5]), Int32(w[6]), w[7] == 1)
        func double(_ i: Int) -> Double { Double(bitPattern: UInt64(bitPattern: w[i])) }
        (netProfit, cost, fees, sold) = (double(8), double(9), double(10), double(11))
        (saleReturn, realized, tradeReturn) = (double(12), double(13), double(14))
    }
}
