internal import NetworkKernels
public import NeuralNetworks
internal import NumericKernels
package import Policies

/// What holds a policy to the teacher it was cloned from while PPO improves it. All off by default.
public struct GuidanceSettings: Sendable, Equatable {
    /// First updates that teach the critic alone; the actor stays the clone.
    public var criticWarmUp = 0
    /// Weight of the mean KL(teacher || policy) on the states that the policy visits (kickstarting: Schmitt et al. 2018).
    public var klCoefficient = Schedule.constant(0)
    /// Factor on that weight per update, on top of its schedule, in (0, 1].
    public var klDecay = 1.0
    /// Weight of the mean -log p(label) on demonstrated states that join every minibatch.
    public var replayCoefficient = Schedule.constant(0)
    /// Demonstrated steps that join a minibatch.
    public var replayBatch = 32

    public init() {}

    package var usesTeacher: Bool { klCoefficient != .constant(0) }
    package var usesReplay: Bool { replayCoefficient != .constant(0) }
}

/// Demonstrated steps, as replay draws them.
package struct ReplaySteps: Sendable {
    package let table: ObservationTable
    /// Row of the table, label, mask of each step that may be drawn, [N].
    package let rows: [Int32]
    package let labels: [UInt8]
    package let masks: [UInt32]

    package init(table: ObservationTable, rows: [Int32], labels: [UInt8], masks: [UInt32]) {
        precondition(rows.count == labels.count && rows.count == masks.count, "\(rows.count) rows, \(labels.count) labels, \(masks.count) masks")
        self.table = table
        self.rows = rows
        self.labels = labels
        self.masks = masks
    }
}

/// The teacher beside a learner: a frozen clone, demonstrations to replay, and how much either counts now.
package final class TeacherGuidance {
    package var settings: GuidanceSettings
    /// Overrides the KL weight's schedule and decay (a curriculum's).
    package var klOverride: Double?
    private let teacher: (any ActorCritic)?
    private let replay: ReplaySteps?
    private let seed: UInt64

    /// What the update under way uses.
    private(set) var klWeight: Float = 0
    private(set) var replayWeight: Float = 0
    /// The teacher's probabilities on the roll-out, [count x A], forbidden actions 0; their logarithms, 0 where they are 0.
    private(set) var probabilities: [Float] = []
    private(set) var logarithms: [Float] = []
    /// The roll-out's table with the demonstrations' below it, and the row where those start.
    private(set) var joint: ObservationTable?
    private(set) var firstReplayRow = 0
    private var jointBlock: FloatBlock?
    private var jointSource: UnsafeMutablePointer<Float>?

    /// `teacher` is needed for the KL term, `replay` for replay.
    package init(_ settings: GuidanceSettings, teacher: (any ActorCritic)?, replay: ReplaySteps?, seed: UInt64) {
        precondition(teacher != nil || !settings.usesTeacher, "a KL term needs the teacher's policy")
        precondition(replay.map { !$0.rows.isEmpty } ?? !settings.usesReplay, "replay needs demonstrations")
        self.settings = settings
        self.teacher = teacher
        self.replay = replay
        self.seed = seed
    }

    /// Whether update `number`, counted from 0, teaches the critic alone.
    package func warmsUp(_ number: Int) -> Bool { number < settings.criticWarmUp }

    /// Makes ready for update `number` on `rollout`: the weights, the teacher's opinion, the joint table. `isStatic`: the roll-out's table never changes.
    func begin(_ number: Int, _ rollout: Rollout, remaining: Double, isStatic: Bool, team: ThreadTeam) {
        let isOn = !warmsUp(number)
        let decay = (0..<max(0, number - settings.criticWarmUp)).reduce(1.0) { product, _ in product * settings.klDecay }
        klWeight = isOn && teacher != nil ? Float(klOverride ?? settings.klCoefficient.value(remaining: remaining) * decay) : 0
        replayWeight = isOn && replay != nil ? Float(settings.replayCoefficient.value(remaining: remaining)) : 0
        if klWeight > 0 { ask(rollout, team) }
        joint = nil
        if replayWeight > 0, let replay { join(rollout.table, replay.table, isStatic: isStatic) }
    }

    private func ask(_ rollout: Rollout, _ team: ThreadTeam) {
        guard let teacher else { return }
        let count = rollout.count, A = rollout.actionCount, width = MaskedCategorical.padded(count)
        let logitBlock = FloatBlock(count: count * A), logBlock = FloatBlock(count: width * A), chanceBlock = FloatBlock(count: width * A)
        let logits = logitBlock.matrix(rows: count, columns: A)
        teacher.infer(rollout.table, rows: rollout.rows.span, logits: logits, values: nil, team: team)
        let logP = logBlock.matrix(rows: A, columns: width), p = chanceBlock.matrix(rows: A, columns: width)
        rollout.masks.withUnsafeBufferPointer { MaskedCategorical.logProbabilities(logits, masks: rollout.hasMasks ? $0.baseAddress : nil, into: logP) }
        exponentials(logP, into: p)
        if probabilities.count != count * A {
            probabilities = [Float](repeating: 0, count: count * A)
            logarithms = probabilities
        }
        for i in 0..<count {
            for a in 0..<A {
                let chance = p.base[a * width + i]
                probabilities[i * A + a] = chance
                logarithms[i * A + a] = chance > 0 ? logP.base[a * width + i] : 0
            }
        }
    }

    private func join(_ table: ObservationTable, _ demonstrations: ObservationTable, isStatic: Bool) {
        let T = table.features.rows, R = demonstrations.features.rows, F = table.features.columns
        precondition(demonstrations.features.columns == F, "demonstrations of \(demonstrations.features.columns) observations for a policy that reads \(F)")
        firstReplayRow = T
        let isThere = jointBlock?.count == (T + R) * F
        let block = isThere ? jointBlock! : FloatBlock(count: (T + R) * F)
        let features = block.matrix(rows: T + R, columns: F)
        if !isThere || !isStatic || jointSource != table.features.base { features.rows(0..<T).copy(from: table.features) }
        if !isThere { features.rows(T..<T + R).copy(from: demonstrations.features) }
        jointBlock = block
        jointSource = table.features.base
        let regimes = table.regimes.isEmpty ? [] : table.regimes + (demonstrations.regimes.isEmpty ? [UInt8](repeating: 0, count: R) : demonstrations.regimes)
        joint = ObservationTable(features: features, regimes: regimes)
    }

    /// The random numbers that choose an epoch's replayed steps.
    func stream(update: Int, epoch: Int) -> RandomStream { RandomStream(seed: seed, purpose: "replay", index: UInt64(update) << 16 | UInt64(epoch)) }

    /// Draws the steps that join one minibatch, with replacement, and writes their rows of the joint table from `place` on.
    func draw(_ random: inout RandomStream, rows: inout [Int32], from place: Int, labels: FloatBlock, masks: inout [UInt32]) -> Int {
        guard replayWeight > 0, let replay else { return 0 }
        for k in 0..<settings.replayBatch {
            let step = Int(random.below(UInt64(replay.rows.count)))
            rows[place + k] = Int32(firstReplayRow) + replay.rows[step]
            labels.all.base[k] = Float(replay.labels[step])
            masks[k] = replay.masks[step]
        }
        return settings.replayBatch
    }
}
