/// One episode as a teacher played it: per step the action done, the script's label, mask, state and whether it explored.
public struct TeacherEpisode: Sendable {
    /// Row of the first decision; row t of the episode is `firstRow + t`.
    public var firstRow = 0
    public var actions: [UInt8] = []
    public var labels: [UInt8] = []
    public var masks: [UInt32] = []
    public var states: [UInt8] = []
    public var isExplored: [Bool] = []
    public var isFlat: [Bool] = []
    /// Net profit of every completed trade, as a fraction of what was put in, after costs.
    public var trades: [Double] = []
    /// Whether the script opened the trade; exploration opened the others.
    public var isScripted: [Bool] = []
    /// The episode ended because the task did (a day was over), not because watching stopped.
    public var isTerminated = false

    public init() {}

    mutating func begin(_ row: Int) {
        firstRow = row
        actions.removeAll(keepingCapacity: true)
        labels.removeAll(keepingCapacity: true)
        masks.removeAll(keepingCapacity: true)
        states.removeAll(keepingCapacity: true)
        isExplored.removeAll(keepingCapacity: true)
        isFlat.removeAll(keepingCapacity: true)
        trades.removeAll(keepingCapacity: true)
        isScripted.removeAll(keepingCapacity: true)
        isTerminated = false
    }

    @inline(__always)
    mutating func add(_ decision: TeacherDecision, mask: UInt32, isFlat flat: Bool) {
        actions.append(decision.action)
        labels.append(decision.label)
        masks.append(mask)
        states.append(decision.state)
        isExplored.append(decision.isExplored)
        isFlat.append(flat)
    }
}
