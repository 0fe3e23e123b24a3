public import TradingTypes
internal import ComponentKit

/// How to read a file when the file alone does not say.
public struct LoadOptions: Sendable, Equatable {
    /// Zone of stamps that carry none: `UTC`, `US/Eastern` (or `America/New_York`, `ET`), `US/Central`, ... or `+02:00`. Nil: inferred.
    public var timeZone: String?
    /// The symbol to take from a file that holds several, and the series' name. Nil: from the file.
    public var symbol: String?

    public init(timeZone: String? = nil, symbol: String? = nil) {
        self.timeZone = timeZone
        self.symbol = symbol
    }
}

/// One kind of market oddity found in a file: how often, and what was done about it.
public struct DataOddity: Sendable, Equatable {
    /// One place where it was seen.
    public struct Example: Sendable, Equatable, CustomStringConvertible {
        /// Line of the file from 1; 0 when the place is between lines.
        public var line: Int
        /// Bar start, seconds since 1970 UTC.
        public var time: Int64
        public var detail: String

        public init(line: Int, time: Int64, detail: String = "") {
            self.line = line
            self.time = time
            self.detail = detail
        }

        public var description: String {
            (line > 0 ? "line \(line), " : "") + timeText(time) + (detail.isEmpty ? "" : ": \(detail)")
        }
    }

    /// A stable word: `duplicate`, `duplicate_conflict`, `gap`, `missing_session`, `half_day`, `zero_volume`, `flat`,
    /// `ohlc_inconsistent`, `non_positive_price`, `missing_price`, `missing_volume`, `no_volume`, `bad_tick`, `feed_switch`,
    /// `placeholder_last_bar`, `out_of_order`, `off_grid`, `repeated_header`, `gzip_trailing_bytes`.
    public let name: String
    /// Rows, except `gap` and `missing_session` (breaks), `half_day` (days) and `feed_switch` (changes).
    public let count: Int
    /// What was done, in words: `kept`, `row dropped`, ...
    public let policy: String
    /// More figures, such as the number of missing bars and the longest gap.
    public let detail: String
    /// The first five.
    public let examples: [Example]
    /// False for facts of the calendar (half days), which `strict` lets pass.
    public let isFault: Bool

    public init(
        name: String, count: Int, policy: String, detail: String = "", examples: [Example] = [], isFault: Bool = true
    ) {
        self.name = name
        self.count = count
        self.policy = policy
        self.detail = detail
        self.examples = Array(examples.prefix(5))
        self.isFault = isFault
    }
}

/// What was read, how it was understood, and everything odd about it.
public struct DataManifest: Sendable, Equatable {
    public var symbol: String
    /// The path as the user gave it, or the `synthetic:` argument.
    public var path: String
    /// Bars in the series.
    public var rows: Int
    /// Start of the first and of the last bar, seconds since 1970 UTC.
    public var firstTime: Int64
    public var lastTime: Int64
    public var barDurationSeconds: Int
    /// Zone of the stamps in the file, and how it is known.
    public var timeZone: String
    public var timeZoneSource: String
    /// `start`, or `end (shifted to start)`.
    public var stampConvention: String
    /// `oldest first`, `newest first (reversed)`, `mixed (sorted)`.
    public var order: String
    /// The shape recognised: `header`, `klines without header`, ...
    public var layout: String
    /// `continuous`, `daily`, `sessions`, `US sessions`.
    public var calendar: String
    /// Further remarks on how the file was read.
    public var notes: [String]
    public var oddities: [DataOddity]
    /// SHA-256 of the file's bytes as they lie on disk, in hexadecimal; of the full argument for a synthetic market.
    public var sha256: String

    package init(
        symbol: String, path: String, rows: Int, firstTime: Int64, lastTime: Int64, barDurationSeconds: Int, timeZone: String, timeZoneSource: String,
        stampConvention: String, order: String, layout: String, calendar: String, notes: [String], oddities: [DataOddity], sha256: String
    ) {
        self.symbol = symbol
        self.path = path
        self.rows = rows
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.barDurationSeconds = barDurationSeconds
        self.timeZone = timeZone
        self.timeZoneSource = timeZoneSource
        self.stampConvention = stampConvention
        self.order = order
        self.layout = layout
        self.calendar = calendar
        self.notes = notes
        self.oddities = oddities
        self.sha256 = sha256
    }

    public func oddity(_ name: String) -> DataOddity? { oddities.first { $0.name == name } }

    /// Label and value pairs for display, oddities last.
    public var tableRows: [(label: String, value: String)] {
        var out: [(String, String)] = [
            ("symbol", symbol), ("file", path), ("bars", String(rows)),
            ("range", rows == 0 ? "-" : "\(timeText(firstTime)) to \(timeText(lastTime))"),
            ("bar length", durationText(barDurationSeconds)), ("time zone", "\(timeZone) (\(timeZoneSource))"),
            ("stamps", stampConvention), ("order", order), ("calendar", calendar), ("layout", layout),
        ]
        for note in notes { out.append(("note", note)) }
        if oddities.isEmpty { out.append(("oddities", "none")) }
        for o in oddities {
            var text = "\(o.count); policy: \(o.policy)"
            if !o.detail.isEmpty { text += "; \(o.detail)" }
            if let first = o.examples.first { text += "; first: \(first)" }
            out.append((o.name, text))
        }
        out.append(("sha256", sha256))
        return out.map { (visible($0.0), visible($0.1)) }
    }
}

/// Bars with the account of where they came from.
public struct LoadedBars: Sendable {
    public var series: BarSeries
    public var manifest: DataManifest
    /// Leading bars that a source provides only to warm indicators up (a synthetic market); 0 for files.
    public var warmUpBars: Int

    public init(series: BarSeries, manifest: DataManifest, warmUpBars: Int = 0) {
        self.series = series
        self.manifest = manifest
        self.warmUpBars = warmUpBars
    }
}

/// `1 h`, `5 min`, `1 d`, `90 s`.
public func durationText(_ seconds: Int) -> String {
    if seconds > 0, seconds % 86_400 == 0 { return "\(seconds / 86_400) d" }
    if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600) h" }
    if seconds > 0, seconds % 60 == 0 { return "\(seconds / 60) min" }
    return "\(seconds) s"
}
