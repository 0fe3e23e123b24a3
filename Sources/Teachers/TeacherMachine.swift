internal import Expressions
package import NumericKernels
internal import TradingTypes

/// What a teacher knows of the agent before a decision, besides the names that its conditions read.
public struct AgentView: Sendable {
    /// Row of the market at whose close the decision is taken.
    public var row: Int
    /// Code of the entry action that opened the position in hand; 0 while flat.
    public var side: UInt8
    /// Allowed actions, one bit each.
    public var mask: UInt32
    /// Profit of the position over its price, fraction; 0 while flat.
    public var gain: Double
    /// Contracts in hand; 1 for a spot position.
    public var units: Int

    public init(row: Int, side: UInt8, mask: UInt32, gain: Double, units: Int) {
        self.row = row
        self.side = side
        self.mask = mask
        self.gain = gain
        self.units = units
    }
}

/// Something that happened in a script.
public enum TeacherEvent: Sendable, Equatable {
    /// Step `step` of entry `entry` fired.
    case stepFired(entry: Int, step: Int)
    /// `reset_when` of the entry, or of a step, sent the machine back to step `to`.
    case reset(entry: Int, from: Int, to: Int)
    case timedOut(entry: Int, step: Int, to: Int)
    case missed(entry: Int)
    case delayed(entry: Int, bars: Int)
    /// A delayed entry was called off by `reset_when`.
    case cancelled(entry: Int)
    case entered(entry: Int)
    /// The entry was complete, but its action not allowed.
    case forbidden(entry: Int)
    case tradeBegan, tradeEnded
    case invalidated(rule: Int)
    case earlyExit
    case tier(Int)
    case trailed
    case explored(UInt8)
}

/// What a teacher does at one bar.
public struct TeacherDecision: Sendable, Equatable {
    /// What is done, what the script wanted (the two differ where the teacher explored), and the script's state after this bar.
    public var action: UInt8
    public var label: UInt8
    public var state: UInt8
    public var isExplored: Bool
}

/// How often things happened, over any number of episodes.
public struct TeacherCounts: Sendable, Equatable {
    /// [entry][step]
    public var stepsFired: [[Int]]
    public var timedOut: [[Int]]
    public var resets = 0, missed = 0, delayed = 0, cancelled = 0, entered = 0, forbidden = 0, earlyExits = 0, trailed = 0, explored = 0
    public var invalidated: [Int]
    public var tiers: [Int]

    public init(_ script: TeacherScript) {
        stepsFired = script.entries.map { [Int](repeating: 0, count: $0.steps.count) }
        timedOut = stepsFired
        invalidated = [Int](repeating: 0, count: script.invalidations.count)
        tiers = [Int](repeating: 0, count: script.takeProfit?.tiers.count ?? 0)
    }

    public mutating func add(_ other: TeacherCounts) {
        for e in stepsFired.indices {
            for k in stepsFired[e].indices {
                stepsFired[e][k] += other.stepsFired[e][k]
                timedOut[e][k] += other.timedOut[e][k]
            }
        }
        for k in invalidated.indices { invalidated[k] += other.invalidated[k] }
        for k in tiers.indices { tiers[k] += other.tiers[k] }
        resets += other.resets
        missed += other.missed
        delayed += other.delayed
        cancelled += other.cancelled
        entered += other.entered
        forbidden += other.forbidden
        earlyExits += other.earlyExits
        trailed += other.trailed
        explored += other.explored
    }
}

/// One agent's run through a script. What it does at a bar, in this order (docs/teacher-scripts.md says the same in words):
///
/// *Flat.* In cooldown: nothing. A delayed entry: its `reset_when` calls it off, otherwise it waits and then enters. Else, for every entry in the order of the
/// file: `reset_when` sends it to its first step and ends its bar; a time limit that has passed, or the awaited step's own `reset_when`, sends it back; then the
/// awaited step is tested, one step a bar at most. An entry whose last step fires is passed over with the probability of `missed_entries`, else
/// delayed or carried out at once; the first to get there wins, and all entries start anew.
///
/// *In a trade.* Early exit; then the invalidations in the order of the file; then the tiers, each once a trade, all those reached at this bar together; then the
/// trail; then trims that are still owed, one TRIM a bar; else the position is kept.
///
/// *Last*, exploration may put an allowed action drawn evenly in the place of the script's.
package struct TeacherMachine: Sendable {
    package let program: TeacherProgram
    package private(set) var counts: TeacherCounts
    /// Events of the present bar, in order; kept only while tracing.
    package private(set) var events: [TeacherEvent] = []
    package var isTracing = false
    package private(set) var random: RandomStream

    private let noise: TeacherNoise
    private let isSpot: Bool
    private let cooldown: Double
    // The script's numbers, laid out flat: reading them through the script would copy its texts' references at every step.
    private let sides: [UInt8]
    private let tierGains: [Double], tierShares: [Double]
    private let hasProfit: Bool
    private let trail: Double, trailAfter: Double
    private let enteringState: Int, enterState: Int, cooldownState: Int, firstTierState: Int, exitState: Int
    private var memory: StepConditions.Memory
    private var isFilled = false

    // Per entry: the step awaited, and the time at which waiting for it began.
    package private(set) var stage: [Int]
    private var since: [Double]
    private var pending = -1, pendingBars = 0
    private var cooldownUntil = -Double.infinity
    // The trade in hand.
    private var inTrade = false
    private var lastTradeMinute = 0.0
    package private(set) var high = 0.0
    package private(set) var tier = 0
    package private(set) var target = 0
    private var bars = 0, leaveAt = Int.max

    package init(_ program: TeacherProgram, noise: TeacherNoise? = nil) {
        self.program = program
        self.noise = noise ?? program.script.noise
        isSpot = program.script.environment == .spot
        cooldown = program.script.cooldownMinutes
        counts = TeacherCounts(program.script)
        let profit = program.script.takeProfit
        sides = program.script.invalidations.map { $0.side ?? 0 }
        tierGains = profit?.tiers.map(\.gain) ?? []
        tierShares = profit?.tiers.map(\.sell) ?? []
        hasProfit = profit != nil
        trail = profit?.trail ?? .nan
        trailAfter = profit?.trailAfter ?? .nan
        let layout = program.layout
        (enteringState, enterState, cooldownState, firstTierState, exitState) = (layout.entering, layout.enter, layout.cooldown, layout.firstTier, layout.exit)
        memory = program.path.makeMemory()
        stage = [Int](repeating: 0, count: program.script.entries.count)
        since = [Double](repeating: 0, count: program.script.entries.count)
        random = RandomStream(seed: 0, purpose: "teacher")
    }

    /// An episode begins: flat, every entry at its first step. Its noise comes from (seed, episode) alone.
    package mutating func begin(seed: UInt64, episode: UInt64) {
        random = RandomStream(seed: seed, purpose: "teacher", index: episode)
        program.path.reset(&memory)
        for e in stage.indices {
            stage[e] = 0
            since[e] = 0
        }
        pending = -1
        cooldownUntil = -.infinity
        inTrade = false
    }

    /// Whether the next decision, while flat at `row`, tests no step: in cooldown, or with an entry delayed.
    func isWaiting(_ row: Int) -> Bool {
        let until = inTrade ? lastTradeMinute + cooldown : cooldownUntil
        return program.minutes[row] < until || pending >= 0
    }

    private mutating func note(_ event: TeacherEvent) {
        if isTracing { events.append(event) }
    }

    /// Takes one decision. `fill` writes the values of `program.path.pathNames` into the first slots.
    @inline(__always)
    package mutating func decide(_ view: AgentView, fill: (inout [Double]) -> Void) -> TeacherDecision {
        isFilled = false
        if isTracing { events.removeAll(keepingCapacity: true) }
        if program.path.looksBack {
            prepare(view.row, fill)
            program.path.advance(&memory)
        }
        var state = 0
        let wanted = view.side == 0 ? flat(view, fill, &state) : trading(view, fill, &state)
        var decision = TeacherDecision(action: wanted, label: wanted, state: UInt8(truncatingIfNeeded: state), isExplored: false)
        if view.mask >> UInt32(wanted) & 1 == 0 {
            decision.label = 0
            decision.action = 0
        }
        if noise.explore > 0, random.uniform() < noise.explore {
            decision.isExplored = true
            var skip = Int(random.below(UInt64(view.mask.nonzeroBitCount))), mask = view.mask
            while skip > 0 {
                mask &= mask - 1
                skip -= 1
            }
            decision.action = UInt8(mask.trailingZeroBitCount)
            counts.explored += 1
            note(.explored(decision.action))
        }
        return decision
    }

    /// Fills the slots for this bar, once.
    @inline(__always)
    private mutating func prepare(_ row: Int, _ fill: (inout [Double]) -> Void) {
        if isFilled { return }
        isFilled = true
        fill(&memory.slots)
        let first = program.path.firstMarketSlot, count = program.partCount
        for p in 0..<count { memory.slots[first + p] = program.marketParts[row * count + p] }
    }

    @inline(__always)
    private mutating func holds(_ condition: Int, _ row: Int, _ fill: (inout [Double]) -> Void) -> Bool {
        let path = program.pathIndex[condition]
        if path < 0 { return program.bits[row] >> UInt64(condition) & 1 == 1 }
        prepare(row, fill)
        return program.path.value(path, &memory) != 0
    }

    // MARK: Flat

    @inline(__always)
    private mutating func flat(_ view: AgentView, _ fill: (inout [Double]) -> Void, _ state: inout Int) -> UInt8 {
        let now = program.minutes[view.row]
        if inTrade {
            inTrade = false
            cooldownUntil = lastTradeMinute + cooldown
            note(.tradeEnded)
        }
        if now < cooldownUntil {
            state = cooldownState
            return 0
        }
        if pending >= 0 {
            let e = pending, reset = program.resets[e]
            if reset >= 0, holds(reset, view.row, fill) {
                pending = -1
                counts.cancelled += 1
                note(.cancelled(entry: e))
            } else if pendingBars > 1 {
                pendingBars -= 1
                state = enteringState
                return 0
            } else {
                pending = -1
                return enter(e, view, &state)
            }
        }
        var furthest = 0.0
        for e in 0..<stage.count {
            if advance(e, view.row, now, fill) {
                stage[e] = 0
                if noise.missedEntries > 0, random.uniform() < noise.missedEntries {
                    counts.missed += 1
                    note(.missed(entry: e))
                } else {
                    let delay = noise.delayBars
                    let wait = delay.lowerBound + (delay.count > 1 ? Int(random.below(UInt64(delay.count))) : 0)
                    if wait == 0 { return enter(e, view, &state) }
                    pending = e
                    pendingBars = wait
                    for k in stage.indices { stage[k] = 0 }
                    counts.delayed += 1
                    note(.delayed(entry: e, bars: wait))
                    state = enteringState
                    return 0
                }
            }
            let share = Double(stage[e]) / Double(program.stepStart[e + 1] - program.stepStart[e])
            if e == 0 || share > furthest {
                furthest = share
                state = program.firstStates[e] + stage[e]
            }
        }
        return 0
    }

    /// One bar of one entry; whether its last step fired.
    @inline(__always)
    private mutating func advance(_ e: Int, _ row: Int, _ now: Double, _ fill: (inout [Double]) -> Void) -> Bool {
        let reset = program.resets[e], first = program.stepStart[e]
        if reset >= 0, holds(reset, row, fill) {
            if stage[e] > 0 {
                counts.resets += 1
                note(.reset(entry: e, from: stage[e], to: 0))
                stage[e] = 0
            }
            return false
        }
        var k = stage[e]
        if k > 0 {
            let own = program.stepResets[first + k]
            if now - since[e] > program.limits[first + k] {
                let back = program.backTo[first + k]
                counts.timedOut[e][k] += 1
                note(.timedOut(entry: e, step: k, to: back))
                goBack(e, back, now)
            } else if own >= 0, holds(own, row, fill) {
                let back = program.backTo[first + k]
                counts.resets += 1
                note(.reset(entry: e, from: k, to: back))
                goBack(e, back, now)
                return false
            }
            k = stage[e]
        }
        guard holds(program.whens[first + k], row, fill) else { return false }
        counts.stepsFired[e][k] += 1
        note(.stepFired(entry: e, step: k))
        stage[e] = k + 1
        since[e] = now
        return k + 1 == program.stepStart[e + 1] - first
    }

    private mutating func goBack(_ e: Int, _ step: Int, _ now: Double) {
        stage[e] = step
        since[e] = now
    }

    private mutating func enter(_ e: Int, _ view: AgentView, _ state: inout Int) -> UInt8 {
        for k in stage.indices { stage[k] = 0 }
        let action = program.entryActions[e]
        guard view.mask >> UInt32(action) & 1 == 1 else {
            counts.forbidden += 1
            note(.forbidden(entry: e))
            state = program.firstStates[e]
            return 0
        }
        counts.entered += 1
        note(.entered(entry: e))
        state = enterState
        return action
    }

    // MARK: In a trade

    @inline(__always)
    private mutating func trading(_ view: AgentView, _ fill: (inout [Double]) -> Void, _ state: inout Int) -> UInt8 {
        if !inTrade {
            inTrade = true
            pending = -1
            for k in stage.indices { stage[k] = 0 }
            high = view.gain
            tier = 0
            target = view.units
            bars = 0
            leaveAt = .max
            if noise.earlyExits > 0, random.uniform() < noise.earlyExits { leaveAt = 1 + Int(random.below(UInt64(noise.earlyExitBars))) }
            note(.tradeBegan)
        }
        lastTradeMinute = program.minutes[view.row]
        bars += 1
        if view.gain > high { high = view.gain }
        let stay: UInt8 = isSpot ? view.side : 0, leave: UInt8 = isSpot ? 0 : 4
        state = exitState
        if bars >= leaveAt {
            counts.earlyExits += 1
            note(.earlyExit)
            return leave
        }
        for j in 0..<sides.count {
            if sides[j] != 0, sides[j] != view.side { continue }
            if holds(program.invalidationConditions[j], view.row, fill) {
                counts.invalidated[j] += 1
                note(.invalidated(rule: j))
                return leave
            }
        }
        guard hasProfit else {
            state = firstTierState
            return stay
        }
        target = min(target, view.units)
        while tier < tierGains.count, view.gain >= tierGains[tier] {
            let condition = program.tierConditions[tier]
            if condition >= 0, !holds(condition, view.row, fill) { break }
            counts.tiers[tier] += 1
            note(.tier(tier))
            let share = tierShares[tier]
            tier += 1
            target = share >= 1 ? 0 : target - min(target - 1, max(1, Int((share * Double(target)).rounded())))
        }
        if target <= 0 { return leave }
        if !trail.isNaN, trailAfter.isNaN ? tier == tierGains.count : high >= trailAfter, 1 + view.gain <= (1 + high) * (1 - trail) {
            counts.trailed += 1
            note(.trailed)
            return leave
        }
        state = firstTierState + tier
        return view.units > target ? 3 : stay
    }
}
