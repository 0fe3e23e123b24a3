public import Environments
internal import NumericKernels
public import TradingTypes

/// The bars that rewards are judged on: environment, named columns, regime labels, and a reference path for pay that
/// depends on the agent's own past.
public struct AnalysisMarket: Sendable {
    public let environment: SpotEnvironment
    /// One regime code a bar of the whole series [T].
    public let labels: [UInt8]
    /// The analysed bars: labels, features and the next return are known on all of them.
    public let rows: Range<Int>
    public let regimeNames: [String]
    /// The reference path over the analysed bars; nil when the rewards to be judged do not need one.
    public let path: SpotPath?
    package let pathActions: [UInt8]
    private let reader: @Sendable (Set<String>, Range<Int>) -> [String: Column]

    /// - Parameters:
    ///   - columns: decision-time columns by name, whole series long [T].
    ///   - seed: seeds the coin-flip policy (uniform over HOLD, LONG, SHORT, independent on every bar) whose path is the reference.
    public init(
        environment: SpotEnvironment, columns: [String: Column], labels: [UInt8], rows: Range<Int>, regimeNames: [String] = Regime.names, seed: UInt64
    ) {
        self.init(environment: environment, labels: labels, rows: rows, regimeNames: regimeNames, seed: seed, needsPath: true) { names, range in
            cutColumns(columns, names, range)
        }
    }

    /// - Parameters:
    ///   - needsPath: whether the reference path is walked (`RewardStack.readsPath`); it takes 49 bytes a bar.
    ///   - columns: the decision-time columns of the names and rows asked for, entry 0 being the first row; names it does not know are left out.
    public init(
        environment: SpotEnvironment, labels: [UInt8], rows: Range<Int>, regimeNames: [String] = Regime.names, seed: UInt64, needsPath: Bool,
        columns: @escaping @Sendable (Set<String>, Range<Int>) -> [String: Column]
    ) {
        precondition(labels.count == environment.bars.count, "labels \(labels.count), bars \(environment.bars.count): expected one label a bar")
        precondition(rows.upperBound <= environment.usableRows, "rows \(rows) reach past the last known next return (\(environment.usableRows))")
        self.environment = environment
        self.labels = labels
        self.rows = rows
        self.regimeNames = regimeNames
        reader = columns
        guard needsPath else {
            path = nil
            pathActions = []
            return
        }
        var stream = RandomStream(seed: seed, purpose: "reference path")
        var actions = [UInt8](repeating: 0, count: rows.count)
        for i in actions.indices { actions[i] = UInt8(stream.below(3)) }
        pathActions = actions
        path = SpotPath(environment, rows: rows, actions: actions)
    }

    /// The decision-time columns of `names` on rows of the series; entry 0 is row `range.lowerBound`.
    package func columns(_ names: Set<String>, rows range: Range<Int>) -> [String: Column] { reader(names, range) }

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

/// The rows of `range` of the columns among `names`, whole columns being as long as the series.
func cutColumns(_ columns: [String: Column], _ names: Set<String>, _ range: Range<Int>) -> [String: Column] {
    columns.filter { names.contains($0.key) }.mapValues { column in
        guard case .values(let values) = column, range.count < values.count else { return column }
        return .values(Array(values[range]))
    }
}
