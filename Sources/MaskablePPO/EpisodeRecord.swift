/// Returns and lengths of the last 100 episodes that ended, before any reward normalisation (Stable-Baselines3's `ep_info_buffer`).
public struct EpisodeRecord: Sendable, Equatable {
    /// Return and length so far of the episode under way in each environment, [N].
    public var runningReturn: [Double]
    public var runningLength: [Int]
    /// The last episodes, oldest first.
    public private(set) var returns: [Double] = []
    public private(set) var lengths: [Int] = []
    public static let window = 100

    public init(environments: Int) {
        runningReturn = [Double](repeating: 0, count: environments)
        runningLength = [Int](repeating: 0, count: environments)
    }

    public mutating func add(reward: Float, environment n: Int, ended: Bool) {
        runningReturn[n] += Double(reward)
        runningLength[n] += 1
        guard ended else { return }
        if returns.count == Self.window {
            returns.removeFirst()
            lengths.removeFirst()
        }
        returns.append(runningReturn[n])
        lengths.append(runningLength[n])
        runningReturn[n] = 0
        runningLength[n] = 0
    }

    /// Forgets the episodes under way, which were cut.
    public mutating func beginEpisodes() {
        for n in runningReturn.indices {
            runningReturn[n] = 0
            runningLength[n] = 0
        }
    }

    /// nil until an episode has ended.
    public var meanReturn: Double? { returns.isEmpty ? nil : returns.reduce(0, +) / Double(returns.count) }
    public var meanLength: Double? { lengths.isEmpty ? nil : Double(lengths.reduce(0, +)) / Double(lengths.count) }

    /// For checkpoints.
    public var finished: [(return: Double, length: Int)] { zip(returns, lengths).map { ($0, $1) } }
    public mutating func restore(finished: [(return: Double, length: Int)]) {
        returns = finished.map(\.return)
        lengths = finished.map(\.length)
    }
}
