public import Environments
internal import NumericKernels
public import TradingTypes

/// The bars that rewards are judged on: environment, named columns, regime labels, and a reference path for pay that
/// depends on the agent's own past.
public struct AnalysisMarket: Sendable {
    public let environment: SpotEnvironment
    /// Decision-time columns by name, whole series long [T].
    public let columns: [String: Column]
    /// One regime code a bar of the whole series [T].
    public let labels: [UInt8]
    /// The analysed bars: labels, features and the next return are known on all of them.
    public let rows: Range<Int>
    public let regimeNames: [String]
    public let path: SpotPath
    package let pathActions: [UInt8]

    /// - Parameter seed: seeds the coin-flip policy (uniform over HOLD, LONG, SHORT, independent on every bar) whose path is the reference.
    public init(
        environment: SpotEnvironment, columns: [String: Column], labels: [UInt8], rows: Range<Int>, regimeNames: [String] = Regime.names, seed: UInt64
    ) {
        precondition(labels.count == environment.bars.count, "labels \(labels.count), bars \(environment.bars.count): expected one label a bar")
        precondition(rows.upperBound <= environment.usableRows, "rows \(rows) reach past the last known next return (\(environment.usableRows))")
        self.environment = environment
        self.columns = columns
        self.labels = labels
        self.rows = rows
        self.regimeNames = regimeNames
        var stream = RandomStream(seed: seed, purpose: "reference path")
        var actions = [UInt8](repeating: 0, count: rows.count)
        for i in actions.indices { actions[i] = UInt8(stream.below(3)) }
        pathActions = actions
        path = SpotPath(environment, rows: rows, actions: actions)
    }

    /// Bars of each regime among the analysed rows.
    public var regimeCounts: [Int] {
        var counts = [Int](repeating: 0, count: regimeNames.count)
        for t in rows { counts[Int(labels[t])] += 1 }
        return counts
    }

    /// Uninterrupted runs of each regime among the analysed rows.
    public var regimeRuns: [Int] {
        var runs = [Int](repeating: 0, count: regimeNames.count)
        for t in rows where t == rows.lowerBound || labels[t] != labels[t - 1] { runs[Int(labels[t])] += 1 }
        return runs
    }
}
