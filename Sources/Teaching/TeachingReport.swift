package import Teachers
package import TradingTypes

/// What a teacher's demonstrations amount to.
package struct TeachingReport: Sendable {
    package let script: TeacherScript
    package let rewardName: String
    package let environment: EnvironmentKind
    package var episodes = 0
    package var steps = 0
    /// Net profit of every completed trade, as a fraction of what was put in.
    package var trades: [Double] = []
    /// Of these, the trades that the script opened; exploration opened the others.
    package var scriptedTrades: [Double] = []
    /// Trades that the environment closed by force, by cause.
    package var forced: [(cause: String, count: Int)] = []
    /// Steps by regime and action done, [regime][action].
    package var mix: [[Int]]
    /// The script's labels, [action].
    package var labels: [Int]
    /// Sum of rewards of each episode: the teacher's, and always-HOLD's on the same bars.
    package var returns: [Double] = []
    package var holdReturns: [Double] = []
    /// Steps while flat; of those the ones with a strong setup, and with a strong setup at which the script entered. Options only.
    package var flatSteps = 0
    package var setups: (strong: Int, entered: Int)?
    package var entered = 0
    package var coverage = StateCoverage()
    package var counts: TeacherCounts
    /// How often the episodes cover the split's bars on average, at least 1: episodes beyond once over are no new evidence, so standard errors grow by its root.
    package var overlap = 1.0

    package init(_ script: TeacherScript, rewardName: String) {
        self.script = script
        self.rewardName = rewardName
        environment = script.environment
        mix = Array(repeating: [Int](repeating: 0, count: script.environment.actionNames.count), count: Regime.names.count)
        labels = [Int](repeating: 0, count: script.environment.actionNames.count)
        counts = TeacherCounts(script)
    }

    /// Mean net profit of a completed trade; nil without any.
    package var expectancy: Double? { trades.isEmpty ? nil : trades.reduce(0, +) / Double(trades.count) }
    /// Standard error of the expectancy; nil below two trades.
    package var expectancyError: Double? { Self.standardError(trades).map { $0 * overlap.squareRoot() } }
    /// The same of the script's own trades.
    package var scriptedExpectancy: Double? { scriptedTrades.isEmpty ? nil : scriptedTrades.reduce(0, +) / Double(scriptedTrades.count) }
    package var scriptedError: Double? { Self.standardError(scriptedTrades).map { $0 * overlap.squareRoot() } }
    package var hitRate: Double? { trades.isEmpty ? nil : Double(trades.count { $0 > 0 }) / Double(trades.count) }
    /// Shares of the actions done, [A].
    package var shares: [Double] { (0..<labels.count).map { a in steps == 0 ? 0 : Double(mix.reduce(0) { $0 + $1[a] }) / Double(steps) } }
    package var meanReturn: Double { Self.mean(returns) }
    package var meanHoldReturn: Double { Self.mean(holdReturns) }

    /// Teacher minus always-HOLD an episode: mean, and a 95% interval over episodes (normal approximation, widened for bars that several episodes share); the interval is nil below two episodes.
    package var advantage: (mean: Double, interval: (low: Double, high: Double)?) {
        let differences = zip(returns, holdReturns).map { $0 - $1 }
        let mean = Self.mean(differences)
        let half = Self.standardError(differences).map { 1.96 * $0 * overlap.squareRoot() }
        return (mean, half.map { (mean - $0, mean + $0) })
    }

    /// How the teacher stands against always-HOLD under the reward.
    package enum Rank: String, Sendable { case better = "beats_hold", worse = "loses_to_hold", open = "undecided" }
    package var rank: Rank {
        let advantage = advantage
        guard let interval = advantage.interval else { return .open }
        return interval.low > 0 ? .better : interval.high < 0 ? .worse : .open
    }

    /// The rank in words.
    package var verdict: String {
        let gap = advantage
        func number(_ x: Double) -> String { signedText(x) }
        let numbers = "under \(rewardName) the teacher earns \(number(meanReturn)) an episode, always-HOLD \(number(meanHoldReturn))"
        let interval = gap.interval.map { "; difference \(number(gap.mean)), 95% interval \(number($0.low)) to \(number($0.high)) over \(episodes) episodes" } ?? ""
        switch rank {
        case .better: return "The teacher beats always-HOLD: \(numbers)\(interval)."
        case .worse: return "The teacher LOSES to always-HOLD: \(numbers)\(interval). What is cloned from it will be unlearned by training on this reward."
        case .open: return "Whether the teacher beats always-HOLD is open: \(numbers)\(interval). Use more episodes, or another reward, before cloning."
        }
    }

    private static func mean(_ x: [Double]) -> Double { x.isEmpty ? 0 : x.reduce(0, +) / Double(x.count) }
    private static func standardError(_ x: [Double]) -> Double? {
        guard x.count > 1 else { return nil }
        let m = mean(x)
        return (x.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(x.count - 1) / Double(x.count)).squareRoot()
    }
}

/// Which part of the states that the market offers the demonstrations visit.
///
/// A state is a cell: the regime, the quarter of the split's bars in which each of two market columns lies, and the position (flat, one side, the other). Reachable
/// are all positions in every market cell that has at least one bar in the split; visited are the cells with at least one demonstrated decision.
package struct StateCoverage: Sendable {
    package var columns: [String] = []
    package var reachable = 0
    package private(set) var visited = 0
    private var cells: [UInt8] = []
    private var seen: [Bool] = []
    private var offered: Set<UInt8> = []
    private static let sides = 3

    package init() {}

    /// `columns`: two market columns, [R]; quarters over `rows`.
    package init(_ columns: [(name: String, values: [Double])], regimes: [UInt8], rows: [Range<Int>]) {
        self.columns = columns.map(\.name)
        let regimeCount = Regime.names.count
        cells = regimes.map { $0 }
        var scale = regimeCount
        for (_, values) in columns {
            let known = rows.flatMap { values[$0] }.filter(\.isFinite).sorted()
            let cuts = known.isEmpty ? [] : (1...3).map { known[min(known.count - 1, $0 * known.count / 4)] }
            for t in cells.indices { cells[t] += UInt8(scale * cuts.count { values[t] >= $0 }) }
            scale *= 4
        }
        for range in rows { for t in range { offered.insert(cells[t]) } }
        reachable = offered.count * Self.sides
        seen = [Bool](repeating: false, count: scale * Self.sides)
    }

    /// A decision at `row` with position `side`: 0 flat, 1 and 2 the two sides.
    @inline(__always)
    package mutating func visit(row: Int, side: Int) {
        if cells.isEmpty { return }
        let cell = Int(cells[row]) * Self.sides + side
        if !seen[cell] {
            seen[cell] = true
            visited += 1
        }
    }

    /// Visited over reachable of one regime in one position (0 flat, 1 and 2 the two sides); nil where the split has no bar in the regime.
    package func share(regime: Int, side: Int, of regimes: Int) -> Double? {
        let own = offered.filter { Int($0) % regimes == regime }
        guard !own.isEmpty else { return nil }
        return Double(own.count { seen[Int($0) * Self.sides + side] }) / Double(own.count)
    }

    /// Visited over reachable; nil without cells.
    package var share: Double? { reachable == 0 ? nil : Double(visited) / Double(reachable) }
}
