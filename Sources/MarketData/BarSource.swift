internal import ComponentKit
internal import TradingTypes

/// Where bars come from: a file, or the synthetic market.
public struct BarSource: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case file(String)
        case synthetic(SyntheticMarket)
    }

    let kind: Kind
    public var options: LoadOptions
    /// The argument as given.
    public let argument: String

    /// Reads a `--bars` argument: a path, or `synthetic:btc-hourly[,seed=N][,bars=N][,edge=X][,edge.REGIME=X]`. Does not touch the file yet.
    ///
    /// Throws `InputIssues` with every fault of a `synthetic:` argument.
    public static func parse(_ argument: String) throws -> BarSource {
        if argument.hasPrefix("synthetic:") {
            return BarSource(kind: .synthetic(try SyntheticMarket(argument: argument)), options: LoadOptions(), argument: argument)
        }
        if argument.lowercased().hasPrefix("synthetic") && !argument.contains(".") && !argument.contains("/") {
            throw InputIssues(InputIssue(code: "bars", message: "'\(argument)' names no market", help: "write synthetic:btc-hourly, or the path of a .csv or .csv.gz file"))
        }
        return BarSource(kind: .file(argument), options: LoadOptions(), argument: argument)
    }

    /// True for a `synthetic:` argument.
    public var isSynthetic: Bool {
        if case .synthetic = kind { return true }
        return false
    }

    /// Loads or generates the bars. With `strict`, market oddities are errors.
    ///
    /// Throws `InputMissing` (no file) and `InputIssues` (a file that is broken, or oddities under `strict`).
    public func load(strict: Bool = false) throws -> LoadedBars {
        switch kind {
        case .file(let path): return try loadBars(path, options: options, strict: strict)
        case .synthetic(let market): return market.load(argument: argument)
        }
    }
}

/// Loads the bars of a `.csv` or `.csv.gz` file.
///
/// O(bytes), and O(n log n) where rows need sorting; memory is the text plus 64 bytes a bar. Throws as `BarSource.load`.
public func loadBars(_ path: String, options: LoadOptions = LoadOptions(), strict: Bool = false) throws -> LoadedBars {
    let content = try FileBytes.read(path)
    return try parseBars(content, path: path, options: options, strict: strict)
}

func parseBars(_ content: FileBytes, path: String, options: LoadOptions, strict: Bool) throws(InputIssues) -> LoadedBars {
    let text = content.bytes
    try refuseOtherFormats(text, path)
    let head = text.prefix(1 << 16)
    let terminator: UInt8 = !head.contains(0x0A) && head.contains(0x0D) ? 0x0D : 0x0A
    let layout = try HeaderReader(file: path, text: text, terminator: terminator).read()
    var reader = BarFileReader(file: path, layout: layout, wantedSymbol: options.symbol, terminator: terminator)
    let raw = try reader.read(text)
    var bars = try BarAssembly(raw, file: path, layout: layout, options: options)
    if content.trailingBytes > 0 {
        bars.oddities.append(
            DataOddity(name: "gzip_trailing_bytes", count: content.trailingBytes, policy: "ignored", detail: "bytes after the end of the gzip data"))
    }
    let (calendar, shape) = bars.inspectCalendar()
    bars.inspectQuality(shape)
    let symbol = options.symbol ?? raw.symbol ?? layout.symbolFromHeader ?? symbolFromPath(path)
    let series = BarSeries(
        symbol: symbol, barDurationSeconds: bars.barSeconds, time: bars.time, open: bars.open, high: bars.high, low: bars.low, close: bars.close,
        volume: bars.volume)
    let manifest = DataManifest(
        symbol: symbol, path: path, rows: series.count, firstTime: series.time[0], lastTime: series.time[series.count - 1],
        barDurationSeconds: bars.barSeconds, timeZone: bars.zoneName, timeZoneSource: bars.zoneSource, stampConvention: bars.stamps, order: bars.order,
        layout: (content.isGzip ? "gzip, " : "") + layout.description, calendar: calendar, notes: bars.notes, oddities: bars.oddities, sha256: content.sha256)
    if strict {
        let faults = manifest.oddities.filter(\.isFault)
        if !faults.isEmpty {
            throw InputIssues(
                faults.map { o in
                    let first = o.examples.first
                    return InputIssue(
                        code: o.name, file: path, line: first?.line ?? 0,
                        message: "\(o.name): \(o.count)" + (o.detail.isEmpty ? "" : " (\(o.detail))") + (first.map { ", first at \(timeText($0.time))" } ?? ""),
                        help: "without --strict the policy is: \(o.policy)")
                }.inFileOrder)
        }
    }
    return LoadedBars(series: series, manifest: manifest)
}

/// Throws for an empty file and for content that is plainly not a text table.
private func refuseOtherFormats(_ text: [UInt8], _ path: String) throws(InputIssues) {
    func refuse(_ message: String, _ help: String, code: String = "binary") -> InputIssues {
        InputIssues(InputIssue(code: code, file: path, line: 1, column: 1, message: message, help: help))
    }
    guard !text.isEmpty else {
        throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty (0 bytes)", help: "is the download complete?"))
    }
    let magic: [([UInt8], String, String)] = [
        (Array("PK\u{3}\u{4}".utf8), "is a zip archive or a spreadsheet (.zip, .xlsx), not CSV text", "unpack it, or export the sheet as CSV"),
        (Array("PAR1".utf8), "is a Parquet file, not CSV text", "convert it: pandas.read_parquet(...).to_csv(...)"),
        (Array("SQLite format 3".utf8), "is an SQLite database, not CSV text", "export the table as CSV"),
        (Array("BZh".utf8), "is bzip2 data", "unpack it with bunzip2, or recompress it with gzip"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "is xz data", "unpack it with unxz, or recompress it with gzip"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is zstd data", "unpack it with unzstd, or recompress it with gzip"),
        ([0x1F, 0x8B], "is compressed with gzip twice", "unpack it once with gunzip"),
        ([0xFF, 0xFE], "is UTF-16 text", "save it as UTF-8"), ([0xFE, 0xFF], "is UTF-16 text", "save it as UTF-8"),
    ]
    for (bytes, message, help) in magic where text.starts(with: bytes) { throw refuse(message, help) }
    let head = text.prefix(4096)
    var start = 0
    while start < head.count, head[start] <= 0x20, head[start] != 0 { start += 1 }
    if start < head.count, head[start] == 0x7B || head[start] == 0x5B { throw refuse("is JSON, not CSV", "convert it to a table of time, open, high, low, close, volume", code: "json") }
    if start < head.count, head[start] == 0x3C, head.count > start + 5, !String(decoding: head.prefix(64), as: UTF8.self).lowercased().contains("<date"), !String(decoding: head.prefix(64), as: UTF8.self).lowercased().contains("<ticker") {
        throw refuse("is a web page or XML, not CSV", "the download may have returned an error page; fetch it again", code: "html")
    }
    let odd = head.reduce(0) { $0 + ($1 == 0 || ($1 < 0x20 && $1 != 0x0A && $1 != 0x0D && $1 != 0x09) ? 1 : 0) }
    if odd * 20 > head.count || (odd > 0 && !head.contains(0x0A)) {
        throw refuse("is binary, not text", "name a .csv or .csv.gz file")
    }
}

/// `SPY` from `.../spy_1m_2024-03.csv.gz`: the file's name up to the first separator, upper case.
private func symbolFromPath(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let stem = name.prefix { $0 != "." && $0 != "_" && $0 != "-" && $0 != " " }
    return stem.isEmpty ? name : stem.uppercased()
}
