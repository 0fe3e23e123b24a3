import ComponentKit
public import Features
public import MarketData
public import Regimes
public import TradingTypes

/// What a user asks of a market: where the bars come from, which of them, and how they are read.
public struct MarketRequest: Sendable {
    public var source: BarSource
    /// First bar analysed, seconds UTC; nil starts at the first bar whose features and regime are known.
    public var from: Int64?
    /// End of the analysed bars, seconds UTC, exclusive; nil runs to the last bar whose outcome is known.
    public var to: Int64?
    public var denoise: Denoise
    public var detector: any RegimeDetector
    public var fractions: (train: Double, validation: Double, test: Double)
    public var isStrict: Bool
    /// Costs, fills and what HOLD does in the environment that the market is prepared for.
    public var configuration: SpotConfiguration

    public init(
        source: BarSource, from: Int64? = nil, to: Int64? = nil, denoise: Denoise = .none, detector: any RegimeDetector = BalancedDetector(),
        fractions: (train: Double, validation: Double, test: Double) = (60, 20, 20), isStrict: Bool = false,
        configuration: SpotConfiguration = SpotConfiguration()
    ) {
        self.source = source
        self.from = from
        self.to = to
        self.denoise = denoise
        self.detector = detector
        self.fractions = fractions
        self.isStrict = isStrict
        self.configuration = configuration
    }
}

/// Bars with their features, regimes and chronological split, ready for an environment.
///
/// Memory: 64 bytes a bar for the bars, next returns and labels, and 352 more for the features of a series of up to `FeatureSource.wholeLimit` bars;
/// features of longer ones are computed when they are read.
public struct PreparedMarket: Sendable {
    public let loaded: LoadedBars
    public let featureSource: FeatureSource
    public let regimes: RegimeLabels
    /// Split of the usable bars; bars before it are warm-up.
    public let split: Split
    public let denoise: Denoise
    public let environment: SpotEnvironment
    public var bars: BarSeries { loaded.series }
    /// Bars before the first usable one.
    public var warmUp: Int { split.train.lowerBound }
    /// All features of all bars; computed at every call for a series above `FeatureSource.wholeLimit`.
    public var features: FeatureTable { featureSource.whole }

    /// A file whose usable bars are none.
    private static func unusable(_ loaded: LoadedBars, _ code: String, _ message: String, help: String) -> InputIssues {
        InputIssues(InputIssue(code: code, file: loaded.manifest.path, message: message, help: help))
    }

    private static func tooFewBars(_ loaded: LoadedBars, warmUp: Int) -> InputIssues {
        unusable(
            loaded, "too_few_bars", "\(loaded.series.count) bars are not enough: features and regimes use the first \(warmUp) for warming up",
            help: "give a longer file, or an earlier --from with more bars before it")
    }

    /// Throws `InputIssues` and `InputMissing`: what loading throws, too few bars, none between the dates.
    public init(_ request: MarketRequest) throws {
        let loaded = try request.source.load(strict: request.isStrict)
        let series = loaded.series
        let features = FeatureSource(series, denoise: request.denoise)
        let environment = SpotEnvironment(series, request.configuration)
        let usable = environment.usableRows
        let earliest = max(features.warmUp, loaded.warmUpBars)
        guard usable > earliest else { throw Self.tooFewBars(loaded, warmUp: max(earliest, Self.featureWarmUp)) }
        func index(atOrAfter time: Int64) -> Int {
            var low = 0, high = series.count
            while low < high {
                let middle = (low + high) / 2
                if series.time[middle] < time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let end = min(usable, request.to.map { index(atOrAfter: $0) } ?? usable)
        // The detector may need bars of its own before its first label; fit it on the training part that its warm-up leaves.
        let asked = request.from.map { index(atOrAfter: $0) } ?? earliest
        var start = max(earliest, asked)
        guard start < end else {
            throw Self.unusable(
                loaded, "empty_range", "no usable bar lies between --from and --to",
                help: "the bars run from \(timeText(series.time.first ?? 0)) to \(timeText(series.time.last ?? 0)), of which the first \(earliest) are warm-up")
        }
        var regimes = try request.detector.label(series, features, fittedOn: Split(bars: start..<end, fractions: request.fractions).train)
        if regimes.firstValid > start {
            start = regimes.firstValid
            guard start < end else { throw Self.tooFewBars(loaded, warmUp: start) }
            regimes = try request.detector.label(series, features, fittedOn: Split(bars: start..<end, fractions: request.fractions).train)
        }
        self.loaded = loaded
        featureSource = features
        self.regimes = regimes
        self.environment = environment
        denoise = request.denoise
        split = Split(bars: start..<end, fractions: request.fractions)
    }

    /// Bars before all features of a long series are defined: in a series without a complete row the table cannot tell.
    private static let featureWarmUp = FeatureSource(
        BarSeries(
            symbol: "", barDurationSeconds: 3_600, time: (0..<2_000).map { Int64($0) * 3_600 }, open: flat, high: flat, low: flat, close: flat, volume: flat)
    ).warmUp
    private static let flat = [Double](repeating: 1, count: 2_000)

    /// Every decision-time column that an expression can read and that does not depend on the agent, [T].
    public func columns() -> [String: Column] {
        columns(named: Self.marketNames.union(featureSource.names), rows: 0..<bars.count)
    }

    /// The decision-time columns among `names`, for the rows of `range` only: entry 0 is row `range.lowerBound`. Other names are left out.
    public func columns(named names: Set<String>, rows range: Range<Int>) -> [String: Column] {
        var columns: [String: Column] = [:]
        func add(_ name: String, _ column: () -> [Double]) {
            if names.contains(name) { columns[name] = .values(column()) }
        }
        let isWhole = range.count == bars.count
        func cut(_ column: [Double]) -> [Double] { isWhole ? column : Array(column[range]) }
        add("open") { cut(bars.open) }
        add("high") { cut(bars.high) }
        add("low") { cut(bars.low) }
        add("close") { cut(bars.close) }
        add("volume") { cut(bars.volume) }
        add("regime") { regimes.labels[range].map(Double.init) }
        add("hour") { bars.time[range].map { Double(($0 % 86_400) / 3_600) } }
        if !names.isDisjoint(with: ["volatility_24h", "trend"]) {
            for (name, column) in isWhole ? computeMarketNames(bars) : computeMarketNames(bars, rows: range) { add(name) { column } }
        }
        let wanted = featureSource.names.filter(names.contains)
        if !wanted.isEmpty {
            let table = featureSource.table(rows: range, names: wanted)
            for (name, column) in zip(table.names, table.columns) { columns[name] = .values(column) }
        }
        return columns
    }

    private static let marketNames: Set<String> = ["open", "high", "low", "close", "volume", "regime", "hour", "volatility_24h", "trend"]
}
