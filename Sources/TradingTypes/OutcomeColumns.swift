/// One named quantity over a run of bars: a value that never changes, or one value a bar.
public enum Column: Sendable, Equatable {
    case constant(Double)
    case values([Double])

    public subscript(row: Int) -> Double {
        switch self {
        case .constant(let value): value
        case .values(let values): values[row]
        }
    }
}

/// What happened on a run of consecutive bars: either when one and the same action is tried on each of them, given the
/// agent's path up to that bar, or along the actions that were really taken. The facts that rewards judge.
///
/// Rows are bars in time order; `columns` holds every readable name (market, features, path, outcomes). Actions and
/// regimes are their codes, Booleans 0 and 1.
public struct OutcomeColumns: Sendable {
    public let count: Int
    /// Code of the action tried on every row; nil when the rows follow a trajectory (then `columns["action"]` varies).
    public let action: Int?
    public var columns: [String: Column]
    /// The names a potential reads after the step (`phi(next)`): same keys, one bar later, after this action.
    public var next: [String: Column]
    /// Rows at which an episode starts; always begins with 0.
    public let episodeStarts: [Int]
    /// 1 on rows whose step ended the task: nothing follows, so a potential is worth 0 after them. Truncation is not among them.
    public let terminated: Column

    public init(
        count: Int, action: Int?, columns: [String: Column], next: [String: Column] = [:], episodeStarts: [Int] = [0], terminated: Column = .constant(0)
    ) {
        self.count = count
        self.action = action
        self.columns = columns
        self.next = next
        self.episodeStarts = episodeStarts
        self.terminated = terminated
    }
}
