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

    public init(
        source: BarSource, from: Int64? = nil, to: Int64? = nil, denoise: Denoise = .none, detector: any RegimeDetector = BalancedDetector(),
        fractions: (train: Double, validation: Double, test: Double) = (60, 20, 20), isStrict: Bool = false
    ) {
        self.source = source
        self.from = from
        self.to = to
        self.denoise = denoise
        self.detector = detector
        self.fractions = fractions
        self.isStrict = isStrict
    }
}

/// Bars with their features, regimes and chronological split, ready for an environment.
public struct PreparedMarket: Sendable {
    public let loaded: LoadedBars
    public let features: FeatureTable
    public let regimes: RegimeLabels
    /// Split of the usable bars; bars before it are warm-up.
    public let split: Split
    public let denoise: Denoise
    public var bars: BarSeries { loaded.series }
    /// Bars before the first usable one.
    public var warmUp: Int { split.train.lowerBound }

    /// A file whose usable bars are none.
    private static func unusable(_ loaded: LoadedBars, _ code: String, _ message: String, help: String) -> InputIssues {
        InputIssues(InputIssue(code: code, file: loaded.manifest.path, message: message, help: help))
    }

    private static func tooFewBars(_ loaded: LoadedBars) -> InputIssues {
        unusable(
            loaded, "too_few_bars", "\(loaded.series.count) bars are not enough: features and regimes use all of them (about 750) for warming up",
            help: "give a longer file, or an earlier --from with more bars before it")
    }

    /// Throws `InputIssues` and `InputMissing`: what loading throws, too few bars, none between the dates.
    public init(_ request: MarketRequest) throws {
        let loaded = try request.source.load(strict: request.isStrict)
        let series = loaded.series
        let features = computeFeatures(series, denoise: request.denoise)
        let usable = SpotEnvironment(series).usableRows
        let earliest = max(features.warmUp, loaded.warmUpBars)
        guard usable > earliest else { throw Self.tooFewBars(loaded) }
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
            guard start < end else { throw Self.tooFewBars(loaded) }
            regimes = try request.detector.label(series, features, fittedOn: Split(bars: start..<end, fractions: request.fractions).train)
        }
        self.loaded = loaded
        self.features = features
        self.regimes = regimes
        denoise = request.denoise
        split = Split(bars: start..<end, fractions: request.fractions)
    }

    /// Every decision-time column that an expression can read and that does not depend on the agent, [T].
    public func columns() -> [String: Column] {
        var columns: [String: Column] = [
            "open": .values(bars.open), "high": .values(bars.high), "low": .values(bars.low), "close": .values(bars.close),
            "volume": .values(bars.volume), "regime": .values(regimes.labels.map(Double.init)),
            "hour": .values(bars.time.map { Double(($0 % 86_400) / 3_600) }),
        ]
        for (name, column) in zip(features.names, features.columns) { columns[name] = .values(column) }
        for (name, column) in computeMarketNames(bars) { columns[name] = .values(column) }
        return columns
    }
}
